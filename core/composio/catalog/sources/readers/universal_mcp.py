"""Read the wheels named ``universal-mcp-...``: a class whose methods build a URL and send a request.

Their form: the URL is an f-string in ``url``, the query a comprehension or literal in ``query_params``, the body a literal in
``request_body`` or a parameter itself, the request ``self._get`` and the like; types are in the docstring.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from composio.catalog.sources.readers.python import Node, Paths, literal, primitive, schema_of

__all__ = ["read"]

_CALLS: Final = {"_get": "get", "_post": "post", "_put": "put", "_patch": "patch", "_delete": "delete"}
_ARGUMENT: Final = re.compile(r"^[ \t]*(\w+) \(([^)]*)\): *(.*)$")
_SECTION: Final = re.compile(r"^[ \t]*(Args|Returns|Raises|Tags|Example|Examples|Yields):")
_BASE: Final = re.compile(r"^(?:\{self\.[\w.]*base_url\}|\{\w+\.base_url\})")
_ORIGIN: Final = re.compile(r"^(https?://[^/{}]+)(/.*)?$")
_EXAMPLE: Final = re.compile(r"\s*Example: .*$", re.DOTALL)


def read(files: Mapping[str, str]) -> tuple[Node, list[str]]:
    """Return the document for the package's classes, and what was omitted."""
    paths = Paths()
    servers: list[str] = []
    for text in files.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign) and _is_base(node.targets[0]) and isinstance(url := literal(node.value), str):
                servers.append(url.rstrip("/"))
            elif isinstance(node, ast.ClassDef):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_"):
                        _add(paths, method)
    return paths.document(
        "", [url for url in dict.fromkeys(servers) if url.startswith(("https://", "http://"))]
    ), paths.left_out


def _is_base(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == "base_url"


class _Method:
    """One method's request, as far as its statements show it."""

    def __init__(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.name = function.name
        given = [*function.args.posonlyargs, *function.args.args]
        self.arguments = [one.arg for one in (*given, *function.args.kwonlyargs) if one.arg != "self"]
        optional = {one.arg for one in given[len(given) - len(function.args.defaults) :]} if function.args.defaults else set()
        optional |= {
            one.arg for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True) if default
        }
        self.required = {name for name in self.arguments if name not in optional}
        self.text = ast.get_docstring(function) or ""
        self.types, self.abouts, self.tags = _parse_docstring(self.text)
        self.url = self.method = ""
        self.media = "application/json"
        self.query: dict[str, ast.expr] = {}
        self.body: ast.expr | None = None
        for node in ast.walk(function):
            self._see(node)

    def _see(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name):
                self._assign(target.id, node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
            self.method = _CALLS[node.func.attr]
            if node.args and not self.url:
                self.url = _write(node.args[0])
            for keyword in node.keywords:
                if keyword.arg == "content_type" and isinstance(media := literal(keyword.value), str):
                    self.media = media

    def _assign(self, name: str, value: ast.expr) -> None:
        if name == "url":
            self.url = _write(value) or self.url
        elif name == "query_params":
            self.query |= dict(_pairs(value))
        elif name.startswith("request_body") and (
            isinstance(value, ast.Dict) or (isinstance(value, ast.Name) and value.id in self.arguments)
        ):
            self.body = value

    def schema(self, value: ast.expr) -> Node | None:
        """Return a value's schema: an argument's type, or a constant; None if it is neither."""
        if isinstance(value, ast.Name) and value.id in self.arguments:
            return schema_of(self.types.get(value.id), self.abouts.get(value.id, ""))
        if isinstance(value, ast.Constant):
            return {"enum": [value.value], "default": value.value}
        if isinstance(value, ast.Dict):
            inner = {key: found for key, one in _pairs(value) if (found := self.schema(one)) is not None}
            needed = [key for key, one in _pairs(value) if isinstance(one, ast.Name) and one.id in self.required]
            return {"type": "object", "properties": inner} | ({"required": needed} if needed else {})
        return None

    def is_required(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Name) and value.id in self.required


def _add(paths: Paths, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    method = _Method(function)
    if not method.method or not method.url:
        return
    path = _BASE.sub("", method.url)
    absolute = _ORIGIN.match(path)
    if absolute is not None:
        path = absolute[2] or "/"
    path, _, fixed = path.partition("?")
    unknown = [name for name in re.findall(r"\{([^{}]*)\}", path) if name not in method.arguments]
    if unknown or fixed or not path.startswith("/"):
        paths.left_out.append(f"{method.name}: its URL {method.url} is made of more than its arguments; left out")
        return
    parameters: list[Node] = [
        {"name": name, "in": "path", "required": True, "schema": method.schema(ast.Name(name)) or {}}
        for name in re.findall(r"\{([^{}]*)\}", path)
    ]
    for name, value in method.query.items():
        if (schema := method.schema(value)) is not None:
            parameters.append({"name": name, "in": "query", "required": method.is_required(value), "schema": schema})
    head = method.text.strip().split("\n\n")[0]
    operation: Node = {
        "operationId": method.name,
        "summary": method.name.replace("_", " ").capitalize(),
        "description": " ".join(head.split()),
        "tags": method.tags,
        "parameters": parameters,
        "responses": {"200": {"description": "OK"}},
    }
    if absolute is not None:
        operation["servers"] = [{"url": absolute[1]}]
    if method.body is not None and method.method != "get" and (schema := method.schema(method.body)) is not None:
        needed = bool(schema.get("required")) or method.is_required(method.body)
        operation["requestBody"] = {"required": needed, "content": {method.media: {"schema": schema}}}
    paths.add(method.name, method.method, path, operation)


def _write(value: ast.expr) -> str:
    """Return a URL as a template; "" if it is not a string."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if not isinstance(value, ast.JoinedStr):
        return ""
    found = ""
    for part in value.values:
        if isinstance(part, ast.FormattedValue):
            found += f"{{{ast.unparse(part.value)}}}"
        elif isinstance(part, ast.Constant):
            found += str(part.value)
    return found


def _pairs(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Return names and values of a literal, or of a comprehension's pairs."""
    if isinstance(value, ast.Dict):
        for key, one in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, one
        return
    for node in ast.walk(value):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(name := literal(node.elts[0]), str):
            yield name, node.elts[1]


def _parse_docstring(text: str) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return types and descriptions of arguments, and tags, from a docstring."""
    types: dict[str, str] = {}
    abouts: dict[str, str] = {}
    section = name = ""
    tags: list[str] = []
    for line in text.splitlines():
        if begun := _SECTION.match(line):
            section, name = begun[1], ""
        elif section == "Args" and (found := _ARGUMENT.match(line)):
            name = found[1]
            abouts[name] = found[3].strip()
            if kind := primitive(found[2].split(",")[0].split("|")[0].split("[")[0]):
                types[name] = kind
        elif section == "Args" and name and line.strip():
            abouts[name] += f" {line.strip()}"
        elif section == "Tags":
            tags += [tag for one in line.split(",") if (tag := one.strip().strip(".")) and tag.lower() != "important"]
    told = {one: cleaned for one, about in abouts.items() if (cleaned := _EXAMPLE.sub("", about).strip()) and cleaned != one}
    return types, told, tags
