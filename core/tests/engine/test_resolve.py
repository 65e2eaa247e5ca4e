"""A name to the action it means, and which names are suggested for one that is not known."""

from __future__ import annotations

import pytest

from composio.engine.resolve import resolve
from composio.errors import ActionNotFound


def suggest(*names: str, why: str = "") -> None:
    raise ActionNotFound("x", names, why=why)


def unknown(name: str, found: tuple[str, ...], own: tuple[str, ...] = (), *, why: str = "") -> tuple[str, ...]:
    """What is suggested where the catalog suggests ``found`` and the user's functions are called ``own``."""
    with pytest.raises(ActionNotFound) as caught:
        resolve(name, [lambda _: suggest(*found, why=why)], lambda: own)
    return caught.value.suggestions


def test_what_a_name_means_counts_before_how_it_is_spelled() -> None:
    meant = ("GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER", "GITHUB_STAR_A_GIST")
    assert unknown("GITHUB_STAR_REPOSITORY", meant, ("GITHUB_STORY",)) == meant


def test_a_function_that_was_mistyped_comes_first() -> None:
    assert unknown("TOOL_ADD_NUMBER", ("A", "B", "C"), ("TOOL_ADD_NUMBERS", "OTHER")) == ("TOOL_ADD_NUMBERS", "A", "B")


def test_functions_are_suggested_where_nothing_else_is() -> None:
    assert unknown("TOOL_SUM", (), ("TOOL_ADD_NUMBERS",)) == ("TOOL_ADD_NUMBERS",)


def test_who_knows_why_a_name_is_unknown_chooses() -> None:
    assert unknown("TOOL_ADD_NUMBER", ("A",), ("TOOL_ADD_NUMBERS",), why="it is gone") == ("A",)
