"""Triggers on the wire of v0.7."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from composio_server.settings import Settings
from tests.peers.triggering import write_triggers


@pytest.fixture(autouse=True)
def _types(settings: Settings, client: httpx.Client) -> None:
    client.timeout = 60  # a machine may have other things to do
    write_triggers(Path(settings.environ["COMPOSIO_HOME"]) / "apps" / "keyed")


def enable(client: httpx.Client, account: str, name: str = "KEYED_NEW_THING") -> dict[str, object]:
    answer = client.post(f"/api/v1/triggers/enable/{account}/{name}", json={"triggerConfig": {"owner": "o"}})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_trigger_is_enabled_once_listed_switched_and_deleted(
    client: httpx.Client, stranger: httpx.Client, reader: httpx.Client, keyed: str
) -> None:
    made = enable(client, keyed)
    assert made == {"status": "success", "triggerId": made["triggerId"], "isNew": True}
    assert enable(client, keyed) == {**made, "isNew": False}
    path = f"/api/v1/triggers/instance/{made['triggerId']}"
    active = "/api/v1/triggers/active_triggers"
    one = {
        "id": made["triggerId"],
        "connectionId": keyed,
        "triggerName": "KEYED_NEW_THING",
        "triggerConfig": {"owner": "o"},
    }
    assert client.get(active).json() == {"triggers": [one], "page": 1, "totalPages": 1}
    assert client.get(f"{active}?triggerNames=keyed_new_thing&connectedAccountIds={keyed},other").json()["triggers"] == [one]
    for other in ("triggerIds=ti_no", "triggerNames=KEYED_NO", "integrationIds=in_no"):
        assert client.get(f"{active}?{other}").json()["triggers"] == []
    assert stranger.get(active).json()["triggers"] == []
    assert stranger.delete(path).status_code == stranger.patch(f"{path}/status", json={"enabled": False}).status_code == 404
    assert reader.delete(path).status_code == 403
    [listed] = client.get("/api/v1/triggers?triggerIds=KEYED_NEW_THING,NOPE").json()
    assert (listed["count"], listed["enabled"]) == (1, True)
    assert client.patch(f"{path}/status", json={"enabled": False}).json() == {"status": "success"}
    assert client.get(active).json()["triggers"] == []
    assert client.patch(f"{path}/status", json={"enabled": True}).json() == {"status": "success"}
    assert client.post(f"/api/v1/triggers/disable/{made['triggerId']}").json() == {"status": "success"}
    assert client.delete(path).json() == {"status": "success"}
    assert client.delete(path).status_code == 404


def test_triggers_have_what_the_clients_models_read(client: httpx.Client, url: str) -> None:
    found = {one["name"]: one for one in client.get("/api/v1/triggers?appNames=keyed,nobody").json()}
    assert found.keys() == {"KEYED_NEW_THING", "KEYED_PUSHED", "KEYED_POLLED"}
    for one in found.values():
        assert {"display_name", "description", "instructions", "appId", "appKey", "appName"} <= one.keys()
        assert isinstance(one["config"]["title"], str)
        for schema in (one["payload"], one["config"]):
            for field in schema["properties"].values():
                assert isinstance(field["description"], str)
                assert isinstance(field.get("type", ""), str), "the clients' models take one type"
    assert client.get("/api/v2/triggers/keyed_pushed").json() == {"enum": "KEYED_PUSHED", "appName": "keyed"}
    assert client.get("/api/v2/triggers/KEYED_NO").status_code == 404
    assert "KEYED_POLLED" in client.get("/api/v1/triggers/list/enums").text.split("\n")
    assert httpx.post(f"{url}/api/v1/triggers/pusher", json={"events": []}, trust_env=False).status_code == 200


def test_what_does_not_fit_is_refused(client: httpx.Client, keyed: str) -> None:
    def refused(name: str, config: object, account: str = keyed) -> httpx.Response:
        return client.post(f"/api/v1/triggers/enable/{account}/{name}", json={"triggerConfig": config})

    wrong = refused("KEYED_NEW_THING", {"owner": 3, "size": "x"})
    assert wrong.status_code == 400
    assert "size" in wrong.text
    assert refused("KEYED_NO", {}).status_code == 404
    assert refused("KEYED_POLLED", {}, "ca_no").status_code == 404
    assert refused("KEYED_NEW_THING", "x").status_code == 400


def test_a_projects_callback_url_is_set_and_shown(client: httpx.Client, stranger: httpx.Client) -> None:
    assert client.get("/api/v1/triggers/callback_url").json() == {"callbackURL": None}
    for path, at in (("setCallbackURL", "https://one.example/hook"), ("set_callback_url", "https://two.example/hook")):
        assert client.post(f"/api/v1/triggers/{path}", json={"callbackURL": at}).status_code == 200
        assert client.get("/api/v1/triggers/callback_url").json() == {"callbackURL": at}
    assert stranger.get("/api/v1/triggers/callback_url").json() == {"callbackURL": None}


def test_the_shape_of_payloads_is_chosen_for_the_callback_url(client: httpx.Client, reader: httpx.Client) -> None:
    path = "/api/v1/triggers/update_webhook_format"
    refused = client.post(path, json={"version": "v3"})
    assert refused.status_code == 400
    assert "setCallbackURL" in refused.text
    client.post("/api/v1/triggers/setCallbackURL", json={"callbackURL": "https://one.example/hook"})
    for version in ("v3", "v1", "v2"):
        assert client.post(path, json={"version": version}).json() == {"status": "success", "version": version}
        [shown] = client.post("/api/v3.1/events/callbacks/list", json={}).json()["callbacks"]
        assert (shown["url"], shown["format"]) == ("https://one.example/hook", version)
    assert client.post(path, json={"version": "v9"}).status_code == 400
    assert reader.post(path, json={"version": "v2"}).status_code == 403


def test_a_listener_gets_a_signature_for_its_own_channel_only(client: httpx.Client, stranger: httpx.Client) -> None:
    project = client.get("/api/v1/client/auth/client_info").json()["client"]["id"]
    own = {"channel_name": f"private-{project}_triggers", "socket_id": "123.456"}
    path = "/api/v1/client/auth/pusher_auth?fromPython=true"
    signed = client.post(path, data=own)
    assert signed.status_code == 200
    key, _, signature = signed.json()["auth"].partition(":")
    assert (len(key), len(signature)) == (20, 64)
    assert client.post(path, data={**own, "socket_id": "123.457"}).json() != signed.json()
    assert client.post(path, data={**own, "socket_id": "x:private"}).status_code == 400
    assert stranger.post(path, data=own).status_code == 403


def test_apps_say_how_many_triggers_they_have(client: httpx.Client) -> None:
    assert client.get("/api/v1/apps/keyed").json()["meta"]["triggersCount"] == 3
    counts = {one["key"]: one["meta"]["triggersCount"] for one in client.get("/api/v1/apps").json()["items"]}
    assert counts["keyed"] == 3
    assert 0 in counts.values()
    assert client.get("/api/v3/toolkits/keyed").json()["meta"]["triggers_count"] == 3
    listed = client.post("/api/v3/toolkits/multi", json={"toolkits": ["keyed"]}).json()["items"]
    assert [one["meta"]["triggers_count"] for one in listed] == [3]
