"""Apps of a project's own, on a server. See :class:`composio.backend.OwnAppService`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from composio.errors import InvalidRequest
from composio.model.owned import OwnApp
from composio.remote.wire import ServerWire

__all__ = ["RemoteApps"]

_PATH = "/project/apps"
_PATIENT = 180.0  # the server compiles it meanwhile


class RemoteApps:
    """Requests everything from the server, which compiles them."""

    def __init__(self, wire: ServerWire) -> None:
        self._wire = wire

    async def add(
        self, name: str, spec: str, base_url: str | None = None, *, auth: Sequence[str] = (), accept_server: bool = False
    ) -> OwnApp:
        given = {"url": spec} if "://" in spec else {"description": _read(spec)}
        body = {**given, "base_url": base_url, "auth": list(auth), "accept_server": accept_server}
        answer = await self._wire.ask("PUT", f"{_PATH}/{quote(name, safe='')}", body, repeat=True, seconds=_PATIENT)
        return self._wire.read(OwnApp, answer)

    async def update(self, name: str, *, accept_server: bool = False) -> OwnApp:
        path, body = f"{_PATH}/{quote(name, safe='')}/update", {"accept_server": accept_server}
        return self._wire.read(OwnApp, await self._wire.ask("POST", path, body, repeat=True, seconds=_PATIENT))

    async def remove(self, name: str) -> None:
        await self._wire.ask("DELETE", f"{_PATH}/{quote(name, safe='')}")

    async def own_apps(self) -> list[OwnApp]:
        return self._wire.read_all(OwnApp, await self._wire.ask("GET", _PATH, repeat=True), "apps")


def _read(spec: str) -> str:
    try:
        return Path(spec).expanduser().read_text("utf-8-sig")
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not text"
        raise InvalidRequest(f"{spec} can't be read: {why}. Name a file, or the URL of an API's description.") from None
