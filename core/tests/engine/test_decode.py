"""What responses mean."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.engine.decode import decode as decode_answer
from composio.engine.decode import message, scrub
from composio.engine.receive import Answer
from composio.engine.save import Saved
from composio.model.app import Envelope
from composio.model.call import Outcome

JSON = ("application/json",)


def decode(response: httpx.Response, envelope: Envelope | None = None, accept: tuple[str, ...] = ()) -> Outcome:
    return decode_answer(Answer(response.status_code, response.headers, response.content), envelope, accept)


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
        (400, {"errorMessages": [], "errors": {"summary": "is required"}}, "HTTP 400 Bad Request: summary: is required"),
        (400, {"errorMessages": ["No x"], "errors": {"y": ["is taken"]}}, "HTTP 400 Bad Request: No x; y: is taken"),
        (500, {}, "HTTP 500 Internal Server Error"),
        (599, {"x": 1}, "HTTP 599"),
    ],
)
def test_errors_carry_the_upstreams_own_message(status: int, body: Any, expected: str) -> None:
    outcome = decode(httpx.Response(status, json=body), None)
    assert (outcome.successful, outcome.status) == (False, status)
    said, _, advice = str(outcome.error).partition(". ")
    assert said.removesuffix(".") == expected
    assert advice


def test_an_html_error_page_does_not_flood_the_model() -> None:
    outcome = decode(httpx.Response(502, html="<html><h1>Bad Gateway</h1>" + "x" * 9000), None, JSON)
    assert outcome.error is not None
    assert "Bad Gateway" in outcome.error
    assert len(outcome.error) < 300


def test_a_rate_limit_says_how_long_to_wait() -> None:
    response = httpx.Response(429, json={"message": "slow down"}, headers={"retry-after": "60"})
    assert decode(response, None).error == "HTTP 429 Too Many Requests: slow down. Try again in 60 seconds."


def test_an_envelope_that_says_no_inside_a_200_is_a_failure() -> None:
    envelope = Envelope("ok", "error")
    refused = decode(httpx.Response(200, json={"ok": False, "error": "channel_not_found"}), envelope)
    assert (refused.successful, refused.error) == (False, "channel_not_found")
    assert decode(httpx.Response(200, json={"ok": True}), envelope).successful
    detailed = {
        "ok": False,
        "error": "invalid_arguments",
        "response_metadata": {"messages": ["[ERROR] missing field: channel"]},
    }
    assert decode(httpx.Response(200, json=detailed), envelope).error == ("invalid_arguments ([ERROR] missing field: channel)")
    limited = decode(httpx.Response(200, json={"ok": False, "error": "ratelimited"}), envelope)
    assert limited.error == "ratelimited. Too many requests: wait before the next one."


def test_text_is_text_and_a_file_is_named() -> None:
    assert decode(httpx.Response(200, text="hi"), None).data == "hi"
    saved = Saved(Path("/out/a.png"), "image/png", 4)
    data = decode_answer(Answer(200, httpx.Headers(), saved=saved), None).data
    assert data == {"file": str(Path("/out/a.png")), "name": "a.png", "mimetype": "image/png", "size": 4}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'{"a": NaN}', "holds NaN, which JSON does not have"),
        (b"[-Infinity]", "holds -Infinity"),
        (b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "nested too deeply"),
        (b"1" * 5000, "thousands of digits"),
        (b'{"a": 1', "breaks off or is malformed at character 7"),
        (b'{"a": "\xff"}', "no valid UTF-8"),
    ],
)
def test_what_is_no_json_is_said(content: bytes, error: str) -> None:
    outcome = decode(httpx.Response(200, content=content, headers={"content-type": "application/json"}))
    assert not outcome.successful
    assert error in str(outcome.error)


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"[" * 150 + b"]" * 150, None),
        (b'["' + b"[{" * 5000 + b'"]', ["[{" * 5000]),
        (b'["\\"[", "]"]', ['"[', "]"]),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        (b"[" + b"[],{}," * 1000 + b"1]", None),
    ],
)
def test_odd_json_is_read(content: bytes, data: Any) -> None:
    outcome = decode(httpx.Response(200, content=content, headers={"content-type": "application/json"}))
    assert outcome.successful
    assert data is None or outcome.data == data


@pytest.mark.parametrize(
    ("declared", "content", "text"),
    [
        ("text/plain; charset=latin-1", "é".encode("latin-1"), "é"),
        ('text/plain; charset="ISO-8859-1"; x=y', "é".encode("latin-1"), "é"),
        ("text/plain; charset=nonsense", "é".encode(), "é"),
        ("text/plain; charset=zlib", b"x", "x"),
        ("text/plain; charset=idna", b"xn--e-ypa", "xn--e-ypa"),
        ("text/plain; charset=utf-8", b"\xff", "\ufffd"),
        ("application/json; charset=latin-1", '{"a": "é"}'.encode("latin-1"), {"a": "é"}),
    ],
)
def test_a_wrong_charset_loses_as_little_as_possible(declared: str, content: bytes, text: Any) -> None:
    assert decode(httpx.Response(200, content=content, headers={"content-type": declared})).data == text


def test_a_deeply_nested_message_ends() -> None:
    nested: Any = "x"
    for _ in range(50):
        nested = {"error": nested}
    assert message(nested) == ""


def test_an_echoed_credential_is_scrubbed_from_failures() -> None:
    failed = Outcome(successful=False, data={"got": ["token ghp_abc123"], "ghp_abc123": 1}, error="bad token ghp_abc123")
    clean = Outcome(successful=False, data={"got": ["token ***"], "***": 1}, error="bad token ***")
    assert scrub(failed, ["ghp_abc123"]) == clean
