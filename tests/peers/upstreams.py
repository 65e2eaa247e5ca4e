"""Three apps and what stands behind them on loopback: a key's app, an open one, and one whose users come through OAuth."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.peers import described

__all__ = ["APPS", "PDF", "REFUSED", "Upstream", "World", "write_apps"]

APPS = ("keyed", "openly", "signed")
PDF = b"%PDF-1.4 one page\n" + bytes(range(256))
REFUSED = "You may not see this."
_TOKENS = {"code-1": "token-of-code-1"}


class Upstream:
    """The APIs of ``keyed``, ``openly`` and ``signed`` and the OAuth provider of the last; it remembers what it got."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self._server = Loopback(self._respond)

    def __enter__(self) -> Upstream:
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    def _respond(self, request: Request) -> Response:
        self.seen.append(request)
        path, headers = request.path, request.headers
        if path == "/authorize":
            asked = parse_qs(request.query)
            back = urlencode({"code": "code-1", "state": asked["state"][0]})
            return Response(302, {"location": f"{asked['redirect_uri'][0]}?{back}"}, b"")
        if path == "/token":
            form = dict(parse_qsl(request.body.decode()))
            token = _TOKENS.get(form.get("code", ""))
            if token is None:
                return Response.of_json({"error": "invalid_grant"}, 400)
            return Response.of_json({"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "read"})
        if path == "/forbidden":
            return Response.of_json({"message": REFUSED}, 403)
        if path == "/report":
            head = {"content-type": "application/pdf", "content-disposition": 'attachment; filename="report.pdf"'}
            return Response(200, head, PDF)
        if path == "/upload":
            return Response.of_json(_describe_form(request))
        who = headers.get("x-api-key") or headers.get("authorization")
        return Response.of_json({"who": who, "path": path, "query": request.query, "body": request.body.decode()})


@dataclass(frozen=True)
class World:
    """A running server, with the upstream of its apps.

    ``usual_port`` says that it has the one port at which the whole command line of v0.7 works.
    """

    url: str
    key: str
    upstream: Upstream
    usual_port: bool


def _describe_form(request: Request) -> dict[str, Any]:
    """What came as multipart/form-data: by part, its file name and the SHA-256 of its content."""
    head = b"Content-Type: " + request.headers.get("content-type", "").encode() + b"\r\n\r\n"
    message = message_from_bytes(head + request.body, policy=HTTP)
    parts = {}
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = str(part.get_param("name", header="content-disposition"))
        parts[name] = {"filename": part.get_filename(), "sha256": hashlib.sha256(content).hexdigest()}
    return {"type": message.get_content_type(), "parts": parts}


def _operation(summary: str, **more: Any) -> dict[str, Any]:
    ok = {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}
    return {"operationId": summary.lower().replace(" ", "_"), "summary": summary, "responses": ok, **more}


def _document(title: str, server: str) -> dict[str, Any]:
    pdf = {"200": {"description": "ok", "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}}
    parts = {
        "type": "object",
        "required": ["attachment"],
        "properties": {
            "attachment": {"type": "string", "format": "binary", "description": "What to send."},
            "note": {"type": "string"},
        },
    }
    thing = {"$ref": "#/components/schemas/Thing"}
    paths = {
        "/me": {"get": _operation("Get me")},
        "/things": {
            "get": _operation("List things", parameters=[{"name": "color", "in": "query", "schema": {"type": "string"}}]),
            "post": _operation("Create a thing", requestBody={"content": {"application/json": {"schema": thing}}}),
        },
        "/forbidden": {"get": _operation("Look behind")},
        "/report": {"get": {**_operation("Get the report"), "responses": pdf}},
        "/upload": {"post": _operation("Send a file", requestBody={"content": {"multipart/form-data": {"schema": parts}}})},
    }
    schemas = {
        "Thing": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "Its name."},
                "part": {"$ref": "#/components/schemas/Part"},
            },
        },
        "Part": {"type": "object", "properties": {"size": {"type": "integer"}}},
    }
    return described.openapi(title, server, paths, components={"schemas": schemas})


def write_apps(home: Path, url: str) -> None:
    """The three apps in a home, over the upstream at ``url``."""
    key = {
        "auth_mode": "API_KEY",
        "fields": [
            {"name": "api_key", "display_name": "API key", "description": "From your account's page."},
            {"name": "region", "description": "Where your data is.", "default": "eu", "required": False},
        ],
        "proxy": {"headers": {"X-Api-Key": "{{api_key}}", "X-Region": "{{region}}"}},
    }
    oauth = {
        "auth_mode": "OAUTH2",
        "authorization_url": f"{url}/authorize",
        "token_url": f"{url}/token",
        "default_scopes": ["read"],
    }
    for name, scheme in zip(APPS, (key, {"auth_mode": "NO_AUTH"}, oauth), strict=True):
        important = ["get_me", "list_things", "create_a_thing", "send_a_file", "get_the_report"]
        more: dict[str, Any] = {"important": important, "categories": ["testing"]}
        more["aliases"] = {f"{name.upper()}_THINGS_OF_OLD": "list_things"}
        described.write_app(home, name, _document(name.capitalize(), url), auth_schemes=[scheme], **more)
