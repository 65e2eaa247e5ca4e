"""Files in results: show those that a client can display, and link to the others."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextResourceContents,
)

__all__ = ["FILE_KEYS", "Find", "attach"]

FILE_KEYS = frozenset({"file", "name", "mimetype", "size"})
"""The keys of a file result."""
Find = Callable[[Any], "Path | str | None"]
"""Returns the location of a result's file: a local path, or a URL; None if the call did not save it."""

_SHOWN = 1024 * 1024  # maximum bytes of a picture or a recording inside a result
_READ = 64 * 1024  # maximum bytes of a document inside a result
_TEXTS = frozenset({"application/json", "application/xml", "application/yaml", "image/svg+xml"})


def attach(data: Any, find: Find) -> list[ContentBlock]:
    """Return the content beside a result's text if the result is a file; empty otherwise.

    An API may answer with JSON that looks like a file of ours, so ``find`` decides whether it is one.
    """
    if not isinstance(data, Mapping) or not data.keys() >= FILE_KEYS or not data.keys() <= FILE_KEYS | {"_more"}:
        return []
    where = find(data["file"])
    if where is None:
        return []
    name, kind = str(data["name"]), str(data["mimetype"]) or "application/octet-stream"
    size = data["size"] if isinstance(data["size"], int) else None
    if isinstance(where, Path):
        inside = _read(where, kind)
        return [inside if inside is not None else _link(where.as_uri(), name, kind, size)]
    return [_link(where, name, kind, size)]


def _link(uri: str, name: str, kind: str, size: int | None) -> ResourceLink:
    return ResourceLink(type="resource_link", uri=uri, name=name, mime_type=kind, size=size)


def _read(path: Path, kind: str) -> ContentBlock | None:
    """Return a local file that is small enough to send, else None."""
    family = kind.partition("/")[0]
    is_text = family == "text" or kind in _TEXTS
    is_shown = family in {"image", "audio"} and not is_text
    try:
        if path.stat().st_size > (_SHOWN if is_shown else _READ):
            return None
        content = path.read_bytes()
    except OSError:
        return None
    if is_shown:
        encoded = base64.b64encode(content).decode("ascii")
        if family == "image":
            return ImageContent(type="image", data=encoded, mime_type=kind)
        return AudioContent(type="audio", data=encoded, mime_type=kind)
    return EmbeddedResource(type="resource", resource=_resource(path.as_uri(), kind, content, is_text=is_text))


def _resource(uri: str, kind: str, content: bytes, *, is_text: bool) -> TextResourceContents | BlobResourceContents:
    if is_text:
        try:
            return TextResourceContents(uri=uri, mime_type=kind, text=content.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    return BlobResourceContents(uri=uri, mime_type=kind, blob=base64.b64encode(content).decode("ascii"))
