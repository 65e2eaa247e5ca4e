"""Planted secrets: whatever a provider answers, none of them is in an error, its repr, its traceback's locals or a log."""

from __future__ import annotations

import dataclasses
import functools
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from composio.auth import basic_with_jwt, flow, google_service_account, oauth1, oauth2
from composio.auth.flow import FlowContext
from composio.errors import ComposioError
from composio.model.app import AuthScheme, Proxy
from composio.model.secret import SecretValues
from composio.plugin.manager import plugins
from composio.testing.flows import DrivenFlows

Context = Callable[..., FlowContext]
PLANTED = {
    name: f"planted-{name.replace('_', '-')}/+="
    for name in (
        *("client_secret", "access_token", "refresh_token", "oauth_token", "oauth_token_secret", "password", "username"),
        *(
            "code",
            "code_verifier",
            "device_code",
            "oauth_verifier",
            "secret_access_key",
            "session_token",
            "api_key",
        ),
    )
}


@functools.cache  # it takes its time
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return json.dumps({"client_email": "robot@example.com", "private_key": made.private_bytes(*kinds).decode()})


URLS = {
    name: f"https://provider.example.com/{name}"
    for name in ("authorization_url", "token_url", "request_url", "device_authorization_url", "revocation_url")
}


def declared(context: FlowContext, **extra: Any) -> FlowContext:
    return dataclasses.replace(context, scheme=dataclasses.replace(context.scheme, extra={**context.scheme.extra, **extra}))


STARTS: dict[str, Callable[[FlowContext], Any]] = {
    "oauth2 code": lambda c: oauth2.scheme.complete(c, SecretValues(PLANTED), {"code": PLANTED["code"], "state": "s"}),
    "oauth2 renewal": lambda c: oauth2.scheme.renew(c),
    "oauth2 device": lambda c: oauth2.scheme.poll(c, SecretValues(PLANTED)),
    "oauth2 end": lambda c: oauth2.scheme.revoke(c),
    "oauth2 end by GET": lambda c: oauth2.scheme.revoke(declared(c, revocation_method="GET")),
    "oauth1 in the query": lambda c: oauth1.scheme.begin(
        declared(c, signature_placement="query", signature_method="PLAINTEXT"), "s"
    ),
    "oauth1 start": lambda c: oauth1.scheme.begin(c, "s"),
    "oauth1 verifier": lambda c: oauth1.scheme.complete(c, SecretValues(PLANTED), PLANTED | {"state": "s"}),
    "login": lambda c: basic_with_jwt.scheme.begin(c, "s"),
    "login again": lambda c: basic_with_jwt.scheme.renew(c),
    "service account": lambda c: google_service_account.scheme.renew(c),
}


def answers() -> Iterator[httpx.Response]:
    """Everything that an endpoint may say, each with everything that it was told or gives."""
    told = " ".join(PLANTED.values())
    for status in (200, 400, 401, 500):
        yield httpx.Response(status, json={"error": "invalid_grant", "error_description": told})
        yield httpx.Response(status, json={"error": told})
        yield httpx.Response(status, json={"message": told, "token_type": "x", "refresh_token": PLANTED["refresh_token"]})
        yield httpx.Response(status, html=f"<html>{told}</html>")
        yield httpx.Response(
            status, json={"access_token": PLANTED["access_token"] + "\n", "token": PLANTED["access_token"] + "\n"}
        )
        yield httpx.Response(status, text=str(httpx.QueryParams(PLANTED)))


def seen(error: BaseException) -> str:
    """The error as tools show it that print local variables: our own frames, as the test's hold the secrets on purpose."""
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    frames = [part for part in shown.split('  File "') if "/composio/auth/" in part.split("\n", 1)[0]]
    assert frames
    return "\n".join([*frames, str(error), repr(error), repr(error.args)])


@pytest.mark.parametrize("start", STARTS, ids=str)
def test_no_flow_gives_a_secret_away(context: Context, caplog: pytest.LogCaptureFixture, start: str) -> None:
    values = {**PLANTED, "service_account_json": key()}
    one = context(client={"client_id": "the-client", "client_secret": PLANTED["client_secret"]}, values=values, **URLS)
    errors = []
    with caplog.at_level(logging.DEBUG):
        for response in answers():
            try:
                DrivenFlows()(STARTS[start](one), [response])
            except ComposioError as error:
                errors.append(error)
    assert len(errors) >= 10
    shown = [seen(error) for error in errors]
    private_key = json.loads(values["service_account_json"])["private_key"][40:80]
    assert [(secret, text) for secret in (*PLANTED.values(), private_key) for text in shown if secret in text] == []
    assert not any("planted" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("mode", sorted(plugins().auth_schemes()))
def test_no_signature_gives_one_away_where_a_value_can_t_be_sent(mode: Any, caplog: pytest.LogCaptureFixture) -> None:
    hostile = {name: f"{value}\r\nX-Evil: 1" for name, value in PLANTED.items()} | {
        "token": "planted-token\x00",
        "region": "planted\n",
    }
    errors = []
    with caplog.at_level(logging.DEBUG):
        for proxy in (Proxy(), Proxy(headers={"X-Key": "Key {{api_key}}"}), Proxy(headers={"X-Key": "{{missing}}"})):
            request = httpx.Request("POST", "https://api.example.com/", data={"a": "b"})
            try:
                list(
                    flow.signer(plugins().auth_schemes()[mode])(
                        request, AuthScheme("s", mode, proxy=proxy), SecretValues(hostile)
                    )
                )
            except ComposioError as error:
                errors.append(error)
    assert len(errors) >= 2
    assert [shown for error in errors if "planted" in (shown := seen(error))] == []
    assert not any("planted" in record.getMessage() for record in caplog.records)
