"""The search for an interpreter: what is fit is taken, what is not is named with the remedy."""

import hashlib
import shutil

import pytest

import get_micropython
from get_micropython import NotFoundError

DEB = next(iter(get_micropython.PINNED))


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """Nothing named, nothing on PATH, an empty cache, no Debian."""
    monkeypatch.delenv("ANKLET_MICROPYTHON", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(
        get_micropython.platformdirs, "user_cache_path", lambda name: tmp_path / "cache"
    )
    return monkeypatch


def program(path, answer: str, code: int = 0) -> str:
    path.write_text(f"#!/bin/sh\necho {answer}\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


def test_named_one_is_taken(alone, tmp_path):
    fit = program(tmp_path / "fit", "True True")
    alone.setenv("ANKLET_MICROPYTHON", fit)
    assert get_micropython.find() == fit


@pytest.mark.parametrize(
    ("answer", "code", "why"),
    [
        ("True False", 0, "is not a 32-bit"),
        ("False True", 0, "is not a 32-bit"),
        ("", 3, "does not run"),
    ],
)
def test_named_one_that_does_not_fit_is_refused(alone, tmp_path, answer, code, why):
    alone.setenv("ANKLET_MICROPYTHON", program(tmp_path / "unfit", answer, code))
    with pytest.raises(NotFoundError, match=why):
        get_micropython.find()


def test_missing_named_one_is_refused(alone, tmp_path):
    alone.setenv("ANKLET_MICROPYTHON", str(tmp_path / "nothing"))
    with pytest.raises(NotFoundError, match="does not run"):
        get_micropython.find()


def test_one_on_path_must_fit(alone, tmp_path):
    fit = program(tmp_path / "fit", "True True")
    unfit = program(tmp_path / "unfit", "True False")
    alone.setattr(shutil, "which", {"micropython": fit}.get)
    assert get_micropython.find() == fit
    alone.setattr(shutil, "which", {"micropython": unfit}.get)
    with pytest.raises(NotFoundError, match="Debian-like systems only: set ANKLET_MICROPYTHON"):
        get_micropython.find()


def test_tampered_package_is_refused(alone, tmp_path):
    """From an archive in a folder: the pinned bytes pass, one changed byte does not."""
    package = tmp_path / "archive" / "pool" / "main" / DEB
    package.parent.mkdir(parents=True)
    package.write_bytes(b"package")
    archive = (tmp_path / "archive").as_uri()
    alone.setitem(get_micropython.PINNED, DEB, hashlib.sha256(b"package").hexdigest())
    assert get_micropython._download(archive, DEB, tmp_path).read_bytes() == b"package"
    package.write_bytes(b"packagf")
    with pytest.raises(NotFoundError, match="not the pinned file"):
        get_micropython._download(archive, DEB, tmp_path)


def test_failure_says_what_was_tried_and_leaves_nothing(alone, tmp_path):
    alone.setattr(
        shutil, "which", lambda name: f"/usr/bin/{name}" if name != "micropython" else None
    )
    alone.setattr(get_micropython, "_archives", lambda: iter([tmp_path.as_uri()]))

    def _by_apt(target):
        raise NotFoundError("apt says no")

    alone.setattr(get_micropython, "_by_apt", _by_apt)
    with pytest.raises(NotFoundError, match=r"No such file.*; apt says no\): set ANKLET_"):
        get_micropython.find()
    left = [path.name for path in (tmp_path / "cache").iterdir()]
    assert left == [f"{get_micropython.NAME}.lock"]


def test_sources_are_read_where_there_is_no_index(alone, tmp_path):
    (tmp_path / "sources.list").write_text(
        "# deb http://no/\ndeb [arch=amd64] http://one/debian x\n"
    )
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (folder / "two.sources").write_text("Types: deb\nURIs: https://two/debian\nSuites: y\n")
    alone.setattr(get_micropython, "SOURCES", tmp_path)
    assert get_micropython._listed() == ["http://one/debian", "https://two/debian"]
