"""OAuth 1: a request token, a user who allows it, an access token, and every request signed. Signatures are oauthlib's.

Source: RFC 5849. The provider sends the user back without anything of ours, so ``state`` travels in the callback's own query.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

import httpx

from composio.auth import places, template, tokens
from composio.auth.answers import Answer, clean, explain_failure, own_request
from composio.auth.flow import Begun, Flow, FlowContext, Grant
from composio.auth.kept import of_callback
from composio.auth.partial import PartialScheme
from composio.auth.quiet import quiet
from composio.errors import AuthorizationError, ConfigurationError, GrantExpired, InvalidRequest, TokenRequestFailed
from composio.model.app import AuthScheme
from composio.model.secret import NO_VALUES, Secret, SecretValues

if TYPE_CHECKING:
    from oauthlib.oauth1 import Client

__all__ = ["OAuth1", "scheme"]

_FORM: Final = "application/x-www-form-urlencoded"
# What oauthlib takes in a query; everything else must be percent-encoded, and httpx leaves some of it as it is.
_QUERY: Final = "=&;:%+~,*@!()/?'$-._"
_REFUSED: Final = frozenset({"user_refused", "permission_denied", "access_denied"})


class OAuth1(PartialScheme):
    """``signature_method`` in ``integration.yaml`` is HMAC-SHA1 unless it says otherwise; RSA takes the field ``private_key``.

    The client's key and secret are ``client_id`` and ``client_secret``, or ``consumer_key`` and ``consumer_secret``.
    """

    def sign(self, request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]:
        """Sign ``request`` with its query and, where it is one, its form."""
        yield from template.sign(request, scheme, values)
        secret = SecretValues(values)
        token = SecretValues({name: secret[name] for name in ("oauth_token", "oauth_token_secret") if name in secret})
        if _sign(request, scheme, secret, token):
            yield "Authorization"

    def begin(self, context: FlowContext, state: str) -> Flow[Begun]:
        from oauthlib.common import add_params_to_uri

        callback = add_params_to_uri(context.redirect_uri, [("state", state)])
        request = own_request("POST", places.url(context, "request_url"), {"content-length": "0"})
        _sign(request, context.scheme, context.all_values, SecretValues(callback=callback))
        answer = Answer((yield request))
        token = _token(context, answer, "asking for a request token", NO_VALUES)
        if answer.text("oauth_callback_confirmed") != "true":
            # RFC 5849, 2.1. Without it anybody could finish what another one began.
            message = f"{context.app.name} speaks a version of OAuth 1 that is not safe: it did not confirm the callback."
            raise TokenRequestFailed(message, code="callback_not_confirmed", status=answer.status)
        asked = {**places.params(context, "authorization_params"), "oauth_token": token["oauth_token"]}
        if context.scopes:
            separator = context.scheme.extra.get("scope_separator", " ")
            asked.setdefault(context.scheme.extra.get("scope_parameter", "scope"), separator.join(context.scopes))
        url = add_params_to_uri(places.url(context, "authorization_url"), list(asked.items()))
        return Begun(redirect_url=url.replace("+", "%20"), pending=token)

    def complete(self, context: FlowContext, pending: SecretValues, callback: Mapping[str, str]) -> Flow[Grant]:
        callback = SecretValues(callback)
        _check(context, pending, callback)
        kept = of_callback(context, callback)
        context = replace(context, values=context.values | kept)
        request = own_request("POST", places.url(context, "token_url"), {"content-length": "0"})
        _sign(request, context.scheme, context.all_values, pending | {"verifier": callback["oauth_verifier"]})
        answer = Answer((yield request))
        secrets = pending | {"verifier": callback["oauth_verifier"]}
        token = _token(context, answer, "exchanging the verifier for an access token", secrets)
        return Grant(values=kept | token | tokens.metadata_of(context, answer), scopes=context.scopes)

    def renew(self, context: FlowContext) -> Flow[Grant]:
        yield from ()
        raise GrantExpired(
            f"{context.app.name} no longer takes this connection's token; OAuth 1 renews none.", code="no_renewal"
        )


def _sign(request: httpx.Request, scheme: AuthScheme, values: SecretValues, token: SecretValues) -> bool:
    """Put the signature in. True where it is in the header, false where ``signature_placement`` has it in the query."""
    if request.url.query:
        sent = _without_signature(request.url.query) if _in_query(scheme) else request.url.query
        query = quote(sent.decode("ascii", "replace"), safe=_QUERY)
        request.url = request.url.copy_with(query=query.encode())
    form = _form(request)
    client = _client(scheme, values, token)
    try:
        with quiet():
            method = cast("Any", request.method)  # oauthlib's types know the standard's methods only
            headers = {"Content-Type": _FORM} if form else {}
            url, headers, _ = client.sign(str(request.url), method, form.reveal() if form else None, headers)
    except Exception:
        # Its words are not repeated: they quote the form, or the key.
        if _method(scheme).startswith("RSA"):
            raise ConfigurationError(f"{scheme.name}: private_key is not an RSA key in PEM form.") from None
        raise InvalidRequest(f"{scheme.name}: the request can't be signed: its form is not percent-encoded text.") from None
    if "Authorization" not in headers:
        request.url = httpx.URL(url)
        return False
    request.headers["Authorization"] = headers["Authorization"]
    return True


def _in_query(scheme: AuthScheme) -> bool:
    return scheme.extra.get("signature_placement") == "query"


def _without_signature(query: bytes) -> bytes:
    """A request that is sent again is signed again."""
    return b"&".join(part for part in query.split(b"&") if not part.startswith(b"oauth_"))


def _form(request: httpx.Request) -> Secret | None:
    """The body where it is a form, as its parameters are signed too (RFC 5849, 3.4.1.3.1)."""
    if request.method in {"GET", "HEAD"} or not request.headers.get("content-type", "").lower().startswith(_FORM):
        return None
    content = request.read()
    return Secret(content.decode("utf-8", "replace")) if content else None


def _method(scheme: AuthScheme) -> str:
    found: str = scheme.extra.get("signature_method", "HMAC-SHA1")
    return found


def _client(scheme: AuthScheme, values: SecretValues, token: SecretValues) -> Client:
    from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_QUERY, Client

    key = values.get("client_id") or values.get("consumer_key")
    if not key:
        raise ConfigurationError(f"{scheme.name}: the integration needs client_id, the consumer key of your OAuth app.")
    return Client(
        key,
        client_secret=values.get("client_secret") or values.get("consumer_secret") or "",
        resource_owner_key=token.get("oauth_token"),
        resource_owner_secret=token.get("oauth_token_secret"),
        callback_uri=token.get("callback"),
        verifier=token.get("verifier"),
        signature_method=_method(scheme),
        signature_type=SIGNATURE_TYPE_QUERY if _in_query(scheme) else SIGNATURE_TYPE_AUTH_HEADER,
        rsa_key=values.get("private_key"),
        realm=scheme.extra.get("realm"),
    )


def _token(context: FlowContext, answer: Answer, what: str, secrets: SecretValues) -> SecretValues:
    if not answer.ok:
        raise explain_failure(context, answer, what, secrets)
    token = SecretValues.of({name: answer.text(name) for name in ("oauth_token", "oauth_token_secret")})
    if len(token) < 2:
        message = (
            f"{context.app.name}: {what} was answered without oauth_token and oauth_token_secret (status {answer.status})."
        )
        raise TokenRequestFailed(message, code="invalid_response", status=answer.status)
    return token


def _check(context: FlowContext, pending: SecretValues, callback: Mapping[str, str]) -> None:
    problem = clean(callback.get("oauth_problem") or callback.get("error") or "", context.client, pending)
    if "denied" in callback or problem in _REFUSED:
        raise AuthorizationError(f"The user declined: {context.app.name} was not connected.", code="access_denied")
    if problem:
        raise AuthorizationError(f"{context.app.name} did not connect the user ({problem}).", code=problem)
    if not callback.get("oauth_verifier"):
        message = f"{context.app.name} sent the user back without an oauth_verifier. Pass the whole callback URL."
        raise AuthorizationError(message, code="missing_code")
    if not hmac.compare_digest(callback.get("oauth_token", "").encode(), pending["oauth_token"].encode()):
        raise AuthorizationError(
            f"{context.app.name}: the answer is to another request. Nothing was connected.", code="invalid_token"
        )


scheme = OAuth1()
