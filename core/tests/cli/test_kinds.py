"""Every kind of description through the installed command: added, listed, executed against a fake API on loopback."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback

Shell = Callable[..., "subprocess.CompletedProcess[str]"]

SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Toys", "version": "1"},
    "host": "toys.test",
    "basePath": "/v1",
    "paths": {
        "/toys/{id}": {
            "post": {
                "summary": "Make it",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "type": "string"},
                    {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "pipes"},
                    {"name": "b", "in": "body", "schema": {"type": "object", "properties": {"size": {"type": "integer"}}}},
                ],
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
}
DISCOVERY: dict[str, Any] = {
    "kind": "discovery#restDescription",
    "discoveryVersion": "v1",
    "name": "toys",
    "version": "v1",
    "rootUrl": "https://toys.test/",
    "servicePath": "v1/",
    "schemas": {"Toy": {"type": "object", "properties": {"size": {"type": "integer"}}}},
    "resources": {
        "it": {
            "methods": {
                "make": {
                    "id": "toys.make.it",
                    "path": "{+id}",
                    "httpMethod": "POST",
                    "parameters": {
                        "id": {"type": "string", "location": "path", "required": True},
                        "tags": {"type": "string", "location": "query", "repeated": True},
                    },
                    "request": {"$ref": "Toy"},
                    "mediaUpload": {
                        "accept": ["*/*"],
                        "protocols": {"simple": {"multipart": True, "path": "/upload/v1/{+id}"}},
                    },
                }
            }
        }
    },
}
SDL = "type Toy { id: ID }\ntype Query { makeIt(id: ID!, tags: [String!], size: Int): Toy }"
ARGUMENTS = {"id": "a", "tags": ["x", "y"], "size": 3}


@pytest.fixture
def api() -> Iterator[tuple[Loopback, list[Request]]]:
    asked: list[Request] = []

    def respond(request: Request) -> Response:
        asked.append(request)
        return Response.of_json({"data": {"makeIt": {"id": "a"}}})

    with Loopback(respond) as server:
        yield server, asked


def written(kind: str, folder: Path) -> Path:
    text = {"swagger": SWAGGER, "discovery": DISCOVERY}.get(kind.partition("-")[0], SDL)
    suffix = {"graphql": "graphql"}.get(kind, kind.partition("-")[2])
    file = folder / f"toys.{suffix}"
    file.write_text(text if isinstance(text, str) else json.dumps(text) if suffix == "json" else yaml.safe_dump(text))
    return file


@pytest.mark.parametrize("kind", ["swagger-json", "swagger-yaml", "discovery-json", "discovery-yaml", "graphql"])
def test_every_kind_is_added_and_executed(shell: Shell, tmp_path: Path, api: tuple[Loopback, list[Request]], kind: str) -> None:
    server, asked = api
    base = f"{server.url}/{'graphql' if kind == 'graphql' else 'v1'}"
    added = shell("apps", "add", "toys", "--spec", str(written(kind, tmp_path)), "--base-url", base)
    assert added.returncode == 0, added.stderr
    assert "TOYS_MAKE_IT" in shell("actions", "--app", "toys").stdout
    done = shell("execute", "TOYS_MAKE_IT", "--params", json.dumps(ARGUMENTS), TOYS_TOKEN="t", TOYS_API_KEY="k")
    assert done.returncode == 0, done.stdout + done.stderr
    [request] = asked
    if kind == "graphql":
        assert request.target == "/graphql"
        assert json.loads(request.body) == {
            "query": "query makeIt($id: ID!, $tags: [String!], $size: Int) { makeIt(id: $id, tags: $tags, size: $size) { id } }",
            "variables": ARGUMENTS,
            "operationName": "makeIt",
        }
    else:
        assert request.target == ("/v1/toys/a?tags=x%7Cy" if kind.startswith("swagger") else "/v1/a?tags=x&tags=y")
        assert json.loads(request.body) == {"size": 3}


def test_a_file_goes_up_where_the_method_takes_files(shell: Shell, tmp_path: Path, api: tuple[Loopback, list[Request]]) -> None:
    server, asked = api
    shell("apps", "add", "toys", "--spec", str(written("discovery-json", tmp_path)), "--base-url", f"{server.url}/v1")
    arguments = {"id": "a/b", "size": 3, "file": "data:text/plain,hello"}
    done = shell("execute", "TOYS_MAKE_IT", "--params", json.dumps(arguments))
    assert done.returncode == 0, done.stdout + done.stderr
    [request] = asked
    assert request.target == "/upload/v1/a/b?uploadType=multipart"
    assert request.headers["content-type"].startswith("multipart/related; boundary=")
    assert b'{"size":3}' in request.body
    assert b"Content-Type: text/plain\r\n\r\nhello\r\n" in request.body


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"openapi": "4.0.0", "paths": {}}',
            ["openapi: 4.0.0", "OpenAPI 3.0 and 3.1", "Swagger 2.0", "Google Discovery v1", "GraphQL"],
        ),
        ('{"swagger": "1.2", "paths": {}}', ["swagger: 1.2", "convert it"]),
        ('{"opennapi": "3.1.0", "paths": {}}', ["did you mean 'openapi'"]),
        ("hello there", ["text, not an object", "Swagger 2.0"]),
        ("{a: [", ["JSON"]),
        ("openapi: 3.1.0\n", ["no `paths`", "expected an OpenAPI 3 document"]),
        ("swagger: '2.0'\n", ["no `paths`", "expected a Swagger 2.0 document"]),
    ],
)
def test_what_nothing_reads_says_what_is_understood_and_changes_nothing(
    connecting: Callable[..., Any], tmp_path: Path, text: str, said: list[str]
) -> None:
    assert connecting("apps", "add", "zoo", "--spec", str(written("swagger-json", tmp_path))).exit_code == 0
    before = connecting("apps", "--json").stdout
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    refused = connecting("apps", "add", "toys", "--spec", str(file), "--base-url", "https://toys.test")
    assert refused.exit_code not in {0, None}
    assert isinstance(refused.exception, SystemExit), refused.exception
    message = " ".join(refused.stderr.split())
    assert all(part in message for part in ["broken.yaml", *said]), message
    assert "Traceback" not in refused.stderr
    assert connecting("apps", "--json").stdout == before
    assert '"zoo"' in before
