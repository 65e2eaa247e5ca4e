"""Tools, which are actions, run for a user."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.params import FromPath, JSONBody
from litestar.serialization import encode_json

from composio.backend import ActionQuery
from composio.model.auth import CustomAuth
from composio.model.call import Outcome, ToolCall, Who
from composio_server.access import here
from composio_server.request_ids import idempotency_key_of
from composio_server.services.file_calls import execute_with_files
from composio_server.services.keys import Scope
from composio_server.wire.v3.handed import HandedConnection, as_custom_auth
from composio_server.wire.v3.wire import NotOffered, Wire

__all__ = ["as_object", "read_plain", "routes", "run_tool", "who_of"]


class CustomParameter(Wire, kw_only=True):
    """One credential, and where it goes."""

    name: str
    value: str | int | float | bool
    place: Literal["query", "header", "path", "cookie", "subdomain"] = msgspec.field(name="in", default="header")


class CustomAuthParams(Wire, kw_only=True):
    """Credentials that are used for this call and not stored."""

    parameters: list[CustomParameter] = msgspec.field(default_factory=list)
    base_url: str | None = None
    body: dict[str, Any] | None = None


class Execution(Wire, kw_only=True):
    """The tool's user and account, and its arguments."""

    arguments: dict[str, Any] | None = None
    user_id: str | None = None
    entity_id: str | None = None
    connected_account_id: str | None = None
    custom_auth_params: CustomAuthParams | None = None
    custom_connection_data: HandedConnection | None = None
    text: str | None = None
    version: str | None = None
    allow_tracing: bool | None = None


class Executed(Wire, kw_only=True):
    """A tool's result. ``error`` is None if it was successful."""

    data: dict[str, Any]
    error: str | None
    successful: bool
    log_id: str
    session_info: dict[str, Any] | None = None


class InputRequest(Wire, kw_only=True):
    """A text from which a model would generate arguments."""

    text: str
    custom_description: str | None = None
    system_prompt: str | None = None
    version: str | None = None


class Input(Wire, kw_only=True):
    """Arguments that a model generated."""

    arguments: dict[str, Any] | None = None
    error: str | None = None


_PLAIN = msgspec.json.Decoder(Execution)


def read_plain(body: bytes) -> Execution | None:
    """Return a call with a stored connection; None for one with credentials, or with a text in place of arguments."""
    found = _PLAIN.decode(body)
    is_plain = not found.text and found.custom_connection_data is None and found.custom_auth_params is None
    return found if is_plain else None


async def run_tool(request: Request[Any, Any, Any], data: Execution, tool_slug: str) -> Response[bytes]:
    """Run a call from :func:`read_plain`."""
    return Response(encode_json(await _execute(request, data, tool_slug, None)), media_type="application/json")


@post("/tools/execute/{tool_slug:str}", scope=Scope.EXECUTE, status_code=200)
async def execute_tool(request: Request[Any, Any, Any], tool_slug: FromPath[str], data: JSONBody[Execution]) -> Executed:
    """Run a tool. ``error`` has its API's error; the same ``Idempotency-Key`` returns the same result."""
    if data.text:
        raise NotOffered("text is not offered: generating arguments from text needs a model. Pass arguments.")
    asked = here(request)
    auth: CustomAuth | None = None
    if data.custom_connection_data is not None:
        auth = await as_custom_auth(asked, data.custom_connection_data)
    elif data.custom_auth_params is not None:
        auth = _custom_auth(data.custom_auth_params)
    return await _execute(request, data, tool_slug, auth)


async def _execute(request: Request[Any, Any, Any], data: Execution, tool_slug: str, auth: CustomAuth | None) -> Executed:
    asked = here(request)
    who = who_of(data.user_id or data.entity_id, data.connected_account_id, auth)
    call = ToolCall(action=tool_slug, arguments=data.arguments or {}, who=who)
    done = await execute_with_files(
        asked.services.files, asked.services.executions, asked.caller, call, idempotency_key_of(request)
    )
    return Executed(
        data=as_object(done.outcome), error=done.outcome.error, successful=done.outcome.successful, log_id=done.log_id
    )


@post("/tools/execute/{tool_slug:str}/input", scope=Scope.EXECUTE, status_code=200, raises=[NotOffered])
async def make_input(request: Request[Any, Any, Any], tool_slug: FromPath[str], data: JSONBody[InputRequest]) -> Input:
    """Not offered: generating arguments from a text needs a model."""
    del data
    await here(request).backend.actions(ActionQuery(names=(tool_slug,)))
    raise NotOffered(
        "Generating arguments from text needs a model, which this server does not have. Use yours, with the tool's schema."
    )


def who_of(user_id: str | None, connected_account_id: str | None, auth: CustomAuth | None) -> Who:
    if user_id is None:
        return Who(connected_account_id=connected_account_id, auth=auth, any_entity=connected_account_id is not None)
    return Who(entity_id=user_id, connected_account_id=connected_account_id, auth=auth)


def _custom_auth(given: CustomAuthParams) -> CustomAuth | None:
    return CustomAuth.of(
        {
            "parameters": [{"name": one.name, "value": _text(one.value), "in_": one.place} for one in given.parameters],
            "base_url": given.base_url,
            "body": given.body or {},
        }
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_object(outcome: Outcome) -> dict[str, Any]:
    """Return a call's result as the object that clients expect: a list becomes ``items``, a string ``text``."""
    data = outcome.data
    if isinstance(data, Mapping):
        found = dict(data)
    elif data is None:
        found = {}
    else:
        found = {"items" if isinstance(data, list) else "text" if isinstance(data, str) else "value": data}
    if outcome.more is not None:
        found["_more"] = dict(outcome.more)
    if not outcome.successful and outcome.status is not None:
        found.setdefault("status_code", outcome.status)
    cleaned: dict[str, Any] = _finite(found)
    return cleaned


def _finite(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:  # most are, and the general check takes long
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value


routes = [execute_tool, make_input]
