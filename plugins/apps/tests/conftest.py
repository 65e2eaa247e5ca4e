"""What the tests of hand-made actions share: the app's own description answers, and refuses a request that does not fit it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.testing import FakeUpstream


class DescribedApi:
    """An app whose API is only its description; ``run`` executes one of the app's actions against it."""

    def __init__(self, app: str, home: Path) -> None:
        self.upstream = FakeUpstream.for_app(app, home=home)
        self._backend = EmbeddedBackend(home=home, transport=self.upstream.transport())
        self._toolset = ComposioToolSet(backend=self._backend)
        header = {"in": "header", "name": "Authorization", "value": "Bearer a-token-for-tests"}
        self._toolset.add_auth(app, parameters=[header])

    def run(self, action: str, **arguments: Any) -> Any:
        """The action's data; fails the test where the action failed."""
        result = self._toolset.execute_action(action, arguments)
        assert result["successful"], result["error"]
        return result["data"]

    def refused(self, action: str, **arguments: Any) -> str:
        """The error of an action that must not succeed."""
        result = self._toolset.execute_action(action, arguments)
        assert not result["successful"]
        return str(result["error"])

    def close(self) -> None:
        self._backend.close()


@pytest.fixture(scope="session")
def _described(home: Path) -> Iterator[dict[str, DescribedApi]]:
    made: dict[str, DescribedApi] = {}
    yield made
    for api in made.values():
        api.close()


@pytest.fixture
def described(_described: dict[str, DescribedApi], home: Path) -> Iterator[Callable[[str], DescribedApi]]:
    """Gives an app's :class:`DescribedApi`; a request that does not fit the description fails the test."""
    used: list[DescribedApi] = []

    def get(app: str) -> DescribedApi:
        api = _described.get(app) or _described.setdefault(app, DescribedApi(app, home))
        api.upstream.reset()
        used.append(api)
        return api

    yield get
    for api in used:
        assert api.upstream.violations == []
