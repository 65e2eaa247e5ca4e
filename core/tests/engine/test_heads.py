"""What only the head of an answer says."""

from __future__ import annotations

import httpx
import pytest

from composio.engine.heads import error_of_head, facts_of_head, leads_on

NOISE = {
    "date": "x",
    "server": "nginx",
    "set-cookie": "a=b",
    "x-request-id": "r1",
    "x-amzn-requestid": "r2",
    "cf-ray": "1",
    "access-control-allow-origin": "*",
    "x-csrf-token": "t",
}


@pytest.mark.parametrize(
    "told",
    [
        {"location": "https://api.example.com/x/77"},
        {"x-resource-id": "77"},
        {"odata-entityid": "https://api.example.com/x(77)"},
        {"operation-location": "https://api.example.com/jobs/1"},
        {"etag": '"abc"', "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT"},
        {"x-total-count": "12"},
        {"upload-offset": "70"},
    ],
)
def test_headers_that_answer_reach_the_result_and_others_do_not(told: dict[str, str]) -> None:
    assert facts_of_head(httpx.Headers({**NOISE, **told}), "POST") == told


def test_head_gives_all_that_is_about_the_thing() -> None:
    told = {"content-type": "image/png", "content-length": "12", "x-goog-hash": "crc32c=x", "etag": "1"}
    assert facts_of_head(httpx.Headers({**NOISE, **told}), "HEAD") == told


def test_where_a_new_thing_is_is_told_unless_the_body_does() -> None:
    headers = httpx.Headers({"location": "https://api.example.com/x/77?v=1"})
    assert leads_on(201, headers, b"Created") == {"location": "https://api.example.com/x/77?v=1"}
    assert leads_on(202, headers, b'{"id": 77}') == {}
    assert leads_on(200, headers, b"OK") == {}


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x-error-message": "no such key"}, "no such key"),
        ({"grpc-message": "bad%20name"}, "bad name"),
        ({"www-authenticate": 'Bearer error="invalid_token", error_description="The token expired"'}, "The token expired"),
        ({"x-amzn-errortype": "ThrottlingException"}, "ThrottlingException"),
        ({"x-request-id": "1"}, ""),
    ],
)
def test_an_error_of_the_head_is_found(headers: dict[str, str], said: str) -> None:
    assert error_of_head(httpx.Headers(headers)) == said
