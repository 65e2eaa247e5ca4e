"""Run a tool's function to its final value, whatever kind of function it is.

A function under another library's decorator may look synchronous and return a coroutine, and a returned generator has not run
yet. Both are run to their value.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["await_value", "is_asynchronous", "is_pending", "run"]


def is_asynchronous(function: Callable[..., Any]) -> bool:
    """Return whether its author wrote ``async def``, ignoring decorators: such a function awaits ``execute_request``."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(inspect.unwrap(function))


def run(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call it on this thread. A generator gives a list. The value may still be :func:`is_pending`."""
    value = function(**arguments)
    return list(value) if inspect.isgenerator(value) else value


def is_pending(value: object) -> bool:
    """Return whether ``value`` must still be :func:`awaited`."""
    return inspect.isasyncgen(value) or inspect.isawaitable(value)


async def await_value(value: Any) -> Any:
    """Await a coroutine, collect an asynchronous generator into a list, and return anything else unchanged."""
    if inspect.isasyncgen(value):
        return [one async for one in value]
    return await value if inspect.isawaitable(value) else value
