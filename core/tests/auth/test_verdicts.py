"""A dead grant is known in every provider's words; a wrong client and a busy endpoint end nobody's connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.auth import oauth2
from composio.auth.answers import Answer
from composio.auth.flow import FlowContext, Grant
from composio.errors import GrantExpired, TokenRequestFailed
from composio.testing.flows import DrivenFlows as Driven
from composio.testing.flows import answer

Context = Callable[..., FlowContext]
SCHEME = oauth2.scheme
SECRETS: dict[str, str] = {"access_token": "planted-access-token", "refresh_token": "planted-refresh-token"}


def renew(driven: Driven, one: FlowContext, response: httpx.Response) -> Grant:
    return driven(SCHEME.renew(one), [response])


def form(text: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, text=text, headers={"content-type": "application/x-www-form-urlencoded"})


# What providers answer to a refresh token that they no longer take, and words of theirs that the error shows.
GONE: dict[str, tuple[httpx.Response, str]] = {
    "RFC 6749": (answer(400, error="invalid_grant", error_description="it ended"), "invalid_grant: it ended"),
    "Google": (
        answer(400, error="invalid_grant", error_description="Token has been expired or revoked."),
        "expired or revoked",
    ),
    "Google's Firebase": (
        answer(400, error={"code": 400, "message": "TOKEN_EXPIRED", "status": "INVALID_ARGUMENT"}),
        "TOKEN_EXPIRED",
    ),
    "Microsoft": (
        answer(400, error="invalid_grant", error_description="AADSTS700082: The refresh token has expired due to inactivity."),
        "AADSTS700082",
    ),
    "Microsoft, by number": (answer(400, error="invalid_request", error_codes=[700084], suberror="x"), "invalid_request"),
    "Microsoft asks the user": (answer(400, error="interaction_required", suberror="basic_action"), "interaction_required"),
    "Fitbit": (
        answer(400, errors=[{"errorType": "invalid_grant", "message": "Refresh token invalid"}], success=False),
        "invalid_grant: Refresh token invalid",
    ),
    "WeChat": (answer(200, errcode=42002, errmsg="refresh_token timeout"), "42002: refresh_token timeout"),
    "WeChat, as text": (answer(200, errcode="40030", errmsg="invalid refresh_token, rid: 1"), "invalid refresh_token"),
    "Lark": (answer(200, code=20026, msg="no such"), "20026: no such"),
    "Lark v2": (answer(400, code=20037, error="invalid_grant", error_description="refresh token expired"), "expired"),
    "DingTalk": (answer(400, code="invalidParameter.refreshToken.notFound", message="gone"), "gone"),
    "Slack": (answer(200, ok=False, error="invalid_refresh_token"), "invalid_refresh_token"),
    "Slack, revoked": (answer(200, ok=False, error="token_revoked"), "token_revoked"),
    "Slack, expired": (answer(200, ok=False, error="token_expired"), "token_expired"),
    "GitHub": (answer(200, error="bad_refresh_token", error_description="It is incorrect or expired."), "bad_refresh_token"),
    "GitHub, as a form": (
        form("error=bad_refresh_token&error_description=It+is+expired.\n"),
        "bad_refresh_token: It is expired",
    ),
    "Salesforce": (
        answer(400, error="invalid_grant", error_description="expired access/refresh token"),
        "expired access/refresh",
    ),
    "Salesforce, without its code": (answer(400, error_description="expired access/refresh token"), "expired access/refresh"),
    "Salesforce, the user": (answer(400, error="inactive_user", error_description="user is inactive"), "inactive"),
    "Zoom": (answer(401, reason="Invalid Token!", error="invalid_request"), "invalid_request"),
    "Zoom, by number": (answer(400, code=4711, message="Refresh token invalid."), "Refresh token invalid"),
    "Shopify": (answer(400, error="invalid_request", error_description="The refresh_token is expired"), "is expired"),
    "TikTok": (
        answer(200, error="invalid_grant", error_description="Refresh token is invalid or expired.", log_id="1"),
        "invalid or",
    ),
    "TikTok v1": (
        answer(200, data={"error_code": 10010, "description": "gone", "captcha": ""}, message="error"),
        "10010: gone",
    ),
    "QuickBooks": (answer(400, error="invalid_grant", error_description="Incorrect or invalid refresh token"), "Incorrect or"),
    "Intuit's Fault": (
        answer(
            400,
            Fault={"Error": [{"Message": "Bad", "Detail": "The refresh token is revoked", "code": "3"}], "type": "X"},
            time=1,
        ),
        "The refresh token is revoked",
    ),
    "Xero": (answer(400, error="invalid_grant"), "invalid_grant"),
    "Apigee": (
        answer(401, fault={"faultstring": "Invalid Refresh Token", "detail": {"errorcode": "keymanagement.x"}}),
        "Invalid Refresh",
    ),
    "HubSpot": (answer(400, status="BAD_REFRESH_TOKEN", message="missing or unknown refresh token"), "unknown refresh token"),
    "Atlassian": (
        answer(403, error="unauthorized_client", error_description="refresh_token is invalid"),
        "refresh_token is invalid",
    ),
    "Strava": (
        answer(400, message="Bad Request", errors=[{"resource": "RefreshToken", "field": "refresh_token", "code": "invalid"}]),
        "RefreshToken refresh_token: invalid",
    ),
    "LinkedIn": (
        answer(400, error="invalid_request", error_description="The provided authorization grant or refresh token is expired."),
        "refresh token is expired",
    ),
    "X": (answer(400, error="invalid_request", error_description="Value passed for the token was invalid."), "was invalid"),
    "Twitch": (answer(400, status=400, error="Bad Request", message="Invalid refresh token"), "Invalid refresh token"),
    "NestJS": (answer(401, statusCode=401, error="Unauthorized", message="Invalid refresh token"), "Invalid refresh token"),
    "Laravel": (
        answer(422, message="No.", errors={"refresh_token": ["The refresh token is invalid."]}),
        "refresh token is invalid",
    ),
    "FastAPI": (answer(401, detail="Refresh token has expired"), "has expired"),
    "Supabase": (
        answer(400, code=400, error_code="refresh_token_not_found", msg="Invalid Refresh Token"),
        "refresh_token_not_found",
    ),
    "Cognito": (answer(400, __type="NotAuthorizedException", message="Refresh Token has been revoked"), "has been revoked"),
    "AWS SSO": (answer(400, __type="com.amazonaws.sso#InvalidGrantException", error_description="no"), "no"),
    "Yahoo": (
        answer(400, error={"localizedMessage": "invalid refresh token", "errorId": "INVALID_REFRESH_TOKEN"}),
        "invalid refresh",
    ),
    "Zoho": (answer(200, error="invalid_code"), "invalid_code"),
    "Withings": (
        answer(200, status=401, body={}, error="XRequestID: 1 Invalid Params: invalid refresh_token"),
        "invalid refresh_token",
    ),
    "Facebook": (
        answer(400, error={"message": "Session has expired", "type": "OAuthException", "code": 190, "error_subcode": 463}),
        "190: Session has expired",
    ),
    "Alipay": (
        answer(200, error_response={"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.refresh-token-invalid"}),
        "Invalid Arguments",
    ),
    "Alibaba": (
        answer(200, code="IllegalRefreshToken", type="ISP", message="It is no more"),
        "IllegalRefreshToken: It is no more",
    ),
    "Pinduoduo": (answer(200, error_response={"error_code": 7, "error_msg": "refresh_token已过期"}), "已过期"),
    "Kakao": (answer(400, error="KOE322", error_description="x"), "KOE322"),
    "Monzo": (answer(401, code="unauthorized.bad_refresh_token.evicted", message="x"), "evicted"),
    "Autodesk": (answer(400, developerMessage="The refresh token is invalid or expired.", errorCode="AUTH-004"), "AUTH-004"),
    "Cloud Foundry": (
        answer(401, error="invalid_token", error_description="Invalid refresh token (expired): ***"),
        "invalid_token",
    ),
    "Auth0": (answer(403, error="invalid_grant", error_description="Unknown or invalid refresh token."), "Unknown or invalid"),
    "a list": (httpx.Response(400, json=[{"errorCode": "invalid_grant", "message": "gone"}]), "invalid_grant: gone"),
    "a list of codes": (answer(400, errors=["invalid_grant"]), "invalid_grant"),
    "an object by code": (answer(400, error={"code": "invalid_grant", "message": "no"}), "invalid_grant: no"),
    "QQ's callback": (
        httpx.Response(200, text='callback( {"error":"invalid_grant","error_description":"no"} );\n'),
        "invalid_grant: no",
    ),
    "Xiaomi's prefix": (httpx.Response(200, text='&&&START&&&{"error":"invalid_grant"}'), "invalid_grant"),
    "EVE's": (answer(400, error="invalid_grant: Token is expired or invalid."), "Token is expired"),
    "Authlib's": (answer(400, error="invalid_request", error_description='Invalid "refresh_token" in request.'), "in request"),
    "Better Auth's": (answer(400, error="invalid_request", error_description="session not found"), "session not found"),
    "Apigee Edge's": (answer(400, ErrorCode="invalid_request", Error="Refresh Token expired"), "Refresh Token expired"),
    "Douyin's": (answer(200, data={"error_code": 10020, "description": "超过刷新次数限制"}, message="error"), "10020"),
    "plain text": (httpx.Response(401, text="The refresh token is revoked.\n"), "The refresh token is revoked"),
    "in the challenge": (httpx.Response(401, headers={"www-authenticate": 'Bearer error="invalid_grant"'}), "invalid_grant"),
    "XML": (
        httpx.Response(
            400,
            content="<?xml version='1.0'?><OAuth><error>invalid_grant</error><error_description>it ended</error_description></OAuth>",
            headers={"content-type": "application/xml; charset=utf-8"},
        ),
        "invalid_grant: it ended",
    ),
    "after a byte order mark": (httpx.Response(400, content=b'\xef\xbb\xbf{"error":"invalid_grant"}'), "invalid_grant"),
}


@pytest.mark.parametrize(("response", "words"), GONE.values(), ids=GONE)
def test_a_dead_grant_is_known_in_every_providers_words(
    context: Context, driven: Driven, response: httpx.Response, words: str
) -> None:
    with pytest.raises(GrantExpired, match="Example no longer takes this connection's tokens") as caught:
        renew(driven, context(values=SECRETS), response)
    assert words in str(caught.value)


CLIENT: dict[str, httpx.Response] = {
    "RFC 6749": answer(401, error="invalid_client"),
    "in a 400": answer(400, error="invalid_client", error_description="Client authentication failed"),
    "unauthorized": answer(400, error="unauthorized_client", error_description="Not allowed to use this grant."),
    "Auth0": answer(
        403, error="unauthorized_client", error_description="Grant type 'refresh_token' not allowed for the client."
    ),
    "Auth0, the secret": answer(401, error="access_denied", error_description="Unauthorized"),
    "a dead grant beside it": answer(401, error="invalid_client", error_description="The refresh token is invalid"),
    "Fitbit": answer(
        401, errors=[{"errorType": "invalid_client", "message": "Invalid authorization header. Client id invalid"}]
    ),
    "WeChat": answer(200, errcode=40125, errmsg="invalid appsecret"),
    "WeChat, the id": answer(200, errcode=40013, errmsg="invalid appid"),
    "Lark": answer(200, code=20002, msg="The client secret is invalid"),
    "Slack": answer(200, ok=False, error="bad_client_secret"),
    "GitHub": answer(
        200, error="incorrect_client_credentials", error_description="The client_id and/or client_secret are incorrect."
    ),
    "HubSpot": answer(400, status="BAD_CLIENT_ID", message="missing or invalid client id"),
    "Microsoft": answer(401, error="invalid_client", error_description="AADSTS7000215: Invalid client secret provided."),
    "Microsoft, the app": answer(400, error="invalid_grant", error_description="AADSTS700016: Application was not found"),
    "Strava": answer(400, message="Bad Request", errors=[{"resource": "Application", "field": "client_id", "code": "invalid"}]),
    "Zoom": answer(400, reason="Invalid client_id or client_secret", error="invalid_client"),
    "Shopify": answer(400, error="application_cannot_be_found", error_description="x"),
    "DingTalk": answer(400, code="invalidClientIdOrSecret", message="x"),
    "Facebook": answer(400, error={"message": "Error validating client secret.", "type": "OAuthException", "code": 1}),
    "words alone": answer(401, message="Invalid client secret"),
    "no words": answer(401, message="Unauthorized"),
    "as a form": form("error=incorrect_client_credentials\n"),
}
LATER: dict[str, httpx.Response] = {
    "slow_down": answer(400, error="slow_down"),
    "temporarily_unavailable": answer(400, error="temporarily_unavailable"),
    "429": answer(429),
    "429 with a dead grant": answer(429, error="invalid_grant"),
    "500 with a dead grant": answer(500, error="invalid_grant"),
    "503": httpx.Response(503, html="<html>"),
    "Slack": answer(200, ok=False, error="ratelimited"),
    "WeChat": answer(200, errcode=45009, errmsg="reach max api daily quota limit"),
    "WeChat, busy": answer(200, errcode=-1, errmsg="system error"),
    "Lark": answer(400, code=99991400, msg="request trigger frequency limit"),
    "Zoho": answer(200, error="Access Denied", error_description="You have made too many requests continuously."),
    "Google": answer(403, error={"code": 403, "errors": [{"reason": "rateLimitExceeded"}], "message": "x"}),
    "AWS": answer(400, __type="TooManyRequestsException", message="Rate exceeded"),
    "Salesforce": answer(400, error="invalid_request", error_description="token request is already being processed"),
    "in a 200": answer(200, code=429, msg="slower, please"),
    "a server error in a 200": answer(200, code=500, msg="x"),
    "Kakao": answer(400, error="KOE237"),
}
OTHER: dict[str, httpx.Response] = {
    "a request of ours": answer(400, error="invalid_request"),
    "a scope": answer(400, error="invalid_scope"),
    "the grant type": answer(400, error="unsupported_grant_type", error_description="grant_type refresh_token is not valid"),
    "a token that was not sent": answer(400, detail=[{"loc": ["body", "refresh_token"], "msg": "field required"}]),
    "a form's protection": answer(403, message="Invalid CSRF token"),
    "a page": httpx.Response(401, html="<html>The refresh token is invalid</html>"),
    "Reddit": answer(400, message="Bad Request", error=400),
}


@pytest.mark.parametrize(
    "response", [*CLIENT.values(), *LATER.values(), *OTHER.values()], ids=[*CLIENT, *(f"{one} later" for one in LATER), *OTHER]
)
def test_a_wrong_client_a_busy_endpoint_and_what_nobody_knows_end_no_connection(
    context: Context, driven: Driven, response: httpx.Response
) -> None:
    with pytest.raises(TokenRequestFailed):
        renew(driven, context(values=SECRETS), response)


@pytest.mark.parametrize(("response", "words"), GONE.values(), ids=GONE)
def test_a_wrong_client_or_a_busy_endpoint_is_never_taken_for_a_dead_grant(
    context: Context, driven: Driven, response: httpx.Response, words: str
) -> None:
    """Whatever else stands beside it."""
    del words
    try:
        said = response.json()
    except ValueError:
        said = {}
    data = said if isinstance(said, dict) else {"inner": said}
    for status, more in ((400, {"error": "invalid_client"}), (200, {"error": "slow_down"}), (429, {}), (503, {})):
        with pytest.raises(TokenRequestFailed):
            renew(driven, context(values=SECRETS), httpx.Response(status, json={**data, **more}))


@pytest.mark.parametrize("response", LATER.values(), ids=LATER)
def test_a_busy_endpoint_is_to_be_asked_again(context: Context, driven: Driven, response: httpx.Response) -> None:
    with pytest.raises(TokenRequestFailed, match=r"Try again later\.$") as caught:
        renew(driven, context(values=SECRETS), response)
    assert caught.value.later


def test_a_wrong_client_is_told_to_whoever_set_it(context: Context, driven: Driven) -> None:
    with pytest.raises(TokenRequestFailed, match=r"Client id invalid\. Check the integration's client_id") as caught:
        renew(driven, context(values=SECRETS), CLIENT["Fitbit"])
    assert not caught.value.later


@pytest.mark.parametrize(
    "declared",
    [
        "OURS",
        "ours",
        "no such thing",
        "problem: OURS",
        {"problem": "OURS"},
        {"problem": ["THEIRS", "OURS"]},
        {"problem": "OURS", "why": "no such thing"},
        "inner[0].number: 7",
        {"inner[].number": 7},
        {"inner.number": "7"},
        {"$.inner[*]['number']": 7},
        {"inner[-1].number": 7},
    ],
    ids=str,
)
def test_a_file_declares_what_means_that_a_grant_is_gone_by_value_or_by_path(
    context: Context, driven: Driven, declared: Any
) -> None:
    response = answer(200, problem="OURS", reason="OURS", why="no such thing", message="no such thing", inner=[{"number": 7}])
    with pytest.raises(GrantExpired):
        renew(driven, context(values=SECRETS, expired_grant_errors=["other", declared]), response)
    with pytest.raises(TokenRequestFailed):
        renew(driven, context(values=SECRETS), response)
    with pytest.raises(TokenRequestFailed) as caught:
        renew(driven, context(values=SECRETS, retry_later_errors=[declared]), response)
    assert caught.value.later


@pytest.mark.parametrize(
    "declared", [{"problem": "OURS", "why": "else"}, {"absent": "OURS"}, "inner[1].number: 7", "OUR", {"why": 7}]
)
def test_a_declaration_that_does_not_fit_means_nothing(context: Context, driven: Driven, declared: Any) -> None:
    response = answer(400, problem="OURS", why="no such thing", inner=[{"number": 7}])
    with pytest.raises(TokenRequestFailed):
        renew(driven, context(values=SECRETS, expired_grant_errors=[declared]), response)


def test_what_the_file_says_comes_before_what_is_known(context: Context, driven: Driven) -> None:
    for lists in (
        {"retry_later_errors": ["invalid_grant"]},
        {"wrong_client_errors": ["invalid_grant"]},
        {"expired_grant_errors": ["invalid_grant"], "retry_later_errors": [{"error_description": "busy"}]},
    ):
        with pytest.raises(TokenRequestFailed):
            renew(driven, context(values=SECRETS, **lists), answer(400, error="invalid_grant", error_description="busy"))
    service_now = answer(401, error="server_error", error_description="access_denied")
    with pytest.raises(GrantExpired):
        renew(driven, context(values=SECRETS, expired_grant_errors=[{"error_description": "access_denied"}]), service_now)
    reddit = answer(400, message="Bad Request", error=400)
    with pytest.raises(GrantExpired):
        renew(driven, context(values=SECRETS, expired_grant_errors=[{"error": 400}]), reddit)


def test_a_providers_words_are_shown_without_any_secret_that_they_repeat(context: Context, driven: Driven) -> None:
    said = {"errorType": "invalid_grant", "message": "planted-refresh-token of planted-client-secret is no more"}
    with pytest.raises(GrantExpired) as caught:
        renew(
            driven, context(values=SECRETS), answer(400, errors=[said], inner={"newToken": "planted-new", "a": "planted-new"})
        )
    assert "*** of *** is no more" in str(caught.value)
    with pytest.raises(TokenRequestFailed) as failed:
        renew(driven, context(values=SECRETS), answer(400, message="no planted-new", inner=[{"newToken": "planted-new"}]))
    assert "planted" not in str(failed.value)


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "code", "errcode", "message", "data", "Fault", "detail", "loc", "status", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(data=JSON, status=st.sampled_from([200, 400, 401, 403, 500]))
def test_any_answer_has_a_verdict(data: Any, status: int) -> None:
    from composio.model.app import AppModel, AuthScheme

    one = FlowContext(
        app=AppModel(key="x", name="X"), scheme=AuthScheme("x", "OAUTH2", extra={"expired_grant_errors": ["a.b: c"]})
    )
    read = Answer(httpx.Response(status, json=data))
    assert read.verdict(one) in {"gone", "later", "client", ""}
    assert isinstance(read.code, str)
    assert isinstance(read.description, str)
    assert read.ok in {True, False}


# Answers as providers' documentation, libraries and users show them; what nobody could tell from the answer alone means "".
RECORDED = [json.loads(line) for line in Path(__file__).with_name("token_errors.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("one", RECORDED, ids=lambda one: str(one["from"]))
def test_what_a_provider_writes_means_what_it_says(context: Context, driven: Driven, one: dict[str, Any]) -> None:
    body, is_text = one["body"], isinstance(one["body"], str)
    kind = "text/plain" if is_text else "application/json"
    content = (body if is_text else json.dumps(body)).encode()
    response = httpx.Response(one["status"], content=content, headers={"content-type": kind})
    with pytest.raises((GrantExpired, TokenRequestFailed)) as caught:
        renew(driven, context(values=SECRETS), response)
    error = caught.value
    told = {"gone": isinstance(error, GrantExpired)}
    told |= {"later": getattr(error, "later", False), "client": getattr(error, "wrong_client", False)}
    assert [name for name, so in told.items() if so] == [one["means"]] * bool(one["means"])


@pytest.mark.parametrize(
    ("words", "means"),
    [
        ("token request is already being processed", "later"),
        ("Another request is already using this refresh token", "later"),
        ("This is an invalid client.", "client"),
        ("Unknown client id", "client"),
        ("the refresh token is invalid, or the client id does not match", "gone"),
        ("The provided grant has expired. Please re-authenticate and try again.", "gone"),
        ("", "gone"),
        ("it ended", "gone"),
    ],
)
def test_the_sentence_behind_invalid_grant_counts_where_it_is_about_no_grant(
    context: Context, driven: Driven, words: str, means: str
) -> None:
    """A second request at the same time must not end a connection."""
    said = answer(400, error="invalid_grant", **({"error_description": words} if words else {}))
    assert Answer(said).verdict(context()) == means
    with pytest.raises(GrantExpired if means == "gone" else TokenRequestFailed):
        renew(driven, context(values=SECRETS), said)


@pytest.mark.parametrize("name", ["is_transient", "isTransient", "retryable"])
@pytest.mark.parametrize("inside", [True, False])
def test_an_answer_that_says_it_will_pass_is_asked_again(context: Context, name: str, inside: bool) -> None:
    told = {name: True, "code": 7, "message": "odd"}
    assert Answer(answer(400, **({"error": told} if inside else told))).verdict(context()) == "later"
    told[name] = False
    assert Answer(answer(400, **({"error": told} if inside else told))).verdict(context()) == ""
