"""v0.7's home of the names."""

from __future__ import annotations

from composio.model.names import Action, App, Tag, Trigger

__all__ = ["Action", "ActionType", "App", "AppType", "Tag", "TagType", "Trigger", "TriggerType"]

# v0.7's annotations: a name, or its text.
ActionType = Action | str
AppType = App | str
TagType = Tag | str
TriggerType = Trigger | str
