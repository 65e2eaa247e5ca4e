"""Import Swagger 2: the description becomes an OpenAPI 3.0 document in memory, read by that importer.

References stay references, so the OpenAPI importer handles recursion and sharing. Swagger's list format (``collectionFormat``)
becomes a style; ``tabDelimited`` stands for the one that OpenAPI 3 dropped. Source: Swagger 2.0 specification,
https://swagger.io/specification/v2/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from composio.catalog.definition import AppDefinition, Progress
from composio.catalog.importers import Imported, openapi
from composio.catalog.importers.mixed import flows_of
from composio.catalog.importers.operations import Operation
from composio.catalog.sources.bundle import FILES_KEY
from composio.errors import SpecError
from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE, lookup

__all__ = ["load", "operations", "outline"]

Node = dict[str, Any]

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_IN_BODY: Final = ("body", "formData")  # a tuple, as values may be unhashable
_WITH_CREDENTIALS: Final = ("header", "query")
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_MOVED: Final = {
    "#/definitions/": "#/components/schemas/",
    "#/parameters/": "#/components/parameters/",
    "#/responses/": "#/components/responses/",
    # Pointers into an operation would miss what moved: they lead to a copy of the original paths.
    "#/paths/": "#/x-swagger/paths/",
}
_STYLES: Final = {"ssv": "spaceDelimited", "tsv": "tabDelimited", "pipes": "pipeDelimited"}
# Keywords of a non-body parameter's value, beside its own.
_OF_VALUE: Final = frozenset(
    (
        "default",
        "enum",
        "example",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "multipleOf",
        "pattern",
        "type",
        "uniqueItems",
        "x-nullable",
    )
)


def load(document: Any, definition: AppDefinition, report: Progress | None = None) -> Iterator[Imported]:
    """Yield the actions of a parsed Swagger 2 document, in order. Raises ``SpecError`` for a document without operations."""
    for found in openapi.load(_openapi(_check(document, definition)), definition, report):
        if isinstance(found, Imported):  # Swagger 2 has no webhooks
            yield found


def operations(document: Any, definition: AppDefinition) -> Iterator[Operation]:
    """Return the operations that :func:`load` reads, to name them together with those of other documents."""
    yield from openapi.operations(outline(_check(document, definition)), definition)


def _check(document: Any, definition: AppDefinition) -> Mapping[str, Any]:
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        raise SpecError(f"{definition.app.key}: the API description has no `paths`; expected a Swagger 2.0 document.")
    return document


def outline(document: Mapping[str, Any]) -> Node:
    """Return what an OpenAPI document would say of the whole API: ``info``, ``servers``, and security."""
    return {**_whole(document), "paths": _Converter(document).paths(outline=True)}


def _whole(document: Mapping[str, Any]) -> Node:
    declared = _as_mapping(document.get("securityDefinitions"))
    return {
        "openapi": "3.0.3",
        "info": document.get("info"),
        "servers": _servers(document, document.get("schemes")),
        "components": {"securitySchemes": {name: _security_scheme(_as_mapping(node)) for name, node in declared.items()}},
        **({"security": document["security"]} if "security" in document else {}),
    }


def _openapi(document: Mapping[str, Any]) -> Node:
    """Convert the document to OpenAPI 3.0; what is not Swagger in it is dropped or kept for the importer to decide."""
    found = _whole(document)
    converter = _Converter(document)
    found["paths"] = converter.paths()
    found["components"] |= {
        "schemas": {str(name): _schema(node) for name, node in _as_mapping(document.get("definitions")).items()},
        "parameters": {
            str(name): _parameter(node)
            for name, node in _as_mapping(document.get("parameters")).items()
            if isinstance(node, dict) and node.get("in") not in _IN_BODY
        },
        "responses": {
            str(name): converter.response(node, _texts(document.get("produces")))
            for name, node in _as_mapping(document.get("responses")).items()
        },
    }
    if converter.has_inner_references:
        found["x-swagger"] = {"paths": _rewritten(document["paths"])}
    if FILES_KEY in document:
        found[FILES_KEY] = _rewritten(document[FILES_KEY])
    return found


class _Converter:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.has_inner_references = _has_inner_references(document)

    def paths(self, *, outline: bool = False) -> Node:
        """Convert the path items; as an ``outline``, only what concerns credentials."""
        return {
            path: self._item(_as_mapping(item), outline)
            for path, item in _as_mapping(self._document.get("paths")).items()
            if not str(path).startswith("x-")
        }

    def _item(self, item: Mapping[str, Any], outline: bool) -> Node:
        if "$ref" in item:
            target = _as_mapping(lookup(self._document, str(item["$ref"])))
            if not target:  # another document, or nowhere: the importer handles it
                return dict(item)
            item = {**target, **{k: v for k, v in item.items() if k != "$ref"}}
        common = self._parameters(item)
        return {
            method: self._operation(item[method], common, outline) if isinstance(item[method], dict) else item[method]
            for method in item
            if method in _METHODS
        }

    def _operation(self, node: Mapping[str, Any], common: dict[tuple[str, str], Any], outline: bool) -> Node:
        if outline:
            resolved_ones = map(self._resolve, {**common, **self._parameters(node)}.values())
            shown: Node = {"parameters": [_parameter(one) for one in resolved_ones if one.get("in") in _WITH_CREDENTIALS]}
            shown |= {key: node[key] for key in ("operationId", "summary", "tags", "deprecated") if key in node}
            return shown | ({"security": node["security"]} if "security" in node else {})
        kept = ("operationId", "summary", "description", "tags", "deprecated", "security", "externalDocs")
        found: Node = {key: node[key] for key in kept if key in node}
        if "schemes" in node and (servers := _servers(self._document, node["schemes"])):
            found["servers"] = servers
        consumes = _texts(node["consumes"] if "consumes" in node else self._document.get("consumes"))
        produces = _texts(node["produces"] if "produces" in node else self._document.get("produces"))
        parameters = list({**common, **self._parameters(node)}.values())
        resolved = [(given, self._resolve(given)) for given in parameters]
        bodies = [p for _, p in resolved if p.get("in") == "body"]
        fields = [p for _, p in resolved if p.get("in") == "formData" and isinstance(p.get("name"), str)]
        found["parameters"] = [
            _parameter(given if _is_shared(given, "parameters") else p) for given, p in resolved if p.get("in") not in _IN_BODY
        ]
        if bodies:
            found["requestBody"] = _body(bodies[-1], consumes)
        elif fields:
            found["requestBody"] = _form(fields, consumes)
        responses = node.get("responses")
        if isinstance(responses, dict):
            found["responses"] = {str(code): self.response(one, produces) for code, one in responses.items()}
        return found

    def _parameters(self, holder: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
        """Return parameters by location and name: an operation's override those of its path.

        Unidentifiable ones stay separate.
        """
        listed = holder.get("parameters")
        found: dict[tuple[str, str], Any] = {}
        for index, given in enumerate(listed if isinstance(listed, list) else ()):
            node = self._resolve(given)
            place, name = str(node.get("in")), node.get("name")
            found[place, "" if place == "body" else str(name or index)] = given
        return found

    def _resolve(self, given: Any) -> Mapping[str, Any]:
        node = _as_mapping(given)
        return _as_mapping(lookup(self._document, node["$ref"])) if isinstance(node.get("$ref"), str) else node

    def response(self, node: Any, produces: list[str]) -> Any:
        """Return a response with its content, in the media types that the operation produces."""
        if _is_shared(node, "responses"):
            return _rewritten(node)
        node = self._resolve(node)
        found: Node = {"description": node.get("description", "")}
        examples = _as_mapping(node.get("examples"))
        if "schema" in node or examples:
            schema = _schema(node.get("schema", {}))
            is_file = _as_mapping(node.get("schema")).get("type") == "file"
            types = produces or list(examples) or ["application/octet-stream" if is_file else "application/json"]
            found["content"] = {
                name: {"schema": schema, **({"example": examples[name]} if name in examples else {})} for name in types
            }
        return found


def _body(node: Mapping[str, Any], consumes: list[str]) -> Node:
    schema = _schema(node.get("schema", {}))
    # Documents list what the whole API accepts; a body parameter is not a form.
    types = [name for name in consumes if _base(name) not in _FORMS] or consumes or ["application/json"]
    is_text = schema.get("type") == "string"
    content = {"application/json" if "*" in name and not is_text else name: {"schema": schema} for name in types}
    return {"required": node.get("required") is True, "content": content, **_describe(node)}


def _form(fields: list[Mapping[str, Any]], consumes: list[str]) -> Node:
    properties = {p["name"]: {**_value(p), **_describe(p)} for p in fields}
    required = [p["name"] for p in fields if p.get("required") is True]
    encoding = {p["name"]: _collection(p, "query") for p in fields if p.get("type") == "array"}
    has_file = any(p.get("type") == "file" for p in fields)
    offered = [name for name in consumes if _base(name) in _FORMS]
    types = [_FORMS[1]] if has_file else offered or [_FORMS[0]]
    schema: Node = {"type": "object", "properties": properties, **({"required": required} if required else {})}
    media: Node = {"schema": schema, **({"encoding": encoding} if encoding else {})}
    return {"required": bool(required), "content": dict.fromkeys(types, media)}


def _parameter(node: Any) -> Any:
    if not isinstance(node, dict) or "$ref" in node:
        return _rewritten(node)
    place = node.get("in")
    found: Node = {key: node[key] for key in ("name", "in", "description", "required") if key in node}
    if node.get("deprecated") is True or node.get("x-deprecated") is True:
        found["deprecated"] = True
    found["schema"] = _schema(node["schema"]) if isinstance(node.get("schema"), dict) else _value(node)
    if node.get("type") == "array":
        found |= _collection(node, place)
    return found


def _value(node: Mapping[str, Any]) -> Node:
    return _schema({key: value for key, value in node.items() if key in _OF_VALUE})


def _collection(node: Mapping[str, Any], place: Any) -> Node:
    """Return the style of a list: comma-separated by default."""
    chosen = str(node.get("collectionFormat", "csv"))
    if chosen in _STYLES:
        return {"style": _STYLES[chosen], "explode": False}
    if place == "query":
        return {"style": "form", "explode": chosen == "multi"}
    return {"style": "simple", "explode": False}


def _schema(node: Any) -> Node:
    """Convert a schema object to OpenAPI 3.0, with moved references."""
    if not isinstance(node, dict):
        return {}
    found: Node = {}
    for key, value in node.items():
        if key in IN_MAP and isinstance(value, dict):
            found[key] = {str(name): _schema(one) for name, one in value.items()}
        elif key in IN_LIST and isinstance(value, list):
            found[key] = [_schema(one) for one in value]
        elif key in IN_PLACE and isinstance(value, dict):
            found[key] = _schema(value)
        elif key == "$ref":
            found[key] = _move(value)
        elif key == "discriminator" and isinstance(value, str):
            found[key] = {"propertyName": value}
        elif key == "x-nullable":
            found["nullable"] = value is True
        else:
            found[key] = value
    if found.get("type") == "file":
        found |= {"type": "string", "format": "binary"}
    if "$ref" in found and found.get("nullable"):  # ignored beside a reference
        return {"allOf": [{"$ref": found["$ref"]}], "nullable": True, **_describe(found)}
    return found


def _is_shared(node: Any, section: str) -> bool:
    """Return whether a reference leads to the document's shared objects; other targets are read in place."""
    return str(_as_mapping(node).get("$ref", "")).startswith(f"#/{section}/")


def _move(reference: Any) -> Any:
    for old, new in _MOVED.items():
        if isinstance(reference, str) and reference.startswith(old):
            return new + reference[len(old) :]
    if isinstance(reference, str) and reference.isidentifier():
        return f"#/components/schemas/{reference}"  # Swagger 1.2's short form, which old generators still write
    return reference


def _rewritten(node: Any) -> Any:
    """Return a copy with moved references and no other change."""
    if isinstance(node, dict):
        found = {key: _move(value) if key == "$ref" else _rewritten(value) for key, value in node.items()}
        return {**found, "nullable": True} if node.get("x-nullable") is True else found
    return [_rewritten(one) for one in node] if isinstance(node, list) else node


def _has_inner_references(node: Any) -> bool:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(ref := one.get("$ref"), str) and ref.startswith("#/paths/"):
                return True
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return False


def _servers(document: Mapping[str, Any], schemes: Any) -> list[Node]:
    """Return one server per scheme, https first. Without a host it is relative to the description's URL."""
    host, base = document.get("host"), document.get("basePath")
    path = "/" + base.strip("/") if isinstance(base, str) else "/"
    if not isinstance(host, str) or not host.strip():
        return [{"url": path}]
    usable = sorted((s for s in _texts(schemes) if s in {"http", "https"}), reverse=True) or ["https"]
    where = host.partition("://")[2] or host
    return [{"url": f"{scheme}://{where.strip('/')}{path.rstrip('/')}"} for scheme in dict.fromkeys(usable)]


def _security_scheme(node: Mapping[str, Any]) -> Node:
    kind = node.get("type")
    if kind == "basic":
        return {"type": "http", "scheme": "basic", **_describe(node)}
    if kind != "oauth2":
        return dict(node)
    return {"type": "oauth2", "flows": {}, **flows_of(node), **_describe(node)}


def _describe(node: Mapping[str, Any]) -> Node:
    return {"description": node["description"]} if isinstance(node.get("description"), str) else {}


def _base(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(one for one in listed if isinstance(one, str)))
