"""Find a MicroPython to test the firmware on, or fetch one: 1.25 or later, 32-bit.

32-bit as the microcontroller is: small integers and viper's pointers differ on 64-bit builds.
On Debian-like systems Debian's own i386 packages are unpacked into the user's cache; nothing is
installed. Run as a script it prints the interpreter's path.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import platformdirs

RELEASE = "trixie"
NAME = "micropython-1.25-i386"
SOURCES = Path("/etc/apt")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LIBRARIES = "usr/lib/i386-linux-gnu"
PROBE = "import sys; print(sys.implementation.version[:2] >= (1, 25), sys.maxsize == 2**31 - 1)"
TIMEOUT_S = 120

# Path in the archive's pool and SHA-256; as in the release's signed index at the time of pinning.
PINNED = {
    "g/glibc/libc6_2.41-12+deb13u4_i386.deb": (
        "67bb4b54cf4bb6a380449dfa1852cd9135659f85360caa0e41d312f4b30e573a"
    ),
    "libf/libffi/libffi8_3.4.8-2_i386.deb": (
        "8bafefb38c320ca27796070c881595ce04d900c3b534ac142a494daf1fe1db13"
    ),
    "m/mbedtls/libmbedcrypto16_3.6.6-0.1~deb13u1_i386.deb": (
        "aa4698ed436eebf77e3dc9f5c514073bd554109d857d887db5a367dde9a5c377"
    ),
    "m/mbedtls/libmbedtls21_3.6.6-0.1~deb13u1_i386.deb": (
        "eb1b20154ce9008aca1d036698ffc12019020a54985d2c5ae3dc1c1c39c9e995"
    ),
    "m/mbedtls/libmbedx509-7_3.6.6-0.1~deb13u1_i386.deb": (
        "fe6ba192c9227d30a4cd05a3bdeccdf9ff30d55b27d8ff488126c16dcf727cce"
    ),
    "m/micropython/micropython_1.25.0+ds-1_i386.deb": (
        "a72799821cb45442150f8a7f0757bc8e4f9a4b64abccbd837d694a20d6900bb5"
    ),
}
PACKAGES = [path.rsplit("/", 1)[1].split("_")[0] for path in PINNED]


class NotFoundError(Exception):
    """There is no MicroPython here and none could be fetched; the message says what to do."""


def find() -> str:
    """Return the path of a usable interpreter, fetching one if needed."""
    named = os.environ.get("ANKLET_MICROPYTHON")
    if named:
        problem = _problem(named)
        if problem:
            raise NotFoundError(f"ANKLET_MICROPYTHON={named} {problem}")
        return named
    on_path = shutil.which("micropython")
    if on_path and not _problem(on_path):
        return on_path
    cache = platformdirs.user_cache_path("anklet")
    cached = cache / NAME / "micropython"
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise NotFoundError(f"MicroPython can be fetched on Debian-like systems only: {REMEDY}")
    with _locked(cache):
        if not cached.exists():
            _fetch(cached.parent)
        problem = _problem(str(cached))
    if problem:
        raise NotFoundError(
            f"{cached} {problem}; does this kernel run 32-bit x86 programs? If so delete "
            f"{cached.parent} and try again, else {REMEDY}"
        )
    return str(cached)


REMEDY = "set ANKLET_MICROPYTHON to a 32-bit MicroPython 1.25 or later (unix port)"


@contextlib.contextmanager
def _locked(cache: Path) -> Iterator[None]:
    """Let one process at a time look into the cache."""
    import fcntl  # not on Windows, which never gets here

    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _problem(program: str) -> str | None:
    """Return why a program is not the interpreter that the tests need."""
    try:
        done = subprocess.run(
            [program, "-c", PROBE], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not run ({error})"
    if done.returncode:
        return f"does not run ({done.stderr.strip() or f'exit {done.returncode}'})"
    if done.stdout.split() != ["True", "True"]:
        return "is not a 32-bit MicroPython 1.25 or later"
    return None


def _fetch(folder: Path) -> None:
    """Unpack the packages and write the starter, all or nothing."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{NAME}.") as scratch:
        work = Path(scratch)
        ready = work / NAME
        for package in _packages(work):
            _run("dpkg-deb", "-x", package, ready)
        libraries = folder / LIBRARIES
        starter = ready / "micropython"
        starter.write_text(
            f'#!/bin/sh\nexec "{libraries}/ld-linux.so.2" --library-path "{libraries}" '
            f'--argv0 "$0" "{folder}/usr/bin/micropython" "$@"\n'
        )
        starter.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        ready.rename(folder)


def _packages(work: Path) -> list[Path]:
    """Return the downloaded packages: the pinned ones, or else what the archive now has."""
    troubles = []
    for way in (_by_pins, _by_apt):
        target = work / way.__name__
        target.mkdir()
        try:
            return way(target)
        except (NotFoundError, OSError) as error:
            troubles.append(str(error))
    raise NotFoundError(f"MicroPython could not be fetched ({'; '.join(troubles)}): {REMEDY}")


def _by_pins(target: Path) -> list[Path]:
    """Fetch exactly the packages of `PINNED` from where this machine's apt gets Debian."""
    troubles = ["apt names no archive of Debian: run apt-get update"]
    for archive in _archives():
        try:
            return [_download(archive, path, target) for path in PINNED]
        except (NotFoundError, OSError) as error:
            troubles.append(f"{archive}: {error}")
    raise NotFoundError(troubles[-1])


def _download(archive: str, path: str, target: Path) -> Path:
    with urllib.request.urlopen(f"{archive}/pool/main/{path}", timeout=TIMEOUT_S) as reply:
        content = reply.read()
    if hashlib.sha256(content).hexdigest() != PINNED[path]:
        raise NotFoundError(f"{path} is not the pinned file")
    package = target / path.rsplit("/", 1)[1]
    package.write_bytes(content)
    return package


def _by_apt(target: Path) -> list[Path]:
    """Fetch the release's present packages through apt, which checks its signatures."""
    archive = next(_archives(), None)
    if archive is None:
        raise NotFoundError("apt names no archive of Debian: run apt-get update")
    for folder in ("state/lists/partial", "cache/archives/partial", "sources", "packages"):
        (target / folder).mkdir(parents=True)
    (target / "status").touch()
    (target / "sources" / "debian.sources").write_text(
        f"Types: deb\nURIs: {archive}\nSuites: {RELEASE}\nComponents: main\nSigned-By: {KEYRING}\n"
    )
    config = target / "conf"
    config.write_text(
        f'Dir::Etc::SourceList "/dev/null"; Dir::Etc::SourceParts "{target}/sources";\n'
        'Dir::Etc::PreferencesParts "/dev/null";\n'
        f'Dir::State "{target}/state"; Dir::State::status "{target}/status";\n'
        f'Dir::Cache "{target}/cache"; Acquire::Languages "none";\n'
        'APT::Architecture "i386"; APT::Architectures {"i386";}; APT::Sandbox::User "root";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(config)}
    _run("apt-get", "-qq", "update", env=environment)
    _run("apt-get", "-qq", "download", *PACKAGES, env=environment, cwd=target / "packages")
    return sorted((target / "packages").glob("*.deb"))


def _archives() -> Iterator[str]:
    """Yield the addresses from which this machine's apt gets its packages, Debian's if it knows."""
    known = _indexed()
    if not known and os.geteuid() == 0:
        with contextlib.suppress(NotFoundError):  # one dead source of several fails the whole
            _run("apt-get", "-qq", "update")
        known = _indexed()
    yield from dict.fromkeys(address.rstrip("/") for address in known or _listed())


def _indexed() -> list[str]:
    columns = ("--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian")
    return _run("apt-get", "indextargets", *columns).split()


def _listed() -> list[str]:
    """Return the addresses in apt's lists of sources, for a machine without an index."""
    found: list[str] = []
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in {".list", ".sources"}:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += re.findall(r"^(?:deb\s.*?|URIs:\s*)(https?://\S+)", text, re.M)
    return found


def _run(*command: object, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, env=env, cwd=cwd, capture_output=True, text=True, timeout=600, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NotFoundError(f"{words[0]} took too long") from error
    if done.returncode:
        raise NotFoundError(f"{' '.join(words[:3])} failed: {done.stderr.strip()}")
    return done.stdout


def main() -> int:
    """Print the interpreter's path; 1 and a sentence where there is none."""
    try:
        print(find())
    except NotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
