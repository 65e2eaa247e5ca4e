"""Google's service accounts: a key file signs an assertion, which is exchanged for an access token. Renewed the same way.

Source: RFC 7523 and Google's "Using OAuth 2.0 for Server to Server Applications". Signatures are PyJWT's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from composio.auth import places, tokens
from composio.auth.answers import Answer, explain_failure, own_request
from composio.auth.flow import Begun, Flow, FlowContext, Grant
from composio.auth.partial import PartialScheme
from composio.errors import InvalidRequest, TokenRequestFailed
from composio.model.secret import SecretValues

__all__ = ["GoogleServiceAccount", "scheme"]

_TOKEN_URL: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
# Google's older names for it, which key files of those days have.
_GOOGLES: Final = frozenset(
    {_TOKEN_URL, "https://accounts.google.com/o/oauth2/token", "https://www.googleapis.com/oauth2/v4/token"}
)
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Seconds: Google takes assertions of an hour at most, none from the future. A clock that runs ahead is forgiven a little.
_LIVES: Final = 3600
_BACK: Final = 30
_FIELDS: Final = ("service_account_json", "credentials")


class GoogleServiceAccount(PartialScheme):
    """The field ``service_account_json`` is the key file's content; ``subject`` a user to act as (domain-wide delegation)."""

    def begin(self, context: FlowContext, state: str) -> Flow[Begun]:  # noqa: ARG002 - nobody is sent anywhere
        return Begun(grant=(yield from self._exchange(context, renewal=False)))

    def renew(self, context: FlowContext) -> Flow[Grant]:
        return (yield from self._exchange(context, renewal=True))

    def _exchange(self, context: FlowContext, *, renewal: bool) -> Flow[Grant]:
        key = _key(context)
        url = _token_url(context, key)
        assertion = _assertion(context, key, url)
        response = yield own_request("POST", url, data=dict(SecretValues(grant_type=_GRANT) | assertion))
        what = "exchanging the service account's assertion"
        answer = Answer(response)
        if not answer.ok and answer.code == "invalid_grant" and "iat" in answer.description:
            hint = "Set this machine's clock."
            error = explain_failure(context, answer, what, assertion, hint=hint)
            raise TokenRequestFailed(str(error), code="clock_skew", status=answer.status, hint=hint)
        grant = tokens.grant(context, response, what, assertion, renewal=renewal, renewable=True)
        return Grant(
            values=grant.values | {"client_email": key["client_email"]},
            expires_at=grant.expires_at,
            refresh_at=grant.refresh_at,
            scopes=context.scopes,
        )


def _key(context: FlowContext) -> SecretValues:
    """Return the required fields of the key file. Raises ``InvalidRequest`` with the mistake, without quoting the file."""
    name = next((name for name in _FIELDS if context.all_values.get(name)), _FIELDS[0])
    where = f"{context.app.key}: {name}"
    text = places.require(context, name)
    try:
        # Key files that went through an environment variable hold line breaks as they are.
        found: Any = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        raise InvalidRequest(f"{where} is not JSON. Give the whole content of the key file, braces included.") from None
    finally:
        del text
    key = SecretValues({k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, Mapping) else {})
    del found
    missing = [k for k in ("client_email", "private_key") if not key.get(k)]
    if missing or key.get("type", "service_account") != "service_account":
        lacks = f"it has no {' and no '.join(missing)}" if missing else "its type is another"
        raise InvalidRequest(f"{where} is not a service account's key file: {lacks}.")
    return key


def _token_url(context: FlowContext, key: SecretValues) -> str:
    """Google's, or the one that the app's definition declares. The tenant's file decides nothing: our assertion goes there."""
    declared = places.optional_url(context, "token_url")
    named = key.get("token_uri", "")
    if named and named != declared and named not in _GOOGLES:
        raise InvalidRequest(
            f"{context.app.key}: the key file's token_uri is not Google's. An app that uses another one declares it as"
            f" {context.scheme.name}.token_url in its integration.yaml."
        )
    return declared or _TOKEN_URL


def _assertion(context: FlowContext, key: SecretValues, url: str) -> SecretValues:
    import jwt

    issued = int(context.now) - _BACK
    claims = {
        "iss": key["client_email"],
        "scope": " ".join(context.scopes),
        "aud": url,
        "iat": issued,
        "exp": issued + _LIVES,
        **({"sub": subject} if (subject := context.all_values.get("subject")) else {}),
    }
    headers = {"kid": key["private_key_id"]} if key.get("private_key_id") else None
    try:
        made = jwt.encode(claims, key["private_key"], algorithm="RS256", headers=headers)
    except Exception:  # whatever it says, it may quote the key
        raise InvalidRequest(f"{context.app.key}: the key file's private_key is not an RSA key in PEM form.") from None
    return SecretValues(assertion=made)


scheme = GoogleServiceAccount()
