"""Flatten an operation's parameters and body to one object of arguments, with a binding back to the wire.

Source: OpenAPI 3.1, "Parameter Object", "Request Body Object", "Media Type Object", "Encoding Object".
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast
from urllib.parse import parse_qsl

from composio.catalog.importers.cases import conditions, notes
from composio.catalog.importers.document import Document, Schemas, media_schema
from composio.catalog.importers.encodings import encodings
from composio.catalog.importers.files import FileKind, is_encoded, part_kind
from composio.catalog.importers.flatten import Choice, Fields, fields_of, form_fields
from composio.catalog.importers.mixed import body_of, own_schema
from composio.catalog.importers.operations import Operation
from composio.catalog.importers.sequences import SEQUENCE_HINT, sequence_schema
from composio.catalog.importers.xml import xml_rules
from composio.model.action import Body, BodyKind, Parameter, Place
from composio.model.media import base_type, is_json, is_sequence
from composio.schema.defaults import without_wrong_defaults

__all__ = ["FILE_HINT", "Request", "RequestReader", "best_media_type"]

# A body of files, an object or list without files, or something else.
Shape = Literal["files", "object", "other"]
_PLACES = ("path", "query", "header", "cookie")
# 3.2's parameter for the whole query, written as its media type says: here a separate style.
_WHOLE_QUERY = "querystring"
# Swagger 2.0's parameters that stand for the body.
_SWAGGER_PLACES = ("body", "formData")
_DEFAULT_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
# OpenAPI says that these are ignored as parameters: the credentials, the binding and the body set them.
_OWNED_HEADERS = frozenset(("accept", "authorization", "content-type"))
_ANYTHING = frozenset(("*/*", "application/*", "*"))
_TEXTS = frozenset(f"application/{name}" for name in ("graphql", "javascript", "sql", "x-yaml", "yaml", "xml-dtd"))
FILE_HINT = "A file: its path in the upload folder, or a URL data:TYPE;base64,DATA."
_ABOUT_ALL = frozenset(("$ref", "additionalProperties", "patternProperties", "propertyNames", "unevaluatedProperties"))
_ABOUT_ALL |= {"maxProperties", "minProperties"}


@dataclass(slots=True)
class Request:
    """An operation's arguments. ``schemas`` and ``required`` are by argument name; ``refs`` are the definitions they need.

    ``upload`` is the alternative body for calls with a file. ``constraints`` are keywords beside the properties (``anyOf`` over
    required properties), ``cases`` are conditions for the validator only. ``more`` says whether further properties are
    accepted: the body declares it, leaves it open, or cannot carry any.
    """

    schemas: dict[str, Any] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    refs: set[str] = field(default_factory=set)
    parameters: list[Parameter] = field(default_factory=list)
    body: Body | None = None
    upload: Body | None = None
    constraints: dict[str, Any] = field(default_factory=dict)
    cases: list[Any] = field(default_factory=list)
    more: Literal["asked for", "unsaid", "forbidden"] = "forbidden"

    def validation(self, schemas: Schemas) -> dict[str, Any]:
        """Return the full schema of the arguments, with only the definitions that it needs."""
        schema: dict[str, Any] = {"type": "object", "properties": self.schemas}
        if self.required:
            schema["required"] = self.required
        schema |= self.constraints
        if self.cases:
            schema["allOf"] = [*schema.get("allOf", ()), *self.cases]
        if "additionalProperties" not in schema and self.more != "unsaid":
            schema["additionalProperties"] = self.more == "asked for"
        if definitions := schemas.closure(self.refs):
            schema["$defs"] = definitions
        return schema

    def shown(self, validation: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of :meth:`validation` that a model sees; it does not mention additional properties."""
        found = {k: v for k, v in validation.items() if k not in ("additionalProperties", "allOf")}
        return {**found, **{k: v for k, v in self.constraints.items() if k == "allOf"}}


class RequestReader:
    """Read the requests of one document. ``hide`` names parameters to omit; shared parameters are read once.

    ``credentials`` returns location and name of an operation's credential parameters, which no model may fill.
    """

    def __init__(
        self,
        document: Document,
        schemas: Schemas,
        hide: tuple[str, ...],
        credentials: Callable[[Operation], Container[tuple[str, str]]] = lambda _: (),
    ) -> None:
        self._document, self._schemas, self._credentials = document, schemas, credentials
        self._hidden = frozenset(name.casefold() for name in hide)
        self._shared: dict[str, tuple[Parameter, Any, frozenset[str]] | None] = {}
        self._of_paths: dict[int, tuple[Parameter, Any, frozenset[str]]] = {}

    def read(self, operation: Operation) -> Request:
        """Return the request of one operation."""
        request = Request()
        said = {name for name, value in parse_qsl(operation.path.partition("?")[2], keep_blank_values=True) if "{" not in value}
        for found, schema, refs in self._parameters(operation):
            if found.place == "query" and found.wire in said:
                continue  # the path has it already, to distinguish this operation from others
            name = found.wire
            parameter = _place(found, operation) if found.place == "path" else found
            while name in request.schemas:  # `id` in the path and `id` in the query, perhaps with a `query_id`
                name = f"{parameter.place}_{name}"
            self._add(request, parameter, name, schema, refs)
        self._add_undeclared(operation, request)
        self._body(operation, request)
        self._schemas.complete()
        definitions = self._schemas.definitions
        request.schemas = {name: without_wrong_defaults(schema, definitions) for name, schema in request.schemas.items()}
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
        """Return the operation's parameters: its own, then those of the path that they do not override."""
        found: dict[tuple[str, str], tuple[Parameter, Any, frozenset[str]]] = {}
        credentials = self._credentials(operation)
        for holder in (operation.item, operation.node):
            listed = holder.get("parameters")
            for node in listed if isinstance(listed, list) else ():
                read = self._parameter(node) if holder is operation.node else self._parameter_of_path(node)
                if read is not None and (read[0].place, read[0].wire.casefold()) not in credentials:
                    found[read[0].place, read[0].wire] = read
        return list(found.values())

    def _parameter_of_path(self, node: Any) -> tuple[Parameter, Any, frozenset[str]] | None:
        """Read a parameter shared by all operations of a path, once unless each needs a warning."""
        if (known := self._of_paths.get(id(node))) is not None:
            return known
        before = self._document.warned
        read = self._parameter(node)
        if read is not None and self._document.warned == before:
            self._of_paths[id(node)] = read
        return read

    def _parameter(self, node: Any) -> tuple[Parameter, Any, frozenset[str]] | None:
        ref = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(ref, str):
            return self._read_parameter(node)
        if ref not in self._shared:
            self._shared[ref] = self._read_parameter(self._document.follow(node))
        return self._shared[ref]

    def _list(self, operation: Operation) -> Iterator[Mapping[str, Any]]:
        """Return the parameters as declared, the operation's before the path's."""
        for holder in (operation.node, operation.item):
            listed = holder.get("parameters")
            yield from (self._document.follow(node) for node in (listed if isinstance(listed, list) else ()))

    def _read_parameter(self, node: Any) -> tuple[Parameter, Any, frozenset[str]] | None:
        if (
            not isinstance(node, dict)
            or not isinstance(node.get("name"), str)
            or node.get("in") not in (*_PLACES, _WHOLE_QUERY)
        ):
            if not isinstance(node, dict) or node.get("in") not in _SWAGGER_PLACES:
                self._document.warn("a parameter without a name or a known place was left out")
            return None
        is_whole_query = node["in"] == _WHOLE_QUERY
        wire, place = node["name"], cast(Place, "query" if is_whole_query else node["in"])
        if wire.casefold() in self._hidden or (place == "header" and wire.casefold() in _OWNED_HEADERS):
            return None
        content_type, schema = self._parameter_schema(node)
        style = _WHOLE_QUERY if is_whole_query else node.get("style") or _DEFAULT_STYLE[place]
        parameter = Parameter(
            name=wire,
            wire=wire,
            place=place,
            style=style,
            explode=bool(node.get("explode", style == "form")),
            allow_reserved=node.get("allowReserved") is True,
            content_type=content_type,
            required=place == "path" or node.get("required") is True,
            allow_empty=node.get("allowEmptyValue") is True,
        )
        local, refs = self._schemas.local(schema)
        return parameter, _describe(local, node), refs

    def _parameter_schema(self, node: Mapping[str, Any]) -> tuple[str | None, Any]:
        content = node.get("content")
        if isinstance(content, dict) and content:
            media_type, media = next(iter(content.items()))
            return str(media_type), media_schema(self._document.follow(media))
        return None, own_schema(node)

    def _add_undeclared(self, operation: Operation, request: Request) -> None:
        """Add undeclared placeholders of the path: they are required all the same."""
        declared = {p.wire for p in request.parameters if p.place == "path"}
        for wire in operation.placeholders:
            if wire not in declared and wire.casefold() not in self._hidden:
                self._document.warn(f"the placeholder {{{wire}}} is no declared parameter")
                name = wire
                while name in request.schemas:
                    name = f"path_{name}"
                style = "reserved" if wire in operation.open_placeholders else "simple"
                added = Parameter(name, wire, "path", style=style, explode=False, required=True)
                self._add(request, added, name, {"type": "string"}, frozenset())
                declared.add(wire)

    def _body(self, operation: Operation, request: Request) -> None:
        node = self._document.follow(operation.node.get("requestBody") or {}) or body_of(self._list(operation))
        content = node.get("content")
        if not isinstance(content, dict) or not content:
            return
        readable = {str(name): self._document.follow(media) for name, media in content.items()}
        shapes = {name: self._shape(media) for name, media in readable.items()} if len(content) > 1 else {}
        wildcard = next(iter(readable)) if len(content) == 1 and "*" in next(iter(readable)) else None
        if wildcard:
            shapes = {wildcard: self._shape(readable[wildcard])}
        offered, media_type, kind = best_media_type(list(readable), shapes)
        carrier = _carrier(kind, shapes)
        with_files = Request(schemas=dict(request.schemas)) if carrier is not None else None
        self._content(request, node, readable[offered], media_type, kind)
        if carrier is not None and with_files is not None:
            self._content(with_files, node, readable[carrier], carrier, "multipart")
            combine(request, with_files)

    def _content(
        self, request: Request, node: Mapping[str, Any], media: Mapping[str, Any], media_type: str, kind: BodyKind
    ) -> None:
        """Read the body as one media type."""
        schema = sequence_schema(self._document, media) if kind == "lines" else media_schema(media)
        rules = xml_rules(self._document, schema) if kind == "xml" else {}
        flat = kind in {"json", "form", "multipart"} or bool(rules)
        read = form_fields if kind in {"form", "multipart"} else fields_of
        fields = read(self._document, self._schemas, schema) if flat else None
        if fields is not None and not fields.properties and fields.closed:
            return  # an empty form: Stripe declares one for every GET
        if fields is not None and fields.properties:
            self._flat(request, node, media, media_type, kind, fields)
        else:
            self._whole(request, node, media_type, kind, schema, structured=bool(rules))
        if rules and request.body is not None:
            request.body = replace(request.body, xml=rules)

    def _shape(self, media: Mapping[str, Any]) -> Shape:
        """Return what a media type carries, as far as it affects the choice between several."""
        schema = media_schema(media)
        node = self._document.follow(schema) if isinstance(schema, dict) else {}
        if (fields := form_fields(self._document, self._schemas, schema)) is not None and fields.properties:
            has_files = any(part_kind(self._document, media, *part) for part in fields.properties.items())
            return "files" if has_files else "object"
        return "object" if node.get("type") in {"object", "array"} or "allOf" in node or "oneOf" in node else "other"

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
        files: dict[str, FileKind] = {}
        # A body that omits `required` but lists required properties is required, even if it says false.
        needed = node.get("required", True) is True
        for wire, schema in fields.properties.items():
            if wire.casefold() in self._hidden:
                continue
            name = wire
            while name in request.schemas:
                name = f"body_{name}"
            names[name] = wire
            local, refs = self._schemas.local(schema)
            if kind == "multipart" and (found := part_kind(self._document, media, wire, schema)):
                files[name] = found
                local = _with_hint(local)
            elif kind == "json" and is_encoded(self._document, schema):
                files[name] = "file or text"
            request.schemas[name] = local
            request.refs |= refs
            if needed and wire in fields.required:
                request.required.append(name)
        if all(name == wire for name, wire in names.items()) and needed:
            self._constrain(request, fields.constraints)
        for choice in fields.choices:
            self._choose(request, choice, fields, {wire: name for name, wire in names.items()})
        # Properties known only by a pattern: validated if the pattern can be kept, else accepted.
        are_by_pattern = "patternProperties" in fields.constraints.keys() - request.constraints.keys()
        request.more = "asked for" if fields.open or are_by_pattern else "forbidden" if fields.closed else "unsaid"
        if request.more == "unsaid" and (refused := sorted(fields.foreign - request.schemas.keys())):
            request.cases.append({"properties": dict.fromkeys(refused, False)})
        request.body = Body(
            media_type=media_type,
            kind=kind,
            properties=names,
            required=node.get("required") is True,
            encoding=encodings(self._document, media, kind, fields),
            files=tuple(name for name, found in files.items() if found == "file"),
            loose_files=tuple(name for name, found in files.items() if found == "file or text"),
        )

    def _choose(self, request: Request, choice: Choice, fields: Fields, names: Mapping[str, str]) -> None:
        """Add the conditions of discriminator values to the arguments; models read them in the descriptions."""
        for condition in conditions(choice, fields, names):
            local, refs = self._schemas.local(condition)
            request.cases.append(local)
            request.refs |= refs
        for wire, note in notes(choice, fields):
            if (name := names.get(wire)) is not None:
                text = self._document.follow(fields.properties[wire]).get("description")
                said = f"{note} {text.strip()}" if isinstance(text, str) and text.strip() else note
                request.schemas[name] = {**request.schemas[name], "description": said}

    def _constrain(self, request: Request, constraints: Mapping[str, Any]) -> None:
        """Add constraints of the whole body, except those that additional parameters would break."""
        kept = {
            k: v
            for k, v in constraints.items()
            if not request.parameters or k == "additionalProperties" or not _counts_all({k: v})
        }
        request.constraints, refs = self._schemas.local(kept)
        request.refs |= refs

    def _whole(
        self,
        request: Request,
        node: Mapping[str, Any],
        media_type: str,
        kind: BodyKind,
        schema: Any,
        *,
        structured: bool = False,
    ) -> None:
        name = "body"
        while name in request.schemas:
            name = f"body_{name}"
        local, refs = self._schemas.local(schema)
        is_file = kind == "binary"
        if kind in {"text", "xml", "binary"} and local.get("type") != "string" and not structured:
            # XML and plain text have no common form for an object: the caller writes the document.
            local, refs = {"type": "string"}, frozenset()
        elif kind == "multipart" and self._document.follow(schema).get("type") == "array":
            # Files without a part name, each perhaps in the form of the server's object (Jira).
            is_file, refs = True, frozenset()
            local = {**local, "items": {"type": "string", "format": "binary"}}
        local = _describe(local, node)
        if is_file:
            local = _with_hint(local if kind == "multipart" else {**local, "format": "binary"})
        elif kind == "lines":
            local = _with_hint(local, SEQUENCE_HINT)
        request.schemas[name] = local
        request.refs |= refs
        required = node.get("required") is True
        if required:
            request.required.append(name)
        request.body = Body(media_type=media_type, kind=kind, whole=name, required=required, files=(name,) if is_file else ())


def _carrier(kind: BodyKind, shapes: Mapping[str, Shape]) -> str | None:
    """Return the media type for files if the chosen one carries none; None if there is none, or no need."""
    if kind not in {"json", "form"}:
        return None
    return next((name for name, shape in shapes.items() if shape == "files" and _rank(name, shape)[1] == "multipart"), None)


def combine(request: Request, other: Request) -> None:
    """Add the arguments of ``other`` to ``request``: its body is sent if one of its files is given."""
    body = other.body
    files = [*body.files, *body.loose_files] if body is not None else []
    # If JSON carries each of the files as base64, nothing is missing.
    if request.body is None or body is None or body.whole is not None or set(files) <= set(request.body.loose_files):
        return
    if (whole := request.body.whole) is not None and whole in other.schemas:
        return
    own, common = set(request.required), set(request.required) & set(other.required)
    needs = [name for name in own - common if name not in {p.name for p in request.parameters}]
    for name, schema in other.schemas.items():
        known = request.schemas.get(name)
        is_text = name in files and isinstance(known, dict) and known.get("type") == "string"
        request.schemas[name] = schema if known is None or known == schema or is_text else {"anyOf": [known, schema]}
    # A string in the other body, such as a picture's URL, may be passed as a string here as well.
    loose = [name for name in files if name in request.body.properties]
    without = {
        **request.constraints,
        **({"allOf": [*request.constraints.get("allOf", ()), *request.cases]} if request.cases else {}),
    }
    with_file = {**other.constraints, **({"allOf": [*other.constraints.get("allOf", ()), *other.cases]} if other.cases else {})}
    request.required = [name for name in request.required if name not in needs]
    condition: dict[str, Any] = {"if": {"anyOf": [{"required": [name]} for name in files]}}
    condition["then"] = {"required": [name for name in other.required if name not in common], **with_file}
    condition["else"] = {"required": sorted(needs), **without}
    request.constraints, request.cases = {}, [condition]
    request.refs |= other.refs
    request.more = "unsaid" if "forbidden" in (request.more, other.more) and request.more != other.more else request.more
    strict = tuple(name for name in body.files if name not in loose)
    request.upload = replace(body, files=strict, loose_files=tuple(dict.fromkeys([*body.loose_files, *loose])))


def best_media_type(offered: list[str], shapes: Mapping[str, Shape] | None = None) -> tuple[str, str, BodyKind]:
    """Choose the media type: as declared, as sent, and its serialisation.

    JSON before vendor JSON and merge patches, other patches and JSON sequences, forms, multipart, text, XML and bytes.
    ``shapes`` says what each carries: files use multipart if it is declared, as JSON cannot carry them and forms do so badly.
    """
    ranked = [(*_rank(name, (shapes or {}).get(name, "other")), index, name) for index, name in enumerate(offered)]
    _, kind, _, name = min(ranked, key=lambda one: (one[0], one[2]))
    if "*" not in name:
        return name, name, kind
    return name, {"json": "application/json", "text": "text/plain"}.get(kind, name), kind


def _rank(media_type: str, shape: Shape) -> tuple[int, BodyKind]:
    base = base_type(media_type)
    late = 5 if shape == "files" else 0
    if base == "application/json":
        return late, "json"
    if is_sequence(base):
        return 2 + late, "lines"
    if base.endswith("json-patch+json"):
        return 2 + late, "json"
    if is_json(base):
        return 1 + late, "json"
    if base == "application/x-www-form-urlencoded":
        return 3 + late, "form"
    if base.startswith("multipart/"):
        return 4, "multipart"
    if base in _ANYTHING and shape == "object":
        return 9, "json"
    if base in {"application/xml", "text/xml"} or base.endswith("+xml"):
        return 11, "xml"
    if base.startswith("text/") or base in _TEXTS:
        return 10, "text"
    return 12, "binary"


def _counts_all(schema: Any) -> bool:
    """Return whether an object schema has rules about unnamed properties."""
    if not isinstance(schema, dict):
        return False
    nested = schema.get("dependentSchemas")
    beside = [*nested.values()] if isinstance(nested, dict) else []
    for keyword in ("allOf", "anyOf", "oneOf", "if", "then", "else", "not"):
        beside += schema[keyword] if isinstance(schema.get(keyword), list) else [schema.get(keyword)]
    return not _ABOUT_ALL.isdisjoint(schema) or any(map(_counts_all, beside))


def _place(parameter: Parameter, operation: Operation) -> Parameter:
    """Return a path parameter with its placeholder's name, which some frameworks spell differently."""
    names = operation.placeholders
    if parameter.wire not in names:
        alike = [name for name in names if _letters(name) == _letters(parameter.wire)]
        if len(alike) == 1:
            parameter = replace(parameter, wire=alike[0])
    return replace(parameter, style="reserved", explode=False) if parameter.wire in operation.open_placeholders else parameter


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def _describe(schema: dict[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``schema`` with keywords from its parameter or body that it lacks."""
    text = node.get("description")
    if isinstance(text, str) and text and not schema.get("description"):
        schema = {**schema, "description": text}
    if node.get("deprecated") is True and "deprecated" not in schema:
        schema = {**schema, "deprecated": True}
    return schema


def _with_hint(schema: dict[str, Any], hint: str = FILE_HINT) -> dict[str, Any]:
    """Return a schema that explains how to write its value, such as how to name a file."""
    text = schema.get("description")
    return {**schema, "description": f"{text.rstrip()} {hint}" if isinstance(text, str) and text else hint}
