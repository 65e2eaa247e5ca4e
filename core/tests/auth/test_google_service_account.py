"""Google's service accounts: the assertion, where it goes, and key files that are none."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from composio.auth import google_service_account
from composio.auth.flow import ConnectingScheme, FlowContext
from composio.errors import ConfigurationError, GrantExpired, InvalidRequest, TokenRequestFailed
from composio.testing.flows import DrivenFlows as Driven
from composio.testing.flows import answer

Context = Callable[..., FlowContext]
SCHEME = google_service_account.scheme
NOW = 1_700_000_000.0
URL = "https://oauth2.googleapis.com/token"
SCOPES = ("https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/calendar")


def pem(key: Any) -> str:
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return str(key.private_bytes(*kinds).decode())


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def file(key: rsa.RSAPrivateKey) -> dict[str, str]:
    return {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "the-key-id",
        "private_key": pem(key),
        "client_email": "robot@p.iam.gserviceaccount.com",
        "token_uri": URL,
    }


@pytest.fixture
def one(context: Context, file: dict[str, str]) -> FlowContext:
    return account(context, file)


def account(context: Context, file: object, **more: Any) -> FlowContext:
    text = file if isinstance(file, str) else json.dumps(file)
    values = {"service_account_json": text, **more.pop("values", {})}
    return context("GOOGLE_SERVICE_ACCOUNT", client={}, scopes=SCOPES, values=values, **{"token_url": "", **more})


def test_it_is_a_connecting_scheme() -> None:
    assert isinstance(SCHEME, ConnectingScheme)


def test_a_signed_assertion_becomes_a_token(driven: Driven, one: FlowContext, key: rsa.RSAPrivateKey) -> None:
    begun = driven(SCHEME.begin(one, "s"), [answer(access_token="a", expires_in=3599, token_type="Bearer")])
    assert str(driven.requests[0].url) == URL
    assert driven.form()["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    made = driven.form()["assertion"]
    claims = jwt.decode(made, key.public_key(), ["RS256"], audience=URL, options={"verify_exp": False, "verify_iat": False})
    assert claims == {
        "iss": "robot@p.iam.gserviceaccount.com",
        "scope": " ".join(SCOPES),
        "aud": URL,
        "iat": NOW - 30,
        "exp": NOW - 30 + 3600,
    }
    assert jwt.get_unverified_header(made)["kid"] == "the-key-id"
    assert begun.grant is not None
    assert begun.grant.values["access_token"] == "a"
    assert begun.grant.values["client_email"] == "robot@p.iam.gserviceaccount.com"
    assert (begun.grant.expires_at, begun.grant.refresh_at) == (NOW + 3599, NOW + 3299)
    assert "private_key" not in begun.grant.values


def test_it_may_act_as_a_user_of_the_domain(driven: Driven, context: Context, file: dict[str, str]) -> None:
    one = account(context, file, values={"subject": "alice@example.com"})
    driven(SCHEME.renew(one), [answer(access_token="a")])
    claims = jwt.decode(driven.form()["assertion"], options={"verify_signature": False})
    assert claims["sub"] == "alice@example.com"


def test_a_key_file_whose_line_breaks_are_real_is_read(driven: Driven, context: Context, file: dict[str, str]) -> None:
    one = account(context, json.dumps(file).replace("\\n", "\n"))
    assert driven(SCHEME.renew(one), [answer(access_token="a")]).values["access_token"] == "a"


def test_the_tenants_file_does_not_say_where_the_assertion_goes(driven: Driven, context: Context, file: dict[str, str]) -> None:
    evil = {**file, "token_uri": "https://evil.example.com/token"}
    with pytest.raises(InvalidRequest, match="token_uri is not Google's"):
        driven(SCHEME.begin(account(context, evil), "s"))
    older = {**file, "token_uri": "https://accounts.google.com/o/oauth2/token"}
    driven(SCHEME.renew(account(context, older)), [answer(access_token="a")])
    assert str(driven.requests[-1].url) == URL
    declared = account(context, evil, token_url="https://evil.example.com/token")
    driven(SCHEME.renew(declared), [answer(access_token="a")])
    assert str(driven.requests[-1].url) == "https://evil.example.com/token"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("planted, no JSON", "is not JSON"),
        ("[]", "has no client_email and no private_key"),
        ("[" * 100_000, "is not JSON"),
        ({"private_key": "planted"}, "has no client_email"),
        ({"client_email": "a", "private_key": 1}, "has no private_key"),
        ({"type": "authorized_user", "client_email": "a", "private_key": "planted"}, "type is another"),
        ({"client_email": "a", "private_key": "planted"}, "not an RSA key in PEM form"),
    ],
)
def test_a_key_file_that_is_none_is_told_of_and_not_repeated(driven: Driven, context: Context, made: object, told: str) -> None:
    with pytest.raises(InvalidRequest, match="example: ") as caught:
        driven(SCHEME.begin(account(context, made), "s"))
    assert told in str(caught.value)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    ours = [part for part in shown.split('  File "') if "/composio/auth/" in part.split("\n", 1)[0]]
    assert ours
    assert not any("planted" in part for part in ours)


def test_a_key_of_another_kind_is_refused(driven: Driven, context: Context, file: dict[str, str]) -> None:
    other = {**file, "private_key": pem(ec.generate_private_key(ec.SECP256R1()))}
    with pytest.raises(InvalidRequest, match="not an RSA key"):
        driven(SCHEME.begin(account(context, other), "s"))


def test_a_missing_file_is_named(driven: Driven, context: Context) -> None:
    with pytest.raises(ConfigurationError, match="service_account_json"):
        driven(SCHEME.begin(context("GOOGLE_SERVICE_ACCOUNT", values={}), "s"))


def test_a_deleted_key_ends_the_connection(driven: Driven, one: FlowContext) -> None:
    with pytest.raises(GrantExpired, match="Invalid JWT Signature"):
        driven(SCHEME.renew(one), [answer(400, error="invalid_grant", error_description="Invalid JWT Signature.")])


@pytest.mark.parametrize(
    "response",
    [
        answer(400, error="invalid_grant", error_description="Invalid JWT: Check your iat and exp values in the JWT claim."),
        answer(500),
        httpx.Response(502, html="<html>"),
        answer(401, error="unauthorized"),
    ],
)
def test_a_wrong_clock_or_a_failure_does_not(driven: Driven, one: FlowContext, response: httpx.Response) -> None:
    with pytest.raises(TokenRequestFailed):
        driven(SCHEME.renew(one), [response])
