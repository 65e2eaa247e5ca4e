"""The README's example runs as it stands, but for the model's wire format."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import smolagents

from composio.testing import Calls, Say, ScriptedModel


def test_the_example_prints_the_username(
    readme_examples: list[str],
    as_users_have_it: Callable[[str], None],
    make_model: Callable[[ScriptedModel], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = Say(lambda results: json.loads(results[-1])["data"]["login"])
    with ScriptedModel([Calls([{"name": "GITHUB_GET_THE_AUTHENTICATED_USER", "arguments": {}}]), answer]) as model:
        as_users_have_it(model.openai_url)
        # smolagents writes a tool's answer as the user's words, which the scripted model takes for a new question.
        monkeypatch.setattr(smolagents, "OpenAIModel", lambda model_id: make_model(model))
        (example,) = readme_examples
        names: dict[str, Any] = {"__name__": "example"}
        exec(example, names)
        names["toolset"].close()  # a script's end closes it
    assert capsys.readouterr().out == "octocat\n"


def test_the_example_stars_a_repository(example_prints: Callable[..., str]) -> None:
    assert example_prints("star_with_smolagents") == (
        "I starred octocat/hello-world for you.\nThe fake GitHub received PUT /user/starred/octocat/hello-world.\n"
    )
