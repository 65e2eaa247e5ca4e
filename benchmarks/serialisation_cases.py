"""Operations of every kind that OpenAPI 3.1 can describe, arguments for them, and what has to arrive.

What is judged is what a server reads: percent-encoding that means the same is the same. Only the standard library, as the cases
are read in the peers' environments too. Sources: OpenAPI 3.1.0, "Style Examples", "Encoding Object", "XML Object", "Server
Object"; RFC 6570; RFC 7396; RFC 7578.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

__all__ = ["CASES", "Case", "Seen", "document"]

COLORS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200}
TEXT = {"type": "string"}
LIST = {"type": "array", "items": TEXT}
OBJECT = {"type": "object", "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}}}
FILE = {"type": "string", "format": "binary"}


@dataclass(frozen=True)
class Seen:
    """A request as it arrived. ``path`` and ``query`` are still percent-encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def cookies(self) -> list[tuple[str, str]]:
        found = [one.strip().partition("=") for one in self.headers.get("cookie", "").split(";") if one.strip()]
        return [(unquote(name), unquote(value)) for name, _, value in found]

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True) if self.kind == "application/x-www-form-urlencoded" else []

    @property
    def parts(self) -> list[tuple[Any, str, bytes, Any]]:
        """Name, media type, content and the header X-Kind of each."""
        message: Any = message_from_bytes(f"content-type: {self.headers.get('content-type', '')}\r\n\r\n".encode() + self.body)
        return [
            (
                part.get_param("name", header="content-disposition"),
                part.get_content_type(),
                part.get_payload(decode=True),
                part.get("x-kind"),
            )
            for part in (message.get_payload() if message.is_multipart() else ())
        ]


@dataclass(frozen=True)
class Case:
    """One operation. ``arguments`` are by place; ``right`` judges what arrived; ``may_refuse`` where sending nothing is right."""

    name: str
    right: Callable[[Seen], bool]
    arguments: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] | None = None
    path: str = "/x"
    method: str = "get"
    below: str = ""
    item: Mapping[str, Any] = field(default_factory=dict)
    operation: Mapping[str, Any] = field(default_factory=dict)
    server: Mapping[str, Any] | None = None
    may_refuse: bool = False


def document(case: Case, url: str) -> dict[str, Any]:
    """The description of ``case`` alone; ``url`` is its server's, without a slash at the end."""
    operation: dict[str, Any] = {
        "operationId": "do_it",
        "summary": "Do it",
        "parameters": list(case.parameters),
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}},
        **placed(case.operation, url),
    }
    if case.body is not None:
        operation["requestBody"] = {"required": True, "content": case.body}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Probe", "version": "1"},
        "servers": [placed(case.server, url) if case.server else {"url": url}],
        "paths": {case.path: {case.method: operation, **placed(case.item, url)}},
    }


def placed(node: Mapping[str, Any], url: str) -> dict[str, Any]:
    """``node`` with the server's address in place of URL."""
    found: dict[str, Any] = json.loads(json.dumps(node).replace("URL", url))
    return found


def parameter(name: str, place: str, schema: Mapping[str, Any] = TEXT, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": schema, **({"required": True} if place == "path" else {}), **more}


def in_path(name: str, value: Any, expected: str, schema: Mapping[str, Any] = TEXT, **more: Any) -> Case:
    def right(seen: Seen) -> bool:
        return unquote(seen.path) == unquote(f"/x/{expected}/y") and seen.path.count("/") == 3

    return Case(
        f"path {name}", right, {"path": {"color": value}}, (parameter("color", "path", schema, **more),), path="/x/{color}/y"
    )


def in_query(name: str, value: Any, expected: Any, schema: Mapping[str, Any] = TEXT, **more: Any) -> Case:
    def right(seen: Seen) -> bool:
        return seen.query == expected if isinstance(expected, str) else seen.pairs == expected

    declared = parameter(more.pop("wire", "color"), "query", schema, **more)
    return Case(f"query {name}", right, {"query": {declared["name"]: value}}, (declared,))


def in_header(name: str, value: Any, expected: str, schema: Mapping[str, Any] = TEXT, **more: Any) -> Case:
    right = lambda seen: seen.headers.get("x-color") == expected  # noqa: E731 - one judgement, named by its case
    return Case(f"header {name}", right, {"header": {"X-Color": value}}, (parameter("X-Color", "header", schema, **more),))


def in_cookie(name: str, value: Any, expected: list[tuple[str, str]], schema: Mapping[str, Any] = TEXT, **more: Any) -> Case:
    right = lambda seen: seen.cookies == expected  # noqa: E731 - as above
    return Case(f"cookie {name}", right, {"cookie": {"color": value}}, (parameter("color", "cookie", schema, **more),))


def in_body(
    name: str,
    kind: str,
    schema: Mapping[str, Any],
    value: Any,
    right: Callable[[Seen], bool],
    method: str = "post",
    **more: Any,
) -> Case:
    return Case(f"body {name}", right, {"body": value}, body={kind: {"schema": schema, **more}}, method=method)


def objects(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def is_json(value: Any, kind: str = "application/json") -> Callable[[Seen], bool]:
    return lambda seen: seen.kind == kind and seen.json == value


FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
ANY_OBJECT = {"type": "object"}
DEEP = {"style": "deepObject", "explode": True}
PET = {
    "type": "object",
    "xml": {"name": "pet", "prefix": "p", "namespace": "http://pets"},
    "properties": {
        "id": {"type": "integer", "xml": {"attribute": True}},
        "name": {"type": "string"},
        "tags": {"type": "array", "xml": {"wrapped": True}, "items": {"type": "string", "xml": {"name": "tag"}}},
    },
}
PET_XML = '<p:pet xmlns:p="http://pets" id="1"><name>a &amp; b</name><tags><tag>x</tag><tag>y</tag></tags></p:pet>'
SAME = (
    parameter("id", "path"),
    parameter("id", "query", {"type": "integer"}),
)

CASES: tuple[Case, ...] = (
    in_path("primitive", "a b/c", "a%20b%2Fc"),
    in_path("unicode", "é ü", "%C3%A9%20%C3%BC"),
    in_path("percent", "50% of %41", "50%25%20of%20%2541"),
    in_path("simple array", COLORS, "blue,black,brown", LIST),
    in_path("simple object", RGB, "R,100,G,200", OBJECT),
    in_path("simple object exploded", RGB, "R=100,G=200", OBJECT, explode=True),
    in_path("label primitive", "blue", ".blue", style="label"),
    in_path("label array exploded", COLORS, ".blue.black.brown", LIST, style="label", explode=True),
    in_path("label object", RGB, ".R,100,G,200", OBJECT, style="label"),
    in_path("matrix primitive", "blue", ";color=blue", style="matrix"),
    in_path("matrix array", COLORS, ";color=blue,black,brown", LIST, style="matrix"),
    in_path("matrix array exploded", COLORS, ";color=blue;color=black;color=brown", LIST, style="matrix", explode=True),
    in_path("matrix object exploded", RGB, ";R=100;G=200", OBJECT, style="matrix", explode=True),
    Case(
        "path that climbs",
        lambda seen: seen.path.startswith("/x/") and seen.path.endswith("/y") and "/../" not in seen.path,
        {"path": {"color": ".."}},
        (parameter("color", "path"),),
        path="/x/{color}/y",
        may_refuse=True,
    ),
    in_query("reserved characters", "a&b=c+d#e%f", [("color", "a&b=c+d#e%f")]),
    in_query("boolean", True, [("color", "true")], {"type": "boolean"}),
    in_query("number", 1.5, [("color", "1.5")], {"type": "number"}),
    in_query("date and time", "2024-01-01T00:00:00+02:00", [("color", "2024-01-01T00:00:00+02:00")]),
    in_query("array", COLORS, [("color", c) for c in COLORS], LIST),
    in_query("array not exploded", COLORS, [("color", "blue,black,brown")], LIST, explode=False),
    in_query("array not exploded, comma in an item", ["a,b", "c"], "color=a%2Cb,c", LIST, explode=False),
    in_query("array delimited by spaces", COLORS, [("color", "blue black brown")], LIST, style="spaceDelimited", explode=False),
    in_query("array delimited by pipes", COLORS, [("color", "blue|black|brown")], LIST, style="pipeDelimited", explode=False),
    in_query(
        "array of booleans",
        [True, False],
        [("color", "true"), ("color", "false")],
        {"type": "array", "items": {"type": "boolean"}},
    ),
    in_query("empty array", [], [], LIST),
    in_query("empty text", "", [("color", "")], allowEmptyValue=True),
    in_query("object", RGB, [("R", "100"), ("G", "200")], OBJECT),
    in_query("object not exploded", RGB, [("color", "R,100,G,200")], OBJECT, explode=False),
    in_query("deep object", RGB, [("color[R]", "100"), ("color[G]", "200")], OBJECT, **DEEP),
    in_query(
        "deep object, nested",
        {"a": {"b": "1"}, "c": ["x", "y"]},
        [("color[a][b]", "1"), ("color[c][0]", "x"), ("color[c][1]", "y")],
        ANY_OBJECT,
        **DEEP,
    ),
    in_query("allowReserved", "a/b?c:d", "color=a/b?c:d", allowReserved=True),
    Case(
        "query as JSON",
        lambda seen: [(n, json.loads(v)) for n, v in seen.pairs] == [("color", RGB)],
        {"query": {"color": RGB}},
        ({"name": "color", "in": "query", "content": {"application/json": {"schema": OBJECT}}},),
    ),
    in_query("name in brackets", 5, [("page[size]", "5")], {"type": "integer"}, wire="page[size]"),
    in_header("primitive", "blue", "blue"),
    in_header("boolean", True, "true", {"type": "boolean"}),
    in_header("array", COLORS, "blue,black,brown", LIST),
    in_header("object", RGB, "R,100,G,200", OBJECT),
    in_header("object exploded", RGB, "R=100,G=200", OBJECT, explode=True),
    in_cookie("primitive", "blue", [("color", "blue")]),
    in_cookie("value with a semicolon", "a; admin=1", [("color", "a; admin=1")]),
    in_cookie("array not exploded", COLORS, [("color", "blue,black,brown")], LIST, explode=False),
    in_cookie("object not exploded", RGB, [("color", "R,100,G,200")], OBJECT, explode=False),
    Case(
        "one name in path, query and body",
        lambda seen: seen.path == "/x/p" and seen.pairs == [("id", "2")] and seen.json == {"id": True, "n": "a"},
        {"path": {"id": "p"}, "query": {"id": 2}, "body": {"id": True, "n": "a"}},
        SAME,
        {"application/json": {"schema": objects(id={"type": "boolean"}, n=TEXT)}},
        path="/x/{id}",
        method="post",
    ),
    in_body("JSON", "application/json", objects(a=OBJECT, b=LIST), {"a": RGB, "b": ["é"]}, is_json({"a": RGB, "b": ["é"]})),
    in_body("JSON array", "application/json", LIST, COLORS, is_json(COLORS)),
    in_body(
        "vendor JSON", "application/vnd.api+json", objects(a=TEXT), {"a": "x"}, is_json({"a": "x"}, "application/vnd.api+json")
    ),
    in_body(
        "merge patch",
        "application/merge-patch+json",
        objects(a={"type": ["string", "null"]}, b=TEXT),
        {"a": None, "b": "x"},
        is_json({"a": None, "b": "x"}, "application/merge-patch+json"),
        method="patch",
    ),
    Case(
        "body the best of several types",
        is_json({"a": "x"}),
        {"body": {"a": "x"}},
        body={kind: {"schema": objects(a=TEXT)} for kind in ("application/xml", MULTIPART, "application/json")},
        method="post",
    ),
    in_body(
        "form",
        FORM,
        objects(a=TEXT, b=LIST),
        {"a": "x y&z", "b": ["1", "2"]},
        lambda s: s.form == [("a", "x y&z"), ("b", "1"), ("b", "2")],
    ),
    in_body(
        "form in brackets",
        FORM,
        objects(metadata=ANY_OBJECT, items={"type": "array", "items": ANY_OBJECT}),
        {"metadata": {"k": "v"}, "items": [{"price": "p", "quantity": 2}]},
        lambda s: s.form == [("metadata[k]", "v"), ("items[0][price]", "p"), ("items[0][quantity]", "2")],
        encoding={"metadata": DEEP, "items": DEEP},
    ),
    in_body(
        "form with an object as JSON",
        FORM,
        objects(a=OBJECT),
        {"a": RGB},
        lambda s: [(n, json.loads(v)) for n, v in s.form] == [("a", RGB)],
    ),
    in_body(
        "form with a list not exploded",
        FORM,
        objects(a=LIST),
        {"a": ["1", "2"]},
        lambda s: s.form == [("a", "1,2")],
        encoding={"a": {"style": "form", "explode": False}},
    ),
    in_body(
        "multipart with a file",
        MULTIPART,
        objects(file=FILE, note=TEXT),
        {"file": b"hello", "note": "n"},
        lambda s: s.kind == MULTIPART and [(n, c) for n, _, c, _ in s.parts] == [("file", b"hello"), ("note", b"n")],
    ),
    in_body(
        "multipart with several files",
        MULTIPART,
        objects(files={"type": "array", "items": FILE}),
        {"files": [b"one", b"two"]},
        lambda s: [(n, c) for n, _, c, _ in s.parts] == [("files", b"one"), ("files", b"two")],
    ),
    in_body(
        "multipart with a JSON part",
        MULTIPART,
        objects(meta=OBJECT, file=FILE),
        {"meta": RGB, "file": b"f"},
        lambda s: [(n, k) for n, k, _, _ in s.parts][:1] == [("meta", "application/json")] and json.loads(s.parts[0][2]) == RGB,
    ),
    in_body(
        "multipart with a part's own type and header",
        MULTIPART,
        objects(meta=OBJECT, photo=FILE),
        {"meta": RGB, "photo": b"P"},
        lambda s: (
            [(n, k, x) for n, k, _, x in s.parts] == [("meta", "application/vnd.m+json", "m"), ("photo", "image/png", None)]
        ),
        encoding={
            "meta": {
                "contentType": "application/vnd.m+json",
                "headers": {"X-Kind": {"schema": {"type": "string", "const": "m"}}},
            },
            "photo": {"contentType": "image/png"},
        },
    ),
    in_body(
        "octets",
        "application/octet-stream",
        FILE,
        b"\0\1binary",
        lambda s: (s.kind, s.body) == ("application/octet-stream", b"\0\1binary"),
    ),
    in_body("text", "text/plain", TEXT, "plain é", lambda s: (s.kind, s.body) == ("text/plain", "plain é".encode())),
    in_body(
        "XML",
        "application/xml",
        PET,
        {"id": 1, "name": "a & b", "tags": ["x", "y"]},
        lambda s: (
            s.kind == "application/xml" and ElementTree.canonicalize(s.body.decode()) == ElementTree.canonicalize(PET_XML)
        ),
    ),
    in_body(
        "of a DELETE",
        "application/json",
        objects(a=TEXT),
        {"a": "x"},
        lambda s: s.method == "DELETE" and s.json == {"a": "x"},
        method="delete",
    ),
    in_body(
        "of a GET",
        "application/json",
        objects(a=TEXT),
        {"a": "x"},
        lambda s: s.method == "GET" and s.json == {"a": "x"},
        method="get",
    ),
    Case(
        "server with variables",
        lambda seen: seen.path == "/eu/v2/x",
        {},
        server={
            "url": "URL/{region}/{v}",
            "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}, "v": {"default": "v2"}},
        },
    ),
    Case("server of the path", lambda seen: seen.path == "/of-path/x", {}, item={"servers": [{"url": "URL/of-path"}]}),
    Case("server of the operation", lambda seen: seen.path == "/of-op/x", {}, operation={"servers": [{"url": "URL/of-op"}]}),
)
