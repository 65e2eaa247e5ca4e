"""The README's example and the one in examples/ run as they stand."""

from __future__ import annotations

from collections.abc import Callable


def test_the_readme_prints_the_username(readme_prints: Callable[..., str]) -> None:
    # OpenAI answers with the dated name that AutoGen expects; the scripted model with the one it was asked for.
    assert readme_prints(options=["-W", "ignore:Resolved model mismatch"]) == "octocat\n"


def test_the_example_stars_a_repository(example_prints: Callable[..., str]) -> None:
    assert example_prints("star_with_autogen", options=["-W", "ignore:Resolved model mismatch"]) == (
        "I starred octocat/hello-world for you.\nThe fake GitHub received PUT /user/starred/octocat/hello-world.\n"
    )
