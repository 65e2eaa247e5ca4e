"""v0.7's home of the names."""

from __future__ import annotations

from composio.model.names import Action, App, Tag, Trigger

__all__ = ["Action", "App", "Tag", "Trigger"]
