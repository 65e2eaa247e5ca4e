"""What responses mean."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx
import pytest

from composio.engine.decode import decode, message, scrub
from composio.model.app import Envelope
from composio.model.call import Outcome

JSON = ("application/json",)


def test_json_is_data() -> None:
    outcome = decode(httpx.Response(200, json={"login": "octocat"}), None)
    assert (outcome.successful, outcome.data, outcome.error, outcome.status) == (True, {"login": "octocat"}, None, 200)


@pytest.mark.parametrize("response", [httpx.Response(204), httpx.Response(200, headers={"content-type": "application/json"})])
def test_an_empty_body_is_an_empty_success(response: httpx.Response) -> None:
    outcome = decode(response, None, JSON)
    assert (outcome.successful, outcome.data) == (True, {})


def test_html_where_json_was_promised_is_said_with_its_title() -> None:
    page = httpx.Response(200, html="<html><head><title>Please  log in</title></head></html>")
    outcome = decode(page, None, JSON)
    assert not outcome.successful
    assert outcome.error == "HTTP 200, but the API sent an HTML page where JSON was promised ('Please log in')."


def test_a_truncated_json_body_says_where_it_breaks_off() -> None:
    cut = httpx.Response(200, content=b'{"a": [1, 2', headers={"content-type": "application/json"})
    outcome = decode(cut, None)
    assert not outcome.successful
    assert "breaks off or is malformed at character" in str(outcome.error)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, {"message": "Not Found", "documentation_url": "u"}, "HTTP 404 Not Found: Not Found"),
        (400, {"error": {"message": "No such customer", "type": "invalid"}}, "HTTP 400 Bad Request: No such customer"),
        (401, {"error": "invalid_grant", "error_description": "expired"}, "HTTP 401 Unauthorized: expired"),
        (
            422,
            {"message": "Validation Failed", "errors": [{"field": "title", "code": "missing_field"}]},
            f"HTTP 422 {HTTPStatus(422).phrase}: Validation Failed (title: missing_field)",
        ),
        (400, {"errorMessages": ["Issue does not exist"], "errors": {}}, "HTTP 400 Bad Request: Issue does not exist"),
        (500, {}, "HTTP 500 Internal Server Error"),
        (599, {"x": 1}, "HTTP 599"),
    ],
)
def test_errors_carry_the_upstreams_own_message(status: int, body: Any, expected: str) -> None:
    outcome = decode(httpx.Response(status, json=body), None)
    assert (outcome.successful, outcome.error, outcome.status) == (False, expected, status)


def test_an_html_error_page_does_not_flood_the_model() -> None:
    outcome = decode(httpx.Response(502, html="<html><h1>Bad Gateway</h1>" + "x" * 9000), None, JSON)
    assert outcome.error is not None
    assert "Bad Gateway" in outcome.error
    assert len(outcome.error) < 300


def test_a_rate_limit_says_how_long_to_wait() -> None:
    response = httpx.Response(429, json={"message": "slow down"}, headers={"retry-after": "60"})
    assert decode(response, None).error == "HTTP 429 Too Many Requests: slow down Try again in 60 seconds."


def test_an_envelope_that_says_no_inside_a_200_is_a_failure() -> None:
    envelope = Envelope("ok", "error")
    refused = decode(httpx.Response(200, json={"ok": False, "error": "channel_not_found"}), envelope)
    assert (refused.successful, refused.error) == (False, "channel_not_found")
    assert decode(httpx.Response(200, json={"ok": True}), envelope).successful


def test_text_is_text_and_binary_is_described() -> None:
    assert decode(httpx.Response(200, text="hi"), None).data == "hi"
    data = decode(httpx.Response(200, content=b"\x89PNG", headers={"content-type": "image/png"}), None).data
    assert data == {"content_type": "image/png", "size": 4, "base64": "iVBORw=="}


def test_a_deeply_nested_message_ends() -> None:
    nested: Any = "x"
    for _ in range(50):
        nested = {"error": nested}
    assert message(nested) == ""


def test_an_echoed_credential_is_scrubbed_from_failures() -> None:
    failed = Outcome(successful=False, data={"got": ["token ghp_abc123"]}, error="bad token ghp_abc123")
    assert scrub(failed, ["ghp_abc123"]) == Outcome(successful=False, data={"got": ["token ***"]}, error="bad token ***")
