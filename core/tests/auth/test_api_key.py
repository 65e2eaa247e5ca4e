"""API keys go where the app says, and never nowhere."""

from __future__ import annotations

import httpx
import pytest

from composio.auth.api_key import sign
from composio.errors import ConfigurationError
from composio.model.app import AuthScheme, Proxy


def signed(url: str = "https://api.test/x", **proxy: dict[str, str]) -> httpx.Request:
    request = httpx.Request("GET", url)
    list(sign(request, AuthScheme("key", "API_KEY", proxy=Proxy(**proxy)), {"api_key": "k 3y"}))  # type: ignore[arg-type]  # headers and query only
    return request


def test_into_a_header_or_the_query() -> None:
    assert signed(headers={"X-Key": "{{ api_key }}"}).headers["x-key"] == "k 3y"
    assert signed(query_params={"key": "{{ api_key }}"}).url.params["key"] == "k 3y"


def test_a_key_that_is_in_the_url_already_is_there() -> None:
    assert signed("https://api.test/bot/k%203y/send").url.path == "/bot/k 3y/send"


@pytest.mark.parametrize("headers", [{}, {"X-Version": "2"}])
def test_a_request_that_would_go_out_without_it_does_not_go_out(headers: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="nothing says where the key goes") as caught:
        signed(headers=headers)
    assert "k 3y" not in str(caught.value)
