"""Serialise values for the wire: every style and explode of OpenAPI, nested deepObject, and form bodies. Pure.

Source: OpenAPI 3.1, "Style Values" and "Encoding Object"; RFC 6570 for the underlying expansion; Swagger 2.0,
"collectionFormat"; its ``tsv`` is ``tabDelimited`` here and its delimiters apply in every location.
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
# Delimiters in a URL: only the comma is left unencoded, so that a comma inside an item can be distinguished.
_WRITTEN = {",": ",", " ": "%20", "|": "%7C", "\t": "%09"}
# RFC 3986 reserved characters that `allowReserved` leaves as they are. "#", "&", "=" and "+" would end or split a value.
_RESERVED = ":/?[]@!$'()*,;"
# RFC 6265, 4.1.1: characters of a cookie's value. "%" stays, as a server's encoded values must return unchanged.
_COOKIE_OCTETS = "!#$%&'()*+-./:<=>?@[]^_`{|}~"
_COOKIE_NAME = "!#$%&'*+-.^_`|~"


class Joined(str):
    """Join the items of one parameter with a delimiter; each item is percent-encoded."""

    __slots__ = ("delimiter", "items")
    delimiter: str
    items: tuple[str, ...]

    def __new__(cls, items: Sequence[str], delimiter: str) -> Self:
        joined = super().__new__(cls, delimiter.join(items))
        joined.items, joined.delimiter = tuple(items), delimiter
        return joined

    def percent_encode(self, safe: str) -> str:
        """Return the string for a URL."""
        return _WRITTEN[self.delimiter].join(quote(item, safe=safe) for item in self.items)


def json_text(value: Any) -> str:
    """Return compact JSON. Raises ``ValueError`` for NaN and infinity, which JSON does not have."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def sequence_text(value: Any, media_type: str) -> str:
    """Return a list's values as consecutive JSON texts; strings are JSON already. RFC 7464 prefixes each with RS."""
    if isinstance(value, str):
        return value if value.endswith("\n") else f"{value}\n"
    lead = "\x1e" if media_type.endswith("-seq") else ""
    return "".join(f"{lead}{json_text(one)}\n" for one in (value if isinstance(value, list) else [value]))


def scalar(value: Any) -> str:
    """Return a primitive as a string: ``true``, not ``True``; other values as JSON."""
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
    """Return the items as strings. RFC 6570, 2.3: undefined members are ignored."""
    return [scalar(item) for item in value if item is not None]


def _members(value: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(key, scalar(item)) for key, item in value.items() if item is not None]


def _explode(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return each member as a separate parameter; a list is exploded too (Spring's ``sort=a,asc&sort=b,desc``)."""
    for key, item in value.items():
        if _is_list(item):
            yield from ((key, text) for text in _texts(item))
        elif item is not None:
            yield key, scalar(item)


def _flat(value: Mapping[str, Any]) -> list[str]:
    return [text for pair in _members(value) for text in pair]


def path_value(value: Any, *, name: str, style: str, explode: bool) -> str:
    """Return a path parameter, percent-encoded so that it stays in its segment; empty if there is no value.

    With style ``reserved`` it may contain slashes: RFC 6570, 3.2.3, as Google Discovery's ``fullyEncodeReservedExpansion``
    restricts it.
    """
    if isinstance(value, _PRIMITIVE):
        text = quote(scalar(value), safe="/") if style == "reserved" else _safe(scalar(value))
        if style == "simple":
            return text
        # RFC 6570, 3.2.7: an empty value of this style has no "=".
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
    """Return a header parameter: style ``simple`` or one of Swagger 2's delimiters, not percent-encoded."""
    if isinstance(value, Mapping):
        return ",".join([f"{k}={v}" for k, v in _members(value)] if explode else _flat(value))
    return _DELIMITER.get(style, ",").join(_texts(value)) if _is_list(value) else scalar(value)


def query_pairs(name: str, value: Any, *, style: str, explode: bool, allow_empty: bool = False) -> Pairs:
    """Return a query or cookie parameter as name and value pairs, not yet percent-encoded.

    An empty list or object gives none (RFC 6570, 2.3), unless ``allow_empty`` says that the API accepts ``name=``.
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
    """Return a cookie parameter as ``name=value`` strings. Forbidden characters are percent-encoded, so that none splits."""
    cookies: list[str] = []
    for key, item in query_pairs(name, value, style="form", explode=explode):
        text = item.percent_encode(_COOKIE_OCTETS) if isinstance(item, Joined) else quote(item, safe=_COOKIE_OCTETS)
        cookies.append(f"{quote(key, safe=_COOKIE_NAME)}={text}")
    return cookies


def _brackets(name: str, value: Any, clears: Container[str] = (), path: str = "") -> Iterator[tuple[str, str]]:
    """Return ``a[b][0][c]=d``: nested objects and lists in brackets, as Stripe, Rails and PHP read them.

    ``clears`` are the paths, such as ``.items.*.tags``, at which an empty list is written as an empty value.
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
    """Return one property of a form body."""
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
    """Return a whole query, percent-encoded: a form (3.1's "Encoding Object"), JSON or plain text. Source: OpenAPI 3.2."""
    if "json" in media_type:
        return quote(json_text(value), safe="")
    if isinstance(value, Mapping):
        return encode_pairs([pair for name, item in value.items() for pair in form_pairs(name, item, None)], space="+")
    return quote(scalar(value), safe=_RESERVED)


def encode_pairs(pairs: Pairs, *, reserved: bool = False, space: str = "%20") -> str:
    """Return ``a=1&b=2``, percent-encoded; with ``reserved``, values keep RFC 3986's reserved characters."""
    safe = _RESERVED if reserved else ""
    texts: list[str] = []
    for name, value in pairs:
        text = value.percent_encode(safe) if isinstance(value, Joined) else quote(value, safe=safe)
        texts.append(f"{quote(name, safe='[]$')}={text}")
    joined = "&".join(texts)
    return joined.replace("%20", space) if space != "%20" else joined
