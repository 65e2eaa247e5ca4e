"""LlamaIndex's own agents and OpenAI client, over OpenAI's wire format."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from composio.testing import ScriptedModel

with warnings.catch_warnings():
    # LlamaIndex before 0.14 makes models that newer versions of Pydantic warn of, while it is imported.
    warnings.simplefilter("ignore")
    from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
    from llama_index.core.tools import AsyncBaseTool
    from llama_index.llms.openai import OpenAI


@contextmanager
def openai_at(model: ScriptedModel) -> Iterator[OpenAI]:
    """LlamaIndex's synchronous OpenAI client; closed afterwards, as LlamaIndex never does."""
    with httpx.Client() as client:
        yield _llm(model, http_client=client)


def _llm(model: ScriptedModel, **clients: Any) -> OpenAI:
    return OpenAI(model="gpt-4o-mini", api_base=model.openai_url, api_key="none", max_retries=0, **clients)


AGENTS: dict[str, Callable[[OpenAI, list[Any]], Any]] = {
    "function agent": lambda llm, tools: FunctionAgent(tools=tools, llm=llm),
    "without streaming": lambda llm, tools: AgentWorkflow(agents=[_plain(llm, tools)]),
    "react agent": lambda llm, tools: ReActAgent(tools=tools, llm=llm),
}


def _plain(llm: OpenAI, tools: list[Any]) -> FunctionAgent:
    # Versions without the field stream always.
    options: dict[str, Any] = {"streaming": False} if "streaming" in FunctionAgent.model_fields else {}
    return FunctionAgent(name="plain", description="Does it.", tools=tools, llm=llm, **options)


async def run_agent(kind: str, model: ScriptedModel, tools: Sequence[AsyncBaseTool], prompt: str) -> str:
    """The final text of an agent's run. Its client lives in the loop of the run."""
    async with httpx.AsyncClient() as client:
        agent = AGENTS[kind](_llm(model, async_http_client=client), list(tools))
        return str(await agent.run(user_msg=prompt))


@pytest.fixture
def run() -> Callable[..., Any]:
    return run_agent


@pytest.fixture
def make_llm() -> Callable[[ScriptedModel], Any]:
    return openai_at
