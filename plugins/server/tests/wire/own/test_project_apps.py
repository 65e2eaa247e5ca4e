"""Apps that a project adds over HTTP: described by a document or a URL, its own alone, on every instance."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport
from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.described import openapi, secured

API = "/api/v3.1/project/apps"
KEY = secured({"type": "apiKey", "in": "header", "name": "X-Api-Key"})


def description(summary: str = "Get me", server: str = "https://api.mine.example") -> dict[str, Any]:
    get = {"operationId": summary.lower().replace(" ", "_"), "summary": summary, "responses": {"200": {"description": "ok"}}}
    return openapi("Mine", server, {"/me": {"get": get}}, **KEY)


class Internet:
    """What is out there: the API, and a place that serves its description. ``seen`` are the requests."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.description: Any = description()

    def __call__(self, request: httpx.Request) -> Any:
        self.seen.append(request)
        if request.url.path == "/moved":
            return httpx.Response(302, headers={"location": "http://127.0.0.1:9/openapi.json"})
        if request.url.path == "/openapi.json":
            return 200, self.description
        return 200, {"who": request.headers.get("x-api-key")}


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.of({"COMPOSIO_HOME": str(tmp_path / "home"), "COMPOSIO_EGRESS_ALLOW": "*.example"})


@pytest.fixture
def opened(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Settings], Services]]:
    """Opens instances, whose network is the internet above."""

    class Offline(EmbeddedBackend):
        def __init__(self, **options: Any) -> None:
            super().__init__(**{"transport": FakeTransport(internet), **options})

    monkeypatch.setattr("composio_server.services.backends.EmbeddedBackend", Offline)
    made: list[Services] = []

    def make(settings: Settings) -> Services:
        made.append(Services.open(settings))
        return made[-1]

    yield make
    for one in made:
        one.backends.shared.close()
        one.database.close()


@pytest.fixture
def services(opened: Callable[[Settings], Services], settings: Settings) -> Services:
    return opened(settings)


def put(client: httpx.Client, key: str = "mine", **body: Any) -> httpx.Response:
    return client.put(f"{API}/{key}", json=body, timeout=60)


def listed(client: httpx.Client) -> list[str]:
    return [one["key"] for one in client.get(API).json()["apps"]]


def call(client: httpx.Client) -> Any:
    config = {"toolkit": {"slug": "mine"}, "auth_config": {"type": "use_custom_auth", "authScheme": "API_KEY"}}
    made = client.post("/api/v3.1/auth_configs", json=config).json()["auth_config"]["id"]
    state = {"authScheme": "API_KEY", "val": {"generic_api_key": "its-key"}}
    body = {"auth_config": {"id": made}, "connection": {"user_id": "ada", "state": state}}
    assert client.post("/api/v3.1/connected_accounts", json=body).status_code == 201
    return client.post("/api/v3.1/tools/execute/MINE_GET_ME", json={"user_id": "ada", "arguments": {}}).json()


def test_a_projects_app_is_described_used_listed_and_removed(
    client: httpx.Client, other: httpx.Client, internet: Internet
) -> None:
    added = put(client, description=description())
    assert (added.status_code, added.json()["actions"], added.json()["warnings"]) == (200, 1, []), added.text
    assert call(client)["data"] == {"who": "its-key"}
    assert internet.seen[-1].url.host == "api.mine.example"
    ways = {
        "/api/v3.1/toolkits/mine": 404,
        "/api/v3.1/tools/MINE_GET_ME": 404,
        "/api/v1/apps/mine": 404,
        "/api/v2/actions/MINE_GET_ME": 404,
    }
    for path, status in ways.items():
        assert client.get(path).status_code == 200, path
        assert other.get(path).status_code == status, path
    for path in ("/api/v3.1/toolkits?limit=1000", "/api/v1/apps", "/api/v2/actions", "/api/v3.1/catalog/apps"):
        assert '"mine"' in client.get(path).text, path
        assert '"mine"' not in other.get(path).text, path
    assert (listed(client), listed(other)) == (["mine"], [])
    assert other.delete(f"{API}/mine").status_code == other.delete(f"{API}/nothing").status_code == 404
    assert client.delete(f"{API}/mine").json() == {"removed": "mine"}
    assert client.get("/api/v3.1/toolkits/mine").status_code == 404
    assert listed(client) == []


def test_a_description_is_fetched_and_fetched_again(client: httpx.Client, internet: Internet) -> None:
    added = put(client, url="https://docs.mine.example/openapi.json")
    assert added.json()["url"] == "https://docs.mine.example/openapi.json", added.text
    assert client.get("/api/v3.1/tools/MINE_GET_ME").status_code == 200
    internet.description = description("Get you")
    assert client.post(f"{API}/mine/update").status_code == 200
    assert client.get("/api/v3.1/tools/MINE_GET_YOU").status_code == 200
    assert client.post(f"{API}/nothing/update").status_code == 404


@pytest.mark.parametrize(
    "there",
    [
        "http://127.0.0.1:9/openapi.json",
        "http://169.254.169.254/latest",
        "https://docs.example/moved",
        "file:///etc/passwd",
        "x",
    ],
)
def test_no_url_leads_into_the_operators_network(client: httpx.Client, internet: Internet, there: str) -> None:
    answer = put(client, url=there)
    assert answer.status_code == 400, answer.text
    assert {one.url.host for one in internet.seen} <= {"docs.example"}
    assert listed(client) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "description"),
        ({"description": {}, "url": "https://x.example"}, "not both"),
        ({"description": "just text"}, "mine"),
        ({"description": {"openapi": "3.0.3"}}, "mine"),
        ({"description": json.dumps(description() | {"info": {"title": "M\ud800", "version": "1"}})}, "half of a character"),
        ({"description": description(), "auth": ["magic"]}, "auth"),
        ({"description": description(), "base_url": "ftp://x"}, "ftp"),
    ],
)
def test_what_is_no_description_is_refused_and_says_why(client: httpx.Client, body: dict[str, Any], said: str) -> None:
    answer = put(client, **body)
    assert answer.status_code == 400, answer.text
    assert said in answer.json()["error"]["message"]
    assert put(client, "not a key!", description=description()).status_code == 400


def test_every_instance_has_what_one_was_given(
    client: httpx.Client, services: Services, project: Project, opened: Callable[[Settings], Services], tmp_path: Path
) -> None:
    database = f"sqlite:///{services.backends.home / 'accounts.sqlite3'}"
    environ = {
        "COMPOSIO_HOME": str(tmp_path / "second"),
        "COMPOSIO_DATABASE_URL": database,
        "COMPOSIO_EGRESS_ALLOW": "*.example",
    }
    assert put(client, description=json.dumps(description())).status_code == 200
    second = opened(Settings.of(environ))

    def known() -> list[str]:
        second.project_apps.follow(project.id, second.projects.settings(project.id))
        return [one.slug for one in second.backends.of(project.id).catalog.select(apps=["mine"], everything=True)]

    assert known() == ["MINE_GET_ME"]
    put(client, description=description("Get you"))
    assert known() == ["MINE_GET_YOU"]
    client.delete(f"{API}/mine")
    second.project_apps.follow(project.id, second.projects.settings(project.id))
    assert not second.backends.of(project.id).catalog.owns("mine")


def test_adding_takes_an_admin(services: Services, url: str, project: Project) -> None:
    key = services.keys.create(project.id, "weak", [Scope.READ, Scope.CONNECT, Scope.EXECUTE])[1].reveal()
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False) as weak:
        assert put(weak, description=description()).status_code == 403
        assert weak.delete(f"{API}/mine").status_code == 403
        assert weak.get(API).status_code == 200
