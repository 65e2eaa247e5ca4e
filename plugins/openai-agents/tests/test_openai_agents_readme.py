"""The README's example and the one in examples/ run as they stand."""

from __future__ import annotations

from collections.abc import Callable


def test_the_readme_prints_the_username(readme_prints: Callable[..., str]) -> None:
    assert readme_prints(keys=lambda _model: {"OPENAI_AGENTS_DISABLE_TRACING": "1"}) == "octocat\n"
