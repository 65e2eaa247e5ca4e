"""Parameters and body of an operation as one flat object of arguments, and the way back to the wire.

Source: OpenAPI 3.1, "Parameter Object", "Request Body Object", "Media Type Object", "Encoding Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from composio.catalog.importers.document import Document, Schemas
from composio.catalog.importers.flatten import Fields, fields_of
from composio.catalog.importers.operations import Operation
from composio.model.action import Body, BodyKind, Parameter, PartEncoding, Place

__all__ = ["Request", "RequestReader"]

_PLACES = ("path", "query", "header", "cookie")
_DEFAULT_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
# OpenAPI says that these are ignored as parameters: the credentials, the binding and the body set them.
_OWNED_HEADERS = frozenset(("accept", "authorization", "content-type"))


@dataclass(slots=True)
class Request:
    """What an operation takes. ``schemas`` and ``required`` are by argument name; ``refs`` are the definitions they need.

    ``constraints`` are keywords beside the properties (``anyOf`` over what is required); ``open`` where the body takes more
    properties than it names.
    """

    schemas: dict[str, Any] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)
    parameters: list[Parameter] = field(default_factory=list)
    body: Body | None = None
    constraints: dict[str, Any] = field(default_factory=dict)
    open: bool = False

    def validation(self, schemas: Schemas) -> dict[str, Any]:
        """The faithful schema of the arguments, with the definitions that it needs and no others."""
        schema: dict[str, Any] = {"type": "object", "properties": self.schemas}
        if self.required:
            schema["required"] = self.required
        schema |= self.constraints
        if not self.open:
            schema["additionalProperties"] = False
        if definitions := schemas.closure(self.refs):
            schema["$defs"] = definitions
        return schema


class RequestReader:
    """Reads requests of one document. ``hide`` names parameters that are left out; shared parameters are read once."""

    def __init__(self, document: Document, schemas: Schemas, hide: tuple[str, ...]) -> None:
        self._document, self._schemas = document, schemas
        self._hidden = frozenset(name.casefold() for name in hide)
        self._shared: dict[str, tuple[Parameter, Any, frozenset[str]] | None] = {}

    def read(self, operation: Operation) -> Request:
        """The request of one operation."""
        request = Request()
        for parameter, schema, refs in self._parameters(operation):
            name = parameter.wire
            if name in request.schemas:  # `id` in the path and `id` in the query
                name = f"{parameter.place}_{name}"
            self._add(request, parameter, name, schema, refs)
        self._implied(operation, request)
        self._body(operation, request)
        return request

    @staticmethod
    def _add(request: Request, parameter: Parameter, name: str, schema: Any, refs: frozenset[str]) -> None:
        if name != parameter.name:
            parameter = replace(parameter, name=name)
        request.parameters.append(parameter)
        request.schemas[name] = schema
        request.refs |= refs
        if parameter.required:
            request.required.append(name)

    def _parameters(self, operation: Operation) -> list[tuple[Parameter, Any, frozenset[str]]]:
        """The operation's parameters, its own before those of the path, which they replace."""
        found: dict[tuple[str, str], tuple[Parameter, Any, frozenset[str]]] = {}
        for holder in (operation.item, operation.node):
            listed = holder.get("parameters")
            for node in listed if isinstance(listed, list) else ():
                read = self._parameter(node)
                if read is not None:
                    found[read[0].place, read[0].wire] = read
        return list(found.values())

    def _parameter(self, node: Any) -> tuple[Parameter, Any, frozenset[str]] | None:
        ref = node.get("$ref") if isinstance(node, Mapping) else None
        if not isinstance(ref, str):
            return self._read_parameter(node)
        if ref not in self._shared:
            self._shared[ref] = self._read_parameter(self._document.follow(node))
        return self._shared[ref]

    def _read_parameter(self, node: Any) -> tuple[Parameter, Any, frozenset[str]] | None:
        if not isinstance(node, Mapping) or not isinstance(node.get("name"), str) or node.get("in") not in _PLACES:
            self._document.warn("a parameter without a name or a known place was left out")
            return None
        wire, place = node["name"], cast(Place, node["in"])
        if wire.casefold() in self._hidden or (place == "header" and wire.casefold() in _OWNED_HEADERS):
            return None
        content_type, schema = self._parameter_schema(node)
        style = node.get("style") or _DEFAULT_STYLE[place]
        parameter = Parameter(
            name=wire,
            wire=wire,
            place=place,
            style=style,
            explode=bool(node.get("explode", style == "form")),
            allow_reserved=node.get("allowReserved") is True,
            content_type=content_type,
            required=place == "path" or node.get("required") is True,
        )
        local, refs = self._schemas.local(schema)
        return parameter, _described(local, node), refs

    @staticmethod
    def _parameter_schema(node: Mapping[str, Any]) -> tuple[str | None, Any]:
        content = node.get("content")
        if isinstance(content, Mapping) and content:
            media_type, media = next(iter(content.items()))
            return str(media_type), media.get("schema", {}) if isinstance(media, Mapping) else {}
        return None, node.get("schema", {})

    def _implied(self, operation: Operation, request: Request) -> None:
        """Placeholders of the path that nobody declared: they must be filled all the same."""
        declared = {p.wire for p in request.parameters if p.place == "path"}
        for piece in operation.path.split("{")[1:]:
            wire, closed, _ = piece.partition("}")
            if closed and wire and wire not in declared and wire.casefold() not in self._hidden:
                self._document.warn(f"the placeholder {{{wire}}} is no declared parameter")
                name = wire if wire not in request.schemas else f"path_{wire}"
                added = Parameter(wire, wire, "path", style="simple", explode=False, required=True)
                self._add(request, added, name, {"type": "string"}, frozenset())
                declared.add(wire)

    def _body(self, operation: Operation, request: Request) -> None:
        node = self._document.follow(operation.node.get("requestBody") or {})
        content = node.get("content")
        if not isinstance(content, Mapping) or not content:
            return
        media_type, kind = best_media_type(list(content))
        media = content[media_type] if isinstance(content[media_type], Mapping) else {}
        schema = media.get("schema", {})
        fields = fields_of(self._document, self._schemas, schema) if kind in {"json", "form", "multipart"} else None
        if fields is not None and not fields.properties and fields.closed:
            return  # an empty form: Stripe declares one for every GET
        if fields is not None and fields.properties:
            self._flat(request, node, media, media_type, kind, fields)
        else:
            self._whole(request, node, media_type, kind, schema)

    def _flat(
        self,
        request: Request,
        node: Mapping[str, Any],
        media: Mapping[str, Any],
        media_type: str,
        kind: BodyKind,
        fields: Fields,
    ) -> None:
        names: dict[str, str] = {}
        # A body that does not say `required` and lists required properties means them; one that says false means that too.
        needed = node.get("required", True) is True
        for wire, schema in fields.properties.items():
            if wire.casefold() in self._hidden:
                continue
            name = wire
            while name in request.schemas:
                name = f"body_{name}"
            names[name] = wire
            local, refs = self._schemas.local(schema)
            request.schemas[name] = local
            request.refs |= refs
            if needed and wire in fields.required:
                request.required.append(name)
        if all(name == wire for name, wire in names.items()) and needed:
            request.constraints = fields.constraints
        request.open = fields.open
        request.body = Body(
            media_type=media_type,
            kind=kind,
            properties=names,
            required=node.get("required") is True,
            encoding=_encodings(media, kind, fields),
        )

    def _whole(self, request: Request, node: Mapping[str, Any], media_type: str, kind: BodyKind, schema: Any) -> None:
        name = "body"
        while name in request.schemas:
            name = f"body_{name}"
        local, refs = self._schemas.local(schema)
        if kind in {"text", "xml", "binary"} and local.get("type") != "string":
            # An object has no agreed text form as XML or plain text: the caller writes the document.
            local, refs = {"type": "string"}, frozenset()
        request.schemas[name] = _described(local, node)
        request.refs |= refs
        required = node.get("required") is True
        if required:
            request.required.append(name)
        request.body = Body(media_type=media_type, kind=kind, whole=name, required=required)


def best_media_type(offered: list[str]) -> tuple[str, BodyKind]:
    """The media type to send, and how: JSON before vendor JSON, forms, multipart, text, XML and bytes."""
    ranked = [(_rank(name), index, name) for index, name in enumerate(offered)]
    (_, kind), _, name = min(ranked)
    return ("application/json" if kind == "json" and "*" in name else name), kind


def _rank(media_type: str) -> tuple[int, BodyKind]:
    base = media_type.partition(";")[0].strip().lower()
    if base == "application/json":
        return 0, "json"
    if base.endswith("+json"):
        return 1, "json"
    if base == "application/x-www-form-urlencoded":
        return 2, "form"
    if base == "multipart/form-data":
        return 3, "multipart"
    if base in {"application/xml", "text/xml"} or base.endswith("+xml"):
        return 6, "xml"
    if base.startswith("text/"):
        return 5, "text"
    return 7, "binary"


def _described(schema: dict[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """``schema`` with what its parameter or body says around it, where it does not say so itself."""
    text = node.get("description")
    if isinstance(text, str) and text and not schema.get("description"):
        schema = {**schema, "description": text}
    if node.get("deprecated") is True and "deprecated" not in schema:
        schema = {**schema, "deprecated": True}
    return schema


def _encodings(media: Mapping[str, Any], kind: BodyKind, fields: Fields) -> dict[str, PartEncoding]:
    """Encodings by property on the wire; bytes in a multipart body are ``application/octet-stream`` unless said otherwise."""
    if kind not in {"form", "multipart"}:
        return {}
    declared = media.get("encoding")
    found: dict[str, PartEncoding] = {}
    for wire, node in (declared if isinstance(declared, Mapping) else {}).items():
        if wire in fields.properties and isinstance(node, Mapping):
            explode = node.get("explode")
            found[wire] = PartEncoding(
                content_type=node.get("contentType"),
                style=node.get("style"),
                explode=explode if isinstance(explode, bool) else None,
                allow_reserved=node.get("allowReserved") is True,
            )
    if kind == "multipart":
        for wire, schema in fields.properties.items():
            if isinstance(schema, Mapping) and schema.get("format") == "binary" and wire not in found:
                found[wire] = PartEncoding(content_type="application/octet-stream")
    return found
