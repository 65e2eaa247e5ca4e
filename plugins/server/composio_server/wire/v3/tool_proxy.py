"""Requests to a toolkit's API that no tool describes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from litestar import Request, post
from litestar.params import JSONBody

from composio.errors import InvalidRequest, UpstreamError
from composio.model.call import RawRequest, Who
from composio_server.access import Here, here
from composio_server.request_ids import idempotency_key_of
from composio_server.services.keys import Scope
from composio_server.wire.v3.handed import HandedConnection, as_custom_auth
from composio_server.wire.v3.tool_calls import who_of
from composio_server.wire.v3.wire import NotOffered, Wire

__all__ = ["BinaryBody", "Parameter", "Proxied", "proxy", "routes"]


class Parameter(Wire, kw_only=True):
    """A header or a part of the query."""

    name: str
    value: str
    type: Literal["header", "query"]


class BinaryBody(Wire, kw_only=True):
    """A binary body. Not offered."""

    url: str | None = None
    base64: str | None = None
    content_type: str | None = None


class ProxyRequest(Wire, kw_only=True):
    """A request to a toolkit's API, signed with an account."""

    endpoint: str
    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
    body: Any = None
    parameters: list[Parameter] | None = None
    binary_body: BinaryBody | None = None
    connected_account_id: str | None = None
    user_id: str | None = None
    custom_connection_data: HandedConnection | None = None


class Proxied(Wire, kw_only=True):
    """The API's response."""

    status: int
    data: Any
    headers: dict[str, str]
    binary_data: dict[str, Any] | None = None


@post("/tools/execute/proxy", scope=Scope.EXECUTE, status_code=200)
async def proxy_request(request: Request[Any, Any, Any], data: JSONBody[ProxyRequest]) -> Proxied:
    """Send a request to a toolkit's API. ``endpoint`` is a path below its base URL, or a URL on the same origin."""
    asked = here(request)
    if data.custom_connection_data is not None:
        app = data.custom_connection_data.toolkit_slug
        who = who_of(data.user_id, None, await as_custom_auth(asked, data.custom_connection_data))
    elif data.connected_account_id:
        one = await asked.accounts.connection(data.connected_account_id, entity_id=data.user_id)
        app, who = one.app, Who(entity_id=one.entity_id, connected_account_id=one.id)
    else:
        raise InvalidRequest("connected_account_id: name the account to use, or pass custom_connection_data.")
    return await proxy(request, asked, app, who, data.endpoint, data.method, data.body, data.parameters, data.binary_body)


async def proxy(
    request: Request[Any, Any, Any],
    asked: Here,
    app: str,
    who: Who,
    endpoint: str,
    method: str,
    body: Any,
    parameters: Sequence[Parameter] | None,
    binary_body: BinaryBody | None,
) -> Proxied:
    """Send a request for a session or a project. Raises ``UpstreamError`` if there is no response."""
    if binary_body is not None:
        raise NotOffered("binary_body is not offered: run the tool that uploads files.")
    raw = RawRequest(
        app=app,
        endpoint=endpoint,
        method=method,
        body=body,
        query=_several(parameters, "query"),
        headers={one.name: one.value for one in parameters or () if one.type == "header"},
        who=who,
    )
    done = await asked.services.executions.request(asked.caller, raw, request_id=idempotency_key_of(request))
    outcome = done.outcome
    if outcome.status is None and not outcome.successful:
        raise UpstreamError(outcome.error or f"{app} did not answer.")
    data = outcome.data if outcome.successful or outcome.data is not None else {"error": outcome.error}
    return Proxied(status=outcome.status or 200, data=data, headers=dict(outcome.headers or {}))


def _several(parameters: Sequence[Parameter] | None, kind: str) -> dict[str, Any]:
    """Return parameters by name; a repeated one becomes a list."""
    found: dict[str, Any] = {}
    for one in parameters or ():
        if one.type != kind:
            continue
        before = found.get(one.name)
        found[one.name] = one.value if before is None else [*(before if isinstance(before, list) else [before]), one.value]
    return found


routes = [proxy_request]
