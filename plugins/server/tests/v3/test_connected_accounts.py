"""Connected accounts: begun, linked, listed, changed and ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.acme import came_back, query

Api = Callable[..., Any]


def keyed(api: Api) -> str:
    """An auth config of an app whose users type a key."""
    return str(api("POST", "/auth_configs", {"toolkit": {"slug": "keyed"}})["auth_config"]["id"])


def connect(api: Api, config: str, user: str = "ada", **more: Any) -> dict[str, Any]:
    state = {"authScheme": "API_KEY", "val": {"status": "ACTIVE", "generic_api_key": "k-secret-1"}}
    body = {"auth_config": {"id": config}, "connection": {"user_id": user, "state": state, **more}}
    found: dict[str, Any] = api("POST", "/connected_accounts", body)
    return found


def test_a_key_connects_at_once_under_the_one_name_that_clients_have_for_keys(api: Api) -> None:
    made = connect(api, keyed(api))
    assert made["status"] == made["connectionData"]["val"]["status"] == "ACTIVE"
    assert made["redirect_url"] is None
    shown = api("GET", f"/connected_accounts/{made['id']}")
    assert (shown["user_id"], shown["toolkit"], shown["status"]) == ("ada", {"slug": "keyed"}, "ACTIVE")
    assert shown["state"]["val"] == {"api_key": "REDACTED", "status": "ACTIVE"}
    done = api("POST", "/tools/execute/KEYED_GET_ME", {"user_id": "ada", "arguments": {}})
    assert done["data"]["who"] == "k-secret-1"


def test_no_answer_shows_a_secret(api: Api) -> None:
    config = api(
        "POST",
        "/auth_configs",
        {
            "toolkit": {"slug": "acme"},
            "auth_config": {
                "type": "use_custom_auth",
                "authScheme": "OAUTH2",
                "credentials": {"client_id": "mine", "client_secret": "hush-1", "scopes": ["read"]},
            },
        },
    )["auth_config"]["id"]
    made = connect(api, keyed(api))
    answers = [
        api("GET", f"/auth_configs/{config}"),
        api("GET", "/auth_configs"),
        api("GET", f"/connected_accounts/{made['id']}"),
        api("GET", "/connected_accounts"),
        made,
    ]
    assert answers[0]["credentials"] == {"client_id": "mine", "client_secret": "REDACTED", "scopes": ["read"]}
    assert not any(secret in str(answers) for secret in ("hush-1", "k-secret-1"))


def test_a_user_goes_to_the_provider_and_is_connected_once_back(api: Api, services: Services, project: Project) -> None:
    config = api("POST", "/auth_configs", {"toolkit": {"slug": "acme"}})["auth_config"]
    assert config["is_composio_managed"]
    body = {"auth_config": {"id": config["id"]}, "connection": {"user_id": "ada", "callback_url": "https://app.example/done"}}
    made = api("POST", "/connected_accounts", body)
    assert made["status"] == "INITIATED"
    assert query(made["redirect_url"])["client_id"] == "operator"
    assert made["connectionData"]["val"]["redirectUrl"] == made["redirect_url"]
    backend = services.backends.of(project.id)
    backend.run(lambda: backend.accounts.complete(came_back(made["redirect_url"])))
    assert api("GET", f"/connected_accounts/{made['id']}")["status"] == "ACTIVE"


def test_a_link_leads_to_our_page_and_knows_whom_it_is_for(api: Api, services: Services) -> None:
    config = keyed(api)
    made = api(
        "POST",
        "/connected_accounts/link",
        {"auth_config_id": config, "user_id": "ada", "callback_url": "https://app.example/done", "alias": "work"},
    )
    assert made["redirect_url"] == f"https://tools.example/link/{made['link_token']}"
    link = services.links.open(made["link_token"])
    assert link is not None
    assert (link.connection_id, link.user_id, link.callback_url) == (
        made["connected_account_id"],
        "ada",
        "https://app.example/done",
    )
    shown = api("GET", f"/connected_accounts/{made['connected_account_id']}")
    assert (shown["status"], shown["alias"], shown["deprecated"]["labels"]) == ("INITIATED", "work", [])


def test_who_has_values_to_type_is_sent_to_our_page(api: Api, services: Services) -> None:
    body = {"auth_config": {"id": keyed(api)}, "connection": {"user_id": "ada"}}
    made = api("POST", "/connected_accounts", body)
    assert made["status"] == "INITIATED"
    link = services.links.open(made["redirect_url"].rpartition("/")[2])
    assert link is not None
    assert link.connection_id == made["id"]


def test_an_alias_is_a_users_one_name_for_one_account(api: Api) -> None:
    config = keyed(api)
    first, second = connect(api, config, alias="work"), connect(api, config)
    told = api("PATCH", f"/connected_accounts/{second['id']}", {"alias": "work"}, status=400)
    assert "calls another account" in told["error"]["message"]
    connect(api, config, "eve", alias="work")
    api("PATCH", f"/connected_accounts/{first['id']}", {"alias": ""})
    api("PATCH", f"/connected_accounts/{second['id']}", {"alias": "work"})
    shown = {one["id"]: one["alias"] for one in api("GET", "/connected_accounts", user_ids="ada")["items"]}
    assert shown == {first["id"]: None, second["id"]: "work"}


def test_new_values_take_the_place_of_old_ones(api: Api) -> None:
    made = connect(api, keyed(api))
    state = {"authScheme": "API_KEY", "val": {"api_key": "k-secret-2"}}
    assert api("PATCH", f"/connected_accounts/{made['id']}", {"connection": {"state": state}})["status"] == "ACTIVE"
    assert api("POST", "/tools/execute/KEYED_GET_ME", {"user_id": "ada"})["data"]["who"] == "k-secret-2"


def test_an_account_is_switched_off_and_on(api: Api) -> None:
    made = connect(api, keyed(api))
    assert api("PATCH", f"/connected_accounts/{made['id']}/status", {"enabled": False}) == {"success": True}
    shown = api("GET", f"/connected_accounts/{made['id']}")
    assert (shown["status"], shown["is_disabled"]) == ("INACTIVE", True)
    told = api("POST", "/tools/execute/KEYED_GET_ME", {"user_id": "ada"}, status=400)
    assert "disabled" in told["error"]["message"]
    api("PATCH", f"/connected_accounts/{made['id']}/status", {"enabled": True})
    assert api("POST", "/tools/execute/KEYED_GET_ME", {"user_id": "ada"})["successful"]


def test_an_ended_account_gets_a_link_to_begin_again(api: Api, services: Services) -> None:
    waiting = api("POST", "/connected_accounts/link", {"auth_config_id": keyed(api), "user_id": "ada"})
    renewed = api("POST", f"/connected_accounts/{waiting['connected_account_id']}/refresh")
    link = services.links.open(renewed["redirect_url"].rpartition("/")[2])
    assert link is not None
    assert link.connection_id == renewed["id"]


def test_a_deleted_account_is_gone(api: Api) -> None:
    made = connect(api, keyed(api))
    assert api("DELETE", f"/connected_accounts/{made['id']}")["success"]
    assert api("GET", f"/connected_accounts/{made['id']}", status=404)["error"]["code"] == 404


@pytest.mark.parametrize("form", ["a,b", "repeated", "brackets"])
def test_lists_are_read_in_whichever_form_a_client_writes_them(api: Api, client: httpx.Client, form: str) -> None:
    config = keyed(api)
    ids = [connect(api, config, user)["id"] for user in ("ada", "eve", "bob")]
    asked: Any = {
        "a,b": {"user_ids": "ada,eve"},
        "repeated": [("user_ids", "ada"), ("user_ids", "eve")],
        "brackets": [("user_ids[]", "ada"), ("user_ids[]", "eve")],
    }[form]
    found = client.get("/api/v3.1/connected_accounts", params=asked).json()
    assert [one["id"] for one in found["items"]] == [ids[1], ids[0]]


def test_a_list_is_read_page_by_page_and_filtered(api: Api) -> None:
    config = keyed(api)
    ids = [connect(api, config)["id"] for _ in range(5)]
    api("PATCH", f"/connected_accounts/{ids[0]}/status", {"enabled": False})
    first = api("GET", "/connected_accounts", limit=2)
    second = api("GET", "/connected_accounts", limit=2, cursor=first["next_cursor"])
    third = api("GET", "/connected_accounts", limit=2, cursor=second["next_cursor"])
    assert [one["id"] for page in (first, second, third) for one in page["items"]] == ids[::-1]
    assert [page["current_page"] for page in (first, second, third)] == [1, 2, 3]
    assert (first["total_pages"], first["total_items"], third["next_cursor"]) == (3, 5, None)

    def listed(**filters: Any) -> list[str]:
        return [one["id"] for one in api("GET", "/connected_accounts", **filters)["items"]]

    assert listed(statuses="INACTIVE") == [ids[0]]
    assert listed(statuses="ACTIVE", order_direction="asc") == ids[1:]
    assert listed(order_by="updated_at", limit=1) == [ids[0]]
    assert listed(connected_account_ids=ids[3]) == [ids[3]]
    assert listed(toolkit_slugs="acme") == listed(statuses="REVOKED") == listed(account_type="SHARED") == []
    assert listed(auth_config_ids=config, user_ids="nobody") == []


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "nan"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "2.x"}, "cursor"),
        ({"statuses": "active"}, "statuses"),
        ({"order_by": "name"}, "order_by"),
        ({"toolkit_slugs": "nothing"}, "nothing"),
        ({"user_ids": ",".join(str(number) for number in range(501))}, "user_ids"),
    ],
)
def test_a_filter_that_cant_be_meant_is_named(api: Api, filters: dict[str, Any], told: str) -> None:
    answer = api("GET", "/connected_accounts", status=404 if told == "nothing" else 400, **filters)
    assert told in answer["error"]["message"]


@pytest.mark.parametrize(
    ("connection", "status", "told"),
    [
        ({"user_id": "  "}, 400, "user_id"),
        ({"user_id": 5}, 400, "connection.user_id"),
        ({"user_id": "ada", "state": {"authScheme": "OAUTH2", "val": {}}}, 400, "API_KEY"),
        ({"user_id": "ada", "state": {"authScheme": "API_KEY", "val": {"api_kee": "k-secret-9"}}}, 400, "api_kee"),
        ({"user_id": "ada", "callback_url": "javascript:alert(1)"}, 400, "redirect_url"),
        ({"user_id": "ada", "experimental": {"account_type": "SHARED"}}, 501, "Shared"),
        ({"user_id": "ada", "experimental": {"acl_config_for_shared": {"allow_all_users": True}}}, 400, "only valid on SHARED"),
        ({"user_id": "ada", "alias": "x" * 201}, 400, "alias"),
    ],
)
def test_what_cant_be_meant_begins_no_account(api: Api, connection: Any, status: int, told: str) -> None:
    answer = api("POST", "/connected_accounts", {"auth_config": {"id": keyed(api)}, "connection": connection}, status=status)
    assert told in answer["error"]["message"]
    assert "k-secret-9" not in str(answer)
    assert api("GET", "/connected_accounts")["items"] == []


def test_a_projects_accounts_and_auth_configs_are_unknown_to_every_other(
    api: Api, client: httpx.Client, services: Services
) -> None:
    config = keyed(api)
    made = connect(api, config)["id"]
    _, stranger = services.keys.create(services.projects.create("other").id, "theirs")
    client.headers["x-api-key"] = stranger.reveal()
    assert api("GET", "/connected_accounts")["items"] == api("GET", "/auth_configs")["items"] == []
    unknown = "conn_" + "0" * 24
    for path, body in (("", None), ("/refresh", {})):
        theirs = client.request("GET" if body is None else "POST", f"/api/v3.1/connected_accounts/{made}{path}", json=body)
        nobodys = client.request("GET" if body is None else "POST", f"/api/v3.1/connected_accounts/{unknown}{path}", json=body)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json()["error"]["message"].replace(made, unknown) == nobodys.json()["error"]["message"]
    link = {"auth_config_id": config, "user_id": "ada"}
    assert api("POST", "/connected_accounts/link", link, status=404)["error"]["code"] == 404
    assert api("POST", "/tools/execute/KEYED_GET_ME", {"user_id": "ada", "connected_account_id": made}, status=404)


def test_unknown_ids_are_told_of_alike_everywhere(api: Api) -> None:
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("PATCH", "", {"alias": "x"}),
        ("PATCH", "/status", {"enabled": False}),
        ("POST", "/refresh", {}),
        ("POST", "/revoke", None),
    ):
        assert "conn_nothing" in api(method, f"/connected_accounts/conn_nothing{path}", body, status=404)["error"]["message"]
