"""Values to wire text: every style and explode of OpenAPI, deepObject with nesting, and form bodies. Pure.

Source: OpenAPI 3.1, "Style Values" and "Encoding Object"; RFC 6570 for the underlying expansion; Swagger 2.0,
"collectionFormat", whose ``tsv`` is called ``tabDelimited`` here and whose delimiters hold in every place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

__all__ = ["Pairs", "encode_pairs", "form_pairs", "header_value", "path_value", "query_pairs", "scalar"]

Pairs = list[tuple[str, str]]
_DELIMITER = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
# As they stand in a URL: a comma is the one that may stay as it is, so that a comma inside an item can be told apart.
_WRITTEN = {",": ",", " ": "%20", "|": "%7C", "\t": "%09"}
# RFC 3986 reserved characters that `allowReserved` leaves as they are. "#", "&", "=" and "+" would end or split a value.
_RESERVED = ":/?[]@!$'()*,;"


class Joined(str):
    """Items of one parameter joined by a delimiter; percent-encoded item by item."""

    __slots__ = ("delimiter", "items")
    delimiter: str
    items: tuple[str, ...]

    def __new__(cls, items: Sequence[str], delimiter: str) -> Self:
        joined = super().__new__(cls, delimiter.join(items))
        joined.items, joined.delimiter = tuple(items), delimiter
        return joined

    def encoded(self, safe: str) -> str:
        """The text for a URL."""
        return _WRITTEN[self.delimiter].join(quote(item, safe=safe) for item in self.items)


def scalar(value: Any) -> str:
    """One primitive as text: ``true``, not ``True``; what is no primitive as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value) if not isinstance(value, float) or not value.is_integer() else str(int(value))
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _flat(value: Mapping[str, Any]) -> list[str]:
    return [text for key, item in value.items() for text in (key, scalar(item))]


def path_value(value: Any, *, name: str, style: str, explode: bool) -> str:
    """A path parameter, percent-encoded so that it can't leave its segment."""

    def safe(text: str) -> str:
        return quote(text, safe="")

    if isinstance(value, Mapping):
        pairs = [(safe(k), safe(scalar(v))) for k, v in value.items()]
        joined = [f"{k}={v}" for k, v in pairs] if explode else [text for pair in pairs for text in pair]
        if style == "matrix":
            return "".join(f";{text}" for text in joined) if explode else f";{safe(name)}={','.join(joined)}"
        return f".{'.'.join(joined) if explode else ','.join(joined)}" if style == "label" else ",".join(joined)
    if _is_list(value):
        items = [safe(scalar(item)) for item in value]
        if style == "matrix":
            return "".join(f";{safe(name)}={i}" for i in items) if explode else f";{safe(name)}={','.join(items)}"
        if style == "label":
            return f".{'.'.join(items) if explode else ','.join(items)}"
        return _WRITTEN[_DELIMITER.get(style, ",")].join(items)
    text = safe(scalar(value))
    return {"matrix": f";{safe(name)}={text}", "label": f".{text}"}.get(style, text)


def header_value(value: Any, *, explode: bool, style: str = "simple") -> str:
    """A header parameter: style ``simple`` or one of Swagger 2's delimiters, not percent-encoded."""
    if isinstance(value, Mapping):
        return ",".join([f"{k}={scalar(v)}" for k, v in value.items()] if explode else _flat(value))
    return _DELIMITER.get(style, ",").join(scalar(item) for item in value) if _is_list(value) else scalar(value)


def query_pairs(name: str, value: Any, *, style: str, explode: bool) -> Pairs:
    """A query or cookie parameter as name and value pairs, not yet percent-encoded."""
    if style == "deepObject":
        return list(_brackets(name, value))
    if isinstance(value, Mapping):
        if explode and style == "form":
            return [(key, scalar(item)) for key, item in value.items() if item is not None]
        return [(name, Joined(_flat(value), _DELIMITER.get(style, ",")))]
    if _is_list(value):
        if explode:
            return [(name, scalar(item)) for item in value]
        return [(name, Joined([scalar(item) for item in value], _DELIMITER.get(style, ",")))] if value else []
    return [(name, scalar(value))]


def _brackets(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """``a[b][0][c]=d``: nested objects and lists in brackets, the way Stripe, Rails and PHP read them."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _brackets(f"{name}[{key}]", item)
    elif _is_list(value):
        for index, item in enumerate(value):
            yield from _brackets(f"{name}[{index}]", item)
    elif value is not None:
        yield name, scalar(value)


def form_pairs(name: str, value: Any, *, style: str | None, explode: bool | None, content_type: str | None) -> Pairs:
    """One property of a form body."""
    if value is None:
        return []
    if style == "deepObject":
        return list(_brackets(name, value))
    # Without a style an object in a form is JSON: the default contentType of the Encoding Object.
    if (content_type and "json" in content_type) or (isinstance(value, Mapping) and style is None):
        return [(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))]
    chosen = style or "form"
    return query_pairs(name, value, style=chosen, explode=chosen == "form" if explode is None else explode)


def encode_pairs(pairs: Pairs, reserved: frozenset[str] = frozenset(), *, space: str = "%20") -> str:
    """``a=1&b=2``, percent-encoded; the names in ``reserved`` keep RFC 3986's reserved characters in their values."""
    texts: list[str] = []
    for name, value in pairs:
        safe = _RESERVED if name in reserved else ""
        text = value.encoded(safe) if isinstance(value, Joined) else quote(value, safe=safe)
        texts.append(f"{quote(name, safe='[]$')}={text}")
    joined = "&".join(texts)
    return joined.replace("%20", space) if space != "%20" else joined
