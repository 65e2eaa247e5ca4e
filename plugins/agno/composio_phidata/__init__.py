"""v0.7's name of :mod:`composio_agno`, for code that was written for it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import composio_agno
from composio_agno import __all__ as __all__

if TYPE_CHECKING:
    from composio_agno import *  # noqa: F403 - the names are the other package's, whatever they are

warnings.warn("composio_phidata is composio_agno now; import that.", DeprecationWarning, stacklevel=2)


def __getattr__(name: str) -> object:
    value: object = getattr(composio_agno, name)
    return value


def __dir__() -> list[str]:
    return dir(composio_agno)
