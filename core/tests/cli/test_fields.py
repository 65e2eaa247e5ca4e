from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.cli.fields import is_secret, missing_fields, read_fields
from composio.errors import InvalidRequest, MissingFields
from composio.model.app import AuthField

SECRET = "s3cr3t-v4lue"


def test_values_come_from_text_and_files(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    found = read_fields(["name=a=b", f" key =@{file}", "at=@@home", "minus=--"])
    assert dict(found) == {"name": "a=b", "key": SECRET, "at": "@home", "minus": "--"}


def test_a_value_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\r\n"))
    assert dict(read_fields(["key=-"])) == {"key": SECRET}


def test_a_password_may_be_empty() -> None:
    assert dict(read_fields(["username=key", "password="])) == {"username": "key", "password": ""}


def test_standard_input_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one"))
    with pytest.raises(InvalidRequest, match="standard input is already used for a"):
        read_fields(["a=-", "b=-"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([SECRET], "--field: expected NAME=VALUE"),
        (["a=1", SECRET], "--field number 2: expected NAME=VALUE"),
        ([f"={SECRET}"], "expected NAME=VALUE"),
        ([f"Bearer {SECRET}=="], "expected NAME=VALUE"),
        (["a=1", f"a={SECRET}"], "--field a: it was given twice"),
        (["a="], "--field a: the value is empty"),
        (["a=  "], "--field a: the value is empty"),
        (["password= "], "--field password: the value is empty"),
        ([f"a=@/no/such/{SECRET}"], "--field a: the file after @ can't be read: No such file"),
        ([f"a=@{SECRET}"], "A value that begins with @ is written @@"),
        (["a=@" + "x" * 5000], "--field a: the file after @ can't be read"),
        (["a=@\0"], "--field a: the file after @ can't be read"),
    ],
)
def test_what_can_t_be_read_is_said_without_quoting_it(given: list[str], message: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(message)) as raised:
        read_fields(given)
    assert SECRET not in str(raised.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "image"
    file.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InvalidRequest, match="not the name of a UTF-8 text file"):
        read_fields([f"key=@{file}"])


@given(st.lists(st.text(max_size=30), max_size=4))
def test_whatever_is_given_is_read_or_refused(given: list[str]) -> None:
    try:
        found = read_fields([text.replace("=@", "=x").replace("=-", "=x") for text in given])
    except InvalidRequest:
        return
    assert all(value.strip() for value in found.values())


@pytest.mark.parametrize(
    "name", ["api_key", "token", "password", "client_secret", "whatever", "account_key", "service_account_json"]
)
def test_what_is_hidden_while_it_is_typed(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["subdomain", "base_url", "region", "username", "client_id", "your_domain", "email"])
def test_what_is_shown_while_it_is_typed(name: str) -> None:
    assert not is_secret(name)


def test_what_is_missing_is_named_with_what_it_is_and_how_to_give_it() -> None:
    fields = [AuthField("api_key", description="From the \x1b[31msettings page"), AuthField("subdomain", "Your subdomain")]
    error = missing_fields("zoo", "API_KEY", fields)
    assert isinstance(error, MissingFields)
    assert str(error) == (
        "zoo: a connection with API_KEY needs api_key (From the \x1b[31msettings page); subdomain (Your subdomain). "
        "Give them as NAME=VALUE, NAME=@FILE, or NAME=- for standard input: "
        "composio add zoo --field api_key=@FILE --field subdomain=..."
    )
