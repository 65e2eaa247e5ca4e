"""From integration.yaml to a signed call: every scheme but OAuth 2 through the accounts, against real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from composio.embedded import EmbeddedBackend
from composio.errors import AuthorizationError, TokenRequestFailed
from composio.model.call import Outcome, ToolCall, Who
from composio.model.connection import ConnectionStarted, NewConnection, NewIntegration
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.peers.acme import write_app
from tests.peers.moto import MotoPeer
from tests.peers.oauth1 import OAuth1Peer, oauth1

__all__ = ["oauth1"]
KEY = "a key of this server alone, 32 bytes"


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedBackend]:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    made = EmbeddedBackend(home=tmp_path)
    yield made
    made.close()


def initiate(backend: EmbeddedBackend, app: str, entity: str = "alice", **values: str) -> ConnectionStarted:
    return backend.run(lambda: backend.accounts.initiate(NewConnection(app=app, entity_id=entity, values=values)))


def complete(backend: EmbeddedBackend, url: str, entity: str) -> None:
    backend.run(lambda: backend.accounts.complete(url, entity_id=entity))


def call(backend: EmbeddedBackend, action: str, entity: str = "alice", **arguments: Any) -> Outcome:
    return backend.execute_sync(ToolCall(action=action, arguments=arguments, who=Who(entity_id=entity)))


def pem(key: rsa.RSAPrivateKey) -> str:
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*kinds).decode()


@pytest.mark.parametrize(
    ("shared", "method"),
    [(False, "HMAC-SHA1"), (False, "RSA-SHA1"), (True, "HMAC-SHA256")],
    ids=["own client", "own key", "the operator's client"],
)
def test_oauth_1_users_connect_and_their_calls_are_signed(
    tmp_path: Path, backend: EmbeddedBackend, oauth1: OAuth1Peer, monkeypatch: pytest.MonkeyPatch, shared: bool, method: str
) -> None:
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kinds = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    oauth1.public_key = rsa_key.public_key().public_bytes(*kinds).decode()
    urls = {"request_url": "/request_token", "authorization_url": "/authorize", "token_url": "/access_token"}
    scheme = {"auth_mode": "OAUTH1", "signature_method": method, **{name: oauth1.url + path for name, path in urls.items()}}
    write_app(tmp_path, "photos", {**scheme, "proxy": {"base_url": oauth1.url}})
    monkeypatch.setenv("COMPOSIO_REDIRECT_URI", "https://app.example.com/callback")
    if shared:
        monkeypatch.setenv("COMPOSIO_OAUTH_PHOTOS_CLIENT_ID", oauth1.key)
        monkeypatch.setenv("COMPOSIO_OAUTH_PHOTOS_CLIENT_SECRET", oauth1.secret)
    else:
        own = {"client_id": oauth1.key, "client_secret": oauth1.secret}
        if method == "RSA-SHA1":
            own = {"client_id": oauth1.key, "private_key": pem(rsa_key)}
        new = NewIntegration(app="photos", use_composio_oauth_app=False, config=own)
        backend.run(lambda: backend.accounts.create_integration(new))
    for user in ("alice", "bob"):
        back = oauth1.drive(str(initiate(backend, "photos", user).redirect_url), user=user)
        complete(backend, back, user)
    assert call(backend, "PHOTOS_GET_ME", "bob").data["user"] == "bob"
    assert call(backend, "PHOTOS_GET_ME", "alice").data["user"] == "alice"
    assert oauth1.methods == {method}
    denied = oauth1.drive(str(initiate(backend, "photos", "carol").redirect_url), user="carol", deny=True)
    with pytest.raises(AuthorizationError, match="declined"):
        complete(backend, denied, "carol")


def test_amazons_requests_are_signed_with_the_users_key(
    tmp_path: Path, backend: EmbeddedBackend, moto_server: MotoPeer
) -> None:
    fields = [{"name": "service", "default": "s3", "expected_from_customer": False}]
    write_app(tmp_path, "aws", {"auth_mode": "AWS_SIGV4", "fields": fields, "proxy": {"base_url": moto_server.url}})
    key = {"access_key_id": moto_server.access_key_id, "region": "us-east-1"}
    initiate(backend, "aws", **key, secret_access_key=moto_server.secret_access_key)
    initiate(backend, "aws", "mallory", **key, secret_access_key="not-it")
    # A bucket called "me": S3 answers that there is none only to who may ask.
    assert call(backend, "AWS_GET_ME").status == 404
    refused = call(backend, "AWS_GET_ME", "mallory")
    assert refused.status == 403
    assert "SignatureDoesNotMatch" in str((refused.error, refused.data))


class LoginServer:
    """Gives tokens for the right password, and is the API behind them, which takes the first one for too old."""

    def __init__(self) -> None:
        self.logins = 0

    def __call__(self, request: Request) -> Response:
        if request.path == "/login":
            sent = json.loads(request.body)
            if sent != {"email": "alice@example.com", "secret": "right"}:
                return Response.of_json({"message": "wrong password"}, 401)
            self.logins += 1
            token = jwt.encode({"sub": sent["email"], "n": self.logins}, KEY, algorithm="HS256")
            return Response.of_json({"data": {"jwt": token, "expires_in": 3600}})
        try:
            claims = jwt.decode(request.headers.get("authorization", "").removeprefix("Bearer "), KEY, ["HS256"])
        except jwt.PyJWTError:
            return Response.of_json({"message": "who are you?"}, 401)
        if claims["n"] == 1 and request.path == "/things":
            return Response.of_json({"message": "too old"}, 401)
        return Response.of_json(claims)


def test_a_login_gives_a_token_that_is_renewed_where_it_is_refused(tmp_path: Path, backend: EmbeddedBackend) -> None:
    login_server = LoginServer()
    with Loopback(login_server) as server:
        scheme = {
            "auth_mode": "BASIC_WITH_JWT",
            "token_url": f"{server.url}/login",
            "token_params": {"email": "{{username}}", "secret": "{{password}}"},
            "token_response_path": "data",
            "proxy": {"base_url": server.url},
        }
        write_app(tmp_path, "desk", scheme)
        with pytest.raises(TokenRequestFailed, match="wrong password"):
            initiate(backend, "desk", username="alice@example.com", password="wrong")
        started = initiate(backend, "desk", username="alice@example.com", password="right")
        assert started.connection.status == "ACTIVE"
        assert started.connection.expires_at is not None
        assert call(backend, "DESK_GET_ME").data == {"sub": "alice@example.com", "n": 1}
        assert call(backend, "DESK_LIST_THINGS").data == {"sub": "alice@example.com", "n": 2}


def test_a_service_account_acts_with_the_token_that_its_assertion_got(tmp_path: Path, backend: EmbeddedBackend) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def respond(request: Request) -> Response:
        if request.path != "/token":
            return Response.of_json({"sent": request.headers.get("authorization")})
        form = dict(httpx.QueryParams(request.body.decode()))
        claims = jwt.decode(form["assertion"], key.public_key(), ["RS256"], audience=f"{server.url}/token")
        return Response.of_json({"access_token": f"for-{claims['sub']}", "expires_in": 3600})

    with Loopback(respond) as server:
        scheme = {
            "auth_mode": "GOOGLE_SERVICE_ACCOUNT",
            "token_url": f"{server.url}/token",
            "default_scopes": ["https://www.googleapis.com/auth/drive"],
            "proxy": {"base_url": server.url},
        }
        write_app(tmp_path, "drive", scheme)
        file = {"client_email": "robot@example.com", "private_key": pem(key)}
        initiate(backend, "drive", service_account_json=json.dumps(file), subject="alice@example.com")
        assert call(backend, "DRIVE_GET_ME").data == {"sent": "Bearer for-alice@example.com"}
