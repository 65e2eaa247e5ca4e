"""Whom a toolset acts for in a run: the run's word, in its tasks and threads, and nobody else's."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from composio import ComposioToolSet, from_run
from composio.errors import ActionDenied, InvalidRequest
from composio.model.call import ToolCall
from composio.policy import Policy, allow, deny
from composio.toolset.acting import RUNS

Little = Any  # the fixture's class lives in conftest.py, which tests can't import
SEND = {"name": "SLACK_SEND", "arguments": {"text": "hi"}}


def whom(result: Any) -> str:
    assert result["successful"], result
    return str(result["data"]["entity_id"])


def seen(little: Little) -> ToolCall:
    found: ToolCall = little.seen[-1]
    return found


def test_every_call_in_the_block_is_for_the_runs_entity(little: Little) -> None:
    toolset = ComposioToolSet(backend=little, entity_id="owner")
    tools = toolset.get_tools(actions=["SLACK_SEND"])
    with toolset.acting_as("alice", agent="support-bot", on_behalf_of="bob"):
        assert whom(toolset.execute_action("SLACK_SEND")) == "alice"
        assert (seen(little).who.agent, seen(little).who.on_behalf_of) == ("support-bot", "bob")
        assert whom(toolset.handle_tool_calls(SEND, tools=tools)[0]) == "alice"
        assert (seen(little).who.agent, seen(little).who.any_entity) == ("support-bot", False)
        assert toolset.entity_id == "alice"
        assert toolset.get_entity().id == "alice"
        with toolset.acting_as("carol"):
            assert whom(toolset.execute_action("SLACK_SEND")) == "carol"
            assert seen(little).who.agent == ""
        assert whom(toolset.execute_action("SLACK_SEND", entity_id="dave")) == "dave", "a call's own word"
    assert whom(toolset.execute_action("SLACK_SEND")) == "owner"
    assert not RUNS.get()


def test_a_run_is_one_toolsets(little: Little) -> None:
    one, other = ComposioToolSet(backend=little), ComposioToolSet(backend=little, entity_id="other")
    with one.acting_as("alice"):
        assert whom(other.execute_action("SLACK_SEND")) == "other"


def test_an_exception_ends_the_run(little: Little) -> None:
    toolset = ComposioToolSet(backend=little)
    with pytest.raises(LookupError), toolset.acting_as("alice"):
        raise LookupError
    assert whom(toolset.execute_action("SLACK_SEND")) == "default"


@pytest.mark.anyio
async def test_tasks_that_run_at_the_same_time_never_mix(little: Little) -> None:
    toolset = ComposioToolSet(backend=little, entity_id=from_run)
    tools = toolset.get_tools(actions=["SLACK_SEND"])

    async def run(entity: str) -> None:
        with toolset.acting_as(entity):
            for _ in range(5):
                await asyncio.sleep(0)
                results = await asyncio.gather(
                    toolset.aexecute_action("SLACK_SEND"),
                    toolset.ahandle_tool_calls([SEND, SEND], tools=tools),
                    asyncio.to_thread(toolset.execute_action, "SLACK_SEND"),
                )
                assert {whom(results[0]), *map(whom, results[1]), whom(results[2])} == {entity}

    await asyncio.gather(*(run(f"user-{number}") for number in range(10)))


def test_threads_with_the_context_are_in_the_run_and_others_raise(little: Little) -> None:
    toolset = ComposioToolSet(backend=little, entity_id=from_run)
    outside: list[Any] = []

    def stray() -> None:
        try:
            outside.append(toolset.execute_action("SLACK_SEND"))
        except InvalidRequest as error:
            outside.append(str(error))

    with toolset.acting_as("alice"), ThreadPoolExecutor(1) as pool:
        inside = pool.submit(contextvars.copy_context().run, toolset.execute_action, "SLACK_SEND").result()
        thread = threading.Thread(target=stray)
        thread.start()
        thread.join()
    assert whom(inside) == "alice"
    assert "acting_as" in outside[0]
    assert [call.who.entity_id for call in little.seen] == ["alice"]


@pytest.mark.parametrize("promise", ["toolset", "tools"])
def test_a_promised_entity_never_falls_to_another(little: Little, promise: str) -> None:
    toolset = ComposioToolSet(backend=little, entity_id=from_run if promise == "toolset" else "owner")
    options: dict[str, Any] = {} if promise == "toolset" else {"entity_id": from_run}
    tools = toolset.get_tools(actions=["SLACK_SEND"], **options)
    discovery = toolset.discovery_tools(apps=["slack"], **options)
    found = {"name": "COMPOSIO_MULTI_EXECUTE_TOOL", "arguments": {"tools": [{"tool_slug": "SLACK_SEND"}]}}
    for result in (
        *toolset.handle_tool_calls([SEND, SEND], tools=tools),
        *toolset.handle_tool_calls(found, tools=discovery),
    ):
        assert not result["successful"]
        assert "acting_as" in result["error"]
    assert little.seen == []
    if promise == "toolset":
        for ask in (
            lambda: toolset.execute_action("SLACK_SEND"),
            lambda: toolset.entity_id,
            lambda: toolset.get_entity(),
            lambda: toolset.get_connected_accounts(),
            lambda: toolset.execute_request("/x", app="slack"),
        ):
            with pytest.raises(InvalidRequest, match="acting_as"):
                ask()
    with toolset.acting_as("alice"):
        assert whom(toolset.handle_tool_calls(SEND, tools=tools)[0]) == "alice"


def test_the_name_is_handed_out_both_ways_and_neither_is_guessed(little: Little) -> None:
    toolset = ComposioToolSet(backend=little)

    def elsewhere(**options: Any) -> None:
        contextvars.copy_context().run(toolset.get_tools, ["SLACK_SEND"], **options)

    elsewhere(entity_id=from_run)
    elsewhere()
    with pytest.raises(InvalidRequest, match="entity_id"):
        toolset.handle_tool_calls(SEND)
    assert little.seen == []


def test_a_tool_of_one_entity_is_refused_in_anothers_run(little: Little) -> None:
    toolset = ComposioToolSet(backend=little)
    tools = toolset.get_tools(actions=["SLACK_SEND"], entity_id="carol")
    with toolset.acting_as("bob"):
        assert "carol" in toolset.handle_tool_calls(SEND, tools=tools)[0]["error"]
    with toolset.acting_as("carol"):
        assert whom(toolset.handle_tool_calls(SEND, tools=tools)[0]) == "carol"


@pytest.mark.parametrize(
    ("run", "entity"),
    [
        ({"entity_id": "alice"}, "alice"),
        (SimpleNamespace(entity_id="alice"), "alice"),
        ({}, None),
        (None, None),
        ("alice", None),
    ],
)
def test_a_frameworks_run_may_name_it(little: Little, run: Any, entity: str | None) -> None:
    toolset = ComposioToolSet(backend=little)
    offers = toolset.get_tools(actions=["SLACK_SEND"], entity_id=from_run).offers
    result = toolset._caller().invoke(offers["SLACK_SEND"])({"text": "hi"}, run=run)
    assert (result["successful"] and result["data"]["entity_id"]) == (entity or False)


@pytest.mark.parametrize("value", ["", "  ", 5, ["alice"], from_run])
def test_what_is_no_entity_is_refused(little: Little, value: Any) -> None:
    toolset = ComposioToolSet(backend=little)
    offers = toolset.get_tools(actions=["SLACK_SEND"], entity_id=from_run).offers
    assert not toolset._caller().invoke(offers["SLACK_SEND"])({}, run={"entity_id": value})["successful"]
    with pytest.raises(InvalidRequest), toolset.acting_as(value):
        pass
    with pytest.raises(InvalidRequest), toolset.acting_as("alice", agent=5):  # type: ignore[arg-type]  # what is tested
        pass
    assert little.seen == []


def test_a_frameworks_run_says_nothing_where_nobody_asked_it(little: Little) -> None:
    toolset = ComposioToolSet(backend=little, entity_id="owner")
    offers = toolset.get_tools(actions=["SLACK_SEND"]).offers
    assert whom(toolset._caller().invoke(offers["SLACK_SEND"])({}, run={"entity_id": "mallory"})) == "owner"


def test_a_model_writes_no_entity(little: Little) -> None:
    toolset = ComposioToolSet(backend=little)
    tools = toolset.get_tools(actions=["SLACK_SEND"], entity_id=from_run)
    asked = {"name": "SLACK_SEND", "arguments": {"text": "hi", "entity_id": "mallory", "run": {"entity_id": "mallory"}}}
    with toolset.acting_as("alice"):
        assert whom(toolset.handle_tool_calls(asked, tools=tools)[0]) == "alice"
    assert not toolset.handle_tool_calls(asked, tools=tools)[0]["successful"]


def test_tools_of_runs_can_not_be_stored(little: Little) -> None:
    toolset = ComposioToolSet(backend=little)
    with pytest.raises(InvalidRequest, match="run"):
        toolset.save_tools(toolset.get_tools(actions=["SLACK_SEND"], entity_id=from_run))


def test_from_run_is_an_entity_nowhere_else(little: Little) -> None:
    toolset = ComposioToolSet(backend=little)
    with pytest.raises(InvalidRequest, match="acting_as"):
        toolset.execute_action("SLACK_SEND", entity_id=from_run)
    with pytest.raises(InvalidRequest, match="named"):
        toolset.client.get_entity(from_run)
    assert little.seen == []


def test_a_policy_knows_the_agent(little: Little) -> None:
    toolset = ComposioToolSet(backend=little, policy=Policy(deny(agent="intern-*"), otherwise=allow()))
    assert toolset.get_tools(actions=["SLACK_SEND"], entity_id=from_run)
    with pytest.raises(ActionDenied), toolset.acting_as("alice", agent="intern-bot"):
        toolset.execute_request("/x", app="slack")
    with toolset.acting_as("alice", agent="support-bot"):
        toolset.execute_request("/x", app="slack")
