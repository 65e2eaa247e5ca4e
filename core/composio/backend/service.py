"""A backend: every noun behind one object, and how a program holds it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from composio.backend.accounts import AccountService
from composio.backend.approvals import ApprovalService
from composio.backend.apps import OwnAppService
from composio.backend.calls import CallService
from composio.backend.catalog import CatalogService
from composio.backend.events import EventService
from composio.backend.hosted import HostedService
from composio.backend.logs import LogService
from composio.backend.operator import OperatorService
from composio.backend.triggers import TriggerService
from composio.model.call import NOTHING_LOCAL, Local, Outcome, RawRequest, ToolCall

if TYPE_CHECKING:
    from composio.plugin.manager import PluginManager

__all__ = ["Backend", "Service"]

T = TypeVar("T")


class Service(CatalogService, CallService, Protocol):
    """What a server implements: everything here is asynchronous and could go over a wire."""

    @property
    def accounts(self) -> AccountService: ...

    @property
    def triggers(self) -> TriggerService: ...

    @property
    def events(self) -> EventService: ...

    @property
    def logs(self) -> LogService: ...

    @property
    def own_apps(self) -> OwnAppService | None:
        """None where apps are the operator's alone to add."""
        ...

    @property
    def hosted(self) -> HostedService | None:
        """None where there is no server that MCP clients could reach."""
        ...

    @property
    def operator(self) -> OperatorService | None:
        """None where whoever asks does not operate it."""
        ...


class Backend(Service, Protocol):
    """A service as a program holds it: with a synchronous face, this process's plugins, and an end.

    :meth:`run` is the synchronous face of everything, ``execute_sync`` and ``request_sync`` that of the two calls whose
    overhead counts.
    """

    @property
    def plugins(self) -> PluginManager: ...

    @property
    def approvals(self) -> ApprovalService:
        """The approvals of this program's calls. Over a server they are kept beside the program, not on the server."""
        ...

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """As :meth:`execute`, for synchronous callers; cheaper than :meth:`run` with it."""
        ...

    def request_sync(self, request: RawRequest) -> Outcome: ...

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function to its end from synchronous code, on the backend's own loop, in this context."""
        ...

    async def aclose(self) -> None: ...

    def close(self) -> None: ...
