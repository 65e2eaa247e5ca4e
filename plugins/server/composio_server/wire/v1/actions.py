"""Actions: ``/api/v2/actions``, to find, to run, and to send requests that no action describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody

from composio.backend import ActionQuery
from composio.errors import ActionNotFound, InvalidRequest
from composio.model.action import ActionModel
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY, Outcome, RawRequest, ToolCall, Who
from composio_server.access import Here, here, require_key
from composio_server.request_ids import idempotency_key_of
from composio_server.services.file_calls import execute_with_files
from composio_server.services.keys import Scope
from composio_server.wire.v1.asked import app_key, names, number, on
from composio_server.wire.v1.listing import answer_actions, answer_everything, answer_names, render
from composio_server.wire.v1.shapes import show_action, show_outcome

__all__ = ["ROUTER"]

_VERSION = re.compile(r"latest(?::base)?|v?[0-9]{1,4}[._][0-9]{1,4}", re.IGNORECASE)
_MOST_FOUND = 100  # actions of a search
_USUALLY_FOUND = 10


class Parameter(msgspec.Struct):
    """One credential or argument, and its location."""

    name: str
    value: str
    place: str = msgspec.field(name="in", default="header")


class GivenAuth(msgspec.Struct):
    """Credentials of a call, from ``add_auth``."""

    parameters: list[Parameter] = []
    base_url: str | None = None
    body: dict[str, Any] | None = None


class Execution(msgspec.Struct, rename="camel"):
    """A call of an action."""

    input: dict[str, Any] | None = None
    text: str | None = None
    connected_account_id: str | None = None
    entity_id: str | None = None
    auth_config: GivenAuth | None = None


class ProxyRequest(msgspec.Struct, rename="camel"):
    """A request to the API of a connected account's app."""

    connected_account_id: str
    endpoint: str
    method: str = "GET"
    body: Any = None
    parameters: list[Parameter] = []


# Finding


@get("/", scope=Scope.READ)
async def list_actions(request: Request[Any, Any, Any]) -> Response[Any]:
    """Actions by app, name, tag or task; all of them without a filter."""
    where = here(request)
    apps = [await app_key(where, one) for one in names(request, "apps", "appNames")]
    apps = list(dict.fromkeys(apps))
    wanted, tags, limit = names(request, "actions"), names(request, "tags"), number(request, "limit")
    task = str(request.query_params.get("useCase", "")).strip()
    if on(request, "filterImportantActions"):
        tags = [*tags, "important"]
    if not (wanted or tags or task or limit):
        return await (answer_actions(request, where, apps) if apps else answer_everything(request, where))
    if task:
        most = min(number(request, "usecaseLimit") or limit or _USUALLY_FOUND, _MOST_FOUND)
        wanted = await where.backend.search(task, apps=apps, limit=most)
    if wanted:
        found = [one for name in wanted if (one := await _find_known(where, name)) is not None]
        found = [one for one in found if not apps or one.app in apps]
    elif apps or tags:
        found = await where.backend.actions(ActionQuery(apps=apps, tags=tags, everything=not tags, limit=limit))
    else:
        found = await _first(where, limit or 1)
    items = render(found[:limit], {one.key: one for one in await where.backend.apps()})
    return Response({"items": items, "page": 1, "totalPages": 1})


async def _find_known(where: Here, name: str) -> ActionModel | None:
    """Return the action with a name; None for a custom one, which only its client knows."""
    try:
        return (await where.backend.actions(ActionQuery(names=[name])))[0]
    except ActionNotFound:
        return None


async def _first(where: Here, limit: int) -> list[ActionModel]:
    found: list[ActionModel] = []
    for app in await where.backend.apps():
        if len(found) >= limit:
            break
        if app.compiled:
            found += await where.backend.actions(ActionQuery(apps=[app.key], everything=True, limit=limit - len(found)))
    return found


@get("/list/all", scope=Scope.READ)
async def list_all(request: Request[Any, Any, Any]) -> Response[Any]:
    """Every action in short form."""
    return await answer_names(request, here(request))


@get(["/list/enums", "/list/tags"], scope=Scope.READ)
async def list_words(request: Request[Any, Any, Any]) -> Response[str]:
    """The names, or the tags, of every compiled action, one per line."""
    where = here(request)
    apps = [one.key for one in await where.backend.apps() if one.compiled]
    words: dict[str, None] = {}
    for key in apps:
        for action in await where.backend.actions(ActionQuery(apps=[key], everything=True)):
            words |= dict.fromkeys(action.tags if request.url.path.rstrip("/").endswith("tags") else [action.slug])
    return Response("\n".join(words), media_type="text/plain")


@get("/search/advanced", scope=Scope.READ)
async def search_tasks(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The actions for a task of several steps, in call order."""
    where = here(request)
    task = str(request.query_params.get("useCase", "")) or await _task_in_body(request)
    apps = [await app_key(where, one) for one in names(request, "apps")]
    limit = min(number(request, "limit") or _USUALLY_FOUND, _MOST_FOUND)
    slugs = await where.backend.chain(task, apps=apps, limit=limit)
    found = [one for slug in slugs if (one := await _find_known(where, slug)) is not None]
    items = [
        {"app": one.app, "actions": [one.slug], "description": one.display_name or one.description, "order": order}
        for order, one in enumerate(found)
    ]
    return {"items": items}


async def _task_in_body(request: Request[Any, Any, Any]) -> str:
    """The TypeScript client sends a body with its GET."""
    body = await request.body()
    try:
        found = msgspec.json.decode(body) if body else {}
    except msgspec.DecodeError:
        raise InvalidRequest("The body is not JSON; useCase may also be a query parameter.") from None
    task = found.get("useCase") if isinstance(found, Mapping) else None
    if not isinstance(task, str) or not task.strip():
        raise InvalidRequest("useCase is missing: describe the task, as in ?useCase=star a repository.")
    return task


@get("/{slug:str}", scope=Scope.READ)
async def get_action(request: Request[Any, Any, Any], slug: FromPath[str]) -> dict[str, Any]:
    """One action, by any of its names in any case, with the full schema of its response."""
    version = str(request.query_params.get("version", "")).strip()
    if version and not _VERSION.fullmatch(version):
        raise InvalidRequest(f"A version is latest, latest:base, or two numbers such as 1_0; got {version[:40]!r}.")
    where = here(request)
    action = (await where.backend.actions(ActionQuery(names=[slug[:200]])))[0]
    return show_action(action, await where.backend.app(action.app), full=True)


# Running


@post("/{slug:str}/execute", status_code=200, scope=Scope.EXECUTE)
async def execute_action(request: Request[Any, Any, Any], slug: FromPath[str], data: JSONBody[Execution]) -> dict[str, Any]:
    """Run an action. The result is the app's response, also an error; the same ``x-request-id`` runs once."""
    where = here(request)
    arguments = data.input or {}
    if data.text and data.text.strip() and not arguments:
        # Checked before anything runs: an empty call is a mistake.
        action = (await where.backend.actions(ActionQuery(names=[slug[:200]])))[0]
        if action.parameters.required:
            return show_outcome(Outcome(successful=False, error=_NO_MODEL), "")
    call = ToolCall(action=slug[:200], arguments=arguments, who=_who(data))
    done = await execute_with_files(
        where.services.files, where.services.executions, where.caller, call, idempotency_key_of(request)
    )
    return show_outcome(done.outcome, done.log_id)


_NO_MODEL = (
    "This server has no model to generate arguments from text. Send them as input: GET /api/v2/actions/{slug} says which."
)


def _who(data: Execution) -> Who:
    auth = None
    if data.auth_config is not None:
        given = data.auth_config
        listed = [{"name": one.name, "value": one.value, "in": one.place} for one in given.parameters]
        auth = CustomAuth.of({"parameters": listed, "base_url": given.base_url, "body": given.body or {}})
    account = data.connected_account_id or None
    # The TypeScript client names a connection and no entity: then it may belong to any in the project.
    unnamed = not data.entity_id and account is not None
    return Who(entity_id=data.entity_id or DEFAULT_ENTITY, connected_account_id=account, any_entity=unnamed, auth=auth)


@post("/{slug:str}/execute/get.inputs", status_code=200, scope=Scope.EXECUTE)
async def fill_arguments(slug: FromPath[str]) -> dict[str, Any]:
    """Would fill an action's arguments with a model."""
    del slug
    raise HTTPException(_NO_MODEL, status_code=501)


@post("/proxy", status_code=200, scope=Scope.EXECUTE)
async def send_request(request: Request[Any, Any, Any], data: JSONBody[ProxyRequest]) -> dict[str, Any]:
    """Send a request to a connected account's app, signed like its calls."""
    where = here(request)
    account = await where.backend.accounts.connection(data.connected_account_id)
    endpoint, query, headers = _place_parameters(data)
    raw = RawRequest(
        app=account.app,
        endpoint=endpoint,
        method=data.method,
        body=data.body,
        query=query,
        headers=headers,
        who=Who(entity_id=account.entity_id, connected_account_id=account.id),
    )
    done = await where.services.executions.request(where.caller, raw, request_id=idempotency_key_of(request))
    return {**show_outcome(done.outcome, done.log_id), "data": done.outcome.data}


def _place_parameters(data: ProxyRequest) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Return a proxied request's endpoint, query and headers."""
    endpoint, query, headers = data.endpoint, {}, {}
    for one in data.parameters:
        match one.place:
            case "query":
                query[one.name] = one.value
            case "header":
                headers[one.name] = one.value
            case "path" if f"{{{one.name}}}" in endpoint:
                endpoint = endpoint.replace(f"{{{one.name}}}", _segment(one.value))
            case _:
                raise InvalidRequest(
                    f"The parameter {one.name!r:.60} goes into header, query, or a {{name}} of the endpoint's path; got"
                    f" {one.place!r:.40}."
                )
    return endpoint, query, headers


def _segment(value: str) -> str:
    from urllib.parse import quote

    return quote(value, safe="")


ROUTER = Router(
    "/api/v2/actions",
    route_handlers=[
        *(list_actions, list_all, list_words, search_tasks, get_action),
        *(execute_action, fill_arguments, send_request),
    ],
    guards=[require_key],
)
