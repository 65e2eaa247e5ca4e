"""Convert a tool's result to data: structured content, text, and files for the rest."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from composio.model.dump import finite
from composio.model.peers import PeerAnswer, SaveFile
from composio.schema.json_text import NotJson, parse

__all__ = ["answer_of"]

_ERROR: Final = 2_000
_UNREADABLE: Final = "its data is not base64"


def answer_of(result: CallToolResult, save: SaveFile | None) -> PeerAnswer:
    """Return a call's answer. Images, sound and other bytes become files through ``save``."""
    data = _data(result, save)
    if not result.is_error:
        return PeerAnswer(data=data)
    texts = [one.text for one in result.content if isinstance(one, TextContent)]
    said = "\n".join(texts).strip() or "The tool failed and did not say why."
    return PeerAnswer(data=data, error=said if len(said) <= _ERROR else f"{said[:_ERROR]} ...")


def _data(result: CallToolResult, save: SaveFile | None) -> Any:
    structured = finite(result.structured_content)
    blocks = list(_blocks(result, save))
    others = [one for one in blocks if one["type"] != "text"]
    if structured is not None:
        # Text repeats it for clients without support for it; other content adds information.
        return structured if not others else {"result": structured, "content": others}
    if len(blocks) == 1 and not others:
        return _read_text(str(blocks[0]["text"]))
    return {"content": blocks} if blocks else None


def _read_text(text: str) -> Any:
    """Parse JSON objects and lists; return other text unchanged."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            found = parse(text)
        except NotJson:
            return text
        return found if isinstance(found, dict | list) else text
    return text


def _blocks(result: CallToolResult, save: SaveFile | None) -> Iterator[dict[str, Any]]:
    for block in result.content:
        if isinstance(block, TextContent):
            yield {"type": "text", "text": block.text}
        elif isinstance(block, ImageContent | AudioContent):
            kind = "image" if isinstance(block, ImageContent) else "audio"
            yield {"type": kind, **_file("", block.mime_type, block.data, save)}
        elif isinstance(block, ResourceLink):
            about = {"uri": str(block.uri), "name": block.name, "mimetype": block.mime_type, "description": block.description}
            yield {"type": "resource_link", **{name: value for name, value in about.items() if value is not None}}
        elif isinstance(block, EmbeddedResource):
            yield {"type": "resource", "uri": str(block.resource.uri), **_resource(block.resource, save)}


def _resource(resource: TextResourceContents | BlobResourceContents, save: SaveFile | None) -> Mapping[str, Any]:
    if isinstance(resource, TextResourceContents):
        return {"text": resource.text, **({"mimetype": resource.mime_type} if resource.mime_type else {})}
    name = str(resource.uri).partition("?")[0].rstrip("/").rpartition("/")[2]
    return _file(name, resource.mime_type or "application/octet-stream", resource.blob, save)


def _file(name: str, mimetype: str, data: str, save: SaveFile | None) -> Mapping[str, Any]:
    """Save bytes as a file; if that fails, return why."""
    if save is None:
        return {"mimetype": mimetype, "size": len(data) * 3 // 4}
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return {"mimetype": mimetype, "problem": _UNREADABLE}
    if "." not in name:
        name = f"{name or 'result'}{mimetypes.guess_extension(mimetype) or ''}"
    try:
        return save(name, mimetype, content)
    except ValueError as error:
        return {"mimetype": mimetype, "problem": str(error)}
