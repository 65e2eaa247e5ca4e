"""The scheme OAUTH1 against oauthlib's server endpoints: the whole dance, and signed requests of every kind."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from composio.auth import oauth1 as oauth1_scheme
from composio.auth.flow import FlowContext, Grant
from composio.errors import AuthorizationError, ConfigurationError, TokenRequestFailed
from composio.model.app import AppModel, AuthScheme
from composio.model.secret import SecretValues
from tests.peers.flows import run
from tests.peers.oauth1 import OAuth1Peer, served

SCHEME = oauth1_scheme.scheme
METHODS = ["HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT"]


@pytest.fixture(scope="module")
def rsa_key() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public.decode()


@pytest.fixture
def peer(rsa_key: tuple[str, str]) -> Iterator[OAuth1Peer]:
    with served(rsa_key[1]) as one:
        yield one


def context(peer: OAuth1Peer, private_key: str = "", **extra: Any) -> FlowContext:
    urls = {f"{name}_url": f"{peer.url}/{path}" for name, path in _PATHS.items()}
    client = {"client_id": peer.key, "client_secret": peer.secret, **({"private_key": private_key} if private_key else {})}
    return FlowContext(
        app=AppModel(key="peer", name="Peer"),
        scheme=AuthScheme("peer_oauth1", "OAUTH1", extra={**urls, **extra}),
        client=SecretValues(client),
        redirect_uri="https://app.example.com/callback",
        now=time.time(),
    )


_PATHS = {"request": "request_token", "authorization": "authorize", "token": "access_token"}


def connected(peer: OAuth1Peer, one: FlowContext, user: str = "alice") -> Grant:
    begun = run(SCHEME.begin(one, "the-state"))
    back = dict(parse_qsl(urlsplit(peer.drive(str(begun.redirect_url), user=user)).query))
    assert back["state"] == "the-state"
    return run(SCHEME.complete(one, begun.pending, back))


def send(one: FlowContext, values: SecretValues, request: httpx.Request) -> httpx.Response:
    assert "Authorization" in list(SCHEME.sign(request, one.scheme, one.client | values))
    with httpx.Client(trust_env=False) as client:
        return client.send(request)


@pytest.mark.parametrize("method", METHODS)
def test_a_user_connects_and_calls_are_theirs(peer: OAuth1Peer, rsa_key: tuple[str, str], method: str) -> None:
    one = context(peer, rsa_key[0] if method == "RSA-SHA1" else "", signature_method=method)
    grant = connected(peer, one, "bob")
    assert set(grant.values) == {"oauth_token", "oauth_token_secret"}
    assert (grant.expires_at, grant.refresh_at) == (None, None)
    answer = send(one, grant.values, httpx.Request("GET", f"{peer.url}/me"))
    assert (answer.status_code, answer.json()["user"]) == (200, "bob")
    assert peer.methods == {method}


ODD = {"plain": "1", "empty": "", "spaces and +": "a b+c", "ünïcode": "✓ é", "[]|^`{}": "!*'();:@&=+$,/?#[]%", "%41": "%2B"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("GET", {"params": ODD}),
        ("GET", {"params": [("a", "2"), ("a", "1"), ("b", "")]}),
        ("POST", {"data": ODD}),
        ("POST", {"data": {"a": ["2", "1"]}, "params": {"a": "3"}}),
        ("POST", {"json": {"a": "é"}}),
        ("PUT", {"content": b"\x00\xff", "headers": {"content-type": "application/octet-stream"}}),
        ("POST", {"files": {"f": ("a.txt", b"text")}}),
        ("DELETE", {}),
    ],
)
def test_every_kind_of_request_has_a_good_signature(
    peer: OAuth1Peer, rsa_key: tuple[str, str], method: str, verb: str, more: dict[str, Any]
) -> None:
    one = context(peer, rsa_key[0] if method == "RSA-SHA1" else "", signature_method=method)
    token = {"oauth_token": "t", "oauth_token_secret": "s&/+", "user": "alice"}
    peer.access_tokens["t"] = token
    values = SecretValues(oauth_token="t", oauth_token_secret="s&/+")
    if verb == "PUT":
        more = {**more, "content": b"\x00\x7f"}  # the double shows bodies as text
    answer = send(one, values, httpx.Request(verb, f"{peer.url}/a%20b/ü", **more))
    assert answer.status_code == 200, (answer.text, answer.request.headers.get("authorization"))
    if "params" in more:
        sent = httpx.QueryParams(answer.json()["query"]).multi_items()
        assert sent == httpx.QueryParams(more["params"]).multi_items()


def test_a_realm_and_a_signature_in_the_query_are_understood(peer: OAuth1Peer) -> None:
    peer.access_tokens["t"] = {"oauth_token": "t", "oauth_token_secret": "s", "user": "alice"}
    values = SecretValues(oauth_token="t", oauth_token_secret="s")
    realm = httpx.Request("GET", f"{peer.url}/me")
    assert send(context(peer, realm="Photos"), values, realm).status_code == 200
    assert 'realm="Photos"' in realm.headers["authorization"]
    one = context(peer, signature_placement="query")
    request = httpx.Request("GET", f"{peer.url}/me?a=b")
    assert list(SCHEME.sign(request, one.scheme, one.client | values)) == []
    assert httpx.get(request.url, trust_env=False).status_code == 200


@pytest.mark.parametrize("wrong", [{"client_secret": "x"}, {"oauth_token_secret": "x"}, {"client_id": "x"}])
def test_a_wrong_secret_is_refused(peer: OAuth1Peer, wrong: dict[str, str]) -> None:
    peer.access_tokens["t"] = {"oauth_token": "t", "oauth_token_secret": "s", "user": "alice"}
    values = SecretValues(oauth_token="t", oauth_token_secret="s") | wrong
    assert send(context(peer), values, httpx.Request("GET", f"{peer.url}/me")).status_code == 401


def test_a_user_who_says_no_is_told_of(peer: OAuth1Peer) -> None:
    one = context(peer)
    begun = run(SCHEME.begin(one, "s"))
    back = dict(parse_qsl(urlsplit(peer.drive(str(begun.redirect_url), deny=True)).query))
    assert back["state"] == "s"
    with pytest.raises(AuthorizationError, match="The user declined: Peer was not connected"):
        run(SCHEME.complete(one, begun.pending, back))


def test_a_verifier_is_of_use_for_its_own_request_once(peer: OAuth1Peer) -> None:
    one = context(peer)
    begun, other = run(SCHEME.begin(one, "s")), run(SCHEME.begin(one, "s"))
    back = dict(parse_qsl(urlsplit(peer.drive(str(begun.redirect_url))).query))
    with pytest.raises(AuthorizationError, match="to another request"):
        run(SCHEME.complete(one, other.pending, back))
    assert run(SCHEME.complete(one, begun.pending, back)).values["oauth_token"]
    with pytest.raises(TokenRequestFailed) as caught:
        run(SCHEME.complete(one, begun.pending, back))
    assert caught.value.status in {400, 401}


def test_a_wrong_client_is_told_of_and_its_secret_is_not(peer: OAuth1Peer) -> None:
    one = dataclasses.replace(context(peer), client=SecretValues(client_id=peer.key, client_secret="planted-wrong-secret"))
    with pytest.raises(TokenRequestFailed, match="Peer: asking for a request token failed with status 401") as caught:
        run(SCHEME.begin(one, "s"))
    assert "planted" not in str(caught.value)


def test_a_key_that_is_none_is_told_of(peer: OAuth1Peer) -> None:
    one = context(peer, "planted-not-a-key", signature_method="RSA-SHA1")
    with pytest.raises(ConfigurationError, match="private_key is not an RSA key in PEM form") as caught:
        run(SCHEME.begin(one, "s"))
    assert "planted" not in str(caught.value)


def test_a_request_that_is_tried_again_has_a_nonce_of_its_own(peer: OAuth1Peer) -> None:
    from composio.engine.sign import sign, sign_again
    from composio.model.credentials import Credentials
    from composio.plugin.manager import plugins

    peer.access_tokens["t"] = {"oauth_token": "t", "oauth_token_secret": "s", "user": "alice"}
    one = context(peer, signature_placement="query")
    values = one.client | {"oauth_token": "t", "oauth_token_secret": "s"}
    request = httpx.Request("POST", f"{peer.url}/me?a=b", data={"c": "d"})
    sign(request, one.app, Credentials("x", one.scheme, values), plugins().auth_schemes())
    with httpx.Client(trust_env=False) as client:
        assert [client.send(request).status_code for _ in range(2)] == [200, 401]
        sign_again(request, request)
        assert client.send(request).status_code == 200
