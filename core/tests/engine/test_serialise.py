"""Wire text, style by style: the table of OpenAPI 3.1, "Style Examples"."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.serialise import encode_pairs, form_pairs, header_value, path_value, query_pairs, scalar
from composio.model.action import PartEncoding

COLORS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200, "B": 150}


@pytest.mark.parametrize(
    ("style", "explode", "value", "expected"),
    [
        ("simple", False, "blue", "blue"),
        ("simple", False, COLORS, "blue,black,brown"),
        ("simple", False, RGB, "R,100,G,200,B,150"),
        ("simple", True, RGB, "R=100,G=200,B=150"),
        ("label", False, "blue", ".blue"),
        ("label", False, COLORS, ".blue,black,brown"),
        ("label", True, COLORS, ".blue.black.brown"),
        ("label", True, RGB, ".R=100.G=200.B=150"),
        ("matrix", False, "blue", ";color=blue"),
        ("matrix", False, COLORS, ";color=blue,black,brown"),
        ("matrix", True, COLORS, ";color=blue;color=black;color=brown"),
        ("matrix", False, RGB, ";color=R,100,G,200,B,150"),
        ("matrix", True, RGB, ";R=100;G=200;B=150"),
    ],
)
def test_path_styles(style: str, explode: bool, value: Any, expected: str) -> None:
    assert path_value(value, name="color", style=style, explode=explode) == expected


@pytest.mark.parametrize(
    ("style", "explode", "value", "expected"),
    [
        ("form", True, "blue", "color=blue"),
        ("form", True, COLORS, "color=blue&color=black&color=brown"),
        ("form", False, COLORS, "color=blue,black,brown"),
        ("form", True, RGB, "R=100&G=200&B=150"),
        ("form", False, RGB, "color=R,100,G,200,B,150"),
        ("form", True, {"page": 0, "sort": ["a,asc", "b"], "ids": [], "x": [1, None]}, "page=0&sort=a%2Casc&sort=b&x=1"),
        ("form", True, {"flat": {"a": 1}, "mixed": ["a", {"b": 2}]}, "flat=%7B%22a%22%3A1%7D&mixed=a&mixed=%7B%22b%22%3A2%7D"),
        ("spaceDelimited", False, COLORS, "color=blue%20black%20brown"),
        ("pipeDelimited", False, COLORS, "color=blue%7Cblack%7Cbrown"),
        ("deepObject", True, RGB, "color[R]=100&color[G]=200&color[B]=150"),
        ("deepObject", True, {"a": {"b": [1, {"c": True}]}}, "color[a][b][0]=1&color[a][b][1][c]=true"),
        ("form", False, ["a,b", "c"], "color=a%2Cb,c"),
        ("form", True, True, "color=true"),
        ("form", True, [], ""),
    ],
)
def test_query_styles(style: str, explode: bool, value: Any, expected: str) -> None:
    assert encode_pairs(query_pairs("color", value, style=style, explode=explode)) == expected


def test_reserved_characters_stay_only_where_allowed() -> None:
    assert encode_pairs([("q", "a/b?c")], reserved=True) == "q=a/b?c"
    assert encode_pairs([("q", "a/b?c&d=e")]) == "q=a%2Fb%3Fc%26d%3De"
    assert encode_pairs([("q", "a&b#c+d=e%")], reserved=True) == "q=a%26b%23c%2Bd%3De%25"


def test_headers_are_simple_and_unescaped() -> None:
    assert header_value(COLORS, explode=False) == "blue,black,brown"
    assert header_value(RGB, explode=True) == "R=100,G=200,B=150"


@pytest.mark.parametrize(
    ("style", "in_url", "in_header"),
    [
        ("spaceDelimited", "blue%20black%20brown", "blue black brown"),
        ("pipeDelimited", "blue%7Cblack%7Cbrown", "blue|black|brown"),
        ("tabDelimited", "blue%09black%09brown", "blue\tblack\tbrown"),
    ],
)
def test_swagger_delimiters_hold_in_every_place(style: str, in_url: str, in_header: str) -> None:
    assert path_value(COLORS, name="c", style=style, explode=False) == in_url
    assert encode_pairs(query_pairs("c", COLORS, style=style, explode=False)) == f"c={in_url}"
    assert header_value(COLORS, explode=False, style=style) == in_header


def test_a_form_object_is_brackets_under_deep_object_and_json_otherwise() -> None:
    assert form_pairs("m", {"a": "b"}, PartEncoding(style="deepObject", explode=True)) == [("m[a]", "b")]
    assert form_pairs("m", {"a": "b"}, None) == [("m", '{"a":"b"}')]
    assert form_pairs("m", ["a", "b"], None) == [("m", "a"), ("m", "b")]
    assert form_pairs("m", ["a", "b"], PartEncoding(style="form", explode=False)) == [("m", "a,b")]
    assert form_pairs("m", ["a"], PartEncoding(content_type="application/json")) == [("m", '["a"]')]
    assert form_pairs("m", None, None) == []


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (1.0, "1"), (1.5, "1.5"), (10**20, "1" + "0" * 20), ([1], "[1]")])
def test_scalars_are_json_like_never_python(value: Any, text: str) -> None:
    assert scalar(value) == text


@given(st.text())
def test_no_path_value_leaves_its_segment(text: str) -> None:
    encoded = path_value(text, name="x", style="simple", explode=False)
    assert not set(encoded) & set("/?#\\ ")


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=5))
def test_pairs_come_back_as_they_were(pairs: list[tuple[str, str]]) -> None:
    assert parse_qsl(encode_pairs(pairs), keep_blank_values=True) == pairs
