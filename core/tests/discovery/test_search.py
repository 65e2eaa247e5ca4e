"""What a search for a task answers."""

from __future__ import annotations

from typing import Any

import pytest

from composio import ComposioToolSet, action
from composio.functions.registry import REGISTRY
from tests.peers.tracker import Ask


def one(result: Any) -> Any:
    (found,) = result["data"]["results"]
    return found


def search(ask: Ask, *tasks: str, **options: Any) -> Any:
    return ask("search", {"queries": [{"use_case": task} for task in tasks]}, **options)


def test_a_task_gives_tools_with_their_schemas(ask: Ask) -> None:
    result = search(ask, "create a ticket in Tracker")
    assert one(result)["primary_tool_slugs"][0] == "TRACKER_CREATE_TICKET"
    shown = result["data"]["tool_schemas"]["TRACKER_CREATE_TICKET"]
    assert shown["hasFullSchema"] is True
    assert shown["input_schema"]["required"] == ["title"]


@pytest.mark.parametrize(
    "task", ["create a ticket in Tracker", "find a ticket", "list tickets in tracker, then list acme's things"]
)
def test_each_tool_is_named_once(ask: Ask, task: str) -> None:
    found = one(search(ask, task))
    slugs = found["primary_tool_slugs"] + found["related_tool_slugs"]
    assert len(slugs) > 1
    assert len(slugs) == len(set(slugs))


def test_each_of_several_tasks_has_its_own_result(ask: Ask) -> None:
    result = search(ask, "create a ticket in tracker", "list the things of acme")
    first, second = result["data"]["results"]
    assert (first["index"], first["toolkits"][0]) == (0, "tracker")
    assert (second["index"], second["toolkits"][0]) == (1, "acme")


def test_it_says_what_is_connected_and_what_is_not(ask: Ask) -> None:
    result = search(ask, "list the things of acme", "list tickets in tracker")
    found = {one["toolkit"]: one for one in result["data"]["toolkit_connection_statuses"]}
    assert found["tracker"]["has_active_connection"] is True
    assert found["acme"]["has_active_connection"] is False
    assert 'toolkits ["acme"]' in found["acme"]["status_message"]
    assert any("acme" in step for step in result["data"]["next_steps_guidance"])


def test_a_task_of_several_steps_gives_a_plan_in_their_order(ask: Ask) -> None:
    plan = one(search(ask, "list tickets in tracker, then delete a ticket in tracker"))["recommended_plan_steps"]
    places = [next(at for at, step in enumerate(plan) if slug in step) for slug in ("TRACKER_LIST", "TRACKER_DELETE")]
    assert places == sorted(places)


def test_it_warns_of_what_deletes_of_ids_and_of_pages(ask: Ask) -> None:
    pitfalls = " ".join(one(search(ask, "delete a ticket in tracker", actions=["TRACKER_DELETE_TICKET"]))["known_pitfalls"])
    assert "TRACKER_DELETE_TICKET deletes: ask the user" in pitfalls
    assert "needs ticket_id" in pitfalls
    pages = one(search(ask, "list tickets", actions=["TRACKER_LIST_TICKETS"]))["known_pitfalls"]
    assert any("_more.next" in one for one in pages)


def test_what_is_known_already_is_not_asked_for(ask: Ask) -> None:
    query = {"use_case": "delete a ticket in tracker", "known_fields": "ticket_id:7"}
    result = ask("search", {"queries": [query]}, actions=["TRACKER_DELETE_TICKET"])
    assert not any("needs ticket_id" in pitfall for pitfall in one(result)["known_pitfalls"])


@pytest.mark.parametrize("task", ["", "   ", "?!", "*" * 50])
def test_a_task_without_words_says_so_and_costs_the_others_nothing(ask: Ask, task: str) -> None:
    result = search(ask, task, "create a ticket in tracker")
    bad, good = result["data"]["results"]
    assert "use case" in bad["error"]
    assert good["primary_tool_slugs"]


@pytest.mark.parametrize("task", ["crear un ticket nuevo", "チケットを作成する", "word " * 10_000])
def test_any_language_and_length_is_answered(ask: Ask, task: str) -> None:
    assert search(ask, task)["successful"]


def test_only_what_the_developer_named_is_found(ask: Ask) -> None:
    assert one(search(ask, "create a ticket in tracker", apps=["acme"]))["primary_tool_slugs"] == []
    found = one(search(ask, "list things and tickets of tracker", apps=["acme"]))
    assert found["primary_tool_slugs"] == ["ACME_LIST_THINGS"]
    single = one(search(ask, "create or delete a ticket", actions=["TRACKER_GET_TICKET"]))
    assert (single["primary_tool_slugs"], single["related_tool_slugs"]) == (["TRACKER_GET_TICKET"], [])
    tagged = one(search(ask, "create a ticket", apps=["tracker"], tags=["danger"]))
    assert tagged["primary_tool_slugs"] == ["TRACKER_DELETE_TICKET"]


def test_a_function_is_found_only_where_it_was_named(ask: Ask) -> None:
    @action
    def count_sheep(asleep: bool) -> str:
        """Count the sheep on the meadow."""
        return str(asleep)

    try:
        found = one(search(ask, "count the sheep", actions=[count_sheep]))
        assert found["primary_tool_slugs"] == ["count_sheep"]
        assert "count_sheep" not in str(search(ask, "count the sheep")["data"]["tool_schemas"])
    finally:
        REGISTRY.discard(count_sheep)


def test_a_connected_app_comes_before_one_that_fits_as_well(ask: Ask, toolset: ComposioToolSet[Any]) -> None:
    toolset.add_auth("keyed", [{"in": "header", "name": "X-Api-Key", "value": "k"}])
    found = one(search(ask, "list things"))["primary_tool_slugs"]
    assert found[0] == "KEYED_LIST_THINGS"


def test_a_schema_processor_changes_what_is_shown(ask: Ask) -> None:
    def without_labels(schema: dict[str, Any]) -> dict[str, Any]:
        del schema["parameters"]["properties"]["labels"]
        return schema

    result = search(ask, "create a ticket in tracker", processors={"schema": {"TRACKER_CREATE_TICKET": without_labels}})
    assert set(result["data"]["tool_schemas"]["TRACKER_CREATE_TICKET"]["input_schema"]["properties"]) == {"title"}
