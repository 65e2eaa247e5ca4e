"""oauthlib's OAuth 1 server on loopback: request tokens, a page where users allow it, access tokens, and an API behind them.

The endpoints and every check of a signature are oauthlib's; what is here is what a provider would keep in its database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from oauthlib.oauth1 import OAuth1Error, RequestValidator, WebApplicationServer

from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback

__all__ = ["OAuth1Peer", "oauth1", "served"]


@dataclass
class OAuth1Peer(RequestValidator):
    """``key`` and ``secret`` are the client's; ``public_key`` verifies RSA signatures. ``seen`` has the nonces."""

    url: str = ""
    key: str = "the-consumer-key"
    secret: str = "the-consumer-secret+/="
    public_key: str = ""
    methods: set[str] = field(default_factory=set)
    request_tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    access_tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    enforce_ssl = False

    def drive(self, url: str, *, user: str = "alice", deny: bool = False) -> str:
        """Allow it as ``user``, or not; the callback's URL, which is not asked for."""
        more = {"user": user, **({"deny": "1"} if deny else {})}
        answer = httpx.get(url, params={**dict(httpx.URL(url).params), **more}, trust_env=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    # The database

    def check_client_key(self, client_key: str) -> bool:
        return True

    def check_request_token(self, request_token: str) -> bool:
        return True

    def check_access_token(self, request_token: str) -> bool:
        return True

    def check_nonce(self, nonce: str) -> bool:
        return True

    def check_verifier(self, verifier: str) -> bool:
        return True

    @property
    def dummy_client(self) -> str:
        return "nobody"

    dummy_request_token = dummy_access_token = dummy_client

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == self.key

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return self.secret

    def get_rsa_key(self, client_key: str, request: Any) -> str:
        return self.public_key

    def validate_timestamp_and_nonce(
        self, client_key: str, timestamp: str, nonce: str, request: Any, request_token: Any = None, access_token: Any = None
    ) -> bool:
        self.methods.add(request.signature_method)
        fresh = (timestamp + nonce) not in self.seen
        self.seen.add(timestamp + nonce)
        return fresh

    def validate_redirect_uri(self, client_key: str, redirect_uri: str, request: Any) -> bool:
        return redirect_uri.startswith("https://app.example.com/callback")

    def validate_requested_realms(self, client_key: str, realms: Any, request: Any) -> bool:
        return True

    def validate_realms(self, client_key: str, token: str, request: Any, uri: Any = None, realms: Any = None) -> bool:
        return True

    def verify_realms(self, token: str, realms: Any, request: Any) -> bool:
        return True

    def get_default_realms(self, client_key: str, request: Any) -> list[str]:
        return []

    def get_realms(self, token: str, request: Any) -> list[str]:
        return []

    def save_request_token(self, token: Any, request: Any) -> None:
        self.request_tokens[token["oauth_token"]] = {**token, "callback": request.redirect_uri}

    def validate_request_token(self, client_key: str, token: str, request: Any) -> bool:
        return token in self.request_tokens

    def verify_request_token(self, token: str, request: Any) -> bool:
        return token in self.request_tokens

    def get_request_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return self.request_tokens.get(token, {}).get("oauth_token_secret", "")

    def get_redirect_uri(self, token: str, request: Any) -> str:
        return self.request_tokens[token]["callback"]

    def save_verifier(self, token: str, verifier: dict[str, str], request: Any) -> None:
        self.request_tokens[token] |= {"verifier": verifier["oauth_verifier"], "user": verifier["user"]}

    def validate_verifier(self, client_key: str, token: str, verifier: str, request: Any) -> bool:
        return self.request_tokens.get(token, {}).get("verifier") == verifier

    def invalidate_request_token(self, client_key: str, request_token: str, request: Any) -> None:
        request.user = self.request_tokens.pop(request_token)["user"]

    def save_access_token(self, token: Any, request: Any) -> None:
        user = self.request_tokens[request.resource_owner_key]["user"]
        self.access_tokens[token["oauth_token"]] = {**token, "user": user}

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        return token in self.access_tokens

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return self.access_tokens.get(token, {}).get("oauth_token_secret", "")


class _Endpoints:
    def __init__(self, peer: OAuth1Peer) -> None:
        self.peer = peer
        self.server: Any = WebApplicationServer(peer)

    def __call__(self, request: Request) -> Response:
        path = urlsplit(request.target).path
        asked = (self.peer.url + request.target, request.method, request.body.decode("utf-8", "replace"), request.headers)
        try:
            if path == "/request_token":
                return _response(self.server.create_request_token_response(*asked))
            if path == "/authorize":
                return self.authorize(request)
            if path == "/access_token":
                return _response(self.server.create_access_token_response(*asked))
            return self.api(request, asked)
        except OAuth1Error as error:
            return Response(
                error.status_code or 400, {"content-type": "application/x-www-form-urlencoded"}, error.urlencoded.encode()
            )

    def authorize(self, request: Request) -> Response:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        token = self.peer.request_tokens[asked["oauth_token"]]
        if "deny" in asked:
            where = token["callback"] + "&" + urlencode({"denied": asked["oauth_token"]})
            return Response(302, {"location": where})
        uri = f"{self.peer.url}/authorize?oauth_token={asked['oauth_token']}"
        return _response(self.server.create_authorization_response(uri, credentials={"user": asked["user"]}))

    def api(self, request: Request, asked: Any) -> Response:
        # A body that is no form is no part of the signature.
        form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        valid, found = self.server.validate_protected_resource_request(asked[0], asked[1], asked[2] if form else None, asked[3])
        if not valid:
            return Response.of_json({"error": "invalid signature"}, 401)
        user = self.peer.access_tokens[found.resource_owner_key]["user"]
        return Response.of_json({"user": user, "query": urlsplit(request.target).query, "body": request.body.decode()})


def _response(made: tuple[dict[str, str], str | None, int]) -> Response:
    headers, body, status = made
    return Response(status, {name.lower(): value for name, value in headers.items()}, (body or "").encode())


@contextmanager
def served(public_key: str = "") -> Iterator[OAuth1Peer]:
    """A provider while the block runs."""
    peer = OAuth1Peer(public_key=public_key)
    with Loopback(_Endpoints(peer)) as loopback:
        peer.url = loopback.url
        yield peer


@pytest.fixture
def oauth1() -> Iterator[OAuth1Peer]:
    with served() as peer:
        yield peer
