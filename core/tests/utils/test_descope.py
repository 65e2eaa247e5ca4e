"""Tokens from Descope, asked of a double on loopback that keeps to the API's documented shapes."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from composio import App, CustomAuthParameter
from composio.errors import ConfigurationError, InvalidRequest, TokenRequestFailed
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from composio.utils.descope import DescopeAuth

KEY = "management-key-of-a-test"


class Outbound:
    """``answer`` is what it says; ``asked`` what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answer: Response = Response.of_json({"token": {"accessToken": "gho_token", "accessTokenType": "bearer"}})

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answer


@pytest.fixture
def outbound() -> Outbound:
    return Outbound()


@pytest.fixture
def descope(outbound: Outbound) -> Iterator[DescopeAuth]:
    with Loopback(outbound) as server:
        yield DescopeAuth("P123", KEY, server.url)


def test_a_users_token_with_scopes_becomes_the_header(descope: DescopeAuth, outbound: Outbound) -> None:
    found = descope.get_auth(app=App.GITHUB, user_id="U1", scopes=["user", "public_repo"])
    assert found == [CustomAuthParameter(name="Authorization", in_="header", value="Bearer gho_token")]
    (asked,) = outbound.asked
    assert (asked.method, asked.path) == ("POST", "/v1/mgmt/outbound/app/user/token")
    assert asked.headers["authorization"] == f"Bearer P123:{KEY}"
    assert json.loads(asked.body) == {
        "appId": "github",
        "userId": "U1",
        "scopes": ["user", "public_repo"],
        "options": {"withRefreshToken": False, "forceRefresh": False},
    }


@pytest.mark.parametrize(
    ("given", "path", "body"),
    [
        ({"user_id": "U1"}, "/v1/mgmt/outbound/app/user/token/latest", {"userId": "U1"}),
        ({"tenant_id": "T1", "scopes": ["a"]}, "/v1/mgmt/outbound/app/tenant/token", {"tenantId": "T1", "scopes": ["a"]}),
        ({"tenant_id": "T1", "user_id": "U1"}, "/v1/mgmt/outbound/app/user/token/latest", {"tenantId": "T1", "userId": "U1"}),
        ({"user_id": "U1", "app_id": "My-GitHub"}, "/v1/mgmt/outbound/app/user/token/latest", {"appId": "My-GitHub"}),
    ],
)
def test_whose_token_decides_where_it_is_asked_for(
    descope: DescopeAuth, outbound: Outbound, given: dict[str, Any], path: str, body: dict[str, Any]
) -> None:
    descope.get_auth("github", **given)
    assert outbound.asked[0].path == path
    assert body.items() <= json.loads(outbound.asked[0].body).items()


@pytest.mark.anyio
async def test_it_works_asynchronously(descope: DescopeAuth) -> None:
    (parameter,) = await descope.aget_auth("github", "U1")
    assert parameter.value == "Bearer gho_token"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Response.of_json({"errorCode": "E113007", "errorDescription": "Token not found"}, 404), r"HTTP 404\): E113007: Token"),
        (Response.of_json({"errorCode": "E011002", "errorMessage": "Bad key"}, 401), r"HTTP 401\): E011002: Bad key"),
        (Response(502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>"), "it gave no reason"),
        (Response.of_json({"token": {"accessToken": ""}}), r"HTTP 200\): it gave no reason"),
        (Response.of_json({"token": None}), "it gave no reason"),
        (Response.of_json([1]), "it gave no reason"),
        (Response(breaks="reset"), "could not be reached"),
    ],
)
def test_what_descope_refuses_is_told_with_its_reason_and_without_the_key(
    descope: DescopeAuth, outbound: Outbound, answer: Response, message: str
) -> None:
    outbound.answer = answer
    with pytest.raises(TokenRequestFailed, match=message) as refused:
        descope.get_auth("github", "U1")
    told = "".join(traceback.TracebackException.from_exception(refused.value, capture_locals=True).format())
    assert KEY not in told
    assert KEY not in f"{descope!r} {vars(descope)}"


def test_a_token_does_not_show_where_the_answer_can_not_be_used(descope: DescopeAuth, outbound: Outbound) -> None:
    outbound.answer = Response.of_json({"token": {"accessToken": "gho_leaked"}}, 500)
    with pytest.raises(TokenRequestFailed) as refused:
        descope.get_auth("github", "U1")
    told = "".join(traceback.TracebackException.from_exception(refused.value, capture_locals=True).format())
    assert "gho_leaked" not in told
    with pytest.raises(ConfigurationError) as misplaced:
        DescopeAuth("P123", KEY, "http://elsewhere.example")
    shown = "".join(traceback.TracebackException.from_exception(misplaced.value, capture_locals=True).format())
    assert KEY not in shown


def test_the_environment_supplies_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROJECT_ID", "MANAGEMENT_KEY", "BASE_URL"):
        monkeypatch.delenv(f"DESCOPE_{name}", raising=False)
    with pytest.raises(ConfigurationError, match="project_id=, or DESCOPE_PROJECT_ID"):
        DescopeAuth()
    monkeypatch.setenv("DESCOPE_PROJECT_ID", "P9")
    with pytest.raises(ConfigurationError, match="management_key=, or DESCOPE_MANAGEMENT_KEY"):
        DescopeAuth()
    monkeypatch.setenv("DESCOPE_MANAGEMENT_KEY", KEY)
    assert DescopeAuth().base_url == "https://api.descope.com"
    monkeypatch.setenv("DESCOPE_BASE_URL", "https://auth.mine.example/")
    assert repr(DescopeAuth()) == "DescopeAuth(project_id='P9', base_url='https://auth.mine.example')"
    for clear in (
        "http://auth.mine.example",
        "http://localhost.mine.example",
        "http://127.0.0.1@mine.example",
        "https://",
        "//[",
    ):
        with pytest.raises(ConfigurationError, match="begins with https://"):
            DescopeAuth(base_url=clear)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "say whose token"),
        ({"user_id": " "}, "user_id is an id"),
        ({"tenant_id": 5}, "tenant_id is an id"),
        ({"user_id": "U1", "scopes": "user"}, "scopes is a list"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    descope: DescopeAuth, outbound: Outbound, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        descope.get_auth("github", **given)
    assert outbound.asked == []
