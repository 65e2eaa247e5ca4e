"""Cases: the main job, on GitHub's own description: an agent finds out a username, or says why it could not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from composio.testing.contract.driver import Driver, Mode, result_in
from composio.testing.fake_upstream import FakeUpstream
from composio.testing.model.script import Calls, Say
from composio.testing.model.server import ScriptedModel

__all__ = ["MainJob"]

_MODES = pytest.mark.parametrize("mode", ["sync", "async"])
_ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"
_TOKEN = "Bearer a-token-for-tests"  # noqa: S105 - guards nothing but a double


class MainJob(Driver):
    """For plugins whose users have ``opencomposio-apps``: inherit it beside ``AdapterContract``.

    The catalog lives where ``COMPOSIO_HOME`` says and is compiled on first use, which fetches the description.
    """

    _upstream: ClassVar[FakeUpstream]

    @pytest.fixture
    def github(self) -> Iterator[FakeUpstream]:
        """GitHub's API, which refuses whoever lacks the token; started with a class's first case."""
        github = self._started()
        github.reset()
        github.require(header="Authorization", value=_TOKEN)
        yield github
        assert not github.violations

    @classmethod
    def _started(cls) -> FakeUpstream:
        if "_upstream" not in vars(cls):  # a parent's is closed with the parent's cases
            cls._upstream = cls._resources.enter_context(FakeUpstream.for_app("github"))
        return cls._upstream

    @contextmanager
    def _toolset_for(self, github: FakeUpstream) -> Iterator[Any]:
        from composio.embedded import EmbeddedBackend

        backend = EmbeddedBackend()
        try:
            toolset = self.make_toolset(backend)
            header = {"in": "header", "name": "Authorization", "value": _TOKEN}
            toolset.add_auth("github", [header], base_url=github.url)
            yield toolset
        finally:
            backend.close()

    @_MODES
    def test_an_agent_gets_the_username(self, github: FakeUpstream, mode: Mode) -> None:
        assert "You are octocat." in self._ask(github, mode)
        (request,) = github.requests
        assert (request.method, request.path, request.headers["authorization"]) == ("GET", "/user", _TOKEN)

    @_MODES
    def test_a_refusal_is_shown_and_the_run_goes_on(self, github: FakeUpstream, mode: Mode) -> None:
        github.reply(_ACTION, status=503, json={"message": "Unicorn!"})
        said = self._ask(github, mode)
        assert "It failed" in said
        assert "Unicorn!" in said

    def test_every_important_action_reaches_the_wire(self, github: FakeUpstream) -> None:
        with self._toolset_for(github) as toolset, ScriptedModel([Say("All done.")]) as model:
            self.agent("sync", toolset, toolset.get_tools(apps=["github"]), model)
            seen = model.tools_seen()
        assert 5 <= len(seen) <= 60
        begin = f"{self.name_prefix}github_".casefold()
        assert all(tool["name"].casefold().startswith(begin) and tool["description"] for tool in seen)
        assert len({tool["name"].casefold() for tool in seen}) == len(seen)

    def _ask(self, github: FakeUpstream, mode: Mode) -> str:
        script = [Calls([{"name": _ACTION, "arguments": {}}]), Say(_username)]
        with self._toolset_for(github) as toolset, ScriptedModel(script) as model:
            return self.agent(mode, toolset, toolset.get_tools(actions=[_ACTION]), model)


def _username(results: list[str]) -> str:
    result = result_in(results[-1])
    if not isinstance(result.get("data"), dict) or "login" not in result["data"]:
        return f"It failed: {results[-1]}"
    return f"You are {result['data']['login']}."
