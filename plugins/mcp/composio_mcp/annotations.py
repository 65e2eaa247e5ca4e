"""What a client may tell its user of a tool before it runs: read off the operation, and never more than is known."""

from __future__ import annotations

import re

from mcp_types import ToolAnnotations

from composio.model.action import ActionModel, HttpBinding

__all__ = ["annotate"]

_READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
# RFC 9110, 9.2.2.
_IDEMPOTENT = _READS | {"PUT", "DELETE"}
_TAGS = {
    "readOnlyHint": "read_only_hint",
    "destructiveHint": "destructive_hint",
    "idempotentHint": "idempotent_hint",
    "openWorldHint": "open_world_hint",
}
# A POST is whatever its API makes of it: only a name that says so makes it harmless.
_ADDS = frozenset({"ADD", "APPEND", "CREATE", "INSERT", "POST", "REPLY", "SEND", "UPLOAD"})
_TAKES_AWAY = frozenset(
    {"ARCHIVE", "BAN", "BLOCK", "CANCEL", "CLEAR", "CLOSE", "DELETE", "DISABLE", "KICK", "LEAVE", "MERGE", "MOVE", "OVERWRITE"}
    | {"PURGE", "REMOVE", "REPLACE", "RESET", "REVOKE", "SET", "TRASH", "TRANSFER", "UNPUBLISH", "UPDATE", "WIPE"}
)
_QUERY = re.compile(r"\s*(query|subscription)\b|\s*\{")


def annotate(action: ActionModel) -> ToolAnnotations:
    """Hints of an action: those that its tags state, else those of its HTTP method. What is not known stays unsaid.

    Clients take a tool that says nothing for one that changes and destroys.
    """
    hints = _of_binding(action)
    hints |= {field: True for tag, field in _TAGS.items() if tag in action.tags}
    if hints.get("read_only_hint"):
        # Both speak of what a tool changes.
        hints.pop("destructive_hint", None)
        hints.pop("idempotent_hint", None)
    return ToolAnnotations(title=action.display_name or None, **hints)


def _of_binding(action: ActionModel) -> dict[str, bool]:
    binding = action.binding
    if not isinstance(binding, HttpBinding):
        return {}
    hints = {"open_world_hint": True}
    graphql = binding.body.graphql if binding.body is not None else None
    method = binding.method.upper()
    if graphql is not None:
        method = "GET" if _QUERY.match(graphql.head) else "POST"
    if method in _READS:
        return {**hints, "read_only_hint": True}
    hints |= {"read_only_hint": False, "idempotent_hint": method in _IDEMPOTENT}
    destructive = _is_destructive(action, method)
    return hints if destructive is None else {**hints, "destructive_hint": destructive}


def _is_destructive(action: ActionModel, method: str) -> bool | None:
    if method != "POST":
        return True  # PUT and PATCH overwrite what was there
    words = set(action.slug.upper().split("_"))
    if words & _TAKES_AWAY:
        return True
    return False if words & _ADDS else None
