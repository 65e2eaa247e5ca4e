"""The README's example and the one in examples/ run as they stand."""

from __future__ import annotations

from collections.abc import Callable


def test_the_readme_prints_the_username(readme_prints: Callable[..., str]) -> None:
    # OpenAI answers with the dated name that AutoGen expects; the scripted model with the one it was asked for.
    assert readme_prints(options=["-W", "ignore:Resolved model mismatch"]) == "octocat\n"
