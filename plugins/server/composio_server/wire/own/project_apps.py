"""Apps that a project adds by an API description; other projects cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from composio.embedded.addressed import fetch_description
from composio.errors import InvalidRequest
from composio.model.app import AppModel
from composio.model.connection import as_time
from composio_server.access import Here, here, require_key
from composio_server.services.keys import Scope
from composio_server.services.project_apps import ProjectApp
from composio_server.services.services import off_loop
from composio_server.wire.own.bodies import HEADERS, answer_error
from composio_server.wire.own.project import RemovedThing

__all__ = ["router"]

Asked = Request[Any, Any, Any]


class Described(msgspec.Struct, forbid_unknown_fields=True):
    """An API: its `description` or the `url` of one, which the server fetches.

    `description` is an object, or a string of JSON, YAML or GraphQL's schema language: OpenAPI, Swagger, Google Discovery,
    GraphQL. It is one document without references to others. `base_url` is the API's URL, if the description does not declare
    it. `auth` overrides its authentication: `bearer`, `basic`, `header:NAME`, `query:NAME`, `cookie:NAME`, `none`,
    `oauth2:AUTHORIZATION_URL,TOKEN_URL[,SCOPE...]`. `accept_server` lets it name another server than connections were created
    for.
    """

    description: dict[str, Any] | str | None = None
    url: str | None = None
    base_url: str | None = None
    auth: list[str] = msgspec.field(default_factory=list)
    accept_server: bool = False


class ShownApp(msgspec.Struct):
    """An app of the project, with its settings. `warnings` are those of adding it."""

    key: str
    name: str
    actions: int
    auth_schemes: list[str]
    url: str | None
    base_url: str | None
    auth: list[str]
    updated_at: str
    warnings: list[str] = msgspec.field(default_factory=list)


class ShownApps(msgspec.Struct):
    """The project's own apps."""

    apps: list[ShownApp]


class Again(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the description may name another server than connections were created for."""

    accept_server: bool = False


@get("/apps", scope=Scope.READ)
async def list_project_apps(request: Asked) -> ShownApps:
    """The project's own apps."""
    asked = here(request)
    known = await off_loop(asked.services.project_apps.list_apps, asked.caller.project_id)
    shown = [_describe(one, await asked.backend.app(one.key)) for one in known]
    return ShownApps(shown)


@put("/apps/{key:str}", scope=Scope.ADMIN)
async def put_project_app(request: Asked, key: FromPath[str], data: JSONBody[Described]) -> ShownApp:
    """Add an app under a key of lower case letters, digits and `_`, or replace its description.

    Its actions are available immediately.

    Calls to it, and its OAuth endpoints, are limited to the public internet. `warnings` say what of the description could not
    be read as written.
    """
    asked = here(request)
    if (data.description is None) is (data.url is None):
        raise InvalidRequest("Send the API's `description`, or the `url` of one, and not both.")
    said = ProjectApp(key=key, url=data.url or "", base_url=data.base_url, auth=tuple(data.auth))
    if isinstance(data.description, str):
        document = data.description.encode("utf-8", "replace")
    elif data.description is not None:
        document = msgspec.json.encode(data.description)
    else:
        document = await _fetch(asked, said.url)
    return await _put(asked, said, document, accept_server=data.accept_server)


@post("/apps/{key:str}/update", scope=Scope.ADMIN, status_code=200)
async def update_project_app(request: Asked, key: FromPath[str], data: JSONBody[Again | None] = None) -> ShownApp:
    """Fetch the description of an app with a URL again."""
    asked = here(request)
    said = await off_loop(asked.services.project_apps.get, asked.caller.project_id, key)
    if not said.url:
        raise InvalidRequest(f"The description of {key} was sent along and came from no URL: send it again to change it.")
    document = await _fetch(asked, said.url)
    return await _put(asked, said, document, accept_server=data is not None and data.accept_server)


@delete("/apps/{key:str}", scope=Scope.ADMIN, status_code=200)
async def remove_project_app(request: Asked, key: FromPath[str]) -> RemovedThing:
    """Remove one of the project's own apps. Its connections stay listed but can no longer be used."""
    asked = here(request)
    await off_loop(asked.services.project_apps.remove, asked.caller.project_id, key)
    return RemovedThing(key)


async def _fetch(asked: Here, url: str) -> bytes:
    return await fetch_description(asked.services.backends.shared.awaiting, url, most=asked.services.settings.body_bytes)


async def _put(asked: Here, said: ProjectApp, document: bytes, *, accept_server: bool) -> ShownApp:
    apps, project_id = asked.services.project_apps, asked.caller.project_id
    added = await off_loop(lambda: apps.put(project_id, said, document, accept_server=accept_server))
    kept = await off_loop(apps.get, project_id, added.key)
    warnings = await off_loop(asked.services.backends.of(project_id).catalog.warnings, added.key)
    return _describe(kept, added, warnings[:_MOST_WARNINGS])


_MOST_WARNINGS = 50


def _describe(said: ProjectApp, app: AppModel, warnings: Sequence[str] = ()) -> ShownApp:
    return ShownApp(
        key=said.key,
        name=app.name,
        actions=app.actions,
        auth_schemes=[one.auth_mode for one in app.auth_schemes],
        url=said.url or None,
        base_url=said.base_url,
        auth=list(said.auth),
        updated_at=as_time(said.updated_at),
        warnings=list(warnings),
    )


router = Router(
    "/api/v3.1/project",
    route_handlers=[list_project_apps, put_project_app, update_project_app, remove_project_app],
    guards=[require_key],
    response_headers=HEADERS,
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: project"],
)
