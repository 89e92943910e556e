"""A store on each database: SQLite, and a throw-away PostgreSQL server."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anklet.packets import SAMPLE, Packet, encode
from anklet.store import Store

INITDB = ("-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
POSTGRES = ("-c", "listen_addresses=", "-c", "fsync=off")


def postgres_programs() -> Path | None:
    """Folder of initdb and postgres."""
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").exists()), None)


def other_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: arguments of subprocess to run as somebody else."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start PostgreSQL on a Unix socket; give the folder of its socket."""
    programs = postgres_programs()
    if programs is None:
        reason = "PostgreSQL's server programs (initdb, postgres) are not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    user = other_user()
    folder = Path(tempfile.mkdtemp(prefix="anklet-pg-"))
    if user:
        os.chown(folder, user["user"], user["group"])
    data = folder / "data"
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "anklet", *INITDB],
            check=True,
            capture_output=True,
            cwd=folder,
            **user,
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", folder, *POSTGRES],
                stdout=log,
                stderr=log,
                cwd=folder,
                **user,
            )
        try:
            wait_for(server, folder)
            yield str(folder)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
    finally:
        shutil.rmtree(folder)


def wait_for(server: subprocess.Popen[bytes], folder: Path) -> None:
    import psycopg

    for _ in range(100):
        try:
            psycopg.connect(host=str(folder), user="anklet", dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    pytest.fail("PostgreSQL does not start: " + (folder / "log").read_text())


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'anklet.sqlite'}"
    import psycopg

    folder = request.getfixturevalue("postgres_server")
    name = "t" + os.urandom(6).hex()
    with psycopg.connect(
        host=folder, user="anklet", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://anklet@/{name}?host={folder}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store on each kind of database."""
    with Store.open(url) as opened:
        yield opened


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "anklet.sqlite"


@pytest.fixture
def assessment(store: Store) -> int:
    """An assessment of one visit of one person."""
    store.add_person("K-014", involved="right")
    visit = store.add_visit("K-014", datetime(2025, 3, 1, 10, tzinfo=UTC))
    return store.add_assessment(visit, "active", "split_squat", {"block_deg": 20})


def make_packet(stream: int, seq: int, value: int = 0, count: int = 6) -> bytes:
    """Bytes of a packet whose samples are all ``value``."""
    samples = np.zeros(count, SAMPLE)
    samples["acc"] = value
    return encode(Packet(stream, seq, time_us=seq * 57_690, period_us=9615, samples=samples))


@pytest.fixture
def packet() -> Any:
    return make_packet
