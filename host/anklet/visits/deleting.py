"""Deleting a person: at once out of sight, for some days to be had back, then gone for good."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from anklet.errors import StoreError
from anklet.store import Purge, Store

UNDO = timedelta(days=7)
"""So long a deleted person can be brought back: until the next weekly visit would have come."""


@dataclass(frozen=True)
class Recoverable:
    """Somebody deleted, and until when they can be brought back, in local time."""

    code: str
    deleted_at: datetime
    until: datetime


def open_store(url: str, create: bool = True) -> Store:
    """Open a store to write into, and erase whoever was deleted longer than `UNDO` ago.

    Raises
    ------
    StoreError
        As :meth:`anklet.store.Store.open`.
    """
    store = Store.open(url, create)
    try:
        store.purge_deleted(datetime.now(UTC) - UNDO)
    except BaseException:
        store.close()
        raise
    return store


def delete_person(store: Store, code: str) -> datetime:
    """Delete a person; return until when `Store.restore_person` brings them back (local time)."""
    return (store.delete_person(code) + UNDO).astimezone()


def recoverable(store: Store) -> list[Recoverable]:
    """Return who can be brought back, the last deleted first."""
    found = [
        Recoverable(d.person.code, d.deleted_at.astimezone(), (d.deleted_at + UNDO).astimezone())
        for d in store.deleted_people()
        if datetime.now(UTC) < d.deleted_at + UNDO
    ]
    return sorted(found, key=lambda each: each.deleted_at, reverse=True)


def erase_deleted(store: Store, code: str) -> Purge:
    """Erase somebody deleted before their time is over.

    Raises
    ------
    StoreError
        When they are not deleted, or were brought back.
    """
    if all(each.code != code for each in recoverable(store)):
        raise StoreError(f"{code} is not among the deleted any more; nothing was erased.")
    return store.erase_person(code)
