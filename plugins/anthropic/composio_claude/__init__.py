"""The former name of :mod:`composio_anthropic`; says so once, when it is imported."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import composio_anthropic
from composio_anthropic import __all__ as __all__

if TYPE_CHECKING:
    from composio_anthropic import *  # noqa: F403 - the same names, for type checkers

warnings.warn("composio_claude is composio_anthropic now; import that.", DeprecationWarning, stacklevel=2)


def __getattr__(name: str) -> object:
    value: object = getattr(composio_anthropic, name)
    return value


def __dir__() -> list[str]:
    return dir(composio_anthropic)
