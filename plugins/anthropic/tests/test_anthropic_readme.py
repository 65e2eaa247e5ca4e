"""The README's examples and the one in examples/ run as they stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from composio.testing import ScriptedModel


def keys(model: ScriptedModel) -> dict[str, str]:
    return {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": model.url}


@pytest.mark.parametrize("number", [0, 1])
def test_the_readme_prints_the_username(readme_prints: Callable[..., str], number: int) -> None:
    # Not strict: newer runners leave the history at Anthropic, and send the results alone.
    assert readme_prints(number, keys=keys, strict=number == 0) == "octocat\n"


def test_the_example_stars_a_repository(example_prints: Callable[..., str]) -> None:
    assert example_prints("star_with_anthropic") == (
        "I starred octocat/hello-world for you.\nThe fake GitHub received PUT /user/starred/octocat/hello-world.\n"
    )
