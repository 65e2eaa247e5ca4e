"""The README's example and the one in examples/ run as they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _elsewhere(claude_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claude Code's files are not to be where the user's are."""
    for name in ("HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.setenv(name, str(claude_home))
    monkeypatch.setenv("CLAUDE_CODE_TOTAL_TOKENS_REMINDER", "off")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_the_readme_prints_the_username(readme_prints: Callable[..., str]) -> None:
    keys = {"ANTHROPIC_API_KEY": "none"}
    assert readme_prints(keys=lambda model: {**keys, "ANTHROPIC_BASE_URL": model.url}) == "octocat\n"


def test_the_example_stars_a_repository(example_prints: Callable[..., str]) -> None:
    assert example_prints("star_with_claude_agent_sdk") == (
        "I starred octocat/hello-world for you.\nThe fake GitHub received PUT /user/starred/octocat/hello-world.\n"
    )
