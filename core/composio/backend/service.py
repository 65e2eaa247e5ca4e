"""The backend interface: every noun behind one object, and the form that a program uses."""

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
    """The interface that a server implements: everything is asynchronous and could be remote."""

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
        """None if only the operator can add apps."""
        ...

    @property
    def hosted(self) -> HostedService | None:
        """None if there is no server that MCP clients could reach."""
        ...

    @property
    def operator(self) -> OperatorService | None:
        """None if the caller is not the operator."""
        ...


class Backend(Service, Protocol):
    """A service in a program: with synchronous methods, this process's plugins, and a ``close``.

    :meth:`run` is the synchronous form of any method; ``execute_sync`` and ``request_sync`` are faster forms of the two most
    frequent calls.
    """

    @property
    def plugins(self) -> PluginManager: ...

    @property
    def approvals(self) -> ApprovalService:
        """The approvals of this program's calls. With a server, they are stored next to the program, not on the server."""
        ...

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """Like :meth:`execute`, for synchronous callers; faster than :meth:`run`."""
        ...

    def request_sync(self, request: RawRequest) -> Outcome: ...

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function from synchronous code, on the backend's own loop, in this context."""
        ...

    async def aclose(self) -> None: ...

    def close(self) -> None: ...
