"""Apps that users add with ``composio apps add``: a user's description becomes a folder with an ``integration.yaml``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from composio.catalog.definition import SpecSource, public
from composio.catalog.edits import Generated
from composio.catalog.importers.servers import defaults_of, filled, listed, problem, whole
from composio.catalog.sources.modes import NEEDED
from composio.catalog.sources.yamlfile import write_yaml
from composio.errors import InvalidRequest, SpecError
from composio.model.app import ADDRESS
from composio.model.peers import PeerServer
from composio.plugin.spec import Importer
from composio.schema.prose import shorten

if TYPE_CHECKING:
    from composio.catalog.schemes import Address, Discover

__all__ = ["definition_text", "generated", "key_of", "source_of", "spec_name", "spec_text"]

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_OWN = "composio"  # the app of Composio's own tools, such as COMPOSIO_MANAGE_CONNECTIONS
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_SCHEME = re.compile(r"^\{[^{}]*\}(?=://)")


def key_of(name: str) -> str:
    """Return the app key for ``name``; raises ``InvalidRequest`` if none is possible."""
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    if not _KEY.fullmatch(key):
        raise InvalidRequest(
            f"App name {name!r}: expected a letter, then letters, digits and _; it begins every action's name."
        )
    if key == _OWN or key.startswith(f"{_OWN}_"):
        raise InvalidRequest(
            f"App name {name!r}: an action of it could be called as one of Composio's own tools. Choose another name."
        )
    return key


def source_of(spec: str) -> SpecSource:
    """Return the source of a user's description; raises ``InvalidRequest`` for an invalid URL."""
    if "://" not in spec:
        return SpecSource(kind="file", path=str(Path(os.path.expanduser(spec)).resolve()))  # noqa: PTH111 - takes any text
    try:
        is_known = urlsplit(spec).scheme in {"http", "https"} and bool(urlsplit(spec).hostname)
    except ValueError:  # brackets without a valid address
        is_known = False
    if not is_known:  # not quoted, as it may hold a credential
        raise InvalidRequest(
            "The description's address is not valid: expected a file, or a URL such as https://HOST/openapi.json."
        )
    return SpecSource(kind="url", url=spec)


def spec_name(document: Any) -> str:
    """Return the file name under which a description is stored."""
    if isinstance(document, str):
        return "schema.graphql"
    stated = document if isinstance(document, Mapping) else {}
    if stated.get("format") == "mcp-tools":
        return "mcp.json"
    known = {"openapi": "openapi.json", "swagger": "swagger.json", "discoveryVersion": "discovery.json"}
    return next((name for key, name in known.items() if key in stated), "description.json")


def spec_text(document: Any) -> str:
    """Return what to store of a description: JSON if it parses, whatever its format, else the original text."""
    return document if isinstance(document, str) else json.dumps(document, default=str)


def generated(
    key: str,
    document: Any,
    importer: Importer,
    *,
    spec: str,
    base_url: str | None = None,
    auth: Sequence[str] = (),
    allow_refs: Sequence[str] = (),
    before: Generated | None = None,
    discover: Discover | None = None,
    server: PeerServer | None = None,
) -> Generated:
    """Return the contents of an added app's ``integration.yaml``. ``spec`` is the description's original file or URL.

    ``auth`` overrides the description's authentication, as :func:`composio.catalog.asked.asked_schemes` parses it. Values of
    ``before`` stay unless they are given again. ``discover`` fetches what a provider publishes. ``server`` is the server of
    another protocol that the description was read from. Raises ``SpecError`` if neither the description nor ``base_url`` gives
    the API's URL.
    """
    from composio.catalog.asked import asked_schemes
    from composio.catalog.schemes import address_of, declared_schemes

    base_url = before.base_url if base_url is None and before else base_url
    auth = tuple(auth) or (before.auth if before else ())
    if not importer.locates and base_url is None:
        kind = importer.title or importer.name
        raise SpecError(f"{public(spec)}: {kind} does not say where its API is. Pass its endpoint: --base-url https://...")
    outline = _outline(document, importer)
    stated = outline.get("info")
    info: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    value: dict[str, Any] = {"name": str(info.get("title") or key), "unique_key": key}
    if isinstance(about := info.get("description"), str) and about.strip():
        value["description"] = shorten(about.strip().splitlines()[0], 300)
    base = _base_url(outline, spec, base_url)
    urls = map(whole, _all_urls(outline))
    where = base or next((_SCHEME.sub("https", url) for url in urls if _is_absolute(url)), None)
    previous = before.definition.get("auth_schemes", ()) if before else ()
    if auth:
        schemes, notes = asked_schemes(key, auth), list[str]()
    elif server is not None:
        schemes, notes = _read_schemes(key, document, outline, where, previous)
    else:
        schemes, notes = declared_schemes(key, outline, where, previous, discover)
    if server is not None:
        notes = [*notes, *map(str, document.get("warnings") or ())]
    if address := address_of({"servers": base} if base else outline):
        schemes = [_at(scheme, address) for scheme in schemes or ({"name": ADDRESS, "auth_mode": "NO_AUTH"},)]
    if schemes:
        value["auth_schemes"] = schemes
    if base:
        # An endpoint is a URL without additions; a base URL needs no trailing slash.
        value["proxy"] = {"base_url": base.rstrip("/") if importer.locates else base}
    value["spec"] = _describe_spec(document, spec, info, allow_refs, server)
    return Generated(definition=value, base_url=base_url, auth=auth, notes=tuple(notes))


def _at(scheme: dict[str, Any], address: Address) -> dict[str, Any]:
    """Add to ``scheme`` the missing fields of the API's URL.

    A scheme without fields gets those of its mode, which the new ones must not replace.
    """
    own = scheme.get("fields") or NEEDED.get(scheme["auth_mode"], ())
    described = {one["name"]: one for one in address.fields}
    fields = [{**described.get(one["name"], {}), **one} for one in own]
    names = {one["name"] for one in fields}
    fields += [dict(one) for one in address.fields if one["name"] not in names]
    proxy = scheme.get("proxy", {})
    if address.path_params:
        proxy = {**proxy, "path_params": {**address.path_params, **proxy.get("path_params", {})}}
    return {**scheme, "fields": fields, **({"proxy": proxy} if proxy else {})}


def _describe_spec(
    document: Any, spec: str, info: Mapping[str, Any], allow_refs: Sequence[str], server: PeerServer | None
) -> dict[str, Any]:
    """Return where the description is stored, and its origin."""
    licence = info.get("license")
    made: dict[str, Any] = {"file": spec_name(document)}
    if server is not None:
        found = server.transport or str(document.get("transport") or "")
        made[server.kind] = written_server(replace(server, transport=found))
    is_url = server is None and urlsplit(spec).scheme in {"http", "https"}
    if is_url and public(spec) == spec:  # the removed part may be needed to fetch it again, and must not be stored
        made["url"] = spec
        if allow_refs:
            made["allow_refs"] = list(dict.fromkeys(allow_refs))
    if isinstance(licence, Mapping) and isinstance(licence.get("name"), str) and licence["name"]:
        made["license"] = licence["name"]
    if info.get("version"):
        version = re.sub(r"[^A-Za-z0-9.+!_-]", "-", str(info["version"])).lstrip(".+!_-")
        made |= {"version": version} if version else {}
    return made


def _read_schemes(
    key: str, document: Any, outline: Mapping[str, Any], where: str | None, previous: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the schemes of a server of another protocol, as it declares its sign-in."""
    from composio.catalog.importers import mcp
    from composio.catalog.schemes import declared_schemes

    schemes, notes = declared_schemes(key, outline, where, previous, mcp.discover(document))
    more = mcp.settings(document)
    schemes = [{**one, **more} if one["auth_mode"] == "OAUTH2" else one for one in schemes]
    for one in schemes:
        one.pop("security", None)  # tools do not declare which they need
    return schemes, notes


def written_server(server: PeerServer) -> dict[str, Any]:
    """Return a server in the form of ``integration.yaml``."""
    place: dict[str, Any] = {"url": server.url} if server.url else {"command": list(server.command)}
    if server.transport:
        place["transport"] = server.transport
    return {**place, **({"pin": True} if server.pin else {})}


def definition_text(key: str, definition: Mapping[str, Any], spec: str) -> str:
    """Return the ``integration.yaml`` of a new app."""
    text = write_yaml(definition)
    if "mcp" in definition["spec"]:
        return f"# Read from an MCP server, which `composio apps update {key}` reads again. Edit this file as you like: edits stay.\n{text}"
    again = f"update {key}" if "url" in definition["spec"] else f"add {key} --spec {public(spec)}"
    return f"# Added from {public(spec)}, which `composio apps {again}` reads again. Edit this file as you like: edits stay.\n{text}"


def _outline(document: Any, importer: Importer) -> Mapping[str, Any]:
    """Return what the description says of the whole API, in OpenAPI's terms."""
    found = document
    if importer.outline:
        module, _, name = importer.outline.partition(":")
        found = getattr(import_module(module), name)(document)
    return found if isinstance(found, Mapping) else {}


def _base_url(document: Mapping[str, Any], spec: str, given: str | None) -> str | None:
    """Return the base URL to store: ``given``, or the description's if it is relative to its URL; None if that is absolute."""
    if given is not None:
        if not given.startswith(("http://", "https://")):
            raise InvalidRequest(f"base_url must start with http:// or https://, got {given!r}.")
        return given
    urls = list(_server_urls(document))
    if any(map(_is_absolute, _all_urls(document))):
        return None
    own = document.get("$self")
    place = urljoin(public(spec), own) if isinstance(own, str) else public(spec)
    if urlsplit(place).scheme in {"http", "https"}:
        # Without servers, or with a server without URL, OpenAPI means "/", relative to the description's URL.
        return str(urljoin(place, (urls[0].strip() if urls else "") or "/")).rstrip("/")
    if any(_is_absolute(whole(url)) for url in _all_urls(document)):
        return None
    found = f"its server is {urls[0]!r}, which is relative" if urls else problem(document) or "it names no server"
    raise SpecError(f"{public(spec)}: {found}, so the API's address is unknown. Pass a base URL: --base-url https://...")


def _all_urls(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the servers' URLs of a document, then those of its paths and operations."""
    for holder in (document, *_below(document)):
        yield from _server_urls(holder)


def _server_urls(holder: Mapping[str, Any]) -> Iterator[str]:
    """Return the servers' URLs of a document, a path or an operation, with the defaults of their variables."""
    for node in listed(holder):
        yield filled(node["url"], defaults_of(node))


def _below(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield paths and operations, which may have servers of their own."""
    paths = document.get("paths")
    for item in paths.values() if isinstance(paths, Mapping) else ():
        if isinstance(item, Mapping):
            yield item
            yield from (node for node in item.values() if isinstance(node, Mapping))


def _is_absolute(url: str) -> bool:
    """Return whether a server's URL is absolute once its variables are filled."""
    try:
        parts = urlsplit(_PLACEHOLDER.sub("x", _with_scheme(url)))
    except ValueError:  # brackets without a valid address
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _with_scheme(url: str) -> str:
    """Return a server's URL with https if a variable decides the scheme; ``{base}/v1`` is absolute as well."""
    url = _SCHEME.sub("https", url)
    return f"https://{url}" if url.startswith("{") else url
