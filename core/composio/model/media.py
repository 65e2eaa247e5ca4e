"""The meaning of media types, in any spelling. Pure.

Source: RFC 6838, 4.2 (names and structured suffixes); RFC 7464 (JSON text sequences); ndjson.org; OpenAPI 3.2, "Sequential
Media Types".
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["base_type", "is_bytes", "is_json", "is_script", "is_sequence", "is_text"]

_LONGEST = 256  # characters of a header; a type has at most 127 on each side of its slash: RFC 6838, 4.2
_ENDS = re.compile(r"[;,\s]")
_WORDS = re.compile(r"[a-z0-9]+")
_JSON = frozenset({"json", "json5", "jsonp", "jsonapi", "jsonrequest"})
_SEQUENCE = frozenset({"jsonl", "jsonlines", "ldjson", "ndjson", "njson"})
_PACKED = frozenset({"gz", "gzip", "zip", "zstd"})
_SCRIPTS = frozenset({"ecmascript", "javascript"})
_TEXTS = frozenset({"graphql", "sql", "xml", "yaml", "toml", "csv", "html", "markdown"})
# Types that servers send for content of unknown type.
_BYTES = frozenset({"octet-stream", "binary", "download", "force-download", "unknown"})


def base_type(header: str) -> str:
    """Return a media type in lower case without its parameters; the first one of a repeated header; empty if there is none."""
    return _read_base(header if len(header) < _LONGEST else header[:_LONGEST])


@lru_cache(maxsize=256)
def _read_base(header: str) -> str:
    return _ENDS.split(header.strip().strip("\"'"), maxsplit=1)[0].strip("\"'").lower()


@lru_cache(maxsize=256)
def is_sequence(media_type: str) -> bool:
    """Return whether it is a sequence of JSON values.

    Examples: ``application/x-ndjson``, ``application/json-seq``, ``application/jsonl``.
    """
    words = _words(media_type)
    if not _SEQUENCE.isdisjoint(words):
        return True
    return "json" in words and not {"seq", "sequence", "stream", "lines", "delimited"}.isdisjoint(words)


@lru_cache(maxsize=256)
def is_json(media_type: str) -> bool:
    """Return whether it is JSON.

    Examples: ``application/json``, ``text/x-json``, ``application/x-amz-json-1.1``, ``application/hal+json``.
    """
    words = _words(media_type)
    return not _JSON.isdisjoint(words) and words[-1] not in _PACKED and not is_sequence(media_type)


@lru_cache(maxsize=256)
def is_script(media_type: str) -> bool:
    """Return whether it is JavaScript, the type of JSONP and often of JSON itself."""
    return not _SCRIPTS.isdisjoint(_words(media_type))


@lru_cache(maxsize=256)
def is_text(media_type: str) -> bool:
    """Return whether it is text other than JSON."""
    form = media_type == "application/x-www-form-urlencoded"
    known = media_type.startswith(("application/", "image/svg", "message/")) and not _TEXTS.isdisjoint(_words(media_type)[-2:])
    return media_type.startswith("text/") or form or known or is_script(media_type)


@lru_cache(maxsize=256)
def is_bytes(media_type: str) -> bool:
    """Return whether it says nothing about the content: ``application/octet-stream`` and equivalents."""
    if media_type.endswith(("/", "/*")):
        return True
    subtype = media_type.partition("/")[2] or media_type
    return subtype.removeprefix("x-") in _BYTES


@lru_cache(maxsize=256)
def _words(media_type: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(media_type.partition("/")[2] or media_type))
