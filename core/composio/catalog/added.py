"""Apps that users add with ``composio apps add``: a description of theirs becomes a folder with an ``integration.yaml``.

Source of the schemes: OpenAPI 3.1, "Security Scheme Object".
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from composio.catalog.definition import SpecSource
from composio.catalog.importers.login import login
from composio.catalog.importers.prefix import prefix_of
from composio.errors import InvalidRequest, SpecError
from composio.plugin.spec import Importer

__all__ = ["definition_text", "key_of", "public", "source_of", "spec_name", "spec_text"]

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def key_of(name: str) -> str:
    """The app key that ``name`` makes; raises ``InvalidRequest`` where it can't be one."""
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    if not _KEY.fullmatch(key):
        raise InvalidRequest(
            f"App name {name!r}: expected a letter, then letters, digits and _; it begins every action's name."
        )
    return key


def source_of(spec: str) -> SpecSource:
    """Where a description named by the user is; raises ``InvalidRequest`` for an address that is none."""
    if "://" not in spec:
        return SpecSource(kind="file", path=str(Path(os.path.expanduser(spec)).resolve()))  # noqa: PTH111 - takes any text
    try:
        is_known = urlsplit(spec).scheme in {"http", "https"} and bool(urlsplit(spec).hostname)
    except ValueError:  # brackets that hold no address
        is_known = False
    if not is_known:  # not quoted, as it may hold a credential
        raise InvalidRequest(
            "The description's address is not valid: expected a file, or a URL such as https://HOST/openapi.json."
        )
    return SpecSource(kind="url", url=spec)


def spec_name(document: Any) -> str:
    """The file name to keep a description under."""
    if isinstance(document, str):
        return "schema.graphql"
    stated = document if isinstance(document, Mapping) else {}
    known = {"openapi": "openapi.json", "swagger": "swagger.json", "discoveryVersion": "discovery.json"}
    return next((name for key, name in known.items() if key in stated), "description.json")


def spec_text(document: Any) -> str:
    """What to keep of a description: JSON, whatever it came as, or the text that it is."""
    return document if isinstance(document, str) else json.dumps(document, default=str)


def definition_text(
    key: str, document: Any, importer: Importer, *, spec: str, base_url: str | None, allow_refs: Sequence[str] = ()
) -> str:
    """The ``integration.yaml`` of an added app. ``spec`` is the file or URL that the description came from.

    Raises ``SpecError`` where neither the description nor ``base_url`` says where the API is.
    """
    import yaml

    if not importer.locates and base_url is None:
        kind = importer.title or importer.name
        raise SpecError(f"{public(spec)}: {kind} does not say where its API is. Pass its endpoint: --base-url https://...")
    outline = _outline(document, importer)
    stated = outline.get("info")
    info: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    value: dict[str, Any] = {"name": str(info.get("title") or key), "unique_key": key}
    if isinstance(about := info.get("description"), str) and about.strip():
        value["description"] = about.strip().splitlines()[0][:300]
    base = _base_url(outline, spec, base_url)
    if schemes := list(_schemes(key, outline, base or next(filter(_is_absolute, _server_urls(outline)), None))):
        value["auth_schemes"] = schemes
    if base:
        # An endpoint is a URL as it is; what paths are put behind needs no slash.
        value["proxy"] = {"base_url": base.rstrip("/") if importer.locates else base}
    licence = info.get("license")
    value["spec"] = {"file": spec_name(document)}
    is_url = urlsplit(spec).scheme in {"http", "https"}
    if is_url and public(spec) == spec:  # what was taken out may be needed to get it again, and is not for writing down
        value["spec"]["url"] = spec
        if allow_refs:
            value["spec"]["allow_refs"] = list(dict.fromkeys(allow_refs))
    if isinstance(licence, Mapping) and isinstance(licence.get("name"), str) and licence["name"]:
        value["spec"]["license"] = licence["name"]
    if info.get("version"):
        version = re.sub(r"[^A-Za-z0-9.+!_-]", "-", str(info["version"])).lstrip(".+!_-")
        value["spec"] |= {"version": version} if version else {}
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
    again = f"update {key}" if "url" in value["spec"] else f"add {key} --spec {public(spec)}"
    return f"# Added from {public(spec)}, which `composio apps {again}` reads again. Edit this file as you like.\n{text}"


def _outline(document: Any, importer: Importer) -> Mapping[str, Any]:
    """What the description says of the API as a whole, in OpenAPI's words."""
    found = document
    if importer.outline:
        module, _, name = importer.outline.partition(":")
        found = getattr(import_module(module), name)(document)
    return found if isinstance(found, Mapping) else {}


def public(spec: str) -> str:
    """``spec`` without what may be a credential: user info and query of a URL."""
    parts = urlsplit(spec)
    if parts.scheme not in {"http", "https"}:
        return spec
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _base_url(document: Mapping[str, Any], spec: str, given: str | None) -> str | None:
    """The base URL to write down: ``given``, or the description's own where it is relative to its URL; None where it is whole."""
    if given is not None:
        if not given.startswith(("http://", "https://")):
            raise InvalidRequest(f"base_url must start with http:// or https://, got {given!r}.")
        return given
    urls = list(_server_urls(document))
    if any(map(_is_absolute, urls)) or any(_is_absolute(url) for holder in _below(document) for url in _server_urls(holder)):
        return None
    if urlsplit(spec).scheme in {"http", "https"}:
        # Without servers OpenAPI means "/", relative to where the description is.
        return str(urljoin(public(spec), urls[0] if urls else "/")).rstrip("/")
    found = f"its server is {urls[0]!r}, which is relative" if urls else "it names no server"
    raise SpecError(f"{public(spec)}: {found}, so nobody knows where the API is. Pass a base URL: --base-url https://...")


def _server_urls(holder: Mapping[str, Any]) -> Iterator[str]:
    """The URLs of the servers of a document, a path or an operation, with the defaults of their variables."""
    listed = holder.get("servers")
    for node in listed if isinstance(listed, list) else ():
        if isinstance(node, Mapping) and isinstance(url := node.get("url"), str):
            yield _PLACEHOLDER.sub(partial(_default, node.get("variables")), url)


def _default(variables: Any, placeholder: re.Match[str]) -> str:
    variable = variables.get(placeholder[0][1:-1]) if isinstance(variables, Mapping) else None
    return str(variable.get("default", "x")) if isinstance(variable, Mapping) else "x"


def _below(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Paths and operations, which may have servers of their own."""
    paths = document.get("paths")
    for item in paths.values() if isinstance(paths, Mapping) else ():
        if isinstance(item, Mapping):
            yield item
            yield from (node for node in item.values() if isinstance(node, Mapping))


def _is_absolute(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that hold no address
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _schemes(key: str, document: Mapping[str, Any], base: str | None) -> Iterator[dict[str, Any]]:
    components = document.get("components")
    found = components.get("securitySchemes") if isinstance(components, Mapping) else None
    declared: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    names: set[str] = set()
    for name, given in declared.items():
        node = _resolved(given, declared)
        if node.get("type") == "oauth2" and (by_password := login(node, base)) is not None:
            yield {"name": f"{name}_login", **by_password}
        scheme = _scheme(key.upper(), node)
        if scheme is not None and json.dumps(scheme) not in names:
            names.add(json.dumps(scheme))
            yield {"name": str(name), **scheme}


def _resolved(node: Any, declared: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(node, Mapping) and isinstance(ref := node.get("$ref"), str):
        node = declared.get(ref.rpartition("/")[2])
    return node if isinstance(node, Mapping) else {}


def _scheme(prefix: str, node: Mapping[str, Any]) -> dict[str, Any] | None:
    kind, http = node.get("type"), str(node.get("scheme", "")).lower()
    if kind == "apiKey" and isinstance(wire := node.get("name"), str) and wire:
        template = _credential("api_key", prefix_of(node.get("description")) if "authorization" in wire.lower() else "")
        proxies: dict[Any, dict[str, Any]] = {
            "header": {"headers": {wire: template}},
            "query": {"query_params": {wire: template}},
            "cookie": {"headers": {"Cookie": f"{wire}={template}"}},
        }
        if (place := node.get("in")) not in proxies:
            return None
        return {"auth_mode": "API_KEY", "fields": [_field("api_key", "API key", f"{prefix}_API_KEY")], "proxy": proxies[place]}
    if kind == "http" and http == "basic":
        fields = [_field("username", "User name", f"{prefix}_USERNAME"), _field("password", "Password", f"{prefix}_PASSWORD")]
        return {"auth_mode": "BASIC", "fields": fields}
    if kind in {"oauth2", "openIdConnect"} or (kind == "http" and http == "bearer"):
        proxy = {"headers": {"Authorization": _credential("token", prefix_of(node.get("description")) or "Bearer ")}}
        return {"auth_mode": "BEARER_TOKEN", "fields": [_field("token", "Token", f"{prefix}_TOKEN")], "proxy": proxy}
    return None


def _credential(field: str, prefix: str) -> str:
    """A field behind its prefix, which people copy along as often as not."""
    if not prefix or prefix == "Bearer ":
        return f"{prefix}{{{{ {field} }}}}"
    return f"{prefix}{{{{ {field}.removeprefix('{prefix}') }}}}"


def _field(name: str, shown: str, variable: str) -> dict[str, Any]:
    return {"name": name, "display_name": shown, "env": [variable]}
