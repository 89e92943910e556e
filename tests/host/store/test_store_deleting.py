"""Deleting a person: hidden, had back, erased to the last byte, and nobody else's touched."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from anklet.errors import StoreError
from anklet.model import Placement
from anklet.store import ClockEcho, Event, Person, Store
from anklet.store.schema import Base
from anklet.visits.deleting import (
    UNDO,
    delete_person,
    erase_deleted,
    open_store,
    recoverable,
)
from host.store.conftest import make_packet
from host.store_many import PROVENANCE, analysis

AT = datetime(2025, 3, 1, 10, tzinfo=UTC)
LEFT, RIGHT = Placement("left", "shank"), Placement("right", "shank")
SECRET = "ZebraCrossing"


def add(store: Store, code: str, stream: int, *, shared: bool = True) -> int:
    """A person of whom the store holds one of each thing; the shared file and stream are all's."""
    store.add_person(code, "right", notes=f"{SECRET}-{code}")
    visit = store.add_visit(code, AT, f"{SECRET}-{code}-visit")
    number = store.add_assessment(visit, "active", "split_squat", {"footwear": f"{SECRET}-{code}"})
    sent = [make_packet(stream, seq, value=stream) for seq in range(300)]
    store.put_packets("s-1", sent[:200])
    store.put_packets("s-1", [make_packet(stream, 5, value=stream + 1), b"unreadable %d" % stream])
    store.put_packets("s-1", sent[200:])
    store.put_echoes("s-1", [ClockEcho(stream, 1, stream, 3)])
    store.add_recording_stream(number, "s-1", stream, LEFT, f"{SECRET}-{code}-left")
    store.add_recording_file(number, RIGHT, "own.csv", f"{SECRET}-{code}-file".encode() * 500)
    if shared:
        store.add_recording_file(number, RIGHT, "shared.csv", b"shared")
        store.add_recording_stream(number, "s-2", 77, RIGHT, "shared")
    store.put_calibration(visit, LEFT, {"from": f"{SECRET}-{code}"})
    store.put_events(number, [Event("tag", 0.0, {"text": f"{SECRET}-{code}"})])
    for left in (20.0, 26.0):
        held = analysis(left, 20.0) | {"notes": [f"{SECRET}-{code}"]}
        store.put_result(number, held, PROVENANCE)
    return number


def counts(store: Store) -> dict[str, int]:
    with store._engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_a_deleted_person_is_hidden_and_comes_back_whole(store: Store) -> None:
    number = add(store, "K-1", 1)
    before = counts(store), store.results("K-1"), store.summaries("K-1"), store.visits("K-1")
    store.delete_person("K-1")
    assert store.people() == store.recent_courses() == []
    assert [d.person.code for d in store.deleted_people()] == ["K-1"]
    for look in (store.person, store.visits, store.results, store.summaries, store.keys):
        with pytest.raises(StoreError, match=r"K-1 of the store .* was deleted on .*--undo"):
            look("K-1")
    with pytest.raises(StoreError, match="was deleted"):
        store.assessment(number)
    with pytest.raises(StoreError, match="was deleted"):
        store.add_person("K-1")
    with pytest.raises(StoreError, match="was deleted"):
        store.delete_person("K-1")
    assert store.restore_person("K-1") == Person("K-1", "right", notes=f"{SECRET}-K-1")
    after = counts(store), store.results("K-1"), store.summaries("K-1"), store.visits("K-1")
    assert after == before
    assert store.deleted_people() == []
    with pytest.raises(StoreError, match="no deleted person K-1"):
        store.restore_person("K-1")


def test_a_purge_erases_everything_of_the_expired_and_nothing_else(store: Store) -> None:
    store.put_packets("s-2", [make_packet(77, seq) for seq in range(3)])
    add(store, "K-1", 1)
    alone = counts(store)
    number = add(store, "K-2", 2)
    held = (
        *(store.results("K-1"), store.packets("s-1", 1), store.echoes("s-1", 1)),
        *(store.person("K-1"), [s for s in store.set_aside("s-1") if s.stream == 1]),
    )
    at = store.delete_person("K-2")
    assert store.purge_deleted(at).codes == ()
    done = store.purge_deleted(at + timedelta(microseconds=1))
    assert (done.codes, done.clean) == (("K-2",), True)
    assert counts(store) == alone
    assert [s.data for s in store.set_aside("s-1") if s.stream is None] == [b"unreadable 1"]
    assert store.packets("s-1", 2) == []
    assert len(store.packets("s-2", 77)) == 3
    assert held == (
        *(store.results("K-1"), store.packets("s-1", 1), store.echoes("s-1", 1)),
        *(store.person("K-1"), [s for s in store.set_aside("s-1") if s.stream == 1]),
    )
    with pytest.raises(StoreError, match="no assessment"):
        store.assessment(number)
    store.add_person("K-2")


def test_what_two_deleted_people_share_goes_with_the_last(store: Store) -> None:
    store.put_packets("s-2", [make_packet(77, 0)])
    for k in (1, 2):
        add(store, f"K-{k}", k)
    assert store.erase_person("K-1").codes == ("K-1",)
    assert len(store.packets("s-2", 77)) == 1
    store.delete_person("K-2")
    store.erase_person("K-2")
    held = counts(store)
    assert held.pop("sensors") == 2
    assert set(held.values()) == {0}
    with pytest.raises(StoreError, match="knows no person K-2"):
        store.erase_person("K-2")


def files_with(folder: Path, needle: bytes) -> list[str]:
    return [p.name for p in folder.iterdir() if needle in p.read_bytes()]


def test_no_byte_of_the_erased_is_left_in_sqlites_files(sqlite_path: Path) -> None:
    packets = [make_packet(0x5EAD, seq, value=1234) for seq in range(300)]
    with Store.open(str(sqlite_path)) as store:
        for k in range(20):
            add(store, f"K-{k}", k)
        store.put_packets("s-9", packets)
        number = add(store, "Q-1", 0x5EAD)
        store.add_recording_stream(number, "s-9", 0x5EAD, LEFT, "again")
        assert files_with(sqlite_path.parent, b"ZebraCrossing-Q-1") != []
        store.delete_person("Q-1")
        assert store.purge_deleted(datetime.now(UTC)).clean
        assert files_with(sqlite_path.parent, b"Q-1") == []
        assert files_with(sqlite_path.parent, packets[7]) == []
        assert files_with(sqlite_path.parent, b"ZebraCrossing-K-3-file") != []
    assert [p.name for p in sqlite_path.parent.iterdir()] == [sqlite_path.name]


def test_a_purge_that_is_disturbed_is_finished_by_the_next(sqlite_path: Path) -> None:
    with Store.open(str(sqlite_path)) as store:
        add(store, "Q-1", 1)
        store.delete_person("Q-1")
        reader = sqlite3.connect(sqlite_path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM people").fetchall()
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        done = store.purge_deleted(datetime.now(UTC))
        assert (done.codes, done.clean) == (("Q-1",), False)
        assert files_with(sqlite_path.parent, b"ZebraCrossing-Q-1") != []
        reader.close()
        again = store.purge_deleted(datetime.now(UTC))
        assert (again.codes, again.clean) == ((), True)
        assert files_with(sqlite_path.parent, b"ZebraCrossing-Q-1") == []


def test_opening_to_write_erases_whoever_was_deleted_long_ago(
    sqlite_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    with Store.open(str(sqlite_path)) as store:
        for k, days in enumerate((0.0, 6.9, 7.1)):
            store.add_person(f"K-{k}")
            with monkeypatch.context() as patch:
                patch.setattr(
                    "anklet.store.deleting.utc_now", lambda days=days: now - timedelta(days=days)
                )
                until = delete_person(store, f"K-{k}")
            assert until == now - timedelta(days=days) + UNDO
    with Store.open(str(sqlite_path)) as store:
        assert len(store.deleted_people()) == 3
    with open_store(str(sqlite_path)) as store:
        assert [d.person.code for d in store.deleted_people()] == ["K-0", "K-1"]


def test_who_can_be_brought_back_is_listed_latest_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    for k, days in enumerate((6.9, 7.1, 0.0)):
        store.add_person(f"K-{k}")
        monkeypatch.setattr(
            "anklet.store.deleting.utc_now", lambda days=days: now - timedelta(days=days)
        )
        store.delete_person(f"K-{k}")
    found = recoverable(store)
    assert [(each.code, each.until - UNDO) for each in found] == [
        ("K-2", now),
        ("K-0", now - timedelta(days=6.9)),
    ]
    assert erase_deleted(store, "K-2").codes == ("K-2",)
    store.restore_person("K-0")
    for code in ("K-0", "K-2", "K-9"):
        with pytest.raises(StoreError, match="not among the deleted any more; nothing was erased"):
            erase_deleted(store, code)
    assert [p.code for p in store.people()] == ["K-0"]
