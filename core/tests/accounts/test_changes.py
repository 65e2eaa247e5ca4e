"""Integrations that are changed after users have connected."""

from __future__ import annotations

from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotAllowed, ConnectionNotUsable, IntegrationNotFound, InvalidRequest
from composio.model.call import ToolCall, Who
from composio.model.connection import ConnectionQuery, Integration, IntegrationChange, NewConnection, NewIntegration


def create(backend: EmbeddedBackend, **more: Any) -> Integration:
    return backend.run(lambda: backend.accounts.create_integration(NewIntegration(**more)))


def change(backend: EmbeddedBackend, integration: Integration, **more: Any) -> Integration:
    return backend.run(lambda: backend.accounts.update_integration(integration.id, IntegrationChange(**more)))


def connect(backend: EmbeddedBackend, integration: Integration, entity: str = "alice", **values: str) -> str:
    request = NewConnection(integration_id=integration.id, entity_id=entity, values=values)
    return backend.run(lambda: backend.accounts.initiate(request)).connection.id


def call(backend: EmbeddedBackend, action: str) -> Any:
    return backend.execute_sync(ToolCall(action=action, who=Who(entity_id="alice")))


def test_what_a_change_leaves_out_stays(backend: EmbeddedBackend) -> None:
    made = create(backend, app="acme", config={"client_id": "mine", "client_secret": "s"}, scopes=("read",), name="mine")
    changed = change(backend, made, name="ours")
    assert (changed.name, changed.scopes, changed.config["client_secret"]) == ("ours", ("read",), "s")
    assert change(backend, made) == changed


def test_a_secret_is_replaced_and_the_others_are_kept(backend: EmbeddedBackend) -> None:
    made = create(backend, app="acme", config={"client_id": "mine", "client_secret": "old"})
    changed = change(backend, made, config={"client_secret": "new", "scopes": "read, admin"})
    assert dict(changed.config) == {"client_id": "mine", "client_secret": "new"}
    assert changed.scopes == ("read", "admin")


def test_a_client_of_ones_own_takes_the_place_of_the_operators(backend: EmbeddedBackend) -> None:
    made = create(backend, app="acme")
    assert made.use_composio_oauth_app
    assert not change(backend, made, config={"client_id": "mine", "client_secret": "s"}).use_composio_oauth_app


def test_calls_stop_while_an_integration_is_switched_off(backend: EmbeddedBackend) -> None:
    made = create(backend, app="keyed")
    connect(backend, made, api_key="k")
    assert call(backend, "KEYED_GET_ME").successful
    change(backend, made, enabled=False)
    with pytest.raises(ConnectionNotUsable, match="is disabled"):
        call(backend, "KEYED_GET_ME")
    change(backend, made, enabled=True)
    assert call(backend, "KEYED_GET_ME").successful


def test_the_actions_of_an_integration_are_limited_and_freed_again(backend: EmbeddedBackend) -> None:
    made = create(backend, app="keyed")
    connect(backend, made, api_key="k")
    change(backend, made, limited_actions=["keyed_get_me"])
    with pytest.raises(ActionNotAllowed):
        call(backend, "KEYED_LIST_THINGS")
    change(backend, made, limited_actions=[])
    assert call(backend, "KEYED_LIST_THINGS").successful


def test_a_change_that_cant_be_meant_changes_nothing(backend: EmbeddedBackend) -> None:
    made = create(backend, app="keyed")
    with pytest.raises(InvalidRequest, match="no field 'api_kee'"):
        change(backend, made, name="new", config={"api_kee": "k"})
    with pytest.raises(InvalidRequest, match="an action of acme, not of keyed"):
        change(backend, made, limited_actions=["ACME_GET_ME"])
    with pytest.raises(IntegrationNotFound):
        backend.run(lambda: backend.accounts.update_integration("int_nothing", IntegrationChange(name="x")))
    assert backend.run(lambda: backend.accounts.integration(made.id)).name == made.name


def test_connections_are_listed_by_the_page_without_their_values(backend: EmbeddedBackend) -> None:
    assert backend.run(lambda: backend.accounts.page_connections(ConnectionQuery())).total == 0
    made = create(backend, app="keyed")
    ids = [connect(backend, made, f"user-{number}", api_key="k") for number in range(3)]
    page = backend.run(lambda: backend.accounts.page_connections(ConnectionQuery(apps=["Keyed"], limit=2)))
    assert [one.id for one in page.items] == ids[:0:-1]
    assert page.total == 3
    assert not any(one.values for one in page.items)
    assert backend.run(lambda: backend.accounts.count_connections([made.id])) == {made.id: 3}


def test_it_is_known_which_apps_have_a_client_of_the_operators(backend: EmbeddedBackend) -> None:
    assert backend.run(lambda: backend.accounts.has_client("acme"))
    assert not backend.run(lambda: backend.accounts.has_client("both"))


def test_the_integrations_of_connections_are_found_without_those_that_are_gone(backend: EmbeddedBackend) -> None:
    kept, gone, other = (create(backend, app="keyed", name=name) for name in ("kept", "gone", "other"))
    ids = [connect(backend, one, api_key="k") for one in (kept, gone, kept)]
    backend.run(lambda: backend.accounts.remove_integration(gone.id))
    change(backend, kept, enabled=False)
    connections = [backend.run(lambda id=id: backend.accounts.connection(id)) for id in ids]  # type: ignore[misc]  # mypy does not infer it
    found = backend.run(lambda: backend.accounts.integrations_of(connections))
    assert {id: one.enabled for id, one in found.items()} == {kept.id: False}
    assert other.id not in found
    assert backend.run(lambda: backend.accounts.integrations_of([])) == {}
