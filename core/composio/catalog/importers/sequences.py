"""Describe a sequence of JSON values as a single value, as a list, or not at all.

Source: OpenAPI 3.2, "Sequential Media Types", and the conventions before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.catalog.importers.document import Document, media_schema

__all__ = ["SEQUENCE_HINT", "sequence_schema"]

SEQUENCE_HINT = "A list of JSON values; each is sent as a separate line."


def sequence_schema(document: Document, media: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of the list of values. If the description has them as one string, that is accepted too."""
    schema = media_schema(media)
    node = document.follow(schema) if isinstance(schema, dict) else {}
    kind = node.get("type")
    if kind == "array" or "items" in node:
        return dict(schema)
    if kind == "string":
        return {"type": ["array", "string"], "items": {}}
    return {"type": "array", "items": schema}
