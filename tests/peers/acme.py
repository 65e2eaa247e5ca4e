"""Apps of a home's own, and a provider that answers in memory: what the real one can't be made to do on demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx

from tests.peers import described

OAUTH: dict[str, Any] = {
    "auth_mode": "OAUTH2",
    "authorization_url": "https://acme.example/authorize",
    "token_url": "https://acme.example/token",
    "revocation_url": "https://acme.example/revoke",
    "default_scopes": ["read", "write"],
    "available_scopes": ["read", "write", "admin"],
}
KEY: dict[str, Any] = {
    "auth_mode": "API_KEY",
    "fields": [
        {"name": "api_key", "display_name": "API key", "description": "From your account's page."},
        {"name": "region", "description": "Where your data is.", "default": "eu", "required": False},
    ],
    "proxy": {"headers": {"X-Api-Key": "{{api_key}}", "X-Region": "{{region}}"}},
}
PUSHED: dict[str, Any] = {
    "slug": "ACME_PUSHED",
    "name": "Pushed",
    "description": "Things",
    "kind": "webhook",
    "payload": {"properties": {"title": {"type": "string", "description": "What it is called"}}},
    "webhook": {
        "verify": {"kind": "token", "header": "X-Token"},
        "id": "body.id",
        "payload": {"title": "body.id"},
        "subscribe": {
            "create": {"method": "POST", "path": "/hooks", "body": {"url": "{{ url }}", "token": "{{ secret }}"}},
            "delete": {"method": "DELETE", "path": "/hooks/{{ subscription.id }}"},
            "keep": {"id": "response.id"},
        },
    },
}
TENANT: dict[str, Any] = {
    "auth_mode": "API_KEY",
    "fields": [
        {"name": "subdomain", "description": "The first part of your address."},
        {"name": "api_key", "description": "From your profile."},
        {"name": "partner", "description": "Ours.", "expected_from_customer": False},
    ],
    "proxy": {
        "base_url": "https://{{subdomain}}.desk.example",
        "headers": {"Authorization": "Key {{api_key}}", "X-Partner": "{{partner}}"},
    },
}
OPEN: dict[str, Any] = {"auth_mode": "NO_AUTH"}


def description(title: str) -> dict[str, Any]:
    def get(summary: str) -> dict[str, Any]:
        return {
            "get": {
                "operationId": summary.lower().replace(" ", "_"),
                "summary": summary,
                "responses": {"200": {"description": "ok"}},
            }
        }

    paths = {"/me": get("Get me"), "/things": get("List things")}
    return described.openapi(title, f"https://api.{title.lower()}.example", paths)


def write_app(home: Path, key: str, *schemes: dict[str, Any], **more: Any) -> None:
    """An app in a home: ``KEY_GET_ME`` and ``KEY_LIST_THINGS``."""
    definition = {
        "auth_schemes": list(schemes),
        "get_current_user_endpoint": "/me",
        "important": ["get_me", "list_things"],
        **more,
    }
    described.write_app(home, key, description(key.capitalize()), **definition)


@dataclass
class Provider:
    """Acme's token endpoint and API in memory. ``tokens`` are those that its API takes."""

    lifetime: int | None = 3600
    rotates: bool = True
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    seen: list[httpx.Request] = field(default_factory=list)
    answer: Callable[[dict[str, str]], Any] | None = None
    count: int = 0

    def __call__(self, request: httpx.Request) -> Any:
        self.seen.append(request)
        path = request.url.path
        if request.url.host != "acme.example":
            return self.api(request)
        form = dict(parse_qsl(request.content.decode()))
        self.calls.append((path, form))
        if path == "/revoke":
            self.refresh_tokens.discard(form.get("token", ""))
            return 200, {}
        return self.answer(form) if self.answer else self.granted(form)

    def granted(self, form: dict[str, str]) -> Any:
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                return 400, {"error": "invalid_grant", "error_description": "Token has been revoked."}
            if self.rotates:
                self.refresh_tokens.discard(form["refresh_token"])
        self.count += 1
        access, refresh = f"access-secret-{self.count}", f"refresh-secret-{self.count}"
        self.tokens[access] = form.get("code", "refreshed")
        answer: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "scope": "read write"}
        if self.rotates or form["grant_type"] != "refresh_token":
            self.refresh_tokens.add(refresh)
            answer["refresh_token"] = refresh
        if self.lifetime is not None:
            answer["expires_in"] = self.lifetime
        return 200, answer

    def api(self, request: httpx.Request) -> Any:
        sent = request.headers.get("authorization", "")
        token = sent.removeprefix("Bearer ")
        if sent.startswith("Bearer ") and token not in self.tokens:
            return 401, {"message": "Bad credentials"}
        return 200, {"who": sent or request.headers.get("x-api-key"), "user": self.tokens.get(token)}


def query(url: str | None) -> dict[str, str]:
    """A URL's parameters."""
    assert url is not None
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def came_back(url: str | None, code: str = "code-1", **more: str) -> str:
    """The callback that a provider sends the user of ``url`` to."""
    asked = query(url)
    return str(httpx.URL(asked["redirect_uri"]).copy_merge_params({"code": code, "state": asked["state"], **more}))
