"""The provider that other tests lean on does what they lean on."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.peers.oidc import CALLBACK, MACHINE, NATIVE, WITHOUT_PKCE, OidcPeer


def authorize(oidc: OidcPeer, client_id: str, redirect_uri: str) -> str:
    asked = {"client_id": client_id, "redirect_uri": redirect_uri, "response_type": "code", "scope": "openid", "state": "s"}
    return f"{oidc.issuer}/auth?{urlencode(asked)}"


def test_somebody_who_allows_it_comes_back_with_a_code_and_one_who_does_not_with_an_error(oidc: OidcPeer) -> None:
    url = authorize(oidc, WITHOUT_PKCE.client_id, CALLBACK)
    allowed, denied = (parse_qs(urlsplit(oidc.drive_login(url, deny=deny)).query) for deny in (False, True))
    assert allowed["code"]
    assert allowed["iss"] == [oidc.issuer]
    assert denied["error"] == ["access_denied"]
    assert allowed["state"] == denied["state"] == ["s"]


def test_a_native_client_comes_back_to_any_port_but_not_without_pkce(oidc: OidcPeer) -> None:
    back = oidc.drive_login(authorize(oidc, NATIVE.client_id, "http://127.0.0.1:45213/callback"))
    assert back.startswith("http://127.0.0.1:45213/callback?")
    assert "PKCE" in parse_qs(urlsplit(back).query)["error_description"][0]


def test_an_error_page_is_seen(oidc: OidcPeer) -> None:
    with pytest.raises(AssertionError, match="redirect_uri"):
        oidc.drive_login(authorize(oidc, WITHOUT_PKCE.client_id, "https://elsewhere.example.com/"))


def test_the_api_takes_the_provider_s_tokens_and_no_others(oidc: OidcPeer) -> None:
    auth = (MACHINE.client_id, MACHINE.secret)
    token = httpx.post(f"{oidc.issuer}/token", data={"grant_type": "client_credentials"}, auth=auth).json()["access_token"]
    answers = [httpx.get(f"{oidc.issuer}/api/me", headers={"Authorization": f"Bearer {one}"}) for one in (token, "other")]
    assert [one.status_code for one in answers] == [200, 401]
    assert answers[0].json()["client_id"] == MACHINE.client_id


def test_requests_are_counted_and_can_be_made_to_fail_once(oidc: OidcPeer) -> None:
    oidc.settings(fail={"/token": {"times": 1, "status": 503}})
    answers = [httpx.post(f"{oidc.issuer}/token", data={"grant_type": "refresh_token"}).status_code for _ in range(2)]
    assert answers[0] == 503
    assert answers[1] != 503
    assert oidc.count("/token", "refresh_token") == 2
