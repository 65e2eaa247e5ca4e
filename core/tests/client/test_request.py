"""Waiting for a user: who finished it does not matter, why it failed is said at once, what is missing when time is up."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from composio import Composio, ComposioToolSet
from composio.errors import AuthorizationError, ComposioError, ConnectionTimeout, InvalidRequest, MissingFields
from composio.exceptions import SDKTimeoutError
from tests.peers.acme import Provider, came_back

ToolSet = ComposioToolSet[Any]


def test_a_connection_that_another_thread_finishes_is_seen(toolset: ToolSet) -> None:
    begun = toolset.initiate_connection(app="acme", entity_id="alice")
    finish = threading.Timer(0.3, toolset.complete_connection, [came_back(begun.redirect_url)])
    finish.start()
    active = begun.wait_until_active(client=toolset.client, timeout=30)
    finish.join()
    assert (active.id, active.status, begun.connectionStatus) == (begun.connectedAccountId, "ACTIVE", "ACTIVE")
    assert begun.redirectUrl is None


def test_a_connection_that_another_backend_finished_is_seen_without_a_client(toolset: ToolSet, tmp_path: Path) -> None:
    begun = toolset.initiate_connection(app="acme", entity_id="alice")
    with ComposioToolSet(home=tmp_path / "home") as elsewhere:
        assert elsewhere.get_connected_account(begun.id).status == "INITIATED"
        toolset.complete_connection(came_back(begun.redirect_url))
        assert begun.wait_until_active(client=elsewhere.client).status == "ACTIVE"
    assert begun.wait_until_active().id == begun.id


def test_time_that_is_up_says_what_is_missing(toolset: ToolSet) -> None:
    begun = toolset.initiate_connection(app="acme", entity_id="alice")
    with pytest.raises(ConnectionTimeout, match=r"INITIATED.*did not become active in 0 seconds.*complete_connection") as late:
        begun.wait_until_active(timeout=0)
    assert isinstance(late.value, TimeoutError)
    assert isinstance(late.value, ComposioError)
    assert isinstance(late.value, SDKTimeoutError)
    assert "state" not in str(late.value)


def test_a_user_who_said_no_ends_the_waiting_at_once(toolset: ToolSet) -> None:
    begun = toolset.initiate_connection(app="acme", entity_id="alice")
    denied = came_back(begun.redirect_url).replace("code=code-1", "error=access_denied")
    with pytest.raises(AuthorizationError):
        toolset.complete_connection(denied)
    with pytest.raises(AuthorizationError, match=r"failed: .*initiate_connection") as failed:
        begun.wait_until_active(timeout=60)
    assert not isinstance(failed.value, TimeoutError)
    assert begun.connection_status == "FAILED"


def test_values_may_be_handed_over_later(toolset: ToolSet) -> None:
    begun = toolset.initiate_connection(app="keyed", entity_id="alice")
    assert begun.connectionStatus == "INITIATED"
    with pytest.raises(ConnectionTimeout, match=r"api_key"):
        begun.wait_until_active(timeout=0)
    with pytest.raises(MissingFields, match="api_key"):
        begun.save_user_access_data(toolset.client, {"region": "us"})
    with pytest.raises(InvalidRequest, match="field_inputs="):
        begun.save_user_access_data(toolset.client)
    with pytest.raises(ComposioError):
        begun.save_user_access_data(toolset.client, {"api_key": "k"}, entity_id="bob")
    done = begun.save_user_access_data(
        toolset.client, {"api_key": "k-late"}, redirect_url="https://app.example/done", entity_id="alice"
    )
    assert done.connectionStatus == "ACTIVE"
    assert toolset.execute_action("KEYED_GET_ME", {}, entity_id="alice")["data"]["who"] == "k-late"


@pytest.mark.parametrize("wrong", [-1, "soon", True, None])
def test_a_timeout_is_a_number_of_seconds(toolset: ToolSet, wrong: Any) -> None:
    begun = toolset.initiate_connection(app="acme")
    with pytest.raises(InvalidRequest, match="timeout is how many seconds"):
        begun.wait_until_active(timeout=wrong)


def test_what_is_no_client_is_told_so(toolset: ToolSet) -> None:
    begun = toolset.initiate_connection(app="acme")
    with pytest.raises(InvalidRequest, match=r"client= takes toolset.client"):
        begun.wait_until_active(client=5, timeout=0)  # type: ignore[arg-type]  # the mistake that is tested


def test_printing_shows_what_the_developer_needs_and_no_secret(toolset: ToolSet, provider: Provider) -> None:
    own = {"client_id": "mine", "client_secret": "hush-hush-hush"}
    begun = toolset.initiate_connection(app="acme", auth_config=own)
    shown = f"{begun} {begun!r} {begun.model_dump()}"
    assert begun.redirect_url is not None
    assert begun.redirect_url in shown
    assert "INITIATED" in shown
    key = toolset.initiate_connection(app="keyed", connected_account_params={"api_key": "k-very-secret"})
    for text in ("hush-hush-hush", "k-very-secret"):
        assert text not in f"{shown} {key} {key.connection!r} {key.model_dump()}"


@pytest.mark.anyio
async def test_waiting_works_asynchronously(toolset: ToolSet) -> None:
    begun = await toolset.get_entity("alice").ainitiate_connection("acme")
    await toolset.acomplete_connection(came_back(begun.redirect_url))
    assert (await begun.await_until_active(timeout=5)).status == "ACTIVE"
    with Composio(backend=toolset.backend) as client:
        assert (await begun.await_until_active(client)).status == "ACTIVE"
