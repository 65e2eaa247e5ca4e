"""What others wrote never drives a terminal, nor hides in it."""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import composio
from composio.visible import LOGGERS, guard_logs, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 日本 🙂\n\t\u00a0ok", None),
        ("\x1b[31m\x07", r"\u001b[31m\u0007"),
        ("\x9b31m\x85\x7f\r\x0b", r"\u009b31m\u0085\u007f\u000d\u000b"),
        ("\u202eevil\u2066\u061c\u200e", r"\u202eevil\u2066\u061c\u200e"),
        ("a\u200bb\u200d\ufeff\u00ad\u2060", r"a\u200bb\u200d\ufeff\u00ad\u2060"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("\ud800", r"\ud800"),
        ("\U000e0041\U000e0101", r"\udb40\udc41\udb40\udd01"),
        ("a\u3164b\u115f", r"a\u3164b\u115f"),
        ("\\u001b", None),
    ],
)
def test_what_is_not_shown_as_itself_is_escaped(text: str, shown: str | None) -> None:
    assert visible(text) == (text if shown is None else shown)


@given(st.text())
def test_nothing_raw_is_left_and_json_stays_the_same_value(text: str) -> None:
    shown = visible(text)
    assert all(c in "\n\t" or c.isprintable() or unicodedata.category(c) == "Zs" for c in shown)
    assert visible(shown) == shown
    assert json.loads(visible(json.dumps({text: text}, ensure_ascii=False))) == {text: text}


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    guard_logs()
    guard_logs()
    caplog.set_level(logging.DEBUG, "composio")
    return caplog


@pytest.mark.parametrize("name", LOGGERS)
def test_no_record_of_ours_drives_a_terminal(records: pytest.LogCaptureFixture, name: str) -> None:
    log = logging.getLogger(name)
    log.warning("%s: %d %s", "\x1b]0;x\x07", 7, ValueError("\x9b2J"))
    try:
        raise ValueError("\x1b[2J\u202e")
    except ValueError:
        log.exception("100%% of %s", "it")
    log.info("plain %s", ("a",))
    assert records.messages == [r"\u001b]0;x\u0007: 7 \u009b2J", "100% of it", "plain ('a',)"]
    assert "\x1b" not in records.text
    assert r"ValueError: \u001b[2J\u202e" in records.text


def test_every_logger_of_ours_is_guarded() -> None:
    [root] = composio.__path__
    named = {
        name
        for file in Path(root).rglob("*.py")
        for name in re.findall(r'getLogger\("(composio[^"]*)"\)', file.read_text("utf-8"))
    }
    assert named == set(LOGGERS)
