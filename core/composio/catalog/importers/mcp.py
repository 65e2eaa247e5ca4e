"""The tools of an MCP server into actions, from what was read of the server.

The tools' schemas become those of an OpenAPI document in memory, read by that importer, so that they are mended and bounded like
any other. What a server says is data: references lead nowhere outside of a tool's own schema, and characters that can't be seen
are taken out of what models read. Source: Model Context Protocol, 2025-11-25 and 2026-07-28, "Tools".
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
"""What ``format`` says in a description that was read of a server."""
_METADATA: Final = "https://provider.invalid/.well-known/oauth-authorization-server"
_HINTS: Final = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
# Levels of a schema; what is below allows anything.
_DEEPEST: Final = 60
_REFERENCES: Final = ("$ref", "$dynamicRef")
# What gives a schema another base, or a name that references elsewhere mean.
_BASES: Final = frozenset({"$id", "$anchor", "$dynamicAnchor", "$schema", "$recursiveAnchor", "$recursiveRef", "id"})
# Formats by which OpenAPI means a file.
_BYTES: Final = frozenset({"binary"})
_JOINERS: Final = frozenset("\u200c\u200d")
_UNUSUAL: Final = re.compile(r"[^A-Za-z0-9_-]+")
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]")


def is_mcp(document: Any) -> bool:
    """Whether a document is what was read of an MCP server."""
    return isinstance(document, Mapping) and document.get("format") == FORMAT


def load(document: Any, definition: AppDefinition, report: Progress | None = None) -> Iterator[Imported]:
    """The actions of an MCP server's tools. Raises ``SpecError`` where the app's file does not say which server they are of."""
    server = definition.spec.server
    if server is None:
        raise SpecError(
            f"{definition.app.key}: a list of MCP tools says nothing of where their server is. Add the server itself:"
            f" composio apps add {definition.app.key} --mcp URL"
        )
    tools = _by_path(_tools(document))
    identities = {("POST", path): f"tool {tool['name']}" for path, tool in tools.items()}
    for imported in openapi.load(_openapi(document, tools), definition, report, identities):
        if isinstance(imported, Imported):
            binding = imported.action.binding
            assert isinstance(binding, HttpBinding)  # what the OpenAPI reader makes
            yield replace(imported, action=_finish(imported.action, binding, tools[binding.path], server))


def outline(document: Mapping[str, Any]) -> Node:
    """What an OpenAPI document would say of the server as a whole."""
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
    """What the server's authorization server publishes of itself, as :func:`composio.catalog.schemes.declared_schemes` asks for it."""

    def published(_url: str) -> Any:
        found = _metadata(document)
        if found is None:
            raise SpecError("nothing is published")
        return found

    return published


def settings(document: Mapping[str, Any]) -> Node:
    """What a scheme of OAuth 2 has to say besides its endpoints. Source: MCP, "Authorization"; RFC 8707; RFC 7591; RFC 9728, 2."""
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
    """The tools that have a name, the first of each."""
    tools = document.get("tools")
    found: dict[str, Mapping[str, Any]] = {}
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, Mapping) and isinstance(name := tool.get("name"), str) and name:
            found.setdefault(name, tool)
    return list(found.values())


def _by_path(tools: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The tools by paths of their own: a name may hold anything, and a path has templates.

    Where names differ only in what a path can't hold, each path has its name's digest: numbers would go by the order of the list,
    by which a server could swap two tools under the names that models were given.
    """
    tools = list(tools)
    wanted = [f"/{_UNUSUAL.sub('-', tool['name'])[:60]}" for tool in tools]
    often = Counter(wanted)
    # A name can't make a path with a tilde.
    return {
        path if often[path] == 1 else f"{path}~{_digest(tool['name'])}": tool for path, tool in zip(wanted, tools, strict=True)
    }


def _digest(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _openapi(document: Mapping[str, Any], tools: Mapping[str, Mapping[str, Any]]) -> Node:
    """The tools as an OpenAPI document whose bodies are their arguments."""
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
                # No summary: an action is called after its tool's name.
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
    """A tool's name for people, "" where it has none."""
    title = tool.get("title") or _annotations(tool).get("title")
    return without_hidden(title)[:200] if isinstance(title, str) else ""


def _annotations(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    found = tool.get("annotations")
    return found if isinstance(found, Mapping) else {}


def _hint(tool: Mapping[str, Any], name: str) -> bool:
    return _annotations(tool).get(name) is True


def _finish(action: ActionModel, binding: HttpBinding, tool: Mapping[str, Any], server: PeerServer) -> ActionModel:
    """The action with how its tool is called. A tool that only reads is of a safe method, which may be tried again."""
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
    """A server's address in two: what may be replaced by another, and the path and query that are put behind it."""
    if not server.url:
        return NOWHERE, "/"
    parts = urlsplit(server.url)
    path = "/" if parts.path.endswith("/") and parts.path != "/" else ""
    return parts._replace(query="", fragment="").geturl(), f"{path}?{parts.query}" if parts.query else path


def without_hidden(text: str) -> str:
    """``text`` without characters that people don't see and models read: tags, zero widths, bidi marks, controls."""
    kept = (
        c
        for c in _TAGS.sub("", text)
        if c in "\n\t" or c in _JOINERS or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"}
    )
    return "".join(kept)


def without_outside(node: Any, depth: int = 0) -> Any:
    """A schema without references that lead out of it, which nobody follows for a server; what is too deep is left out."""
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
    """A schema of arguments as one of an object, which MCP says that it is."""
    found = dict(schema) if isinstance(schema, dict) else {}
    if "$ref" in found:
        return found
    return {**found, "type": "object"}


def _takes_nothing(schema: Node) -> bool:
    return set(schema) <= {"type", "title", "description", "required", "properties", "additionalProperties"} and not (
        schema.get("properties") or schema.get("additionalProperties")
    )


def _local(schema: Any, name: str, depth: int = 0) -> Any:
    """``schema`` with its references below ``#/components/schemas/NAME``; others, and what is too deep, allow anything."""
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
            continue  # OpenAPI's word for a file; MCP has none
        else:
            found[str(key)] = _local(value, name, depth + 1)
    return found


def _refers_to_itself(schema: Any, name: str) -> bool:
    if isinstance(schema, list):
        return any(_refers_to_itself(one, name) for one in schema)
    if not isinstance(schema, Mapping):
        return False
    return schema.get("$ref") == f"#/components/schemas/{name}" or any(_refers_to_itself(one, name) for one in schema.values())
