"""What to do about a refusal: scopes, waits, and nothing that is secret."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.hints import hint
from composio.transport.waits import rate_limit_wait

NOW = 1_700_000_000


def said(status: int, headers: dict[str, str] | None = None, data: Any = None, scopes: tuple[str, ...] = ()) -> str:
    return hint(status, httpx.Headers(headers or {}), data, scopes)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (401, "check auth=, add_auth or the app's environment variables"),
        (403, "not allowed to do this"),
        (404, "or these credentials may not see it"),
        (409, "conflicts with the current state"),
        (422, "Correct the arguments"),
        (429, "wait before the next one"),
        (503, "not available now"),
        (500, "try again later"),
        (599, "try again later"),
        (418, ""),
        (302, ""),
    ],
)
def test_each_status_has_its_advice(status: int, text: str) -> None:
    assert text in said(status)
    assert bool(text) is bool(said(status))


@pytest.mark.parametrize(
    ("headers", "data", "scopes", "text"),
    [
        (
            {"x-oauth-scopes": "repo, read:user", "x-accepted-oauth-scopes": "admin:org, write:org"},
            None,
            (),
            "The credentials lack one of the scopes admin:org, write:org; they have repo, read:user.",
        ),
        (
            {"x-oauth-scopes": "repo", "x-accepted-oauth-scopes": "repo"},
            None,
            (),
            "The credentials are valid but not allowed to do this.",
        ),
        (
            {"x-accepted-github-permissions": "issues=write; pull_requests=write"},
            None,
            (),
            "The credentials lack the permissions issues=write, pull_requests=write.",
        ),
        (
            {"www-authenticate": 'Bearer error="insufficient_scope", scope="mail.read mail.send"'},
            None,
            (),
            "The credentials lack the scopes mail.read, mail.send.",
        ),
        (
            {},
            {"error": {"status": "PERMISSION_DENIED", "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}},
            ("https://www.googleapis.com/auth/gmail.send",),
            "The credentials lack the scopes https://www.googleapis.com/auth/gmail.send.",
        ),
        (
            {},
            {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "users:read"},
            (),
            "The credentials lack the scope chat:write; they have users:read.",
        ),
        ({}, None, ("files:read",), "The credentials may lack the scopes that this needs: files:read."),
    ],
)
def test_a_missing_scope_is_named(headers: dict[str, str], data: Any, scopes: tuple[str, ...], text: str) -> None:
    assert said(403, headers, data, scopes) == text


def test_a_404_for_want_of_a_scope_says_so() -> None:
    headers = {"x-oauth-scopes": "", "x-accepted-oauth-scopes": "repo"}
    assert said(404, headers) == "The credentials lack the scope repo."
    assert "or these credentials may not see it" in said(404, {"x-accepted-oauth-scopes": "repo"})


def test_slacks_refusals_come_with_200() -> None:
    assert "chat:write" in said(200, data={"ok": False, "error": "missing_scope", "needed": "chat:write"})
    assert "credentials are missing" in said(200, data={"ok": False, "error": "invalid_auth"})
    assert said(200, data={"ok": False, "error": "channel_not_found"}) == ""


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"ratelimit-reset": "12"}, 12),
        ({"x-ratelimit-reset-after": "1.5"}, 2),
        ({"x-ratelimit-reset": str(NOW + 100)}, 100),
        ({"x-rate-limit-reset": str(NOW * 1000 + 100_000)}, 100),
        ({"x-ratelimit-reset": "soon"}, None),
        ({"x-ratelimit-reset": "nan"}, None),
        ({"x-ratelimit-reset": "-5"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_from_what_apis_send(
    headers: dict[str, str], seconds: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: float(NOW))
    assert rate_limit_wait(httpx.Headers(headers)) == seconds


@pytest.mark.parametrize(
    ("headers", "data", "text"),
    [
        ({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}, None, "Try again on 21 October 2099 at 07:28 UTC."),
        ({"retry-after": "300"}, None, "Try again in 5 minutes."),
        ({"retry-after": "1e999"}, None, "Too many requests: wait before the next one."),
        ({"retry-after": "9" * 90}, None, "Too many requests: wait before the next one."),
        ({"retry-after": "0"}, None, "Try again now."),
        ({}, {"ok": False, "parameters": {"retry_after": 35}}, "Try again in 35 seconds."),
    ],
)
def test_retry_after_of_any_form_is_told_in_words(headers: dict[str, str], data: Any, text: str) -> None:
    assert said(429, headers, data) == text


@given(st.text(st.characters(max_codepoint=255)))
def test_no_header_of_a_limit_raises(value: str) -> None:
    for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset", "ratelimit", "x-ratelimit-remaining"):
        headers = httpx.Headers([(name.encode(), value.encode("latin-1"))])
        assert hint(429, headers, None)


def test_a_403_that_is_a_rate_limit_is_told_as_one() -> None:
    google = {"error": {"code": 403, "message": "Rate Limit Exceeded", "errors": [{"reason": "rateLimitExceeded"}]}}
    assert said(403, data=google, scopes=("x",)) == "Too many requests: wait before the next one."
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 60), "x-oauth-scopes": "repo"}
    assert said(403, headers).startswith("Try again in ")
    assert said(403, {"retry-after": "5"}) == "Try again in 5 seconds."


@given(st.integers(200, 599), st.text(), st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_nothing_but_scopes_is_quoted(status: int, text: str, data: Any) -> None:
    secret = "Bearer ghp_very secret"
    clean = "".join(c for c in text if c.isprintable() and c.isascii())
    headers = {"x-oauth-scopes": secret, "x-accepted-oauth-scopes": secret, "www-authenticate": f'x scope="{clean}<b>"'}
    assert secret not in said(status, headers, {"error": data, "needed": secret})


def test_a_challenge_says_whether_the_token_or_its_scope_is_wrong() -> None:
    invalid = {"www-authenticate": 'Bearer error="invalid_token"'}
    lacking = {"www-authenticate": 'Bearer error="insufficient_scope"'}
    assert said(403, invalid) == said(401, invalid) == said(401)
    assert said(401, lacking) == said(403, lacking) == said(403)
    assert said(500, invalid) == said(500)
