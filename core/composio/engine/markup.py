"""Extract text from HTML pages and XML documents that an API sends instead of data. Pure.

Neither is trusted: documents with a DTD are not read, and sizes are limited.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any, Final

__all__ = ["is_page", "page_text", "page_title", "xml_data"]

# Characters of a page; elements and levels of a document.
_PAGE, _ELEMENTS, _LEVELS = 20_000, 5000, 40
_START: Final = re.compile(
    r"\s*(?:<\?xml[^<>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|(?:html|head|body|title|h1|center)\b)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<(/?[A-Za-z!?][^<>]*)>")
_NO_TEXT = frozenset({"script", "style", "svg", "noscript", "template"})
_DTD = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def is_page(text: str) -> bool:
    """Return whether a string is an HTML page."""
    return _START.match(text[:4000]) is not None


def page_title(page: str) -> str:
    """Return the title of a page, or its first heading; empty if it has neither."""
    found = {name: title for name, text in reversed(_pieces(page)) if name in {"title", "h1"} and (title := _plain(text))}
    return found.get("title") or found.get("h1", "")


def page_text(page: str) -> str:
    """Return the visible text of a page on one line: its title, then its text without a repeated title."""
    title, text = page_title(page), _plain(" ".join(text for name, text in _pieces(page) if name != "title"))
    return text if text.startswith(title) else f"{title}: {text}" if text else title


def _pieces(page: str) -> list[tuple[str, str]]:
    """Yield the text of a page in pieces, each with the tag before it, without hidden parts."""
    found: list[tuple[str, str]] = []
    inside = ""
    pieces = _TAG.split(page[:_PAGE])
    for tag, text in zip(["", *pieces[1::2]], pieces[::2], strict=True):
        name = _name(tag)
        if name == f"/{inside}":
            inside = ""
        elif not inside and name in _NO_TEXT:
            inside = name
        if not inside:
            found.append((name, text))
    return found


def _name(tag: str) -> str:
    return re.split(r"[\s/]", tag, maxsplit=1)[0].lower() if not tag.startswith("/") else "/" + _name(tag[1:])


def _plain(text: str) -> str:
    return " ".join(unescape(text).split())


def xml_data(text: str) -> Any:
    """Parse an XML document to mappings by local names of elements and attributes; None if it is invalid or too large."""
    if _DTD.search(text):
        return None
    from xml.etree.ElementTree import ParseError, XMLParser

    builder = _Builder()
    parser = XMLParser(target=builder)  # noqa: S314 - no DTD, so no entities; the builder bounds the rest
    try:
        parser.feed(text.strip())
        return parser.close()
    except (ParseError, ValueError, _TooMuch):
        return None


class _TooMuch(Exception):
    pass


class _Builder:
    """The parser's target. Repeated elements with one name become a list."""

    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, Any], list[str]]] = [("", {}, [])]
        self._left = _ELEMENTS

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0 or len(self._open) > _LEVELS:
            raise _TooMuch
        named = {_local(name): value for name, value in attributes.items()}
        self._open.append((_local(tag), named, []))

    def data(self, text: str) -> None:
        self._open[-1][2].append(text)

    def end(self, _tag: str) -> None:
        name, inside, texts = self._open.pop()
        text = "".join(texts).strip()
        if text and inside:
            inside["text"] = text
        value: Any = inside["value"] if inside.keys() == {"value"} else inside or text
        above = self._open[-1][1]
        if name not in above:
            above[name] = value
        elif isinstance(above[name], list):
            above[name].append(value)
        else:
            above[name] = [above[name], value]

    def close(self) -> dict[str, Any]:
        return self._open[0][1]


def _local(name: str) -> str:
    return name.rpartition("}")[2]
