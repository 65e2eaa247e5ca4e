"""How an app authenticates, in the words of whoever adds it."""

from __future__ import annotations

from typing import Any

import pytest

from composio.catalog.asked import asked_schemes
from composio.errors import InvalidRequest


def one(*given: str) -> dict[str, Any]:
    [found] = asked_schemes("pets", given)
    return found


@pytest.mark.parametrize(
    ("given", "mode", "variables", "proxy"),
    [
        ("bearer", "BEARER_TOKEN", ["PETS_TOKEN"], {"headers": {"Authorization": "Bearer {{ token }}"}}),
        ("Basic", "BASIC", ["PETS_USERNAME", "PETS_PASSWORD"], None),
        ("header:X-Key", "API_KEY", ["PETS_API_KEY"], {"headers": {"X-Key": "{{ api_key }}"}}),
        ("query:key", "API_KEY", ["PETS_API_KEY"], {"query_params": {"key": "{{ api_key }}"}}),
        ("cookie:sid", "API_KEY", ["PETS_API_KEY"], {"headers": {"Cookie": "sid={{ api_key }}"}}),
    ],
)
def test_each_word_is_a_scheme_that_serves_every_operation(given: str, mode: str, variables: list[str], proxy: Any) -> None:
    found = one(given)
    assert (found["auth_mode"], found.get("proxy")) == (mode, proxy)
    assert [name for field in found["fields"] for name in field["env"]] == variables
    assert "security" not in found


def test_what_plus_joins_is_sent_together() -> None:
    found = one("header:X-Api-Key+header:X-Tenant")
    assert found["proxy"]["headers"] == {"X-Api-Key": "{{ api_key }}", "X-Tenant": "{{ tenant }}"}
    assert one("bearer+query:key")["proxy"] == {
        "headers": {"Authorization": "Bearer {{ token }}"},
        "query_params": {"key": "{{ api_key }}"},
    }


def test_several_are_alternatives_and_none_is_one_of_them() -> None:
    found = asked_schemes("pets", ["bearer", "header:X-Key", "none"])
    assert [scheme["auth_mode"] for scheme in found] == ["BEARER_TOKEN", "API_KEY", "NO_AUTH"]
    assert [scheme["auth_mode"] for scheme in asked_schemes("pets", ["none"])] == ["NO_AUTH"]


def test_one_name_in_two_places_is_two() -> None:
    first, second = asked_schemes("pets", ["header:key", "query:key"])
    assert ("headers" in first["proxy"], "query_params" in second["proxy"]) == (True, True)


def test_oauth_is_oauth_and_never_a_token_instead() -> None:
    assert one("oauth2:https://id.test/authorize,https://id.test/token,read,write") == {
        "name": "oauth2",
        "auth_mode": "OAUTH2",
        "authorization_url": "https://id.test/authorize",
        "token_url": "https://id.test/token",
        "default_scopes": ["read", "write"],
    }
    assert one("oauth2:https://id.test/authorize, https://id.test/token, a b")["default_scopes"] == ["a", "b"]
    for own in ("oauth2:https://id.test/token", "oauth2:,https://id.test/token"):
        assert (one(own)["grant_type"], one(own)["token_url"]) == ("client_credentials", "https://id.test/token")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "s3cret",
        "bearer:s3cret",
        "header:",
        "header:X-Key=s3cret",
        "header:X Key",
        "header:X-Key: s3cret",
        "oauth2:",
        "oauth2:s3cret",
        "oauth2:http://id.test/a,http://id.test/s3cret",
        "bearer+basic",
        "header:A+header:A",
        "API_KEY",
    ],
)
def test_anything_else_is_refused_with_what_was_expected_and_not_quoted(given: str) -> None:
    with pytest.raises(InvalidRequest, match=r"header:NAME|oauth2:https://HOST|header:A") as caught:
        asked_schemes("pets", [given])
    assert "s3cret" not in str(caught.value)


def test_the_mistaken_one_of_several_is_numbered() -> None:
    with pytest.raises(InvalidRequest, match="--auth number 2"):
        asked_schemes("pets", ["bearer", "barer"])
