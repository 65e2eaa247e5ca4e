from __future__ import annotations

import logging
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from composio.errors import ConfigurationError
from composio.process.home import Home


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


def test_a_tilde_of_nobodys_is_a_folder_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMPOSIO_HOME", "~nobody-of-this-name/state")
    assert Home().path.resolve() == tmp_path / "~nobody-of-this-name" / "state"


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


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a read-only mount; modes won't do, since root ignores them."""

    def refuse(**_: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)


@pytest.mark.usefixtures("read_only")
def test_a_read_only_home_is_used_as_a_copy_of_its_catalog_and_apps(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = tmp_path / "apps" / "pets" / "integration.yaml"
    app.parent.mkdir(parents=True)
    for file in (tmp_path / "catalog.sqlite3", app, tmp_path / "something else"):
        file.write_text(file.name)
        file.chmod(0o444)
    app.parent.chmod(0o555)
    home = Home(tmp_path)
    kept = {str(file.relative_to(home.path)) for file in home.path.rglob("*") if file.is_file()}
    assert kept == {"catalog.sqlite3", str(app.relative_to(tmp_path))}
    copy = home.path / "apps" / "pets" / "integration.yaml"
    assert copy.read_text() == "integration.yaml"
    copy.write_text("changed")
    (copy.parent / "new").touch()
    assert "a copy of what it holds" in caplog.text


@pytest.mark.usefixtures("read_only")
def test_with_nowhere_to_write_the_message_says_which_variables_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(**_: Any) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "mkdtemp", nowhere)
    with pytest.raises(ConfigurationError, match=r"COMPOSIO_HOME, or TMPDIR"):
        Home(tmp_path).folder("apps")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_new_home_is_its_owners_alone(tmp_path: Path) -> None:
    assert stat.S_IMODE(Home(tmp_path / "a" / "home").path.stat().st_mode) == 0o700
