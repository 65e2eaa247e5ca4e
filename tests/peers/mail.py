"""An app whose operations name their OAuth scopes, in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.peers import described
from tests.peers.acme import OAUTH

__all__ = ["USUAL", "write_mail"]

USUAL = ["openid", "mail.read", "mail.send", "contacts.read"]
_SCOPES = [*USUAL, "mail.modify", "mail.all"]


def write_mail(home: Path) -> None:
    """``MAIL_LIST``, ``MAIL_SEND``, ``MAIL_DELETE`` and ``MAIL_SYNC``, which names no scope."""

    def operation(name: str, *ways: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {"operationId": name, "summary": name, "responses": {"200": {"description": "ok"}}}
        return {**found, "security": [{"login": way} for way in ways or ([],)]}

    paths = {
        "/messages": {
            "get": operation("list", ["mail.all"], ["mail.read"], ["mail.modify"]),
            "post": operation("send", ["mail.send"], ["mail.all"]),
            "delete": operation("delete", ["mail.modify"], ["mail.all"]),
        },
        "/sync": {"post": operation("sync")},
    }
    flow = {
        "authorizationUrl": OAUTH["authorization_url"],
        "tokenUrl": OAUTH["token_url"],
        "scopes": dict.fromkeys(_SCOPES, ""),
    }
    scheme = {"type": "oauth2", "flows": {"authorizationCode": flow}}
    document = described.openapi("Mail", "https://api.mail.example", paths, components={"securitySchemes": {"login": scheme}})
    login = {**OAUTH, "default_scopes": USUAL, "available_scopes": _SCOPES}
    described.write_app(home, "mail", document, auth_schemes=[login])
