"""Import path of the v0.7 SDK for the toolset."""

from __future__ import annotations

from composio.toolset import ComposioToolSet

__all__ = ["ComposioToolSet"]
