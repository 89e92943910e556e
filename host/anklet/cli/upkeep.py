"""The commands that keep the store: export, delete, reanalyze."""

from pathlib import Path
from typing import Annotated

import typer

from anklet.cli.options import ExportOption, Person, StoreUrl
from anklet.errors import UsageError


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (export, delete, reanalyze):
        app.command()(command)


def export(
    out: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="OUT",
            help="File (.csv or .parquet); samples: a folder; everything: a .zip file.",
        ),
    ],
    person: Person,
    what: Annotated[ExportOption, typer.Option(help="What to write.")] = ExportOption.REPS,
    store: StoreUrl = None,
) -> None:
    """Write a person's reps, visits, samples or everything to files."""
    from anklet.cli import course as work

    work.export(store, person, what.value, out)


def delete(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Bring a deleted person back.")] = False,
    purge: Annotated[bool, typer.Option("--purge", help="Erase for good, at once.")] = False,
    store: StoreUrl = None,
) -> None:
    """Delete a person and all of theirs; for 7 days --undo helps."""
    from anklet.cli import deleting as work

    if undo and purge:
        raise UsageError("--undo brings back and --purge erases; give one of them.")
    if undo:
        work.undo(store, person)
    else:
        work.delete(store, person, yes=yes, purge=purge)


def reanalyze(person: Person, store: StoreUrl = None) -> None:
    """Compute a person's results again; older results are kept."""
    from anklet.cli import course as work

    work.reanalyze(store, person)
