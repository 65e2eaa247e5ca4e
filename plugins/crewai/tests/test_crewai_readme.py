"""The README's example and the one in examples/ run as they stand."""

from __future__ import annotations

from collections.abc import Callable


def test_the_readme_prints_the_username(readme_prints: Callable[..., str]) -> None:
    # CrewAI logs to both streams as it likes; what the example prints comes last.
    assert readme_prints(lines=1) == "octocat\n"
