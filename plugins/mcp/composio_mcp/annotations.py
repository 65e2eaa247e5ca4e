"""Hints for a client to show its user before a tool runs."""

from __future__ import annotations

from mcp_types import ToolAnnotations

from composio.model.action import ActionModel
from composio.model.hints import find_hints

__all__ = ["annotate"]


def annotate(action: ActionModel) -> ToolAnnotations:
    """Return the hints of an action. Unknown hints are omitted.

    Clients assume that a tool without hints changes and deletes data.
    """
    hints = find_hints(action)
    # "Destructive" and "idempotent" only apply to changes.
    changes = not hints.is_read_only
    return ToolAnnotations(
        title=action.display_name or None,
        read_only_hint=hints.is_read_only,
        destructive_hint=hints.is_destructive if changes else None,
        idempotent_hint=hints.is_idempotent if changes else None,
        open_world_hint=hints.is_open_world,
    )
