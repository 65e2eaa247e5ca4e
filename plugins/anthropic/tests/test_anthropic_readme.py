"""The README's examples run as they stand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from composio.testing import Calls, Say, ScriptedModel


@pytest.mark.parametrize("number", [0, 1])
def test_the_example_prints_the_username(
    readme_examples: list[str], number: int, as_users_have_it: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Say(lambda results: json.loads(results[-1])["data"]["login"])
    # Not strict: newer runners leave the history at Anthropic, and send the results alone.
    with ScriptedModel(
        [Calls([{"name": "GITHUB_GET_THE_AUTHENTICATED_USER", "arguments": {}}]), answer], strict=number == 0
    ) as model:
        as_users_have_it(model.openai_url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "none")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", model.url)
        done = subprocess.run(
            [sys.executable, "-c", readme_examples[number]], capture_output=True, text=True, timeout=120, check=False
        )
    assert (done.stdout, done.stderr) == ("octocat\n", "")
