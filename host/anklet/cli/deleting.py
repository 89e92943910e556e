"""``anklet delete``: out of sight at once, back with --undo, gone for good with --purge."""

import sys

import typer

from anklet.cli.show import say
from anklet.errors import UsageError
from anklet.store import Store, default_url
from anklet.visits.deleting import delete_person, open_store


def delete(url: str | None, person_code: str, *, yes: bool, purge: bool) -> None:
    """Delete a person, once somebody has said yes."""
    with open_store(url or default_url(), create=False) as store:
        if not yes and not _confirmed(_question(store, person_code, purge)):
            say("Nothing was deleted.")
            return
        if not purge:
            until = delete_person(store, person_code)
            say(
                f"{person_code} is deleted. Until {until:%Y-%m-%d %H:%M}, anklet delete --undo "
                f"--person {person_code} brings everything back; after that it is erased."
            )
            return
        done = store.erase_person(person_code)
    say(f"{person_code} is erased, with every recording and result.")
    if not done.clean:
        say(
            "Note: the store is in use or its disk is full, so freed parts of its file may still "
            "hold bytes; the next recording or import cleans them."
        )


def undo(url: str | None, person_code: str) -> None:
    """Bring a deleted person back."""
    with open_store(url or default_url(), create=False) as store:
        store.restore_person(person_code)
        say(f"{person_code} is back, with {_count(store, person_code)}.")


def _question(store: Store, person_code: str, purge: bool) -> str:
    if any(d.person.code == person_code for d in store.deleted_people()) and purge:
        return f"Erase {person_code} for good, who was deleted before?"
    what = f"{person_code} with {_count(store, person_code)}"
    return f"Erase {what} for good?" if purge else f"Delete {what}?"


def _count(store: Store, person_code: str) -> str:
    visits = len(store.visits(person_code))
    return f"{visits} visit" if visits == 1 else f"{visits} visits"


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here; say --yes to delete.")
    return typer.confirm(question)
