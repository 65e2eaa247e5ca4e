"""v0.7's name of :mod:`composio_pydantic_ai`, for code that was written for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from warnings import warn

import composio_pydantic_ai
from composio_pydantic_ai import __all__ as __all__

if TYPE_CHECKING:
    from composio_pydantic_ai import *  # noqa: F403 - whatever the package exports, its old name exports too

warn("composio_pydanticai is composio_pydantic_ai now; import that.", DeprecationWarning, stacklevel=2)


def __getattr__(name: str) -> object:
    value: object = getattr(composio_pydantic_ai, name)
    return value


def __dir__() -> list[str]:
    return dir(composio_pydantic_ai)
