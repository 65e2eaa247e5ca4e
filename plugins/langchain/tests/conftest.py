"""The agent loop that the installed LangChain has, over OpenAI's wire format."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.tools import BaseTool

from composio.testing import ScriptedModel


class Agent:
    """LangChain 1's ``create_agent``; before that LangGraph had it, as ``create_react_agent``.

    Each run has an HTTP client of its own. Left alone, LangChain shares one among all models of an address: closed after one
    run, the next one at the same port would find it closed.
    """

    def __init__(self, model: ScriptedModel, tools: Sequence[BaseTool]) -> None:
        self._model, self._tools = model, list(tools)

    def _graph(self, **clients: Any) -> Any:
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        chat = ChatOpenAI(model="m", base_url=self._model.openai_url, api_key=SecretStr("none"), max_retries=0, **clients)
        new: Any = getattr(import_module("langchain.agents"), "create_agent", None)
        make = new or import_module("langgraph.prebuilt").create_react_agent
        return make(chat, self._tools)

    def invoke(self, state: Any) -> dict[str, Any]:
        with httpx.Client() as client:
            return dict(self._graph(http_client=client).invoke(state))

    async def ainvoke(self, state: Any) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            return dict(await self._graph(http_async_client=client).ainvoke(state))

    def stream(self, state: Any) -> str:
        """The final text, put together from the pieces in which LangChain streams it."""
        with httpx.Client() as client:
            pieces = self._graph(http_client=client).stream(state, stream_mode="messages")
            return "".join(str(piece.content) for piece, _ in pieces if isinstance(piece, AIMessageChunk))


@pytest.fixture
def make_agent() -> type[Agent]:
    return Agent
