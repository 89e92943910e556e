"""Every command and option of ``anklet``, read from its functions, and as Markdown."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo

from anklet.cli.app import app

VALUES = {str: "TEXT", float: "NUMBER", int: "NUMBER", Path: "FILE"}


@dataclass(frozen=True)
class Parameter:
    """An option or an argument of a command.

    Parameters
    ----------
    names : tuple of str
        An option's, as they are typed; empty for an argument.
    value : str
        What stands for its value; empty for a switch.
    choices : tuple of str
        The values that it takes, where they are few.
    """

    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    help: str
    required: bool
    default: str | None


@dataclass(frozen=True)
class Command:
    """A command: what it is called, what it says of itself, what it takes."""

    name: str
    paragraphs: tuple[str, ...]
    parameters: tuple[Parameter, ...]

    @property
    def option_names(self) -> dict[str, Parameter]:
        """Its options by each of their names."""
        return {name: p for p in self.parameters for name in p.names}


def every_command() -> dict[str, Command]:
    """Return the commands by their names, in the order of ``anklet --help``."""
    found: dict[str, Command] = {}
    for info in app.registered_commands:
        work = info.callback
        if work is not None:
            name = info.name or work.__name__
            text = inspect.getdoc(work) or ""
            found[name] = Command(
                name,
                tuple(" ".join(part.split()) for part in text.split("\n\n")),
                tuple(_parameters(work)),
            )
    return found


def commands() -> str:
    """Return a table of the commands and a section for each, as Markdown."""
    found = every_command().values()
    listed = [f"| [`{c.name}`](#{_anchor(c)}) | {c.paragraphs[0]} |" for c in found]
    return "\n\n".join(["\n".join(["| command | |", "|---|---|", *listed]), *map(_section, found)])


def _parameters(work: Callable[..., Any]) -> list[Parameter]:
    hints = get_type_hints(work, include_extras=True)
    return [_parameter(p, hints[p.name]) for p in inspect.signature(work).parameters.values()]


def _parameter(parameter: inspect.Parameter, hint: Any) -> Parameter:
    kind, info = get_args(hint)[:2]
    if get_origin(kind) in (Union, UnionType):
        kind = next(k for k in get_args(kind) if k is not type(None))
    if get_origin(kind) is list:
        kind = get_args(kind)[0]
    choices = tuple(str(c.value) for c in kind) if issubclass(kind, Enum) else ()
    value = info.metavar or VALUES.get(kind, kind.__name__.upper())
    if info.formats:
        value = _date(info.formats)
    elif choices:
        value = f"{{{','.join(choices)}}}"
    is_argument = isinstance(info, ArgumentInfo)
    required = parameter.default is inspect.Parameter.empty
    return Parameter(
        () if is_argument else _names(info, parameter.name, kind),
        "" if kind is bool else value,
        choices,
        info.help or "",
        required,
        None if required else _default(parameter.default),
    )


def _names(info: Any, name: str, kind: type) -> tuple[str, ...]:
    # within Annotated the first name stands where a default would
    declared = [d for d in (info.default, *(info.param_decls or ())) if isinstance(d, str)]
    if declared:
        return tuple(one for names in declared for one in names.split("/"))
    plain = name.replace("_", "-")
    return (f"--{plain}", f"--no-{plain}") if kind is bool else (f"--{plain}",)


def _default(default: Any) -> str | None:
    if default is None or isinstance(default, bool):
        return None
    return f"{default:g}" if isinstance(default, float) else str(default)


def _date(formats: list[str]) -> str:
    letters = {"%Y": "YYYY", "%m": "MM", "%d": "DD", "%H": "hh", "%M": "mm"}
    written = [re.sub("%[A-Za-z]", lambda code: letters[code[0]], form) for form in formats]
    shortest = min(written, key=len)
    rest = [form.removeprefix(shortest) for form in written if form != shortest]
    return shortest + "".join(f"[{more}]" for more in rest)


def _anchor(command: Command) -> str:
    return f"anklet-{command.name}"


def _section(command: Command) -> str:
    arguments = [p for p in command.parameters if not p.names]
    options = [p for p in command.parameters if p.names]
    words = [command.name, *(p.value for p in arguments)]
    words += [_written(p) for p in options if p.required]
    if not all(p.required for p in options):
        words.append("[OPTIONS]")
    rows = [f"| `{p.value}` | {_help(p)} |" for p in arguments]
    rows += [f"| `{_written(p)}` | {_help(p)} |" for p in options]
    text = "\n\n".join(command.paragraphs)
    table = "\n".join(["| | |", "|---|---|", *rows])
    usage = f"`anklet {' '.join(words)}`"
    return f"## anklet {command.name}\n\n{text}\n\n{usage}\n\n{table}"


def _written(parameter: Parameter) -> str:
    return f"{', '.join(parameter.names)} {parameter.value}".strip()


def _help(parameter: Parameter) -> str:
    told = [parameter.help]
    if parameter.required and parameter.names:
        told.append("Required.")
    elif parameter.default is not None and "default" not in parameter.help:
        told.append(f"Default: `{parameter.default}`.")
    return " ".join(told)
