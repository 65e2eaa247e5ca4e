"""CrewAI without its telemetry, its files in a folder that goes again, and its loop around OpenAI's wire format."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from composio.testing import ScriptedModel

# Read when CrewAI is imported, which is before any fixture. Without the first, a process waits seconds for its report to be
# delivered before it ends.
os.environ |= {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false", "CREWAI_DISABLE_VERSION_CHECK": "true"}
_STORAGE = tempfile.TemporaryDirectory(prefix="opencomposio-crewai-")
os.environ |= {"CREWAI_STORAGE_DIR": _STORAGE.name, "CREWAI_TESTING": "true"}

with warnings.catch_warnings():
    # Its modules warn about each other while they are imported, once; what they do later counts again.
    warnings.simplefilter("ignore")
    import crewai

# What CrewAI warns of about itself: it reads its own deprecated fields while it makes an agent and runs a crew.
_ITS_OWN = (
    "ignore:function_calling_llm is deprecated:DeprecationWarning",
    "ignore:deprecated$:DeprecationWarning:crewai",
)


def pytest_configure(config: pytest.Config) -> None:
    for line in _ITS_OWN:
        config.addinivalue_line("filterwarnings", line)


class Agent:
    """A crew of one agent and one task."""

    def __init__(self, model: ScriptedModel, tools: Sequence[Any], **options: Any) -> None:
        llm = crewai.LLM(model="openai/gpt-4o-mini", base_url=model.openai_url, api_key="none", max_retries=0, **options)
        self._agent = crewai.Agent(role="Clerk", goal="Help", backstory="Helps.", tools=list(tools), llm=llm, max_iter=8)

    def crew(self, prompt: str) -> crewai.Crew:
        task = crewai.Task(description=prompt, expected_output="A sentence.", agent=self._agent)
        return crewai.Crew(agents=[self._agent], tasks=[task])

    def run(self, prompt: str) -> Any:
        return self.crew(prompt).kickoff()

    async def arun(self, prompt: str) -> Any:
        return await self.crew(prompt).akickoff()


@pytest.fixture
def make_agent() -> type[Agent]:
    return Agent


@pytest.fixture(scope="session", autouse=True)
def _clean_up() -> Iterator[None]:
    yield
    _STORAGE.cleanup()
