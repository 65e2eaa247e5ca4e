"""The former name of :mod:`composio_anthropic`; says so once, when it is imported."""

from typing import TYPE_CHECKING

from composio.exports import former_exports

if TYPE_CHECKING:
    from composio_anthropic import *  # noqa: F403 - the same names, for type checkers

__all__, __getattr__, __dir__ = former_exports(__name__, "composio_anthropic")
