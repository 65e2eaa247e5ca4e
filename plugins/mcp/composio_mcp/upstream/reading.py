"""Read what an MCP server offers, within limits, for the catalog: tools, and how users sign in if necessary.

Sources: Model Context Protocol, "Tools" and "Authorization"; RFC 9728 (protected resource metadata), RFC 8414 (authorization
server metadata), OpenID Connect Discovery 1.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from mcp import MCPError
from mcp.client import Client
from pydantic import ValidationError

from composio.errors import SourceUnavailable, UpstreamError
from composio.model.peers import PeerCall, PeerHost
from composio_mcp.upstream.session import Failed, Session

__all__ = ["describe"]

_FORMAT: Final = "mcp-tools"
_MOST: Final = 5_000  # tools; models handle a few hundred
_PAGES: Final = 500
_LARGEST: Final = 32 * 1024 * 1024  # bytes of all of them
_LARGEST_TOOL: Final = 512 * 1024
_METADATA: Final = 1_000_000  # bytes
_SECONDS: Final = 15.0
# The name is matched as a whole and possessively, so that 100 kB without a value are scanned once and not per letter.
_PARAMETER: Final = re.compile(
    r'(?<![A-Za-z_])(?P<name>[A-Za-z_]++)\s*+=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,]+))'
)


async def describe(session: Session, call: PeerCall, host: PeerHost) -> Mapping[str, Any]:
    """Return the server's description. Raises ``SourceUnavailable``."""
    base: dict[str, Any] = {"format": _FORMAT, "url": call.server.url, "server": {}, "tools": []}
    try:
        return {**base, **await session.ask(call, _read), "transport": session.transport}
    except Failed as failed:
        if failed.status == 401:
            try:
                auth = await _Discovery(call, host).read(failed.headers)
            except (ValueError, RecursionError) as error:  # invalid addresses, endlessly nested JSON
                why = " ".join(str(error).split())[:300]
                raise SourceUnavailable(f"{call.app}: the MCP server's sign-in metadata is not valid: {why}") from None
            return {**base, "auth": auth, "unread": True}
        raise SourceUnavailable(
            f"{call.app}: the MCP server can't be used: {failed.text.rstrip('.')}.{_hint(failed)}"
        ) from None
    except MCPError as error:
        raise SourceUnavailable(f"{call.app}: the MCP server does not list its tools: {error.error.message[:300]}") from None
    except (ValidationError, RuntimeError, ValueError) as error:
        why = " ".join(str(error).split())[:300]
        raise SourceUnavailable(f"{call.app}: the MCP server's tool list is not valid: {why}") from None


def _hint(failed: Failed) -> str:
    if failed.status == 403:
        return " It rejected the credentials."
    if failed.status in {404, 405}:
        return " Is the address right? Most end with /mcp, or with /sse."
    return ""


async def _read(client: Client) -> dict[str, Any]:
    tools: list[Mapping[str, Any]] = []
    seen: set[str] = set()
    size = 0
    cursor: str | None = None
    warnings: list[str] = []
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools:
            written = tool.model_dump(mode="json", by_alias=True, exclude_none=True, include=_KEPT)
            length = len(json.dumps(written))
            size += length
            if length > _LARGEST_TOOL:
                warnings.append(f"{tool.name[:100]!r} was left out: its definition has more than {_LARGEST_TOOL // 1024} KB")
            elif tool.name in seen:
                warnings.append(f"{tool.name[:100]!r} appears more than once; the first is used")
            else:
                seen.add(tool.name)
                tools.append(written)
            if len(tools) > _MOST or size > _LARGEST:
                raise ValueError(f"there are more than {_MOST} tools, or {_LARGEST // 2**20} MB of them")
        if page.next_cursor is not None and page.next_cursor == cursor:
            raise ValueError("a page of the list names itself as the next one")
        cursor = page.next_cursor
        if not cursor:
            break
    else:
        raise ValueError(f"the list has more than {_PAGES} pages")
    info = client.server_info
    return {
        "protocol": client.protocol_version,
        "server": info.model_dump(mode="json", by_alias=True, exclude_none=True, include=_ABOUT) if info is not None else {},
        **({"instructions": client.instructions[:20_000]} if client.instructions else {}),
        "tools": tools,
        "warnings": warnings,
    }


_ABOUT: Final = {"name", "title", "version", "description"}
_KEPT: Final = {"name", "title", "description", "input_schema", "output_schema", "annotations"}


class _Discovery:
    """Return how users of a server sign in.

    URLs in its responses are fetched from the public internet, or from the server itself.
    """

    def __init__(self, call: PeerCall, host: PeerHost) -> None:
        self._call, self._host = call, host

    async def read(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Return the published metadata; empty if only a typed key or token can work."""
        challenge = _challenge(headers.get("www-authenticate", ""))
        resource = await self._resource(challenge.get("resource_metadata", ""))
        if resource is None:
            # MCP 2025-03-26, in which the server was its own authorization server.
            origin = _origin(self._call.server.url)
            metadata = await self._first(_metadata_urls(origin))
            return {"resource": self._call.server.url, "metadata": metadata} if metadata is not None else {}
        servers = resource.get("authorization_servers")
        issuers = [one for one in servers if isinstance(one, str)] if isinstance(servers, list) else []
        for issuer in issuers[:3]:
            metadata = await self._first(_metadata_urls(issuer))
            if metadata is not None and str(metadata.get("issuer", issuer)).rstrip("/") == issuer.rstrip("/"):  # RFC 8414, 3.3
                return {
                    "resource": resource.get("resource") or self._call.server.url,
                    "metadata": metadata,
                    "scopes": challenge.get("scope", "").split() or _texts(resource.get("scopes_supported")),
                }
        return {}

    async def _resource(self, named: str) -> Mapping[str, Any] | None:
        url = self._call.server.url
        parts = urlsplit(url)
        origin, path = _origin(url), parts.path.rstrip("/")
        known = f"{origin}/.well-known/oauth-protected-resource"
        for candidate in dict.fromkeys(filter(None, (named, f"{known}{path}", known))):
            found = await self._get(candidate)
            # RFC 9728, 3.3: metadata of another resource may be a trap.
            if found is not None and isinstance(stated := found.get("resource"), str) and _covers(stated, url):
                return found
        return None

    async def _first(self, urls: Iterator[str]) -> Mapping[str, Any] | None:
        for url in urls:
            found = await self._get(url)
            if found is not None and isinstance(found.get("token_endpoint"), str):
                return found
        return None

    async def _get(self, url: str) -> Mapping[str, Any] | None:
        """Return a JSON object; None for anything else."""
        try:
            request = httpx.Request("GET", url, headers={"accept": "application/json", "accept-encoding": "identity"})
            request.extensions["timeout"] = httpx.Timeout(_SECONDS).as_dict()
            if _origin(url) != _origin(self._call.server.url):
                request = self._host.guard(request, f"the MCP server of {self._call.app}")
            response = await self._host.open(
                self._call.mark(request) if _origin(url) == _origin(self._call.server.url) else request
            )
            try:
                if response.status_code != 200:
                    return None
                data = b""
                async for chunk in response.aiter_raw():
                    data += chunk
                    if len(data) > _METADATA:
                        return None
            finally:
                await response.aclose()
            found = json.loads(data)
        except (httpx.HTTPError, httpx.InvalidURL, UpstreamError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def _metadata_urls(issuer: str) -> Iterator[str]:
    """Return possible URLs of an issuer's metadata: RFC 8414, 3.1, and OpenID Connect Discovery 1.0, 4, in MCP's order."""
    origin, path = _origin(issuer), urlsplit(issuer).path.rstrip("/")
    yield f"{origin}/.well-known/oauth-authorization-server{path}"
    yield f"{origin}/.well-known/openid-configuration{path}"
    if path:
        yield f"{origin}{path}/.well-known/openid-configuration"


def _challenge(header: str) -> dict[str, str]:
    """Parse the parameters of ``WWW-Authenticate``: RFC 9110, 11.6.1; RFC 9728, 5.1."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(header):
        value = match["plain"] if match["quoted"] is None else re.sub(r"\\(.)", r"\1", match["quoted"])
        found.setdefault(match["name"].lower(), value)
    return found


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def _covers(resource: str, url: str) -> bool:
    """Return whether ``url`` is the resource, or below it."""
    one, other = urlsplit(resource), urlsplit(url)
    if _origin(resource) != _origin(url):
        return False
    path = one.path.rstrip("/")
    return other.path == one.path or other.path.rstrip("/") == path or other.path.startswith(f"{path}/")


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
