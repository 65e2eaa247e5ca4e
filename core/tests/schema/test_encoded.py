"""Text where a schema asks for base64 becomes that, at every depth; base64 stays as it is."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.schema.encoded import encode, has_bytes, is_base64, with_bytes

BYTES = {"type": "string", "format": "byte"}
TEXTS = [
    "hello",
    "hello world",
    "Hello, world!",
    "test",
    "Hello",
    "password",
    "README",
    "1234",
    "user1",
    "a",
    "ab",
    "From: a@b.c\n\nHi",
    "ä",
    "{}",
]


@pytest.mark.parametrize("text", TEXTS)
def test_plain_text_is_encoded(text: str) -> None:
    assert base64.b64decode(encode(text)).decode() == text


@pytest.mark.parametrize(
    "text",
    [
        "aGVsbG8=",
        "aGVsbG8",
        "aGVsbG8gd29ybGQ=",
        "dGVzdA==",
        "",
        "AAEC/w==",
        "AAEC_w==",
        "AAEC_w",
        "YWJj",
        "iVBORw0KGgoAAAANSUhEUgAA",
    ],
)
def test_base64_is_left_alone(text: str) -> None:
    assert encode(text) == text


def test_base64_in_lines_is_left_alone() -> None:
    text = base64.encodebytes(bytes(range(256))).decode()
    assert encode(text) == text
    assert encode(text.replace("\n", "\r\n").strip()) == text.replace("\n", "\r\n").strip()


@given(st.binary(min_size=12))
def test_whatever_was_encoded_is_known(content: bytes) -> None:
    for text in (base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode()):
        assert is_base64(text)
        assert is_base64(text.rstrip("=")) or text == text.rstrip("=")


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_what_is_not_base64_comes_back(text: str) -> None:
    if not is_base64(text) and not text.lower().startswith("data:"):
        assert base64.b64decode(encode(text)).decode() == text


@pytest.mark.parametrize(
    ("url", "content"),
    [("data:text/plain;base64,dGVzdA==", b"test"), ("data:,a%20b", b"a b"), ("DATA:;base64,dGVz dA==", b"test")],
)
def test_a_data_url_says_what_is_meant(url: str, content: bytes) -> None:
    assert base64.b64decode(encode(url)) == content


def test_every_place_that_asks_for_it_is_found() -> None:
    schema: dict[str, Any] = {
        "properties": {
            "file": {"$ref": "#/$defs/Bytes"},
            "files": {"type": "array", "items": {"properties": {"content": BYTES, "name": {"type": "string"}}}},
            "data": {"type": "object", "additionalProperties": BYTES},
            "url": {"type": "string", "contentEncoding": "base64url"},
            "named": {"type": "string", "format": "base64"},
            "named_url": {"type": "string", "format": "base64url"},
            "either": {"anyOf": [BYTES, {"type": "string", "format": "uri"}]},
            "nullable": {"anyOf": [BYTES, {"type": "null"}]},
            "read": BYTES,
            "text": {"type": "string"},
        },
        "$defs": {"Bytes": BYTES},
    }
    assert has_bytes(schema)
    given_ = {
        "file": "hi!",
        "files": [{"content": "hi!", "name": "hi!"}],
        "data": {"k": "hi!"},
        "url": "\u00ff\u00fe?",
        "named": "hi!",
        "named_url": "\u00ff\u00fe?",
        "either": "hi!",
        "nullable": "hi!",
        "read": "hi!",
        "text": "hi!",
        "unknown": "hi!",
    }
    assert with_bytes(given_, schema, ["read"]) == {
        "file": "aGkh",
        "files": [{"content": "aGkh", "name": "hi!"}],
        "data": {"k": "aGkh"},
        "url": "w7_Dvj8=",
        "named": "aGkh",
        "named_url": "w7_Dvj8=",
        "either": "hi!",
        "nullable": "aGkh",
        "read": "hi!",
        "text": "hi!",
        "unknown": "hi!",
    }


def test_a_schema_without_bytes_says_so() -> None:
    assert not has_bytes({"properties": {"format": {"type": "string"}, "byte": {"format": "date"}}})
