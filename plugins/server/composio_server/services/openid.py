"""Sign in through an OpenID provider: authorization code flow with PKCE, as a confidential or a public client.

Source: OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9207; RFC 9700, 2.1.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
import sqlalchemy as sa

from composio.errors import ConfigurationError
from composio.store.database import Database
from composio_server.services.ids import make_token
from composio_server.services.people import SignInRefused
from composio_server.services.threads import off_loop
from composio_server.settings import OpenIdSettings
from composio_server.store.tables import sign_ins as table

__all__ = ["SIGN_IN_CALLBACK", "Identity", "OpenId"]

SIGN_IN_CALLBACK = "/sign-in/callback"
"""The path to register at the provider, after the server's public URL."""

log = logging.getLogger("composio.server")
_SECONDS = 600.0  # for a person at the provider
_KEPT_SECONDS = 3600.0  # for the provider's metadata
_KEYS_AGAIN = 60.0  # between two fetches for an unknown key
_LEEWAY = 60.0  # seconds that clocks may differ
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_BYTES = 1024 * 1024
_FAILED = "Your provider could not be asked who you are. Try again in a minute."
_AGAIN = "This sign-in took too long, or was used before. Begin it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person's identity: the provider's ``subject``, and a verified address, if there is one."""

    issuer: str
    subject: str
    address: str | None


class OpenId:
    """Send people to the provider, and verify who comes back."""

    def __init__(
        self, settings: OpenIdSettings, redirect_uri: str, database: Database, now: Callable[[], float] = time.time
    ) -> None:
        self.settings, self.redirect_uri = settings, redirect_uri
        self._database, self._now = database, now
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, jwt.PyJWKSet] | None = None

    async def begin(self, browser: str, goal: str) -> str:
        """Return the sign-in URL. ``browser`` is the cookie of the browser that must come back; they go on to ``goal``."""
        metadata = await self._discover()
        state, nonce, verifier = make_token(), make_token(), make_token()
        row = {"browser": _digest(browser), "verifier": verifier, "nonce": nonce, "goal": goal}
        expires_at = self._now() + _SECONDS
        await off_loop(self._database.change, sa.insert(table).values(sha256=_digest(state), **row, expires_at=expires_at))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        url = str(metadata["authorization_endpoint"])
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(asked)}"

    async def complete(self, browser: str | None, answer: Mapping[str, str]) -> tuple[Identity, str]:
        """Return who came back, and where they wanted to go. Raises ``SignInRefused``."""
        row = await off_loop(self._claim, answer.get("state", ""))
        if row is None or row[3] <= self._now():
            raise SignInRefused(_AGAIN)
        if browser is None or not hmac.compare_digest(bytes(row[0]), _digest(browser)):
            raise SignInRefused("This sign-in was begun in another browser. Begin it again in this one.")
        metadata = await self._discover()
        sender = answer.get("iss")
        if sender not in (None, self.settings.issuer) or (
            sender is None and metadata.get("authorization_response_iss_parameter_supported")
        ):
            raise SignInRefused("This answer is not from the provider that was asked.")
        if answer.get("error") or not answer.get("code"):
            raise SignInRefused("Your provider did not let you in.")
        tokens = await self._exchange(metadata, answer["code"], row[1])
        claims = await self._verify(metadata, str(tokens.get("id_token") or ""), row[2])
        return await self._identify(metadata, claims, tokens), row[4]

    def _claim(self, state: str) -> tuple[Any, ...] | None:
        """Return the data stored for a state, to the first caller."""
        found = self._database.first(_ONE, {"sha256": _digest(state)})
        claimed = self._database.change(sa.delete(table).where(table.c.sha256 == _digest(state))) == 1
        return tuple(found) if found is not None and claimed else None

    async def _exchange(self, metadata: Mapping[str, Any], code: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        client, secret = self.settings.client_id, self.settings.client_secret
        ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        auth = None
        if secret is None:
            form["client_id"] = client
        elif "client_secret_basic" in ways:
            auth = httpx.BasicAuth(_escape(client), _escape(secret.reveal()))
        else:
            form |= {"client_id": client, "client_secret": secret.reveal()}
        return await self._ask("POST", str(metadata["token_endpoint"]), data=form, auth=auth)

    async def _verify(self, metadata: Mapping[str, Any], id_token: str, nonce: str) -> Mapping[str, Any]:
        """Return the claims of an ID token after verifying issuer, audience and nonce."""
        try:
            header = jwt.get_unverified_header(id_token)
            if header.get("alg") not in _ALGORITHMS:
                raise SignInRefused(_FAILED)
            key = await self._find_key(metadata, header.get("kid"))
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=_ALGORITHMS,
                audience=self.settings.client_id,
                issuer=self.settings.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.PyJWTError:
            raise SignInRefused(_FAILED) from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        party = claims.get("azp")
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()) or (
            (several or party is not None) and party != self.settings.client_id
        ):
            raise SignInRefused(_FAILED)
        return claims

    async def _identify(self, metadata: Mapping[str, Any], claims: Mapping[str, Any], tokens: Mapping[str, Any]) -> Identity:
        subject, found = str(claims["sub"]), claims
        if "email" not in claims and metadata.get("userinfo_endpoint") and tokens.get("access_token"):
            bearer = {"authorization": f"Bearer {tokens['access_token']}"}
            told = await self._ask("GET", str(metadata["userinfo_endpoint"]), headers=bearer)
            found = told if told.get("sub") == subject else claims  # Core 5.3.2: otherwise it is about another person
        address = found.get("email") if found.get("email_verified") is True else None
        return Identity(issuer=self.settings.issuer, subject=subject, address=address if isinstance(address, str) else None)

    async def _discover(self) -> Mapping[str, Any]:
        """Return the provider's metadata."""
        if self._metadata is not None and self._now() - self._metadata[0] < _KEPT_SECONDS:
            return self._metadata[1]
        issuer = self.settings.issuer
        found = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise ConfigurationError(
                f"COMPOSIO_OIDC_ISSUER is {issuer}, but what is there calls itself {found.get('issuer')!r:.120}."
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            parts = urlsplit(str(found.get(name, "")))
            if (parts.scheme != "https" and urlsplit(issuer).scheme == "https") or not parts.hostname:
                raise ConfigurationError(f"The provider {issuer} has no {name} that begins with https://.")
        self._metadata = self._now(), found
        return found

    async def _find_key(self, metadata: Mapping[str, Any], kid: object) -> jwt.PyJWK:
        if self._keys is None or (not _has(self._keys[1], kid) and self._now() - self._keys[0] > _KEYS_AGAIN):
            told = await self._ask("GET", str(metadata["jwks_uri"]))
            self._keys = self._now(), jwt.PyJWKSet.from_dict(dict(told))
        usable = [one for one in self._keys[1].keys if one.public_key_use in (None, "sig")]
        fitting = [one for one in usable if one.key_id == kid] if kid is not None else usable
        if len(fitting) != 1:
            raise SignInRefused(_FAILED)
        return fitting[0]

    async def _ask(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:
        """Fetch a JSON object from the provider. Raises ``SignInRefused`` without its message: that is for the operator."""
        try:
            async with httpx.AsyncClient(timeout=10.0, headers={"accept": "application/json"}) as client:
                answer = await client.request(method, url, **more)
            found = answer.raise_for_status().json() if len(answer.content) <= _BYTES else None
        except (httpx.HTTPError, ValueError) as error:
            log.warning("the OpenID provider did not answer %s %s: %s", method, urlsplit(url).path, type(error).__name__)
            raise SignInRefused(_FAILED) from None
        if not isinstance(found, dict):
            raise SignInRefused(_FAILED)
        return found

    def sweep(self) -> int:
        """Delete the states of people who never came back; return their number."""
        return self._database.change(sa.delete(table).where(table.c.expires_at <= self._now()))


def _has(keys: jwt.PyJWKSet, kid: object) -> bool:
    return kid is None or any(one.key_id == kid for one in keys.keys)


def _escape(text: str) -> str:
    """Encode both halves of the header as in RFC 6749, 2.3.1."""
    return urlencode({"": text})[1:]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


_ONE = sa.select(table.c.browser, table.c.verifier, table.c.nonce, table.c.expires_at, table.c.goal).where(
    table.c.sha256 == sa.bindparam("sha256")
)
