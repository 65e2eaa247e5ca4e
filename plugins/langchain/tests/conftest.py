"""The agent loop that the installed LangChain has, over OpenAI's wire format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import pytest
from composio.testing import ScriptedModel
from langchain_core.tools import BaseTool

Agent = Any


def agent(model: ScriptedModel, tools: Sequence[BaseTool], **options: Any) -> Agent:
    """LangChain 1's ``create_agent``; before that LangGraph had it, as ``create_react_agent``."""
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    chat = ChatOpenAI(model="m", base_url=model.openai_url, api_key=SecretStr("none"), max_retries=0, **options)
    new: Any = getattr(import_module("langchain.agents"), "create_agent", None)
    make = new or import_module("langgraph.prebuilt").create_react_agent
    return make(chat, list(tools))


@pytest.fixture
def make_agent() -> Callable[..., Agent]:
    return agent
