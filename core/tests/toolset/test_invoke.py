"""``handle_tool_calls`` and native tools: order, failures, and processors that never leak."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import gc
import pickle
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.errors import InvalidRequest, UpstreamUnreachable
from composio.framework import CallCodec, FrameworkAdapter, Invoke, RequestedCall, ToolSpec
from composio.model.call import ToolCall, ToolResult, ToolResults
from composio.model.processors import NO_PROCESSORS
from composio.toolset.offers import Offer, Tools

Little = Any  # the fixture's class lives in conftest.py, which tests can't import


@pytest.fixture
def toolset(little: Little, over: Any) -> ComposioToolSet[Any]:
    return ComposioToolSet(backend=over(little))


def put(key: str, value: Any = True) -> dict[str, Any]:
    """Processors that mark the inputs of SLACK_SEND."""
    return {"pre": {"SLACK_SEND": lambda inputs: {**inputs, key: value}}}


def arguments(result: ToolResult) -> Any:
    return result["data"]["arguments"]


BOTH = ["GITHUB_GET_USER", "SLACK_SEND"]
SEND = {"name": "SLACK_SEND", "arguments": {"text": "hi"}, "id": "call_1"}


# Calls


def test_results_keep_the_order_of_the_calls_and_are_paired_to_them(toolset: ComposioToolSet[Any], little: Little) -> None:
    released = asyncio.Event()

    async def first_waits_for_second(call: ToolCall) -> None:
        if call.arguments == {"n": 1}:
            await asyncio.wait_for(released.wait(), 10)
        else:
            released.set()

    little.before = first_waits_for_second
    calls = [RequestedCall("GITHUB_GET_USER", {"n": 1}, "a"), RequestedCall("SLACK_SEND", {"n": 2}, "b")]
    results = toolset.handle_tool_calls(calls, actions=BOTH)
    assert [(r.call_id, r.tool, arguments(r)) for r in results] == [
        ("a", "GITHUB_GET_USER", {"n": 1}),
        ("b", "SLACK_SEND", {"n": 2}),
    ]


def test_no_calls_give_no_results(toolset: ComposioToolSet[Any]) -> None:
    assert toolset.handle_tool_calls([]) == []


@pytest.mark.anyio
async def test_asynchronously_too(toolset: ComposioToolSet[Any]) -> None:
    assert await toolset.ahandle_tool_calls([]) == []
    results = await toolset.ahandle_tool_calls([SEND, {"name": "GITHUB_GET_USER"}])
    assert [r.call_id for r in results] == ["call_1", None]


def test_a_call_that_goes_wrong_takes_no_other_down(toolset: ComposioToolSet[Any], little: Little) -> None:
    async def refuse(call: ToolCall) -> None:
        if call.entity_id == "nobody":
            raise AssertionError
        if call.arguments == {"fail": True}:
            raise UpstreamUnreachable("Nobody answered.")

    little.before = refuse
    results = toolset.handle_tool_calls(
        [
            SEND,
            {"name": "NO_SUCH_TOOL"},
            {"name": "SLACK_SEND", "arguments": '{"broken'},
            {"name": "SLACK_SEND", "arguments": {"fail": True}},
        ],
        check_requested_actions=False,
    )
    assert [r["successful"] for r in results] == [True, False, False, False]
    assert "Unknown action 'NO_SUCH_TOOL'" in results[1]["error"]
    assert "a JSON object" in results[2]["error"]
    assert results[3]["error"] == "Nobody answered."
    assert "Traceback" not in str(results)


def test_a_processor_that_raises_is_that_calls_failure(toolset: ComposioToolSet[Any]) -> None:
    failing = {"pre": {"SLACK_SEND": lambda inputs: {"x": 1 / 0}}}
    (result,) = toolset.handle_tool_calls(SEND, actions="SLACK_SEND", processors=failing)
    assert not result["successful"]
    assert "ZeroDivisionError" in result["error"]


@pytest.mark.parametrize("response", ["text", 5, None, {"choices": []}, [{"name": 5}], {"name": "X", "arguments": 5}])
def test_a_providers_response_needs_its_plugin(toolset: ComposioToolSet[Any], response: Any) -> None:
    with pytest.raises(InvalidRequest, match="composio_openai"):
        toolset.handle_tool_calls(response)


def test_the_calls_entity_wins_over_the_tools_and_the_toolsets(little: Little) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little, entity_id="toolset")
    assert toolset.handle_tool_calls(SEND, actions="SLACK_SEND")[0]["data"]["entity_id"] == "toolset"
    tools = toolset.get_tools("SLACK_SEND", entity_id="tools")
    assert toolset.handle_tool_calls(SEND)[0]["data"]["entity_id"] == "tools"
    assert toolset.handle_tool_calls(SEND, tools=tools, entity_id="call")[0]["data"]["entity_id"] == "call"
    with pytest.raises(InvalidRequest, match="entity_id"):
        toolset.handle_tool_calls(SEND, entity_id="")


# Streams


class Joining(CallCodec):
    """Events are parts of one list."""

    def calls_in(self, response: Any) -> list[RequestedCall]:
        return [RequestedCall(name, {}) for name in response]

    def answer(self, call: RequestedCall, result: ToolResult) -> Any:
        return result

    def collect(self, stream: Any) -> Any:
        return list(stream)


def events() -> Iterator[str]:
    yield "SLACK_SEND"
    yield "GITHUB_GET_USER"


async def aevents() -> AsyncIterator[str]:
    for event in events():
        yield event


@pytest.mark.anyio
async def test_streams_are_read_to_their_end(toolset: ComposioToolSet[Any]) -> None:
    toolset.codec = Joining()
    expected = ["SLACK_SEND", "GITHUB_GET_USER"]
    assert [r.tool for r in await asyncio.to_thread(toolset.handle_tool_calls, events())] == expected
    assert [r.tool for r in await toolset.ahandle_tool_calls(aevents())] == expected
    assert [r.tool for r in await toolset.ahandle_tool_calls(events())] == expected
    with pytest.raises(InvalidRequest, match="await ahandle_tool_calls"):
        toolset.handle_tool_calls(aevents())


# Offers


def test_processors_of_get_tools_reach_the_calls_that_come_back(toolset: ComposioToolSet[Any]) -> None:
    toolset.get_tools("SLACK_SEND", processors=put("ts", 5))
    (result,) = toolset.handle_tool_calls(SEND)
    assert arguments(result) == {"text": "hi", "ts": 5}


def test_processors_run_in_the_order_in_which_they_were_given(little: Little) -> None:
    def say(word: str) -> Any:
        return {"post": {"SLACK_SEND": lambda result: {**result, "data": [*result["data"], word]}}}

    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little, processors=say("toolset"))
    toolset.get_tools("SLACK_SEND", processors=say("tools"))
    (result,) = toolset.handle_tool_calls(SEND, processors=say("call"))
    assert result["data"][-3:] == ["toolset", "tools", "call"]


def test_the_newest_offer_of_this_context_is_meant(toolset: ComposioToolSet[Any]) -> None:
    old = toolset.get_tools("SLACK_SEND", processors=put("old"))
    toolset.get_tools("SLACK_SEND", processors=put("new"))
    assert arguments(toolset.handle_tool_calls(SEND)[0]) == {"text": "hi", "new": True}
    assert arguments(toolset.handle_tool_calls(SEND, tools=old)[0]) == {"text": "hi", "old": True}


def test_another_toolsets_offers_are_not_ours(little: Little, toolset: ComposioToolSet[Any]) -> None:
    ComposioToolSet(backend=little).get_tools("SLACK_SEND", processors=put("theirs"))
    assert not toolset.handle_tool_calls(SEND)[0]["successful"]
    assert arguments(toolset.handle_tool_calls(SEND, actions="SLACK_SEND")[0]) == {"text": "hi"}


def test_threads_that_share_a_toolset_never_see_each_others_processors(toolset: ComposioToolSet[Any]) -> None:
    both = threading.Barrier(4)

    def request(number: int) -> Any:
        toolset.get_tools("SLACK_SEND", processors=put("request", number))
        both.wait(10)
        return arguments(toolset.handle_tool_calls(SEND)[0])["request"]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(request, range(4))) == [0, 1, 2, 3]


@pytest.mark.anyio
async def test_tasks_that_share_a_toolset_never_see_each_others_processors(toolset: ComposioToolSet[Any]) -> None:
    async def request(number: int) -> Any:
        await toolset.aget_tools("SLACK_SEND", processors=put("request", number))
        await asyncio.sleep(0)
        return arguments((await toolset.ahandle_tool_calls(SEND))[0])["request"]

    assert await asyncio.gather(*(request(n) for n in range(20))) == list(range(20))


def elsewhere(work: Callable[[], Any]) -> Any:
    """Run ``work`` in a context that has seen no offer."""
    return contextvars.Context().run(work)


def test_a_context_without_offers_uses_the_toolsets_where_they_agree(toolset: ComposioToolSet[Any]) -> None:
    processors = put("ts")
    for _ in range(2):
        toolset.get_tools("SLACK_SEND", processors=processors)
    assert arguments(elsewhere(lambda: toolset.handle_tool_calls(SEND))[0]) == {"text": "hi", "ts": True}


def test_a_context_without_offers_asks_which_where_they_differ(toolset: ComposioToolSet[Any], little: Little) -> None:
    tools = toolset.get_tools("SLACK_SEND", processors=put("a"))
    toolset.get_tools("SLACK_SEND", processors=put("b"))
    with pytest.raises(InvalidRequest, match=r"different processors.*tools=tools"):
        elsewhere(lambda: toolset.handle_tool_calls(SEND))
    assert little.seen == []
    assert arguments(elsewhere(lambda: toolset.handle_tool_calls(SEND, tools=tools))[0])["a"]


def test_a_context_without_offers_never_guesses_an_entity(toolset: ComposioToolSet[Any]) -> None:
    toolset.get_tools("SLACK_SEND", entity_id="ada")
    toolset.get_tools("SLACK_SEND", entity_id="bob")
    with pytest.raises(InvalidRequest, match="different entity_id"):
        elsewhere(lambda: toolset.handle_tool_calls(SEND))
    assert elsewhere(lambda: toolset.handle_tool_calls(SEND, "eve"))[0]["data"]["entity_id"] == "eve"


def test_a_request_of_one_user_runs_no_tool_that_only_another_was_given(toolset: ComposioToolSet[Any], little: Little) -> None:
    """Two requests to one process: a name that Bob's model makes up must not act as Ada."""
    elsewhere(lambda: toolset.get_tools("SLACK_SEND", entity_id="ada"))

    def bobs() -> tuple[ToolResult, ToolResult, ToolResult]:
        toolset.get_tools("GITHUB_GET_USER", entity_id="bob")
        (made_up,) = toolset.handle_tool_calls(SEND)
        (named,) = toolset.handle_tool_calls(SEND, actions="SLACK_SEND")
        (as_bob,) = toolset.handle_tool_calls(SEND, "bob", actions="SLACK_SEND")
        return made_up, named, as_bob

    made_up, named, as_bob = elsewhere(bobs)
    assert "was not offered" in made_up["error"]
    assert (named["data"]["entity_id"], as_bob["data"]["entity_id"]) == ("default", "bob")
    assert [call.who.entity_id for call in little.seen] == ["default", "bob"]


@pytest.mark.parametrize("entity", [None, "ada"])
def test_a_request_with_tools_of_its_own_runs_those_that_were_handed_out_for_the_same_user(
    toolset: ComposioToolSet[Any], entity: str | None
) -> None:
    elsewhere(lambda: toolset.get_tools("SLACK_SEND", entity_id=entity))

    def theirs() -> Any:
        toolset.get_tools("GITHUB_GET_USER", entity_id=entity)
        return toolset.handle_tool_calls(SEND)

    assert elsewhere(theirs)[0]["successful"]


def test_what_was_handed_out_for_nobody_runs_as_whom_the_call_names(toolset: ComposioToolSet[Any]) -> None:
    elsewhere(lambda: toolset.get_tools("SLACK_SEND"))

    def bobs() -> Any:
        toolset.get_tools("GITHUB_GET_USER", entity_id="bob")
        return *toolset.handle_tool_calls(SEND, "bob"), *toolset.handle_tool_calls(SEND)

    as_bob, as_nobody = elsewhere(bobs)
    assert as_bob["data"]["entity_id"] == "bob"
    assert "was not offered" in as_nobody["error"]


def test_only_what_was_offered_may_be_called_where_the_tools_are_given(toolset: ComposioToolSet[Any], little: Little) -> None:
    tools = toolset.get_tools("GITHUB_GET_USER")
    (result,) = toolset.handle_tool_calls(SEND, tools=tools)
    assert result["error"] == "The tool 'SLACK_SEND' was not offered; offered are GITHUB_GET_USER."
    assert result.call_id == "call_1"
    assert little.seen == []


@pytest.mark.anyio
async def test_what_was_not_handed_out_is_refused_unless_asked_for(toolset: ComposioToolSet[Any], little: Little) -> None:
    toolset.get_tools("GITHUB_GET_USER")
    for (result,) in (
        toolset.handle_tool_calls(SEND),
        elsewhere(lambda: toolset.handle_tool_calls(SEND)),
        await toolset.ahandle_tool_calls(SEND),
    ):
        assert result["error"] == "The tool 'SLACK_SEND' was not offered; offered are GITHUB_GET_USER."
    assert little.seen == []
    assert toolset.handle_tool_calls(SEND, check_requested_actions=False)[0]["successful"]
    assert (await toolset.ahandle_tool_calls(SEND, None, False))[0]["successful"]


def test_a_toolset_that_handed_out_nothing_runs_nothing_and_says_how_to_name_tools(
    toolset: ComposioToolSet[Any], little: Little
) -> None:
    (result,) = toolset.handle_tool_calls(SEND)
    assert not result["successful"]
    assert all(way in result["error"] for way in ("'SLACK_SEND'", "actions=[...]", "apps=[...]", "load_tools"))
    assert not toolset.handle_tool_calls({"name": "NO_SUCH_TOOL"}, check_requested_actions=True)[0]["successful"]
    assert little.seen == []


@pytest.mark.parametrize(
    ("allowed", "runs"),
    [
        ({"actions": "SLACK_SEND"}, True),
        ({"actions": BOTH}, True),
        ({"apps": "slack"}, True),
        ({"actions": "GITHUB_GET_USER", "apps": ["slack"]}, True),
        ({"actions": "GITHUB_GET_USER"}, False),
        ({"apps": "github"}, False),
        ({"actions": []}, False),
        ({"apps": [], "actions": []}, False),
        ({"actions": "GITHUB_GET_USER", "check_requested_actions": False}, False),
    ],
)
@pytest.mark.anyio
async def test_actions_and_apps_of_a_call_say_exactly_what_may_run(
    toolset: ComposioToolSet[Any], little: Little, allowed: dict[str, Any], runs: bool
) -> None:
    toolset.get_tools("GITHUB_GET_USER")
    for (result,) in (toolset.handle_tool_calls(SEND, **allowed), await toolset.ahandle_tool_calls(SEND, **allowed)):
        assert result["successful"] is runs
    assert len(little.seen) == (2 if runs else 0)


def test_a_name_keeps_the_processors_that_its_tool_was_handed_out_with(toolset: ComposioToolSet[Any]) -> None:
    toolset.get_tools("SLACK_SEND", processors=put("guarded"))
    assert arguments(toolset.handle_tool_calls(SEND, actions="SLACK_SEND")[0])["guarded"]


def test_a_refusal_does_not_list_a_thousand_names(toolset: ComposioToolSet[Any]) -> None:
    action = an_offer(toolset).action
    offers = {f"SLACK_{n:04}": Offer(f"SLACK_{n:04}", action, NO_PROCESSORS) for n in range(1000)}
    (result,) = toolset.handle_tool_calls(SEND, tools=Tools([], offers))
    assert "SLACK_0019 and 980 more" in result["error"]


def an_offer(toolset: ComposioToolSet[Any]) -> Offer:
    return toolset.get_tools("SLACK_SEND").offers["SLACK_SEND"]


def test_results_carry_what_the_model_said(toolset: ComposioToolSet[Any]) -> None:
    results = toolset.handle_tool_calls(SEND, actions="SLACK_SEND")
    assert isinstance(results, ToolResults)
    assert results.messages == []
    assert results.message is None
    assert ToolResults([], ["said"]).message == "said"
    assert ToolResults([], ["several", "items"]).message is None


def test_lists_of_tools_add_up_with_their_offers(toolset: ComposioToolSet[Any]) -> None:
    both = toolset.get_tools("GITHUB_GET_USER") + toolset.get_tools("SLACK_SEND", processors=put("ts"))
    assert isinstance(both, Tools)
    assert len(both) == 2
    assert arguments(toolset.handle_tool_calls(SEND, tools=both)[0])["ts"]
    assert len(both + [{"name": "own"}]) == 3  # noqa: RUF005 - the addition is the case


def test_a_copy_of_the_list_is_refused_rather_than_half_honoured(toolset: ComposioToolSet[Any]) -> None:
    tools = toolset.get_tools("SLACK_SEND")
    for lost in (list(tools), copy.deepcopy(tools)):
        with pytest.raises(InvalidRequest, match="the same list object"):
            toolset.handle_tool_calls(SEND, tools=lost)


def test_a_context_keeps_no_toolset_alive(little: Little) -> None:
    passing: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    passing.get_tools("SLACK_SEND")
    gone = weakref.ref(passing)
    del passing
    gc.collect()
    assert gone() is None


# Native tools


class Native(FrameworkAdapter[Invoke]):
    name = "native"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Invoke:
        return invoke


@pytest.fixture
def native(toolset: ComposioToolSet[Any]) -> ComposioToolSet[Any]:
    toolset.adapter = "test:unused"
    toolset.adapter = Native()
    return toolset


def test_a_native_tool_carries_its_processors_and_entity_anywhere(native: ComposioToolSet[Any]) -> None:
    (first,) = native.get_tools("SLACK_SEND", processors=put("first"), entity_id="ada")
    (second,) = native.get_tools("SLACK_SEND", processors=put("second"))
    result = elsewhere(lambda: first({"text": "x"}, call_id="c"))
    assert result["data"] == {"action": "SLACK_SEND", "arguments": {"text": "x", "first": True}, "entity_id": "ada"}
    assert (result.call_id, result.tool) == ("c", "SLACK_SEND")
    assert arguments(second({})) == {"second": True}


def test_a_deep_copy_of_a_native_tool_is_the_same_tool(native: ComposioToolSet[Any]) -> None:
    (tool,) = copy.deepcopy(native.get_tools("SLACK_SEND", processors=put("first")))
    assert arguments(tool({"text": "hi"})) == {"text": "hi", "first": True}


def test_pickling_a_native_tool_says_where_to_make_it(native: ComposioToolSet[Any]) -> None:
    with pytest.raises(TypeError, match=r"SLACK_SEND can't be pickled: .* Make the tool in the other one, with .*get_tools"):
        pickle.dumps(native.get_tools("SLACK_SEND"))


@pytest.mark.anyio
async def test_a_native_tool_never_raises_ours(native: ComposioToolSet[Any], little: Little) -> None:
    async def refuse(call: ToolCall) -> None:
        raise UpstreamUnreachable("Nobody answered.")

    little.before = refuse
    (tool,) = native.get_tools("SLACK_SEND")
    assert (await tool.acall("{}", call_id="c"))["error"] == "Nobody answered."
    assert (await asyncio.to_thread(tool, {}))["error"] == "Nobody answered."


@pytest.mark.parametrize("over", ["embedded"], indirect=True)  # a server ends what it began
@pytest.mark.anyio
async def test_cancelling_a_native_tool_cancels_its_call(native: ComposioToolSet[Any], little: Little) -> None:
    reached, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(call: ToolCall) -> None:
        reached.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    little.before = hang
    (tool,) = await native.aget_tools("SLACK_SEND")
    task = asyncio.ensure_future(tool.acall({}))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()


def test_credentials_added_later_reach_tools_handed_out_before(native: ComposioToolSet[Any], little: Little) -> None:
    (tool,) = native.get_tools("SLACK_SEND")
    native.add_auth("SLACK", [{"name": "Authorization", "value": "x"}])
    tool({})
    assert list(little.seen[-1].who.app_auth) == ["slack"]


@pytest.mark.parametrize("over", ["embedded"], indirect=True)  # they are this process's
def test_context_variables_reach_the_call(native: ComposioToolSet[Any], little: Little) -> None:
    request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id")
    found: list[str] = []

    async def look(call: ToolCall) -> None:
        found.append(request_id.get())

    little.before = look
    (tool,) = native.get_tools("SLACK_SEND")
    request_id.set("r1")
    tool({})
    native.handle_tool_calls([SEND, SEND])
    assert found == ["r1", "r1", "r1"]
