"""Schemes whose values somebody typed: keys, tokens, passwords, none."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.auth import flow
from composio.errors import ConfigurationError
from composio.model.app import AuthScheme, Proxy
from composio.plugin.manager import plugins

TYPED = ("API_KEY", "BEARER_TOKEN", "BASIC", "NO_AUTH", "AWS_SIGV4")


def signed(mode: Any, values: dict[str, str], **proxy: Any) -> httpx.Request:
    request = httpx.Request("GET", "https://api.example.com/things?a=1")
    scheme = AuthScheme("the_scheme", mode, proxy=Proxy(**proxy))
    names = list(flow.signer(plugins().auth_schemes()[mode])(request, scheme, values))
    assert all(name.lower() in request.headers for name in names)
    return request


def test_every_mode_has_a_scheme_and_those_that_are_typed_have_no_flow() -> None:
    schemes = plugins().auth_schemes()
    assert {mode for mode, reference in schemes.items() if flow.connecting(reference) is None} == set(TYPED)
    assert set(schemes) == {*TYPED, "OAUTH1", "OAUTH2", "BASIC_WITH_JWT", "GOOGLE_SERVICE_ACCOUNT"}


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("BEARER_TOKEN", {"token": "t"}, "Bearer t"),
        ("BEARER_TOKEN", {"access_token": "a", "token": "t"}, "Bearer a"),
        ("BASIC", {"username": "ü", "password": "p:w"}, "Basic " + base64.b64encode("ü:p:w".encode()).decode()),
        ("BASIC", {"username": "u"}, "Basic " + base64.b64encode(b"u:").decode()),
        ("OAUTH2", {"access_token": "a"}, "Bearer a"),
    ],
)
def test_a_mode_that_stands_for_a_header_sets_it(mode: str, values: dict[str, str], expected: str) -> None:
    assert signed(mode, values).headers["authorization"] == expected


@pytest.mark.parametrize("mode", ["API_KEY", "BEARER_TOKEN", "BASIC", "NO_AUTH"])
def test_what_the_proxy_says_is_all_that_is_set(mode: str) -> None:
    request = signed(mode, {"key": "k v"}, headers={"X-Key": "Key {{key}}"}, query_params={"key": "{{key}}"})
    assert request.headers["x-key"] == "Key k v"
    assert dict(request.url.params) == {"a": "1", "key": "k v"}
    assert "authorization" not in request.headers


def test_a_bearer_scheme_without_a_token_says_which_field_it_needs() -> None:
    with pytest.raises(ConfigurationError, match="the_scheme: a bearer scheme needs a field named access_token, token"):
        signed("BEARER_TOKEN", {"key": "k"})


def test_a_field_that_nobody_filled_says_where() -> None:
    with pytest.raises(ConfigurationError, match=r"the_scheme\.proxy\.headers\.X-Key: .*'key' is undefined"):
        signed("API_KEY", {}, headers={"X-Key": "{{key}}"})


@given(value=st.from_regex(r"[ -~]{0,40}", fullmatch=True).map(lambda text: "{{ 7*7 }}{% raw %}" + text))
def test_a_value_is_never_a_template(value: str) -> None:
    request = signed("API_KEY", {"key": value}, headers={"X-Key": "a{{key}}b"}, query_params={"key": "{{key}}"})
    assert request.headers["x-key"] == f"a{value}b"
    assert request.url.params["key"] == value
