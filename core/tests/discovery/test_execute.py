"""Describing and running what was found: several at once, each with its own result, nothing that was not allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from composio import ComposioToolSet, action
from composio.functions.registry import REGISTRY
from tests.peers.tracker import Ask, World

CREATE = {"tool_slug": "TRACKER_CREATE_TICKET", "arguments": {"title": "It burns"}}


def run(ask: Ask, *tools: dict[str, Any], **options: Any) -> list[Any]:
    result = ask("execute", {"tools": list(tools)}, **options)
    assert result["successful"], result["error"]
    return [one["response"] for one in result["data"]["results"]]


def test_schemas_are_whole_and_a_wrong_name_costs_the_others_nothing(ask: Ask) -> None:
    result = ask(
        "describe",
        {"tool_slugs": ["TRACKER_CREATE_TICKET", "TRACKER_MAKE_TICKET"], "include": ["input_schema", "output_schema"]},
    )
    shown = result["data"]["tool_schemas"]["TRACKER_CREATE_TICKET"]
    assert set(shown["input_schema"]["properties"]) == {"title", "labels"}
    assert "output_schema" in shown
    assert "TRACKER_CREATE_TICKET" in result["data"]["not_found"]["TRACKER_MAKE_TICKET"]


def test_several_run_at_once_and_each_has_its_own_result(ask: Ask) -> None:
    get = {"tool_slug": "TRACKER_GET_TICKET", "arguments": {"ticket_id": "7"}}
    result = ask("execute", {"tools": [CREATE, {"tool_slug": "TRACKER_GET_TICKET", "arguments": {}}, get]})
    first, second, third = (one["response"] for one in result["data"]["results"])
    assert first["data"]["sent"] == {"title": "It burns"}
    assert second["successful"] is False
    assert third["data"]["path"] == "/tickets/7"
    assert (result["data"]["success_count"], result["data"]["error_count"]) == (2, 1)


def test_arguments_are_repaired_as_in_any_call(ask: Ask, provider: World) -> None:
    wanted = {"tool_slug": "tracker_create_ticket", "arguments": json.dumps({"title": "a", "labels": '["x"]'})}
    (response,) = run(ask, wanted)
    assert response["data"]["sent"] == {"title": "a", "labels": ["x"]}


def test_a_tool_without_arguments_needs_none(ask: Ask) -> None:
    (response,) = run(ask, {"tool_slug": "TRACKER_LIST_TICKETS"})
    assert len(response["data"]["items"]) == 40


def test_wrong_arguments_say_what_is_wrong_and_where_to_read(ask: Ask) -> None:
    (response,) = run(ask, {"tool_slug": "TRACKER_CREATE_TICKET", "arguments": {"titel": "a"}})
    assert "title" in response["error"]
    assert "COMPOSIO_GET_TOOL_SCHEMAS" in response["error"]


@pytest.mark.parametrize(
    "slug", ["TRACKER_MAKE_TICKET", "", "COMPOSIO_SEARCH_TOOLS", "nonsense\n", "TRACKER_CREATE_TICKET; DROP"]
)
def test_an_unknown_name_says_what_to_do(ask: Ask, provider: World, slug: str) -> None:
    (response,) = run(ask, {"tool_slug": slug, "arguments": {}})
    assert "Unknown action" in response["error"]
    assert provider.seen == []


@pytest.mark.parametrize(
    "narrowed", [{"apps": ["acme"]}, {"actions": ["TRACKER_GET_TICKET"]}, {"apps": ["tracker"], "tags": ["danger"]}]
)
def test_what_the_developer_left_out_is_not_run(ask: Ask, provider: World, narrowed: dict[str, Any]) -> None:
    (response,) = run(ask, CREATE, **narrowed)
    assert "not among the tools of this agent" in response["error"]
    assert "TRACKER_CREATE_TICKET" not in response["error"].replace("'TRACKER_CREATE_TICKET'", "")
    assert provider.seen == []
    assert ask("describe", {"tool_slugs": ["TRACKER_CREATE_TICKET"]}, **narrowed)["data"]["tool_schemas"] == {}


def test_an_alias_of_an_allowed_action_is_allowed_and_one_of_another_is_not(ask: Ask) -> None:
    (response,) = run(
        ask, {"tool_slug": "tracker_get_ticket ", "arguments": {"ticket_id": "1"}}, actions=["TRACKER_GET_TICKET"]
    )
    assert response["successful"], response["error"]


def test_a_function_of_the_users_own_runs_only_where_it_was_named(ask: Ask) -> None:
    ran: list[str] = []

    @action(toolname="tracker")
    def wipe_everything(entity_id: str) -> str:
        """Wipe it."""
        ran.append(entity_id)
        return "wiped"

    try:
        for options in ({}, {"apps": ["tracker"]}):
            (response,) = run(ask, {"tool_slug": "wipe_everything", "arguments": {}}, **options)
            assert "not among the tools" in response["error"]
        assert ran == []
        (response,) = run(ask, {"tool_slug": "wipe_everything", "arguments": {}}, actions=[wipe_everything])
        assert (response["successful"], ran) == (True, ["alice"])
    finally:
        REGISTRY.discard(wipe_everything)


def test_calls_are_made_for_the_entity_of_the_tools_and_a_model_can_name_no_other(
    toolset: ComposioToolSet[Any], ask: Ask
) -> None:
    for entity, key in (("alice", "alices"), ("bob", "bobs")):
        toolset.initiate_connection(app="keyed", entity_id=entity, connected_account_params={"api_key": key})
    me = {"tool_slug": "KEYED_GET_ME", "arguments": {}}
    assert run(ask, me)[0]["data"]["who"] == "alices"
    assert run(ask, me, entity_id="bob")[0]["data"]["who"] == "bobs"
    tried = ask("execute", {"tools": [{**me, "entity_id": "bob"}], "entity_id": "bob"})
    assert "bobs" not in str(tried)
    (injected,) = run(ask, {**me, "arguments": {"composio_calling": {"who": "bob"}, "entity_id": "bob"}})
    assert "bobs" not in str(injected)


def test_an_app_that_is_not_connected_says_which_tool_connects_it(ask: Ask) -> None:
    (response,) = run(ask, {"tool_slug": "ACME_GET_ME", "arguments": {}})
    assert 'COMPOSIO_MANAGE_CONNECTIONS with toolkits ["acme"]' in response["error"]


def test_processors_run_around_each_call(ask: Ask) -> None:
    def shout(arguments: dict[str, Any]) -> dict[str, Any]:
        return {**arguments, "title": arguments["title"].upper()}

    def only_sent(result: dict[str, Any]) -> dict[str, Any]:
        return {**result, "data": {"kept": result["data"]["sent"]}}

    processors = {"pre": {"TRACKER_CREATE_TICKET": shout}, "post": {"tracker": only_sent}}
    (response,) = run(ask, CREATE, processors=processors)
    assert response["data"] == {"kept": {"title": "IT BURNS"}}


def test_a_processor_that_raises_is_that_calls_error(ask: Ask) -> None:
    def broken(_arguments: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("out of order")

    get = {"tool_slug": "TRACKER_GET_TICKET", "arguments": {"ticket_id": "1"}}
    bad, good = run(ask, CREATE, get, processors={"pre": {"TRACKER_CREATE_TICKET": broken}})
    assert "out of order" in bad["error"]
    assert good["successful"]


def test_the_length_of_an_answer_is_bounded_and_every_call_gets_its_part(ask: Ask) -> None:
    tickets = {"tool_slug": "TRACKER_LIST_TICKETS", "arguments": {}}
    result = ask("execute", {"tools": [tickets, tickets, CREATE]}, max_result_chars=3000)
    assert len(result.to_json()) <= 3000
    first, second, third = (one["response"] for one in result["data"]["results"])
    assert all("_more" in one["data"] and 0 < len(json.dumps(one)) < 1000 for one in (first, second))
    assert third["data"]["sent"] == {"title": "It burns"}


def test_nothing_a_model_writes_raises(ask: Ask) -> None:
    lists: list[Any] = [[], "x", [{}], [None], [CREATE] * 21]
    for arguments in ("", "{", "[]", {}, *({"tools": one} for one in lists)):
        assert ask("execute", arguments)["successful"] is False
