"""How long to wait, in whatever form an API says so."""

from __future__ import annotations

import math
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.send import after_error, after_response
from composio.transport.waits import in_words, rate_limit_wait, read_wait

NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("30", 30), ("1.5", 1.5), ("0", 0), ("120, 120", 120), (" 7 ", 7), ('"7"', 7)),
        *((str(int(NOW) + 100), 100), (str((int(NOW) + 100) * 1000), 100), (str(int(NOW) - 100), 0)),
        *(("PT5M", 300), ("P1DT2H", 93600), ("PT1.5S", 1.5), ("PT0S", 0), ("0s", 0), ("P", None), ("PT", None), ("P5M", None)),
        *(("00:05:00", 300), ("1:00:00", 3600), ("00:99:00", None)),
        *(("6m0s", 360), ("1h30m", 5400), ("500ms", 0.5), ("30 seconds", 30), ("1 day", 86400)),
        *(
            ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
            ("Tue, 14 Nov 2023 22:15:00 GMT", 100),
            ("Tue, 14 Nov 2023 22:15:00 -0000", 100),
        ),
        *(("2023-11-14T22:15:00Z", 100), ("2023-11-14T22:15:00", 100), ("2023-11-14 23:15:00+01:00", 100)),
        *(
            (value, None)
            for value in ("", "-5", "nan", "inf", "1e5", "soon", "²", "٣", "1_000", "Wed, 99 Oct 99999", "0000-00-00")
        ),
    ],
)
def test_a_wait_is_read_in_every_form(text: str, seconds: float | None) -> None:
    assert read_wait(text) == seconds


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,6} \d{1,3}:\d{2}:\d{2} \S{0,6}", fullmatch=True))
def test_no_header_raises_or_gives_what_is_no_time(text: str) -> None:
    wait = read_wait(text)
    assert wait is None or (math.isfinite(wait) and wait >= 0)
    assert wait is None or isinstance(in_words(wait), str)


@pytest.mark.parametrize(
    ("headers", "data", "seconds"),
    [
        ({"retry-after": "junk", "x-ratelimit-reset": "12"}, None, 12),
        ({"retry-after-ms": "1500"}, None, 2),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, None, 360),
        ({"anthropic-ratelimit-requests-reset": "30s"}, None, 30),
        ({"ratelimit": '"default";r=0;t=30'}, None, 30),
        ({"ratelimit": "limit=100, remaining=0, reset=40"}, None, 40),
        ({}, {"parameters": {"retry_after": 35}}, 35),
        ({}, {"retry_after": 0.3}, 1),
        ({}, {"error": {"details": [{"retryDelay": "34.5s"}]}}, 35),
        ({}, {"message": "no"}, None),
    ],
)
def test_a_limits_end_is_found_wherever_it_is_said(headers: dict[str, str], data: Any, seconds: float | None) -> None:
    assert rate_limit_wait(httpx.Headers(headers), data) == seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *(
            (0, "now"),
            (1, "in 1 second"),
            (30, "in 30 seconds"),
            (61, "in 61 seconds"),
            (100, "in 2 minutes"),
            (300, "in 5 minutes"),
        ),
        *((7200, "in 2 hours"), (86_400 * 3, "on 17 November 2023 at 22:13 UTC"), (1e30, "")),
    ],
)
def test_waits_are_told_in_words_people_read(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_a_wait_never_outlasts_the_calls_own_limit() -> None:
    response = httpx.Response(429, headers={"retry-after": "5"})
    assert after_response(response, 1, left=6.0) == 5.0
    assert after_response(response, 1, left=5.0) is None
    assert after_response(response, 1, left=0.0) is None
    assert after_error("GET", httpx.ConnectError("no"), 1, left=1.0) == 0.1
    assert after_error("GET", httpx.ConnectError("no"), 1, left=0.05) is None
