"""Values in a scheme's URLs: they stay where the definition has put them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.auth import oauth2
from composio.auth.flow import FlowContext, Grant
from composio.errors import (
    InvalidRequest,
)
from composio.model.secret import SecretValues
from composio.testing.flows import DrivenFlows as Driven
from composio.testing.flows import answer
from tests.peers.planted import PENDING, SECRETS

Context = Callable[..., FlowContext]
SCHEME = oauth2.scheme


def complete(driven: Driven, one: FlowContext, *answers: httpx.Response) -> Grant:
    return driven(SCHEME.complete(one, PENDING, {"code": "planted-code", "state": "s"}), answers)


def test_a_value_may_name_a_part_of_the_host(context: Context, driven: Driven) -> None:
    one = context(values={"sub": "acme", "tenant": "a/b c"}, token_url="https://{{sub}}.example.com/{{tenant}}/token")
    complete(driven, one, answer(**SECRETS))
    assert str(driven.requests[0].url) == "https://acme.example.com/a%2Fb%20c/token"


@pytest.mark.parametrize(
    "value", ["evil.com/", "evil.com?", "evil.com#", "a@evil.com", "evil.com\\", "evil.com:443/x", "", "a b", "ü", "a\n"]
)
def test_a_value_cannot_lead_the_secret_to_another_host(context: Context, driven: Driven, value: str) -> None:
    one = context(values={"sub": value}, token_url="https://{{sub}}.example.com/token")
    if value == "":
        one = context(values={"sub": "@evil.com"}, token_url="https://example.com{{sub}}/token")
    with pytest.raises(InvalidRequest, match="'sub' must be"):
        complete(driven, one)
    assert driven.requests == []


@pytest.mark.parametrize(
    ("base", "fits"),
    [
        ("https://own.example.com", True),
        ("http://127.0.0.1:8000", True),
        ("http://own.example.com", False),
        ("https://a:b@own.example.com", False),
        ("ftp://own.example.com", False),
        ("own.example.com:x", False),
    ],
)
def test_a_host_of_the_tenants_own_is_https(context: Context, driven: Driven, base: str, fits: bool) -> None:
    one = context(values={"base": base}, token_url="{{base}}/token")
    if fits:
        complete(driven, one, answer(**SECRETS))
        assert str(driven.requests[0].url) == f"{base}/token"
    else:
        with pytest.raises(InvalidRequest):
            complete(driven, one)
        assert driven.requests == []


@given(value=st.text(max_size=40))
def test_no_value_leads_elsewhere(value: str) -> None:
    from composio.auth import places
    from composio.model.app import AppModel, AuthScheme

    scheme = AuthScheme("x", "OAUTH2", extra={"token_url": "https://{{sub}}.example.com/{{sub}}/token"})
    one = FlowContext(app=AppModel(key="x", name="X"), scheme=scheme, values=SecretValues(sub=value))
    try:
        made = places.url(one, "token_url")
    except InvalidRequest:
        return
    parts = urlsplit(made)
    assert parts.scheme == "https"
    assert (parts.hostname or "").endswith(".example.com")
    assert parts.path.count("/") == 2
    assert not parts.query
    assert not parts.fragment
    assert parts.username is None
