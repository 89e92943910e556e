"""The command line: parse, call, print. ``anklet --help`` imports nothing heavy."""

import sys

from anklet.errors import AnkletError, UsageError


def main() -> None:
    """Run the command line; exit 2 for bad usage, 1 with one sentence for bad data."""
    from anklet.cli.app import app

    try:
        app()
    except AnkletError as error:
        print(f"anklet: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)
