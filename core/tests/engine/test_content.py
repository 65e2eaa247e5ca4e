"""Bytes as text: declared, UTF-8, or the best guess, and never an exception."""

from __future__ import annotations

import codecs
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.content import read_declared, read_text


@pytest.mark.parametrize(
    ("content_type", "content", "text"),
    [
        ("text/plain", "é".encode(), "é"),
        ("text/plain; charset=latin-1", "é".encode("latin-1"), "é"),
        ("text/plain; Charset = 'ISO-8859-1'", "“é”".encode("cp1252"), "“é”"),
        ("text/plain; charset=x-sjis", "東京都".encode("cp932"), "東京都"),
        ("text/plain; charset=gb2312", "镕".encode("gb18030"), "镕"),
        ("text/plain; charset=us-ascii", "é".encode(), "é"),
        ("text/html", '<meta charset="windows-1251">Привет'.encode("cp1251"), '<meta charset="windows-1251">Привет'),
        ("text/xml", "<?xml version='1.0' encoding='koi8-r'?><a>да</a>".encode("koi8-r"), None),
        ("", b"\xef\xbb\xbfhi", "hi"),
        ("", "hi".encode("utf-16"), "hi"),
        ("", '{"a": 1}'.encode("utf-16-be"), '{"a": 1}'),
    ],
)
def test_a_known_charset_is_read_without_a_word(content_type: str, content: bytes, text: str | None) -> None:
    found, note = read_text(content, content_type)
    assert note == ""
    assert found == text or (text is None and "да" in found)


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("cp1252", "Señor Muñoz vive en São Paulo"),
        ("cp1252", "café"),
        ("cp1252", "Ärger über Öl"),
        ("cp1251", "Ошибка: неверный идентификатор"),
        ("koi8-r", "Привет, мир"),
        ("cp932", "エラー: ユーザーが見つかりません"),
        ("euc_jp", "こんにちは世界"),
        ("gb18030", "错误：找不到用户"),
        ("big5", "錯誤：找不到使用者"),
        ("euc_kr", "사용자를 찾을 수 없습니다"),
    ],
)
@pytest.mark.parametrize("form", ["{}", '{{"name": "{}", "id": 5}}'])
def test_an_undeclared_charset_is_guessed_and_said(charset: str, text: str, form: str) -> None:
    whole = form.format(text)
    found, note = read_text(whole.encode(charset))
    assert found == whole
    assert "which is a guess" in note


def test_what_is_lost_is_said() -> None:
    text, note = read_text("a é ü ñ ".encode() * 3 + b"\xc3")
    assert text.endswith("\ufffd")
    assert "U+FFFD stands for them" in note
    text, note = read_text(b"\x82", "text/plain; charset=shift_jis")
    assert (text, "Shift_JIS" in note) == ("\ufffd", True)


@pytest.mark.parametrize("name", ["nonsense", "zlib", "idna", "utf-7", "unicode_escape", "", "\u2603", "a" * 300, "../../x"])
def test_what_is_no_charset_counts_as_none(name: str) -> None:
    assert read_declared(f"text/plain; charset={name}") is None


def test_a_long_text_is_read_as_a_short_one() -> None:
    text = "né" * 900_000
    assert read_text(text.encode()) == (text, "")


@given(st.binary(max_size=300), st.sampled_from(sorted({*aliases, "utf-8", ""})) | st.text(max_size=12))
def test_no_bytes_under_any_label_raise(content: bytes, charset: str) -> None:
    text, note = read_text(content, f"text/plain; charset={charset}")
    assert isinstance(text, str)
    assert isinstance(note, str)
    assert read_declared(f"text/plain; charset={charset}") is None or codecs.lookup(charset.lower().removeprefix("x-"))
