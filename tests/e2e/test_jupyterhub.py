"""JupyterHub, a whole application: users are connected by walking its pages, and tools made of its own description act as them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from composio import ComposioToolSet
from composio.backend import ActionQuery
from composio.errors import ConnectionNotFound, InvalidState
from conformance import _npm
from tests.peers.jupyterhub import CALLBACK, CLIENT_ID, CLIENT_SECRET, JupyterHubPeer, description
from tests.peers.oidc import packages_folder

USERS = ("alice", "bob")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, jupyterhub_server: JupyterHubPeer) -> Path:
    """A home with the app ``hub``: what its description does not say stands in its ``integration.yaml``."""
    try:
        spec = description(packages_folder())
    except _npm.Unavailable as why:
        pytest.skip(f"JupyterHub's description: {why}")
    folder = tmp_path_factory.mktemp("home") / "apps" / "hub"
    folder.mkdir(parents=True)
    (folder / "rest-api.yml").write_bytes(spec.read_bytes())
    definition = {
        "name": "JupyterHub",
        "unique_key": "hub",
        "spec": {"file": "rest-api.yml"},
        "auth_schemes": [jupyterhub_server.scheme()],
        "get_current_user_endpoint": "/user",
    }
    (folder / "integration.yaml").write_text(yaml.safe_dump(definition), "utf-8")
    return folder.parent.parent


@pytest.fixture
def toolset(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ComposioToolSet[Any]]:
    """In a process of a web app's own: users come back to its callback."""
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    monkeypatch.setenv("COMPOSIO_REDIRECT_URI", CALLBACK)
    with ComposioToolSet[Any](home=home) as made:
        yield made


def connect(toolset: ComposioToolSet[Any], hub: JupyterHubPeer, user: str) -> str:
    """As a web app does it; the connection's id."""
    known = toolset.get_integrations(app="hub")
    integration = known[0] if known else toolset.create_integration(
        app="hub", auth_mode="OAUTH2", use_composio_oauth_app=False,
        auth_config={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    )  # fmt: skip
    request = toolset.initiate_connection(integration_id=integration.id, entity_id=user)
    assert request.redirectUrl is not None
    back = hub.drive_login(request.redirectUrl, user=user)
    assert back.startswith(CALLBACK)
    made = toolset.complete_connection(back, entity_id=user)
    assert (made.id, made.status, made.entity_id) == (request.connectedAccountId, "ACTIVE", user)
    return made.id


@pytest.fixture
def connected(toolset: ComposioToolSet[Any], jupyterhub_server: JupyterHubPeer) -> Iterator[dict[str, str]]:
    """Everybody's connection, which is gone afterwards."""
    ids = {user: connect(toolset, jupyterhub_server, user) for user in USERS}
    yield ids
    for one in toolset.client.connected_accounts.get():
        toolset.delete_connection(one.id)


def me(toolset: ComposioToolSet[Any], user: str) -> Any:
    return toolset.execute_action("HUB_GET_CURRENT_USER", {}, entity_id=user)


def test_every_operation_became_a_tool(toolset: ComposioToolSet[Any], home: Path) -> None:
    paths = yaml.safe_load((home / "apps" / "hub" / "rest-api.yml").read_text("utf-8"))["paths"]
    operations = [one for path in paths.values() for one in path.values() if "operationId" in one]
    compiled = toolset.backend.run(lambda: toolset.backend.actions(ActionQuery(apps=["hub"], everything=True)))
    assert len(compiled) == len(operations) > 50


def test_each_user_acts_as_themselves(toolset: ComposioToolSet[Any], connected: dict[str, str]) -> None:
    for user in USERS:
        result = me(toolset, user)
        assert result["successful"], result["error"]
        assert result["data"]["name"] == user
        toolset.check_connected_account("HUB_GET_CURRENT_USER", entity_id=user)
        checked = toolset.backend.run(partial(toolset.backend.accounts.check_connection, connected[user]))
        assert checked.is_usable


def test_what_is_the_one_s_is_refused_to_the_other_by_the_hub_itself(
    toolset: ComposioToolSet[Any], connected: dict[str, str]
) -> None:
    own = toolset.execute_action("HUB_LIST_TOKENS_FOR_THE_USER", {"name": "alice"}, entity_id="alice")
    assert own["successful"], own["error"]
    assert {one["user"] for one in own["data"]["api_tokens"]} == {"alice"}
    others = toolset.execute_action("HUB_LIST_TOKENS_FOR_THE_USER", {"name": "alice"}, entity_id="bob")
    assert not others["successful"]
    assert "404" in others["error"] or "403" in others["error"]


def test_nobody_uses_another_s_connection_by_its_id(toolset: ComposioToolSet[Any], connected: dict[str, str]) -> None:
    with pytest.raises(ConnectionNotFound, match=connected["alice"]):
        toolset.execute_action("HUB_GET_CURRENT_USER", {}, entity_id="bob", connected_account_id=connected["alice"])


def test_a_callback_finishes_its_own_user_s_connection_once(
    toolset: ComposioToolSet[Any], jupyterhub_server: JupyterHubPeer, connected: dict[str, str]
) -> None:
    request = toolset.initiate_connection(app="hub", entity_id="alice")
    assert request.redirectUrl is not None
    back = jupyterhub_server.drive_login(request.redirectUrl, user="alice")
    with pytest.raises(InvalidState, match="another entity"):
        toolset.complete_connection(back, entity_id="bob")
    assert toolset.complete_connection(back, entity_id="alice").status == "ACTIVE"
    with pytest.raises(InvalidState, match="used before"):
        toolset.complete_connection(back, entity_id="alice")


def test_who_stays_on_the_page_of_consent_is_not_connected(
    toolset: ComposioToolSet[Any], jupyterhub_server: JupyterHubPeer, connected: dict[str, str]
) -> None:
    request = toolset.initiate_connection(app="hub", entity_id="carol")
    assert request.redirectUrl is not None
    page = jupyterhub_server.drive_login(request.redirectUrl, user="carol", allow=False)
    assert page.startswith(jupyterhub_server.url)
    assert toolset.get_connected_account(request.connectedAccountId).status == "INITIATED"
    with pytest.raises(ConnectionNotFound, match="composio add hub"):
        me(toolset, "carol")


def test_what_is_revoked_at_the_hub_fails_for_that_user_only_and_is_mended_by_connecting_again(
    toolset: ComposioToolSet[Any], jupyterhub_server: JupyterHubPeer, connected: dict[str, str]
) -> None:
    jupyterhub_server.revoke_all("alice")
    refused = me(toolset, "alice")
    assert not refused["successful"]
    assert "403" in refused["error"]
    assert me(toolset, "bob")["data"]["name"] == "bob"
    request = toolset.reinitiate_connection(connected["alice"])
    assert request.redirectUrl is not None
    toolset.complete_connection(jupyterhub_server.drive_login(request.redirectUrl, user="alice"), entity_id="alice")
    assert me(toolset, "alice")["data"]["name"] == "alice"
    assert request.connectedAccountId == connected["alice"]


def test_a_connection_that_is_deleted_is_used_by_no_call(
    toolset: ComposioToolSet[Any], jupyterhub_server: JupyterHubPeer, connected: dict[str, str]
) -> None:
    toolset.delete_connection(connected["bob"])
    with pytest.raises(ConnectionNotFound, match="composio add hub"):
        me(toolset, "bob")
    assert me(toolset, "alice")["data"]["name"] == "alice"


def test_a_user_who_left_the_hub_is_refused_there(
    toolset: ComposioToolSet[Any], jupyterhub_server: JupyterHubPeer, connected: dict[str, str]
) -> None:
    connect(toolset, jupyterhub_server, "dave")
    jupyterhub_server.delete_user("dave")
    refused = me(toolset, "dave")
    assert not refused["successful"]
    assert "403" in refused["error"]
