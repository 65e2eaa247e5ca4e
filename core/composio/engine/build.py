"""Step 5: an ``httpx.Request`` out of validated arguments. Pure: nothing is sent, nothing is read.

Source: OpenAPI 3.1, "Parameter Object", "Request Body Object", "Server Object".
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

from composio.engine.serialise import Pairs, encode_pairs, form_pairs, header_value, path_value, query_pairs
from composio.errors import ConfigurationError, InvalidArguments, InvalidRequest, Problem
from composio.model.action import ActionModel, Body, HttpBinding, Parameter, Server

__all__ = ["Target", "base_url", "build"]

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go and what the credentials put in the address and the body.

    ``base_url`` replaces the description's servers; ``path`` fills placeholders of the path or the server; ``subdomain`` fills
    the server's variable, else goes in front of the host; ``headers`` are the app's own constant ones.
    """

    base_url: str | None = None
    path: Mapping[str, str] = field(default_factory=dict, repr=False)
    subdomain: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)


def base_url(servers: tuple[Server, ...], target: Target, app: str) -> httpx.URL:
    """The base URL of a call, its variables filled."""
    server = Server(target.base_url) if target.base_url else (servers[0] if servers else None)
    if server is None:
        raise ConfigurationError(
            f"App {app!r} has no base URL; add one with `composio apps add NAME --spec ... --base-url URL`."
        )
    given = {**server.variables, **target.path, **target.subdomain}
    subdomain = next(iter(target.subdomain.values()), None)
    for name, value in target.subdomain.items():
        if not _LABEL.fullmatch(value):
            raise InvalidRequest(f"The subdomain {name!r} must be a host label: letters, digits and hyphens.")
    used: set[str] = set()

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        used.add(name)
        value = given.get(name, subdomain)
        if value is None:
            raise ConfigurationError(f"App {app!r}: its base URL {server.url} needs a value for {name!r}; pass it in auth=.")
        return value

    filled = _parsed(_PLACEHOLDER.sub(fill, server.url) if "{" in server.url else server.url)
    if filled is None:
        raise ConfigurationError(f"App {app!r}: {server.url!r} is no base URL; it must start with https:// or http://.")
    if subdomain is not None and not used and not target.base_url:
        filled = filled.copy_with(host=f"{subdomain}.{filled.host}")
    return filled


@lru_cache(maxsize=1024)
def _parsed(text: str) -> httpx.URL | None:
    """A base URL without its trailing slash and query, None for what is none. Parsing one costs as much as a whole step."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return None
    if url.scheme not in {"http", "https"} or not url.host:
        return None
    return url.copy_with(raw_path=url.raw_path.split(b"?")[0].rstrip(b"/") or b"/", fragment=None)


def build(action: ActionModel, binding: HttpBinding, arguments: Mapping[str, Any], target: Target) -> httpx.Request:
    """The request for ``arguments``, unsigned. Raises ``InvalidArguments`` for values that no request can carry."""
    if binding.defaults:
        arguments = {**binding.defaults, **arguments}
    by_place: dict[str, list[tuple[Parameter, Any]]] = {"path": [], "query": [], "header": [], "cookie": []}
    for parameter in binding.parameters:
        value = arguments.get(parameter.name)
        if value is not None:
            by_place[parameter.place].append((parameter, value))
    path = _path(action, binding, by_place["path"], target)
    base = base_url(binding.servers, target, action.app)
    url = str(base).rstrip("/") + path
    if query := _query(by_place["query"]):
        url += f"?{query}"
    headers: dict[str, Any] = {
        "accept": ", ".join(binding.accept) or "*/*",
        **{k.lower(): v for k, v in target.headers.items()},
    }
    headers.update(_headers(action, by_place["header"], by_place["cookie"]))
    content = _content(action, binding.body, arguments, target.body, headers)
    return httpx.Request(binding.method, url, headers=headers, **content)


def _path(action: ActionModel, binding: HttpBinding, filled: list[tuple[Parameter, Any]], target: Target) -> str:
    texts: dict[str, str] = {}
    for parameter, value in filled:
        shown = json.dumps(value) if parameter.content_type else value
        text = path_value(shown, name=parameter.wire, style=parameter.style, explode=parameter.explode)
        if text in {"", ".", ".."}:
            raise InvalidArguments(action.slug, [Problem(parameter.name, "a value that fits into a path segment", repr(value))])
        texts[parameter.wire] = text
    for name, value in target.path.items():
        texts.setdefault(name, path_value(value, name=name, style="simple", explode=False))

    def fill(found: re.Match[str]) -> str:
        text = texts.get(found.group(1))
        if text is None:
            raise InvalidArguments(action.slug, [Problem(found.group(1), "a required path parameter", "nothing")])
        return text

    path = _PLACEHOLDER.sub(fill, binding.path)
    return path if path.startswith("/") else f"/{path}"


def _query(filled: list[tuple[Parameter, Any]]) -> str:
    pairs: Pairs = []
    reserved: set[str] = set()
    for parameter, value in filled:
        if parameter.content_type:
            pairs.append((parameter.wire, json.dumps(value, ensure_ascii=False)))
            continue
        if parameter.allow_reserved:
            reserved.add(parameter.wire)
        pairs += query_pairs(parameter.wire, value, style=parameter.style, explode=parameter.explode)
    return encode_pairs(pairs, frozenset(reserved))


def _headers(
    action: ActionModel, headers: list[tuple[Parameter, Any]], cookies: list[tuple[Parameter, Any]]
) -> dict[str, str | bytes]:
    texts = {
        p.wire.lower(): json.dumps(v) if p.content_type else header_value(v, explode=p.explode, style=p.style)
        for p, v in headers
    }
    if cookies:
        pairs = [pair for p, v in cookies for pair in query_pairs(p.wire, v, style="form", explode=p.explode)]
        # A semicolon would end the value and begin another cookie, such as a session of somebody else's choice.
        texts["cookie"] = "; ".join(f"{k}={v}".replace(";", "%3B") for k, v in pairs)
    for name, text in texts.items():
        # A tab is a blank in a header, RFC 9110, 5.5.
        if any((ord(c) < 32 and c != "\t") or ord(c) == 127 for c in text):
            raise InvalidArguments(action.slug, [Problem(name, "text without line breaks or control characters", "some")])
    # httpx takes text headers as ASCII only; what is beyond travels as UTF-8 bytes.
    return {name: text if text.isascii() else text.encode() for name, text in texts.items()}


def _content(
    action: ActionModel, body: Body | None, arguments: Mapping[str, Any], extra: Mapping[str, Any], headers: dict[str, Any]
) -> dict[str, Any]:
    """The keyword arguments of ``httpx.Request`` that carry the body; sets its content type in ``headers``."""
    if body is None:
        return {"json": dict(extra)} if extra else {}
    value = _body_value(body, action, arguments, extra)
    if value is None:
        return {}
    if body.kind != "multipart":
        headers["content-type"] = body.media_type
    if body.kind == "json":
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return {"content": text.encode()}
    if body.kind == "form":
        return {"content": _form(body, value).encode()}
    if body.kind == "multipart":
        return _multipart(body, value, headers)
    if body.kind == "binary":
        return {"content": _bytes(value)}
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not text.isascii() and "charset" not in body.media_type:
        headers["content-type"] = f"{body.media_type}; charset=utf-8"
    return {"content": text.encode()}


def _body_value(body: Body, action: ActionModel, arguments: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
    if body.whole is not None:
        value = arguments.get(body.whole)
        return {**value, **extra} if extra and isinstance(value, Mapping) else value
    taken = {p.name for p in action.binding.parameters} if isinstance(action.binding, HttpBinding) else set()
    named = {body.properties.get(k, k): v for k, v in arguments.items() if k in body.properties or k not in taken}
    if not named and not extra and not body.required:
        return None
    return {**named, **extra}


def _form(body: Body, value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    pairs: Pairs = []
    for name, item in value.items():
        rule = body.encoding.get(name)
        pairs += form_pairs(
            name,
            item,
            style=rule.style if rule else None,
            explode=rule.explode if rule else None,
            content_type=rule.content_type if rule else None,
        )
    return encode_pairs(pairs, space="+")


def _multipart(body: Body, value: Any, headers: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        # A description that says "a list of files" without naming the part; "file" is what such APIs (Jira's, for one) read.
        value = {"file": value}
    parts: list[tuple[str, tuple[str | None, bytes, str]]] = []
    for name, item in value.items():
        rule = body.encoding.get(name)
        for one in item if isinstance(item, list) and not (rule and rule.content_type) else [item]:
            if isinstance(one, bytes) or (isinstance(one, str) and one.startswith("data:")):
                kind = rule.content_type if rule and rule.content_type else "application/octet-stream"
                parts.append((name, (name, _bytes(one), kind)))
            elif isinstance(one, Mapping | list):
                parts.append((name, (None, json.dumps(one, ensure_ascii=False).encode(), "application/json")))
            elif one is not None:
                text = one if isinstance(one, str) else json.dumps(one)
                parts.append((name, (None, text.encode(), rule.content_type if rule and rule.content_type else "text/plain")))
    headers.pop("content-type", None)
    return {"files": parts}


def _bytes(value: Any) -> bytes:
    """Binary content: bytes, a ``data:`` URL, or the text itself."""
    if isinstance(value, bytes):
        return value
    text = str(value)
    if not text.startswith("data:") or "," not in text:
        return text.encode()
    head, data = text.split(",", 1)
    try:
        return base64.b64decode(data, validate=True) if head.endswith(";base64") else unquote_to_bytes(data)
    except binascii.Error:
        raise InvalidRequest("A data: URL says base64 and isn't; expected data:TYPE;base64,DATA.") from None
