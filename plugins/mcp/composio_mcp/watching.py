"""Notify clients whose list of tools is outdated.

The list may depend on another process, so it is created again periodically and compared. Source: MCP's specification,
"List Changed Notification"; in 2026-07-28 "Subscriptions".
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged
from mcp_types import (
    NotificationParams,
    SubscriptionFilter,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)

from composio_mcp.offered import Offered
from composio_mcp.tools import Lists

__all__ = ["LOOK_SECONDS", "TELLS", "Given", "Watcher"]

log = logging.getLogger("composio.mcp")
Find = Callable[[], Awaitable[Offered]]

LOOK_SECONDS = 5.0
"""How often a list is compared with the client's."""
TELLS = NotificationOptions(tools_changed=True)
_READY = "notifications/initialized"
_MANY = 250  # notified clients; with more, each is checked less often
_MOST_STREAMS = 2_000


class Given:
    """The list that a client has; None before its first request."""

    __slots__ = ("digest",)

    def __init__(self, digest: bytes | None = None) -> None:
        self.digest = digest


class Watcher:
    """Compares lists for all clients of an endpoint. ``seconds`` is the interval for each of a few hundred."""

    def __init__(self, lists: Lists | None = None, seconds: float = LOOK_SECONDS) -> None:
        self.lists = lists or Lists()
        self._seconds = seconds
        self._watched = self._streams = 0
        self._woken = anyio.Event()

    def wake(self) -> None:
        """Compare now, after a change of what is offered. On the serving loop."""
        woken, self._woken = self._woken, anyio.Event()
        woken.set()

    async def watch(self, find: Find, given: Given, tell: Callable[[], Awaitable[None]]) -> None:
        """Notify a client of each change, until cancelled."""
        self._watched += 1
        try:
            while True:
                woken = self._woken
                with anyio.move_on_after(self._seconds * max(1.0, self._watched / _MANY)):
                    await woken.wait()
                if given.digest is not None and await self._is_other(find, given):
                    await tell()
        finally:
            self._watched -= 1

    async def _is_other(self, find: Find, given: Given) -> bool:
        """Return whether the tools differ from the client's, of which it will be notified."""
        try:
            digest = (await self.lists.of(await find())).digest
        except Exception as error:  # clients without access, even temporarily, are not notified
            log.debug("a list of tools could not be compared: %s", error)
            return False
        before, given.digest = given.digest, digest
        return before != digest

    async def run(self, server: Server[Any], read: Any, write: Any, find: Find, given: Given) -> None:
        """Run ``server`` for one client of a pair of streams, notified once it is ready."""
        async with anyio.create_task_group() as group:
            is_watched = False

            async def watch(ctx: Any, params: NotificationParams) -> None:
                nonlocal is_watched
                del params
                if not is_watched:
                    is_watched = True
                    group.start_soon(self.watch, find, given, ctx.session.send_tool_list_changed)

            server.add_notification_handler(_READY, NotificationParams, watch)
            await server.run(read, write, server.create_initialization_options(TELLS))
            group.cancel_scope.cancel()

    async def listen(self, ctx: Any, params: SubscriptionsListenRequestParams, find: Find) -> SubscriptionsListenResult:
        """Answer ``subscriptions/listen``: a stream that ends when its client closes it, or when there are too many."""
        bus = InMemorySubscriptionBus()
        # Nothing else changes here, and a client must not expect notifications about it.
        wanted = SubscriptionFilter(tools_list_changed=params.notifications.tools_list_changed)
        stream = ListenHandler(bus, max_subscriptions=1 if self._streams < _MOST_STREAMS else 0)
        given = Given((await self.lists.of(await find())).digest)
        self._streams += 1
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self.watch, find, given, lambda: bus.publish(ToolsListChanged()))
                answered = await stream(ctx, params.model_copy(update={"notifications": wanted}))
                group.cancel_scope.cancel()
        finally:
            self._streams -= 1
        return answered
