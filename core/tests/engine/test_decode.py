"""What responses mean."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.engine.decode import decode as decode_answer
from composio.engine.decode import scrub
from composio.engine.receive import Answer
from composio.engine.save import Saved
from composio.model.app import Envelope
from composio.model.call import Outcome
from composio.model.error_text import error_text

JSON = ("application/json",)


def decode(response: httpx.Response, envelope: Envelope | None = None, accept: tuple[str, ...] = ()) -> Outcome:
    return decode_answer(Answer(response.status_code, response.headers, response.content), envelope, accept)


def test_json_is_data() -> None:
    outcome = decode(httpx.Response(200, json={"login": "octocat"}), None)
    assert (outcome.successful, outcome.data, outcome.error, outcome.status) == (True, {"login": "octocat"}, None, 200)


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (httpx.Response(429, headers={"retry-after": "7"}), 7.0),
        (httpx.Response(429, headers={"x-ratelimit-reset-after": "3"}), 3.0),
        (httpx.Response(429, json={"parameters": {"retry_after": 11}}), 11.0),
        (httpx.Response(503, headers={"retry-after": "120"}), 120.0),
        (httpx.Response(503), None),
        (httpx.Response(500, headers={"retry-after": "120"}), None),
        (httpx.Response(200, json={}, headers={"retry-after": "7"}), None),
    ],
)
def test_how_long_an_api_wants_to_be_left_alone(response: httpx.Response, seconds: float | None) -> None:
    assert decode(response, None, JSON).retry_after == seconds
    assert scrub(decode(response, None, JSON), ["secret-secret"]).retry_after == seconds


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
        (599, {"x": 1}, 'HTTP 599: {"x": 1}'),
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


def test_bytes_under_a_label_of_text_are_no_text() -> None:
    sent = httpx.Response(500, content=b"%PDF-1.7\n\xe2\xe3", headers={"content-type": "text/html"})
    assert decode(sent, None).data == {"content_type": "text/html", "size": 11}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "nested too deeply"),
        (b'{"a": 1', "breaks off or is malformed at character 7"),
        (b'{"a": [1, {"b": "c', "breaks off or is malformed at character 16"),
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
    assert error_text(nested) == ""


def test_an_echoed_credential_is_scrubbed_from_failures() -> None:
    failed = Outcome(successful=False, data={"got": ["token ghp_abc123"], "ghp_abc123": 1}, error="bad token ghp_abc123")
    clean = Outcome(successful=False, data={"got": ["token ***"], "***": 1}, error="bad token ***")
    assert scrub(failed, ["ghp_abc123"]) == clean


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "application/json",
            "application/x-amz-json-1.1",
            "text/javascript",
            "application/vnd.x+json",
            "text/x-json",
            "text/json",
        ),
        *("application/vnd.api+json", "application/problem+json; charset=utf-8", "application/json, application/json", "json"),
        *("text/html", "text/plain", "application/octet-stream", "text/csv", "", "application/hal+json;profile=x"),
    ],
)
def test_json_is_data_whatever_its_label(kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    assert decode(httpx.Response(200, content=b'\xef\xbb\xbf {"a": [1]}', headers=headers), accept=JSON).data == {"a": [1]}


@pytest.mark.parametrize(
    "kind",
    ["application/x-ndjson", "application/jsonl", "application/stream+json", "application/json-seq", "application/ldjson"],
)
def test_several_json_values_are_a_list_whatever_their_label(kind: str) -> None:
    mark = b"\x1e" if kind.endswith("-seq") else b""
    content = mark + b'{"a":1}\n' + mark + b'{"a":2}\n'
    assert decode(httpx.Response(200, content=content, headers={"content-type": kind})).data == [{"a": 1}, {"a": 2}]
    assert decode(httpx.Response(200, content=b'{"a":1}\n{"a":2}', headers={"content-type": "application/json"})).data == [
        *({"a": 1}, {"a": 2}),
    ]


@pytest.mark.parametrize("guard", [")]}',\n", ")]}'", "while(1);", "for (;;);", "throw 1; ", "{}&&", "/**/"])
def test_what_keeps_json_from_running_as_a_script_is_taken_off(guard: str) -> None:
    answer = httpx.Response(200, content=f'{guard}{{"a": 1}}'.encode(), headers={"content-type": "application/json"})
    assert decode(answer).data == {"a": 1}


def test_json_in_a_call_is_data_where_json_was_promised() -> None:
    for kind in ("application/json", "text/html", "text/plain"):
        answer = httpx.Response(200, content=b'jsonFlickrApi({"a": 1})', headers={"content-type": kind})
        assert decode(answer, accept=JSON).data == {"a": 1}
        assert decode(httpx.Response(200, content=b"max(1)", headers={"content-type": kind}), accept=JSON).data == "max(1)"


def test_json_in_the_call_of_a_script_is_data() -> None:
    answer = httpx.Response(200, content=b'/**/cb.x({"a": "b)"});', headers={"content-type": "application/javascript"})
    assert decode(answer).data == {"a": "b)"}
    other = httpx.Response(200, content=b"alert(1)//", headers={"content-type": "application/javascript"})
    assert decode(other).data == "alert(1)//"


def test_other_text_that_was_promised_stays_text() -> None:
    answer = httpx.Response(200, content=b'{"a": 1}', headers={"content-type": "text/plain"})
    assert decode(answer, accept=("text/plain",)).data == '{"a": 1}'
    assert decode(answer, accept=("text/plain", *JSON)).data == {"a": 1}
    assert decode(answer).data == {"a": 1}


@pytest.mark.parametrize("content", ["OK", '{"a": NaN}', "[-Infinity]", "{'a': 1}", "undefined", '{"a": 1,}', "a=b"])
def test_text_that_is_labelled_json_and_is_not_comes_back_as_text(content: str) -> None:
    outcome = decode(httpx.Response(200, content=content.encode(), headers={"content-type": "application/json"}), accept=JSON)
    assert (outcome.successful, outcome.data) == (True, content)


def test_json_that_breaks_off_is_a_failure_with_what_there_is_of_it() -> None:
    outcome = decode(httpx.Response(200, content=b'{"id": 7, "na', headers={"content-type": "application/json"}))
    assert (outcome.successful, outcome.data) == (False, '{"id": 7, "na')


def test_text_without_a_type_is_text() -> None:
    assert decode(httpx.Response(200, content=b"hello"), accept=JSON).data == "hello"


def test_the_head_answers_where_the_body_is_empty() -> None:
    made = httpx.Response(201, headers={"location": "https://api.example.com/x/77", "date": "x"})
    assert decode(made, accept=JSON).data == {"location": "https://api.example.com/x/77"}
    headers = httpx.Headers({"content-length": "5", "content-type": "image/png", "server": "x"})
    assert decode_answer(Answer(200, headers, method="HEAD"), None).data == {"content-length": "5", "content-type": "image/png"}


def test_a_credential_in_a_location_is_scrubbed() -> None:
    answer = Answer(201, httpx.Headers({"location": "https://api.example.com/x/7?key=s3cret-s3cret"}))
    assert decode_answer(answer, None, secrets=lambda: ["s3cret-s3cret"]).data == {
        "location": "https://api.example.com/x/7?key=***"
    }


def test_where_a_new_thing_is_stands_beside_text() -> None:
    outcome = decode(httpx.Response(201, text="Created", headers={"location": "/x/77"}))
    assert (outcome.data, outcome.more) == ("Created", {"location": "/x/77"})


def test_a_guessed_charset_is_said_with_the_result() -> None:
    outcome = decode(httpx.Response(200, content='{"city": "São Paulo"}'.encode("latin-1"), headers={"content-type": JSON[0]}))
    assert outcome.data == {"city": "São Paulo"}
    assert outcome.more is not None
    assert "which is a guess" in outcome.more["note"]
    assert "guess" in outcome.result().to_json()


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("application/json", '{"problem_code": 12, "at": [1]}', '{"problem_code": 12, "at": [1]}'),
        ("text/plain", "No such\x1b[31m shop\n\u202e", "No such [31m shop"),
        ("application/x-www-form-urlencoded", "error=invalid_request&error_description=No+such+shop", "No such shop"),
        ("application/xml", "<Error><Code>A</Code><Message>No such shop</Message></Error>", "No such shop"),
        ("text/html", "<html><title>Error</title><pre>No such shop</pre></html>", "Error: No such shop"),
        ("application/x-ndjson", '{"message": "No such shop"}\n', "No such shop"),
    ],
)
def test_the_body_is_the_message_where_none_is_found(kind: str, body: str, said: str) -> None:
    outcome = decode(httpx.Response(418, content=body.encode(), headers={"content-type": kind}))
    assert outcome.error == f"HTTP 418 {HTTPStatus(418).phrase}: {said}"


def test_an_empty_error_is_told_by_its_head_or_its_reason() -> None:
    headers = httpx.Headers({"www-authenticate": 'Bearer error="invalid_token", error_description="The token expired"'})
    assert "The token expired" in str(decode_answer(Answer(401, headers), None).error)
    assert "Missing parameter foo" in str(
        decode_answer(Answer(400, httpx.Headers(), reason="Missing parameter foo"), None).error
    )
    assert decode_answer(Answer(418, httpx.Headers(), reason="OK"), None).error == f"HTTP 418 {HTTPStatus(418).phrase}"


def test_a_secret_is_scrubbed_before_a_message_is_cut() -> None:
    secret = "sk-0123456789abcdef"
    for body in ({"message": "x" * 490 + secret}, {"odd": "x" * 480 + secret}, "y " * 245 + secret):
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        outcome = decode_answer(Answer(400, httpx.Headers(), content), None, secrets=lambda: [secret])
        assert secret[:6] not in f"{outcome.error}{outcome.data}"
