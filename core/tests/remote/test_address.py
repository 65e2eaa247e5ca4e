"""Which server is meant, and what a login keeps."""

from __future__ import annotations

import contextlib
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import ConfigurationError
from composio.model.secret import Secret
from composio.remote.address import ServerAddress, find_address, forget_login, keep_login, read_login, read_url


@pytest.mark.parametrize("end", ["", "/", "//", "/api", "/api/", "/api/v1", "/api/v3.1/", "/api/api", "/api/api/v2/"])
def test_an_address_may_end_as_it_likes(end: str) -> None:
    assert read_url(f" https://Tools.Example.com:8443/team{end} ") == "https://tools.example.com:8443/team"
    assert read_url(f"http://127.0.0.1:9899{end}") == "http://127.0.0.1:9899"


@pytest.mark.parametrize(
    "wrong", ["", "tools.example", "ftp://x", "https://", "https://x:99999", "https://[::1", "http://u:p@x", "http://x?k=1"]
)
def test_what_is_no_address_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=r"COMPOSIO_BASE_URL is") as caught:
        read_url(wrong, "COMPOSIO_BASE_URL")
    assert "u:p" not in str(caught.value)


@given(text=st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        assert read_url(text).startswith(("http://", "https://"))


def test_a_server_is_what_was_passed_else_the_environments_else_the_logins(tmp_path: Path) -> None:
    environ = {"COMPOSIO_BASE_URL": "https://env.example/api", "COMPOSIO_API_KEY": "env-key"}
    found = find_address("key", "https://arg.example", home=tmp_path, environ=environ)
    assert (found and found.url, found and found.key.reveal()) == ("https://arg.example", "key")
    found = find_address(home=tmp_path, environ=environ)
    assert (found and found.url, found and found.key.reveal()) == ("https://env.example", "env-key")
    assert find_address(home=tmp_path, environ={}) is None
    keep_login(ServerAddress("https://kept.example", Secret("kept-key")), tmp_path)
    found = find_address(home=tmp_path, environ={})
    assert (found and found.url, found and found.key.reveal()) == ("https://kept.example", "kept-key")
    found = find_address(home=tmp_path, environ={"COMPOSIO_BASE_URL": "https://kept.example/"})
    assert found is not None
    assert found.key.reveal() == "kept-key"


def test_a_key_alone_asks_for_no_server(tmp_path: Path) -> None:
    assert find_address("key", home=tmp_path, environ={"COMPOSIO_API_KEY": "key"}) is None


def test_a_key_is_not_sent_to_another_server_than_its_own(tmp_path: Path) -> None:
    keep_login(ServerAddress("https://kept.example", Secret("kept-key")), tmp_path)
    with pytest.raises(ConfigurationError, match=r"without an API key.*composio login --url https://other.example"):
        find_address(base_url="https://other.example", home=tmp_path, environ={})


def test_a_login_is_for_its_owner_alone_and_can_be_forgotten(tmp_path: Path) -> None:
    file = keep_login(ServerAddress("https://kept.example", Secret("first")), tmp_path)
    file.chmod(0o644)
    keep_login(ServerAddress("https://kept.example", Secret("second")), tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {"api_key": "second", "base_url": "https://kept.example"}
    assert "second" not in repr(read_login(tmp_path))
    assert forget_login(tmp_path)
    assert read_login(tmp_path) is None
    assert not forget_login(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"api_key": 5, "base_url": "https://x"}', '{"api_key": "k"}'])
def test_a_file_that_keeps_no_login_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "user_data.json").write_text(text)
    assert read_login(tmp_path) is None


def test_looking_for_a_login_makes_no_folder(tmp_path: Path) -> None:
    assert read_login(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()
