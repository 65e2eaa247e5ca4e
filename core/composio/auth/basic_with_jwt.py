"""A user name and a password, exchanged for a JSON Web Token that travels as a bearer token. Renewed by logging in again.

What a login endpoint wants and answers differs, so ``integration.yaml`` says it: ``token_params`` are sent instead of ``username``
and ``password``, as JSON unless ``token_request_body`` is ``form``; ``token_response_fields`` and ``token_response_path`` say where
the token lies, where it is not under one of the usual names.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

import httpx

from composio.auth import places, tokens
from composio.auth.answers import Answer, explain_failure, own_request
from composio.auth.flow import Begun, Flow, FlowContext, Grant
from composio.auth.partial import PartialScheme
from composio.errors import GrantExpired, TokenRequestFailed
from composio.model.secret import SecretValues

__all__ = ["BasicWithJwt", "scheme"]

_NAMES: Final = (
    *("access_token", "token", "jwt", "accessToken", "id_token", "idToken", "auth_token", "authToken", "access", "accessJwt"),
    *("AccessToken", "Token", "key", "session_token", "sessionToken"),
)
# Objects that the token lies in so often that nobody has to declare them.
_INSIDE: Final = ("", "data", "user", "result", "response", "body", "tokens", "token", "auth", "session")
_WRONG: Final = re.compile(r"password|credential|user ?name|login|sign ?in|authenticat|account|user not found", re.IGNORECASE)
_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_LOGIN: Final = "signing in"
_NO: Final = frozenset({400, 401, 403, 422})


class BasicWithJwt(PartialScheme):
    """Logs in at ``token_url``; the token's end is what the answer says, else the token's own ``exp``."""

    def begin(self, context: FlowContext, state: str) -> Flow[Begun]:  # noqa: ARG002 - nobody is sent anywhere
        return Begun(grant=(yield from self._login(context)))

    def renew(self, context: FlowContext) -> Flow[Grant]:
        return (yield from self._login(context, renewal=True))

    def _login(self, context: FlowContext, *, renewal: bool = False) -> Flow[Grant]:
        response = yield _request(context)
        answer = Answer(response)
        if response.status_code >= 400 or not (answer.ok or _plain(response)):
            raise _refuse(context, answer, response, renewal=renewal)
        prefix, token = _find_token(context, answer, response)
        if "access_token" not in token:
            if answer.said.words:
                raise _refuse(context, answer, response, renewal=renewal)
            message = f"{context.app.name}: {_LOGIN} was answered without a token (status {answer.status})."
            raise TokenRequestFailed(message, code="invalid_response", status=answer.status)
        seconds = tokens.lifetime(context, answer, prefix) or tokens.own_lifetime(token, context.now)
        expires_at = None if seconds is None else context.now + seconds
        return Grant(
            values=token | tokens.metadata_of(context, answer, strict=not renewal),
            expires_at=expires_at,
            refresh_at=tokens.refresh_time(context.now, expires_at),
        )


def _refuse(
    context: FlowContext, answer: Answer, response: httpx.Response, *, renewal: bool
) -> TokenRequestFailed | GrantExpired:
    """The error for a login that failed: the password's, or the endpoint's own."""
    error = explain_failure(context, answer, _LOGIN)
    means = answer.verdict(context)
    says_no = answer.status in _NO or (answer.status < 300 and _WRONG.search(answer.description) is not None)
    # A page comes from whatever stands in front of the endpoint, which itself says no in JSON or without a word.
    is_own = answer.readable or not response.content
    if means in {"later", "client"} or not (means == "gone" or (says_no and is_own)):
        return error
    if renewal:
        return GrantExpired(f"{error} The password may have changed.", code=error.code)
    hint = "Check the user name and password."
    return TokenRequestFailed(f"{error} {hint}", code=error.code, status=answer.status, hint=hint)


def _request(context: FlowContext) -> httpx.Request:
    extra = context.scheme.extra
    pair = SecretValues(username=places.require(context, "username"), password=places.require(context, "password"))
    sent: Mapping[str, Any] = SecretValues(places.nest(context, "token_params"))
    headers = SecretValues()
    if extra.get("token_request_auth_method") == "basic":
        encoded = base64.b64encode(f"{pair['username']}:{pair['password']}".encode()).decode()
        headers = SecretValues(authorization=f"Basic {encoded}")
    elif "{{" not in str(extra.get("token_params", "")):
        sent = pair | sent
    how = "data" if extra.get("token_request_body") == "form" else "json"
    return own_request("POST", places.url(context, "token_url"), headers, **({how: dict(sent)} if sent else {}))


def _plain(response: httpx.Response) -> bool:
    """True for an answer that is the token and nothing else."""
    return len(response.content) < 20_000 and _JWT.fullmatch(response.text.strip().strip('"')) is not None


def _find_token(context: FlowContext, answer: Answer, response: httpx.Response) -> tuple[str, SecretValues]:
    """The token, and the object that it lies in with a dot behind it."""
    if _plain(response):
        return "", SecretValues(access_token=response.text.strip().strip('"'))
    inside = context.scheme.extra.get("token_response_path", "")
    for one in (inside,) if inside else _INSIDE:
        prefix = f"{one}." if one else ""
        token = SecretValues.of({"access_token": tokens.find(context, answer, "access_token", prefix, _NAMES)})
        if token and _travels(token):
            return prefix, token
    # The path may name the token itself.
    token = SecretValues.of({"access_token": answer.text(inside) if inside else None})
    return "", token if token and _travels(token) else SecretValues()


def _travels(token: SecretValues) -> bool:
    """Whether a header can carry it."""
    return token["access_token"].isascii() and token["access_token"].isprintable()


scheme = BasicWithJwt()
