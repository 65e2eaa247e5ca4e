"""What a toolset offers for integrations and connections: every documented spelling, and what is said of the wrong ones."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from composio import App, Composio, ComposioToolSet, action
from composio.errors import (
    ConnectedAccountNotFound,
    ConnectionNotFound,
    ConnectionNotUsable,
    IntegrationNotFound,
    InvalidRequest,
    InvalidState,
    MissingFields,
)
from composio.functions.registry import REGISTRY
from composio.toolset.accounts import ToolsetAccounts
from tests.peers.acme import Provider, came_back, query

ToolSet = ComposioToolSet[Any]
ME = "ACME_GET_ME"


def connected(toolset: ToolSet, entity: str = "alice", **more: Any) -> str:
    begun = toolset.initiate_connection(app="acme", entity_id=entity, **more)
    return toolset.complete_connection(came_back(begun.redirectUrl), entity_id=entity).id


def keyed(toolset: ToolSet, key: str, entity: str = "alice", **more: Any) -> str:
    begun = toolset.initiate_connection(app="keyed", entity_id=entity, connected_account_params={"api_key": key}, **more)
    assert (begun.connectionStatus, begun.redirectUrl) == ("ACTIVE", None)
    return begun.connectedAccountId


# Integrations


def test_an_integration_is_made_found_and_removed(toolset: ToolSet) -> None:
    made = toolset.create_integration(App.ACME, auth_mode="OAUTH2", use_composio_oauth_app=True)
    assert (made.appName, made.authScheme, made.useComposioAuth) == ("acme", "OAUTH2", True)
    assert toolset.create_integration("acme", auth_scheme="oauth2").id == made.id
    other = toolset.create_integration("acme", force_new_integration=True, name="second")
    assert other.id != made.id
    assert toolset.get_integration(made.id).id == made.id
    assert [one.id for one in toolset.get_integrations(app=App.ACME)] == [other.id, made.id]
    assert toolset.get_integrations(app="acme", limit=1)[0].id == other.id
    assert toolset.get_integrations(auth_scheme="API_KEY") == []
    toolset.remove_integration(other.id)
    with pytest.raises(IntegrationNotFound):
        toolset.get_integration(other.id)


def test_the_developers_own_client_wins_and_does_not_show(toolset: ToolSet) -> None:
    own = {"client_id": "mine", "client_secret": "hush-hush", "redirect_uri": "https://mine.example/cb"}
    made = toolset.create_integration("acme", "OAUTH2", own, scopes="read admin")
    assert (made.use_composio_oauth_app, made.redirect_uri, made.scopes) == (
        False,
        "https://mine.example/cb",
        ("read", "admin"),
    )
    assert "hush-hush" not in repr(made)
    asked = query(toolset.initiate_connection(made.id).redirectUrl)
    assert (asked["client_id"], asked["redirect_uri"], asked["scope"]) == ("mine", "https://mine.example/cb", "read admin")


def test_an_integration_limited_to_actions_carries_out_no_other(toolset: ToolSet) -> None:
    made = toolset.create_integration("keyed", "API_KEY", limited_actions=["keyed_get_me"])
    begun = toolset.initiate_connection(made, connected_account_params={"api_key": "k-123456"})
    assert begun.connection_status == "ACTIVE"
    assert toolset.execute_action("KEYED_GET_ME", {})["successful"]
    with pytest.raises(Exception, match="not among the actions"):
        toolset.execute_action("KEYED_LIST_THINGS", {})


# Connections


@pytest.mark.parametrize(
    "spelled",
    [
        {"app": App.ACME},
        {"app_name": "acme"},
        {"app": "Acme", "app_name": "acme"},
        {"app_name": App.ACME, "auth_mode": "OAUTH2"},
        {"app_name": App.ACME, "auth_scheme": "oauth2", "auth_mode": "OAUTH2"},
        {"app_name": App.ACME, "use_composio_auth": True, "use_composio_oauth_app": True},
    ],
)
def test_every_spelling_begins_the_same_connection(toolset: ToolSet, spelled: dict[str, Any]) -> None:
    for begun in (
        toolset.initiate_connection(entity_id="alice", redirect_url="https://app.example/done", **spelled),
        toolset.get_entity("alice").initiate_connection(redirect_url="https://app.example/done", **spelled),
    ):
        assert begun.redirectUrl == begun.redirect_url
        assert begun.connectionStatus == begun.connection_status == "INITIATED"
        assert query(begun.redirectUrl)["client_id"] == "operator"
        assert toolset.get_connected_account(begun.connectedAccountId).redirect_url == "https://app.example/done"


def test_an_integration_may_be_named_in_every_way(toolset: ToolSet) -> None:
    made = toolset.create_integration("acme")
    entity = toolset.get_entity("alice")
    requests = [
        toolset.initiate_connection(made.id, entity_id="alice"),
        toolset.initiate_connection(made, app="acme", entity_id="alice"),
        toolset.initiate_connection(integration=made, integration_id=made.id, entity_id="alice"),
        entity.initiate_connection(app_name=App.ACME, integration=made),
        entity.initiate_connection(app_name=App.ACME, entity_id="alice", integration_id=made.id),
    ]
    assert {one.connection.integration_id for one in requests} == {made.id}
    assert {one.connection.entity_id for one in requests} == {"alice"}


@pytest.mark.parametrize(
    ("spelled", "message"),
    [
        ({}, r"integration_id=.*app=App.GITHUB"),
        ({"app": "acme", "app_name": "keyed"}, "app= and app_name= are two names"),
        ({"app": "acme", "auth_mode": "OAUTH2", "auth_scheme": "API_KEY"}, "auth_scheme= and auth_mode="),
        ({"app": "acme", "use_composio_auth": True, "use_composio_oauth_app": False}, "use_composio_auth= and"),
        ({"app": "acme", "connected_account_params": ["k"]}, "connected_account_params is a dict"),
        ({"app": "acme", "connected_account_params": {"a": {"b": 1}}}, r"connected_account_params\['a'\] is one string"),
        ({"app": "acme", "redirect_url": "not a url"}, "redirect_url is a whole URL"),
        ({"app": "acme", "labels": [1]}, "labels is a list of texts"),
        ({"app": "acme", "scopes": {"read": 1}}, "scopes is a list of texts"),
        ({"app": "acme", "entity_id": " "}, "entity_id is your own id"),
        ({"app": 5}, "An app is an App or its name"),
        ({"integration_id": ""}, "integration_id is a string"),
        ({"integration_id": "int_1", "integration": "int_2"}, "integration_id= and integration="),
        ({"integration_id": "int_1", "force_new_integration": True}, "force_new_integration= is for a new"),
        ({"integration_id": "int_1", "auth_config": {"client_id": "x"}}, "auth_config= is for a new"),
        ({"app": "acme", "auth_mode": ""}, "auth_mode is the name of a scheme"),
    ],
)
def test_contradictions_are_refused_and_begin_nothing(toolset: ToolSet, spelled: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        toolset.initiate_connection(**spelled)
    assert toolset.client.connected_accounts.get() == []


@pytest.mark.parametrize(
    ("name", "meant"), [("redirectUrl", "redirect_url"), ("appname", "app_name"), ("entity", "entity_id"), ("label", "labels")]
)
def test_an_argument_that_is_not_known_says_which_was_meant(toolset: ToolSet, name: str, meant: str) -> None:
    with pytest.raises(
        TypeError, match=rf"initiate_connection\(\) got an unexpected argument '{name}'. Did you mean {meant}\?"
    ):
        toolset.initiate_connection(**{name: "x"})  # type: ignore[arg-type]  # the mistake that is tested
    with pytest.raises(TypeError, match=name):
        toolset.get_entity("a").initiate_connection(**{name: "x"})  # type: ignore[arg-type]  # the mistake that is tested


def test_a_missing_field_is_named_with_what_it_is(toolset: ToolSet) -> None:
    with pytest.raises(MissingFields, match=r"api_key \(From your account's page.\)"):
        toolset.initiate_connection(app="keyed", connected_account_params={"region": "us"})


def test_the_state_belongs_to_the_entity_that_began(toolset: ToolSet) -> None:
    begun = toolset.initiate_connection(app="acme", entity_id="alice")
    with pytest.raises(InvalidState, match="another entity"):
        toolset.complete_connection(came_back(begun.redirect_url), entity_id="bob")
    # A toolset that was made for somebody is that somebody where the call names nobody.
    with pytest.raises(InvalidState, match="another entity"):
        ComposioToolSet(backend=toolset.backend, entity_id="bob").complete_connection(came_back(begun.redirect_url))
    assert toolset.complete_connection(came_back(begun.redirect_url)).status == "ACTIVE"


def test_connections_are_listed_as_documented(toolset: ToolSet) -> None:
    first, second = keyed(toolset, "k-first", labels=["work"]), connected(toolset)
    bobs = keyed(toolset, "k-bob", "bob")
    waiting = toolset.initiate_connection(app="acme", entity_id="alice").id
    assert [one.id for one in toolset.get_connected_accounts(entity_id="alice")] == [second, first]
    assert [one.id for one in toolset.get_connected_accounts(entity_id="alice", active=False)] == [waiting, second, first]
    assert [one.id for one in toolset.get_connected_accounts(App.KEYED, "alice")] == [first]
    assert [one.id for one in toolset.get_connected_accounts(entity_ids=["alice", "bob"], limit=2)] == [bobs, second]
    assert [one.id for one in toolset.get_connected_accounts(entity_id="alice", labels="work")] == [first]
    assert toolset.get_connected_accounts() == []  # nobody was named: the default entity's
    shown = toolset.get_connected_account(first)
    assert (shown.appName, shown.status, shown.entityId) == ("keyed", "ACTIVE", "alice")
    with pytest.raises(ConnectedAccountNotFound):
        toolset.get_connected_account(first, entity_id="bob")
    with pytest.raises(InvalidRequest, match="leave one out"):
        toolset.get_connected_accounts(entity_id="alice", entity_ids=["bob"])


def test_a_connection_is_switched_labelled_renewed_begun_again_and_deleted(toolset: ToolSet, provider: Provider) -> None:
    id = connected(toolset)
    assert toolset.disable_connection(id).isDisabled
    with pytest.raises(ConnectionNotUsable, match="is disabled"):
        toolset.execute_action(ME, {}, entity_id="alice")
    assert not toolset.enable_connection(id).isDisabled
    assert toolset.set_connection_labels(id, ["a", "b"]).labels == ("a", "b")
    assert toolset.set_connection_labels(id, []).labels == ()
    toolset.refresh_connection(id)
    assert toolset.execute_action(ME, {}, entity_id="alice")["data"]["who"] == "Bearer access-secret-2"
    again = toolset.reinitiate_connection(id)
    assert again.connectedAccountId == id
    toolset.complete_connection(came_back(again.redirect_url, "code-2"))
    assert toolset.execute_action(ME, {}, entity_id="alice")["data"]["user"] == "code-2"
    toolset.delete_connection(id)
    assert provider.calls[-1][0] == "/revoke"
    with pytest.raises(ConnectionNotFound):
        toolset.execute_action(ME, {}, entity_id="alice")


# What an app asks for


def test_the_fields_that_a_user_fills_are_told_with_their_descriptions(toolset: ToolSet) -> None:
    wanted = toolset.get_expected_params_for_user(app=App.KEYED, auth_scheme="API_KEY")
    assert [one["name"] for one in wanted["expectedInputFields"]] == ["api_key", "region"]
    (first, region) = wanted["expectedInputFields"]
    assert (first["displayName"], first["description"], first["required"]) == ("API key", "From your account's page.", True)
    assert (region["default"], region["required"], region["expected_from_customer"]) == ("eu", False, True)
    assert wanted["auth_scheme"] == "API_KEY"
    # Made where there was none, and found from then on.
    assert toolset.get_integration(wanted["integration_id"]).app == "keyed"
    assert toolset.get_expected_params_for_user(app="keyed")["integration_id"] == wanted["integration_id"]
    assert toolset.get_expected_params_for_user(integration_id=wanted["integration_id"])["expectedInputFields"]
    with pytest.raises(InvalidRequest, match=r"app=App.SHOPIFY"):
        toolset.get_expected_params_for_user()


def test_the_fields_that_a_developer_fills_are_told_too(toolset: ToolSet) -> None:
    assert [one.name for one in toolset.fetch_expected_integration_params("desk")] == ["partner"]
    assert toolset.get_auth_scheme_for_app("both", "API_KEY").auth_mode == "API_KEY"
    assert [one.auth_mode for one in toolset.get_auth_schemes("both")] == ["API_KEY", "OAUTH2"]
    with pytest.raises(InvalidRequest, match="API_KEY"):
        toolset.get_auth_scheme_for_app("keyed", "OAUTH1")


def test_a_users_key_in_auth_config_is_that_users_alone(toolset: ToolSet) -> None:
    begun = toolset.get_entity("alice").initiate_connection("keyed", auth_mode="API_KEY", auth_config={"api_key": "k-alice"})
    assert begun.connectionStatus == "ACTIVE"
    assert toolset.get_auth_params("keyed", entity_id="alice")["headers"]["x-api-key"] == "k-alice"
    assert dict(toolset.get_integration(begun.connection.integrationId).config) == {}
    assert toolset.initiate_connection(app="keyed", entity_id="bob").connectionStatus == "INITIATED"
    mixed = {"subdomain": "alice", "api_key": "k-1", "partner": "ours"}
    begun = toolset.initiate_connection(app="desk", entity_id="alice", auth_config=mixed)
    assert list(toolset.get_integration(begun.connection.integrationId).config) == ["partner"]
    params = toolset.get_auth_params("desk", entity_id="alice")
    assert (params["base_url"], params["headers"]["x-partner"]) == ("https://alice.desk.example/", "ours")
    assert toolset.initiate_connection(app="desk", entity_id="bob").connectionStatus == "INITIATED"


def test_what_a_call_would_be_signed_with_can_be_had(toolset: ToolSet) -> None:
    id = keyed(toolset, "k-secret")
    shown = toolset.get_auth_params("keyed", entity_id="alice")
    assert shown["headers"]["x-api-key"] == "k-secret"
    assert shown["base_url"] == "https://api.keyed.example/"
    assert toolset.get_auth_params("keyed", connection_id=id) == shown
    with pytest.raises(ConnectionNotFound):
        toolset.get_auth_params("keyed", entity_id="bob")


# Calls, and what is asked before


def test_tools_ask_for_a_connection_and_say_which_command_makes_it(toolset: ToolSet) -> None:
    with pytest.raises(ConnectionNotFound, match=r"'keyed' and entity 'bob'.*composio add keyed -e bob") as missing:
        toolset.get_tools(apps=[App.KEYED], entity_id="bob")
    assert missing.value.app == "keyed"
    with pytest.raises(ConnectionNotFound, match=r"composio add keyed`"):
        toolset.get_tools(actions=["KEYED_GET_ME"])
    with pytest.raises(ConnectionNotFound, match="composio add keyed -e bob"):
        toolset.check_connected_account("KEYED_GET_ME", entity_id="bob")
    assert len(toolset.get_tools(apps=["keyed"], entity_id="bob", check_connected_accounts=False)) == 2
    assert len(toolset.get_tools(apps=["open"], entity_id="bob")) == 2
    id = keyed(toolset, "k-bob", "bob")
    assert len(toolset.get_tools(apps=["keyed"], entity_id="bob")) == 2
    toolset.check_connected_account("KEYED_GET_ME", entity_id="bob")
    # A named connection is what is asked for, and whose it is counts.
    assert len(toolset.get_tools(apps=["keyed"], connected_account_id=id)) == 2
    assert len(ComposioToolSet(backend=toolset.backend, connected_account_ids={App.KEYED: id}).get_tools(apps=["keyed"])) == 2
    with pytest.raises(ConnectedAccountNotFound):
        toolset.get_tools(apps=["keyed"], entity_id="alice", connected_account_id=id)


def test_a_function_asks_only_for_what_it_uses(toolset: ToolSet) -> None:
    before = list(REGISTRY)

    @action(toolname="keyed")
    def keyed_counts(n: int) -> int:
        return n

    @action(toolname="keyed")
    def keyed_asks(execute_request: Any) -> Any:
        return execute_request("/me")

    try:
        assert len(toolset.get_tools([keyed_counts], entity_id="bob")) == 1
        with pytest.raises(ConnectionNotFound, match="composio add keyed -e bob"):
            toolset.get_tools([keyed_asks], entity_id="bob")
    finally:
        for function in [one for one in REGISTRY if one not in before]:
            REGISTRY.discard(function)


def test_a_models_calls_of_several_apps_use_a_named_connection_for_its_app_alone(toolset: ToolSet) -> None:
    id = keyed(toolset, "k-alice")
    connected(toolset)
    calls = [{"name": "KEYED_GET_ME", "arguments": {}}, {"name": ME, "arguments": {}}]
    toolset.get_tools(["KEYED_GET_ME", ME], entity_id="alice")
    results = [toolset.handle_tool_calls(one, "alice", connected_account_id=id)[0] for one in calls]
    assert [one["successful"] for one in results] == [True, False]
    assert f"{id} is to keyed, not to acme" in results[1]["error"]
    given = {"parameters": [{"name": "x-api-key", "value": "k-given", "in": "header"}]}
    assert toolset.handle_tool_calls(calls[0], "alice", auth=given)[0]["data"]["who"] == "k-given"


def test_connections_chosen_by_app_are_used_and_a_calls_own_wins(toolset: ToolSet) -> None:
    first, second = keyed(toolset, "k-first", "default"), keyed(toolset, "k-second", "default")
    chosen = ComposioToolSet(backend=toolset.backend, connected_account_ids={App.KEYED: first})
    assert toolset.execute_action("KEYED_GET_ME", {})["data"]["who"] == "k-second"
    assert chosen.execute_action("KEYED_GET_ME", {})["data"]["who"] == "k-first"
    assert chosen.execute_action("KEYED_GET_ME", {}, connected_account_id=second)["data"]["who"] == "k-second"
    assert chosen.execute_request("/me", app="keyed")["data"]["who"] == "k-first"
    with pytest.raises(InvalidRequest, match="connected_account_ids is a dict"):
        ComposioToolSet(connected_account_ids=["x"])  # type: ignore[arg-type]  # the mistake that is tested
    with pytest.raises(InvalidRequest, match="connected_account_id is a connection's id"):
        chosen.execute_action("KEYED_GET_ME", {}, connected_account_id=5)  # type: ignore[arg-type]  # the mistake that is tested


# The surface itself


def test_the_client_is_the_toolsets_own(toolset: ToolSet) -> None:
    assert isinstance(toolset.client, Composio)
    assert toolset.client is toolset.client
    assert toolset.client.backend is toolset.backend
    assert (toolset.get_entity().id, ComposioToolSet(backend=toolset.backend, entity_id="ada").get_entity().id) == (
        "default",
        "ada",
    )


def test_a_toolsets_entity_may_change_and_is_then_named(toolset: ToolSet) -> None:
    id = keyed(toolset, "k-alice")
    own: ToolSet = ComposioToolSet(backend=toolset.backend)
    assert own.execute_action("KEYED_GET_ME", {}, connected_account_id=id)["successful"]
    own.entity_id = "bob"
    with pytest.raises(ConnectedAccountNotFound):
        own.execute_action("KEYED_GET_ME", {}, connected_account_id=id)
    with pytest.raises(InvalidRequest, match="entity_id is your own id"):
        own.entity_id = ""


def test_each_method_that_waits_has_an_asynchronous_twin_and_says_what_it_does() -> None:
    methods = dict(inspect.getmembers(ComposioToolSet, inspect.isfunction))
    waiting = [name for name in methods if hasattr(ToolsetAccounts, f"a{name}")]
    assert len(waiting) == 21
    for name in waiting:
        assert inspect.iscoroutinefunction(methods[f"a{name}"]), name
        assert methods[name].__doc__, name


@pytest.mark.anyio
async def test_the_asynchronous_forms_do_the_same(toolset: ToolSet) -> None:
    made = await toolset.acreate_integration("acme")
    begun = await toolset.ainitiate_connection(made.id, entity_id="alice")
    done = await toolset.acomplete_connection(came_back(begun.redirect_url), entity_id="alice")
    assert [one.id for one in await toolset.aget_connected_accounts(entity_id="alice")] == [done.id]
    assert (await toolset.aexecute_action(ME, {}, connected_account_id=done.id))["successful"]
    await toolset.adelete_connection(done.id)
    await toolset.aremove_integration(made.id)
    assert await toolset.aget_integrations() == []
