"""The README's example and the one in examples/ run as they stand."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(import_module("langchain.agents"), "create_agent"), reason="create_agent came with LangChain 1"
)


def test_the_readme_prints_the_username(readme_prints: Callable[..., str]) -> None:
    assert readme_prints() == "octocat\n"


def test_the_example_stars_a_repository(example_prints: Callable[..., str]) -> None:
    assert example_prints("star_with_langchain") == (
        "I starred octocat/hello-world for you.\nThe fake GitHub received PUT /user/starred/octocat/hello-world.\n"
    )
