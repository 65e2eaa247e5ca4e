"""A server's log of calls. See :class:`composio.backend.LogService`."""

from __future__ import annotations

from composio.model.figures import FigureFilter, Figures
from composio.model.logged import CallFilter, ChainCheck, LoggedCall
from composio.remote.codec import encode
from composio.remote.requests import CheckChain, OfCall, OfEntity
from composio.remote.wire import ServerWire

__all__ = ["RemoteLogs"]


class RemoteLogs:
    """Requests it from the server, which shows it to admins."""

    def __init__(self, wire: ServerWire) -> None:
        self._wire = wire

    async def list_calls(self, which: CallFilter) -> list[LoggedCall]:
        answer = await self._wire.ask("POST", "/calls/log/list", encode(which), repeat=True)
        return self._wire.read_all(LoggedCall, answer, "calls")

    async def call(self, call_id: str) -> LoggedCall:
        body = encode(OfCall(call_id=call_id))
        return self._wire.read(LoggedCall, await self._wire.ask("POST", "/calls/log/get", body, repeat=True))

    async def check(self, head: tuple[int, str] | None = None) -> ChainCheck:
        asked = CheckChain() if head is None else CheckChain(number=head[0], hash=head[1])
        return self._wire.read(ChainCheck, await self._wire.ask("POST", "/calls/log/check", encode(asked), repeat=True))

    async def figures(self, which: FigureFilter) -> Figures:
        which.check()
        return self._wire.read(Figures, await self._wire.ask("POST", "/calls/log/figures", encode(which), repeat=True))

    async def forget(self, entity_id: str) -> dict[str, int]:
        answer = await self._wire.ask("POST", "/calls/log/forget", encode(OfEntity(entity_id=entity_id)), repeat=True)
        return {name: int(answer.get(name, 0)) for name in ("calls", "events")}
