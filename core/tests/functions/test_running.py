"""Functions of every kind run to their end, on either face, and nothing that one does takes others down."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet, action
from composio.errors import ToolDefinitionError


@pytest.fixture(params=["sync", "async"])
def execute(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    with ComposioToolSet(home=tmp_path) as toolset:
        if request.param == "sync":
            yield toolset.execute_action
        else:
            yield lambda tool: asyncio.run(toolset.aexecute_action(tool))


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    """As another library's decorator: a plain function around whatever it is given."""

    @functools.wraps(function)
    def around(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return around


def test_a_coroutine_under_a_plain_decorator_is_awaited(execute: Callable[..., Any]) -> None:
    @action
    @decorated
    async def greet() -> str:
        await asyncio.sleep(0)
        return "hello"

    assert execute(greet)["data"] == "hello"


def test_generators_give_their_items(execute: Callable[..., Any]) -> None:
    @action
    def lines() -> Iterator[int]:
        yield from (1, 2)

    @action
    async def alines() -> AsyncIterator[int]:
        yield 1
        yield 2

    assert execute(lines)["data"] == execute(alines)["data"] == [1, 2]


def test_what_a_generator_raises_is_the_tools_failure(execute: Callable[..., Any]) -> None:
    @action
    def lines() -> Iterator[int]:
        yield 1
        raise LookupError("no second line")

    assert execute(lines)["error"] == "LookupError: no second line"


def test_a_function_that_exits_ends_neither_the_process_nor_the_loop(execute: Callable[..., Any]) -> None:
    @action
    def leave() -> None:
        sys.exit(2)

    @action
    async def aleave() -> None:
        sys.exit(2)

    for tool in (leave, aleave, leave):
        assert execute(tool) == {"successful": False, "data": None, "error": "SystemExit: 2"}


def test_a_result_that_can_not_be_shown_is_named(execute: Callable[..., Any]) -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError("not now")

    @action
    def show() -> Any:
        return Shy()

    with pytest.raises(ToolDefinitionError, match="returned a Shy that JSON can't express: not now"):
        execute(show)
