"""``interrupts=True`` in a graph: what it shows, answers that do not fit, and a policy that changed while the run waited."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import MemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command

from composio.errors import InvalidRequest
from composio.policy import Policy, allow, confirm, reads
from composio.testing import FakeUpstream
from composio_langgraph import ComposioToolSet

ACTION = "GITHUB_CREATE_AN_ISSUE"
CONFIG: Any = {"configurable": {"thread_id": "1"}}


class Desk:
    """A graph of one call, which a new toolset may resume."""

    def __init__(self, toolset: ComposioToolSet, url: str, token: str) -> None:
        self._saver, self._backend, self._url, self._token = MemorySaver(), toolset.backend, url, token
        # A home that others share keeps what they asked for.
        self.arguments = {"owner": "octocat", "repo": "hello-world", "title": f"It rains in, {secrets.token_hex(6)}"}

    def graph(self, policy: Policy) -> Any:
        acting = ComposioToolSet(backend=self._backend, policy=policy, interrupts=True)
        acting.add_auth("github", [{"in": "header", "name": "Authorization", "value": self._token}], base_url=self._url)
        graph: Any = StateGraph(MessagesState)
        graph.add_node("tools", ToolNode(acting.get_tools(actions=[ACTION])))
        graph.add_edge(START, "tools")
        return graph.compile(checkpointer=self._saver)

    def ask(self, policy: Policy) -> dict[str, Any]:
        call = {"type": "tool_call", "id": "c1", "name": ACTION, "args": self.arguments}
        graph = self.graph(policy)
        graph.invoke({"messages": [AIMessage("", tool_calls=[call])]}, CONFIG)
        return _shown(graph)


def _shown(graph: Any) -> dict[str, Any]:
    [task] = graph.get_state(CONFIG).tasks
    value: dict[str, Any] = task.interrupts[-1].value
    return value


@pytest.fixture
def desk(toolset: ComposioToolSet, github: FakeUpstream, token: str) -> Desk:
    return Desk(toolset, github.url, token)


CONFIRM = Policy(allow(reads), otherwise=confirm())


def test_an_interrupt_shows_the_final_arguments_and_the_request(desk: Desk, github: FakeUpstream) -> None:
    shown = desk.ask(CONFIRM)
    assert (shown["type"], shown["action"], shown["arguments"]) == ("composio_approval", ACTION, desk.arguments)
    assert shown["request"] == "POST /repos/octocat/hello-world/issues"
    assert github.requests == []


@pytest.mark.parametrize(
    "wrong", [True, {"type": "approve"}, {"type": "approve", "id": "apr_0"}, "yes", {"type": "edit", "id": 1}]
)
def test_an_answer_that_names_no_approval_is_asked_for_again(desk: Desk, github: FakeUpstream, wrong: Any) -> None:
    id_ = desk.ask(CONFIRM)["id"]
    graph = desk.graph(CONFIRM)
    graph.invoke(Command(resume=wrong), CONFIG)
    again = _shown(graph)
    assert (again["id"], again["attempt"]) == (id_, 2)
    assert again["problem"]
    assert github.requests == []
    graph.invoke(Command(resume={"type": "approve", "id": id_}), CONFIG)
    assert [one.path for one in github.requests] == ["/repos/octocat/hello-world/issues"]
    assert graph.get_state(CONFIG).next == ()


def test_an_answer_holds_for_the_policy_that_asked(desk: Desk, github: FakeUpstream) -> None:
    id_ = desk.ask(CONFIRM)["id"]
    graph = desk.graph(Policy(allow(reads), confirm(ACTION, expires="1h"), otherwise=confirm()))
    graph.invoke(Command(resume={"type": "approve", "id": id_}), CONFIG)
    assert _shown(graph)["id"] != id_
    assert github.requests == []


def test_interrupts_need_a_policy(toolset: ComposioToolSet) -> None:
    with pytest.raises(InvalidRequest, match="policy="):
        ComposioToolSet(backend=toolset.backend, interrupts=True).get_tools(actions=[ACTION], check_connected_accounts=False)
