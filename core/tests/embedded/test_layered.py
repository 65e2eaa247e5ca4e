"""Apps that one project adds: nobody else's, and a tenant's word in all they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from composio.embedded.projects import ProjectBackend
from composio.errors import ActionNotFound, AppNotFound, InvalidRequest
from composio.model.call import ToolCall, Who
from composio.model.connection import NewConnection, NewIntegration
from tests.peers.acme import Provider
from tests.peers.described import openapi, secured

KEY = secured({"type": "apiKey", "in": "header", "name": "X-Api-Key"})


def paths(summary: str = "Get me") -> dict[str, Any]:
    responses = {"200": {"description": "ok"}}
    return {"/me": {"get": {"operationId": summary.lower().replace(" ", "_"), "summary": summary, "responses": responses}}}


def document(server: str = "https://api.mine.example", **more: Any) -> bytes:
    return json.dumps(openapi("Mine", server, paths(), **{**KEY, **more})).encode()


@pytest.fixture
def a(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> ProjectBackend:
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "api.mine.example")
    return backend.for_project("pr_a", oauth_clients=True)


@pytest.fixture
def b(backend: EmbeddedBackend) -> ProjectBackend:
    return backend.for_project("pr_b", oauth_clients=True)


def call(project: ProjectBackend, app: str = "mine") -> Any:
    new = NewConnection(app=app, entity_id="ada", values={"api_key": "its key"})
    project.run(lambda: project.accounts.initiate(new))
    return project.execute_sync(ToolCall(action=f"{app.upper()}_GET_ME", who=Who(entity_id="ada")))


def test_an_app_of_a_project_is_there_for_it_and_for_nobody_else(
    backend: EmbeddedBackend, a: ProjectBackend, b: ProjectBackend, provider: Provider
) -> None:
    added = a.catalog.add("mine", document())
    assert (added.key, added.actions) == ("mine", 1)
    assert call(a).data["who"] == "its key"
    assert provider.seen[-1].url.host == "api.mine.example"
    assert "mine" in [one.key for one in a.run(a.apps)]
    query = ActionQuery(apps=("mine", "keyed"), everything=True)
    assert [one.app for one in a.run(lambda: a.actions(query))] == ["mine", "keyed", "keyed"]
    assert "MINE_GET_ME" in a.run(lambda: a.search("get me"))
    for other in (b, backend):
        assert "mine" not in [one.key for one in other.run(other.apps)]
        with pytest.raises(AppNotFound):
            other.run(lambda other=other: other.app("mine"))  # type: ignore[misc]
        with pytest.raises(ActionNotFound):
            other.execute_sync(ToolCall(action="MINE_GET_ME"))
        assert "MINE_GET_ME" not in other.run(lambda other=other: other.search("get me", apps=["keyed"]))  # type: ignore[misc]


def test_two_projects_have_each_their_own_of_one_name(a: ProjectBackend, b: ProjectBackend) -> None:
    a.catalog.add("mine", document())
    b.catalog.add("mine", json.dumps(openapi("Mine", "https://b.mine.example", paths("Get you"))).encode())
    assert [one.slug for one in b.run(lambda: b.actions(ActionQuery(apps=("mine",), everything=True)))] == ["MINE_GET_YOU"]
    b.catalog.remove("mine")
    assert a.run(lambda: a.app("mine")).name == "Mine"
    with pytest.raises(AppNotFound):
        b.run(lambda: b.app("mine"))


@pytest.mark.parametrize("server", ["http://127.0.0.1:9", "http://10.0.0.8", "http://metadata.internal", "http://[::1]:9"])
def test_calls_to_it_stay_out_of_the_operators_network(a: ProjectBackend, provider: Provider, server: str) -> None:
    with pytest.raises(InvalidRequest, match="mine"):
        a.catalog.add("mine", document(), base_url=server)
    try:
        a.catalog.add("mine", document(server))
    except InvalidRequest:
        return
    outcome = call(a)
    assert not outcome.successful
    assert [one for one in provider.seen if one.url.host != "api.mine.example"] == []


def test_nothing_else_is_read_for_its_description(a: ProjectBackend, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"type": "object", "description": "hush-hush"}')
    for reference in (str(secret), secret.as_uri(), "../../../secret.json", "https://127.0.0.1:9/x.json", "/etc/passwd"):
        body = {"content": {"application/json": {"schema": {"$ref": reference}}}}
        operation = {"operationId": "send", "summary": "Send", "requestBody": body, "responses": {"200": {"description": "ok"}}}
        spec = json.dumps(openapi("Mine", "https://api.mine.example", {"/x": {"post": operation}})).encode()
        said = _add(a, spec)
        assert said is None or str(tmp_path) not in said.replace(reference, "")
        found = [] if said else a.run(lambda: a.actions(ActionQuery(apps=("mine",), everything=True)))
        assert "hush" not in json.dumps([one.parameters for one in found], default=str)


def _add(project: ProjectBackend, spec: bytes) -> str | None:
    """What was wrong; None for nothing."""
    try:
        project.catalog.add("mine", spec)
    except InvalidRequest as error:
        return str(error)
    return None


def test_what_every_project_has_keeps_its_name(a: ProjectBackend) -> None:
    with pytest.raises(InvalidRequest, match="every project has"):
        a.catalog.add("Keyed", document())


@pytest.mark.parametrize("broken", [b"", b"\xff", b"{", b"[]", b'{"openapi": "3.0.0"}', b"just text"])
def test_what_is_no_description_is_refused_and_leaves_what_was_there(a: ProjectBackend, broken: bytes) -> None:
    a.catalog.add("mine", document())
    with pytest.raises(InvalidRequest, match="mine"):
        a.catalog.add("mine", broken)
    assert a.run(lambda: a.app("mine")).actions == 1


def test_the_operators_oauth_client_is_not_for_it(a: ProjectBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_OAUTH_MINE_CLIENT_ID", "operator")
    monkeypatch.setenv("COMPOSIO_OAUTH_MINE_CLIENT_SECRET", "the operator's secret")
    flow = {"authorizationUrl": "https://mine.example/a", "tokenUrl": "https://mine.example/t", "scopes": {}}
    oauth = secured({"type": "oauth2", "flows": {"authorizationCode": flow}})
    a.catalog.add("mine", document(**oauth))
    assert a.accounts.shared_clients(["mine"]) == frozenset()
    with pytest.raises(Exception, match="client"):
        a.run(lambda: a.accounts.create_integration(NewIntegration(app="mine", use_composio_oauth_app=True)))


def test_a_project_has_so_many_apps_and_no_more(a: ProjectBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio.embedded.layered._MOST", 1)
    a.catalog.add("mine", document())
    a.catalog.add("mine", document())
    with pytest.raises(InvalidRequest, match="at most 1"):
        a.catalog.add("other", document())
