"""Synchronous twins of a-prefixed methods."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from composio.backend import Backend

__all__ = ["blocking"]

P = ParamSpec("P")
R = TypeVar("R")


class _HasBackend(Protocol):
    @property
    def backend(self) -> Backend: ...


SelfT = TypeVar("SelfT", bound=_HasBackend)


def blocking(work: Callable[Concatenate[SelfT, P], Coroutine[object, object, R]]) -> Callable[Concatenate[SelfT, P], R]:
    """``work`` in all but the waiting; see the toolset for its use."""

    @wraps(work)
    def call(self: SelfT, /, *args: P.args, **kwargs: P.kwargs) -> R:
        # By name, so that a subclass which overrides the asynchronous form has changed both.
        twin: Callable[P, Coroutine[object, object, R]] = getattr(self, work.__name__)
        return self.backend.run(lambda: twin(*args, **kwargs))

    call.__name__ = work.__name__.removeprefix("a")
    call.__qualname__ = f"{work.__qualname__.rpartition('.')[0]}.{call.__name__}"
    return call
