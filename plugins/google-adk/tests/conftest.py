"""ADK's own runner around one agent, on Gemini's wire format."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

import httpx
import pytest
from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig
from google.adk.events import Event
from google.adk.models import Gemini
from google.adk.runners import InMemoryRunner
from google.adk.tools.base_tool import BaseTool
from google.genai import Client, types

from composio.testing import ScriptedModel

APP, USER = "app", "user"
CONFIRMATION = "adk_request_confirmation"
# It moved; here it can be had from in every version, if not by name for mypy.
STREAMING: Any = import_module("google.adk.agents.run_config").StreamingMode


class LocalGemini(Gemini):
    """Gemini on loopback."""

    url: str

    @cached_property
    def api_client(self) -> Client:
        # ADK never closes its client: no connection may outlive its response.
        alone = {"limits": httpx.Limits(max_keepalive_connections=0)}
        return Client(api_key="none", http_options=types.HttpOptions(base_url=self.url, async_client_args=alone))


class Agent:
    """One agent with these tools, and a session for each question."""

    def __init__(self, model: ScriptedModel, tools: Sequence[BaseTool], *, streaming: bool = False, user: str = USER) -> None:
        self._user = user
        self._options = RunConfig(streaming_mode=STREAMING.SSE if streaming else STREAMING.NONE)
        agent = LlmAgent(name="agent", model=LocalGemini(model="m", url=model.url), tools=list(tools))
        self._runner = InMemoryRunner(agent=agent, app_name=APP)

    def run(self, prompt: str) -> str:
        session = asyncio.run(self._session())
        return _said(
            list(
                self._runner.run(user_id=self._user, session_id=session, new_message=_message(prompt), run_config=self._options)
            )
        )

    async def arun(self, prompt: str) -> str:
        session = await self._session()
        events = self._runner.run_async(
            user_id=self._user, session_id=session, new_message=_message(prompt), run_config=self._options
        )
        return _said([event async for event in events])

    async def apause(self, prompt: str, decide: Callable[[], Mapping[str, Any]]) -> list[Any]:
        """What the tool answered, with an answer of ``decide`` each time that a confirmation is requested."""
        session, message, answers = await self._session(), _message(prompt), list[Any]()
        while True:
            events = self._runner.run_async(
                user_id=self._user, session_id=session, new_message=message, run_config=self._options
            )
            found = [event async for event in events]
            answers += [one.response for event in found for one in event.get_function_responses() if one.name != CONFIRMATION]
            calls = [one for event in found for one in event.get_function_calls() if one.name == CONFIRMATION]
            if not calls:
                return answers
            said = dict(decide())
            given = {"confirmed": said["type"] != "reject", "payload": said}
            answer = types.FunctionResponse(id=calls[-1].id, name=CONFIRMATION, response=given)
            message = types.Content(role="user", parts=[types.Part(function_response=answer)])

    async def _session(self) -> str:
        return (await self._runner.session_service.create_session(app_name=APP, user_id=self._user)).id


def _message(text: str) -> types.Content:
    return types.Content(role="user", parts=[types.Part(text=text)])


def _said(events: Sequence[Event]) -> str:
    contents = [event.content for event in events if event.is_final_response() and event.content]
    return "".join(part.text or "" for content in contents for part in content.parts or ())


@pytest.fixture
def make_agent() -> type[Agent]:
    return Agent


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
