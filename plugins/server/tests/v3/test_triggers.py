"""Types of triggers, and triggers that are switched on, as v3 has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composio_server.settings import Settings
from tests.peers.triggering import write_triggers

Api = Callable[..., Any]


@pytest.fixture(autouse=True)
def _types(settings: Settings) -> None:
    write_triggers(Path(settings.environ["COMPOSIO_HOME"]) / "apps" / "keyed")


def connect(api: Api, user: str) -> str:
    config = api("POST", "/auth_configs", {"toolkit": {"slug": "keyed"}})["auth_config"]["id"]
    state = {"authScheme": "API_KEY", "val": {"status": "ACTIVE", "generic_api_key": "k-secret-1"}}
    made = api("POST", "/connected_accounts", {"auth_config": {"id": config}, "connection": {"user_id": user, "state": state}})
    return str(made["id"])


def test_types_are_listed_by_toolkit_in_pages_and_shown(api: Api) -> None:
    first = api("GET", "/triggers_types", toolkit_slugs="keyed", limit=2)
    assert [one["slug"] for one in first["items"]] == ["KEYED_NEW_THING", "KEYED_PUSHED"]
    assert (first["total_items"], first["total_pages"], first["current_page"]) == (3, 2, 1)
    rest = api("GET", "/triggers_types", toolkit_slugs="keyed", limit=2, cursor=first["next_cursor"])
    assert [(one["slug"], one["type"]) for one in rest["items"]] == [("KEYED_POLLED", "poll")]
    one = api("GET", "/triggers_types/keyed_new_thing")
    assert (one["toolkit"]["slug"], one["type"], one["requires_webhook_endpoint_setup"]) == ("keyed", "webhook", True)
    assert one["config"]["required"] == ["owner"]
    assert "KEYED_POLLED" in api("GET", "/triggers_types/list/enum")
    assert api("GET", "/triggers_types", toolkit_slugs="nobody")["items"] == []
    api("GET", "/triggers_types/KEYED_NO", status=404)


def test_a_trigger_is_switched_on_once_listed_off_and_removed(api: Api) -> None:
    account = connect(api, "ada")
    body = {"connected_account_id": account, "trigger_config": {"owner": "o"}}
    made = api("POST", "/trigger_instances/KEYED_NEW_THING/upsert", body)
    by_user = {"user_id": "ada", "triggerConfig": {"owner": "o"}}
    assert api("POST", "/trigger_instances/keyed_new_thing/upsert", by_user) == made
    [listed] = api("GET", "/trigger_instances/active", user_ids="ada", triggerNames="KEYED_NEW_THING")["items"]
    assert (listed["id"], listed["connected_account_id"], listed["user_id"]) == (made["trigger_id"], account, "ada")
    assert (listed["trigger_name"], listed["trigger_config"], listed["disabled_at"]) == (
        "KEYED_NEW_THING",
        {"owner": "o"},
        None,
    )
    assert api("GET", "/trigger_instances/active", user_ids="bob")["items"] == []
    manage = f"/trigger_instances/manage/{made['trigger_id']}"
    assert api("PATCH", manage, {"status": "disable"}) == {"status": "success"}
    assert api("GET", "/trigger_instances/active")["total_items"] == 0
    [off] = api("GET", "/trigger_instances/active", show_disabled=True)["items"]
    assert off["disabled_at"]
    assert api("PATCH", manage, {"status": "enable"}) == {"status": "success"}
    assert api("DELETE", manage) == {"trigger_id": made["trigger_id"]}
    api("DELETE", manage, status=404)


def test_what_does_not_fit_is_refused(api: Api) -> None:
    path = "/trigger_instances/KEYED_NEW_THING/upsert"
    assert "Name the user" in str(api("POST", path, {"trigger_config": {}}, status=400))
    connect(api, "ada")
    assert "owner" in str(api("POST", path, {"user_id": "ada"}, status=400))
    api("POST", path, {"user_id": "nobody", "trigger_config": {"owner": "o"}}, status=400)
    api("POST", "/trigger_instances/KEYED_NO/upsert", {"user_id": "ada"}, status=404)
    api("PATCH", "/trigger_instances/manage/ti_no", {"status": "maybe"}, status=400)
