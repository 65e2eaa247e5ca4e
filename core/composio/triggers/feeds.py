"""Parse feeds: RSS 0.9 to 2.0, RSS 1.0, Atom and JSON Feed. Pure.

Sources: RSS Advisory Board, "RSS 2.0 Specification"; RSS-DEV, "RDF Site Summary 1.0"; RFC 4287; JSON Feed 1.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from composio.errors import InvalidRequest

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_feed"]

_ENTRIES = frozenset({"item", "entry"})


def read_feed(text: str | bytes) -> dict[str, Any]:
    """Return ``{"title", "entries": [{"id", "title", "link", "summary", "author", "published"}]}``, in the feed's order.

    A missing field of an entry is None. Raises InvalidRequest if it is not a feed, or declares entities: those can expand
    without bounds.
    """
    raw = text.encode() if isinstance(text, str) else text
    raw = raw.lstrip(b"\xef\xbb\xbf").lstrip()
    return _read_json(raw) if raw.startswith(b"{") else _read_xml(raw)


def _read_json(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, Mapping) or not isinstance(data.get("items"), list):
        raise InvalidRequest("The address returns JSON that is not a JSON Feed; expected `items`.")
    entries = []
    for item in data["items"]:
        if isinstance(item, Mapping):
            authors = item.get("authors") or [item.get("author")]
            author = authors[0].get("name") if isinstance(authors, list) and isinstance(authors[0], Mapping) else None
            entries.append(
                {
                    "id": item.get("id"),
                    "title": item.get("title"),
                    "link": item.get("url") or item.get("external_url"),
                    "summary": item.get("summary") or item.get("content_text") or item.get("content_html"),
                    "author": author,
                    "published": item.get("date_published") or item.get("date_modified"),
                }
            )
    return {"title": data.get("title"), "entries": entries}


def _read_xml(raw: bytes) -> dict[str, Any]:
    from xml.etree import ElementTree

    if b"<!ENTITY" in raw or b"<\0!\0E\0N\0T" in raw or b"\0<\0!\0E\0N" in raw:
        raise InvalidRequest("The feed declares entities, which no feed needs.")
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314 - it declares no entities
    except (ElementTree.ParseError, ValueError, LookupError):
        raise InvalidRequest("The address returns something that is not a feed; expected RSS, Atom or JSON Feed.") from None
    if _name(root) not in {"rss", "RDF", "feed"}:
        raise InvalidRequest(f"The address returns XML that is not a feed; its root is {_name(root)!r:.60}.")
    channel = next((child for child in root if _name(child) == "channel"), root)
    entries = [_entry(element) for parent in dict.fromkeys((channel, root)) for element in parent if _name(element) in _ENTRIES]
    return {"title": _text(channel, "title"), "entries": entries}


def _entry(element: Element) -> dict[str, str | None]:
    return {
        "id": _text(element, "guid", "id") or element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"),
        "title": _text(element, "title"),
        "link": _link(element),
        "summary": _text(element, "description", "summary", "encoded", "content"),
        "author": _author(element),
        "published": _text(element, "pubDate", "published", "date", "updated"),
    }


def _link(element: Element) -> str | None:
    links = [child for child in element if _name(child) == "link"]
    alternate = [link.get("href") for link in links if link.get("href") and link.get("rel", "alternate") == "alternate"]
    written = [link.text.strip() for link in links if link.text and link.text.strip()]
    return next(iter([*written, *alternate]), None)


def _author(element: Element) -> str | None:
    author = next((child for child in element if _name(child) in {"author", "creator"}), None)
    if author is None:
        return None
    return _text(author, "name", "email") or (author.text or "").strip() or None


def _text(element: Element, *names: str) -> str | None:
    """Return the text of the first child with one of these names, in the order of the names."""
    for name in names:
        for child in element:
            if _name(child) == name and (text := "".join(child.itertext()).strip()):
                return text
    return None


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
