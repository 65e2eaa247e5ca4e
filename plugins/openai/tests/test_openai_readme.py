"""The README's examples and the one in examples/ run as they stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.parametrize("number", [0, 1])
def test_the_readme_prints_the_username(readme_prints: Callable[..., str], number: int) -> None:
    assert readme_prints(number) == "octocat\n"
