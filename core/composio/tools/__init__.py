"""Import path of the v0.7 SDK for the toolset, and for ``@action``."""

from __future__ import annotations

from composio.functions.decorator import action
from composio.model.processors import RETRY
from composio.toolset import ComposioToolSet

__all__ = ["RETRY", "ComposioToolSet", "action"]
