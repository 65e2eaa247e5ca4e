"""The log of calls, and the playground for a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from composio.backend.catalog import ActionQuery
from composio.errors import ComposioError, InvalidRequest
from composio.model.action import ActionModel
from composio.model.call import ToolCall, Who
from composio.store.calls import CallQuery, CallStatus
from composio_server.dashboard.forms import Input, inputs_of, read_entity, read_values
from composio_server.dashboard.frameworks import write_call
from composio_server.dashboard.show import (
    FURTHER,
    OLDER,
    Filter,
    Next,
    asked,
    before_of,
    show,
    show_log,
    within_of,
    write_command,
)
from composio_server.dashboard.visit import Asked, NotHere, Visit, act, visit
from composio_server.services.ids import make_id
from composio_server.services.keys import Caller, Scope
from composio_server.services.people import Role
from composio_server.services.services import off_loop

__all__ = ["arguments_of", "list_calls", "play", "run_action", "show_call"]

_PAGE = 50


@get("/calls")
async def list_calls(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """List calls, newest first."""
    here = await visit(request, project)
    given = {name: asked(here, name) for name in ("app", "action", "entity", "status", "q")}
    query = CallQuery(
        app=given["app"].lower() or None,
        action=given["action"].upper() or None,
        entity_id=given["entity"] or None,
        status=CallStatus(given["status"]) if given["status"] in set(CallStatus) else None,
        text=given["q"] or None,
        before=before_of(here),
        limit=_PAGE + 1,
        within=within_of(given),
    )
    rows = await off_loop(here.services.calls.list_calls, here.project_id, query)
    shown = [row.as_logged() for row in rows[:_PAGE]]
    more, label = (shown[-1].seq, OLDER) if len(rows) > _PAGE else (None, OLDER)
    if more is None and query.within is not None:
        more, label = await off_loop(here.services.calls.find_end, here.project_id, query), FURTHER
    return show_log(
        here,
        "calls",
        rows=shown,
        given=given,
        title="Calls",
        calls=shown,
        code=[("On a command line", _write_command(given))],
        filtered=any(given.values()),
        next=here.url("calls", **given, before=more) if more is not None else "",
        label=label,
        filters=[
            Filter("app", "App", given["app"]),
            Filter("action", "Action", given["action"]),
            Filter("entity", "Entity", given["entity"]),
            Filter("status", "Status", given["status"], list(CallStatus)),
            Filter("q", "Words in it", given["q"]),
        ],
        empty=Next("No calls yet. Make the first one here.", here.url("playground"), "Open the playground"),
    )


@get("/calls/{call:str}")
async def show_call(request: Asked, project: FromPath[str], call: FromPath[str]) -> Response[bytes]:
    """Show one call: its input and output."""
    here = await visit(request, project)
    row = await off_loop(here.services.calls.get, here.project_id, call)
    if row is None:
        raise NotHere("This call does not exist, or is older than the project keeps calls.")
    one = row.as_logged()
    arguments = arguments_of(one.input)
    is_action = one.kind == "action" and arguments is not None
    return show(
        here,
        "call",
        title=one.action or one.kind,
        place="calls",
        one=one,
        python=write_call(here, one.action, arguments or {}, one.entity_id) if is_action else "",
    )


def arguments_of(text: str | None) -> dict[str, Any] | None:
    """Return a call's arguments from the log; None if they are truncated or not recorded."""
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _write_command(given: Mapping[str, str]) -> str:
    """Return a command that lists the same calls."""
    return write_command(
        "logs",
        app=given["app"],
        action=given["action"],
        entity_id=given["entity"],
        status=given["status"],
        text=given["q"],
    )


@get("/playground")
async def play(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show an action's form, filled in from a call in the log if one is named."""
    here = await visit(request, project, Role.DEVELOPER)
    name, call = asked(here, "action"), asked(here, "call")
    values: Mapping[str, Any] = {}
    entity = ""
    if call:
        row = await off_loop(here.services.calls.get, here.project_id, call)
        values = (arguments_of(row.input) or {}) if row is not None else {}
        entity = row.entity_id if row is not None else ""
    if not name:
        return _playground(here, None)
    (action,) = await here.backend.actions(ActionQuery(names=[name]))
    return _playground(here, action, inputs_of(action.parameters, values), entity=entity)


@post("/playground", status_code=200)
async def run_action(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Run an action as an entity, and show the result."""
    here, form = await act(request, project)
    (action,) = await here.backend.actions(ActionQuery(names=[form.get("action", "")]))
    arguments, wrong = read_values(action.parameters, form)
    inputs = inputs_of(action.parameters, arguments, wrong)
    try:
        entity = read_entity(form) or "default"
    except InvalidRequest as error:
        return _playground(here, action, inputs, entity=form["entity"], problem=str(error))
    if wrong:
        return _playground(here, action, inputs, entity=entity, problem="Some fields can't be read; they say why.")
    caller = Caller(project_id=here.project_id, key_id=here.person.id, scopes=frozenset({Scope.EXECUTE}))
    call = ToolCall(action=action.slug, arguments=arguments, who=Who(entity_id=entity))
    try:
        done = await here.services.executions.execute(caller, call, request_id=make_id("req"))
    except ComposioError as error:
        return _playground(here, action, inputs, entity=entity, problem=str(error))
    python = write_call(here, action.slug, arguments, entity)
    return _playground(here, action, inputs, entity=entity, outcome=done.outcome, log_id=done.log_id, python=python)


def _playground(
    here: Visit, action: ActionModel | None, inputs: list[Input] | None = None, *, problem: str = "", **values: Any
) -> Response[bytes]:
    return show(
        here,
        "playground",
        title="Playground",
        place="playground",
        status=422 if problem else 200,
        action=action,
        inputs=inputs or [],
        problem=problem,
        **{"entity": "", "outcome": None, "log_id": "", "python": "", **values},
    )
