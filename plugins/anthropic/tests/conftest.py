"""GitHub's tools, for the tests that run one through the real client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from composio.testing import FakeUpstream
from composio_anthropic import App, ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"


@pytest.fixture
def make_toolset(home: Path, github: FakeUpstream, token: str) -> Iterator[Callable[..., ComposioToolSet]]:
    """``ComposioToolSet(**options)`` with credentials for GitHub."""
    with ExitStack() as open_ones:

        def make(**options: object) -> ComposioToolSet:
            toolset = open_ones.enter_context(ComposioToolSet(home=home, **options))  # type: ignore[arg-type]  # any option
            toolset.add_auth(App.GITHUB, [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
            return toolset

        yield make
