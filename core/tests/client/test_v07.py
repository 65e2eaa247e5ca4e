"""What code written against v0.7's SDK reads of integrations, connections and fields."""

from __future__ import annotations

from typing import Any

import pytest

from composio import ComposioToolSet, CustomAuthParameter
from composio.client.collections import AUTH_SCHEMES, ConnectionParams, ExpectedFieldInput
from composio.errors import ConnectedAccountNotFound, InvalidRequest, MissingFields
from tests.peers.acme import came_back

ToolSet = ComposioToolSet[Any]


def connected(toolset: ToolSet, entity: str) -> str:
    begun = toolset.initiate_connection(app="acme", entity_id=entity)
    return toolset.complete_connection(came_back(begun.redirectUrl), entity_id=entity).id


def test_fields_are_told_under_both_names_as_dicts_and_with_attributes(toolset: ToolSet) -> None:
    told = toolset.get_expected_params_for_user(app="keyed")
    assert told["expected_params"] == told["expectedInputFields"]
    first = told["expected_params"][0]
    assert isinstance(first, ExpectedFieldInput)
    assert (first.name, first.displayName, first.required) == (first["name"], "API key", True)
    assert first.model_dump()["description"] == "From your account's page."
    with pytest.raises(AttributeError, match="it has name, display_name"):
        first.nonsense  # noqa: B018 - the access is the test


def test_an_integration_says_what_its_users_fill_in(toolset: ToolSet) -> None:
    made = toolset.create_integration("desk", "API_KEY", {"partner": "ours"})
    assert [one.name for one in made.expectedInputFields] == ["subdomain", "api_key"]
    (listed,) = toolset.get_integrations("desk")
    assert listed.expectedInputFields == toolset.get_integration(made.id).expectedInputFields == made.expectedInputFields
    assert (made.expectedInputFields[0].displayName, made.appId) == ("subdomain", "desk")
    assert made.updatedAt == made.createdAt


def test_what_an_integration_lacks_is_told_with_where_it_goes(toolset: ToolSet) -> None:
    with pytest.raises(MissingFields, match=r"acme: an integration with OAUTH2 needs client_id .*auth_config=\{\.\.\.\} of"):
        toolset.get_entity("alice").initiate_connection("acme", auth_mode="OAUTH2", use_composio_auth=False)


def test_scopes_in_auth_config_are_a_list_or_a_text(toolset: ToolSet) -> None:
    own = {"client_id": "mine", "client_secret": "hush"}
    assert toolset.create_integration("acme", "OAUTH2", {**own, "scopes": ["read", "admin"]}).scopes == ("read", "admin")
    assert toolset.create_integration("acme", "OAUTH2", {**own, "scopes": "read,write"}).scopes == ("read", "write")
    with pytest.raises(InvalidRequest, match=r"auth_config\['scopes'\] is a list of texts"):
        toolset.create_integration("acme", "OAUTH2", {**own, "scopes": [7]})


def test_what_a_call_is_signed_with_is_found_by_connection_alone_and_fits_add_auth(toolset: ToolSet) -> None:
    id = connected(toolset, "alice")
    params = toolset.get_auth_params(connection_id=id)
    assert isinstance(params, ConnectionParams)
    (token,) = [one for one in params.parameters if one.name == "Authorization"]
    assert token == CustomAuthParameter("Authorization", params["headers"]["authorization"], "header")
    assert (params.base_url, params.body) == ("https://api.acme.example/", {})
    toolset.add_auth("acme", params.parameters)
    assert toolset.execute_action("ACME_GET_ME", {}, entity_id="bob")["data"]["user"] == "code-1"
    with pytest.raises(ConnectedAccountNotFound):
        toolset.get_auth_params(connection_id=id, entity_id="bob")
    with pytest.raises(InvalidRequest, match="connection_id="):
        toolset.get_auth_params()


def test_a_connections_values_are_attributes_where_they_were_asked_for(toolset: ToolSet) -> None:
    id = connected(toolset, "alice")
    opened = toolset.client.connected_accounts.info(id).connectionParams
    assert opened.access_token == opened["access_token"]
    assert opened.access_token not in repr(opened)
    with pytest.raises(AttributeError, match=r"no 'api_key'; it has .*access_token"):
        opened.api_key  # noqa: B018 - the access is the test
    for gone in ("headers", "queryParams"):
        with pytest.raises(AttributeError, match="get_auth_params"):
            getattr(opened, gone)
    with pytest.raises(AttributeError, match=r"info\(id\).connectionParams.access_token"):
        toolset.get_connected_account(id).connectionParams.access_token  # noqa: B018 - the access is the test


def test_apps_schemes_and_entities_have_their_old_names(toolset: ToolSet) -> None:
    app = toolset.get_entity("alice").client.apps.get(name="keyed")
    assert toolset.client.integrations.create(app_id=app.appId, auth_mode="API_KEY").appId == app.appId == "keyed"
    assert toolset.get_auth_scheme_for_app("keyed").scheme_name == toolset.get_auth_scheme_for_app("keyed").name
    assert {"OAUTH2", "API_KEY", "NO_AUTH"} <= set(AUTH_SCHEMES)
