"""Logs of calls, newest first."""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody

from composio.errors import InvalidRequest
from composio.model.connection import as_time
from composio.store.calls import CallQuery, CallRow, CallStatus
from composio_server.access import here
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop
from composio_server.wire.v3.wire import Wire, read_limit

__all__ = ["routes"]

_MOST = 100
_FAILED = frozenset({CallStatus.FAILED, CallStatus.UNKNOWN})
# What filters of v3 name, and what a call is looked up by.
_FIELDS = {
    "toolName": "action",
    "actionKey": "action",
    "tool_slug": "action",
    "appName": "app",
    "appKey": "app",
    "toolkit_slug": "app",
    "connectedAccountId": "connection_id",
    "connected_account_id": "connection_id",
    "entityId": "entity_id",
    "user_id": "entity_id",
    "request_id": "request_id",
}


class SearchParam(Wire, kw_only=True):
    """What a field has to be."""

    field: str | None = None
    operation: str | None = None
    value: str | None = None


class LogsRequest(Wire, kw_only=True):
    """A filter for calls; times are milliseconds since 1970, ``cursor`` is the last page's ``nextCursor``."""

    cursor: float | None = None
    limit: float | None = None
    case_sensitive: bool | None = None
    since: float | None = msgspec.field(name="from", default=None)
    until: float | None = msgspec.field(name="to", default=None)
    search_params: list[SearchParam] | None = None


class AppInfo(Wire, kw_only=True):
    """Of which toolkit."""

    icon: str = ""
    name: str


class LogItem(Wire, kw_only=True):
    """A call, in short. ``minimal_response`` is the logged part of its response, without secrets."""

    id: str
    action_key: str = msgspec.field(name="actionKey")
    app_key: str = msgspec.field(name="appKey")
    app: AppInfo
    connected_account_id: str = msgspec.field(name="connectedAccountId")
    entity_id: str = msgspec.field(name="entityId")
    status: Literal["success", "failed"]
    execution_time: float = msgspec.field(name="executionTime")
    minimal_response: str = msgspec.field(name="minimalResponse")
    created_at: float = msgspec.field(name="createdAt")
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class Logs(Wire, kw_only=True):
    """A page of calls."""

    data: list[LogItem]
    next_cursor: float | None = msgspec.field(name="nextCursor")


class Filter(Wire, kw_only=True):
    """What a field has to be."""

    field: str
    operator: Literal["==", "!=", "contains", "not_contains"]
    value: str


class TimeRange(Wire, kw_only=True):
    """Milliseconds since 1970."""

    since: float = msgspec.field(name="from")
    until: float = msgspec.field(name="to")


class ExecutionsRequest(Wire, kw_only=True):
    """A filter for calls; ``cursor`` is the last page's ``next_cursor``."""

    limit: float | None = None
    cursor: str | None = None
    filters: list[Filter] | None = None
    time_range: TimeRange | None = None


class Execution(Wire, kw_only=True):
    """A call."""

    id: str
    timestamp: str
    type: str = "tool_execution"
    status: Literal["success", "failed"]
    level: Literal["info", "error", "warn"]
    message: str | None
    metadata: dict[str, Any]
    metrics: dict[str, Any]
    parent: dict[str, Any] | None = None


class ExecutionDetails(Execution, kw_only=True):
    """A call, with its logged input and output."""

    timings: dict[str, float] | None
    context: dict[str, Any]
    source: dict[str, Any]
    data: dict[str, Any]


class Executions(Wire, kw_only=True):
    """A page of calls."""

    logs: list[Execution]
    next_cursor: str | None


class TriggerLogsRequest(Wire, kw_only=True):
    """Which events."""

    cursor: str | None = None
    limit: float | None = None


class TriggerLogs(Wire, kw_only=True):
    """A page of events."""

    data: list[dict[str, Any]]
    next_cursor: str | None = msgspec.field(name="nextCursor")


@post("/internal/action_execution/logs", scope=Scope.ADMIN, status_code=200)
async def list_logs(request: Request[Any, Any, Any], data: JSONBody[LogsRequest]) -> Logs:
    """List calls."""
    asked, size = here(request), min(read_limit(data.limit), _MOST)
    wanted = {
        _FIELDS[one.field]: one.value
        for one in data.search_params or ()
        if one.field in _FIELDS and one.value and (one.operation or "equals").lower() in {"equals", "==", "is", "eq"}
    }
    query = _query(wanted, data.since, data.until, _seq(data.cursor), size)
    found = await off_loop(asked.services.calls.list_calls, asked.caller.project_id, query)
    following = found[-1].seq if len(found) == size else None
    return Logs(data=[_item(one) for one in found], next_cursor=None if following is None else float(following))


@get("/internal/action_execution/log/{id:str}", scope=Scope.ADMIN)
async def get_log(request: Request[Any, Any, Any], id: FromPath[str]) -> dict[str, Any]:  # noqa: A002 - the parameter's name, as below
    """Get a call, with its logged input and output."""
    one = await _get(request, id)
    ended = one.started_at + (one.seconds or 0.0)
    return {
        "actionLogId": one.id,
        "actionId": one.action,
        "status": "error" if one.status in _FAILED else "info" if one.status is CallStatus.STARTED else "success",
        "app": {"name": one.app, "uniqueId": one.app, "icon": ""},
        "version": "",
        "connection": {"id": one.connection_id or "", "entity": one.entity_id},
        "session": {},
        "executionMetadata": {"requestId": one.request_id or "", "httpStatus": one.http_status},
        "steps": [
            {
                "type": "tool_execution",
                "startTime": one.started_at * 1000,
                "endTime": ended * 1000,
                "totalDuration": (one.seconds or 0.0) * 1000,
                "status": "error" if one.status in _FAILED else "success",
                "message": one.error or "",
                "logs": [],
            }
        ],
        "payloadReceived": _read_logged(one.input),
        "response": _read_logged(one.output),
        "error": {"message": one.error} if one.error else {},
        "startTime": one.started_at * 1000,
        "endTime": ended * 1000,
        "totalDuration": f"{(one.seconds or 0.0) * 1000:.0f}ms",
    }


@get("/internal/action_execution/fields", scope=Scope.ADMIN)
async def list_log_fields(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """List the fields by which calls can be found."""
    del request
    shown = {"toolName": "Tool", "appName": "Toolkit", "connectedAccountId": "Connected account", "entityId": "User"}
    return {"fields": {"default": [{"id": name, "displayName": text, "type": "string"} for name, text in shown.items()]}}


@post("/logs/tool_execution", scope=Scope.ADMIN, status_code=200)
async def list_executions(request: Request[Any, Any, Any], data: JSONBody[ExecutionsRequest]) -> Executions:
    """List calls."""
    asked, size = here(request), min(read_limit(data.limit), _MOST)
    wanted: dict[str, Any] = {}
    for one in data.filters or ():
        if one.operator != "==" or (one.field not in _FIELDS and one.field != "status"):
            raise InvalidRequest(
                f"filters: {one.field} {one.operator} is not offered; == is, of {', '.join(sorted(name for name in _FIELDS if '_' in name))}, status."
            )
        if one.field == "status":
            wanted["status"] = CallStatus.DONE if one.value == "success" else CallStatus.FAILED
        else:
            wanted[_FIELDS[one.field]] = one.value
    span = data.time_range
    if data.cursor and not data.cursor.isdecimal():
        raise InvalidRequest("cursor: pass on what a list gave as next_cursor, or leave it out for the first page.")
    before = int(data.cursor[:18]) if data.cursor else None
    query = _query(wanted, span.since if span else None, span.until if span else None, before, size)
    found = await off_loop(asked.services.calls.list_calls, asked.caller.project_id, query)
    return Executions(logs=[_execution(one) for one in found], next_cursor=str(found[-1].seq) if len(found) == size else None)


@get("/logs/tool_execution/{id:str}", scope=Scope.ADMIN)
async def get_execution(request: Request[Any, Any, Any], id: FromPath[str]) -> ExecutionDetails:  # noqa: A002
    """Get a call, with its logged input and output."""
    one = await _get(request, id)
    short = _execution(one)
    return ExecutionDetails(
        **{name: getattr(short, name) for name in short.__struct_fields__},
        timings={"start_time": one.started_at * 1000, "end_time": (one.started_at + (one.seconds or 0.0)) * 1000},
        context={"request_id": one.request_id},
        source={},
        data={"request": _read_logged(one.input), "response": _read_logged(one.output)},
    )


@post("/internal/trigger/logs", scope=Scope.ADMIN, status_code=200)
async def list_trigger_logs(request: Request[Any, Any, Any], data: JSONBody[TriggerLogsRequest]) -> TriggerLogs:
    """List events of triggers; there are none so far."""
    del request, data
    return TriggerLogs(data=[], next_cursor=None)


@get("/internal/trigger/log/{id:str}", scope=Scope.ADMIN)
async def get_trigger_log(request: Request[Any, Any, Any], id: FromPath[str]) -> dict[str, Any]:  # noqa: A002
    """Get an event of a trigger; there are none so far."""
    del request
    raise NotFoundException(detail=f"There is no event {id!r:.80}.")


def _seq(cursor: float | None) -> int | None:
    if not cursor:
        return None
    if not 0 < cursor < 2**53 or cursor != int(cursor):
        raise InvalidRequest("cursor: pass on what a list gave as nextCursor, or 0 for the first page.")
    return int(cursor)


def _query(wanted: dict[str, Any], since: float | None, until: float | None, before: int | None, size: int) -> CallQuery:
    if wanted.get("action"):
        wanted["action"] = wanted["action"].upper()
    return CallQuery(
        **wanted,
        since=since / 1000 if since else None,
        until=until / 1000 if until else None,
        before=before,
        limit=size,
    )


async def _get(request: Request[Any, Any, Any], id: str) -> CallRow:  # noqa: A002
    asked = here(request)
    found = await off_loop(asked.services.calls.get, asked.caller.project_id, id)
    if found is None:
        raise NotFoundException(detail=f"There is no call {id!r:.80} in the log.")
    return found


def _item(one: CallRow) -> LogItem:
    return LogItem(
        id=one.id,
        action_key=one.action,
        app_key=one.app,
        app=AppInfo(name=one.app),
        connected_account_id=one.connection_id or "",
        entity_id=one.entity_id,
        status="failed" if one.status in _FAILED else "success",
        execution_time=(one.seconds or 0.0) * 1000,
        minimal_response=one.output or one.error or "",
        created_at=one.started_at * 1000,
    )


def _execution(one: CallRow) -> Execution:
    is_failed = one.status in _FAILED
    return Execution(
        id=one.id,
        timestamp=as_time(one.started_at),
        status="failed" if is_failed else "success",
        level="error" if is_failed else "info",
        message="The call has not ended yet." if one.status is CallStatus.STARTED else one.error,
        metadata={
            "tool_slug": one.action,
            "toolkit_slug": one.app,
            "user_id": one.entity_id,
            "connected_account_id": one.connection_id,
        },
        metrics={"duration_ms": (one.seconds or 0.0) * 1000, "http_status": one.http_status},
    )


def _read_logged(text: str | None) -> dict[str, Any]:
    """Return a logged input or output as an object; it may be truncated."""
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = text
    return found if isinstance(found, dict) else {"value": found}


routes = [
    list_logs,
    get_log,
    list_log_fields,
    list_executions,
    get_execution,
    list_trigger_logs,
    get_trigger_log,
]
