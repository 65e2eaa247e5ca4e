"""The protocol side: list and run what is offered. Every exception becomes a message without a secret."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from mcp import MCPError
from mcp.server.lowlevel import Server
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)

from composio import __version__
from composio.errors import ComposioError, ConnectedAccountNotFound, ConnectionNotFound
from composio.model.call import ToolCall
from composio.model.progress import HEARS
from composio_mcp.connecting import connect_first
from composio_mcp.offered import Offered
from composio_mcp.progress import Progress
from composio_mcp.tools import FRESH_SECONDS, Listed, answer, refuse
from composio_mcp.watching import Given, Watcher

__all__ = ["BEAT_SECONDS", "GIVEN", "OFFERED", "Find", "make_server"]

log = logging.getLogger("composio.mcp")
Find = Callable[[Any], Awaitable[Offered]]
"""Finds the offer: called with the request's context."""

OFFERED, GIVEN = "composio_mcp.offered", "composio_mcp.given"
"""The keys of a request's scope for the function that finds the offer, and for its session's list."""

BEAT_SECONDS = 5.0
"""Interval of the progress notifications of a long call."""
_FAILED = "The server failed; its log says why."


def make_server(
    offered: Offered | Find,
    *,
    name: str = "composio",
    watcher: Watcher | None = None,
    given: Given | None = None,
    beat_seconds: float = BEAT_SECONDS,
) -> Server[Any]:
    """Return a low-level server for ``offered``, or for what a function finds for each request.

    ``given`` records the list of a server's only client; without it, the request's scope does.
    """
    watching = watcher or Watcher()

    async def find(ctx: Any) -> Offered:
        return await offered(ctx) if callable(offered) else offered

    async def read(ctx: Any) -> tuple[Offered, Listed]:
        found = await find(ctx)
        return found, await watching.lists.of(found)

    async def on_list_tools(ctx: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
        _, listed = await _guard(lambda: read(ctx))
        try:
            tools, following = listed.page(params.cursor if params is not None else None)
        except ValueError:
            raise MCPError(INVALID_PARAMS, "Pass on a cursor exactly as tools/list gave it, or none.") from None
        noted = given or _get_given(ctx)
        if noted is not None and (params is None or params.cursor is None):
            noted.digest = listed.digest
        return ListToolsResult(
            tools=list(tools), next_cursor=following, ttl_ms=int(FRESH_SECONDS * 1000), cache_scope="private"
        )

    async def on_call_tool(ctx: Any, params: CallToolRequestParams) -> CallToolResult | InputRequiredResult:
        found, listed = await _guard(lambda: read(ctx))
        offer = listed.offers.get(params.name)
        if offer is None:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name[:100]}. tools/list has those that can be called.")
        call = ToolCall(action=offer.slug, arguments=params.arguments or {}, spelling=offer.spelling)
        # Within one process a client requests progress without a token.
        if ctx.request is not None and (ctx.meta or {}).get("progress_token") is None:
            return await _run(ctx, params, found, listed, call)
        progress = Progress(ctx.session, beat_seconds)
        async with anyio.create_task_group() as group:
            group.start_soon(progress.run)
            hears = HEARS.set(progress)
            try:
                result = await _run(ctx, params, found, listed, call)
            finally:
                HEARS.reset(hears)
            group.cancel_scope.cancel()
        return result

    async def on_listen(ctx: Any, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        await _guard(lambda: read(ctx))
        return await watching.listen(ctx, params, lambda: find(ctx))

    return Server(
        name,
        version=__version__,
        instructions=None if callable(offered) else offered.instructions or None,
        on_list_tools=on_list_tools,
        on_call_tool=on_call_tool,
        on_subscriptions_listen=on_listen,
        # No schema of ours requires a header, and to check that a call would list every tool first.
        get_tool_input_schema=lambda _: None,
    )


def _get_given(ctx: Any) -> Given | None:
    found: Given | None = ctx.request.scope.get(GIVEN) if ctx.request is not None else None
    return found


async def _guard(read: Callable[[], Awaitable[tuple[Offered, Listed]]]) -> tuple[Offered, Listed]:
    try:
        return await read()
    except MCPError:
        raise
    except ComposioError as error:
        raise MCPError(INTERNAL_ERROR, str(error)) from None
    except Exception:
        log.exception("an MCP request failed")
        raise MCPError(INTERNAL_ERROR, _FAILED) from None


async def _run(
    ctx: Any, params: CallToolRequestParams, offered: Offered, listed: Listed, call: ToolCall
) -> CallToolResult | InputRequiredResult:
    action: Any = listed.offers[params.name].action

    async def run() -> CallToolResult:
        outcome = await offered.run(call, action)
        return answer(outcome.result(tool=call.action), offered.find_file)

    try:
        try:
            return await run()
        except ConnectedAccountNotFound:
            raise
        except ConnectionNotFound as missing:
            return await connect_first(ctx, params, offered, listed, missing, run)
    except ComposioError as error:
        return refuse(str(error))
    except Exception:
        log.exception("the MCP call of %s failed", call.action)
        return refuse(_FAILED)
