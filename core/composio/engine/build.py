"""Step 5: build an ``httpx.Request`` from validated arguments. Pure: nothing is sent or read.

Source: OpenAPI 3.1, "Parameter Object", "Request Body Object", "Server Object".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import httpx

from composio import __version__
from composio.engine.body import content
from composio.engine.serialise import (
    cookie_pairs,
    encode_pairs,
    header_value,
    json_text,
    path_value,
    query_pairs,
    scalar,
    whole_query,
)
from composio.errors import ConfigurationError, InvalidArguments, InvalidRequest, Problem
from composio.model.action import ActionModel, HttpBinding, Parameter, Server
from composio.model.secret import Secret
from composio.transport.request import Request, put_behind

__all__ = ["DEFAULT_HEADERS", "Target", "base_url", "build", "find_unfilled", "named_by_description", "named_by_others"]

# Some APIs (for example GitHub's) refuse requests without a User-Agent. The size of these encodings can be limited while
# decoding.
DEFAULT_HEADERS = {"user-agent": f"composio/{__version__}", "accept-encoding": "gzip, deflate"}
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_NOT_IN_HEADERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Names of placeholders that hold the path of a file or folder.
_FOLDER = re.compile(r"(?:path|folder|dir|directory|prefix)(?:[_-]?name)?$", re.IGNORECASE)
_SEPARATOR = re.compile(r"[/\\]")
_HOST = re.compile(rf"(?:{_LABEL.pattern})(?::[0-9]{{1,5}})?")
_SERVER_PATH = re.compile(r"(?!(?:.*/)?\.\.?(?:/|$))(?!.*//)[A-Za-z0-9._~!$&'()*+,;=:/-]*")


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go, and what the credentials add to the URL and the body.

    ``base_url`` replaces the description's servers; ``path`` fills placeholders of the path or the server; ``subdomain`` fills
    the server's variable, else is prefixed to the host; ``headers`` are the app's own constant ones. ``outside`` is true if
    someone other than the developer named the base's host; ``foreign`` lists the names in ``path`` with values from others.
    """

    base_url: str | None = None
    path: Mapping[str, str] = field(default_factory=dict, repr=False)
    subdomain: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    foreign: frozenset[str] = frozenset()
    outside: bool = False


def _server(servers: tuple[Server, ...], target: Target) -> Server | None:
    return Server(target.base_url) if target.base_url else (servers[0] if servers else None)


def named_by_others(servers: tuple[Server, ...], target: Target) -> bool:
    """Return whether a tenant's or a provider's value decides the host of :func:`base_url`."""
    server = _server(servers, target)
    if target.outside or server is None or not target.foreign:
        return target.outside
    filled = {name for name in _PLACEHOLDER.findall(server.url[: _host_end(server)]) if name not in target.subdomain}
    return bool(filled & target.foreign & set(target.path))


def named_by_description(servers: tuple[Server, ...], target: Target) -> bool:
    """Return whether a description alone decides the host of :func:`base_url`."""
    return not target.base_url and bool(servers) and servers[0].foreign


def find_unfilled(servers: tuple[Server, ...]) -> str:
    """Return the server's URL if it has a variable without a default value; "" otherwise."""
    if not servers or "{" not in servers[0].url:
        return ""
    url, known = servers[0].url, servers[0].variables
    return url if any(name not in known for name in _PLACEHOLDER.findall(url)) else ""


def _host_end(server: Server) -> int:
    """Return where the host of a server's URL ends, with placeholders unfilled."""
    url = server.url
    path = url.find("/", url.find("://") + 3)
    end = path if path >= 0 else len(url)
    paths = (found.start() for found in _PLACEHOLDER.finditer(url) if found.start() < end and _is_path(server, found))
    return min(paths, default=end)


def _is_path(server: Server, found: re.Match[str]) -> bool:
    """Return whether a variable right after the host is the path, as in eBay's ``https://api.ebay.com{basePath}``.

    It is if its default says so, or if nothing else could end the host: a value must never extend the host name.
    """
    default = server.variables.get(found.group(1), "")
    before, after = server.url[: found.start()], server.url[found.end() :]
    host = before.partition("://")[2]
    if before.endswith(":") or not host or "/" in host:
        return False
    return default.startswith("/") or (not default and before[-1:].isalnum() and after[:1] in {"", "/"})


def base_url(servers: tuple[Server, ...], target: Target, app: str) -> httpx.URL:
    """Return the base URL of a call with its variables filled."""
    server = _server(servers, target)
    if server is None:
        raise ConfigurationError(
            f"App {app!r} has no base URL; add one with `composio apps add NAME --spec ... --base-url URL`."
        )
    if not target.subdomain and "{" not in server.url and (plain := _parse(server.url)) is not None and not plain.userinfo:
        return plain
    for name in target.subdomain:
        if not _LABEL.fullmatch(target.subdomain[name]):
            raise InvalidRequest(f"The subdomain {name!r} must be a host label: letters, digits and hyphens.")
    subdomain = next((Secret(value) for value in target.subdomain.values()), None)
    used: set[str] = set()

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        used.add(name)
        given = (values[name] for values in (target.subdomain, target.path) if name in values)
        hidden = next((Secret(value) for value in given), None)
        if hidden is None and name in server.variables:
            text = server.variables[name]  # the description's own value, as trusted as the text around it
        elif (hidden := subdomain if hidden is None else hidden) is not None:
            _check_variable(server, found, hidden)
            text = hidden.reveal()
        else:
            raise ConfigurationError(
                f"App {app!r}: its base URL {server.url} needs a value for {name!r}. Connect with one, for which"
                f" `composio add {app}` asks if {app} was added with this version; or pass it with auth=."
            )
        return text.lstrip("/") if server.url[: found.start()].endswith("/") and found.start() > _host_end(server) else text

    filled = _parse(_PLACEHOLDER.sub(fill, server.url) if "{" in server.url else server.url)
    if filled is None or filled.userinfo:
        raise ConfigurationError(f"App {app!r}: {server.url!r} is no base URL; it must start with https:// or http://.")
    if subdomain is not None and not used and not target.base_url:
        filled = filled.copy_with(host=f"{subdomain.reveal()}.{filled.host}")
    return filled


def _check_variable(server: Server, found: re.Match[str], hidden: Secret) -> None:
    """Fill a variable whose value may come from a connection's owner: it stays within its part of the URL."""
    name, choices = found.group(1), server.choices.get(found.group(1))
    if choices and hidden.reveal() not in choices:
        raise InvalidRequest(f"The server's {name!r} is one of {', '.join(choices)}; the value is not one of them.")
    if server.url[found.end() :].startswith("://"):
        allowed, expected = hidden.reveal().lower() in {"http", "https"}, "http or https"
    elif found.start() == 0:
        from composio.auth.urls import is_base

        allowed, expected = (
            is_base(hidden.reveal()),
            "an address such as https://acme.example.com, without user name, query or fragment",
        )
    elif found.start() < _host_end(server):
        allowed, expected = _HOST.fullmatch(hidden.reveal()) is not None, "a host name or a part of one"
    elif _is_path(server, found):
        value = hidden.reveal()
        allowed = value[:1] in {"", "/"} and _SERVER_PATH.fullmatch(value) is not None
        expected = "a path that begins with '/', without '..', '//', '?', '#' or '%'"
    else:
        allowed, expected = _SERVER_PATH.fullmatch(hidden.reveal()) is not None, "a path without '..', '//', '?', '#' or '%'"
    if not allowed:
        raise InvalidRequest(f"The server's {name!r} must be {expected}.")


@lru_cache(maxsize=1024)
def _parse(text: str) -> httpx.URL | None:
    """Return a base URL without trailing slash and query; None if it is invalid. Parsing one costs as much as a whole step."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return None
    if url.scheme not in {"http", "https"} or not url.host:
        return None
    return url.copy_with(raw_path=url.raw_path.split(b"?")[0].rstrip(b"/") or b"/", fragment=None)


def build(action: ActionModel, binding: HttpBinding, arguments: Mapping[str, Any], target: Target) -> httpx.Request:
    """Return the unsigned request for ``arguments``. Raises ``InvalidArguments`` for values that a request cannot carry."""
    try:
        return _request(action, binding, {**binding.defaults, **arguments} if binding.defaults else arguments, target)
    except UnicodeEncodeError:
        raise InvalidArguments(action.slug, [Problem("", "text that is valid Unicode", "half a surrogate pair")]) from None
    except RecursionError:
        raise InvalidArguments(action.slug, [Problem("", "values that nest less deeply", "too many levels")]) from None
    except (ValueError, httpx.InvalidURL) as error:  # NaN in JSON, a character that XML does not allow, a URL beyond all limits
        raise InvalidArguments(action.slug, [Problem("", "values that the request can carry", str(error)[:200])]) from None


def _request(action: ActionModel, binding: HttpBinding, arguments: Mapping[str, Any], target: Target) -> httpx.Request:
    by_place: dict[str, list[tuple[Parameter, Any]]] = {"path": [], "query": [], "header": [], "cookie": []}
    for parameter in binding.parameters:
        value = arguments.get(parameter.name)
        if value is not None:
            by_place[parameter.place].append((parameter, value))
    path = _path(action, binding, by_place["path"], target)
    base = base_url(binding.servers, target, action.app)
    if query := _query(by_place["query"]):
        path += f"{'&' if '?' in path else '?'}{query}"
    if binding.beside:
        url = httpx.URL(str(base).rstrip("/").removesuffix(f"/{binding.beside}") + path)
    else:
        url = put_behind(base, path)
    headers: dict[str, Any] = {
        **DEFAULT_HEADERS,
        "accept": ", ".join(binding.accept) or "*/*",
        **{k.lower(): v for k, v in target.headers.items()},
    }
    headers.update(_headers(action, by_place["header"], by_place["cookie"]))
    body = content(binding, arguments, target.body, headers) if binding.body is not None or target.body else {}
    request = (
        Request(binding.method, url, headers=headers, **body) if body else Request.without_body(binding.method, url, headers)
    )
    request.method = binding.method  # httpx upper-cases methods, which are case-sensitive in HTTP
    if "stream" in body:  # httpx leaves the headers of these bodies to the caller
        request.headers["host"] = request.url.netloc.decode("ascii")
    return request


def _path(action: ActionModel, binding: HttpBinding, filled: Sequence[tuple[Parameter, Any]], target: Target) -> str:
    texts: dict[str, str] = {}
    for parameter, value in filled:
        shown = _content_text(parameter, value) if parameter.content_type else value
        text = path_value(shown, name=parameter.wire, style=parameter.style, explode=parameter.explode)
        if not text and not _is_root(binding, parameter):
            raise InvalidArguments(
                action.slug, [Problem(parameter.name, "a value that fits into a path segment", "an empty one")]
            )
        # Percent-encoded it stays in its segment, but an intermediary that decodes before routing would let it climb.
        if (".." in text or "%" in text) and ".." in _SEPARATOR.split(unquote(unquote(text))):
            raise InvalidArguments(action.slug, [Problem(parameter.name, "a value without '..'", repr(value)[:200])])
        texts[parameter.wire] = text
    for name, value in target.path.items():
        texts.setdefault(name, path_value(value, name=name, style="simple", explode=False))

    def fill(found: re.Match[str]) -> str:
        text = texts.get(found.group(1))
        if text is None:
            raise InvalidArguments(action.slug, [Problem(found.group(1), "a required path parameter", "nothing")])
        return text

    segments = [
        (template, _PLACEHOLDER.sub(fill, template) if is_filled else template)
        for template, is_filled in _split_path(binding.path)
    ]
    # Only whole segments climb, and every client resolves them: a value alone, or several next to each other.
    for template, segment in segments:
        parts = segment.split("/")
        if segment != template and ({".", ".."} & set(parts) or (len(parts) > 1 and "" in parts)):
            name = next((p.name for p, _ in filled if f"{{{p.wire}}}" in template), template)
            expected = "names with single slashes between them" if len(parts) > 1 else "a value that fits into a path segment"
            raise InvalidArguments(action.slug, [Problem(name, expected, repr(segment[:200]))])
    path = "/".join(segment for _, segment in segments)
    return path if path.startswith("/") or not path else f"/{path}"


@lru_cache(maxsize=1024)
def _split_path(path: str) -> tuple[tuple[str, bool], ...]:
    """Return the segments of a path, and whether it has placeholders.

    A fragment distinguishes operations on one path (AWS's ``/#Action=...``); it is never sent.
    """
    return tuple((one, _PLACEHOLDER.search(one) is not None) for one in path.partition("#")[0].split("/"))


def _is_root(binding: HttpBinding, parameter: Parameter) -> bool:
    """Return whether an empty value means the root folder, as in ``/repos/{owner}/{repo}/contents/{path}``.

    True only for the last segment of a read: ``/users/`` is not a single user, and a delete must never hit the root.
    """
    is_last = binding.path.partition("#")[0].partition("?")[0].endswith(f"/{{{parameter.wire}}}")
    is_folder = _FOLDER.search(parameter.wire) is not None
    return is_last and is_folder and binding.method in {"GET", "HEAD"}


def _content_text(parameter: Parameter, value: Any) -> str:
    """Serialise a parameter that is described by ``content`` in that media type."""
    is_json = "json" in (parameter.content_type or "")
    return json_text(value) if is_json else scalar(value)


def _query(filled: Sequence[tuple[Parameter, Any]]) -> str:
    texts: list[str] = []
    for parameter, value in filled:
        if parameter.style == "querystring":
            texts.append(whole_query(value, parameter.content_type or ""))
            continue
        if parameter.content_type:
            pairs = [(parameter.wire, _content_text(parameter, value))]
        else:
            pairs = query_pairs(
                parameter.wire,
                value,
                style=parameter.style,
                explode=parameter.explode,
                allow_empty=parameter.allow_empty,
            )
        if pairs:
            texts.append(encode_pairs(pairs, reserved=parameter.allow_reserved))
    return "&".join(filter(None, texts))


def _headers(
    action: ActionModel, headers: Sequence[tuple[Parameter, Any]], cookies: Sequence[tuple[Parameter, Any]]
) -> dict[str, str | bytes]:
    texts: dict[str, str] = {}
    for parameter, value in headers:
        # Escaped if it is JSON, as headers should be ASCII.
        is_json = parameter.content_type and "json" in parameter.content_type
        texts[parameter.wire.lower()] = (
            json.dumps(value) if is_json else header_value(value, explode=parameter.explode, style=parameter.style)
        )
    if cookies:
        pairs: list[str] = []
        for parameter, value in cookies:
            shown = _content_text(parameter, value) if parameter.content_type else value
            pairs += cookie_pairs(parameter.wire, shown, explode=parameter.explode)
        texts["cookie"] = "; ".join(pairs)
    for name, text in texts.items():
        # A tab counts as a space in a header, RFC 9110, 5.5.
        if _NOT_IN_HEADERS.search(text):
            raise InvalidArguments(action.slug, [Problem(name, "text without line breaks or control characters", "some")])
    # httpx accepts string headers in ASCII only; other characters are sent as UTF-8 bytes.
    return {name: text if text.isascii() else text.encode() for name, text in texts.items() if text or name != "cookie"}
