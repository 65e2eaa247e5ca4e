"""Import Google Discovery documents: each becomes an OpenAPI 3.1 document in memory, read by that importer.

A method is one action; a resource's path may contain slashes if the document says so (``{+name}``). What OpenAPI cannot express
is added to the binding afterwards: a method's upload variant, parameters with a single value. Source: "Discovery document",
https://developers.google.com/discovery/v1/reference/apis; RFC 6570, "Reserved Expansion".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from composio.catalog.definition import AppDefinition, Progress
from composio.catalog.importers import Imported, openapi
from composio.catalog.importers.discovery_schemas import parameter_schema, schema
from composio.catalog.importers.document import Document
from composio.catalog.importers.operations import Operation
from composio.catalog.importers.operations import operations as listed
from composio.catalog.importers.request import FILE_HINT
from composio.catalog.importers.scopes import by_privilege
from composio.catalog.importers.security import ARGUMENT
from composio.catalog.importers.select import Selection
from composio.errors import SpecError
from composio.model.action import ActionModel, Body, HttpBinding, JsonSchema, MediaUpload, Parameter, PartEncoding

__all__ = ["load", "operations", "outline"]

Node = dict[str, Any]

_VERBS: Final = frozenset(("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"))
_RESERVED: Final = re.compile(r"\{\+([^{}]+)\}")
_DOWNLOADS: Final = re.compile(r"download|export|getfile", re.IGNORECASE)
# The useful one of the parameters common to all methods: the others are credentials or change the response format.
_SHARED: Final = "fields"
_FILE_NAMES: Final = ("file", "media", "upload_file", "upload_media")
_AUTHORIZATION: Final = "https://accounts.google.com/o/oauth2/v2/auth"
_TOKEN: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


@dataclass(frozen=True, slots=True)
class _Method:
    """One method with the names of its resources. ``key`` is its path in the converted document."""

    node: Mapping[str, Any]
    trail: tuple[str, ...]
    name: str
    key: str = ""

    @property
    def id(self) -> str:
        found = self.node.get("id")
        return found if isinstance(found, str) and found else ".".join((*self.trail, self.name))

    @property
    def verb(self) -> str:
        return str(self.node.get("httpMethod", "GET")).upper()

    @property
    def path(self) -> str:
        return "/" + _RESERVED.sub(r"{\1}", str(self.node.get("path", ""))).lstrip("/")

    @property
    def parameters(self) -> Mapping[str, Any]:
        return _as_mapping(self.node.get("parameters"))

    @property
    def file(self) -> str:
        """The argument for a file, "" if the method takes none."""
        if "mediaUpload" not in self.node:
            return ""
        return next((name for name in _FILE_NAMES if name not in self.parameters), _FILE_NAMES[-1])

    @property
    def is_download(self) -> bool:
        """Whether the content is the method's only purpose."""
        names = (self.name, *self.trail[-1:])
        return self.node.get("supportsMediaDownload") is True and (
            "response" not in self.node or _DOWNLOADS.search(self.name) is not None or "media" in names
        )


def load(document: Any, definition: AppDefinition, report: Progress | None = None) -> Iterator[Imported]:
    """Yield the actions of a parsed Discovery document, in order. Raises ``SpecError`` if it is not one."""
    methods, identities = _select(_check(document, definition), definition)
    read = openapi.load(_openapi(document, methods), definition, report, identities)
    for method, imported in zip(methods, read, strict=True):
        if isinstance(imported, Imported):  # Discovery has no webhooks
            yield replace(imported, action=_finish(imported.action, method, document))


def operations(document: Any, definition: AppDefinition) -> Iterator[Operation]:
    """Return the operations that :func:`load` reads, to name them together with those of other documents."""
    methods, identities = _select(_check(document, definition), definition)
    paths: dict[str, Node] = {}
    for method in methods:
        node = {"operationId": method.id, "tags": list(method.trail[-1:]), "deprecated": method.node.get("deprecated")}
        paths.setdefault(method.key, {})[method.verb.lower()] = node
    yield from listed(Document({"openapi": "3.1.0", "paths": paths}, identities))


def _check(document: Any, definition: AppDefinition) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise SpecError(f"{definition.app.key}: the API description is no object; expected a Google Discovery document.")
    return document


def _select(document: Mapping[str, Any], definition: AppDefinition) -> tuple[list[_Method], Mapping[tuple[str, str], str]]:
    """Return the methods that the definition includes, and their identities."""
    selection = Selection(definition.spec)
    methods = [method for method in _methods(document) if selection.takes(method.verb, method.key, method.id)]
    return methods, {(method.verb, method.key): f"{method.verb} {method.id}" for method in methods}


def outline(document: Mapping[str, Any]) -> Node:
    """Return what an OpenAPI document would say of the whole API: ``info``, ``servers``, ``components.securitySchemes``."""
    title = document.get("title") or document.get("canonicalName") or document.get("name")
    info = {"title": title, "version": document.get("version"), "description": document.get("description")}
    base = str(document.get("rootUrl") or "") + str(document.get("servicePath") or "")
    scopes = _as_mapping(_as_mapping(_as_mapping(document.get("auth")).get("oauth2")).get("scopes"))
    texts = {str(name): str(_as_mapping(about).get("description") or "") for name, about in scopes.items()}
    schemes: Node = {}
    if texts:
        flow = {"authorizationUrl": _AUTHORIZATION, "tokenUrl": _TOKEN, "scopes": texts}
        schemes["oauth2"] = {"type": "oauth2", "flows": {"authorizationCode": flow}}
    if "key" in _as_mapping(document.get("parameters")):
        schemes["key"] = {"type": "apiKey", "in": "query", "name": "key"}
    url = base or str(document.get("baseUrl") or "")
    methods = _methods(document)
    ranks = _ranks(document, methods)
    paths: dict[str, Node] = {}
    for method in methods:
        paths.setdefault(method.key, {})[method.verb.lower()] = {"security": _security(method, ranks)}
    return {
        "info": info,
        "servers": [{"url": url}] if url else [],
        "components": {"securitySchemes": schemes},
        "paths": paths,
    }


def _ranks(document: Mapping[str, Any], methods: list[_Method]) -> Mapping[str, Any]:
    return by_privilege(str(document.get("name") or ""), [_texts(m.node.get("scopes")) for m in methods])


def _security(method: _Method, ranks: Mapping[str, Any]) -> list[Node]:
    """Any one of a method's scopes is enough. Public data can be read with a key alone, which no method declares."""
    scopes = sorted(_texts(method.node.get("scopes")), key=lambda scope: ranks.get(scope, ()))
    return [*({"oauth2": [scope]} for scope in scopes), {"key": []}]


def _openapi(document: Mapping[str, Any], methods: list[_Method]) -> Node:
    """Convert the document to OpenAPI 3.1.

    Of methods with one path and verb, the later ones' paths end with ``#`` and their id.
    """
    found = {"openapi": "3.1.0", **outline(document)}
    schemas = _as_mapping(document.get("schemas"))
    ranks = _ranks(document, methods)
    shared = _as_mapping(_as_mapping(document.get("parameters")).get(_SHARED))
    paths: dict[str, Node] = {}
    for method in methods:
        paths.setdefault(method.key, {})[method.verb.lower()] = _operation(method, schemas, shared, ranks)
    found["paths"] = paths
    found["components"]["schemas"] = {str(name): schema(node) for name, node in schemas.items()}
    return found


def _methods(document: Mapping[str, Any]) -> list[_Method]:
    """Yield every method, at any depth of resources, each under a unique path and verb."""
    found: list[_Method] = []
    taken: set[tuple[str, str]] = set()
    waiting: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), document)]
    while waiting:
        trail, holder = waiting.pop()
        for name, node in _as_mapping(holder.get("methods")).items():
            if not isinstance(node, dict) or not isinstance(node.get("path"), str):
                continue
            method = _Method(node, trail, str(name))
            if method.verb not in _VERBS:
                continue
            keys = (method.path, f"{method.path}#{method.id}", f"{method.path}#{method.id}#{len(found)}")
            key = next(key for key in keys if (key, method.verb) not in taken)
            taken.add((key, method.verb))
            found.append(replace(method, key=key))
        inner = _as_mapping(holder.get("resources"))
        waiting += [((*trail, str(name)), _as_mapping(node)) for name, node in reversed(list(inner.items()))]
    # In the reader's order: by path first.
    order = {key: index for index, key in enumerate(dict.fromkeys(method.key for method in found))}
    return sorted(found, key=lambda method: order[method.key])


def _operation(method: _Method, schemas: Mapping[str, Any], shared: Mapping[str, Any], ranks: Mapping[str, Any]) -> Node:
    node = method.node
    found: Node = {
        "operationId": method.id,
        "description": node.get("description"),
        "tags": list(method.trail[-1:]),
        "deprecated": node.get("deprecated"),
        "parameters": list(_parameters(method, shared)),
        "security": _security(method, ranks),
        "responses": _responses(method),
    }
    if (body := _body(method, schemas)) is not None:
        found["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return found


def _parameters(method: _Method, shared: Mapping[str, Any]) -> Iterator[Node]:
    expanded = set(_RESERVED.findall(str(method.node.get("path"))))
    for name, node in method.parameters.items():
        if isinstance(node, dict):
            place = "path" if node.get("location") == "path" else "query"
            # `reserved` is not an OpenAPI style: its values may contain slashes, which OpenAPI allows in no path.
            yield {
                "name": name,
                "in": place,
                "required": node.get("required") is True,
                "deprecated": node.get("deprecated"),
                "schema": parameter_schema(node),
                # Credentials are parameters of every method and listed separately; a method's own `key` is something else.
                ARGUMENT: True,
                **({"style": "reserved"} if name in expanded else {}),
            }
    if "response" in method.node and shared and _SHARED not in method.parameters:
        yield {"name": _SHARED, "in": "query", "schema": parameter_schema(shared)}
    if method.node.get("supportsMediaDownload") is True and not method.is_download and "alt" not in method.parameters:
        text = "media gives the content itself instead of what is known about it."
        yield {"name": "alt", "in": "query", "schema": {"type": "string", "enum": ["json", "media"], "description": text}}
    if name := method.file:
        yield {"name": name, "in": "query", "required": "request" not in method.node, "schema": _file_schema(method)}


def _file_schema(method: _Method) -> Node:
    upload = _as_mapping(method.node.get("mediaUpload"))
    accepted = [name for name in _texts(upload.get("accept")) if name != "*/*"]
    about = "The content to upload"
    about += f" ({', '.join(accepted)})" if accepted else ""
    about += f", at most {upload['maxSize']}" if isinstance(upload.get("maxSize"), str) else ""
    return {"type": "string", "format": "binary", "description": f"{about}. {FILE_HINT}"}


def _body(method: _Method, schemas: Mapping[str, Any]) -> Node | None:
    """Return the request's schema; None if it is empty."""
    request = method.node.get("request")
    if not isinstance(request, dict):
        return None
    reference = request.get("$ref")
    target = _as_mapping(schemas.get(reference)) if isinstance(reference, str) else request
    properties = {name: p for name, p in _as_mapping(target.get("properties")).items() if isinstance(p, dict)}
    is_closed = target.get("type") == "object" and "additionalProperties" not in target
    if is_closed and all(p.get("readOnly") is True for p in properties.values()):
        return None
    needed = [n for n, p in properties.items() if method.id in _texts(_as_mapping(p.get("annotations")).get("required"))]
    found = schema(request)
    # A file's metadata may also contain it, as with Gmail's `raw`.
    return {"allOf": [found], "required": needed} if needed and not method.file else found


def _responses(method: _Method) -> Node:
    content: Node = {}
    if isinstance(response := method.node.get("response"), dict):
        content["application/json"] = {"schema": schema(response)}
    if method.node.get("supportsMediaDownload") is True:
        content["*/*"] = {"schema": {"type": "string", "format": "binary"}}
    return {"200": {"description": "Successful", **({"content": content} if content else {})}}


def _finish(action: ActionModel, method: _Method, document: Mapping[str, Any]) -> ActionModel:
    binding = action.binding
    assert isinstance(binding, HttpBinding)  # the OpenAPI importer's form
    given = {p.name: p.wire for p in binding.parameters if p.place == "path"}
    filled = {name: method.parameters[wire]["default"] for name, wire in given.items() if _has_default(method, wire)}
    binding = replace(binding, path=method.path, defaults={**filled, **binding.defaults})
    for wire, place, value in _constants(method):
        binding = _with_constant(binding, wire, place, value)
    if method.file:
        binding = _with_upload(binding, method, document)
    return replace(
        action,
        binding=binding,
        parameters=JsonSchema(_without_required(action.parameters, filled)),
        validation=_without_required(action.validation, filled),
    )


def _has_default(method: _Method, wire: str) -> bool:
    return isinstance(_as_mapping(method.parameters.get(wire)).get("default"), str)


def _without_required(given: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(given)
    if names and (required := [name for name in found.pop("required", ()) if name not in names]):
        found["required"] = required
    return found


def _constants(method: _Method) -> Iterator[tuple[str, str, str]]:
    if method.is_download:
        yield "alt", "query", "media"
    if isinstance(version := method.node.get("apiVersion"), str):
        yield "X-Goog-Api-Version", "header", version


def _with_constant(binding: HttpBinding, wire: str, place: Any, value: str) -> HttpBinding:
    """Return ``binding`` with a fixed parameter: its argument has a name that no description uses."""
    style = "form" if place == "query" else "simple"
    constant = Parameter(f"${wire}", wire, place, style=style)
    return replace(binding, parameters=(*binding.parameters, constant), defaults={**binding.defaults, constant.name: value})


def _with_upload(binding: HttpBinding, method: _Method, document: Mapping[str, Any]) -> HttpBinding:
    """Return ``binding`` with another target for calls with a file: metadata and file in one body, or the file alone."""
    simple = _as_mapping(_as_mapping(_as_mapping(method.node.get("mediaUpload")).get("protocols")).get("simple"))
    file = next((p for p in binding.parameters if p.wire == method.file and p.place == "query"), None)
    binding = replace(binding, parameters=tuple(p for p in binding.parameters if p is not file))
    path = simple.get("path")
    if file is None or not isinstance(path, str):  # None if the app hides it
        return binding
    described = binding.body is not None and bool(binding.body.properties) and simple.get("multipart") is not False
    accepted = _texts(_as_mapping(method.node.get("mediaUpload")).get("accept"))
    if described and binding.body is not None:
        properties = {**binding.body.properties, file.name: file.name}
        encoding = {file.name: PartEncoding(content_type=",".join(accepted) or "*/*")}
        body = Body("multipart/related", "related", properties=properties, encoding=encoding, files=(file.name,))
    else:
        body = Body(",".join(accepted) or "*/*", "binary", whole=file.name, required=True, files=(file.name,))
    beside = str(document.get("servicePath") or "").strip("/")
    way = replace(binding, path="/" + _RESERVED.sub(r"{\1}", path).lstrip("/"), beside=beside, body=body)
    way = _with_constant(way, "uploadType", "query", "multipart" if described else "media")
    return replace(binding, upload=MediaUpload(file.name, way))


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return list(dict.fromkeys(one for one in value if isinstance(one, str))) if isinstance(value, list) else []
