"""The toolset and its helpers. The class loads on first use, because other modules here need no toolset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio.toolset.toolset import ComposioToolSet as ComposioToolSet

__all__ = ["ComposioToolSet"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from composio.toolset.toolset import ComposioToolSet

    globals()[name] = ComposioToolSet
    return ComposioToolSet
