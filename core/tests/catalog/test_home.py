from __future__ import annotations

import logging
from pathlib import Path

import pytest

from composio.home import Home


def test_the_variable_moves_all_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path / "state"))
    home = Home()
    assert home.path == tmp_path / "state"
    assert home.folder("apps") == tmp_path / "state" / "apps"
    assert home.folder("apps").is_dir()
    assert not home.temporary


def test_nothing_is_resolved_or_made_before_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home()
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path / "later"))
    assert not (tmp_path / "later").exists()
    assert home.path == tmp_path / "later"


def test_a_given_path_goes_before_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path / "a"))
    assert Home(tmp_path / "b").path == tmp_path / "b"


def test_without_the_variable_it_is_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSIO_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    assert tmp_path in Home().path.parents


def test_a_home_that_cannot_be_written_is_replaced_with_one_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    home = Home(tmp_path / "file" / "home")
    with caplog.at_level(logging.WARNING, "composio"):
        first, second = home.path, home.path
    assert first == second
    assert home.temporary
    assert (home.folder("apps")).is_dir()
    [message] = caplog.messages
    assert str(tmp_path / "file" / "home") in message
    assert "COMPOSIO_HOME" in message
    del home
    assert not first.exists()
