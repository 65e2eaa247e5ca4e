"""v0.7's name of :mod:`composio_pydantic_ai`, for code that was written for it."""

from typing import TYPE_CHECKING

from composio.exports import former_exports

if TYPE_CHECKING:
    from composio_pydantic_ai import *  # noqa: F403 - the same names, for type checkers

__all__, __getattr__, __dir__ = former_exports(__name__, "composio_pydantic_ai")
