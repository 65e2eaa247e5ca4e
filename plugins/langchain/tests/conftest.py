"""The agent loop that the installed LangChain has, over OpenAI's wire format."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest
from langchain_core.tools import BaseTool

from composio.testing import ScriptedModel


class Agent:
    """LangChain 1's ``create_agent``; before that LangGraph had it, as ``create_react_agent``.

    Closes the chat model's connections after each run, in the loop that opened them, as LangChain never does.
    """

    def __init__(self, model: ScriptedModel, tools: Sequence[BaseTool]) -> None:
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        self._chat = ChatOpenAI(model="m", base_url=model.openai_url, api_key=SecretStr("none"), max_retries=0)
        new: Any = getattr(import_module("langchain.agents"), "create_agent", None)
        make = new or import_module("langgraph.prebuilt").create_react_agent
        self._graph = make(self._chat, list(tools))

    def invoke(self, state: Any) -> dict[str, Any]:
        try:
            return dict(self._graph.invoke(state))
        finally:
            self._chat.root_client.close()

    async def ainvoke(self, state: Any) -> dict[str, Any]:
        try:
            return dict(await self._graph.ainvoke(state))
        finally:
            await self._chat.root_async_client.close()


@pytest.fixture
def make_agent() -> type[Agent]:
    return Agent
