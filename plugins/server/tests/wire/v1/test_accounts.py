"""Apps, integrations and connected accounts on the wire of v0.7."""

from __future__ import annotations

import uuid
from datetime import datetime

import httpx
import pytest

from composio_server.services.services import Services
from composio_server.wire.v1.shapes import app_id


def test_apps_have_what_both_clients_read(client: httpx.Client) -> None:
    items = {one["key"]: one for one in client.get("/api/v1/apps?additionalFields=auth_schemes").json()["items"]}
    assert {"keyed", "openly", "signed"} <= items.keys()
    assert all("message" not in one and uuid.UUID(one["appId"]) for one in items.values())
    assert (items["openly"]["no_auth"], items["keyed"]["no_auth"]) == (True, False)
    assert [one["name"] for one in items["signed"]["auth_schemes"][0]["fields"]] == ["client_id", "client_secret"]
    assert (len(items["signed"]["testConnectors"]), len(items["keyed"]["testConnectors"])) == (1, 0)
    known = {"OAUTH2", "OAUTH1", "API_KEY", "BASIC", "BEARER_TOKEN", "BASIC_WITH_JWT", "GOOGLE_SERVICE_ACCOUNT", "NO_AUTH"}
    assert {scheme["auth_mode"] for one in items.values() for scheme in one["auth_schemes"]} <= known


def test_an_app_by_key_in_any_case_or_id(client: httpx.Client) -> None:
    assert app_id("github") == app_id("github") != app_id("gitlab")
    found = [client.get(f"/api/v1/apps/{one}").json()["key"] for one in ("keyed", "KEYED", app_id("keyed"))]
    assert found == ["keyed"] * 3


@pytest.mark.parametrize(
    "name", ["nope", "NOPE", "06aaac9e-899d-4142-bf6c-4c6f51aa7fc3", "a" * 3000, "%00", "..%2f..%2fetc", "\u2603"]
)
def test_an_unknown_app_has_a_message(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/api/v1/apps/{name}")
    assert (answer.status_code, "name" in answer.json()) == (404, True)
    assert answer.json()["message"]


def test_lists_of_words(client: httpx.Client) -> None:
    assert "keyed" in client.get("/api/v1/apps/list/enums").text.split("\n")
    assert "testing" in client.get("/api/v1/apps/list/categories").json()["items"]


@pytest.mark.parametrize("name", ["keyed", "KEYED", app_id("keyed")])
def test_an_integration_by_any_name_of_its_app(client: httpx.Client, name: str) -> None:
    made = client.post("/api/v1/integrations", json={"appId": name, "useComposioAuth": False, "authScheme": "API_KEY"})
    assert made.status_code == 200
    one = client.get(f"/api/v1/integrations/{made.json()['id']}").json()
    assert (one["appName"], one["appId"], one["authScheme"], one["enabled"]) == ("keyed", app_id("keyed"), "API_KEY", True)
    assert [field["name"] for field in one["expectedInputFields"] if field["required"]] == ["api_key"]
    assert datetime.fromisoformat(one["createdAt"]).tzinfo is not None
    listed = client.get("/api/v1/integrations", params={"appName": name, "showDisabled": "false", "pageSize": "999"})
    assert [found["id"] for found in listed.json()["items"]] == [one["id"]]


def test_the_newest_integration_sorts_last_by_its_date(client: httpx.Client) -> None:
    body = {"appId": "keyed", "useComposioAuth": False, "forceNewIntegration": True}
    made = [client.post("/api/v1/integrations", json={**body, "name": str(n)}).json() for n in range(3)]
    listed = client.get("/api/v1/integrations").json()["items"]
    assert max(listed, key=lambda one: one["createdAt"])["id"] == made[-1]["id"]


def test_no_value_of_the_developer_s_is_shown(client: httpx.Client) -> None:
    config = {"client_id": "own-client", "client_secret": "own-secret", "scopes": ""}
    made = client.post("/api/v1/integrations", json={"appId": "signed", "useComposioAuth": False, "authConfig": config})
    assert made.status_code == 200, made.text
    assert "own-secret" not in made.text + client.get("/api/v1/integrations").text


def test_what_is_missing_is_named(client: httpx.Client) -> None:
    answer = client.post("/api/v1/integrations", json={"appId": "signed", "useComposioAuth": False})
    assert answer.status_code == 400
    assert "client_id" in answer.text


@pytest.mark.parametrize("clients", [{}])
def test_without_a_client_of_the_operator_s_one_is_asked_for(client: httpx.Client) -> None:
    assert client.get("/api/v1/apps/signed").json()["testConnectors"] == []
    body = {"app": {"uniqueKey": "signed"}, "config": {"useComposioAuth": True}}
    for answer in (
        client.post("/api/v1/integrations", json={"appId": "signed", "useComposioAuth": True}),
        client.post("/api/v2/integrations/create", json=body),
        client.post("/api/v2/connectedAccounts/initiateConnection", json=body),
    ):
        assert (answer.status_code, "client_id" in answer.json()["message"]) == (400, True)
        # The TypeScript client shows nothing else of a 400.
        assert "client_id" in answer.json()["details"][0]["message"]


@pytest.mark.parametrize(("source", "status"), [("python_sdk", 403), ("js_sdk", 401)])
def test_typescript_gets_statuses_that_it_can_read(reader: httpx.Client, source: str, status: int) -> None:
    answer = reader.post("/api/v1/integrations", json={"appId": "keyed"}, headers={"x-source": source})
    assert (answer.status_code, "scope" in answer.json()["message"]) == (status, True)


def test_an_integration_that_is_removed_is_gone(client: httpx.Client) -> None:
    made = client.post("/api/v1/integrations", json={"appId": "keyed"}).json()["id"]
    assert client.delete(f"/api/v1/integrations/{made}").json() == {"status": "success", "count": 1}
    for answer in (client.get(f"/api/v1/integrations/{made}"), client.delete(f"/api/v1/integrations/{made}")):
        assert answer.status_code == 404


def test_the_routes_of_the_typescript_client(client: httpx.Client) -> None:
    body = {"app": {"uniqueKey": "keyed"}, "config": {"useComposioAuth": False, "name": "mine", "authScheme": "API_KEY"}}
    made = client.post("/api/v2/integrations/create", json=body).json()["integrationId"]
    assert client.post("/api/v2/integrations/get-or-create", json=body).json() == {"integrationId": made}
    found = client.post("/api/v2/integrations/search-by-filters", json=body).json()["items"]
    assert [one["id"] for one in found] == [made]
    begun = client.post(
        "/api/v2/connectedAccounts/initiateConnection",
        json={
            "app": {"uniqueKey": "keyed"},
            "config": {"name": "keyed", "useComposioAuth": False},
            "connection": {"entityId": "ada", "initiateData": {"api_key": "k"}, "extra": {"redirectURL": "", "labels": []}},
        },
    )
    assert begun.json()["connectionResponse"]["connectionStatus"] == "ACTIVE"


def test_a_connection_that_the_user_finishes_in_a_browser(client: httpx.Client, url: str) -> None:
    made = client.post("/api/v1/integrations", json={"appId": "signed", "useComposioAuth": True}).json()["id"]
    begun = client.post("/api/v1/connectedAccounts", json={"integrationId": made, "userUuid": "ada", "data": {}, "labels": []})
    assert begun.json()["connectionStatus"] == "INITIATED"
    back = httpx.URL(httpx.get(begun.json()["redirectUrl"], trust_env=False).headers["location"])
    assert back.path == "/api/v1/auth-apps/add"
    assert httpx.get(f"{url}{back.raw_path.decode()}", trust_env=False).status_code < 400
    one = client.get(f"/api/v1/connectedAccounts/{begun.json()['connectedAccountId']}").json()
    assert (one["status"], one["clientUniqueUserId"], one["appUniqueId"]) == ("ACTIVE", "ada", "signed")
    assert one["connectionParams"]["headers"]["authorization"] == "Bearer token-of-code-1"


def test_values_that_come_later_finish_the_connection_that_waits(client: httpx.Client) -> None:
    made = client.post("/api/v1/integrations", json={"appId": "keyed"}).json()["id"]
    wanted = {"integrationId": made, "userUuid": "ada", "data": {}, "labels": []}
    begun = client.post("/api/v1/connectedAccounts", json=wanted).json()
    assert begun["connectionStatus"] == "INITIATED"
    later = client.post("/api/v1/connectedAccounts", json={"integrationId": made, "userUuid": "ada", "data": {"api_key": "k"}})
    assert later.json()["connectedAccountId"] == begun["connectedAccountId"]
    assert client.get(f"/api/v1/connectedAccounts/{begun['connectedAccountId']}").json()["status"] == "ACTIVE"


def test_connections_are_found_by_their_user(client: httpx.Client, keyed: str) -> None:
    for query, count in (
        ({"user_uuid": "ada,bob", "showActiveOnly": "true", "pageSize": "99999999"}, 1),
        ({"user_uuid": "bob"}, 0),
        ({"appNames": "KEYED"}, 1),
        ({"appNames": "openly"}, 0),
        ({"status": "EXPIRED"}, 0),
    ):
        assert len(client.get("/api/v1/connectedAccounts", params=query).json()["items"]) == count


def test_a_list_has_no_secret(client: httpx.Client, keyed: str) -> None:
    assert "ada-key" not in client.get("/api/v1/connectedAccounts").text


def test_credentials_are_for_admins(client: httpx.Client, reader: httpx.Client, keyed: str) -> None:
    info = client.get(f"/api/v1/connectedAccounts/{keyed}/info").json()
    assert {"in": "header", "name": "x-api-key", "value": "ada-key"} in info["parameters"]
    assert reader.get(f"/api/v1/connectedAccounts/{keyed}/info").status_code == 403
    shown = reader.get(f"/api/v1/connectedAccounts/{keyed}")
    assert (shown.status_code, shown.json()["connectionParams"]) == (200, {})


def test_an_integration_is_disabled_and_enabled(client: httpx.Client, reader: httpx.Client, keyed: str) -> None:
    one = client.get(f"/api/v1/connectedAccounts/{keyed}").json()["integrationId"]
    path, call = f"/api/v1/integrations/{one}", {"connectedAccountId": keyed, "input": {}}
    assert reader.patch(path, json={"enabled": False}).status_code == 403
    assert client.patch(path, json={"enabled": False}).json()["enabled"] is False
    listed = [client.get("/api/v1/integrations", params={"showDisabled": shown}).json()["items"] for shown in ("false", "true")]
    assert [len(found) for found in listed] == [0, 1]
    refused = client.post("/api/v2/actions/KEYED_GET_ME/execute", json=call)
    assert "disabled" in refused.text
    assert client.patch(path, json={"enabled": True}).json()["enabled"] is True
    assert client.post("/api/v2/actions/KEYED_GET_ME/execute", json=call).json()["successful"]
    assert client.patch("/api/v1/integrations/int_0", json={"enabled": True}).status_code == 404


def test_a_connection_is_disabled_enabled_connected_again_and_deleted(client: httpx.Client, keyed: str) -> None:
    path = f"/api/v1/connectedAccounts/{keyed}"
    assert client.post(f"{path}/disable").json()["status"] == "success"
    assert client.get(path).json()["isDisabled"] is True
    client.post(f"{path}/enable")
    assert client.get(path).json()["isDisabled"] is False
    again = client.post(f"{path}/reinitiate", json={"data": {"api_key": "newer"}})
    assert again.json() == {"connectionStatus": "ACTIVE", "connectedAccountId": keyed, "redirectUrl": None}
    assert client.patch(f"{path}/data", json={"data": {"api_key": "newest"}}).status_code == 200
    assert client.delete(path).json() == {"status": "success", "count": 1}
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["", "/info", "/enable", "/disable"])
def test_an_id_of_nobody_s_is_404(client: httpx.Client, path: str) -> None:
    send = client.get if path in {"", "/info"} else client.post
    answer = send(f"/api/v1/connectedAccounts/con_nothing{path}")
    assert (answer.status_code, answer.json()["status"]) == (404, 404)


def test_a_key_is_needed_and_says_whose_it_is(client: httpx.Client, url: str, services: Services) -> None:
    assert client.get("/api/v1/client/auth/client_info").json()["client"]["id"] == services.projects.list_projects()[0].id
    for path in ("/api/v1/apps", "/api/v2/actions", "/api/v1/integrations", "/api/v1/connectedAccounts", "/api/v1/triggers"):
        answer = httpx.get(f"{url}{path}", headers={"x-api-key": "ck_wrong"}, trust_env=False)
        assert (answer.status_code, answer.json()["status"]) == (401, 401)


def test_a_command_line_signs_in(client: httpx.Client, services: Services) -> None:
    with httpx.Client(base_url=client.base_url, trust_env=False) as nobody:
        key = nobody.get("/api/v1/cli/generate-cli-session", headers={"x-api-key": ""}).json()["key"]
        code = client.get("/api/v1/cli/get-cli-code", params={"key": key}).json()["code"]
        wrong = nobody.get("/api/v1/cli/verify-cli-code", params={"key": key, "code": "WRONG"})
        assert wrong.status_code == 400
        made = nobody.get("/api/v1/cli/verify-cli-code", params={"key": key, "code": code}).json()["apiKey"]
        assert nobody.get("/api/v1/client/auth/client_info", headers={"x-api-key": made}).status_code == 200
        assert nobody.get("/api/v1/cli/verify-cli-code", params={"key": key, "code": code}).status_code == 400
