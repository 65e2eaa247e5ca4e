"""How the properties of forms and multipart bodies are written, according to a media type's ``encoding``.

Source: OpenAPI 3.1, "Encoding Object".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from composio.catalog.importers.document import Document
from composio.catalog.importers.flatten import Fields
from composio.model.action import BodyKind, PartEncoding

__all__ = ["encodings"]

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CLEARABLE_DEPTH = 8


def encodings(document: Document, media: Mapping[str, Any], kind: BodyKind, fields: Fields) -> dict[str, PartEncoding]:
    """Return the encodings by property name on the wire."""
    declared = media.get("encoding") if kind in {"form", "multipart"} else None
    found: dict[str, PartEncoding] = {}
    for wire, node in (declared if isinstance(declared, dict) else {}).items():
        if wire in fields.properties and isinstance(node, dict):
            explode, style = node.get("explode"), _text(node.get("style"))
            found[wire] = PartEncoding(
                content_type=_text(node.get("contentType")),
                style=style,
                explode=explode if isinstance(explode, bool) else None,
                allow_reserved=node.get("allowReserved") is True,
                headers=dict(_constant_headers(document, node.get("headers"))) if kind == "multipart" else {},
                clears=tuple(_clearable(fields.properties[wire])) if style == "deepObject" else (),
            )
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _constant_headers(document: Document, headers: Any) -> Iterator[tuple[str, str]]:
    """Return a part's headers that have a single value, or a default."""
    for name, node in headers.items() if isinstance(headers, dict) else ():
        schema = document.follow(document.follow(node).get("schema") or {})
        options = schema.get("enum")
        only = options[0] if isinstance(options, list) and len(options) == 1 else None
        value = schema.get("const", schema.get("default", only))
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not isinstance(value, str | int) or not text.isprintable() or not _HEADER_NAME.fullmatch(str(name)):
            continue
        if str(name).lower() not in {"content-disposition", "content-type"}:
            yield str(name), text


def _clearable(schema: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """Return the places below a property where an empty string stands for an empty list: Stripe's way to remove all items."""
    if not isinstance(schema, dict) or depth > _CLEARABLE_DEPTH:
        return
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    branches = [b for b in alternatives if isinstance(b, dict)] if isinstance(alternatives, list) else []
    if any(b.get("enum") == [""] for b in branches) and any(b.get("type") == "array" for b in branches):
        yield path
    for node in (schema, *branches):
        properties = node.get("properties")
        for name, child in properties.items() if isinstance(properties, dict) else ():
            yield from _clearable(child, f"{path}.{name}", depth + 1)
        if "items" in node:
            yield from _clearable(node["items"], f"{path}.*", depth + 1)
