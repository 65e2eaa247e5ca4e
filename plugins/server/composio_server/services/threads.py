"""Blocking work away from the event loop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio.to_thread

__all__ = ["off_loop"]

P = ParamSpec("P")
T = TypeVar("T")


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What blocking ``work`` gives, while the loop serves others."""
    return await anyio.to_thread.run_sync(partial(work, *args, **kwargs))
