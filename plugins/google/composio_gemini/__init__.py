"""Another name of :mod:`composio_google`, for code that was written for it."""

from typing import TYPE_CHECKING

from composio.exports import former_exports

if TYPE_CHECKING:
    from composio_google import *  # noqa: F403 - the same names, for type checkers

__all__, __getattr__, __dir__ = former_exports(__name__, "composio_google")
