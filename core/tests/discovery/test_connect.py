"""Connecting from within an agent's loop."""

from __future__ import annotations

from typing import Any

import pytest

from composio import ComposioToolSet
from composio.errors import AuthorizationError
from tests.peers.acme import came_back
from tests.peers.tracker import Ask, World


def connect(ask: Ask, app: str, **arguments: Any) -> Any:
    (found,) = ask("connect", {"toolkits": [app], **arguments})["data"]["results"].values()
    return found


def test_an_app_gives_a_link_and_then_waits_for_the_user(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    begun = connect(ask, "acme")
    assert (begun["status"], begun["has_active_connection"]) == ("initiated", False)
    assert "wait_seconds" in begun["instruction"]
    toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    assert connect(ask, "acme", wait_seconds=30)["status"] == "active"
    (used,) = ask("execute", {"tools": [{"tool_slug": "ACME_GET_ME", "arguments": {}}]})["data"]["results"]
    assert used["response"]["data"]["user"] == "code-1"


def test_the_connection_is_the_entitys_and_nobody_elses(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    begun = connect(ask, "acme")
    toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    (others,) = ask("connect", {"toolkits": ["acme"]}, entity_id="bob")["data"]["results"].values()
    assert others["status"] == "initiated"


def test_waiting_ends_with_the_time_and_makes_no_second_link(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    connect(ask, "acme")
    waited = connect(ask, "acme", wait_seconds=1)
    assert (waited["status"], "redirect_url" in waited) == ("initiated", False)
    assert len(toolset.get_connected_accounts(app="acme", active=False)) == 1


def test_a_connection_that_ended_is_waited_for_as_a_new_one_is(
    ask: Ask, toolset: ComposioToolSet[Any], provider: World
) -> None:
    begun = connect(ask, "acme")
    toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    provider.tokens.clear()
    provider.refresh_tokens.clear()  # the provider lets nobody in any more
    ask("execute", {"tools": [{"tool_slug": "ACME_GET_ME", "arguments": {}}]})
    again = connect(ask, "acme")
    waited = connect(ask, "acme", wait_seconds=1)
    assert (waited["status"], "redirect_url" in waited) == ("initiated", False)
    toolset.complete_connection(came_back(again["redirect_url"], code="code-2"), entity_id="alice")
    assert connect(ask, "acme", wait_seconds=30)["status"] == "active"


def test_a_user_who_says_no_is_reported(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    begun = connect(ask, "acme")
    refused = came_back(begun["redirect_url"]).replace("code=code-1", "error=access_denied")
    with pytest.raises(AuthorizationError, match="declined"):
        toolset.complete_connection(refused, entity_id="alice")
    assert connect(ask, "acme")["status"] == "initiated"


def test_a_connected_app_needs_nothing_and_can_be_connected_anew(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    begun = connect(ask, "acme")
    toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    assert connect(ask, "acme")["status"] == "active"
    assert connect(ask, "acme", reinitiate_all=True)["redirect_url"].startswith("https://acme.example/authorize")


def test_a_disabled_connection_is_the_developers_to_enable(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    begun = connect(ask, "acme")
    toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    (made,) = toolset.get_connected_accounts(app="acme")
    toolset.client.connected_accounts.disable(made.id)
    for wait_seconds in (0, 300):  # nobody waits for it
        found = connect(ask, "acme", wait_seconds=wait_seconds)
        assert found["status"] == "failed"
        assert "enable_connection" in found["error_message"]
    toolset.client.connected_accounts.enable(made.id)
    assert connect(ask, "acme")["status"] == "active"


def test_without_apps_the_users_connections_are_listed(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    assert ask("connect", {})["data"]["results"] == {}
    connect(ask, "acme")  # which nobody followed
    assert ask("connect", {})["data"]["results"] == {}
    for _ in range(2):
        begun = connect(ask, "acme", reinitiate_all=True)
        toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    listed = ask("connect", {})["data"]
    newest = toolset.get_connected_accounts(app="acme")[0].id
    assert listed["results"] == {
        "acme": {"toolkit": "acme", "status": "active", "has_active_connection": True, "connected_account_id": newest}
    }
    assert listed["summary"]["active_connections"] == 1
    assert ask("connect", {}, apps=["tracker"])["data"]["results"] == {}
    assert ask("connect", {}, entity_id="bob")["data"]["results"] == {}
    assert not ask("connect", {"toolkits": []})["successful"]


def test_an_app_without_a_client_says_what_the_developer_must_do(ask: Ask) -> None:
    found = connect(ask, "lonely")
    assert found["status"] == "failed"
    assert "developer" in found["error_message"]
    assert "COMPOSIO_OAUTH_LONELY_CLIENT_ID" in found["error_message"]


def test_a_key_is_never_asked_for_in_the_conversation(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    found = connect(ask, "keyed")
    assert (found["status"], found["required_fields"]) == ("failed", ["api_key"])
    assert "never to you" in found["error_message"]
    assert toolset.get_connected_accounts(app="keyed", active=False) == []


def test_an_open_app_is_connected(ask: Ask) -> None:
    assert connect(ask, "tracker")["instruction"] == "Needs no connection."


def test_apps_that_are_unknown_or_not_allowed_are_refused_and_the_others_connected(ask: Ask) -> None:
    result = ask("connect", {"toolkits": ["trackr", "acme", "tracker"]}, apps=["tracker"])["data"]
    assert "tracker" in result["results"]["trackr"]["error_message"]
    assert "not among the apps" in result["results"]["acme"]["error_message"]
    assert result["summary"] == {
        "total_toolkits": 3,
        "active_connections": 1,
        "initiated_connections": 0,
        "failed_connections": 2,
    }


def test_users_are_sent_where_the_developer_wants_them_afterwards(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    result = ask("connect", {"toolkits": ["acme"]}, redirect_url="https://app.example/done")
    (begun,) = result["data"]["results"].values()
    done = toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    assert done.redirect_url == "https://app.example/done"


def test_users_connect_through_the_integration_that_the_developer_chose(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    chosen = toolset.create_integration("acme", auth_config={"client_id": "ours", "client_secret": "secret"})
    settings: dict[str, Any] = {"auth_configs": {"ACME": chosen.id}, "redirect_url": "https://shop.example/done"}
    begun = ask("connect", {"toolkits": ["acme"]}, **settings)["data"]["results"]["acme"]
    assert "client_id=ours" in begun["redirect_url"]
    toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    (made,) = toolset.get_connected_accounts(app="acme")
    assert made.integrationId == chosen.id


def test_a_connection_of_another_integration_that_ended_is_not_connected_again(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    begun = connect(ask, "acme")
    toolset.complete_connection(came_back(begun["redirect_url"]), entity_id="alice")
    (usual,) = toolset.get_connected_accounts(app="acme")
    toolset.client.connected_accounts.disable(usual.id)
    chosen = toolset.create_integration("acme", auth_config={"client_id": "ours", "client_secret": "secret"})
    again = ask("connect", {"toolkits": ["acme"]}, auth_configs={"acme": chosen.id})["data"]["results"]["acme"]
    assert "client_id=ours" in again["redirect_url"]
