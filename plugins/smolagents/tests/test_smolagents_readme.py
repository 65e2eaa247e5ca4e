"""The README's example runs as it stands, but for the model's wire format."""

from __future__ import annotations

from collections.abc import Callable

import smolagents


def test_the_example_prints_the_username(readme_prints_with: Callable[[object, str], str]) -> None:
    assert readme_prints_with(smolagents, "OpenAIModel") == "octocat\n"


def test_the_example_stars_a_repository(example_prints: Callable[..., str]) -> None:
    assert example_prints("star_with_smolagents") == (
        "I starred octocat/hello-world for you.\nThe fake GitHub received PUT /user/starred/octocat/hello-world.\n"
    )
