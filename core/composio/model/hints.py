"""What may be said of an action before it runs: read off the operation, and never more than is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from composio.model.action import ActionModel, HttpBinding

__all__ = ["Hints", "find_hints"]

_READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"})
# RFC 9110, 9.2.2.
_IDEMPOTENT = _READS | {"PUT", "DELETE"}
_TAGS = {
    "readOnlyHint": "is_read_only",
    "destructiveHint": "is_destructive",
    "idempotentHint": "is_idempotent",
    "openWorldHint": "is_open_world",
}
# A POST is whatever its API makes of it: only a name that says so makes it harmless.
_ADDS = frozenset({"ADD", "APPEND", "CREATE", "INSERT", "POST", "REPLY", "SEND", "UPLOAD"})
_TAKES_AWAY = frozenset(
    {"ARCHIVE", "BAN", "BLOCK", "CANCEL", "CLEAR", "CLOSE", "DELETE", "DISABLE", "KICK", "LEAVE", "MERGE", "MOVE", "OVERWRITE"}
    | {"PURGE", "REMOVE", "REPLACE", "RESET", "REVOKE", "SET", "TRASH", "TRANSFER", "UNPUBLISH", "UPDATE", "WIPE"}
)
_QUERY = re.compile(r"\s*(query|subscription)\b|\s*\{")


@dataclass(frozen=True, slots=True)
class Hints:
    """MCP's four hints, each None where it is not known, and whether the action updates what is there.

    ``is_destructive`` is also said of an update, which overwrites. Source: MCP 2025-11-25, "ToolAnnotations".
    """

    is_read_only: bool | None = None
    is_destructive: bool | None = None
    is_idempotent: bool | None = None
    is_open_world: bool | None = None
    updates: bool = False


def find_hints(action: ActionModel) -> Hints:
    """Hints of an action: those that its tags state, else those of its HTTP method and its name."""
    stated = {field: True for tag, field in _TAGS.items() if tag in action.tags}
    return replace(_of_binding(action), **stated)


def _of_binding(action: ActionModel) -> Hints:
    binding = action.binding
    if not isinstance(binding, HttpBinding):
        return Hints()
    graphql = binding.body.graphql if binding.body is not None else None
    method = binding.method.upper()
    if graphql is not None:
        method = "GET" if _QUERY.match(graphql.head) else "POST"
    is_read_only = method in _READS
    return Hints(
        is_read_only=is_read_only,
        is_destructive=None if is_read_only else _is_destructive(action, method),
        is_idempotent=method in _IDEMPOTENT,
        is_open_world=True,
        updates=method in ("PUT", "PATCH"),
    )


def _is_destructive(action: ActionModel, method: str) -> bool | None:
    if method != "POST":
        return True  # PUT and PATCH overwrite what was there
    words = set(action.slug.upper().split("_"))
    if words & _TAKES_AWAY:
        return True
    return False if words & _ADDS else None
