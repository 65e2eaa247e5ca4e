"""The README's example, but for the model's wire format, and the one in examples/ run as they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import dspy
import pytest

from composio.testing import Calls, Say, ScriptedModel


@pytest.fixture
def _unconfigured() -> Iterator[None]:
    yield
    dspy.configure(lm=None)


@pytest.mark.usefixtures("_unconfigured")
def test_the_readme_prints_the_username(
    readme_examples: list[str],
    as_users_have_it: Callable[[str], None],
    make_model: Callable[[ScriptedModel], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = Say(lambda results: json.loads(results[-1])["data"]["login"])
    with ScriptedModel([Calls([{"name": "GITHUB_GET_THE_AUTHENTICATED_USER", "arguments": {}}]), answer]) as model:
        as_users_have_it(model.openai_url)
        # ReAct's results are words of the user's, which the scripted model takes for a new question.
        monkeypatch.setattr(dspy, "LM", lambda name: make_model(model))
        (example,) = readme_examples
        names: dict[str, Any] = {"__name__": "example"}
        exec(example, names)
        names["toolset"].close()  # a script's end closes it
    assert capsys.readouterr().out == "octocat\n"


def test_the_example_stars_a_repository(example_prints: Callable[..., str]) -> None:
    observed, *rest = example_prints("star_with_dspy", lines=3).splitlines()
    assert json.loads(observed)["successful"] is True
    assert rest == [
        "I starred octocat/hello-world for you.",
        "The fake GitHub received PUT /user/starred/octocat/hello-world.",
    ]
