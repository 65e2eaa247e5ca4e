"""``Composio`` and ``Entity``: v0.7's client, over the same backend."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from composio import Composio, ComposioToolSet
from composio.errors import (
    AppNotFound,
    ConfigurationError,
    ConnectedAccountNotFound,
    ConnectionNotFound,
    IntegrationNotFound,
    InvalidRequest,
)
from composio.model.connection import Connection, Integration
from tests.peers.acme import Provider, came_back

ToolSet = ComposioToolSet[Any]
ME = "KEYED_GET_ME"


@pytest.fixture
def client(toolset: ToolSet) -> Composio:
    return toolset.client


def begun(client: Composio, key: str, entity: str) -> str:
    return client.connected_accounts.initiate(app="keyed", entity_id=entity, params={"api_key": key}).id


def test_one_connection_or_a_list(client: Composio) -> None:
    ids = [begun(client, "k-1", "alice"), begun(client, "k-2", "bob")]
    one = client.connected_accounts.get(connection_id=ids[0])
    assert isinstance(one, Connection)
    assert client.connected_accounts.get(ids[0]).id == ids[0]
    assert [c.id for c in client.connected_accounts.get()] == ids[::-1]
    client.connected_accounts.disable(ids[1])
    assert [c.id for c in client.connected_accounts.get(entity_ids=["alice", "bob"], active=True)] == [ids[0]]
    client.connected_accounts.enable(ids[1])
    client.connected_accounts.set_labels(ids[1], "mine")
    assert [c.id for c in client.connected_accounts.get(labels=["mine"])] == [ids[1]]
    assert dict(client.connected_accounts.info(ids[0]).values)["api_key"] == "k-1"
    assert "k-1" not in repr(client.connected_accounts.info(ids[0]))
    assert dict(one.values) == {}
    client.connected_accounts.delete(ids[0])
    with pytest.raises(ConnectedAccountNotFound, match=ids[0]):
        client.connected_accounts.get(ids[0])


def test_a_connection_is_checked_renewed_and_begun_again(toolset: ToolSet, client: Composio, provider: Provider) -> None:
    request = client.connected_accounts.initiate(
        client.integrations.create("acme").id, "alice", redirect_url="https://a.example"
    )
    toolset.complete_connection(came_back(request.redirect_url))
    assert client.connected_accounts.check(request.id).status == "ACTIVE"
    assert client.connected_accounts.refresh(request.id).version > request.connection.version
    again = client.connected_accounts.reinitiate(request.id, data={}, redirect_uri="https://b.example")
    assert again.id == request.id
    assert client.connected_accounts.reinitiate(request.id, {}, "https://b.example").redirect_url
    client.connected_accounts.remove(request.id)
    assert "/revoke" in [path for path, _ in provider.calls]


def test_integrations_are_made_found_and_removed(client: Composio) -> None:
    made = client.integrations.create(app_id="acme", name="Ours", auth_mode="OAUTH2", use_composio_auth=True)
    assert isinstance(client.integrations.get(made.id), Integration)
    assert client.integrations.get(id=made.id) == client.integrations.get_by_id(made.id)
    assert [one.id for one in client.integrations.get(app_name="acme")] == [made.id]
    assert client.integrations.get_id("ours") == made.id
    with pytest.raises(IntegrationNotFound, match="Ours"):
        client.integrations.get_id("our")
    with pytest.raises(InvalidRequest, match=r"app=App\.GITHUB"):
        client.integrations.create()
    with pytest.raises(InvalidRequest, match="app_id= and app= "):
        client.integrations.create("acme", app="keyed")
    client.integrations.remove(made.id)
    assert client.integrations.get() == []


def test_apps_and_actions_are_found(client: Composio) -> None:
    assert {"acme", "keyed"} <= {app.key for app in client.apps.get()}
    assert client.apps.get("ACME").key == "acme"
    with pytest.raises(AppNotFound, match="acme"):
        client.apps.get(name="acmee")
    assert [one.slug for one in client.actions.get(apps=["keyed"], limit=1)] == [ME]
    assert [one.slug for one in client.actions.get([ME])] == [ME]
    assert "KEYED_LIST_THINGS" in [one.slug for one in client.actions.get(apps=["keyed"], use_case="list things")]
    assert client.actions.get() == []


def test_an_entity_connects_and_acts_as_itself(toolset: ToolSet, client: Composio) -> None:
    alice, bob = client.get_entity("alice"), client.get_entity(id="bob")
    assert (alice.id, alice.entity_id, repr(alice)) == ("alice", "alice", "Entity(id='alice')")
    assert not alice.is_active("keyed")
    with pytest.raises(ConnectionNotFound, match=r"composio add keyed -e alice"):
        alice.get_connection(app="keyed")
    request = alice.initiate_connection("keyed", connected_account_params={"api_key": "k-alice"})
    assert alice.is_active("KEYED")
    assert alice.get_connection("keyed").id == request.id
    assert alice.get_connection(connected_account_id=request.id).id == request.id
    assert [one.id for one in alice.get_connections()] == [request.id]
    assert alice.execute(ME, {})["data"]["who"] == "k-alice"
    assert alice.execute(ME, {}, request.id, entity_id="alice")["successful"]
    assert bob.get_connections() == []
    with pytest.raises(ConnectedAccountNotFound):
        bob.get_connection(connected_account_id=request.id)
    with pytest.raises(ConnectedAccountNotFound):
        bob.execute(ME, {}, connected_account_id=request.id)
    with pytest.raises(ConnectionNotFound):
        bob.execute(ME, {})


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda e: e.initiate_connection("keyed", entity_id="bob"), "This entity is 'alice'"),
        (lambda e: e.execute(ME, {}, entity_id="bob"), "This entity is 'alice'"),
        (lambda e: e.execute(ME, {}, text="please"), "has no parameter `text`"),
        (lambda e: e.get_connection(), "Say which"),
        (lambda e: e.initiate_connection(), "Say what to connect"),
    ],
)
def test_an_entity_refuses_what_is_not_its_own_or_makes_no_sense(client: Composio, ask: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        ask(client.get_entity("alice"))


def test_credentials_that_the_toolset_was_given_are_the_entitys_too(toolset: ToolSet) -> None:
    toolset.add_auth("keyed", [{"name": "x-api-key", "value": "k-added", "in": "header"}])
    assert toolset.get_entity("alice").execute(ME, {})["data"]["who"] == "k-added"


def test_a_client_of_its_own_opens_and_closes_what_it_made(tmp_path: Any) -> None:
    with Composio(home=tmp_path, api_key="not needed") as client:
        assert client.connected_accounts.get() == []
        assert client.integrations.get() == []
    assert not list(tmp_path.glob("accounts*"))
    with pytest.raises(ConfigurationError, match=r"base_url= without an API key.*COMPOSIO_API_KEY.*composio login"):
        Composio(base_url="https://server.example")


@pytest.mark.anyio
async def test_the_asynchronous_forms_do_the_same(client: Composio) -> None:
    request = await client.connected_accounts.ainitiate(app="keyed", entity_id="alice", params={"api_key": "k"})
    assert (await client.connected_accounts.aget(request.id)).id == request.id
    assert [one.id for one in await client.connected_accounts.aget(entity_ids="alice")] == [request.id]
    entity = client.get_entity("alice")
    assert (await entity.aexecute(ME, {}))["successful"]
    assert (await entity.aget_connection("keyed")).id == request.id
    assert (await client.apps.aget("keyed")).key == "keyed"
    assert len(await client.integrations.aget()) == 1
    await client.connected_accounts.adelete(request.id)
    assert await client.connected_accounts.aget() == []


@pytest.mark.parametrize(
    "name",
    ["ConnectedAccountModel", "IntegrationModel", "ConnectionRequestModel", "AppAuthScheme", "AuthSchemeField", "AppModel"],
)
def test_v07s_models_have_their_import_paths(name: str) -> None:
    assert isinstance(getattr(importlib.import_module("composio.client.collections"), name), type)


def test_v07s_check_for_a_missing_connection_catches_ours(client: Composio) -> None:
    from composio.client.exceptions import NoItemsFound

    entity = client.get_entity("alice")
    with pytest.raises(NoItemsFound, match="composio add keyed -e alice"):
        entity.get_connection(app="keyed")
    id = begun(client, "k-1", "alice")
    assert entity.get_connection(app="keyed").id == id
