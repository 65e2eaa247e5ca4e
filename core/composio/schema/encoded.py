"""Encode bytes as base64 for JSON: a model may write the plain text. Pure.

Valid base64 is left unchanged. A string may be both, such as ``test``: then it counts as base64, unless it looks like a word or
a number and does not decode to a string. A ``data:`` URL is unambiguous. Source: OpenAPI 3.0.3, "Data Types" (``byte``); JSON
Schema 2020-12, ``contentEncoding``; RFC 4648, sections 4 and 5.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from composio.schema.keywords import subschemas
from composio.schema.walk import applying, below

__all__ = ["encode", "has_bytes", "is_base64", "with_bytes"]

_ENCODINGS = frozenset(("base64", "base64url"))
_STANDARD, _URL_SAFE = re.compile(r"[A-Za-z0-9+/]*={0,2}"), re.compile(r"[A-Za-z0-9_-]*={0,2}")
# A word, a name with a number, a number; longer strings are none of these.
_LONGEST = 15
_WORD = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")
# Mail's form: lines of one length.
_LINES = re.compile(r"\r?\n")
_DEPTH = 64


def has_bytes(schema: Mapping[str, Any]) -> bool:
    """Return whether ``schema`` has bytes anywhere, so that :func:`with_bytes` may have an effect."""
    waiting: list[Any] = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Mapping):
            if _declare(here) is not None:
                return True
            waiting += (child for _, _, child in subschemas(here))
    return False


def with_bytes(value: Mapping[str, Any], schema: Mapping[str, Any], besides: Iterable[str] = ()) -> dict[str, Any]:
    """Return ``value`` with base64 wherever ``schema`` requires it; an equal value if nothing changes.

    Top-level properties in ``besides`` are skipped: files, which are encoded as they are read.
    """
    left = set(besides)
    here = applying([schema], schema)
    return {
        name: inner if name in left else _with_bytes(inner, applying(below(here, name), schema), schema, 0)
        for name, inner in value.items()
    }


def _with_bytes(value: Any, schemas: list[Mapping[str, Any]], root: Mapping[str, Any], depth: int) -> Any:
    if not schemas or depth > _DEPTH:
        return value
    if isinstance(value, str):
        declared = [found for schema in schemas if (found := _declare(schema)) is not None]
        # If another kind of string is an alternative, the intent is unknown.
        is_open = any(schema.get("type") == "string" and _declare(schema) is None for schema in schemas)
        return encode(value, url_safe=declared[0] == "base64url") if declared and not is_open else value
    if isinstance(value, dict):
        return {k: _with_bytes(v, applying(below(schemas, k), root), root, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_bytes(v, applying(below(schemas, i), root), root, depth + 1) for i, v in enumerate(value)]
    return value


def _declare(schema: Mapping[str, Any]) -> str | None:
    # OpenAPI 3.0 itself says base64 and means byte: "Considerations for File Uploads".
    if schema.get("format") in ("byte", "base64"):
        return "base64"
    found = schema.get("contentEncoding", schema.get("format"))
    return found if isinstance(found, str) and found in _ENCODINGS else None


def encode(text: str, *, url_safe: bool = False) -> str:
    """Return ``text`` as base64, unless it already is; for a ``data:`` URL, its content."""
    content = _of_data_url(text)
    if content is None:
        if is_base64(text):
            return text
        content = text.encode("utf-8", "surrogatepass")
    return (base64.urlsafe_b64encode if url_safe else base64.b64encode)(content).decode()


def _of_data_url(text: str) -> bytes | None:
    head, comma, data = text[5:].partition(",")
    if text[:5].lower() != "data:" or not comma:
        return None
    if "base64" not in head.split(";"):
        return unquote_to_bytes(data)
    try:
        return base64.b64decode("".join(unquote(data).split()), validate=True)
    except ValueError:
        return None


def is_base64(text: str) -> bool:
    """Return whether ``text`` is intended as base64, in either alphabet, with or without padding."""
    lines = _LINES.split(text.strip())
    if len({len(line) for line in lines[:-1]}) > 1 or len(lines[-1]) > len(lines[0]):
        return False
    plain = "".join(lines)
    if not (_STANDARD.fullmatch(plain) or _URL_SAFE.fullmatch(plain)):
        return False
    bare = plain.rstrip("=")
    if len(bare) % 4 == 1 or (bare != plain and len(plain) % 4):
        return False
    standard = bare.replace("-", "+").replace("_", "/")
    content = base64.b64decode(standard + "=" * (-len(bare) % 4))
    if base64.b64encode(content).rstrip(b"=").decode() != standard:  # trailing bits that no encoder produces
        return False
    is_word = bare == plain and len(plain) <= _LONGEST and _WORD.fullmatch(plain) is not None
    return not is_word or _is_text(content)


def _is_text(content: bytes) -> bool:
    try:
        return content.decode().isprintable()
    except UnicodeDecodeError:
        return False
