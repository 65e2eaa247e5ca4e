"""v0.7's home of ``deprecated``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

__all__ = ["deprecated"]

P = ParamSpec("P")
T = TypeVar("T")


def deprecated(version: str, replacement: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Have calls of a function warn that it goes in ``version``, and what to call instead."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            warnings.warn(
                f"{function.__name__} is deprecated and goes in {version}. Use {replacement}.", UserWarning, stacklevel=2
            )
            return function(*args, **kwargs)

        return call

    return decorate
