"""Resolve a description's references to other files, within limits.

A description is untrusted, so its references are followed inside its own folder, package or origin, and on public hosts.
Another local path, ``file://``, and a private, loopback or link-local address are refused unless the user allowed them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import normpath
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from composio.catalog.definition import SpecSource, public
from composio.errors import SourceUnavailable, SpecError
from composio.process.addresses import is_global

__all__ = ["BYTES", "FILES", "SECONDS", "References", "is_private", "reached_private", "same_origin"]

# Files of one description, and bytes of all of them. The largest published in parts has some 3,000.
FILES: Final = 10_000
BYTES: Final = 200_000_000
# And seconds to fetch them.
SECONDS: Final = 900.0


@dataclass(frozen=True, slots=True)
class References:
    """The files around one description. Locations are URLs; a file inside a package is ``file:///path/in/package``.

    ``source`` is the description's, ``folder`` the base of its relative paths and of allowed ones, ``read`` fetches the bytes
    of a source, and ``name`` is the description's name in errors.
    """

    source: SpecSource
    folder: Path
    read: Callable[[SpecSource], bytes]
    name: str

    @property
    def start(self) -> str:
        """The location of the description itself."""
        if self.source.kind == "url":
            return self.source.url
        if self.source.kind == "file":
            return self._file.as_uri()
        return f"file:///{self.source.path}"

    @property
    def _file(self) -> Path:
        return (self.folder / self.source.path).resolve()

    def join(self, base: str, reference: str) -> str:
        """Return the location of ``reference``, without its fragment, relative to ``base``.

        Raises ``SpecError`` if it has none.
        """
        try:
            scheme, location = urlsplit(reference).scheme, urljoin(base, reference)
            _ = urlsplit(location).port
        except ValueError:  # brackets without a valid address, a port that is not a number
            raise self._error(reference, "is no location") from None
        if scheme == "file" and not (self.source.kind == "file" and self._is_inside(location, self._folders())):
            raise self._refuse(location, "names a file of this machine")
        parts = urlsplit(location)
        # One spelling per file: a space may be escaped or not.
        return parts._replace(path=quote(unquote(parts.path))).geturl() if parts.scheme == "file" else location

    def open(self, location: str) -> tuple[bytes, Path | None] | None:
        """Return the bytes at ``location``, and their local file; None if a file does not exist.

        Raises ``SpecError`` for a forbidden reference, and for a URL that cannot be read now.
        """
        source = self._source(location)
        try:
            data = self.read(source)
        except SourceUnavailable as error:
            if source.kind != "url":
                return None
            raise self._error(location, f"can't be followed. {error}") from None
        return data, Path(source.path) if source.kind == "file" else None

    def _source(self, location: str) -> SpecSource:
        parts = urlsplit(location)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return self._url(location, parts)
        if parts.scheme != "file" or parts.netloc or self.source.kind == "url":
            raise self._error(location, "is of a kind that is not followed; expected a path, or a URL of http or https.")
        if self.source.kind == "file":
            return self._path(location, parts)
        return replace(self.source, path=unquote(parts.path).lstrip("/"), url="")

    def _path(self, location: str, parts: SplitResult) -> SpecSource:
        if not self._is_inside(location, [self._file.parent, *self._folders()]):
            raise self._refuse(location, f"is outside of the description's folder {self._file.parent}")
        return SpecSource(kind="file", path=str(_resolve(parts.path)))

    def _folders(self) -> list[Path]:
        return [(self.folder / os.path.expanduser(a)).resolve() for a in self.source.allow_refs if "://" not in a]  # noqa: PTH111 - takes any text

    def _is_inside(self, location: str, folders: list[Path]) -> bool:
        try:
            # Resolved, so that a link inside the folder cannot lead out of it.
            path = _resolve(urlsplit(location).path)
        except (OSError, ValueError, RuntimeError):
            raise self._error(location, "is no path") from None
        return any(path.is_relative_to(one) for one in folders)

    def _url(self, location: str, parts: SplitResult) -> SpecSource:
        own = self.source.kind == "url" and same_origin(location, self.source.url)
        named = own or any(_covers(allowed, location) for allowed in self.source.allow_refs if "://" in allowed)
        if not named and is_private(parts.hostname or ""):
            raise self._refuse(location, "is an address in a private network")
        return SpecSource(kind="url", url=location, guarded=not named)

    def _error(self, location: str, problem: str) -> SpecError:
        return SpecError(f"{self.name}: the reference to {public(location)} {problem}")

    def _refuse(self, location: str, problem: str) -> SpecError:
        return self._error(
            location,
            f"was not followed, as it {problem}. If you trust the description, allow it with --allow-ref of `composio apps add`, "
            "or `allow_refs` below `spec` in the integration.yaml.",
        )


def _resolve(path: str) -> Path:
    """Return the file at the path of a URL."""
    from urllib.request import url2pathname  # imports HTTP and TLS, and few descriptions have other files

    return Path(url2pathname(path)).resolve()


def same_origin(one: str, other: str) -> bool:
    """Return whether two URLs have the same scheme, host and port."""
    return _origin(one) == _origin(other)


def is_private(host: str) -> bool:
    """Return whether ``host`` is or resolves to a non-public address. False if it is unknown."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        # Behind a proxy, which resolves names that are unknown here. A name without a dot is never a public one.
        return "." not in host.rstrip(".")
    return not all(is_global(str(address[0])) for *_, address in found)


def reached_private(server: object) -> bool:
    """Return whether a connection's peer, as reported by httpx, is in a private network: DNS may have changed."""
    from urllib.request import getproxies

    if getproxies() or not isinstance(server, tuple):
        return False
    try:
        return not is_global(str(server[0]))
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _covers(allowed: str, location: str) -> bool:
    """Return whether ``location`` is ``allowed`` or below it."""
    try:
        if not same_origin(allowed, location):
            return False
    except ValueError:
        return False
    below = urlsplit(allowed).path.rstrip("/")
    path = normpath(unquote(urlsplit(location).path) or "/")
    return path == below or path.startswith(f"{below}/")
