"""The audit log: what keys change is in it, what they tried too, and never another project's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
from litestar import Litestar, Router, delete, get, post
from litestar.params import FromPath

from composio_server.access import require_key
from composio_server.app import create_app
from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.served import StandIn


@get("/things", scope=Scope.READ)
async def list_things() -> list[str]:
    return []


@delete("/things/{thing_id:str}", scope=Scope.CONNECT, status_code=200)
async def delete_thing(thing_id: FromPath[str]) -> None:
    if thing_id == "broken":
        raise ValueError(thing_id)


@post("/run", scope=Scope.EXECUTE)
async def run() -> None:
    pass


@post("/secret")
async def only_for_admins() -> None:
    pass


@pytest.fixture(scope="module")
def with_things() -> tuple[StandIn, Litestar]:
    """An application with routes more, and the services that it stands on."""
    stand_in = StandIn(SimpleNamespace(settings=Settings.of({})))
    app = create_app(stand_in, close=False)  # type: ignore[arg-type]
    app.register(Router("/x", route_handlers=[list_things, delete_thing, run, only_for_admins], guards=[require_key]))
    return stand_in, app


@pytest.fixture
def things(with_things: tuple[StandIn, Litestar], services: Services, project: Project) -> Iterator[httpx.Client]:
    from litestar.testing import TestClient

    stand_in, app = with_things
    stand_in.services = services
    _, key = services.keys.create(project.id, "connecting", [Scope.READ, Scope.CONNECT, Scope.EXECUTE])
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["x-api-key"] = key.reveal()
        yield client


def noted(services: Services, project: Project, count: int) -> list[tuple[str, str, int]]:
    until = time.monotonic() + 5
    while len(found := services.audit.list_entries(project.id)) < count and time.monotonic() < until:
        time.sleep(0.01)
    return [(one.action, one.target.get("thing_id", ""), one.status) for one in found]


def test_changes_and_attempts_are_noted_and_reading_and_calls_are_not(
    things: httpx.Client, services: Services, project: Project
) -> None:
    things.get("/x/things")
    things.post("/x/run")
    things.delete("/x/things/t1")
    things.delete("/x/things/broken")
    assert things.post("/x/secret").status_code == 403
    assert noted(services, project, 3) == [
        ("POST /x/secret", "", 403),
        ("DELETE /x/things/{thing_id}", "broken", 500),
        ("DELETE /x/things/{thing_id}", "t1", 200),
    ]


def test_a_project_sees_its_own_entries(things: httpx.Client, services: Services, project: Project) -> None:
    things.delete("/x/things/t1")
    assert noted(services, project, 1)
    assert services.audit.list_entries(services.projects.create("other").id) == []


def test_a_request_without_a_key_that_opens_is_nobodys_change(things: httpx.Client, services: Services) -> None:
    assert things.delete("/x/things/t1", headers={"x-api-key": "ck_no"}).status_code == 401


def test_old_entries_are_forgotten(things: httpx.Client, services: Services, project: Project) -> None:
    things.delete("/x/things/t1")
    assert noted(services, project, 1)
    services.audit._now = lambda: time.time() + 401 * 86_400
    assert services.audit.sweep() == 1
