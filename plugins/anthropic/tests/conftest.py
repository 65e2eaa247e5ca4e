"""GitHub's tools, for the tests that run one through the real client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio_anthropic import App, ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"


def username(results: list[str]) -> str:
    result = json.loads(results[-1])
    return f"You are {result['data']['login']}." if result["successful"] else f"It failed: {result['error']}"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    """Asks for the user, and says who it is."""
    with ScriptedModel([Calls([{"name": ACTION, "arguments": {}}]), Say(username)]) as model:
        yield model
    assert not model.problems


@pytest.fixture
def make_toolset(home: Path, github: FakeUpstream, token: str) -> Iterator[Callable[..., ComposioToolSet]]:
    """``ComposioToolSet(**options)`` with credentials for GitHub."""
    with ExitStack() as open_ones:

        def make(**options: object) -> ComposioToolSet:
            toolset = open_ones.enter_context(ComposioToolSet(home=home, **options))  # type: ignore[arg-type]  # any option
            toolset.add_auth(App.GITHUB, [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
            return toolset

        yield make
