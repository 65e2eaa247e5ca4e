"""Which properties of a multipart body are files.

Source: OpenAPI 3.0.3, "Special Considerations for multipart Content"; OpenAPI 3.1, "Considerations for File Uploads".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from composio.catalog.importers.document import Document

__all__ = ["FileKind", "file_kind", "is_encoded"]

FileKind = Literal["file", "file or text"]
_DEPTH = 6


def file_kind(document: Document, schema: Any) -> FileKind | None:
    """Whether ``schema`` is a file or a list of files, and whether it may be a text instead; None for anything else."""
    return _kind(document, schema, 0, {})


def _kind(document: Document, schema: Any, depth: int, known: dict[int, FileKind | None]) -> FileKind | None:
    if not isinstance(schema, Mapping) or depth > _DEPTH:
        return None
    node = document.follow(schema)
    # Each schema is judged once, as alternatives that share alternatives would take for ever.
    if id(node) not in known:
        known[id(node)] = None  # inside itself
        known[id(node)] = _own_kind(document, node, depth, known)
    return known[id(node)]


def _own_kind(document: Document, node: dict[str, Any], depth: int, known: dict[int, FileKind | None]) -> FileKind | None:
    if node.get("type") == "array":
        return _kind(document, node.get("items"), depth + 1, known)
    if node.get("format") == "binary" or node.get("type") == "file" or _is_media(node):
        return "file"
    branches = [b for key in ("anyOf", "oneOf") for b in _listed(node, key) if not _is_null(document, b)]
    if branches:
        kinds = [_kind(document, branch, depth + 1, known) for branch in branches]
        return ("file" if all(kind == "file" for kind in kinds) else "file or text") if any(kinds) else None
    return next((kind for part in _listed(node, "allOf") if (kind := _kind(document, part, depth + 1, known))), None)


def is_encoded(document: Document, schema: Any) -> bool:
    """Whether ``schema`` is bytes written as base64 text, which JSON carries them as."""
    node = document.follow(schema) if isinstance(schema, Mapping) else {}
    return node.get("format") in ("byte", "base64") or node.get("contentEncoding") == "base64"


def _is_media(node: Mapping[str, Any]) -> bool:
    """3.1's way: a media type of its own, and no encoding that would make it text again."""
    kind = node.get("contentMediaType")
    return (
        isinstance(kind, str)
        and "contentEncoding" not in node
        and not kind.startswith("text/")
        and "json" not in kind
        and "xml" not in kind
    )


def _is_null(document: Document, branch: Any) -> bool:
    return document.follow(branch).get("type") == "null"


def _listed(node: Mapping[str, Any], key: str) -> list[Any]:
    value = node.get(key)
    return value if isinstance(value, list) else []
