"""Read the wheels named ``mcparmory-...``: a function for each operation, and a model for each part of its request.

Their form: ``server.py`` has the functions, with the path in ``_http_path`` and the method next to it; ``_models.py`` has
Pydantic models ``...Request`` with ``path``, ``query``, ``header`` and ``body``, whose fields have their wire names in
``alias``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from composio.catalog.sources.readers.python import Node, Paths, literal, primitive

__all__ = ["read"]

_PLACES: Final = ("path", "query", "header")
_RULES: Final = {
    "description": "description",
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
}
_OF_LISTS: Final = {"minLength": "minItems", "maxLength": "maxItems"}
_BASE: Final = re.compile(r"""BASE_URL = os\.getenv\("BASE_URL", ["'](https?://[^"'{}]+)["']""")


def read(files: Mapping[str, str]) -> tuple[Node, list[str]]:
    """Return the document for the package's functions, and what was omitted."""
    server = next((text for name, text in files.items() if name.rpartition("/")[2] == "server.py"), "")
    models = next((text for name, text in files.items() if name.rpartition("/")[2] == "_models.py"), "")
    reader = _Models({node.name: node for node in ast.parse(models).body if isinstance(node, ast.ClassDef)})
    paths = Paths()
    for function in ast.parse(server).body:
        if isinstance(function, ast.AsyncFunctionDef) and function.decorator_list:
            _add(paths, function, reader)
    base = _BASE.search(server)
    return paths.document("", [base[1].rstrip("/")] if base else [], reader.schemas()), paths.left_out


def _add(paths: Paths, function: ast.AsyncFunctionDef, models: _Models) -> None:
    path = method = request = ""
    media = "application/json"
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "_http_path":
            path = path or next(_paths_in(node.value), "")
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in models.known and node.func.attr.endswith("Request"):
                request = request or node.func.attr
            for keyword in node.keywords:
                value = literal(keyword.value)
                if keyword.arg == "method" and isinstance(value, str):
                    method = value.lower()
                elif keyword.arg == "body_content_type" and isinstance(value, str):
                    media = value
    if not path or not method:
        return
    operation: Node = {
        "operationId": function.name,
        "summary": _title(function) or function.name.replace("_", " ").capitalize(),
        "description": ast.get_docstring(function) or "",
        "parameters": [],
        "responses": {"200": {"description": "OK"}},
    }
    for field in models.fields(request):
        model = models.model_in(field.annotation)
        if field.name in _PLACES and model:
            operation["parameters"] += _parameters(models, model, field.name)
        elif field.name == "body":
            schema = models.object(model) if model else models.schema(field.annotation)
            operation["requestBody"] = {"required": field.required, "content": {media: {"schema": schema}}}
    paths.add(function.name, method, path, operation)


def _parameters(models: _Models, model: str, place: str) -> Iterator[Node]:
    for field in models.fields(model):
        schema = field.described(models.schema(field.annotation))
        about = {"description": schema.pop("description")} if "description" in schema else {}
        yield {"name": field.wire, "in": place, "required": place == "path" or field.required, "schema": schema, **about}


def _paths_in(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/"):
            yield node.value


def _title(function: ast.AsyncFunctionDef) -> str:
    calls = [one for one in function.decorator_list if isinstance(one, ast.Call)]
    titles = [literal(keyword.value) for call in calls for keyword in call.keywords if keyword.arg == "title"]
    return next((title for title in titles if isinstance(title, str)), "")


class _Field:
    """One field of a model."""

    def __init__(self, node: ast.AnnAssign) -> None:
        assert isinstance(node.target, ast.Name)  # as fields() ensures
        self.annotation = node.annotation
        self.name = node.target.id.rstrip("_")
        call = node.value if isinstance(node.value, ast.Call) else None
        said = {one.arg: one.value for one in call.keywords if one.arg} if call else {}
        default = said.get("default") or (call.args[0] if call and call.args else None)
        is_given = default is not None and not (isinstance(default, ast.Constant) and default.value is Ellipsis)
        self.required = node.value is None or (call is not None and not is_given and "default_factory" not in said)
        alias = literal(said.get("serialization_alias")) or literal(said.get("alias"))
        self.wire = alias if isinstance(alias, str) else self.name
        self._rules = {word: value for ours, word in _RULES.items() if (value := literal(said.get(ours))) is not None}
        if is_given and (value := literal(default)) is not None:
            self._rules["default"] = value
        more = literal(said.get("json_schema_extra"))
        if isinstance(more, dict) and isinstance(more.get("format"), str):
            self._rules["format"] = more["format"]

    def described(self, schema: Node) -> Node:
        """Return ``schema`` with the field's other keywords."""
        rules = {(_OF_LISTS.get(k, k) if schema.get("type") == "array" else k): v for k, v in self._rules.items()}
        return {"allOf": [schema], **rules} if "$ref" in schema and rules else {**schema, **rules}


class _Models:
    """The classes of ``_models.py`` as schemas."""

    def __init__(self, known: Mapping[str, ast.ClassDef]) -> None:
        self.known = known
        self._used: dict[str, None] = {}

    def schemas(self) -> dict[str, Node]:
        """Return those that others refer to."""
        found: dict[str, Node] = {}
        while waiting := [name for name in self._used if name not in found]:
            for name in waiting:
                found[name] = self.object(name)
        return found

    def fields(self, model: str, seen: frozenset[str] = frozenset()) -> list[_Field]:
        """Return a model's fields, its bases' before its own."""
        if model not in self.known or model in seen:
            return []
        node = self.known[model]
        bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
        found = {field.name: field for base in bases for field in self.fields(base, seen | {model})}
        own = [_Field(one) for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]
        return list({**found, **{field.name: field for field in own}}.values())

    def model_in(self, annotation: ast.expr) -> str:
        """Return the model in an annotation such as ``Body | None``; "" if there is none, or for a container of models."""
        if isinstance(annotation, ast.BinOp):
            return self.model_in(annotation.left) or self.model_in(annotation.right)
        return annotation.id if isinstance(annotation, ast.Name) and annotation.id in self.known else ""

    def object(self, model: str) -> Node:
        """Return the schema of a model."""
        fields = self.fields(model)
        if not fields or any("RootModel" in ast.unparse(base) for base in self.known[model].bases):
            return {}
        needed = [field.wire for field in fields if field.required]
        properties = {field.wire: field.described(self.schema(field.annotation)) for field in fields}
        return {"type": "object", "properties": properties} | ({"required": needed} if needed else {})

    def schema(self, node: ast.expr) -> Node:
        """Return the schema of an annotation; an empty one if unknown."""
        if isinstance(node, ast.Constant):
            return self.schema(ast.parse(node.value, mode="eval").body) if isinstance(node.value, str) else {}
        if isinstance(node, ast.BinOp):
            return self._either([node.left, node.right])
        if isinstance(node, ast.Subscript):
            return self._subscript(ast.unparse(node.value).rpartition(".")[2], node.slice)
        name = ast.unparse(node).rpartition(".")[2]
        if name in self.known:
            self._used[name] = None
            return {"$ref": f"#/components/schemas/{name}"}
        kind = primitive(name)
        return {"type": kind} | ({"items": {}} if kind == "array" else {}) if kind else {}

    def _either(self, nodes: list[ast.expr]) -> Node:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Constant) and node.value is None:
                continue
            one = self.schema(node)
            found += [other for other in (one["anyOf"] if set(one) == {"anyOf"} else [one]) if other not in found]
        return found[0] if len(found) == 1 else {"anyOf": found} if found else {}

    def _subscript(self, name: str, inside: ast.expr) -> Node:
        parts = list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
        if name in {"list", "List", "set", "Sequence"}:
            return {"type": "array", "items": self.schema(parts[0])}
        if name in {"dict", "Dict", "Mapping"}:
            return {"type": "object"}
        if name == "Literal":
            return {"enum": [literal(part) for part in parts]}
        if name in {"Annotated", "Optional"}:
            return self.schema(parts[0])
        return self._either(parts) if name == "Union" else {}
