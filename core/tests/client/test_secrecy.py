"""Secrets that users and developers pass, and those that providers give, show nowhere: success or failure, either form."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from tests.peers.acme import Provider, came_back
from tests.peers.secrets import Sweep

KEY, CLIENT, CODE = "planted-key-5c1d9e7f3a", "planted-client-8b2f6a4d0e", "planted-code-7e3a1c9b5d"
TOKENS = ("access-secret-", "refresh-secret-")
ToolSet = ComposioToolSet[Any]


@pytest.fixture
def sweep() -> Sweep:
    return Sweep(KEY, CLIENT, CODE, *TOKENS)


def filled(toolset: ToolSet, **values: Any) -> list[Any]:
    """The same asked of everything that takes what a user filled in."""
    client = toolset.client
    return [
        lambda: toolset.initiate_connection(app="keyed", connected_account_params=values),
        lambda: toolset.get_entity("alice").initiate_connection("keyed", connected_account_params=values),
        lambda: client.connected_accounts.initiate(app="keyed", params=values),
        lambda: toolset.initiate_connection(app="keyed").save_user_access_data(client, values),
        lambda: client.connected_accounts.reinitiate(toolset.initiate_connection(app="keyed").id, data=values),
        lambda: asyncio.run(toolset.ainitiate_connection(app="keyed", connected_account_params=values)),
        lambda: asyncio.run(toolset.get_entity("alice").ainitiate_connection("keyed", connected_account_params=values)),
    ]


@pytest.mark.parametrize(
    "values",
    [{"api_key": KEY}, {"api_key": KEY, "nonsense": 1}, {"region": KEY}, {"api_key": {"a": KEY}}, {"api_key": KEY + "\n"}],
    ids=["right", "unknown field", "missing field", "no text", "line break"],
)
def test_what_a_user_filled_in(toolset: ToolSet, sweep: Sweep, tmp_path: Path, values: dict[str, Any]) -> None:
    with sweep.listening():
        for number, ask in enumerate(filled(toolset, **values)):
            begun = sweep.attempt(f"way {number}", ask)
            sweep.show(begun=begun)
        for one in toolset.client.connected_accounts.get():
            sweep.show(one=one, opened=toolset.client.connected_accounts.info(one.id))
            sweep.attempt("call", lambda: toolset.execute_action("KEYED_GET_ME", {}, entity_id="alice"))
    sweep.files(tmp_path)
    # What the API itself says of the key is its answer, and the test's API says it.
    assert [hit for hit in sweep.hits() if not hit.startswith("result call")] == []
    assert sweep.seen


@pytest.mark.parametrize("wrong", [{}, {"nonsense": 1}, {"redirect_uri": "nowhere"}], ids=["right", "unknown", "wrong"])
def test_what_a_developer_configured(toolset: ToolSet, sweep: Sweep, tmp_path: Path, wrong: dict[str, Any]) -> None:
    config = {"client_id": "mine", "client_secret": CLIENT, **wrong}
    asked = [
        lambda: toolset.create_integration("acme", "OAUTH2", config),
        lambda: toolset.client.integrations.create("acme", auth_config=config, force_new_integration=True),
        lambda: toolset.initiate_connection(app="acme", auth_config=config),
        lambda: toolset.get_entity("alice").initiate_connection("acme", auth_config=config),
        lambda: asyncio.run(toolset.acreate_integration("acme", "OAUTH2", config)),
    ]
    with sweep.listening():
        for number, ask in enumerate(asked):
            sweep.show(made=sweep.attempt(f"way {number}", ask))
        sweep.show(found=toolset.get_integrations())
    sweep.files(tmp_path)
    assert sweep.hits() == []


ANSWERS: dict[str, Any] = {
    "right": None,
    "refused": (400, {"error": "invalid_grant", "error_description": f"{CODE} of {CLIENT} is not known"}),
    "broken": (500, f"<pre>{CODE} {CLIENT} access-secret-9</pre>"),
    "nonsense": (200, ["access-secret-9"]),
    "typed wrong": (200, {"access_token": {"a": "access-secret-9"}, "token_type": CODE}),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_what_a_provider_gives(
    toolset: ToolSet, provider: Provider, sweep: Sweep, tmp_path: Path, answer: str, asynchronous: bool
) -> None:
    integration = toolset.create_integration("acme", "OAUTH2", {"client_id": "mine", "client_secret": CLIENT})
    with sweep.listening():
        begun = toolset.initiate_connection(integration)
        back = came_back(begun.redirect_url, CODE)
        if ANSWERS[answer] is not None:
            provider.answer = lambda _form: ANSWERS[answer]
        if asynchronous:
            done = sweep.attempt("complete", lambda: asyncio.run(toolset.acomplete_connection(back)))
        else:
            done = sweep.attempt("complete", lambda: toolset.complete_connection(back))
        sweep.attempt("again", lambda: toolset.complete_connection(back))
        sweep.attempt("wait", lambda: begun.wait_until_active(timeout=0))
        sweep.show(done=done, begun=begun, all=toolset.client.connected_accounts.get())
        sweep.attempt("refresh", lambda: toolset.refresh_connection(begun.id))
        sweep.attempt("info", lambda: toolset.client.connected_accounts.info(begun.id))
        sweep.attempt("delete", lambda: toolset.delete_connection(begun.id))
    sweep.files(tmp_path)
    assert sweep.hits() == []
