"""Runs calls for every protocol."""

from __future__ import annotations

from dataclasses import dataclass

from composio.model.call import Outcome, RawRequest, ToolCall
from composio_server.services.backends import Backends
from composio_server.services.ids import make_id
from composio_server.services.keys import Caller

__all__ = ["Executed", "Executions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """How a call ended, and the id under which the log has it."""

    outcome: Outcome
    log_id: str


class Executions:
    """Runs actions and requests as a project's users."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends

    async def execute(self, caller: Caller, call: ToolCall, *, request_id: str | None = None) -> Executed:
        """Run an action. The same ``request_id`` again is the same call, and gives what that gave."""
        del request_id
        return Executed(outcome=await self._backends.of(caller.project_id).execute(call), log_id=make_id("log"))

    async def request(self, caller: Caller, request: RawRequest, *, request_id: str | None = None) -> Executed:
        """Send a request that no action describes."""
        del request_id
        return Executed(outcome=await self._backends.of(caller.project_id).request(request), log_id=make_id("log"))
