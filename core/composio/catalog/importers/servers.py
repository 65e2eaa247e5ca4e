"""A description's servers, and who named a server's host: the user or a description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from composio.catalog.definition import AppDefinition, SpecSource
from composio.process.addresses import is_this_machine

__all__ = [
    "defaults_of",
    "filled",
    "in_use",
    "is_foreign",
    "is_named",
    "is_whole",
    "listed",
    "origin",
    "problem",
    "to_fill",
    "whole",
]

_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
# A variable in the syntax of Postman, shells and people: {{host}}, ${host}, <host>.
_FOREIGN_PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}|\$\{([^{}]+)\}|<([A-Za-z][\w .-]{0,60})>")
# A variable that is the path, as in https://api.ebay.com{basePath}.
_PATH_BEHIND: Final = re.compile(r"(?<=[A-Za-z0-9])\{[^{}]*\}$")
_SHOWS_A_PLACE: Final = re.compile(r"[{}<>\s]")
_PUBLIC: Final = re.compile(
    r"(?:[a-z0-9_-]+\.)+(?!(?:internal|local|localdomain|localhost|arpa)$)[a-z][a-z0-9-]+", re.IGNORECASE
)


def listed(holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the servers of a document, a path or an operation, each with a ``url`` with variables in single braces.

    OpenAPI has a list of objects. A single object, a bare URL, and objects by name as in AsyncAPI are accepted too.
    """
    return [node for one in _ones(holder.get("servers")) if (node := _server(one)) is not None]


def _ones(given: Any) -> Iterable[Any]:
    if isinstance(given, list):
        return given
    if isinstance(given, dict) and not isinstance(given.get("url"), str):
        return given.values()
    return [given]


def _server(one: Any) -> Mapping[str, Any] | None:
    if isinstance(one, str) and ("://" in one or one.lstrip().startswith(("/", "{"))):
        one = {"url": one}
    if not isinstance(one, dict) or not isinstance(url := one.get("url"), str):
        return None
    return {**one, "url": plain} if (plain := _FOREIGN_PLACEHOLDER.sub(_in_braces, url)) != url else one


def _in_braces(found: re.Match[str]) -> str:
    return f"{{{next(filter(None, found.groups()))}}}"


def problem(holder: Mapping[str, Any]) -> str:
    """Return the error in ``servers`` that name no server; empty if they do, or if there are none."""
    given = holder.get("servers")
    if given is None or given == [] or listed(holder):
        return ""
    one = next(iter(_ones(given)), None)
    is_object = isinstance(given if not isinstance(given, list) else one, dict)
    what = "an object without a url" if is_object else f"{str(one)!r:.60}, which is no server"
    return f"`{'servers[0]' if isinstance(given, list) else 'servers'}` is {what}; expected [{{url: https://...}}]"


def is_whole(url: str) -> bool:
    """Return whether a server's URL is absolute."""
    return "://" in url or url.startswith("{")


def in_use(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Yield the servers of calls: the first one of the document, of each path and of each operation."""
    paths = document.get("paths")
    items = [item for item in paths.values() if isinstance(item, dict)] if isinstance(paths, dict) else []
    nodes = [(item, [node for node in item.values() if isinstance(node, dict)]) for item in items]
    is_shared = not nodes or any(not listed(item) and not all(map(listed, below)) for item, below in nodes)
    holders = [*([document] if is_shared else []), *(one for item, below in nodes for one in (item, *below))]
    found = [
        next(iter([node for node in servers if is_whole(node["url"])] or servers), None) for servers in map(listed, holders)
    ]
    return [node for node in found if node is not None]


def defaults_of(server: Mapping[str, Any]) -> dict[str, str]:
    """Return the usable values of a server's variables: the default, or the only one of an enum.

    A placeholder such as ``{tenant}`` or ``<tenant>`` is not a value, and neither is an empty string that leaves a gap in the
    host.
    """
    variables = server.get("variables")
    found: dict[str, str] = {}
    for name, node in variables.items() if isinstance(variables, dict) else ():
        value = node.get("default") if isinstance(node, dict) else node
        enum = node.get("enum") if isinstance(node, dict) else None
        if value is None and isinstance(enum, list) and len(enum) == 1:
            value = enum[0]
        if isinstance(value, str | int | float) and not _SHOWS_A_PLACE.search(text := str(value)):
            found[str(name)] = text
    return {name: text for name, text in found.items() if text or _may_be_empty(server["url"], name)}


def _may_be_empty(url: str, name: str) -> bool:
    """Return whether a URL is valid without one of its variables, given the others."""
    rest = _PLACEHOLDER.sub("x", url.replace(f"{{{name}}}", ""))
    host = rest.partition("://")[2].partition("/")[0] if "://" in rest else "x"
    return bool(host) and not host.startswith((".", ":")) and not host.endswith((".", "-", ":")) and ".." not in host


def to_fill(server: Mapping[str, Any]) -> list[str]:
    """Return the variables of a server's URL that have no value."""
    known = defaults_of(server)
    return [name for name in dict.fromkeys(_PLACEHOLDER.findall(server["url"])) if name not in known]


def filled(url: str, variables: Mapping[str, str]) -> str:
    """Fill a server's URL with the defaults of its variables; those without one stay."""
    return _PLACEHOLDER.sub(lambda found: variables.get(found[1], found[0]), url)


def whole(url: str, place: str = "") -> str:
    """Add the missing scheme of ``//api.example.com``: that of the description's ``place``, else https."""
    return f"{urlsplit(place).scheme or 'https'}:{url.strip()}" if url.strip().startswith("//") else url


def origin(url: str) -> str:
    """Return ``https://api.example.com``: scheme, host and port of a server in lower case, "" if it has none."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]+)", url)
    if found is None:
        return ""
    scheme, host = found[1].lower(), _PATH_BEHIND.sub("", found[2].rpartition("@")[2]).lower()
    return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}.get(scheme, ':'))}"


def is_foreign(url: str, definition: AppDefinition) -> bool:
    """Return whether only the description of an app named the host of ``url``.

    The user named the description's own host, and ``base_url``. A description in a local file, or served on this machine, may
    name this machine: that is how APIs are developed. For an installed package's description only hosts count that are not
    clearly public names.
    """
    host, spec = _host(url), definition.spec
    if is_named(host, spec, definition.app.base_url):
        return False
    return spec.kind not in {"npm", "pip"} or _PUBLIC.fullmatch(host) is None


def is_named(host: str, spec: SpecSource, base_url: str | None) -> bool:
    """Return whether the user named a host with a description from ``spec``.

    These are its own host and that of ``base_url``, or this machine's.
    """
    if host and host in {_host(spec.url), _host(base_url or "")}:
        return True
    return spec.kind not in {"npm", "pip"} and is_this_machine(host) and (not spec.url or is_this_machine(_host(spec.url)))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # brackets without a valid address
        return ""
