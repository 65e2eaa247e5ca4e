"""Another name of :mod:`composio_smolagents`, for code that was written for it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import composio_smolagents
from composio_smolagents import __all__ as __all__

if TYPE_CHECKING:
    from composio_smolagents import *  # noqa: F403 - the names are the other package's, whatever they are

warnings.warn("composio_smol is composio_smolagents now; import that.", DeprecationWarning, stacklevel=2)


def __getattr__(name: str) -> object:
    value: object = getattr(composio_smolagents, name)
    return value


def __dir__() -> list[str]:
    return dir(composio_smolagents)
