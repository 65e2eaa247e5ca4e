"""The scheme OAUTH2 against a real provider: every grant, rotation and its reuse, revocation, both ways to authenticate."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from composio.auth import oauth2
from composio.auth.flow import FlowContext, Grant, Pending
from composio.errors import AuthorizationError, GrantExpired, TokenRequestFailed
from composio.model.app import AppModel, AuthScheme
from composio.model.secret import SecretValues
from tests.peers.flows import run
from tests.peers.oidc import CALLBACK, DESKTOP, DEVICE, MACHINE, NATIVE, POST, WEB, WITHOUT_PKCE, OidcPeer, PeerClient

SCHEME = oauth2.scheme
LOOPBACK = "http://127.0.0.1:45213/callback"


def context(oidc: OidcPeer, client: PeerClient, values: Mapping[str, str] | None = None, **extra: Any) -> FlowContext:
    own = {"client_id": client.client_id, **({"client_secret": client.secret} if client.secret else {})}
    declared = {name: value for name, value in oidc.scheme(client, **extra).items() if name != "auth_mode"}
    return FlowContext(
        app=AppModel(key="peer", name="Peer"),
        scheme=AuthScheme("peer_oauth", "OAUTH2", extra=declared),
        client=SecretValues(own),
        values=SecretValues(values or {}),
        scopes=("read",) if client is MACHINE else ("openid", "offline_access", "read"),
        redirect_uri=LOOPBACK if client.native else CALLBACK,
        now=time.time(),
    )


def connected(oidc: OidcPeer, client: PeerClient, *, user: str = "alice", **extra: Any) -> tuple[FlowContext, Grant]:
    one = context(oidc, client, **extra)
    begun = run(SCHEME.begin(one, "the-state"))
    assert begun.redirect_url
    back = dict(parse_qsl(urlsplit(oidc.drive_login(begun.redirect_url, user=user)).query))
    assert back["state"] == "the-state"
    grant = run(SCHEME.complete(one, begun.pending, back))
    return dataclasses.replace(one, values=grant.values), grant


def whom(oidc: OidcPeer, one: FlowContext, values: Mapping[str, str]) -> httpx.Response:
    request = httpx.Request("GET", f"{oidc.issuer}/api/me")
    assert list(SCHEME.sign(request, one.scheme, values)) == ["Authorization"]
    with httpx.Client(trust_env=False) as client:
        return client.send(request)


@pytest.mark.parametrize("client", [WEB, POST, NATIVE, DESKTOP], ids=lambda one: one.client_id)
def test_each_kind_of_client_connects_a_user_and_acts_as_them(oidc: OidcPeer, client: PeerClient) -> None:
    one, grant = connected(oidc, client, user="bob")
    assert whom(oidc, one, grant.values).json() == {
        "sub": "bob",
        "client_id": client.client_id,
        "scope": "openid offline_access read",
    }
    assert grant.scopes == ("openid", "offline_access", "read")
    assert grant.refresh_at == pytest.approx(one.now + 3300)


def test_pkce_is_what_lets_a_native_client_in(oidc: OidcPeer) -> None:
    begun = run(SCHEME.begin(context(oidc, WEB, pkce=False), "s"))
    back = dict(parse_qsl(urlsplit(oidc.drive_login(str(begun.redirect_url))).query))
    with pytest.raises(AuthorizationError, match="PKCE"):
        run(SCHEME.complete(context(oidc, WEB, pkce=False), begun.pending, back))
    assert connected(oidc, WITHOUT_PKCE, pkce=False)[1].values["access_token"]


def test_another_ones_verifier_gets_no_tokens_and_a_code_works_once(oidc: OidcPeer) -> None:
    one = context(oidc, WEB)
    begun, other = run(SCHEME.begin(one, "s")), run(SCHEME.begin(one, "s"))
    back = dict(parse_qsl(urlsplit(oidc.drive_login(str(begun.redirect_url))).query))
    with pytest.raises(TokenRequestFailed, match="invalid_grant"):
        run(SCHEME.complete(one, other.pending, back))
    assert run(SCHEME.complete(one, begun.pending, back)).values["access_token"]
    with pytest.raises(TokenRequestFailed, match="invalid_grant"):
        run(SCHEME.complete(one, begun.pending, back))


def test_a_user_who_aborts_is_told_of(oidc: OidcPeer) -> None:
    one = context(oidc, WEB)
    begun = run(SCHEME.begin(one, "s"))
    back = dict(parse_qsl(urlsplit(oidc.drive_login(str(begun.redirect_url), deny=True)).query))
    with pytest.raises(AuthorizationError, match="The user declined: Peer was not connected"):
        run(SCHEME.complete(one, begun.pending, back))


def test_an_answer_of_another_issuer_is_refused(oidc: OidcPeer) -> None:
    one = context(oidc, WEB, issuer="https://elsewhere.example.com")
    begun = run(SCHEME.begin(one, "s"))
    back = dict(parse_qsl(urlsplit(oidc.drive_login(str(begun.redirect_url))).query))
    with pytest.raises(AuthorizationError, match=r"not from https://elsewhere\.example\.com"):
        run(SCHEME.complete(one, begun.pending, back))


def test_a_wrong_secret_is_the_developers_business(oidc: OidcPeer) -> None:
    one, _ = connected(oidc, POST)
    wrong = dataclasses.replace(one, client=SecretValues(client_id=POST.client_id, client_secret="not-it"))
    with pytest.raises(TokenRequestFailed, match="invalid_client") as caught:
        run(SCHEME.renew(wrong))
    assert "not-it" not in str(caught.value)
    assert run(SCHEME.renew(one)).values["access_token"]


def test_a_rotated_token_replaces_the_old_one_whose_reuse_ends_the_connection(oidc: OidcPeer) -> None:
    one, grant = connected(oidc, WEB)
    renewed = run(SCHEME.renew(one))
    assert renewed.values["refresh_token"] != grant.values["refresh_token"]
    assert whom(oidc, one, renewed.values).status_code == 200
    with pytest.raises(GrantExpired, match="invalid_grant"):
        run(SCHEME.renew(one))
    with pytest.raises(GrantExpired):  # the provider ends the whole family
        run(SCHEME.renew(dataclasses.replace(one, values=one.values | renewed.values)))


def test_a_token_that_does_not_rotate_is_kept(oidc: OidcPeer) -> None:
    oidc.settings(rotate=False)
    one, grant = connected(oidc, WEB)
    renewed = run(SCHEME.renew(one))
    assert renewed.values["refresh_token"] == grant.values["refresh_token"]
    assert run(SCHEME.renew(dataclasses.replace(one, values=renewed.values))).values["access_token"]


def test_a_token_of_seconds_says_when_to_renew_it(oidc: OidcPeer) -> None:
    oidc.settings(ttl={"AccessToken": 5})
    one, grant = connected(oidc, WEB)
    assert grant.expires_at == pytest.approx(one.now + 5)
    assert grant.refresh_at == pytest.approx(one.now + 4.5)


def test_a_provider_that_is_down_ends_nothing(oidc: OidcPeer) -> None:
    one, _ = connected(oidc, WEB)
    oidc.settings(fail={"/token": {"times": 1, "status": 503}})
    with pytest.raises(TokenRequestFailed, match="Try again later"):
        run(SCHEME.renew(one))
    assert run(SCHEME.renew(one)).values["access_token"]


def test_revoked_is_revoked(oidc: OidcPeer) -> None:
    one, grant = connected(oidc, WEB)
    assert oidc.introspect(grant.values["access_token"])["active"]
    run(SCHEME.revoke(one))
    assert whom(oidc, one, grant.values).status_code == 401
    with pytest.raises(GrantExpired):
        run(SCHEME.renew(one))
    run(SCHEME.revoke(one))  # a second time is no error


@pytest.mark.parametrize("client", [WEB, POST, MACHINE], ids=lambda one: one.client_id)
def test_a_client_speaks_for_itself(oidc: OidcPeer, client: PeerClient) -> None:
    one = dataclasses.replace(context(oidc, client, grant_type="client_credentials"), scopes=("read",))
    begun = run(SCHEME.begin(one, "s"))
    assert begun.grant is not None
    assert whom(oidc, one, begun.grant.values).json()["client_id"] == client.client_id
    assert run(SCHEME.renew(one)).values["access_token"] != begun.grant.values["access_token"]


def test_a_device_waits_for_its_user(oidc: OidcPeer) -> None:
    one = context(oidc, DEVICE, grant_type="device_code")
    begun = run(SCHEME.begin(one, "s"))
    assert begun.user_code
    assert begun.redirect_url == f"{oidc.issuer}/device?user_code={begun.user_code}"
    assert run(SCHEME.poll(one, begun.pending)) == Pending(interval=5)
    oidc.drive_device(begun.redirect_url, begun.user_code, user="carol")
    grant = run(SCHEME.poll(one, begun.pending))
    assert isinstance(grant, Grant)
    assert whom(oidc, one, grant.values).json()["sub"] == "carol"
    assert run(SCHEME.renew(dataclasses.replace(one, values=grant.values))).values["access_token"]


def test_a_devices_user_may_say_no(oidc: OidcPeer) -> None:
    one = context(oidc, DEVICE, grant_type="device_code")
    begun = run(SCHEME.begin(one, "s"))
    oidc.drive_device(str(begun.redirect_url), str(begun.user_code), deny=True)
    with pytest.raises(AuthorizationError, match="declined"):
        run(SCHEME.poll(one, begun.pending))
