"""Both ways to run tools in LangGraph: the prebuilt agent, and ``ToolNode`` in a graph of one's own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import httpx
import pytest
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import BaseTool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import MemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command
from pydantic import SecretStr

from composio.testing import ScriptedModel


def prebuilt_agent(chat: ChatOpenAI, tools: Sequence[BaseTool], checkpointer: Any = None) -> Any:
    with warnings.catch_warnings():
        # Since LangGraph 1 it warns that LangChain has its successor; it is still what this framework itself ships.
        warnings.simplefilter("ignore", DeprecationWarning)
        return import_module("langgraph.prebuilt").create_react_agent(chat, list(tools), checkpointer=checkpointer)


def tool_node(chat: ChatOpenAI, tools: Sequence[BaseTool], checkpointer: Any = None) -> Any:
    bound = chat.bind_tools(list(tools))

    def ask(state: MessagesState) -> dict[str, list[BaseMessage]]:
        return {"messages": [bound.invoke(state["messages"])]}

    async def aask(state: MessagesState) -> dict[str, list[BaseMessage]]:
        return {"messages": [await bound.ainvoke(state["messages"])]}

    graph: Any = StateGraph(MessagesState)
    graph.add_node("model", RunnableLambda(ask, aask))
    graph.add_node("tools", ToolNode(list(tools)))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=checkpointer)


GRAPHS = {"prebuilt agent": prebuilt_agent, "tool node": tool_node}


class Runner:
    """A graph, compiled for each run with a client of the run's own.

    Left alone, LangChain shares one client among all models of an address: closed after one run, the next one at the same
    port would find it closed.
    """

    def __init__(self, kind: str, model: ScriptedModel, tools: Sequence[BaseTool]) -> None:
        self._kind, self._model, self._tools = kind, model, tools

    def _graph(self, checkpointer: Any = None, **clients: Any) -> Any:
        chat = ChatOpenAI(model="m", base_url=self._model.openai_url, api_key=SecretStr("none"), max_retries=0, **clients)
        return GRAPHS[self._kind](chat, self._tools, checkpointer)

    def invoke(self, prompt: str) -> list[BaseMessage]:
        with httpx.Client() as client:
            return list(self._graph(http_client=client).invoke(_asked(prompt))["messages"])

    async def ainvoke(self, prompt: str) -> list[BaseMessage]:
        async with httpx.AsyncClient() as client:
            return list((await self._graph(http_async_client=client).ainvoke(_asked(prompt)))["messages"])

    async def apause(self, prompt: str, decide: Callable[[], Mapping[str, Any]]) -> None:
        """Runs to the end, with an answer each time that the graph waits for one."""
        config: Any = {"configurable": {"thread_id": "1"}}
        async with httpx.AsyncClient() as client:
            graph = self._graph(MemorySaver(), http_async_client=client)
            await graph.ainvoke(_asked(prompt), config)
            while graph.get_state(config).next:
                await graph.ainvoke(Command(resume=dict(decide())), config)

    def stream(self, prompt: str) -> Iterator[BaseMessage]:
        """The messages, or pieces of them, in the order in which LangGraph streams them."""
        with httpx.Client() as client:
            for message, _ in self._graph(http_client=client).stream(_asked(prompt), stream_mode="messages"):
                yield message


def _asked(prompt: str) -> dict[str, Any]:
    return {"messages": [("user", prompt)]}


@pytest.fixture(params=GRAPHS)
def make_runner(request: pytest.FixtureRequest) -> Callable[[ScriptedModel, Sequence[BaseTool]], Runner]:
    """``make_runner(model, tools)``, once with each way."""
    return lambda model, tools: Runner(request.param, model, tools)


@pytest.fixture
def runner_class() -> type[Runner]:
    return Runner
