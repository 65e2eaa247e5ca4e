"""Build actions' descriptions from the summaries and Markdown in API descriptions. Pure."""

from __future__ import annotations

from composio.schema.prose import TOOL_LIMIT, clean, concise, join_once

__all__ = ["clean", "describe"]


def describe(summary: str, description: str, limit: int = TOOL_LIMIT) -> str:
    """Return summary and description as one string of at most ``limit`` characters, cut at a sentence or word."""
    return concise(join_once(clean(summary), clean(description)), limit, tool=True)
