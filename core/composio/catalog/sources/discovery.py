"""Fetch an authorization server's metadata, for descriptions that only give its URL."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from composio.catalog.definition import SpecSource, public
from composio.catalog.importers.servers import is_named
from composio.catalog.sources.references import References
from composio.errors import SourceUnavailable, SpecError

__all__ = ["Discovery"]

# Bytes; the largest known have a hundredth.
_LARGEST: Final = 1_000_000
# Seconds for each: the description is useful without it.
_SECONDS: Final = 10.0
# Documents for one description; few name a second provider.
_MOST: Final = 4
_WELL_KNOWN: Final = "/.well-known/"
_OPENID: Final = "/.well-known/openid-configuration"
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "revocation_endpoint")


class Discovery:
    """Metadata documents, as one description refers to them.

    ``source`` is the description's, ``base_url`` the user's base URL of the API, ``read`` fetches the bytes of a source, and
    ``refuse`` returns why a URL from someone else is forbidden, "" if it is allowed.
    """

    def __init__(
        self,
        source: SpecSource,
        base_url: str | None,
        read: Callable[[SpecSource], bytes],
        refuse: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._source, self._base_url, self._read, self._refuse = source, base_url, read, refuse
        self._found: dict[str, Any] = {}

    def __call__(self, url: str) -> Any:
        """Return the document at ``url``, or below it if it is an issuer.

        Raises ``SpecError`` if the URL is forbidden or has no document.
        """
        if url not in self._found:
            if len(self._found) >= _MOST:
                raise SpecError(f"it names more than {_MOST} providers")
            try:
                self._found[url] = self._document(url)
            except SpecError as error:
                self._found[url] = error
        if isinstance(found := self._found[url], SpecError):
            raise found
        return found

    def _document(self, url: str) -> dict[str, Any]:
        if _WELL_KNOWN in urlsplit(url).path:
            return self._one(url)
        try:  # RFC 8414, 3, allows any path; most who omit it give the issuer
            found = self._one(url)
            if "token_endpoint" in found:
                return found
        except SpecError:
            found = {}
        try:
            return self._one(url.rstrip("/") + _OPENID)
        except SpecError:
            if found:
                return found
            raise

    def _one(self, url: str) -> dict[str, Any]:
        data = self._bytes(url)
        try:
            found = json.loads(data) if len(data) <= _LARGEST else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise SpecError(f"{urlsplit(url).hostname} answered with something that is no discovery document")
        for name in _ENDPOINTS:
            if (
                isinstance(endpoint := found.get(name), str)
                and not self._is_named(endpoint)
                and (why := self._refuse(endpoint))
            ):
                raise SpecError(f"its {name} can't be used: {why}")
        return found

    def _is_named(self, url: str) -> bool:
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        return is_named(host, self._source, self._base_url)

    def _bytes(self, url: str) -> bytes:
        def read(source: SpecSource) -> bytes:
            try:
                return self._read(SpecSource(kind="url", url=source.url, guarded=source.guarded, seconds=_SECONDS))
            except SourceUnavailable as error:
                tried = (one.removeprefix(f"url:{public(source.url)}: ") for one in error.tried)
                raise SpecError("; ".join(tried) or str(error)) from None

        if self._is_named(url):
            return read(SpecSource(kind="url", url=url))
        opened = References(self._source, Path.cwd(), read, "the description").open(url)
        return opened[0] if opened else b""
