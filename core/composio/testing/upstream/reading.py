"""A request back into the arguments that it carries, checked against the description. Pure.

Source: OpenAPI 3.1, "Parameter Object", "Style Values" and "Encoding Object".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import unquote, unquote_plus

from composio.model.action import Body, GraphqlOperation, Parameter
from composio.schema.json_text import parse_sequence
from composio.schema.validate import Validator, compile_validator
from composio.testing.exchange import Request
from composio.testing.upstream.routes import Match, pairs_of
from composio.testing.upstream.schemas import SchemaView

__all__ = ["Reading", "read_request"]

_DELIMITERS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|", "label": ".", "matrix": ","}
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_MISSING = object()


@dataclass(slots=True)
class Reading:
    """``arguments`` by property name, ``body`` decoded, ``violations`` in words."""

    arguments: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    violations: list[str] = field(default_factory=list)


def read_request(match: Match, request: Request, validator: Validator, *, credentials: Collection[str] = ()) -> Reading:
    """Read every parameter and the body, then validate the whole. Query names in ``credentials`` are let through."""
    action, binding = match.action, match.binding
    root = action.validation or action.parameters
    wires = frozenset(parameter.wire for parameter in binding.parameters)
    reader = _Reader(SchemaView(root), dict(root.get("properties") or {}), wires)
    reading = Reading()
    query = pairs_of(request.query)
    cookies = [
        (n.strip(), v) for n, _, v in (c.partition("=") for c in request.headers.get("cookie", "").split(";")) if n.strip()
    ]
    used: set[str] = set(match.fixed)
    for parameter in sorted(binding.parameters, key=reader.is_open):
        match parameter.place:
            case "path":
                value = reader.path(parameter, match.path.get(parameter.wire, ""))
            case "header":
                raw = request.headers.get(parameter.wire.lower())
                value = _MISSING if raw is None else reader.values(parameter, [raw], lambda text: text)
            case "cookie":
                value = reader.pairs(parameter, cookies, set(), unquote)
            case _ if parameter.style == "querystring":
                value = reader.whole_query(parameter, request.query, used)
            case _:
                value = reader.pairs(parameter, query, used, unquote_plus)
        is_constant = parameter.name in binding.defaults and parameter.name not in reader.properties
        if value is not _MISSING and not is_constant:
            reading.arguments[parameter.name] = value
    unknown = dict.fromkeys(n for n, _ in query if n not in used and n not in credentials)
    reading.violations += [f"query {name}: the operation has no such parameter" for name in unknown]
    _read_body(reader, binding.body, request, reading)
    reading.violations += [str(problem) for problem in validator.problems(reading.arguments)]
    return reading


class _Reader:
    def __init__(self, view: SchemaView, properties: dict[str, Any], wires: frozenset[str]) -> None:
        self.view = view
        self.properties = properties
        self.wires = wires  # `filter` and `filter[id]` may be two parameters

    def schema(self, name: str | None) -> Any:
        return self.properties.get(name or "", {})

    def is_open(self, parameter: Parameter) -> bool:
        """True for an exploded object that takes any name: it comes last and takes what the others left."""
        spread = parameter.style == "form" and parameter.explode and "object" in self.view.types(self.schema(parameter.name))
        return spread and not self.members(self.schema(parameter.name))

    def members(self, schema: Any) -> dict[str, Any]:
        """The named members of an object, or of the objects that a value may be."""
        resolved = self.view.resolve(schema)
        branches = [*(resolved.get("anyOf") or ()), *(resolved.get("oneOf") or ())]
        found = {name: child for branch in branches for name, child in self.members(branch).items()}
        return {**found, **(resolved.get("properties") or {})}

    def path(self, parameter: Parameter, raw: str) -> Any:
        lead = {"label": ".", "matrix": f";{parameter.wire}="}.get(parameter.style, "")
        raw = raw.removeprefix(lead)
        if parameter.style == "matrix" and parameter.explode:
            raw = raw.replace(lead, ",")
        return self.values(parameter, [raw], unquote)

    def pairs(self, parameter: Parameter, pairs: list[tuple[str, str]], used: set[str], decode: Callable[[str], str]) -> Any:
        """A query or cookie parameter out of all pairs; names that it took are added to ``used``."""
        schema, wire = self.schema(parameter.name), parameter.wire
        mine = [value for name, value in pairs if name in (wire, f"{wire}[]")]
        used.update({wire, f"{wire}[]"} & {name for name, _ in pairs})
        nested = [(n, value) for n, value in pairs if n.startswith(f"{wire}[") and n not in {f"{wire}[]", *self.wires}]
        if nested:
            used.update(name for name, _ in nested)
            return self.fit(_nest([(name[len(wire) :], decode(value)) for name, value in nested]), schema)
        if mine:
            return self.values(parameter, mine, decode)
        types, named = self.view.types(schema), self.members(schema)
        if parameter.style == "form" and parameter.explode and (types == {"object"} or ("object" in types and named)):
            spread = [(n, v) for n, v in pairs if (n in named if named else n not in used)]
            used.update(name for name, _ in spread)
            return self.fit(self._gather(spread, named or {}, decode), schema) if spread else _MISSING
        return _MISSING

    def whole_query(self, parameter: Parameter, query: str, used: set[str]) -> Any:
        """A parameter that is all of the query."""
        pairs = pairs_of(query)
        used.update(name for name, _ in pairs)
        if not query:
            return _MISSING
        if "urlencoded" not in (parameter.content_type or ""):
            return _json_or_text(unquote(query)) if "json" in (parameter.content_type or "") else unquote(query)
        known = self.view.resolve(self.schema(parameter.name)).get("properties") or {}
        loose: dict[str, list[str]] = {}
        for name, value in pairs:
            loose.setdefault(name, []).append(unquote_plus(value))
        return {name: self.fitted(values, known.get(name, {})) for name, values in loose.items()}

    def fitted(self, texts: list[Any], schema: Any) -> Any:
        """What a name stands for that came once or several times."""
        types = self.view.types(schema)
        is_list = len(texts) > 1 or ("array" in types and "string" not in types)
        return self.fit(texts if is_list else texts[0], schema)

    def _gather(
        self, spread: list[tuple[str, str]], properties: Mapping[str, Any], decode: Callable[[str], str]
    ) -> dict[str, Any]:
        """The members of an exploded object. A list is exploded too, so a name that comes again is one more item."""
        found: dict[str, Any] = {}
        for name, value in spread:
            text = decode(value)
            if name not in found:
                is_list = self.view.types(properties.get(name, {})) == {"array"} and not text.startswith("[")
                found[name] = [text] if is_list else text
            else:
                found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), text]
        return found

    def values(self, parameter: Parameter, raw: list[str], decode: Callable[[str], str]) -> Any:
        """One parameter's values, as the first of list, object and scalar that is valid."""
        schema = self.schema(parameter.name)
        types = self.view.types(schema)
        if parameter.content_type:
            return _json_or_text(decode(raw[0]))
        texts = raw if len(raw) > 1 else _split(raw[0], _DELIMITERS.get(parameter.style, ","), decode)
        items = [decode(text) for text in texts]
        candidates: list[Any] = []
        if len(raw) == 1 and types & {"string", "integer", "number", "boolean", "null"}:
            candidates.append(decode(raw[0]))
        if "array" in types:
            candidates.append(items if raw != [""] else [])
            if (whole := _json_or_text(f"[{decode(raw[0])}]")) != f"[{decode(raw[0])}]" and len(raw) == 1:
                candidates.insert(0, whole)  # items that are objects or lists themselves
        if "array" in types and parameter.explode and len(items) > 1:
            candidates.insert(0, [decode(text) for text in raw])  # a delimiter may be part of the only item
        if "object" in types:
            candidates.append(_object(texts, decode))
        fitted = [self.fit(candidate, schema) for candidate in candidates or [decode(raw[0])]]
        return next((value for value in fitted if self.valid(value, schema)), fitted[0]) if len(fitted) > 1 else fitted[0]

    def valid(self, value: Any, schema: Any) -> bool:
        return compile_validator(self.view.part(schema)).is_valid(value)

    def fit(self, loose: Any, schema: Any) -> Any:
        """Texts turned into what the schema asks for; what does not fit stays as it came, for the validator to name."""
        resolved = self.view.resolve(schema)
        for keyword in ("anyOf", "oneOf"):
            for branch in resolved.get(keyword) or []:
                value = self.fit(loose, branch)
                if self.valid(value, branch):
                    return value
        types = self.view.types(schema)
        if isinstance(loose, dict):
            if "array" in types and "object" not in types:
                return [self.fit(item, resolved.get("items")) for _, item in sorted(loose.items(), key=_position)]
            known, rest = resolved.get("properties") or {}, resolved.get("additionalProperties")
            return {name: self.fit(item, known.get(name, rest)) for name, item in loose.items()}
        if isinstance(loose, list):
            return [self.fit(item, resolved.get("items")) for item in loose]
        return _scalar(loose, types, resolved.get("enum")) if isinstance(loose, str) else loose


def _scalar(text: str, types: set[str], enum: Any) -> Any:
    if isinstance(enum, list):
        found = [value for value in enum if text == (value if isinstance(value, str) else json.dumps(value))]
        if found:
            return found[0]
    if "string" in types:
        return text
    if text in ("true", "false") and "boolean" in types:
        return text == "true"
    if text in ("", "null") and "null" in types:
        return None
    if types & {"integer", "number", "array", "object"}:
        value = _json_or_text(text)
        return text if isinstance(value, bool) else value
    return text


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _split(raw: str, delimiter: str, decode: Callable[[str], str]) -> list[str]:
    """Delimiters travel as they are; clients that encode them too are understood where that is not ambiguous."""
    if delimiter in raw:
        return raw.split(delimiter)
    return [re.sub("%", "%25", piece) for piece in decode(raw).split(delimiter)] if delimiter in decode(raw) else [raw]


def _object(texts: list[str], decode: Callable[[str], str]) -> dict[str, str]:
    if all("=" in text for text in texts):
        return {decode(name): decode(value) for name, _, value in (text.partition("=") for text in texts)}
    return {decode(name): decode(value) for name, value in zip(texts[::2], texts[1::2], strict=False)}


def _position(item: tuple[str, Any]) -> tuple[bool, int]:
    return (not item[0].isdigit(), int(item[0]) if item[0].isdigit() else 0)


def _nest(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """``[a][b]`` and a value into ``{"a": {"b": value}}``; an empty bracket appends."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        node = root
        keys = _BRACKET.findall(name)
        for key in keys[:-1]:
            inner = node.setdefault(key or str(len(node)), {})
            node = inner if isinstance(inner, dict) else {}
        node[keys[-1] or str(len(node))] = value
    return root


def _read_body(reader: _Reader, body: Body | None, request: Request, reading: Reading) -> None:
    if body is None:
        if request.body not in (b"", b"{}"):
            reading.violations.append("body: the operation takes none")
        return
    if not request.body:
        if body.required and body.kind != "form":  # a form without fields is empty
            reading.violations.append(f"body: expected {body.media_type}, got nothing")
        return
    sent = request.headers.get("content-type", "")
    if body.kind != "binary" and sent.partition(";")[0].strip().lower() != body.media_type.partition(";")[0].strip().lower():
        reading.violations.append(f"header content-type: expected {body.media_type}, got {sent or 'nothing'}")
    try:
        reading.body = _decode(reader, body, request)
    except ValueError as error:
        reading.violations.append(f"body: expected {body.media_type}, got what can't be read as such ({error})")
        return
    if body.whole is not None:
        reading.arguments[body.whole] = reading.body
    elif isinstance(reading.body, Mapping):
        names = {wire: name for name, wire in body.properties.items()}
        reading.arguments.update({names.get(wire, wire): value for wire, value in dict(reading.body).items()})
    else:
        reading.violations.append(f"body: expected an object, got {type(reading.body).__name__}")


def _decode(reader: _Reader, body: Body, request: Request) -> Any:
    if body.kind == "json":
        return json.loads(request.body)
    if body.kind == "graphql" and body.graphql is not None:
        return _from_graphql(body.graphql, request.body)
    if body.kind == "lines":
        return parse_sequence(request.body.decode())[0]
    if body.xml:
        return _from_xml(reader, body, request.body)
    if body.kind == "related":
        return _relate(body, request)
    is_text = body.whole is not None and reader.view.types(reader.schema(body.whole)) == {"string"}
    if body.kind not in ("form", "multipart") or is_text:
        return request.body.decode("utf-8", "replace")
    names = {wire: name for name, wire in body.properties.items()}
    whole = reader.view.resolve(reader.schema(body.whole)).get("properties") or {} if body.whole else {}
    loose: dict[str, Any] = {}
    found = _form(body, request) if body.kind == "form" else _nested(_parts(request), body)
    for wire, value in found.items():
        schema = whole.get(wire, {}) if body.whole else reader.schema(names.get(wire, wire))
        loose[wire] = reader.fitted(value, schema) if isinstance(value, list) else reader.fit(value, schema)
    return loose


def _from_graphql(operation: GraphqlOperation, content: bytes) -> dict[str, Any]:
    """The variables of a request that asks for that operation, and what it asks for where that was chosen."""
    sent = json.loads(content)
    query = sent.get("query") if isinstance(sent, Mapping) else None
    if not isinstance(query, str) or not query.startswith(operation.head) or sent.get("operationName") != operation.name:
        raise ValueError(f"it does not ask for {operation.name}")
    chosen = query.removeprefix(operation.head).strip().removesuffix("}").strip()
    selection = {operation.choice: chosen} if operation.choice and chosen != operation.selection else {}
    return {**(sent.get("variables") or {}), **selection}


def _from_xml(reader: _Reader, body: Body, content: bytes) -> Any:
    """An XML document by the body's own rules; what is in it is fitted to the schemas as strings are."""
    from xml.etree import ElementTree

    nodes = body.xml.get("nodes") or {}
    root = ElementTree.fromstring(content.decode())  # noqa: S314 - what a test's own client has sent
    loose = _element(root, body.xml["root"], nodes)
    if body.whole is not None:
        return reader.fit(loose, reader.schema(body.whole))
    names = {wire: name for name, wire in body.properties.items()}
    found: dict[str, Any] = loose if isinstance(loose, dict) else {}
    return {wire: reader.fit(value, reader.schema(names.get(wire, wire))) for wire, value in found.items()}


def _element(element: Any, rule: Mapping[str, Any], nodes: Mapping[str, Any]) -> Any:
    rule = {**nodes.get(rule.get("ref", ""), {}), **rule}
    if "items" in rule:
        return [_element(child, rule["items"], nodes) for child in element]
    known = {name: {**nodes.get(r.get("ref", ""), {}), **r} for name, r in (rule.get("properties") or {}).items()}
    if not known and not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    local = [(child.tag.rpartition("}")[2], child) for child in element]
    for name, inner in known.items():
        wire = inner.get("name", name)
        if inner.get("text"):
            found |= {name: element.text} if element.text else {}
        elif inner.get("attribute"):
            values = [value for key, value in element.items() if key.rpartition("}")[2] == wire]
            found |= {name: values[0]} if values else {}
        elif "items" in inner and not inner.get("wrapped"):
            item = {**nodes.get(inner["items"].get("ref", ""), {}), **inner["items"]}
            listed = [_element(child, item, nodes) for tag, child in local if tag == item.get("name", name)]
            found |= {name: listed} if listed else {}
        else:
            values = [_element(child, inner, nodes) for tag, child in local if tag == wire]
            found |= {name: values[-1]} if values else {}
    return found


def _form(body: Body, request: Request) -> dict[str, Any]:
    pairs = pairs_of(request.body.decode())
    found: dict[str, Any] = {}
    for name, raw in pairs:
        head, bracket, _ = name.partition("[")
        if not bracket or name in body.properties.values():
            rule = body.encoding.get(name)
            exploded = rule is None or rule.explode is not False
            texts = [raw] if exploded else _split(raw, _DELIMITERS.get((rule and rule.style) or "form", ","), unquote_plus)
            found.setdefault(name, []).extend(unquote_plus(text) for text in texts)
        elif head not in found:
            found[head] = _nest([(n[len(head) :], unquote_plus(v)) for n, v in pairs if n.startswith(f"{head}[")])
    return found


def _nested(parts: dict[str, Any], body: Body) -> dict[str, Any]:
    """Parts with names in brackets as one object each, as with forms."""
    known = set(body.properties.values())
    found: dict[str, Any] = {}
    for name, values in parts.items():
        head, bracket, _ = name.partition("[")
        if not bracket or name in known:
            found[name] = values
        elif head not in found:
            found[head] = _nest([(n[len(head) :], v[0]) for n, v in parts.items() if n.startswith(f"{head}[")])
    return found


def _relate(body: Body, request: Request) -> Any:
    """What is known about files, then the files, whose parts have no names."""
    known, *files = _parts(request).get("", [{}])
    return {**known, **dict(zip(body.files, files, strict=False))} if isinstance(known, Mapping) else known


def _parts(request: Request) -> dict[str, Any]:
    head = b"content-type: " + request.headers.get("content-type", "").encode() + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    if not message.is_multipart():
        raise ValueError("no parts between its boundaries")
    found: dict[str, Any] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", "", "content-disposition"))
        content = part.get_payload(decode=True)
        text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
        found.setdefault(name, []).append(json.loads(text) if part.get_content_type() == "application/json" else text)
    return found
