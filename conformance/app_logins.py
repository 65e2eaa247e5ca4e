"""Do users get in through every app's own login: connected, renewed and revoked at a real OpenID provider?

The provider is npm's oidc-provider; between it and us stands what the app's file says is peculiar about its own one: where the
client's secret goes, what a scope list looks like, which shape tokens come in. Each request is compared with the file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode

import httpx

from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.connection import Connection, NewConnection, NewIntegration
from composio.testing import FakeTransport
from conformance import _npm
from conformance._report import Options, Report, Row
from tests.peers.oidc import CALLBACK, OidcPeer, PeerClient, packages_folder, served

# What CI has time for: logins that are peculiar in some way. A login that several apps share is walked through once.
SAMPLE = (
    "box",
    "dropbox",
    "figma",
    "github",
    "gmail",
    "jira",
    "notion",
    "outlook",
    "salesforce",
    "shopify",
    "slack",
    "zoho",
    "zoom",
)
_SECRET = "secret-of-this-client-1234567890"
_GRANTS = ("authorization_code", "refresh_token", "client_credentials")
# By whether the secret goes into a header and whether the flow has a code challenge.
CLIENTS = {
    (basic, pkce): PeerClient(
        f"{'with' if pkce else 'without'}-pkce-{'basic' if basic else 'post'}",
        _SECRET,
        "client_secret_basic" if basic else "client_secret_post",
        grants=_GRANTS,
    )
    for basic in (True, False)
    for pkce in (True, False)
}


@dataclass(slots=True)
class Provider:
    """An app's provider in front of the real one: takes what the file says that it takes, and notes what is different."""

    scheme: AuthScheme
    client: PeerClient
    peer: OidcPeer
    values: dict[str, str]
    against: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # grant types and "revoke"

    def __call__(self, request: httpx.Request) -> tuple[int, Any]:
        if self._is_sent_to(request, "refresh_url") or self._is_sent_to(request, "token_url"):
            return self._token(request)
        if self._is_sent_to(request, "revocation_url"):
            return self._revoke(request)
        self.against.append(f"{request.method} {request.url.copy_with(query=None)}: not in the file")
        return 404, {}

    def _is_sent_to(self, request: httpx.Request, name: str) -> bool:
        """Whether a request goes to an endpoint of the file, with the query that the file gives it."""
        address, _, query = self.url(name).partition("?")
        return str(request.url.copy_with(query=None)) == address and set(parse_qsl(query)) <= set(
            request.url.params.multi_items()
        )

    def url(self, name: str) -> str:
        """An endpoint of the file, filled."""
        text = str(self.scheme.extra.get(name) or "")
        for key, value in {**self.values, "client_id": self.client.client_id}.items():
            text = text.replace("{{" + key + "}}", value).replace("{{ " + key + " }}", value)
        return text

    def check(self, what: str, found: Any, expected: Any) -> None:
        if found != expected:
            self.against.append(f"{what}: expected {expected!r}, got {found!r}")

    def consent(self, address: str) -> str:
        """What the user does at the page that the app sends them to; the address that they come back to."""
        extra = self.scheme.extra
        asked = dict(parse_qsl(address.partition("?")[2], keep_blank_values=True))
        self.check("authorization_url", address.partition("?")[0], self.url("authorization_url").partition("?")[0])
        self.check("code challenge", "code_challenge" in asked, self.scheme.extra.get("pkce") is not False)
        scopes = str(extra.get("scope_separator") or " ").join(extra.get("default_scopes") or ())
        params = extra.get("authorization_params") or {}
        if "scope" not in params and scopes:
            self.check("scope", asked.get("scope"), scopes)
        for name, value in params.items():
            if "{{" not in str(value):
                self.check(name, asked.get(name), str(value))
        passed: dict[str, str] = {
            name: asked[name] for name in ("client_id", "state", "code_challenge", "code_challenge_method") if name in asked
        }
        query = {**passed, "redirect_uri": asked["redirect_uri"], "response_type": "code"}
        query |= {"scope": "openid offline_access read", "prompt": "consent"}
        back = self.peer.drive_login(f"{self.peer.issuer}/auth?{urlencode(query)}")
        return self._return(back)

    def _return(self, back: str) -> str:
        """The callback with what the file expects in it besides the code."""
        address, _, query = back.partition("?")
        params = dict(parse_qsl(query))
        params.pop("iss", None)  # the real provider's, which this one has another name than
        for parameter in self.scheme.extra.get("callback_parameters") or ():
            kept = parameter if isinstance(parameter, dict) else {"name": parameter}
            name, hosts = kept["name"], kept.get("hosts")
            example = f"{'https://' if name.endswith('-server') else ''}{hosts[0].replace('*', 'acme')}" if hosts else "4620816"
            params[name] = self.values.get(name) or example
            self.values[name.replace("-", "_")] = params[name]
        if signature := self.scheme.extra.get("callback_signature"):
            signed = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
            params[signature["parameter"]] = hmac.new(_SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest()
        return f"{address}?{urlencode(params)}"

    def _form(self, request: httpx.Request, kind: str) -> dict[str, str]:
        self.check("content type", request.headers.get("content-type", "").partition(";")[0], _TYPES[kind])
        if kind == "json":
            return {name: str(value) for name, value in json.loads(request.content).items()}
        return {name: value for name, [value] in parse_qs(request.content.decode()).items()}

    def _token(self, request: httpx.Request) -> tuple[int, Any]:
        extra = self.scheme.extra
        form = self._form(request, str(extra.get("token_request_body") or "form"))
        self._check_client(request, form, "basic" if self.client.auth_method == "client_secret_basic" else "body")
        for name, value in (extra.get("token_params") or {}).items():
            if "{{" not in str(value):
                self.check(name, form.get(name), str(value))
        grant = (
            "client_credentials" if extra.get("grant_type") == "client_credentials" else form.get("grant_type", "refresh_token")
        )
        self.asked.append(grant)
        kept = {n: v for n, v in form.items() if n in ("code", "redirect_uri", "code_verifier", "refresh_token")}
        more = {} if grant != "client_credentials" else {"scope": "read"}
        answer = self._send("/token", {**kept, **more, "grant_type": grant})
        return answer.status_code, self._shape(answer.json()) if answer.is_success else answer.json()

    def _shape(self, tokens: dict[str, Any]) -> dict[str, Any]:
        path = self.scheme.extra.get("token_response_path")
        shaped: dict[str, Any] = {str(path): tokens, "ok": True} if path else dict(tokens)
        for known in self.scheme.extra.get("token_response_metadata") or ():
            if isinstance(known, str):
                place = shaped
                *heads, last = known.split(".")
                for head in heads:
                    place = place.setdefault(head, {})
                place.setdefault(last, "something")
            else:
                shaped[known["path"]] = f"https://{known['hosts'][0].replace('*', 'acme')}"
        return shaped

    def _check_client(self, request: httpx.Request, form: Mapping[str, str], method: str) -> None:
        expected = (self.client.client_id, _SECRET)
        if method == "basic":
            sent = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
            name, _, secret = sent.partition(":")
            self.check("client in the header", (unquote(name), unquote(secret)), expected)
        else:
            self.check("client in the body", (form.get("client_id"), form.get("client_secret")), expected)

    def _revoke(self, request: httpx.Request) -> tuple[int, Any]:
        extra = self.scheme.extra
        self.check("method of the revocation", request.method, extra.get("revocation_method") or "POST")
        method = extra.get("revocation_auth_method")
        if method == "bearer":
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
        else:
            form = self._form(request, str(extra.get("revocation_body") or "form"))
            token = form.get(str(extra.get("revocation_parameter") or "token"), "")
            if method in ("basic", "body"):
                self._check_client(request, form, method)
        self.asked.append("revoke")
        answer = self._send("/token/revocation", {"token": token})
        return answer.status_code, {"ok": True}

    def _send(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        basic = self.client.auth_method == "client_secret_basic"
        own = {} if basic else {"client_id": self.client.client_id, "client_secret": _SECRET}
        auth = (self.client.client_id, _SECRET) if basic else None
        return httpx.post(self.peer.issuer + path, data={**form, **own}, auth=auth, trust_env=False, timeout=30)


_TYPES = {"form": "application/x-www-form-urlencoded", "json": "application/json"}


def run(options: Options) -> Report:
    walked, problems, revoked = 0, [], 0
    try:
        with (
            patch.dict(os.environ, {"COMPOSIO_ENCRYPTION_KEY": "11" * 32}),
            tempfile.TemporaryDirectory() as name,
            served(packages_folder(), tuple(CLIENTS.values())) as peer,
        ):
            for app, scheme in _logins(options):
                walked += 1
                try:
                    provider = _walk(app, scheme, peer, Path(name) / f"{app.key}-{scheme.name}")
                    revoked += "revoke" in provider.asked
                    problems += [f"{app.key}, {scheme.name}: {one}" for one in provider.against]
                except (ComposioError, AssertionError, LookupError, ValueError) as error:
                    problems.append(f"{app.key}, {scheme.name}: {type(error).__name__}: {error}")
    except _npm.Unavailable as error:
        problems.append(f"oidc-provider can't be had: {error}")
    rows = (
        Row("logins that were connected and renewed", str(walked)),
        Row("of these, revoked", str(revoked)),
        Row("differences", str(len(problems)), "0"),
    )
    return Report(rows, tuple(problems))


def _logins(options: Options) -> Iterator[tuple[AppModel, AuthScheme]]:
    """Each login once: apps of one provider differ in their scopes alone."""
    seen: set[str] = set()
    backend = EmbeddedBackend()
    try:
        for key, definition in sorted(backend.catalog.definitions().items()):
            for scheme in definition.app.auth_schemes:
                own = {name: value for name, value in scheme.extra.items() if "scopes" not in name}
                mark = json.dumps(own, sort_keys=True, default=str)
                if scheme.auth_mode == "OAUTH2" and mark not in seen and (options.everything or key in SAMPLE):
                    seen.add(mark)
                    yield definition.app, scheme
    finally:
        backend.close()


def _walk(app: AppModel, scheme: AuthScheme, peer: OidcPeer, home: Path) -> Provider:
    """Connect, renew and delete a connection; what happened is asked of the real provider."""
    client = CLIENTS[scheme.extra.get("token_request_auth_method") == "basic", scheme.extra.get("pkce") is not False]
    values = {one.name: _example(one) for one in scheme.fields if one.name not in ("client_id", "client_secret")}
    provider = Provider(scheme, client, peer, values)
    backend = EmbeddedBackend(home=home, transport=FakeTransport(provider))
    try:
        connection = _connect(backend, app, scheme, provider)
        provider.check("status", connection.status.upper(), "ACTIVE")
        first = _token(backend, connection)
        provider.check("first token", _is_good(peer, first), True)
        backend.run(lambda: backend.accounts.refresh_connection(connection.id))
        second = _token(backend, connection)
        provider.check("a renewal gives another token", second != first, True)
        backend.run(lambda: backend.accounts.delete_connection(connection.id))
        if provider.url("revocation_url"):
            provider.check("revoked", "revoke" in provider.asked, True)
            provider.check("a revoked token is good", _is_good(peer, second), False)
    finally:
        backend.close()
    return provider


def _example(asked: AuthField) -> str:
    """What somebody might fill in."""
    such = re.search(r"such as (?:https?://)?([\w.-]*\w)", asked.description)
    return str(asked.default or next(iter(asked.choices), "") or (such.group(1) if such else "acme"))


def _connect(backend: EmbeddedBackend, app: AppModel, scheme: AuthScheme, provider: Provider) -> Connection:
    client = {"client_id": provider.client.client_id, "client_secret": _SECRET}
    by_customer = {one.name for one in scheme.fields if one.expected_from_customer}
    own = {name: value for name, value in provider.values.items() if name not in by_customer}
    values = {name: value for name, value in provider.values.items() if name in by_customer}
    new = NewIntegration(app=app.key, auth_mode=scheme.name, use_composio_oauth_app=False, config={**client, **own})
    integration = backend.run(lambda: backend.accounts.create_integration(new))
    asked = NewConnection(entity_id="alice", integration_id=integration.id, values=values, redirect_uri=CALLBACK)
    started = backend.run(lambda: backend.accounts.initiate(asked))
    if started.redirect_url is None:
        return started.connection
    back = provider.consent(started.redirect_url)
    return backend.run(lambda: backend.accounts.complete(back, entity_id="alice"))


def _token(backend: EmbeddedBackend, connection: Connection) -> str:
    found = backend.run(lambda: backend.accounts.connection(connection.id, entity_id="alice", values=True))
    return str(found.values["access_token"])


def _is_good(peer: OidcPeer, token: str) -> bool:
    """Whether the provider takes the token."""
    answer = httpx.get(f"{peer.issuer}/api/me", headers={"authorization": f"Bearer {token}"}, trust_env=False, timeout=30)
    return answer.is_success
