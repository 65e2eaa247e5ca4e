"""The README's example, but for the model's wire format, and the one in examples/ run as they stand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import dspy
import pytest


@pytest.fixture
def _unconfigured() -> Iterator[None]:
    yield
    dspy.configure(lm=None)


@pytest.mark.usefixtures("_unconfigured")
def test_the_readme_prints_the_username(readme_prints_with: Callable[[object, str], str]) -> None:
    assert readme_prints_with(dspy, "LM") == "octocat\n"


def test_the_example_stars_a_repository(example_prints: Callable[..., str]) -> None:
    observed, *rest = example_prints("star_with_dspy", lines=3).splitlines()
    assert json.loads(observed)["successful"] is True
    assert rest == [
        "I starred octocat/hello-world for you.",
        "The fake GitHub received PUT /user/starred/octocat/hello-world.",
    ]
