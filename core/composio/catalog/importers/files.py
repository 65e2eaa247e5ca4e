"""Detect which properties of a multipart body are files.

Source: OpenAPI 3.0.3, "Special Considerations for multipart Content"; OpenAPI 3.1, "Considerations for File Uploads".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from composio.catalog.importers.document import Document

__all__ = ["FileKind", "is_encoded", "part_kind"]

FileKind = Literal["file", "file or text"]
_DEPTH = 6
# Keywords that exclude a file, whatever the type of its part.
_TEXTUAL = frozenset(("allOf", "anyOf", "const", "contentEncoding", "enum", "format", "oneOf", "pattern", "properties"))
_BINARY = frozenset(
    f"application/{name}" for name in ("gzip", "octet-stream", "pdf", "zip", "x-tar", "x-zip-compressed", "msword")
)


def part_kind(document: Document, media: Mapping[str, Any], name: str, schema: Any) -> FileKind | None:
    """Return whether the property ``name`` of a multipart body is or may be a file or a list of files.

    Its schema decides, or the encoding in ``media`` if the schema is empty: OpenAPI 3.1 uses ``{}`` there.
    """
    if (found := _kind(document, schema, 0, {})) is not None:
        return found
    encoding = media.get("encoding")
    own = encoding.get(name) if isinstance(encoding, dict) else None
    said = own.get("contentType") if isinstance(own, dict) else None
    node = document.follow(schema) if isinstance(schema, dict) else {}
    if node.get("type") == "array":
        node = document.follow(node.get("items") or {})
    is_text = node.get("type", "string") == "string" and _TEXTUAL.isdisjoint(node)
    return "file" if is_text and isinstance(said, str) and all(map(_is_binary, said.split(","))) else None


def _is_binary(media_type: str) -> bool:
    kind = media_type.strip().lower()
    is_vendors = kind.startswith("application/vnd.") and not kind.endswith(("json", "xml", "yaml"))
    return is_vendors or kind in _BINARY or kind.startswith(("audio/", "font/", "image/", "video/"))


def _kind(document: Document, schema: Any, depth: int, known: dict[int, FileKind | None]) -> FileKind | None:
    if not isinstance(schema, dict) or depth > _DEPTH:
        return None
    node = document.follow(schema)
    # Each schema is visited once, as nested sharing would take exponential time.
    if id(node) not in known:
        known[id(node)] = None  # recursive
        known[id(node)] = _own_kind(document, node, depth, known)
    return known[id(node)]


def _own_kind(document: Document, node: dict[str, Any], depth: int, known: dict[int, FileKind | None]) -> FileKind | None:
    if node.get("type") == "array":
        return _kind(document, node.get("items"), depth + 1, known)
    if node.get("format") == "binary" or node.get("type") == "file" or _is_media(node):
        return "file"
    branches = [b for key in ("anyOf", "oneOf") for b in _list(node, key) if not _is_null(document, b)]
    if branches:
        kinds = [_kind(document, branch, depth + 1, known) for branch in branches]
        return ("file" if all(kind == "file" for kind in kinds) else "file or text") if any(kinds) else None
    return next((kind for part in _list(node, "allOf") if (kind := _kind(document, part, depth + 1, known))), None)


def is_encoded(document: Document, schema: Any) -> bool:
    """Return whether ``schema`` is base64-encoded bytes, the form of bytes in JSON."""
    node = document.follow(schema) if isinstance(schema, dict) else {}
    return node.get("format") in ("byte", "base64") or node.get("contentEncoding") == "base64"


def _is_media(node: Mapping[str, Any]) -> bool:
    """Detect 3.1's form: a media type of its own, without an encoding that would make it text."""
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


def _list(node: Mapping[str, Any], key: str) -> list[Any]:
    value = node.get(key)
    return value if isinstance(value, list) else []
