"""Inputs of our own with the faults that others reported of answers. Each cites its report; docs/reports.md lists them."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.reported import Make, an, operation, parameter

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PROMISED = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
THINGS = {"/things": {"get": {**operation(), "responses": PROMISED}}}


# https://github.com/vectorize-io/hindsight/issues/4292
@pytest.mark.parametrize(
    ("label", "content", "kind"),
    [
        ("application/json", PNG, "image/png"),
        ("text/html; charset=utf-8", b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "application/pdf"),
        ("text/plain", b"\x1f\x8b\x08\x00rest", "application/gzip"),
        ("application/json", b"\x08\x96\x01\x00\x12\x07testing", "application/octet-stream"),
    ],
)
def test_a_file_under_a_label_of_text_comes_back_as_the_file(reported: Make, label: str, content: bytes, kind: str) -> None:
    data = reported(THINGS, an(200, content, content_type=label)).call()["data"]
    assert (data["mimetype"], Path(data["file"]).read_bytes()) == (kind, content)


# https://github.com/Kong/insomnia/issues/2047
def test_content_that_is_labelled_gzip_and_is_not_is_read(reported: Make) -> None:
    api = reported(THINGS, an(201, b'{"id": 7}', content_type="application/json", content_encoding="gzip"))
    assert api.call()["data"] == {"id": 7}


# https://github.com/Han-1413141/dsh-cost-meter/issues/172
@pytest.mark.parametrize("headers", [{}, {"content_type": "application/json"}])
def test_gzip_without_its_label_is_undone_where_json_was_promised(reported: Make, headers: dict[str, str]) -> None:
    assert reported(THINGS, an(200, gzip.compress(b'{"quota": 5}'), **headers)).call()["data"] == {"quota": 5}


# https://github.com/urllib3/urllib3/issues/2861
@pytest.mark.parametrize(
    ("header", "attempts"), [("0.05", 3), ("soon", 1), ("-1", 1), ("nan", 1), ("1e400", 1), ("9" * 300, 1)]
)
def test_a_retry_after_of_any_form_is_waited_for_or_told_and_never_raised(reported: Make, header: str, attempts: int) -> None:
    api = reported(THINGS, an(429, retry_after=header))
    began = time.monotonic()
    assert api.refused().startswith("HTTP 429 Too Many Requests.")
    assert len(api.transport.requests) == attempts
    assert time.monotonic() - began < 60


# https://github.com/NangoHQ/nango/pull/4199
def test_an_empty_page_with_a_next_link_is_not_the_end(reported: Make) -> None:
    link = "https://api.x.example/v1/things?$skiptoken=z"
    api = reported(
        {"/things": {"get": operation(parameters=[parameter("$skiptoken")])}}, (200, {"value": [], "@odata.nextLink": link})
    )
    more = api.call().more
    assert more is not None
    assert more["next"] == {"$skiptoken": "z"}
    assert "This page is empty" in more["hint"]


# https://github.com/apache/seatunnel/pull/11098
def test_a_cursor_that_comes_back_unchanged_ends_the_pages(reported: Make) -> None:
    api = reported({"/things": {"get": operation(parameters=[parameter("cursor")])}}, (200, {"data": [], "next_cursor": "c1"}))
    assert "next" not in (api.call({"cursor": "c1"}).more or {})


# https://github.com/openai/openai-python/issues/3516
@pytest.mark.parametrize("elsewhere", ["https://other.example/x", "https://api.x.example:8443/x", "http://api.x.example/x"])
def test_a_credential_in_any_header_is_not_sent_to_another_origin(
    reported: Make, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    def answer(request: httpx.Request) -> Any:
        first = str(request.url) == "https://api.x.example/v1/things"
        return httpx.Response(302, headers={"location": elsewhere}) if first else (200, {})

    monkeypatch.setenv("X_API_KEY", "secret-key")
    key = {"type": "apiKey", "in": "header", "name": "api-key"}
    api = reported(THINGS, answer, components={"securitySchemes": {"key": key}}, security=[{"key": []}])
    api.call()
    assert [request.headers.get("api-key") for request in api.transport.requests] == ["secret-key", None]


# https://github.com/samanhappy/mcphub/issues/1043
def test_a_cookie_that_one_answer_sets_reaches_no_other_call(reported: Make) -> None:
    api = reported(THINGS, lambda _request: httpx.Response(200, json={}, headers={"set-cookie": "sid=alices; Path=/"}))
    api.call(entity_id="alice")
    api.call(entity_id="bob")
    assert [request.headers.get("cookie") for request in api.transport.requests] == [None, None]
