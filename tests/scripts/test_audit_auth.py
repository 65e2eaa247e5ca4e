"""The audit of logins: what the sources say is read rightly, and compared by what an account does not decide."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

import composio_apps
from composio.catalog.definition import AppDefinition
from composio.catalog.sources.integration import load_integration
from scripts.audit_auth import Login, agree, compare, read_grant, read_nango, read_social


def definition(app: str) -> AppDefinition:
    return load_integration(Path(composio_apps.__path__[0]) / app / "integration.yaml")


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ("https://api.example.com/token/", "https://api.example.com/token", True),
        ("https://www.example.com/token?x=1", "https://example.com/token", True),
        ("https://${connectionConfig.shop}.example.com/token", "https://{{shop}}/token", True),
        ("https://gitlab.com/oauth/token", "https://{{host}}/oauth/token", True),
        ("https://api.example.com/v1/token", "https://api.example.com/v2/token", False),
        ("https://api.example.com/token", "https://api.example.org/token", False),
    ],
)
def test_urls_agree_by_what_an_account_does_not_decide(theirs: str, ours: str, same: bool) -> None:
    assert agree(theirs, ours) is same


def test_a_provider_that_is_an_alias_has_what_the_other_says() -> None:
    text = "a: {auth_mode: OAUTH2, token_url: https://a.example/t}\nb: {alias: a, authorization_url: https://b.example/a}\n"
    assert dict(read_nango(text))["b"] == Login("@nangohq/providers", "OAUTH2", "https://b.example/a", "https://a.example/t")


def test_a_header_counts_where_it_carries_a_key() -> None:
    text = "a: {auth_mode: API_KEY, proxy: {headers: {X-Key: '${apiKey}', Accept: json}}}\n"
    assert dict(read_nango(text))["a"].headers == ("x-key",)


def test_grant_says_which_oauth_it_is() -> None:
    text = '{"a": {"authorize_url": "https://a.example/a", "access_url": "https://a.example/t", "oauth": 1}}'
    assert dict(read_grant(text)) == {"a": Login("grant", "OAUTH1", "https://a.example/a", "https://a.example/t")}


def test_backends_are_parsed_and_never_run(tmp_path: Path) -> None:
    archive = tmp_path / "social.whl"
    source = 'raise SystemExit\nclass A(BaseOAuth2):\n    name = "a-oauth2"\n    AUTHORIZATION_URL = "x"\n    ACCESS_TOKEN_URL = "y"\n'
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr("social_core/backends/a.py", source)
    assert dict(read_social(archive)) == {"a": Login("social-auth-core", "OAUTH2", "x", "y")}


def test_a_difference_names_both_sides() -> None:
    found = list(compare(definition("dropbox"), Login("somebody", "OAUTH2", token_url="https://elsewhere.example/token")))
    assert [(one.fact, one.agrees) for one in found] == [("has a login by OAuth", True), ("token_url", False)]
    assert "dropbox" in found[1].ours[0]


def test_several_logins_of_a_provider_count_for_it() -> None:
    text = "a: {auth_mode: API_KEY}\na-oauth2-cc: {auth_mode: OAUTH2, token_url: https://a.example/t}\n"
    assert [(name, login.mode) for name, login in read_nango(text)] == [("a", "API_KEY"), ("a", "OAUTH2")]
