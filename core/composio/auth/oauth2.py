"""OAuth 2: a user's consent in the browser or on another device, or a client's own credentials.

PKCE and the redirect's URL are oauthlib's. Answers are read here: oauthlib takes a narrower scope than was asked for as an
error and knows none of what providers nest, rename and leave out. What one does its own way is declared in
``integration.yaml``. Source: RFC 6749, 6750, 7009 (revocation), 7636 (PKCE), 8252, 8628 (devices), 9207 (``iss``).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote_plus, urlsplit

import httpx

from composio.auth import bearer, places, tokens
from composio.auth.answers import Answer, clean, explain_failure, own_request
from composio.auth.flow import Begun, Flow, FlowContext, Grant, Pending
from composio.auth.issuers import check_callback, check_id_token
from composio.auth.kept import calls_templates, of_callback
from composio.auth.said import normal, read_error
from composio.auth.template import render
from composio.auth.urls import fields_of
from composio.errors import AuthorizationError, ConfigurationError, GrantExpired, MissingFields, TokenRequestFailed
from composio.model.app import AuthScheme
from composio.model.kept import METADATA, read_declared
from composio.model.secret import SecretValues

__all__ = ["OAuth2", "scheme"]

_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
# Characters; RFC 7636 allows 43 to 128.
_VERIFIER: Final = 64
_INTERVAL: Final = 5.0  # seconds between polls where the provider names none, and what "slow down" adds: RFC 8628, 3.2 and 3.5
_GONE: Final = frozenset({"invalid_token", "token_revoked", "token_expired", "invalid_grant", "already_revoked", "not_authed"})
_TEMPORARY: Final = 500
# What providers call a user who says no, without case and punctuation.
_DENIALS: Final = frozenset(
    {
        *("accessdenied", "denied", "userdenied", "authorizationdenied", "consentdenied", "permissiondenied", "rejected"),
        *(
            "userrejected",
            "cancelled",
            "canceled",
            "cancel",
            "usercancel",
            "usercancelled",
            "usercanceled",
            "aborted",
            "userabort",
        ),
        *("usercancelledauthorize", "usercancelledlogin", "usercanceledauthorize", "usercanceledlogin"),
    }
)
# Parameters of a callback that say nothing of an error.
_OWN: Final = frozenset({"state", "scope", "iss", "session_state"})


class OAuth2:
    """The grants of OAuth 2. ``grant_type`` in ``integration.yaml`` is ``authorization_code``, ``client_credentials`` or
    ``device_code``; every access token is sent as a bearer token unless the scheme's ``proxy`` says otherwise.
    """

    def sign(self, request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]:
        yield from bearer.sign(request, scheme, values)

    def begin(self, context: FlowContext, state: str) -> Flow[Begun]:
        grant_type = _grant_type(context)
        if grant_type == "client_credentials":
            return Begun(grant=(yield from self._client_credentials(context)))
        if grant_type == "device_code":
            return (yield from self._begin_device(context))
        return self._redirect(context, state)

    def _redirect(self, context: FlowContext, state: str) -> Begun:
        """Where the user goes. Our own parameters can't be overridden: they are what makes the answer ours."""
        from oauthlib.common import add_params_to_uri
        from oauthlib.oauth2 import WebApplicationClient

        # What a page's own router reads, as Apollo's does, comes after "#", its query included.
        page, hashed, route = places.url(context, "authorization_url").partition("#")
        asked = {"response_type": "code", **places.params(context, "authorization_params")}
        if context.scopes:
            asked[context.scheme.extra.get("scope_parameter", "scope")] = _scope(context)
        asked |= {"client_id": _client_id(context), "redirect_uri": context.redirect_uri, "state": state}
        pending = SecretValues(redirect_uri=context.redirect_uri)
        if context.scheme.extra.get("pkce", True):
            client = WebApplicationClient("")
            pending = pending | {"code_verifier": client.create_code_verifier(_VERIFIER)}
            challenge = client.create_code_challenge(pending["code_verifier"], "S256")
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        address, _, query = add_params_to_uri(page, list(asked.items())).partition("?")
        # oauthlib writes a space as "+", which not every provider takes for one. A plus itself was written %2B.
        return Begun(redirect_url=f"{address}{hashed}{route}?{query.replace('+', '%20')}", pending=pending)

    def complete(self, context: FlowContext, pending: SecretValues, callback: Mapping[str, str]) -> Flow[Grant]:
        callback = SecretValues(callback)
        check_callback(context, callback)
        _check_consent(context, callback, pending)
        kept = of_callback(context, callback)
        context = replace(context, values=context.values | kept)
        fields = SecretValues(code=callback["code"], redirect_uri=pending.get("redirect_uri") or context.redirect_uri)
        if "code_verifier" in pending:
            fields = fields | {"code_verifier": pending["code_verifier"]}
        response = yield _token_request(context, "authorization_code", fields)
        grant = tokens.grant(context, response, "exchanging the code for tokens", pending, fields)
        check_id_token(context, callback, response)
        grant = replace(grant, values=kept | grant.values)
        _check_complete(context, grant)
        return grant

    def poll(self, context: FlowContext, pending: SecretValues) -> Flow[Grant | Pending]:
        response = yield _token_request(context, _DEVICE, SecretValues(device_code=pending["device_code"]))
        answer, interval = Answer(response), float(pending.get("interval", _INTERVAL))
        if answer.has("authorization_pending"):
            return Pending(interval=interval)
        if answer.has("slow_down"):
            return Pending(interval=interval + _INTERVAL)
        if answer.has("access_denied"):
            raise _explain_denial(context)
        if answer.has("expired_token"):
            message = f"{context.app.name}: nobody entered the code in time. Start again."
            raise AuthorizationError(message, code="expired_token")
        return tokens.grant(context, response, "asking for the device's tokens", pending)

    def renew(self, context: FlowContext) -> Flow[Grant]:
        if _grant_type(context) == "client_credentials":
            return (yield from self._client_credentials(context))
        if not context.values.get("refresh_token"):
            message = f"{context.app.name} gave this connection no refresh token, so it ended with its access token."
            raise GrantExpired(message, code="no_refresh_token")
        fields = SecretValues(refresh_token=context.values["refresh_token"])
        response = yield _token_request(context, "refresh_token", fields, "refresh_params", "refresh_url")
        return tokens.grant(context, response, "renewing the tokens", renewal=True)

    def revoke(self, context: FlowContext) -> Flow[None]:
        url = places.optional_url(context, "revocation_url")
        token = _to_revoke(context)
        if url is None or token is None:
            return
        extra = context.scheme.extra
        data = SecretValues({extra.get("revocation_parameter", "token"): token["token"]})
        if extra.get("revocation_parameter") is None:
            data = data | {"token_type_hint": token["kind"]}
        how = extra.get("revocation_auth_method") or _auth_method(context)
        method = extra.get("revocation_method", "POST")
        if how == "bearer":
            headers = SecretValues(authorization=f"Bearer {token['token']}")
            request = own_request(method, url, headers)
        else:
            request = _authenticate(context, method, url, data, how, extra.get("revocation_body", "form"))
        answer = Answer((yield request))
        if answer.ok or answer.status in {404, 410} or (answer.status < _TEMPORARY and answer.has(*_GONE)):
            return
        raise explain_failure(context, answer, "revoking the tokens")

    def _client_credentials(self, context: FlowContext) -> Flow[Grant]:
        fields = SecretValues({"scope": _scope(context)} if context.scopes else {})
        response = yield _token_request(context, "client_credentials", fields)
        return tokens.grant(context, response, "asking for the client's token", renewable=True)

    def _begin_device(self, context: FlowContext) -> Flow[Begun]:
        url = places.url(context, "device_authorization_url")
        data = SecretValues({"scope": _scope(context)} if context.scopes else {})
        data = data | places.params(context, "authorization_params")
        response = yield _authenticate(context, "POST", url, data, _auth_method(context), "form")
        answer = Answer(response)
        if not answer.ok:
            raise explain_failure(context, answer, "asking for a device code")
        # Google calls it verification_url.
        where = answer.text("verification_uri") or answer.text("verification_url") or ""
        whole = answer.text("verification_uri_complete") or where
        if not (device := SecretValues.of({"device_code": answer.text("device_code")})) or not _is_page(whole):
            message = f"{context.app.name}: asking for a device code was answered without a code or a page to enter it at."
            raise TokenRequestFailed(message, code="invalid_response", status=answer.status)
        interval = _seconds(answer.text("interval")) or _INTERVAL
        return Begun(
            redirect_url=whole,
            pending=device | {"interval": str(interval)},
            user_code=clean(answer.text("user_code") or "") or None,
            interval=interval,
            expires_in=_seconds(answer.text("expires_in")),
        )


def _grant_type(context: FlowContext) -> str:
    found: str = context.scheme.extra.get("grant_type", "authorization_code")
    return found


def _client_id(context: FlowContext) -> str:
    found = context.client.get("client_id")
    if not found:
        fields = {"client_id": "the id that the provider gave your OAuth app"}
        raise MissingFields(context.app.key, f"the integration ({context.scheme.name})", fields)
    return found


def _scope(context: FlowContext) -> str:
    separator: str = context.scheme.extra.get("scope_separator", " ")
    return separator.join(context.scopes)


def _auth_method(context: FlowContext) -> str:
    """``body`` where the file does not say: what nearly every provider's own documentation shows, and all but a few that
    insist on basic authentication take. RFC 6749, 2.3.1, has basic as the one that servers must know.
    """
    found: str = context.scheme.extra.get("token_request_auth_method", "body")
    return found


def _token_request(
    context: FlowContext, grant_type: str, fields: SecretValues, params: str = "token_params", at: str = "token_url"
) -> httpx.Request:
    """A request to the token endpoint; the scheme's ``params`` may even name another ``grant_type``, as Zoom's."""
    data = SecretValues(grant_type=grant_type) | places.params(context, params) | fields
    url = places.optional_url(context, at) or places.url(context, "token_url")
    how: str = context.scheme.extra.get("token_request_body", "form")
    return _authenticate(context, "POST", url, data, _auth_method(context), how)


def _authenticate(context: FlowContext, method: str, url: str, data: SecretValues, how: str, body: str) -> httpx.Request:
    """A request with the client's authentication. One without a secret is public and only says who it is."""
    client_id, secret = _client_id(context), context.client.get_secret("client_secret")
    headers: dict[str, str] = {}
    if how == "basic" and secret:
        # Both are form-encoded first: RFC 6749, 2.3.1.
        pair = f"{quote_plus(client_id)}:{quote_plus(secret.reveal())}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif how != "none":
        data = SecretValues(client_id=client_id) | data
        data = data | {"client_secret": secret.reveal()} if secret else data
    if method == "GET":
        return own_request(method, url, headers, params=dict(data))
    return own_request(method, url, headers, **{"json" if body == "json" else "data": dict(data)})


def _check_consent(context: FlowContext, callback: Mapping[str, str], pending: SecretValues) -> None:
    hidden = (context.client, context.values, pending)
    complaint = _complaint(callback)
    if normal(complaint.get("code", "")) in _DENIALS or normal(callback.get("error_reason", "")) in _DENIALS:
        raise _explain_denial(context)
    if any(complaint.values()):
        code, words = (clean(complaint[name], *hidden) for name in ("code", "words"))
        told = ": ".join(filter(None, (code, words)))
        raise AuthorizationError(f"{context.app.name} did not connect the user ({told}).", code=code)
    if not callback.get("code"):
        message = (
            f"{context.app.name} sent the user back with neither a code nor an error. Pass the whole callback URL; if that was all of"
            " it, the user said no."
        )
        raise AuthorizationError(message, code="missing_code")


def _complaint(callback: Mapping[str, str]) -> SecretValues:
    """An error's ``code`` and ``words``, both empty if the callback has a code or no error. What they repeat may be secret.

    Facebook's dialogs say ``error_code`` and ``error_message``, others what their APIs say.
    """
    if callback.get("error"):
        return SecretValues(code=callback["error"], words=callback.get("error_description", ""))
    if callback.get("code"):
        return SecretValues(code="", words="")
    found = read_error(SecretValues({name: value for name, value in callback.items() if name not in _OWN}))
    return SecretValues(code=found.code(0), words="; ".join(found.words[:3]))


def _check_complete(context: FlowContext, grant: Grant) -> None:
    """A connection whose calls lack a declared value is none. Templates that do without it say so: ``{{x | default('')}}``."""
    scheme, values = context.scheme, context.all_values | grant.values
    missing = {
        one.name: one.source for one in read_declared(scheme.extra, METADATA) if one.name not in values and one.default is None
    }
    try:
        for place, template in calls_templates(scheme):
            if not fields_of(template).isdisjoint(missing):
                render(template, values, f"{context.app.key}: {scheme.name}.proxy.{place}")
    except ConfigurationError:
        listed = " and ".join(repr(source) for source in missing.values())
        message = (
            f"{context.app.name}: neither its answer nor the callback has {listed}, which calls need. Nothing was connected."
        )
        raise TokenRequestFailed(message, code="invalid_response") from None


def _explain_denial(context: FlowContext) -> AuthorizationError:
    return AuthorizationError(f"The user declined: {context.app.name} was not connected.", code="access_denied")


def _to_revoke(context: FlowContext) -> SecretValues | None:
    """The refresh token, as its end should end the access tokens too (RFC 7009, 2.1), unless the file names one of them."""
    named = context.scheme.extra.get("revocation_token")
    for kind in (named,) if named else ("refresh_token", "access_token"):
        if context.values.get(kind):
            return SecretValues(kind=kind, token=context.values[kind])
    return None


def _is_page(text: str) -> bool:
    return text.isprintable() and urlsplit(text).scheme in {"http", "https"} and bool(urlsplit(text).hostname)


def _seconds(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return min(found, 86400.0) if found > 0 else None


scheme = OAuth2()
