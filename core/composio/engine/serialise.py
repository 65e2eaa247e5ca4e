"""Values to wire text: every style and explode of OpenAPI, deepObject with nesting, and form bodies. Pure.

Source: OpenAPI 3.1, "Style Values" and "Encoding Object"; RFC 6570 for the underlying expansion; Swagger 2.0,
"collectionFormat", whose ``tsv`` is called ``tabDelimited`` here and whose delimiters hold in every place.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

from composio.model.action import PartEncoding

__all__ = [
    "Pairs",
    "cookie_pairs",
    "encode_pairs",
    "form_pairs",
    "header_value",
    "json_text",
    "path_value",
    "query_pairs",
    "scalar",
    "sequence_text",
    "whole_query",
]

Pairs = list[tuple[str, str]]
_PRIMITIVE = (str, int, float, type(None))
_DELIMITER = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
# As they stand in a URL: a comma is the one that may stay as it is, so that a comma inside an item can be told apart.
_WRITTEN = {",": ",", " ": "%20", "|": "%7C", "\t": "%09"}
# RFC 3986 reserved characters that `allowReserved` leaves as they are. "#", "&", "=" and "+" would end or split a value.
_RESERVED = ":/?[]@!$'()*,;"
# RFC 6265, 4.1.1: what a cookie's value is made of. "%" stays, as values that a server encoded come back as they were set.
_COOKIE_OCTETS = "!#$%&'()*+-./:<=>?@[]^_`{|}~"
_COOKIE_NAME = "!#$%&'*+-.^_`|~"


class Joined(str):
    """Items of one parameter joined by a delimiter; percent-encoded item by item."""

    __slots__ = ("delimiter", "items")
    delimiter: str
    items: tuple[str, ...]

    def __new__(cls, items: Sequence[str], delimiter: str) -> Self:
        joined = super().__new__(cls, delimiter.join(items))
        joined.items, joined.delimiter = tuple(items), delimiter
        return joined

    def percent_encode(self, safe: str) -> str:
        """The text for a URL."""
        return _WRITTEN[self.delimiter].join(quote(item, safe=safe) for item in self.items)


def json_text(value: Any) -> str:
    """Compact JSON. Raises ``ValueError`` for NaN and infinity, which JSON does not know."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def sequence_text(value: Any, media_type: str) -> str:
    """The values of a list as one JSON text after the other; a string is such a string already. RFC 7464 puts RS in front of each."""
    if isinstance(value, str):
        return value if value.endswith("\n") else f"{value}\n"
    lead = "\x1e" if media_type.endswith("-seq") else ""
    return "".join(f"{lead}{json_text(one)}\n" for one in (value if isinstance(value, list) else [value]))


def scalar(value: Any) -> str:
    """One primitive as text: ``true``, not ``True``; what is no primitive as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value) if not isinstance(value, float) or not value.is_integer() else str(int(value))
    return "" if value is None else json_text(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _texts(value: Sequence[Any]) -> list[str]:
    """Items as texts. RFC 6570, 2.3: undefined members are ignored."""
    return [scalar(item) for item in value if item is not None]


def _members(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, scalar(item)) for key, item in value.items() if item is not None]


def _explode(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each member as a parameter of its own; a list is exploded too (Spring's ``sort=a,asc&sort=b,desc``)."""
    for key, item in value.items():
        if _is_list(item):
            yield from ((key, text) for text in _texts(item))
        elif item is not None:
            yield key, scalar(item)


def _flat(value: Mapping[str, Any]) -> list[str]:
    return [text for pair in _members(value) for text in pair]


def path_value(value: Any, *, name: str, style: str, explode: bool) -> str:
    """A path parameter, percent-encoded so that it can't leave its segment; empty where there is nothing to write.

    Of style ``reserved`` it may hold slashes: RFC 6570, 3.2.3, as Google Discovery's ``fullyEncodeReservedExpansion`` narrows it.
    """
    if isinstance(value, _PRIMITIVE):
        text = quote(scalar(value), safe="/") if style == "reserved" else _safe(scalar(value))
        if style == "simple":
            return text
        # RFC 6570, 3.2.7: an empty value of this style is written without "=".
        return {"matrix": f";{_safe(name)}={text}" if text else f";{_safe(name)}", "label": f".{text}"}.get(style, text)
    if isinstance(value, Mapping):
        texts = [(_safe(key), _safe(text)) for key, text in _members(value)]
        items = [f"{key}={text}" for key, text in texts] if explode else [text for pair in texts for text in pair]
        named = items
    else:
        items = [_safe(text) for text in _texts(value)]
        named = [f"{_safe(name)}={text}" for text in items]
    if not items:
        return ""
    if style == "matrix":
        return "".join(f";{text}" for text in named) if explode else f";{_safe(name)}={','.join(items)}"
    if style == "label":
        return f".{('.' if explode else ',').join(items)}"
    return _WRITTEN[_DELIMITER.get(style, ",")].join(items)


def _safe(text: str) -> str:
    return quote(text, safe="")


def header_value(value: Any, *, explode: bool, style: str = "simple") -> str:
    """A header parameter: style ``simple`` or one of Swagger 2's delimiters, not percent-encoded."""
    if isinstance(value, Mapping):
        return ",".join([f"{k}={v}" for k, v in _members(value)] if explode else _flat(value))
    return _DELIMITER.get(style, ",").join(_texts(value)) if _is_list(value) else scalar(value)


def query_pairs(name: str, value: Any, *, style: str, explode: bool, allow_empty: bool = False) -> Pairs:
    """A query or cookie parameter as name and value pairs, not yet percent-encoded.

    An empty list or object is nothing to write (RFC 6570, 2.3), unless ``allow_empty`` says that the API reads ``name=``.
    """
    if isinstance(value, _PRIMITIVE):
        return [(name, scalar(value))]
    if style == "deepObject":
        pairs = list(_brackets(name, value))
    elif isinstance(value, Mapping):
        if explode and style == "form":
            pairs = list(_explode(value))
        else:
            pairs = [(name, Joined(_flat(value), _DELIMITER.get(style, ",")))] if _members(value) else []
    else:
        texts = _texts(value)
        if explode:
            pairs = [(name, text) for text in texts]
        else:
            pairs = [(name, Joined(texts, _DELIMITER.get(style, ",")))] if texts else []
    return pairs or ([(name, "")] if allow_empty else [])


def cookie_pairs(name: str, value: Any, *, explode: bool) -> list[str]:
    """A cookie parameter as ``name=value`` texts. What a cookie can't hold is percent-encoded, so that none becomes two."""
    cookies: list[str] = []
    for key, item in query_pairs(name, value, style="form", explode=explode):
        text = item.percent_encode(_COOKIE_OCTETS) if isinstance(item, Joined) else quote(item, safe=_COOKIE_OCTETS)
        cookies.append(f"{quote(key, safe=_COOKIE_NAME)}={text}")
    return cookies


def _brackets(name: str, value: Any, clears: Container[str] = (), path: str = "") -> Iterator[tuple[str, str]]:
    """``a[b][0][c]=d``: nested objects and lists in brackets, the way Stripe, Rails and PHP read them.

    ``clears`` are the places, such as ``.items.*.tags``, where an empty list is written as an empty value.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _brackets(f"{name}[{key}]", item, clears, f"{path}.{key}")
    elif _is_list(value):
        for index, item in enumerate(value):
            yield from _brackets(f"{name}[{index}]", item, clears, f"{path}.*")
        if not value and path in clears:
            yield name, ""
    elif value is not None:
        yield name, scalar(value)


def form_pairs(name: str, value: Any, rule: PartEncoding | None) -> Pairs:
    """One property of a form body."""
    if value is None:
        return []
    style, content_type = (rule.style, rule.content_type) if rule else (None, None)
    if rule and style == "deepObject":
        return list(_brackets(name, value, rule.clears))
    # Without a style an object in a form is JSON: the default contentType of the Encoding Object.
    if (content_type and "json" in content_type) or (isinstance(value, Mapping) and style is None):
        return [(name, value if isinstance(value, str) else json_text(value))]
    explode = rule.explode if rule else None
    chosen = style or "form"
    return query_pairs(name, value, style=chosen, explode=chosen == "form" if explode is None else explode)


def whole_query(value: Any, media_type: str) -> str:
    """All of a query, percent-encoded: a form as one (3.1's "Encoding Object"), JSON or text as one value. Source: OpenAPI 3.2."""
    if "json" in media_type:
        return quote(json_text(value), safe="")
    if isinstance(value, Mapping):
        return encode_pairs([pair for name, item in value.items() for pair in form_pairs(name, item, None)], space="+")
    return quote(scalar(value), safe=_RESERVED)


def encode_pairs(pairs: Pairs, *, reserved: bool = False, space: str = "%20") -> str:
    """``a=1&b=2``, percent-encoded; with ``reserved`` values keep RFC 3986's reserved characters."""
    safe = _RESERVED if reserved else ""
    texts: list[str] = []
    for name, value in pairs:
        text = value.percent_encode(safe) if isinstance(value, Joined) else quote(value, safe=safe)
        texts.append(f"{quote(name, safe='[]$')}={text}")
    joined = "&".join(texts)
    return joined.replace("%20", space) if space != "%20" else joined
