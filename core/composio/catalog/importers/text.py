"""Descriptions of actions, out of the summaries and Markdown that API descriptions carry. Pure."""

from __future__ import annotations

from composio.schema.prose import TOOL_LIMIT, clean, concise, join_once

__all__ = ["clean", "describe"]


def describe(summary: str, description: str, limit: int = TOOL_LIMIT) -> str:
    """Summary and description as one concise text of at most ``limit`` characters, cut at a sentence or word."""
    return concise(join_once(clean(summary), clean(description)), limit, tool=True)
