"""Our own routes: what they refuse, what they say of themselves, and that nothing crosses from one project to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio_server.services.keys import Scope
from composio_server.services.services import Services
from tests.peers.described import openapi, write_app

API = "/api/v3.1"
HEADERS = {"content-type": "application/vnd.composio.framed"}
KEYED = {"auth_mode": "API_KEY", "fields": [{"name": "api_key"}], "proxy": {"headers": {"X-Api-Key": "{{api_key}}"}}}


@pytest.fixture
def shop(settings: Any) -> None:
    """An app with a key, in the server's home."""
    paths = {"/me": {"get": {"operationId": "get_me", "summary": "Get me", "responses": {"200": {"description": "ok"}}}}}
    assert settings.home is not None
    write_app(Path(settings.home), "shop", openapi("Shop", "https://api.shop.example", paths), auth_schemes=[KEYED])


def ask(client: httpx.Client, path: str, body: Any) -> Any:
    answer = client.post(f"{API}{path}", json=body)
    assert answer.headers["x-composio-protocol"] == "1"
    return answer.json()


def test_a_server_says_which_it_is_without_a_key_and_whose_a_key_is(client: httpx.Client, url: str, project: Any) -> None:
    assert httpx.get(f"{url}{API}/version", trust_env=False).json()["protocol"] == 1
    assert client.get(f"{API}/whoami").json()["project"]["id"] == project.id
    refused = httpx.get(f"{url}{API}/whoami", trust_env=False)
    assert (refused.status_code, refused.headers["x-composio-protocol"]) == (401, "1")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not a JSON"),
        (b"[]", ""),
        (b"[" * 20_000, ""),
        (b'{"action": 5}', "action: expected a string"),
        (b'{"action": "A", "password": "hush"}', "unknown field"),
        (b'{"action": "A", "options": {"output_folder": "/etc"}}', "options: unknown field"),
        (b'{"action": "A", "who": {"auth": {"base_url": "file:///etc/passwd"}}}', "base_url"),
        (b'{"action": "\xff"}', ""),
    ],
)
def test_a_body_that_does_not_fit_is_told_and_not_repeated(client: httpx.Client, body: bytes, said: str) -> None:
    answer = client.post(f"{API}/calls", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert said in message
    assert "hush" not in answer.text
    assert "Traceback" not in answer.text


def test_an_error_says_what_the_client_is_to_raise(client: httpx.Client) -> None:
    error = ask(client, "/accounts/connections/get", {"connection_id": "../../x"})["error"]
    assert (error["status"], error["exception"]["type"]) == (404, "ConnectedAccountNotFound")
    assert error["exception"]["fields"]["connection_id"] == "../../x"


def framed(head: Any, *files: bytes) -> bytes:
    return json.dumps(head).encode() + b"\n" + b"".join(files)


CALL = {"action": "NONE_AT_ALL"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not framed"),
        (b"no json\n", "not framed"),
        (framed({"call": CALL}), "which files"),
        (framed({"call": CALL, "files": [{"path": "a", "size": -1}]}), "how long"),
        (framed({"call": CALL, "files": [{"path": "a", "size": 5}]}, b"abc"), "before its end"),
        (framed({"call": CALL, "files": [{"path": "a", "size": 1}]}, b"abc"), "longer than it says"),
        (framed({"call": CALL, "files": [{"path": "../a", "size": 1}]}, b"a"), "below the call's folder"),
        (framed({"call": CALL, "files": [{"path": "/etc/passwd", "size": 1}]}, b"a"), "below the call's folder"),
        (framed({"call": CALL, "files": [{"path": "a\\..\\b", "size": 1}]}, b"a"), "below the call's folder"),
        (framed({"call": CALL, "files": [{"path": "a", "size": 1}, {"path": "a", "size": 1}]}, b"ab"), "there twice"),
        (framed({"call": CALL, "files": [{"path": "a", "size": 10**15}]}), "at most"),
        (framed({"call": {"action": 5}, "files": []}), "action: expected a string"),
        (framed({"call": CALL, "files": [{"path": "a/b.txt", "size": 1}]}, b"a"), "Unknown action"),
    ],
)
def test_files_that_come_wrong_are_refused_and_leave_nothing(
    client: httpx.Client, services: Services, body: bytes, said: str
) -> None:
    answer = client.post(f"{API}/calls/with_files", content=body, headers=HEADERS)
    assert answer.status_code in {400, 404}
    assert said in answer.json()["error"]["message"]
    assert list(services.backends.shared.home.folder("transfers").iterdir()) == []


@pytest.mark.usefixtures("shop")
def test_nothing_crosses_from_one_project_to_another(client: httpx.Client, url: str, services: Services) -> None:
    made = ask(client, "/accounts/connections/initiate", {"entity_id": "ada", "app": "shop", "values": {"api_key": "k-hush"}})
    mine = made["connection"]["id"]
    integration = made["connection"]["integration_id"]
    other = services.projects.create("other")
    key = services.keys.create(other.id, "other", [Scope.ADMIN])[1].reveal()
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False) as stranger:
        for name in ("get", "advance", "refresh", "delete", "check", "update", "submit", "reinitiate"):
            for connection in (mine, "ca_unknown"):
                answer = stranger.post(f"{API}/accounts/connections/{name}", json={"connection_id": connection})
                assert answer.status_code == 404, (name, answer.text)
                assert answer.json()["error"]["exception"]["type"] == "ConnectedAccountNotFound"
        assert ask(stranger, "/accounts/connections/list", {}) == {"connections": []}
        assert ask(stranger, "/accounts/integrations/list", {}) == {"integrations": []}
        for name in ("get", "remove"):
            answer = stranger.post(f"{API}/accounts/integrations/{name}", json={"integration_id": integration})
            assert answer.json()["error"]["exception"]["type"] == "IntegrationNotFound"
        who = {"entity_id": "ada", "connected_account_id": mine, "any_entity": True}
        called = stranger.post(f"{API}/calls", json={"action": "SHOP_GET_ME", "who": who})
        assert called.status_code == 404
        signed = stranger.post(f"{API}/calls/auth_params", json={"app": "shop", "who": who})
        assert signed.status_code == 404
        assert "k-hush" not in called.text + signed.text
    (still,) = ask(client, "/accounts/connections/list", {})["connections"]
    assert still["id"] == mine
    assert "values" not in still
    opened = ask(client, "/accounts/connections/get", {"connection_id": mine, "values": True})
    assert opened["values"]["api_key"] == "k-hush"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("scope", [Scope.READ, Scope.CONNECT, Scope.EXECUTE])
def test_values_of_a_connection_are_for_admins(url: str, services: Services, project: Any, scope: Scope) -> None:
    key = services.keys.create(project.id, "some", [scope, Scope.READ])[1].reveal()
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False) as limited:
        answer = limited.post(f"{API}/accounts/connections/get", json={"connection_id": "ca_1", "values": True})
        assert answer.status_code == 403
        assert limited.post(f"{API}/calls/auth_params", json={"app": "shop"}).status_code == 403


def test_every_route_is_in_the_openapi_document(client: httpx.Client) -> None:
    paths = client.get("/openapi/openapi.json").json()["paths"]
    own = {path for path in paths if path.startswith((f"{API}/calls", f"{API}/catalog", f"{API}/accounts"))}
    assert len(own) == 32
    assert all(operation["description"] for path in own for operation in paths[path].values())
