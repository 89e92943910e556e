"""Opening: the tables are this version's, or the database is left as it was."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, insert, text

from anklet.errors import StoreError
from anklet.store import Person, Store, default_url, opening
from anklet.store.opening import MIGRATIONS
from anklet.store.schema import SCHEMA_VERSION, VERSION_TABLE, Base
from anklet.store.summary import summary_of
from host.store_many import PROVENANCE, analysis


def test_migrations_from_empty_make_the_tables_that_the_models_say(store: Store) -> None:
    with store._engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_checks_are_in_the_migration_too(store: Store) -> None:
    """Alembic's comparison is blind to CHECK: each is tried."""
    store.add_person("K-014")
    visit = store.add_visit("K-014", datetime(2025, 3, 1, 12, tzinfo=UTC))
    with pytest.raises(StoreError, match="ck_assessments_kind"):
        store.add_assessment(visit, "lying", "squat", {})  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="ck_people_involved"):
        store.add_person("K-015", involved="both")  # type: ignore[arg-type]
    assert [p.code for p in store.people()] == ["K-014"]


def test_schema_version_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [SCHEMA_VERSION]


def test_reopening_keeps_everything(url: str) -> None:
    for path_or_url in (url, url.removeprefix("sqlite:///")):
        with Store.open(path_or_url) as store:
            if not store.people():
                store.add_person("K-014", notes="calf")
            assert [p.notes for p in store.people()] == ["calf"]


def test_newer_database_is_refused_and_untouched(url: str) -> None:
    with Store.open(url) as store:
        store.add_person("K-014")
        with store._writer.begin() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
            connection.execute(text("CREATE TABLE of_tomorrow (x INTEGER)"))
    path = Path(url.removeprefix("sqlite:///"))
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StoreError, match=r"newer version of Anklet.*9999.*update Anklet"):
        Store.open(url)
    if before is not None:
        assert path.read_bytes() == before
        assert sorted(p.name for p in path.parent.iterdir()) == [path.name]


def at_version(url: str, version: str) -> Engine:
    """Make an empty database as an older Anklet did; its engine is the caller's to dispose of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "SCHEMA_VERSION", version)
        engine, _ = opening.open_engine(url, create=True)
    return engine


def test_a_database_of_0001_is_migrated_with_its_results_in_short(url: str) -> None:
    analyses = [analysis(20.0 + k / 100, 18.0) for k in range(450)] + [{}, {"legs": {}}]
    now = datetime(2025, 3, 1, 12, tzinfo=UTC)
    engine = at_version(url, "0001")
    with engine.begin() as connection:
        old = MetaData()
        old.reflect(connection)
        for table, rows in {
            "people": [{"id": 1, "code": "K-1", "notes": "calf", "created_at": now}],
            "visits": [{"id": 1, "person_id": 1, "at": now, "notes": ""}],
            "assessments": [
                {"id": k + 1, "visit_id": 1, "kind": "active", "protocol": "squat"}
                | {"key": {}, "key_text": "{}"}
                for k in range(len(analyses))
            ],
            "results": [
                {"assessment_id": k + 1, "analysis": held, "input_digest": "", "algorithm": 1}
                | {"software": "", "protocol": "", "norms": "", "settings": {}}
                | {"calibration": {}, "created_at": now}
                for k, held in enumerate(analyses)
            ],
        }.items():
            connection.execute(insert(old.tables[table]), rows)
    engine.dispose()
    with Store.open(url) as store:
        assert store.people() == [Person("K-1", notes="calf")]
        found = store.summaries("K-1")
        assert [v.summary for v in found] == [summary_of(held) for held in analyses]
        assert [v.analysis for v in store.results("K-1")] == analyses
        assert len(store.recent_courses()[0].left_minus_right_deg) == 1
        store.put_result(1, analysis(30.0, 18.0), PROVENANCE)


def test_another_programs_database_is_refused(url: str) -> None:
    with Store.open(url) as store, store._writer.begin() as connection:
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
    with pytest.raises(StoreError, match="belongs to another program"):
        Store.open(url)


def test_sqlite_is_durable_and_strict(sqlite_path: Path) -> None:
    with Store.open(str(sqlite_path)) as store, store._engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert [p.name for p in sqlite_path.parent.iterdir()] == [sqlite_path.name]


def test_two_programs_may_make_the_same_store(url: str) -> None:
    program = "import sys; from anklet.store import Store; Store.open(sys.argv[1]).close()"
    running = [
        subprocess.Popen([sys.executable, "-c", program, url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    errors = [p.communicate(timeout=60)[1].decode() for p in running]
    assert [p.returncode for p in running] == [0, 0, 0], errors


def test_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_bytes(b"t_s,ax_m_s2\n" * 1000)
    with pytest.raises(StoreError, match=r"notes\.sqlite is not an Anklet store"):
        Store.open(str(path))
    assert path.read_bytes() == b"t_s,ax_m_s2\n" * 1000


def test_a_damaged_database(sqlite_path: Path) -> None:
    with Store.open(str(sqlite_path)) as store:
        for number in range(300):
            store.add_person(f"K-{number}", notes="x" * 200)
    data = bytearray(sqlite_path.read_bytes())
    data[4096:] = b"\xaa" * (len(data) - 4096)
    sqlite_path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"), Store.open(str(sqlite_path)) as store:
        store.people()


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("{tmp}/none/a.sqlite", "folder .*none of the store does not exist"),
        ("{tmp}", "cannot be opened"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://me@host/db", "cannot be a mysql URL"),
        ("postgresql://me:secret@host:many/db", "is not a URL"),
        ("postgresql://me:secret@127.0.0.1:1/db", "cannot be reached"),
    ],
)
def test_what_cannot_be_opened(tmp_path: Path, where: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        Store.open(where.format(tmp=tmp_path))
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_not_made_unless_wished(sqlite_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        Store.open(str(sqlite_path), create=False)
    assert not sqlite_path.exists()
    Store.open(str(sqlite_path)).close()
    Store.open(str(sqlite_path), create=False).close()


def test_missing_postgres_database(postgres_server: str) -> None:
    with pytest.raises(StoreError, match=r"cannot be reached.*nothing. does not exist"):
        Store.open(f"postgresql://anklet@/nothing?host={postgres_server}")


def test_psycopg_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'anklet\[postgres\]'"):
        Store.open("postgresql://anklet@localhost/clinic")


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's here")
def test_no_permission() -> None:
    with tempfile.TemporaryDirectory() as folder, unprivileged(Path(folder)):
        path = Path(folder) / "anklet.sqlite"
        with Store.open(str(path)) as store:
            store.add_person("K-014")
        path.chmod(0o400)
        with Store.open(str(path)) as store:
            assert [p.code for p in store.people()] == ["K-014"]
            with pytest.raises(StoreError, match="may not be written"):
                store.add_person("K-015")
        path.chmod(0o000)
        with pytest.raises(StoreError, match="cannot be opened"):
            Store.open(str(path))
        path.chmod(0o600)
        with Store.open(str(path)) as store:
            assert [p.code for p in store.people()] == ["K-014"]


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """Root may do everything: be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_locked(sqlite_path: Path) -> None:
    with Store.open(str(sqlite_path)) as store:
        with store._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="in use by another program"):
                store.add_person("K-014")
            assert store.people() == []
            other.execute("ROLLBACK")
        store.add_person("K-014")


def test_default_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANKLET_STORE", "postgresql://anklet@localhost/clinic")
    assert default_url() == "postgresql://anklet@localhost/clinic"
    monkeypatch.delenv("ANKLET_STORE")
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        assert default_url() == str(tmp_path / "data" / "anklet" / "anklet.sqlite")
    assert Path(default_url()).parent.is_dir()
