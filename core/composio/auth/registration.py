"""Registers a client with a provider that lets clients do so themselves. Sans-I/O. Source: RFC 7591; RFC 8252, 8.6."""

from __future__ import annotations

from typing import Any, Final

from composio.auth import places
from composio.auth.answers import Answer, explain_failure, own_request
from composio.auth.flow import Flow, FlowContext
from composio.errors import TokenRequestFailed
from composio.model.secret import SecretValues

__all__ = ["register"]

_NAME: Final = "Composio"
_LONGEST: Final = 4_000
_REFUSED: Final = 400


def register(context: FlowContext) -> Flow[SecretValues]:
    """The ``client_id``, and the ``client_secret`` where the provider gives one, for ``context.redirect_uri``.

    A client without a secret is asked for first, as this one may run on a user's machine. Raises ``TokenRequestFailed``.
    """
    is_basic = context.scheme.extra.get("token_request_auth_method") == "basic"
    answer = None
    for method in ("client_secret_basic",) if is_basic else ("none", "client_secret_post"):
        asked: dict[str, Any] = {
            "client_name": _NAME,
            "redirect_uris": [context.redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": method,
        }
        if context.scopes:
            asked["scope"] = " ".join(context.scopes)
        answer = Answer((yield own_request("POST", places.url(context, "registration_url"), json=asked)))
        if answer.ok:
            client_id, secret = answer.text("client_id") or "", answer.text("client_secret")
            if not client_id or len(client_id) > _LONGEST:
                break
            return SecretValues.of({"client_id": client_id, "client_secret": secret or None})
        if answer.status != _REFUSED:
            break
    assert answer is not None
    if answer.ok:
        message = f"{context.app.name}: registering a client was answered without a client_id."
        raise TokenRequestFailed(message, code="invalid_response", status=answer.status)
    raise explain_failure(context, answer, "registering a client")
