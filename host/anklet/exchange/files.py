"""Read and write whole files, with errors in plain words; a failure leaves no half-written file."""

import errno
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from anklet.errors import DataError

_READ = {
    errno.ENOENT: "does not exist; check the name and the folder",
    errno.EISDIR: "is a folder, not a file; name the file inside it",
    errno.EACCES: "may not be read by you; ask its owner for permission or copy it first",
}
_WRITE = {
    errno.ENOENT: "the folder does not exist; create it first",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another place",
    errno.EISDIR: "it is a folder; name a file inside it",
    errno.EACCES: "you have no permission to write there; choose another folder",
    errno.EPERM: "you have no permission to write there; choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "your disk quota is used up; free some space and try again",
    errno.EFBIG: "the file is larger than is allowed there; choose another disk",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def read_bytes(path: str | Path) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    DataError
        When the file is missing, a folder, or may not be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        why = _READ.get(error.errno or 0, f"cannot be read ({error.strerror})")
        raise DataError(f"{path} {why}.") from error


def atomic_write(path: str | Path, data: bytes | str) -> None:
    """Write a file whole or not at all (a temporary file beside it, then a rename).

    Text is written as UTF-8 with the line ends that it has. What is no ordinary file (a device, a
    pipe) is written to directly.

    Raises
    ------
    DataError
        When there is no such folder, no permission or no room; an older file stays as it was.
    """
    with atomic_file(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)


@contextmanager
def atomic_file(path: str | Path) -> Generator[BinaryIO, None, None]:
    """Open a file to write piece by piece, which is there whole or not at all; as `atomic_write`.

    Raises
    ------
    DataError
        As `atomic_write`.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".anklet-{secrets.token_hex(6)}.tmp")
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
            return
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        why = _WRITE.get(error.errno or 0, str(error.strerror))
        raise DataError(f"{path} cannot be written: {why}.") from error
