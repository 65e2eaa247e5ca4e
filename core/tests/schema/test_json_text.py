"""JSON of any size and depth, and what only looks like it."""

from __future__ import annotations

import gc
import json
import math
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.schema import json_text
from composio.schema.collector import collector_paused
from composio.schema.json_text import NotJson, parse, parse_sequence

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
) | st.text(alphabet='"\\[]{},: \n', max_size=8)
KEYS = st.text(max_size=5) | st.text(alphabet='"\\[]{},:', max_size=4)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=40)
FORMS = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"separators": (" , ", " : "), "ensure_ascii": False}])


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything counts as long, and is parsed in windows of a few characters."""
    monkeypatch.setattr(json_text, "_LONG", 1)
    monkeypatch.setattr(json_text, "_WINDOW", 17)
    monkeypatch.setattr(json_text, "_SMALLEST", 5)


def is_plain(text: str, value: Any) -> bool:
    """Whether Python's own parser reads it as we do: without halves of surrogates and numbers beyond floats."""
    return "\\u" not in text and not any("\ud800" <= c <= "\udfff" for c in text) and "inf" not in repr(value)


@pytest.mark.usefixtures("small_windows")
@given(VALUES, FORMS)
def test_a_long_text_gives_what_python_reads(value: Any, form: dict[str, Any]) -> None:
    text = json.dumps(value, **form)
    assert parse(text) == json.loads(text) or not is_plain(text, value)


@pytest.mark.usefixtures("small_windows")
@given(VALUES, FORMS, st.data())
def test_a_long_text_is_refused_where_python_refuses_it(value: Any, form: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value, **form)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    text = text[:start] + data.draw(st.text(alphabet='"\\[]{},: 1ntx\n', max_size=3)) + text[end:]
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(NotJson):
            parse(text)
    else:
        assert parse(text) == expected or not is_plain(text, expected)


@pytest.mark.parametrize("opened", ["[", '{"a":', '[{"a":', '[0,{"x":"]","a":'])
@pytest.mark.parametrize("depth", [201, 1000, 100_000, 3_000_000])
def test_a_json_bomb_is_refused(opened: str, depth: int) -> None:
    with pytest.raises(NotJson, match="nested too deeply") as caught:
        parse(
            opened * depth + "1" + "".join("]" if c == "[" else "}" for c in reversed(opened) if c in "[{") * min(depth, 1000)
        )
    assert caught.value.deep


def test_brackets_in_strings_hide_no_depth() -> None:
    with pytest.raises(NotJson, match="nested too deeply"):
        parse('["]",' * 300 + '"["' + "]" * 300)
    assert parse(json.dumps(["[{" * 5000])) == ["[{" * 5000]


def test_depth_is_counted_to_the_level() -> None:
    assert parse("[" * 200 + "]" * 200)
    with pytest.raises(NotJson):
        parse("[" * 201 + "1" + "]" * 201)


@pytest.mark.parametrize("text", ['{"a": NaN}', "[-Infinity]", "Infinity", "OK", "", "{'a': 1}", "[1,]", "[1 2]"])
def test_what_json_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(NotJson):
        parse(text)


@pytest.mark.parametrize(("text", "cut"), [('{"a": 1', True), ('["abc', True), ("[1 2]", False), ('{"a" 1}', False)])
def test_a_text_that_breaks_off_is_told_from_one_that_is_wrong(text: str, cut: bool) -> None:
    with pytest.raises(NotJson) as caught:
        parse(text)
    assert caught.value.cut is cut


def test_numbers_that_python_can_not_hold_stay_text() -> None:
    assert parse("[1e999, -1E400, 1.5]") == ["1e999", "-1E400", 1.5]
    digits = "7" * (sys.get_int_max_str_digits() + 1)
    assert parse(f'{{"a": {digits}, "b": 2}}') == {"a": digits, "b": 2}
    assert math.isfinite(parse("1e300"))


ESCAPES = [r"\ud83d", r"\ude00", r"\udBFF", r"\uDFFF", r"\\", r"\\\\", r"\n", r"\"", r"\u0041", "x", "u", "d"]


@pytest.mark.parametrize("window", [7, 16, 64])
@given(st.lists(st.sampled_from(ESCAPES)))
def test_halves_of_surrogate_pairs_are_replaced_wherever_a_text_is_cut(window: int, escapes: list[str]) -> None:
    text = f'"{"".join(escapes)}"'
    found = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in json.loads(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_WINDOW", window)
        assert parse(text) == found


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert parse(r'["\ud800", "\udc00x", "\ud83d\ude00", "\\ud800", "\ud83d\ud83d\ude00"]') == [
        *("\ufffd", "\ufffdx", "\U0001f600", r"\ud800", "\ufffd\U0001f600"),
    ]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a":1}\n{"a":2}\n', [{"a": 1}, {"a": 2}]),
        ('\x1e{"a":1}\n\x1e{"a":\n2}\n', [{"a": 1}, {"a": 2}]),
        ('{"a":1}{"a":2} [3]', [{"a": 1}, {"a": 2}, [3]]),
        ('{\n "a": 1\n}\n{\n "a": 2\n}', [{"a": 1}, {"a": 2}]),
        ('1\r\n"x"\r\n\r\nnull', [1, "x", None]),
        ("", []),
    ],
)
def test_sequences_are_read_however_they_are_written(text: str, values: list[Any]) -> None:
    assert parse_sequence(text) == (values, "")


def test_the_last_record_may_break_off_and_no_other() -> None:
    values, note = parse_sequence('{"a":1}\n{"a":2')
    assert values == [{"a": 1}]
    assert "breaks off" in note
    with pytest.raises(NotJson):
        parse_sequence('{"a":1\n{"a":2}')


def test_the_collector_goes_on_as_it_was() -> None:
    assert gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_long_text_is_parsed_window_by_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two windows Python code runs, and with it whichever thread waits. No time is measured."""
    text = json.dumps({"items": [{"id": number, "tags": ["x"] * 5} for number in range(20_000)]})
    longest: list[int] = []

    class Watched(json.JSONDecoder):
        def raw_decode(self, text: str, at: int = 0) -> tuple[Any, int]:
            value, end = super().raw_decode(text, at)
            longest.append(end - at)
            return value, end

    monkeypatch.setattr(json_text, "_USUAL", Watched())
    assert parse(text) == json.loads(text)
    assert max(longest) <= json_text._WINDOW + 2
