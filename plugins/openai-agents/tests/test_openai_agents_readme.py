"""The README's example runs as it stands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from composio.testing import Calls, Say, ScriptedModel


def test_the_example_prints_the_username(
    readme_examples: list[str], as_users_have_it: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
    answer = Say(lambda results: json.loads(results[-1])["data"]["login"])
    with ScriptedModel([Calls([{"name": "GITHUB_GET_THE_AUTHENTICATED_USER", "arguments": {}}]), answer]) as model:
        as_users_have_it(model.openai_url)
        (example,) = readme_examples
        done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.stderr) == ("octocat\n", "")
