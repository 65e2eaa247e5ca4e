"""Determine a response's content: data, a file, or undecided; and the charset of text. Pure.

The content type, the description and the first bytes decide. Text is decoded with the declared charset, else as UTF-8, else by
the best guess among the charsets that web servers still use: Western, Cyrillic, Japanese, Chinese and Korean ones. Source:
Encoding Standard (WHATWG), "Labels" for the meaning of a declared charset; Unicode 15, 23.8 (byte order marks).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Literal

import httpx

from composio.model.media import base_type, is_bytes, is_json, is_sequence, is_text

__all__ = ["Promise", "Verdict", "begins_as_json", "is_readable", "judge", "read_declared", "read_text", "recognise_format"]

Verdict = Literal["data", "file", "unsure"]
_BLANK = b"\xef\xbb\xbf \t\r\n\x1e"
# An object or a list, after the prefix with which some servers keep JSON from running as a script.
_JSON = re.compile(
    rb"""(?:\)\]\}'?,?\s*|while\s*\(1\);\s*|for\s*\(;;\);\s*)?(?:\{\s*["}]|\[\s*(?:["{\[\]\-0-9]|true|false|null)|[{\[]\s*$)"""
)
# Control characters that do not occur in text, and magic numbers without any.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FORMATS = (b"%PDF-", b"%!PS", b"\x89PNG", b"\xff\xd8\xff")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Magic numbers of files that servers label as text; no text in any charset begins with them.
_KNOWN: Final = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b\x08": "application/gzip",
}
_SIGNS = tuple(_KNOWN)
_CHARSET = re.compile(r"[;,\s]charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:+-]{1,40})", re.IGNORECASE)
_INSIDE = re.compile(
    rb"(?:<meta[^>]{0,200}charset|<\?xml[^>]{0,100}encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:+-]{1,40})", re.IGNORECASE
)
# Codecs that are not text charsets, or take more than linear time.
_NO_CHARSET = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
# Each name maps to the superset that browsers use for it.
_SUPERSETS: Final[Mapping[str, str]] = {
    "ascii": "cp1252",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-11": "cp874",
    "iso8859-9": "cp1254",
    "shift-jis": "cp932",
    "tis-620": "cp874",
}
_MARKS = (
    *((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")),
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)
_ALL_MARKS = tuple(mark for mark, _ in _MARKS)
_NAMES = {
    "big5": "Big5",
    "cp1251": "windows-1251",
    "cp1252": "windows-1252",
    "cp932": "Shift_JIS",
    "cp949": "EUC-KR",
    "euc-jp": "EUC-JP",
    "gb18030": "GB18030",
    "koi8-r": "KOI8-R",
}
_FOREIGN = re.compile("[^\0-\x7f]+")
# A Cyrillic letter without a Cyrillic neighbour: single-byte codecs decode any accent to one.
_LATIN = re.compile("[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]|(?<![\u0400-\u04ff])[\u0400-\u04ff](?![\u0400-\u04ff ])")
_MIXED = 0.4
_PIECE = 1024 * 1024
# Bytes examined: for a charset declared in the document, and for a guess.
_HEAD, _SAMPLE = 1024, 8 * 1024


class Promise:
    """The media types that a description declares for an operation's responses."""

    __slots__ = ("all_json", "json", "listed")

    def __init__(self, accept: tuple[str, ...]) -> None:
        self.listed = [base_type(one) for one in accept]
        found = [is_json(one) or is_sequence(one) for one in self.listed]
        self.json, self.all_json = any(found), bool(found) and all(found)

    @classmethod
    @lru_cache(maxsize=1024)
    def of(cls, accept: tuple[str, ...]) -> Promise:
        """Return the declared content for these media types."""
        return cls(accept)

    def is_otherwise(self, kind: str) -> bool:
        """Return whether ``kind`` is declared, and JSON is not."""
        return not self.json and kind in self.listed


def judge(headers: httpx.Headers, accept: tuple[str, ...], start: bytes) -> Verdict:
    """Return whether content that begins with ``start`` is data or a file."""
    content_type = headers.get("content-type", "")
    kind, promise = base_type(content_type), Promise.of(accept)
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
        return "unsure"  # JSON was declared, whatever the content type says
    if is_text(kind) or read_declared(content_type):
        return "data"
    if unnamed and is_readable(start) and (not kind or promise.all_json):
        return "data"
    return "file"


def recognise_format(start: bytes, content_type: str) -> str:
    """Return the media type of binary content labelled as text; empty if it may be text.

    Frameworks label whatever a handler returns as JSON or HTML, including a PNG.
    """
    if start.startswith(_SIGNS):
        return next(kind for sign, kind in _KNOWN.items() if start.startswith(sign))
    may_be_text = (
        b"\0" not in start.rstrip(b"\0") or read_declared(content_type) or start.startswith(_WIDE_MARKS) or _is_wide(start)
    )
    return "" if may_be_text or begins_as_json(start) else "application/octet-stream"


def begins_as_json(start: bytes) -> bool:
    """Return whether content may be a JSON object or list."""
    return _JSON.match(start.lstrip(_BLANK)) is not None


def is_readable(start: bytes) -> bool:
    """Return whether content may be text in any charset."""
    if start.startswith(_WIDE_MARKS):
        return True
    return not _BINARY.search(start.lstrip(_BLANK)) and not start.startswith(_FORMATS)


def read_declared(content_type: str) -> str | None:
    """Return the charset that a content type declares, None if there is no usable one."""
    found = _CHARSET.search(f";{content_type}") if content_type else None
    return _usable(found[1]) if found else None


@lru_cache(maxsize=64)
def _usable(name: str) -> str | None:
    try:
        known = codecs.lookup(name.lower().removeprefix("x-")).name.replace("_", "-")
        b"ab".decode(known, "replace")  # bytes-to-bytes codecs, such as zlib's, are refused here
    except (LookupError, ValueError):
        return None
    return None if known in _NO_CHARSET else known


def read_text(content: bytes, content_type: str = "") -> tuple[str, str]:
    """Decode ``content``, with a note if the text may be wrong, else an empty one."""
    is_marked = content.startswith(_ALL_MARKS)
    marked = next(charset for mark, charset in _MARKS if content.startswith(mark)) if is_marked else None
    charset = marked or read_declared(content_type) or _wide(content)
    if charset is None and b"<" in content[:_HEAD] and (inside := _INSIDE.search(content[:_HEAD])):
        charset = _usable(inside[1].decode())
    if charset is None or charset in {"utf-8", "ascii"}:
        try:
            return _decode(content, "utf-8").removeprefix("\ufeff"), ""
        except UnicodeDecodeError:
            says_wrong = charset is None or re.search(rb"[A-Za-z]", content) is not None
            charset = "utf-8" if marked or not says_wrong or _is_mostly_utf_8(content) else None
    if charset is not None:
        charset = _SUPERSETS.get(charset, charset)
        try:
            return _decode(content, charset).removeprefix("\ufeff"), ""
        except UnicodeError:
            text = content.decode(charset, "replace").removeprefix("\ufeff")
            return text, f"Some bytes of the text are not {_NAMES.get(charset, charset.upper())}: U+FFFD stands for them."
    charset = _guess(content)
    lost = "The text is not in UTF-8 and names no charset that fits"
    return _decode(content, charset), f"{lost}: it was read as {_NAMES.get(charset, charset.upper())}, which is a guess."


def _decode(content: bytes, charset: str) -> str:
    """Decode strictly, in pieces if it is long, so that other threads can run."""
    if charset == "cp1252":  # five undefined bytes decode as in Latin-1, as in browsers
        return _decode(content, "latin-1").translate(_WINDOWS)
    if len(content) <= _PIECE:
        return content.decode(charset)
    decoder = codecs.getincrementaldecoder(charset)()
    pieces = [decoder.decode(content[at : at + _PIECE]) for at in range(0, len(content), _PIECE)]
    return "".join((*pieces, decoder.decode(b"", True)))


_WINDOWS = {byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}}


def _is_mostly_utf_8(content: bytes) -> bool:
    """Return whether bytes are UTF-8 except for a few, as after a cut in the middle of a character."""
    text = content.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    return len(text.encode().translate(None, _ASCII)) - 3 * lost > 4 * lost


_ASCII = bytes(range(0x80))


def _guess(content: bytes) -> str:
    """Return the charset whose decoding looks most like text in its languages."""
    first = next(at for at, byte in enumerate(content) if byte > 0x7F)
    sample = content[first : first + _SAMPLE]
    best, most = "cp1252", _western(content[max(0, first - 1) : first + _SAMPLE])
    for charset, strict, fits in _CANDIDATES:
        try:
            text = codecs.getincrementaldecoder(strict)().decode(sample, first + _SAMPLE >= len(content))
        except UnicodeError:
            continue
        foreign = "".join(_FOREIGN.findall(text))
        if foreign and (score := fits(foreign) * (_MIXED if _LATIN.search(text) else 1.0)) > most:
            best, most = charset, score
    return best


def _is_wide(start: bytes) -> bool:
    """Return whether content that begins with ``start`` may be UTF-16 or UTF-32: text with many zero bytes."""
    return start.startswith(b"\0\0\xfe\xff") or _wide(start[: len(start) & ~1]) is not None


def _wide(content: bytes) -> str | None:
    """Detect UTF-16 without a byte order mark: every second byte is zero, as in JSON and most text."""
    head = content[:_HEAD]
    if len(content) % 2 or head.count(0) * 3 < len(head) or head.count(b"\0\0"):
        return None
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _western(sample: bytes) -> float:
    """Return the share of non-ASCII characters that are letters inside words, or their punctuation."""
    total = found = 0.0
    for at, byte in enumerate(sample):
        if byte < 0x80:
            continue
        total += 1
        beside = sample[max(0, at - 1) : at] + sample[at + 1 : at + 2]
        alone = len(beside.translate(None, _ASCII)) == 0
        if byte >= 0xC0 and byte not in {0xD7, 0xF7}:
            found += 1.0 if alone else 0.75 if any(one < 0x80 for one in beside) else 0.25
        elif byte >= 0xA0 or byte in _PUNCTUATION:
            found += 0.7 if alone else 0.25
    return found / total if total else 0.0


_PUNCTUATION = frozenset({0x80, 0x85, *range(0x91, 0x98), 0x8A, 0x8C, 0x8E, 0x9A, 0x9C, 0x9E})


def _share(text: str, fits: Callable[[str], float]) -> float:
    return sum(map(fits, text)) / len(text)


def _japanese(text: str) -> float:
    kana = _share(text, lambda c: "\u3040" <= c <= "\u30ff")
    return _share(text, lambda c: "\u3000" <= c <= "\u9fff" or "\uff01" <= c <= "\uff5e") * (1.0 if kana >= 0.2 else 0.8)


def _chinese(text: str) -> float:
    """Return whether the bytes are in the frequent half of GB 2312."""
    leads = (char.encode("gb2312")[0] for char in text)
    return sum(0xB0 <= lead <= 0xD7 or lead in {0xA1, 0xA3} for lead in leads) / len(text)


def _taiwanese(text: str) -> float:
    """Return whether the bytes are in the frequent half of Big5."""
    return 0.95 * sum(0xA1 <= char.encode("big5")[0] <= 0xC6 for char in text) / len(text)


def _korean(text: str) -> float:
    return _share(text, lambda c: 1.0 if "\uac00" <= c <= "\ud7a3" or c == "\u3002" else 0.3)


def _cyrillic(text: str) -> float:
    return _share(text, lambda c: 1.0 if "\u0430" <= c <= "\u045f" else 0.5 if "\u0400" <= c <= "\u042f" else 0.0)


# Target codec, the strictest codec that detects it, and how well a string fits. Among equal fits the first wins.
_CANDIDATES: tuple[tuple[str, str, Callable[[str], float]], ...] = (
    ("cp932", "cp932", _japanese),
    ("euc-jp", "euc_jp", _japanese),
    ("cp949", "euc_kr", _korean),
    ("gb18030", "gb2312", _chinese),
    ("big5", "big5", _taiwanese),
    ("cp1251", "cp1251", _cyrillic),
    ("koi8-r", "koi8_r", _cyrillic),
    ("gb18030", "gb18030", lambda text: 0.3 * _share(text, lambda c: "\u4e00" <= c <= "\u9fff")),
)
