"""Callback parameters and token answers of real shapes, from the user's return to the call and its renewal."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from composio import ComposioToolSet
from composio.auth.callbacks import check_signature
from composio.auth.flow import FlowContext
from composio.embedded import EmbeddedBackend
from composio.errors import AuthorizationError, ComposioError, ConfigurationError, ConnectionNotUsable, TokenRequestFailed
from composio.model.app import AppModel, AuthScheme
from composio.model.secret import SecretValues
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.peers.acme import came_back, write_app


class Provider:
    """A token endpoint and an API on one server. ``answers`` has what the endpoint answers to each grant type."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, Response] = {}

    def __call__(self, request: Request) -> Response:
        content = request.body.decode()
        form = json.loads(content) if content.startswith("{") else dict(parse_qsl(content))
        self.seen.append((request.path, form or {"authorization": request.headers.get("authorization", "")}))
        return self.answers[form["grant_type"]] if "grant_type" in form else Response.of_json({"path": request.path})

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def server(provider: Provider) -> Iterator[Loopback]:
    with Loopback(provider) as running:
        yield running


@pytest.fixture
def home(bare_home: Path) -> Path:
    return bare_home


@pytest.fixture
def toolset(home: Path) -> Iterator[ComposioToolSet[Any]]:
    backend = EmbeddedBackend(home=home)
    yield ComposioToolSet[Any](backend=backend)
    backend.close()


def scheme(url: str, **more: Any) -> dict[str, Any]:
    return {
        "auth_mode": "OAUTH2",
        "name": "books_oauth",
        "authorization_url": f"{url}/authorize",
        "token_url": f"{url}/token",
        "proxy": {"base_url": url, "headers": {"Authorization": "Bearer {{access_token}}"}},
        **more,
    }


def begin(toolset: ComposioToolSet[Any]) -> Any:
    made = toolset.create_integration("books", "OAUTH2", {"client_id": "c", "client_secret": "developer's-secret"})
    return toolset.initiate_connection(integration_id=made.id)


def connect(toolset: ComposioToolSet[Any], **callback: str) -> Any:
    return toolset.complete_connection(came_back(begin(toolset).redirectUrl, **callback))


def renew(toolset: ComposioToolSet[Any], connection_id: str) -> Any:
    return toolset.refresh_connection(connection_id)


GRANTED: dict[str, Any] = {"access_token": "at1", "refresh_token": "rt1", "expires_in": "3600"}


@pytest.mark.parametrize("declared", ["callback_parameters", "token_response_metadata"])
def test_the_realm_of_the_callback_is_in_the_path_of_every_call(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider, declared: str
) -> None:
    proxy = {"base_url": f"{server.url}/v3/company/{{{{realmId}}}}", "headers": {"Authorization": "Bearer {{access_token}}"}}
    write_app(home, "books", scheme(server.url, proxy=proxy, **{declared: ["realmId"]}))
    provider.answers = {
        "authorization_code": Response.of_json(GRANTED),
        "refresh_token": Response.of_json({**GRANTED, "access_token": "at2"}),
    }
    one = connect(toolset, realmId="4620")
    assert toolset.execute_action("BOOKS_GET_ME")["data"] == {"path": "/v3/company/4620/me"}
    renew(toolset, one.id)
    assert toolset.execute_action("BOOKS_GET_ME")["data"] == {"path": "/v3/company/4620/me"}
    assert provider.seen[-1] == ("/v3/company/4620/me", {"authorization": "Bearer at2"})


def test_a_callback_without_the_realm_connects_nobody_and_says_what_is_missing(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider
) -> None:
    write_app(home, "books", scheme(server.url, callback_parameters=["realmId"]))
    with pytest.raises(AuthorizationError, match="without 'realmId'"):
        connect(toolset)
    assert provider.seen == []
    with pytest.raises(ConnectionNotUsable, match="without 'realmId'"):
        toolset.execute_action("BOOKS_GET_ME")


def test_a_region_of_the_callback_decides_where_tokens_are_had_renewed_and_used(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider
) -> None:
    with Loopback(other := Provider()) as elsewhere:
        parameter = {"name": "accounts-server", "allowed": [server.url, elsewhere.url], "default": server.url}
        one = scheme(
            server.url,
            callback_parameters=[parameter],
            authorization_url="{{accounts_server}}/authorize",
            token_url="{{accounts_server}}/token",
            proxy={"base_url": "{{accounts_server}}/api"},
        )
        write_app(home, "books", one)
        other.answers = {"authorization_code": Response.of_json(GRANTED), "refresh_token": Response.of_json(GRANTED)}
        started = begin(toolset)
        assert started.redirectUrl.startswith(f"{server.url}/authorize?")
        made = toolset.complete_connection(came_back(started.redirectUrl, **{"accounts-server": elsewhere.url}))
        renew(toolset, made.id)
        assert toolset.execute_action("BOOKS_GET_ME")["successful"]
        assert other.paths == ["/token", "/token", "/api/me"]
        assert provider.seen == []


def test_a_callback_leads_no_secret_to_a_host_that_the_file_does_not_allow(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider
) -> None:
    with Loopback(evil := Provider()) as elsewhere:
        parameter = {"name": "accounts-server", "allowed": [server.url]}
        write_app(home, "books", scheme(server.url, callback_parameters=[parameter], token_url="{{accounts_server}}/token"))
        for value in (elsewhere.url, elsewhere.url.replace("127.0.0.1", "localhost"), f"{server.url}@{elsewhere.url[7:]}", ""):
            with pytest.raises(AuthorizationError):
                connect(toolset, **{"accounts-server": value})
        assert evil.seen == []
        assert provider.seen == []


def test_a_host_that_only_a_pattern_allows_must_be_on_the_public_internet(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider
) -> None:
    parameter = {"name": "server", "pattern": r"http://127\.0\.0\.1:\d+"}
    write_app(home, "books", scheme(server.url, callback_parameters=[parameter], token_url="{{server}}/token"))
    with Loopback(provider) as inside, pytest.raises(TokenRequestFailed, match="not on the public internet"):
        connect(toolset, server=inside.url)
    assert provider.seen == []


def test_tokens_under_dingtalks_names_are_renewed_in_time(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider
) -> None:
    fields = {"access_token": "accessToken", "refresh_token": "refreshToken", "expires_in": "expireIn"}
    write_app(home, "books", scheme(server.url, token_request_body="json", token_response_fields=fields))
    first = {"accessToken": "at1", "refreshToken": "rt1", "expireIn": 0.5}
    provider.answers = {
        "authorization_code": Response.of_json(first),
        "refresh_token": Response.of_json({"accessToken": "at2", "refreshToken": "rt2", "expireIn": "7200"}),
    }
    one = connect(toolset)
    assert one.expires_at is not None
    toolset.backend.accounts._book().store.update_connection(one.id, now=0.0, expires_at=1.0, refresh_at=1.0)  # type: ignore[attr-defined]
    assert toolset.execute_action("BOOKS_GET_ME")["successful"]
    assert provider.seen[-1] == ("/me", {"authorization": "Bearer at2"})
    assert provider.seen[-2][1]["refresh_token"] == "rt1"


REFUSED: dict[str, tuple[Response, dict[str, Any], str]] = {
    "Fitbit": (
        Response.of_json(
            {"errors": [{"errorType": "invalid_grant", "message": "Refresh token invalid"}], "success": False}, 400
        ),
        {},
        "Refresh token invalid",
    ),
    "Fitbit, declared by its path": (
        Response.of_json({"errors": [{"errorType": "invalid_thing", "message": "It ended"}], "success": False}, 400),
        {"expired_grant_errors": [{"errors[].errorType": "invalid_thing"}]},
        "It ended",
    ),
    "WeChat": (Response.of_json({"errcode": 42002, "errmsg": "refresh_token timeout"}), {}, "refresh_token timeout"),
    "WeChat, declared": (
        Response.of_json({"errcode": 77, "errmsg": "over"}),
        {"expired_grant_errors": [{"errcode": 77}]},
        "77: over",
    ),
}


@pytest.mark.parametrize(("response", "declared", "words"), REFUSED.values(), ids=REFUSED)
def test_a_refused_renewal_expires_the_connection_and_shows_the_providers_words(
    toolset: ComposioToolSet[Any],
    home: Path,
    server: Loopback,
    provider: Provider,
    response: Response,
    declared: dict[str, Any],
    words: str,
) -> None:
    write_app(home, "books", scheme(server.url, **declared))
    provider.answers = {"authorization_code": Response.of_json(GRANTED), "refresh_token": response}
    one = connect(toolset)
    with pytest.raises(ConnectionNotUsable, match="EXPIRED") as caught:
        renew(toolset, one.id)
    assert words in str(caught.value)
    [kept] = toolset.backend.run(lambda: toolset.backend.accounts.connections(app="books"))
    assert kept.status == "EXPIRED"
    assert words in (kept.error or "")


@pytest.mark.parametrize(
    "response",
    [
        Response.of_json({"errors": [{"errorType": "invalid_client", "message": "Client id invalid"}]}, 401),
        Response.of_json({"errcode": 45009, "errmsg": "reach max api daily quota limit"}),
        Response.of_json({"error": "slow_down"}, 400),
        Response.of_json({"error": "unauthorized_client"}, 400),
    ],
)
def test_a_wrong_client_and_a_busy_endpoint_leave_it_active(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider, response: Response
) -> None:
    write_app(home, "books", scheme(server.url))
    provider.answers = {"authorization_code": Response.of_json(GRANTED), "refresh_token": response}
    one = connect(toolset)
    with pytest.raises(TokenRequestFailed, match="could not be renewed"):
        renew(toolset, one.id)
    [kept] = toolset.backend.run(lambda: toolset.backend.accounts.connections(app="books"))
    assert kept.status == "ACTIVE"


def test_a_form_with_a_newline_at_its_end_is_a_token(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider
) -> None:
    write_app(home, "books", scheme(server.url))
    body = b"access_token=gho_1&scope=repo%2Cgist&token_type=bearer\n"
    provider.answers = {"authorization_code": Response(200, {"content-type": "application/x-www-form-urlencoded"}, body)}
    assert connect(toolset).scopes == ("repo", "gist")
    toolset.execute_action("BOOKS_GET_ME")
    assert provider.seen[-1] == ("/me", {"authorization": "Bearer gho_1"})


def test_an_endpoint_below_the_base_url_is_where_the_api_is(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.answers = {"authorization_code": Response.of_json(GRANTED)}
    relative = {"authorization_url": "/oauth/authorize", "token_url": "/oauth/token"}
    write_app(home, "books", scheme(f"{server.url}/v1", **relative))
    started = begin(toolset)
    assert started.redirectUrl.startswith(f"{server.url}/v1/oauth/authorize?")
    toolset.complete_connection(came_back(started.redirectUrl))
    assert provider.paths == ["/v1/oauth/token"]
    # Where the file names no base, it is the description's server; the operator's word comes before both.
    write_app(home, "notes", {**scheme("", **relative), "proxy": {}})
    with EmbeddedBackendAt(home) as fresh:
        made = fresh.create_integration("notes", "OAUTH2", {"client_id": "c"})
        assert "https://api.notes.example/oauth/authorize?" in str(
            fresh.initiate_connection(integration_id=made.id).redirectUrl
        )
        monkeypatch.setenv("COMPOSIO_NOTES_BASE_URL", f"{server.url}/own")
        assert f"{server.url}/own/oauth/authorize?" in str(fresh.initiate_connection(integration_id=made.id).redirectUrl)


class EmbeddedBackendAt:
    """A toolset of its own over a home."""

    def __init__(self, home: Path) -> None:
        self._backend = EmbeddedBackend(home=home)

    def __enter__(self) -> ComposioToolSet[Any]:
        return ComposioToolSet[Any](backend=self._backend)

    def __exit__(self, *_: object) -> None:
        self._backend.close()


# Signed callbacks

SECRET = "developer's-secret"
SHOPIFY: dict[str, Any] = {"parameter": "hmac"}


def signed(parameters: dict[str, str], secret: str = SECRET, algorithm: str = "sha256") -> bytes:
    """As Shopify describes it: what is left, sorted, as ``k=v`` joined with ``&``."""
    message = "&".join(f"{key}={value}" for key, value in sorted(parameters.items()))
    return hmac.new(secret.encode(), message.encode(), algorithm).digest()


def shop(toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider, **declared: Any) -> tuple[Any, Any]:
    """A connection that has begun, and what its callback holds before it is signed."""
    declared = {"callback_signature": SHOPIFY, **declared}
    write_app(
        home, "books", scheme(server.url, callback_parameters=[{"name": "shop", "hosts": ["*.myshopify.com"]}], **declared)
    )
    provider.answers = {"authorization_code": Response.of_json(GRANTED)}
    started = begin(toolset)
    state = dict(parse_qsl(urlsplit(started.redirectUrl).query))["state"]
    host = "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUveA=="
    return started, {"code": "c1", "shop": "x.myshopify.com", "state": state, "timestamp": "1337178173", "host": host}


def test_a_callback_that_is_signed_as_declared_connects(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider
) -> None:
    started, parameters = shop(toolset, home, server, provider)
    one = toolset.complete_connection(
        f"https://app.example/callback?{urlencode({**parameters, 'hmac': signed(parameters).hex()})}"
    )
    assert (one.id, one.status) == (started.connectedAccountId, "ACTIVE")
    assert toolset.execute_action("BOOKS_GET_ME")["successful"]


def test_the_signature_is_the_one_that_shopify_documents() -> None:
    """The worked example of its documentation, with the secret ``hush``."""
    parameters = {
        "code": "0907a61c0c8d55e99db179b68161bc00",
        "shop": "some-shop.myshopify.com",
        "state": "0.6784241404160823",
        "timestamp": "1337178173",
    }
    context = signing_context("hush", SHOPIFY)
    check_signature(context, {**parameters, "hmac": "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"})
    with pytest.raises(AuthorizationError, match="'hmac' is wrong"):
        check_signature(context, {**parameters, "hmac": "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4be"})


def signing_context(secret: str, declared: dict[str, Any]) -> FlowContext:
    made = AuthScheme(name="shop", auth_mode="OAUTH2", extra={"callback_signature": declared})
    return FlowContext(app=AppModel(key="shop", name="Shop"), scheme=made, client=SecretValues(client_secret=secret))


CHANGED: dict[str, dict[str, str]] = {
    "another shop": {"shop": "evil.myshopify.com"},
    "another code": {"code": "stolen"},
    "one more": {"more": "1"},
    "a wrong signature": {"hmac": "00" * 32},
    "no hexadecimal": {"hmac": "zz"},
    "not ASCII": {"hmac": "é"},
    "half of it": {"hmac": "00" * 16},
    "none": {"hmac": ""},
}


@pytest.mark.parametrize("changes", CHANGED.values(), ids=CHANGED)
def test_a_callback_whose_signature_is_wrong_connects_nobody_and_costs_nothing(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider, changes: dict[str, str]
) -> None:
    started, parameters = shop(toolset, home, server, provider)
    good = {**parameters, "hmac": signed(parameters).hex()}
    with pytest.raises(AuthorizationError, match="'hmac'") as caught:
        toolset.complete_connection(f"https://app.example/callback?{urlencode({**good, **changes})}")
    assert caught.value.code in {"invalid_signature", "unsigned_callback"}
    assert caught.value.connection_id == started.connectedAccountId
    assert SECRET not in str(caught.value)
    assert good["hmac"] not in str(caught.value)
    assert provider.seen == []
    # The user's own callback still works.
    assert toolset.complete_connection(f"https://app.example/callback?{urlencode(good)}").status == "ACTIVE"


def test_a_user_who_said_no_is_told_so_without_a_signature(
    toolset: ComposioToolSet[Any], home: Path, server: Loopback, provider: Provider
) -> None:
    _, parameters = shop(toolset, home, server, provider)
    query = urlencode({"error": "access_denied", "state": parameters["state"]})
    with pytest.raises(AuthorizationError, match="The user declined"):
        toolset.complete_connection(f"https://app.example/callback?{query}")


def test_a_parameter_that_joins_two_is_not_taken_for_them() -> None:
    context = signing_context(SECRET, SHOPIFY)
    given = {"code": "c", "shop": "a", "state": "s"}
    check_signature(context, {**given, "hmac": signed(given).hex()})
    with pytest.raises(AuthorizationError, match="wrong"):
        check_signature(context, {"code": "c&shop=a", "state": "s", "hmac": signed(given).hex()})


@pytest.mark.parametrize(
    ("declared", "made"),
    [
        ({"algorithm": "HMAC-SHA512"}, lambda given: signed(given, algorithm="sha512").hex()),
        ({"algorithm": "HMAC-SHA1"}, lambda given: signed(given, algorithm="sha1").hex().upper()),
        ({"encoding": "base64"}, lambda given: base64.b64encode(signed(given)).decode()),
        ({"encoding": "base64"}, lambda given: base64.urlsafe_b64encode(signed(given)).decode().rstrip("=")),
        ({"exclude": ["locale"]}, lambda given: signed({k: v for k, v in given.items() if k != "locale"}).hex()),
        ({"secret": "signing_key"}, lambda given: signed(given, secret="theirs").hex()),
    ],
    ids=["sha512", "sha1", "base64", "base64url", "exclude", "secret"],
)
def test_an_app_says_how_its_callbacks_are_signed(declared: dict[str, Any], made: Any) -> None:
    context = signing_context(SECRET, {"parameter": "sig", **declared})
    context = replace(context, values=SecretValues(signing_key="theirs"))
    given = {"code": "c", "state": "s", "locale": "de"}
    check_signature(context, {**given, "sig": made(given)})
    with pytest.raises(AuthorizationError, match="'sig' is wrong"):
        check_signature(context, {**given, "state": "t", "sig": made(given)})


def test_without_the_secret_a_signed_callback_says_what_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="client_secret"):
        check_signature(signing_context("", SHOPIFY), {"code": "c", "hmac": "00"})


def test_a_file_that_names_no_such_secret_says_so(toolset: ComposioToolSet[Any], home: Path) -> None:
    write_app(home, "books", scheme("https://x.example", callback_signature={"parameter": "hmac", "secret": "client_sercet"}))
    with pytest.raises(ComposioError, match=r"callback_signature\.secret: 'client_sercet' is no field"):
        toolset.create_integration("books", "OAUTH2", {"client_id": "c", "client_secret": "s"})
