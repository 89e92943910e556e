"""Deleting a person: at once out of sight, for some days to be had back, then gone for good."""

from datetime import UTC, datetime, timedelta

from anklet.store import Store

UNDO = timedelta(days=7)
"""So long a deleted person can be brought back: until the next weekly visit would have come."""


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
