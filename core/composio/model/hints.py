"""Hints about an action before it runs, derived from the operation; unknown ones stay unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace

from composio.model.action import ActionModel, HttpBinding
from composio.model.effect import ADD_WORDS, CHANGE_WORDS, DESTRUCTIVE_WORDS, GRAPHQL_READ, SAFE_METHODS

__all__ = ["Hints", "find_hints"]

# RFC 9110, 9.2.2.
_IDEMPOTENT = SAFE_METHODS | {"PUT", "DELETE"}
_OVERWRITES = CHANGE_WORDS | DESTRUCTIVE_WORDS | {"BLOCK", "MOVE"}
_TAGS = {
    "readOnlyHint": "is_read_only",
    "destructiveHint": "is_destructive",
    "idempotentHint": "is_idempotent",
    "openWorldHint": "is_open_world",
}


@dataclass(frozen=True, slots=True)
class Hints:
    """MCP's four hints, each None if unknown, and whether the action updates existing data.

    ``is_destructive`` is also true for an update, which overwrites. Source: MCP 2025-11-25, "ToolAnnotations".
    """

    is_read_only: bool | None = None
    is_destructive: bool | None = None
    is_idempotent: bool | None = None
    is_open_world: bool | None = None
    updates: bool = False


def find_hints(action: ActionModel) -> Hints:
    """Return an action's hints: from its tags, else from its HTTP method and name."""
    stated = {field: True for tag, field in _TAGS.items() if tag in action.tags}
    return replace(_of_binding(action), **stated)


def _of_binding(action: ActionModel) -> Hints:
    binding = action.binding
    if not isinstance(binding, HttpBinding):
        return Hints()
    graphql = binding.body.graphql if binding.body is not None else None
    method = binding.method.upper()
    if graphql is not None:
        method = "GET" if GRAPHQL_READ.match(graphql.head) else "POST"
    is_read_only = method in SAFE_METHODS
    return Hints(
        is_read_only=is_read_only,
        is_destructive=None if is_read_only else _is_destructive(action, method),
        is_idempotent=method in _IDEMPOTENT,
        is_open_world=True,
        updates=method in ("PUT", "PATCH"),
    )


def _is_destructive(action: ActionModel, method: str) -> bool | None:
    if method != "POST":
        return True  # PUT and PATCH overwrite existing data
    words = set(action.slug.upper().split("_"))
    # A POST may do anything: only a name that says so makes it harmless.
    if words & _OVERWRITES:
        return True
    return False if words & ADD_WORDS else None
