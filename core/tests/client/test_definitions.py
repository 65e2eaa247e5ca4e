"""``client.actions`` as v0.7 had it: one action or many, running one, sending a request, searching step by step."""

from __future__ import annotations

from typing import Any

import pytest

from composio import Action, App, Composio, ComposioToolSet
from composio.errors import ActionNotFound, ConnectedAccountNotFound, InvalidRequest, NotAvailable

Little = Any  # the fixture's class lives in conftest.py, which tests can't import


@pytest.fixture
def client(little: Little) -> Composio:
    return Composio(backend=little)


def test_one_action_or_a_list(client: Composio) -> None:
    assert client.actions.get(action=Action.SLACK_SEND).slug == client.actions.get("SLACK_SEND").slug == "SLACK_SEND"
    assert [one.slug for one in client.actions.get(actions=[Action.SLACK_SEND])] == ["SLACK_SEND"]
    assert [one.slug for one in client.actions.get([Action.SLACK_SEND])] == ["SLACK_SEND"]
    assert client.actions.get() == []
    with pytest.raises(ActionNotFound):
        client.actions.get(action="SLACK_SENT")


def test_all_of_an_app_or_of_every_app(client: Composio, little: Little) -> None:
    some = client.actions.get(apps=[App.GITHUB])
    every = client.actions.get(apps=[App.GITHUB], allow_all=True)
    assert len(some) == 2
    assert len(every) == 3
    assert len(client.actions.get(allow_all=True)) == len(little.known)


def test_an_action_is_run_for_an_entity(client: Composio, little: Little) -> None:
    done = client.actions.execute(Action.GITHUB_GET_USER, {"login": "ada"}, entity_id="ada", session_id="x", allow_tracing=True)
    assert done["successful"]
    assert done["data"]["entity_id"] == "ada"


def test_a_sentence_is_searched_step_by_step(client: Composio) -> None:
    first, second = client.actions.search_for_a_task("list issues and then send", max_actions_per_task=2)
    assert (first.app, first.actions, first.order) == ("github", ("GITHUB_LIST_ISSUES",), 0)
    assert second.model_dump() == {
        "app": "slack",
        "actions": ["SLACK_SEND"],
        "description": "send",
        "order": 1,
    }
    assert len(client.actions.search_for_a_task("list issues and then send", limit=1)) == 1
    assert client.actions.search_for_a_task("nothing fits", apps=[App.SLACK]) == []


def test_a_request_goes_out_as_the_connection_that_is_named(toolset: ComposioToolSet[Any]) -> None:
    entity = toolset.get_entity("ada")
    connection = entity.initiate_connection(app_name="keyed", connected_account_params={"api_key": "k1"})
    answer = toolset.client.actions.request(
        connection.id, "/whoami", "get", parameters=[{"in": "query", "name": "q", "value": "1"}]
    )
    assert answer["successful"], answer
    run = toolset.client.actions.execute("KEYED_GET_ME", {}, connected_account=connection.id)
    assert run["successful"], run
    with pytest.raises(ConnectedAccountNotFound):
        toolset.client.actions.request("conn_nobody", "/whoami", "GET")


def test_the_client_of_a_server_is_named_and_says_what_to_use(client: Composio) -> None:
    for http in (client.http, client.long_timeout_http):
        with pytest.raises(NotAvailable, match="execute_request"):
            http.get(url="/v1/apps")


def test_an_api_key_is_kept_and_never_shown(monkeypatch: pytest.MonkeyPatch, little: Little) -> None:
    monkeypatch.delenv("COMPOSIO_API_KEY", raising=False)
    for make in (Composio, ComposioToolSet):
        assert make(backend=little).api_key is None
        made = make("k3y", backend=little)
        assert made.api_key == "k3y"
        assert "k3y" not in repr(made) + repr(vars(made))
    monkeypatch.setenv("COMPOSIO_API_KEY", "from-environment")
    assert Composio(backend=little).api_key == "from-environment"


def test_a_toolset_writes_instructions_and_checks_names(little: Little) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    assert "- github: GITHUB_GET_USER, GITHUB_LIST_ISSUES" in toolset.get_agent_instructions(apps=[App.GITHUB])
    toolset.validate_tools()
    toolset.validate_tools(actions=["SLACK_SEND"])
    with pytest.raises(ActionNotFound):
        toolset.validate_tools(actions=["SLACK_SENT"])
    assert toolset.logger.name == "composio"


def test_an_entity_takes_text_as_the_parameter_of_that_name(client: Composio) -> None:
    entity = client.get_entity("ada")
    assert entity.execute("SLACK_SEND", {"channel": "c"}, text="hi")["data"]["arguments"]["text"] == "hi"
    assert client.actions.execute("SLACK_SEND", {}, text="hi")["data"]["arguments"] == {"text": "hi"}
    with pytest.raises(InvalidRequest, match="no parameter `text`"):
        entity.execute("GITHUB_GET_USER", {}, text="hi")
