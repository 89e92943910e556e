"""The command line: parse, call, print. ``anklet --help`` imports nothing heavy."""

import errno
import os
import sys
from typing import Any, NoReturn, cast

from anklet.errors import AnkletError, UsageError

BAD_DATA, BAD_USAGE, INTERRUPTED = 1, 2, 130


def main() -> None:
    """Run the command line; exit 2 for bad usage, 1 with one sentence for bad data."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")  # an old code page lacks some characters
    try:
        sys.exit(_run())
    except KeyboardInterrupt:
        _fail("interrupted; what was written or stored before is whole.", INTERRUPTED)


def _run() -> int:
    import typer

    from anklet.cli.app import app

    # typer's name for what its parser raises is private, and has moved between versions
    parser_error = cast("type[Exception]", typer.BadParameter.__base__)
    try:
        code: int | None = app(prog_name="anklet", standalone_mode=False)
        print(end="", flush=True)
    except AnkletError as error:
        _fail(str(error), BAD_USAGE if isinstance(error, UsageError) else BAD_DATA)
    except parser_error as error:
        _fail(_usage(error), BAD_USAGE)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except OSError as error:
        _discard_stdout()
        if error.errno == errno.EPIPE:
            return BAD_DATA
        where = error.filename or "The output"
        _fail(f"{where} cannot be used ({error.strerror}); choose another place.", BAD_DATA)
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code or 0


def _usage(error: Any) -> str:
    """Say in one line what the parser complains of, and which help to read."""
    sentence = " ".join(str(error.format_message()).split()).rstrip(".")
    command = error.ctx.command_path if error.ctx else "anklet"
    return f"{sentence}; see {command} --help."


def _discard_stdout() -> None:
    """Let nothing more be written to an output that is closed or full, not even at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(sentence: str, code: int) -> NoReturn:
    print(f"anklet: {sentence}", file=sys.stderr)
    sys.exit(code)
