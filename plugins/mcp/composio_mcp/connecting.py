"""Handle a call without a connection: the client opens a link, if it can, and the call runs once its user is connected.

Source: MCP's specification, "Elicitation", URL mode: in 2025-11-25 a request to the client, in 2026-07-28 a part of the answer.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
from mcp import MCPError
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ClientCapabilities,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequiredResult,
    UrlElicitationCapability,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from composio.errors import ConnectionNotFound
from composio.model.call import ToolCall
from composio_mcp.offered import CONNECT, Offered
from composio_mcp.tools import Listed, refuse

__all__ = ["connect_first"]

log = logging.getLogger("composio.mcp")
_KEY = "connect"
_WAIT_SECONDS = 300
"""How long a call waits for its user, at the link and at the provider."""
_OPENS_URLS = ClientCapabilities(elicitation=ElicitationCapability(url=UrlElicitationCapability()))


async def connect_first(
    ctx: Any,
    params: CallToolRequestParams,
    offered: Offered,
    listed: Listed,
    missing: ConnectionNotFound,
    run: Callable[[], Awaitable[CallToolResult]],
) -> CallToolResult | InputRequiredResult:
    """Answer a call whose user is not connected; ``run`` runs it again.

    Without the tool that connects users, or a link, there is only the message for someone who can help.
    """
    if CONNECT not in listed.offers:
        return refuse(str(missing))
    app, advice = missing.app, _advise(missing.app)
    if not ctx.session.check_client_capability(_OPENS_URLS):
        return refuse(advice)
    answered = (params.input_responses or {}).get(_KEY)
    if answered is None:
        found = await _manage(offered, listed, app)
        url = str(found.get("redirect_url") or "")
        if not url.startswith(("https://", "http://")):
            return refuse(str(found.get("error_message") or advice))
        asked = ElicitRequestURLParams(message=_say(app, found), url=url)
        if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
            return InputRequiredResult(input_requests={_KEY: ElicitRequest(params=asked)})
        answered = await _ask(ctx, asked)
        if answered is None:
            return refuse(advice)
    if not isinstance(answered, ElicitResult) or answered.action != "accept":
        return refuse(f"The user did not open the link to connect to {app}.")
    found = await _manage(offered, listed, app, wait_seconds=_WAIT_SECONDS)
    if found.get("status") != "active":
        return refuse(str(found.get("error_message") or advice))
    return await run()


def _advise(app: str) -> str:
    """Return the next step for an agent that can connect its user itself."""
    return f'The user is not connected to {app}. Call {CONNECT} with toolkits ["{app}"].'


def _say(app: str, found: dict[str, Any]) -> str:
    code = f" There, type the code {found['user_code']}." if found.get("user_code") else ""
    return f"Open this page to connect your {app} account.{code}"


async def _manage(offered: Offered, listed: Listed, app: str, **more: Any) -> dict[str, Any]:
    """Return the connect tool's answer for one app."""
    offer = listed.offers[CONNECT]
    call = ToolCall(action=offer.slug, arguments={"toolkits": [app], **more}, spelling=offer.spelling)
    action: Any = offer.action
    outcome = await offered.run(call, action)
    results = outcome.data.get("results") if isinstance(outcome.data, dict) else None
    found = results.get(app) if isinstance(results, dict) else None
    return found if isinstance(found, dict) else {"error_message": outcome.error}


async def _ask(ctx: Any, asked: ElicitRequestURLParams) -> ElicitResult | None:
    """Return the client's answer after its user decided; None if it cannot be asked, or does not answer."""
    number = uuid.uuid4().hex
    try:
        with anyio.fail_after(_WAIT_SECONDS):
            said: ElicitResult = await ctx.session.elicit_url(asked.message, asked.url, number, ctx.request_id)
            return said
    except (MCPError, TimeoutError) as error:  # for example, no way back to the client
        log.debug("a client could not be asked to open a link: %s", error)
        return None
