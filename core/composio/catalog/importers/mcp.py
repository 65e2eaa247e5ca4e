"""Import the tools of an MCP server, from what was read from the server.

The tools' schemas become those of an OpenAPI document in memory, read by that importer, so that they are repaired and limited
like any other. The server's data is untrusted: references stay within a tool's own schema, and invisible characters are removed
from what models read. Source: Model Context Protocol, 2025-11-25 and 2026-07-28, "Tools".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from composio.catalog.definition import AppDefinition, Progress
from composio.catalog.importers import Imported, openapi
from composio.errors import SpecError
from composio.model.action import ActionModel, HttpBinding, Server
from composio.model.peers import NOWHERE, Peer, PeerServer

__all__ = ["FORMAT", "discover", "is_mcp", "load", "outline", "settings", "without_hidden", "without_outside"]

Node = dict[str, Any]

FORMAT: Final = "mcp-tools"
"""The ``format`` of a description that was read from a server."""
_METADATA: Final = "https://provider.invalid/.well-known/oauth-authorization-server"
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
# Levels of a schema; deeper ones allow anything.
_DEEPEST: Final = 60
_REFERENCES: Final = ("$ref", "$dynamicRef")
# Keywords that change a schema's base, or a name for references from elsewhere.
_BASES: Final = frozenset({"$id", "$anchor", "$dynamicAnchor", "$schema", "$recursiveAnchor", "$recursiveRef", "id"})
# Formats that mean a file in OpenAPI.
_BYTES: Final = frozenset({"binary"})
_JOINERS: Final = frozenset("\u200c\u200d")
_UNUSUAL: Final = re.compile(r"[^A-Za-z0-9_-]+")
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]")


def is_mcp(document: Any) -> bool:
    """Return whether a document was read from an MCP server."""
    return isinstance(document, Mapping) and document.get("format") == FORMAT


def load(document: Any, definition: AppDefinition, report: Progress | None = None) -> Iterator[Imported]:
    """Yield the actions of an MCP server's tools. Raises ``SpecError`` if the app's file does not name the server."""
    server = definition.spec.server
    if server is None:
        raise SpecError(
            f"{definition.app.key}: a list of MCP tools does not name their server. Add the server itself:"
            f" composio apps add {definition.app.key} --mcp URL"
        )
    tools = _by_path(_tools(document))
    identities = {("POST", path): f"tool {tool['name']}" for path, tool in tools.items()}
    for imported in openapi.load(_openapi(document, tools), definition, report, identities):
        if isinstance(imported, Imported):
            binding = imported.action.binding
            assert isinstance(binding, HttpBinding)  # the OpenAPI importer's form
            yield replace(imported, action=_finish(imported.action, binding, tools[binding.path], server))


def outline(document: Mapping[str, Any]) -> Node:
    """Return what an OpenAPI document would say of the whole server."""
    about = document.get("server")
    about = about if isinstance(about, Mapping) else {}
    texts = {name: without_hidden(about[name]) for name in ("version", "description") if isinstance(about.get(name), str)}
    title = about.get("title") or about.get("name")
    info = {**texts, **({"title": without_hidden(title)[:100]} if isinstance(title, str) and title.strip() else {})}
    url = document.get("url")
    schemes: Node = {}
    if _metadata(document) is not None:
        schemes["oauth2"] = {"type": "oauth2", "flows": {}, "oauth2MetadataUrl": _METADATA}
    elif isinstance(document.get("auth"), Mapping):
        schemes["token"] = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.2.0",
        "info": info,
        "servers": [{"url": url if isinstance(url, str) and url else NOWHERE}],
        "components": {"securitySchemes": schemes},
    }


def discover(document: Mapping[str, Any]) -> Callable[[str], Any]:
    """Return the metadata of the server's authorization server.

    The form is the one that :func:`composio.catalog.schemes.declared_schemes` requests.
    """

    def published(_url: str) -> Any:
        found = _metadata(document)
        if found is None:
            raise SpecError("nothing is published")
        return found

    return published


def settings(document: Mapping[str, Any]) -> Node:
    """Return an OAuth 2 scheme's settings besides its endpoints.

    Source: MCP, "Authorization"; RFC 8707; RFC 7591; RFC 9728, 2.
    """
    auth = document.get("auth")
    metadata = _metadata(document)
    if not isinstance(auth, Mapping) or metadata is None:
        return {}
    found: Node = {}
    if isinstance(resource := auth.get("resource"), str) and resource:
        for place in ("authorization_params", "token_params", "refresh_params"):
            found[place] = {"resource": resource}
    if isinstance(url := metadata.get("registration_endpoint"), str):
        found["registration_url"] = url
    scopes = auth.get("scopes")
    if isinstance(scopes, list) and all(isinstance(one, str) for one in scopes) and scopes:
        supported = metadata.get("scopes_supported")
        lasting = ["offline_access"] if isinstance(supported, list) and "offline_access" in supported else []
        found["default_scopes"] = list(dict.fromkeys((*scopes, *lasting)))
    return found


def _metadata(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    auth = document.get("auth")
    found = auth.get("metadata") if isinstance(auth, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _tools(document: Any) -> list[Mapping[str, Any]]:
    """Return the tools with a name; of duplicates the first."""
    tools = document.get("tools")
    found: dict[str, Mapping[str, Any]] = {}
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, Mapping) and isinstance(name := tool.get("name"), str) and name:
            found.setdefault(name, tool)
    return list(found.values())


def _by_path(tools: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the tools by unique paths: a name may contain anything, and a path has templates.

    If names differ only in characters that a path cannot hold, each path gets its name's digest: numbers would follow the order
    of the list, and a server could swap two tools under the names that models were given.
    """
    tools = list(tools)
    wanted = [f"/{_UNUSUAL.sub('-', tool['name'])[:60]}" for tool in tools]
    often = Counter(wanted)
    # A name cannot produce a path with a tilde.
    return {
        path if often[path] == 1 else f"{path}~{_digest(tool['name'])}": tool for path, tool in zip(wanted, tools, strict=True)
    }


def _digest(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _openapi(document: Mapping[str, Any], tools: Mapping[str, Mapping[str, Any]]) -> Node:
    """Return the tools as an OpenAPI document whose bodies are their arguments."""
    schemas: Node = {}
    paths: Node = {}
    for number, (path, tool) in enumerate(tools.items()):
        own, answer = f"t{number}", f"r{number}"
        schemas[own] = _object(_local(tool.get("inputSchema"), own))
        content: Node = {}
        if isinstance(output := tool.get("outputSchema"), Mapping):
            schemas[answer] = _local(output, answer)
            content = _content_of({"$ref": f"#/components/schemas/{answer}"})
        schema = schemas[own] if not _refers_to_itself(schemas[own], own) else {"$ref": f"#/components/schemas/{own}"}
        paths[path] = {
            "post": {
                "operationId": tool["name"],
                # No summary: an action is named after its tool.
                "description": without_hidden(str(tool.get("description") or _title(tool))),
                "tags": [name for name in _HINTS if _hint(tool, name)],
                **({} if _takes_nothing(schemas[own]) else {"requestBody": {"required": True, "content": _content_of(schema)}}),
                "responses": {"200": {"description": "", **({"content": content} if content else {})}},
            }
        }
    about = outline(document)
    return {**about, "paths": paths, "components": {"schemas": schemas}}


def _content_of(schema: Node) -> Node:
    return {"application/json": {"schema": schema}}


def _title(tool: Mapping[str, Any]) -> str:
    """Return a tool's name for people, "" if it has none."""
    title = tool.get("title") or _annotations(tool).get("title")
    return without_hidden(title)[:200] if isinstance(title, str) else ""


def _annotations(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    found = tool.get("annotations")
    return found if isinstance(found, Mapping) else {}


def _hint(tool: Mapping[str, Any], name: str) -> bool:
    return _annotations(tool).get(name) is True


def _finish(action: ActionModel, binding: HttpBinding, tool: Mapping[str, Any], server: PeerServer) -> ActionModel:
    """Return the action with its tool call. A read-only tool gets a safe method, which may be retried."""
    base, path = place_of(server)
    is_safe = _hint(tool, "readOnlyHint")
    finished = replace(
        binding,
        method="QUERY" if is_safe else "POST",
        path=path,
        servers=(Server(base),),
        accept=("application/json",),
        public=False,
        security=None,
        peer=Peer(server, str(tool["name"])),
    )
    hidden = {tag for tag in action.tags if tag in _HINTS and not _hint(tool, tag)}
    return replace(
        action,
        display_name=_title(tool) or str(tool["name"]),
        tags=tuple(tag for tag in action.tags if tag not in hidden),
        important=True,
        binding=finished,
    )


def place_of(server: PeerServer) -> tuple[str, str]:
    """Split a server's URL: the replaceable base, and the path and query that are appended."""
    if not server.url:
        return NOWHERE, "/"
    parts = urlsplit(server.url)
    path = "/" if parts.path.endswith("/") and parts.path != "/" else ""
    return parts._replace(query="", fragment="").geturl(), f"{path}?{parts.query}" if parts.query else path


def without_hidden(text: str) -> str:
    """Remove characters that people do not see and models read: tags, zero widths, bidi marks, controls."""
    kept = (
        c
        for c in _TAGS.sub("", text)
        if c in "\n\t" or c in _JOINERS or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"}
    )
    return "".join(kept)


def without_outside(node: Any, depth: int = 0) -> Any:
    """Drop references that lead out of a schema, as servers' references are not followed, and levels that are too deep."""
    if depth > 2 * _DEEPEST:
        return {}
    if isinstance(node, list):
        return [without_outside(one, depth + 1) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without_outside(value, depth + 1)
        for key, value in node.items()
        if not (key in _REFERENCES and isinstance(value, str) and not value.startswith("#"))
        and not (key in _BASES and isinstance(value, str | bool))
    }


def _object(schema: Any) -> Node:
    """Return a schema of arguments as an object schema, which MCP requires."""
    found = dict(schema) if isinstance(schema, dict) else {}
    if "$ref" in found:
        return found
    return {**found, "type": "object"}


def _takes_nothing(schema: Node) -> bool:
    return set(schema) <= {"type", "title", "description", "required", "properties", "additionalProperties"} and not (
        schema.get("properties") or schema.get("additionalProperties")
    )


def _local(schema: Any, name: str, depth: int = 0) -> Any:
    """Return ``schema`` with references below ``#/components/schemas/NAME``.

    Others, and levels that are too deep, allow anything.
    """
    if depth > _DEEPEST:
        return {}
    if isinstance(schema, list):
        return [_local(one, name, depth + 1) for one in schema]
    if isinstance(schema, str):
        return without_hidden(schema)
    if not isinstance(schema, Mapping):
        return schema if depth else {}
    found: Node = {}
    for key, value in schema.items():
        if key in _REFERENCES and isinstance(value, str):
            if value.startswith("#/") or value == "#":
                found["$ref"] = f"#/components/schemas/{name}{value[1:]}"
        elif key in _BASES and isinstance(value, str | bool):
            continue
        elif key == "format" and value in _BYTES:
            continue  # OpenAPI's format for a file; MCP has none
        else:
            found[str(key)] = _local(value, name, depth + 1)
    return found


def _refers_to_itself(schema: Any, name: str) -> bool:
    if isinstance(schema, list):
        return any(_refers_to_itself(one, name) for one in schema)
    if not isinstance(schema, Mapping):
        return False
    return schema.get("$ref") == f"#/components/schemas/{name}" or any(_refers_to_itself(one, name) for one in schema.values())
