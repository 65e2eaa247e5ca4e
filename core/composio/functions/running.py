"""Runs a tool's function to its end, whatever kind of function it turns out to be.

A function under another library's decorator may look synchronous and return a coroutine; a generator has done nothing yet when
it is returned. Both are followed to the value that the author meant.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["await_value", "is_asynchronous", "is_pending", "run"]


def is_asynchronous(function: Callable[..., Any]) -> bool:
    """Whether its author wrote ``async def``, decorators aside: such a function awaits ``execute_request``."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(inspect.unwrap(function))


def run(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Its value, on this thread; a generator's items as a list. May still be :func:`is_pending`."""
    value = function(**arguments)
    return list(value) if inspect.isgenerator(value) else value


def is_pending(value: object) -> bool:
    """Whether ``value`` is yet to be :func:`awaited`."""
    return inspect.isasyncgen(value) or inspect.isawaitable(value)


async def await_value(value: Any) -> Any:
    """What a coroutine comes to, an asynchronous generator's items as a list, anything else as it is."""
    if inspect.isasyncgen(value):
        return [one async for one in value]
    return await value if inspect.isawaitable(value) else value
