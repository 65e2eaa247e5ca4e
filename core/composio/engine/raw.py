"""``execute_request``: a request to an app's API that no action describes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import httpx

from composio.engine.build import DEFAULT_HEADERS
from composio.engine.serialise import encode_pairs, query_pairs, sequence_text
from composio.errors import InvalidRequest
from composio.model.call import RawRequest
from composio.model.media import base_type, is_sequence
from composio.transport.egress import same_origin
from composio.transport.request import Request

__all__ = ["build_raw", "read_headers"]

# RFC 9110, 7.6.1, and headers about an encoding that is already undone; cookies are between client and API.
_KEPT_BACK = frozenset(
    {
        *(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ),
        *("content-encoding", "content-length", "set-cookie", "set-cookie2"),
    }
)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def build_raw(raw: RawRequest, base: httpx.URL, headers: Mapping[str, str]) -> httpx.Request:
    """Return the unsigned request. ``endpoint`` is a path below ``base``, or an absolute URL of the same origin."""
    method = raw.method.upper()
    if method not in _METHODS:
        raise InvalidRequest(f"execute_request: unknown method {raw.method!r}; known are {', '.join(sorted(_METHODS))}.")
    url = _address(raw.endpoint, base, anywhere=raw.check)
    pairs = [
        pair
        for name, value in raw.query.items()
        if value is not None
        for pair in query_pairs(name, value, style="form", explode=True)
    ]
    if pairs:
        query = url.query + b"&" if url.query else b""
        url = url.copy_with(query=query + encode_pairs(pairs).encode())
    sent = {
        **DEFAULT_HEADERS,
        "accept": "application/json",
        **{k.lower(): v for k, v in headers.items()},
        **{k.lower(): v for k, v in raw.headers.items()},
    }
    if raw.body is None:
        return Request(method, url, headers=sent)
    if isinstance(raw.body, str | bytes):
        return Request(method, url, headers=sent, content=raw.body)
    if is_sequence(kind := base_type(sent.get("content-type", ""))):
        return Request(method, url, headers=sent, content=sequence_text(raw.body, kind).encode())
    return Request(method, url, headers=sent, json=raw.body)


def read_headers(headers: httpx.Headers, secrets: Sequence[str]) -> dict[str, str]:
    """Return the response headers for callers; a value that repeats a credential is dropped."""
    shown = ((name.lower(), value) for name, value in headers.items())
    return {name: value for name, value in shown if name not in _KEPT_BACK and not any(one in value for one in secrets)}


def _address(endpoint: str, base: httpx.URL, *, anywhere: bool) -> httpx.URL:
    if not endpoint:
        raise InvalidRequest("execute_request: `endpoint` is empty; expected a path such as '/user'.")
    try:
        return _absolute(endpoint, base, anywhere) if "://" in endpoint.split("?", 1)[0] else _below(endpoint, base)
    except (httpx.InvalidURL, UnicodeError):  # half a surrogate pair cannot be sent
        raise InvalidRequest("execute_request: `endpoint` holds what no URL can, such as a line break.") from None


def _absolute(endpoint: str, base: httpx.URL, anywhere: bool) -> httpx.URL:
    url = httpx.URL(endpoint)
    if url.userinfo:  # httpx would authenticate with it, in place of the credentials
        raise InvalidRequest("execute_request: the endpoint may not hold a user name. Pass a path.")
    # The endpoint that checks credentials comes from the definition, not from a tool.
    if not anywhere and not same_origin(url, base):
        raise InvalidRequest(
            f"execute_request: {_server(url)} is not the app's {_server(base)}; credentials are for that one only. Pass a path."
        )
    return url


def _server(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _below(endpoint: str, base: httpx.URL) -> httpx.URL:
    # Decoded first: a model may have supplied a part of the path.
    if ".." in re.split(r"[/\\]", unquote(unquote(endpoint.partition("?")[0]))):
        raise InvalidRequest("execute_request: the endpoint may not hold '..' segments.")
    below = httpx.URL(f"//x/{endpoint.lstrip('/')}").raw_path.lstrip(b"/")
    return base.copy_with(raw_path=base.raw_path.split(b"?")[0].rstrip(b"/") + b"/" + below)
