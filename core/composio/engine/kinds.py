"""What an answer is, by its label, by what was promised, and by how it begins: data, a file, or data that may turn out as one. Pure."""

from __future__ import annotations

import re
from typing import Final, Literal

import httpx

from composio.engine.charset import is_wide, read_declared
from composio.model.media import base_type, is_bytes, is_json, is_sequence, is_text

__all__ = ["Promise", "Verdict", "begins_as_json", "is_readable", "judge", "recognise_format"]

Verdict = Literal["data", "file", "unsure"]
_BLANK = b"\xef\xbb\xbf \t\r\n\x1e"
# An object or a list, behind what some servers put in front of JSON lest it runs as a script.
_JSON = re.compile(
    rb"""(?:\)\]\}'?,?\s*|while\s*\(1\);\s*|for\s*\(;;\);\s*)?(?:\{\s*["}]|\[\s*(?:["{\[\]\-0-9]|true|false|null)|[{\[]\s*$)"""
)
# Control characters that no text has, and formats that begin without any.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FORMATS = (b"%PDF-", b"%!PS", b"\x89PNG", b"\xff\xd8\xff")
_MARKS = (b"\xff\xfe", b"\xfe\xff")
# How files begin that servers send under a label of text; no text in any charset begins like that.
_KNOWN: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b\x08": "application/gzip",
}


class Promise:
    """What a description says that an operation answers."""

    __slots__ = ("all_json", "json", "listed")

    def __init__(self, accept: tuple[str, ...]) -> None:
        self.listed = [base_type(one) for one in accept]
        found = [is_json(one) or is_sequence(one) for one in self.listed]
        self.json, self.all_json = any(found), bool(found) and all(found)

    def is_otherwise(self, kind: str) -> bool:
        """Whether ``kind`` is promised, and JSON is not."""
        return not self.json and kind in self.listed


def judge(headers: httpx.Headers, accept: tuple[str, ...], start: bytes) -> Verdict:
    """Whether content that begins with ``start`` is data or a file."""
    content_type = headers.get("content-type", "")
    kind, promise = base_type(content_type), Promise(accept)
    if recognise_format(start, content_type):
        return "file"
    if is_json(kind) or is_sequence(kind):
        return "data"
    attached = headers.get("content-disposition", "").strip().lower().startswith("attachment")
    unnamed = not kind or is_bytes(kind)
    if unnamed and begins_as_json(start) and not promise.is_otherwise(kind):
        if promise.all_json:
            return "data"
        if not attached and (not kind or promise.json):
            return "unsure"
    if attached:
        return "file"
    if promise.json and kind not in promise.listed and not is_text(kind) and begins_as_json(start):
        return "unsure"  # whatever the label says, JSON was promised
    if is_text(kind) or read_declared(content_type):
        return "data"
    if unnamed and is_readable(start) and (not kind or promise.all_json):
        return "data"
    return "file"


def recognise_format(start: bytes, content_type: str) -> str:
    """The media type of content that is bytes although its label says text; empty for what may be text.

    Frameworks label whatever a handler returns as JSON or HTML, a PNG included.
    """
    if named := next((kind for sign, kind in _KNOWN.items() if start.startswith(sign)), ""):
        return named
    may_be_text = b"\0" not in start.rstrip(b"\0") or read_declared(content_type) or start.startswith(_MARKS) or is_wide(start)
    return "" if may_be_text or begins_as_json(start) else "application/octet-stream"


def begins_as_json(start: bytes) -> bool:
    """Whether content may be a JSON object or list."""
    return _JSON.match(start.lstrip(_BLANK)) is not None


def is_readable(start: bytes) -> bool:
    """Whether content may be text, in whatever charset."""
    if start.startswith(_MARKS):
        return True
    return not _BINARY.search(start.lstrip(_BLANK)) and not start.startswith(_FORMATS)
