"""Another name of :mod:`composio_google`, for code that was written for it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import composio_google
from composio_google import __all__ as __all__

if TYPE_CHECKING:
    from composio_google import *  # noqa: F403 - the names are the other package's, whatever they are

warnings.warn("composio_gemini is composio_google now; import that.", DeprecationWarning, stacklevel=2)


def __getattr__(name: str) -> object:
    value: object = getattr(composio_google, name)
    return value


def __dir__() -> list[str]:
    return dir(composio_google)
