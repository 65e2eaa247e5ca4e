"""Composio in this process: the protocols of :mod:`composio.backend` over its own catalog, accounts and calls.

Names load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio.embedded.backend import EmbeddedBackend as EmbeddedBackend

__all__ = ["EmbeddedBackend"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from composio.embedded.backend import EmbeddedBackend

    globals()[name] = EmbeddedBackend
    return EmbeddedBackend
