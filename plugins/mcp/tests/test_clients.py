"""`composio mcp setup`: clients' files keep what is there, and what can't be read is left alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest
from composio_mcp.clients import CLIENTS, Launch, add_server, config_file

START = Launch(command=["python", "-m", "composio.cli", "mcp", "serve"], env={"COMPOSIO_HOME": "/h"})
REACH = Launch(url="https://tools.example/composio/server/x?signature=s")
Run = Callable[..., Any]


@pytest.fixture
def composio(monkeypatch: pytest.MonkeyPatch, backend: EmbeddedBackend) -> Run:
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, ["mcp", *arguments], obj=Session(lambda: backend))


@pytest.mark.parametrize(
    ("name", "platform", "path"),
    [
        ("cursor", "linux", ".cursor/mcp.json"),
        ("windsurf", "darwin", ".codeium/windsurf/mcp_config.json"),
        ("claude", "linux", ".config/Claude/claude_desktop_config.json"),
        ("claude", "darwin", "Library/Application Support/Claude/claude_desktop_config.json"),
        ("claude", "win32", "AppData/Roaming/Claude/claude_desktop_config.json"),
        ("vscode", "linux", ".config/Code/User/mcp.json"),
        ("vscode", "darwin", "Library/Application Support/Code/User/mcp.json"),
    ],
)
def test_each_clients_file_is_where_the_client_looks(tmp_path: Path, name: str, platform: str, path: str) -> None:
    assert config_file(CLIENTS[name], home=tmp_path, platform=platform, environ={}) == tmp_path / path


def test_the_systems_own_folders_are_heeded(tmp_path: Path) -> None:
    found = config_file(CLIENTS["claude"], home=tmp_path, platform="linux", environ={"XDG_CONFIG_HOME": str(tmp_path / "x")})
    assert found == tmp_path / "x" / "Claude" / "claude_desktop_config.json"


@pytest.mark.parametrize(
    ("name", "key", "started", "reached"),
    [
        ("cursor", "mcpServers", {"command": "python"}, {"url": REACH.url}),
        ("windsurf", "mcpServers", {"command": "python"}, {"serverUrl": REACH.url}),
        ("claude", "mcpServers", {"command": "python"}, {"command": "npx", "args": ["-y", "mcp-remote", REACH.url]}),
        ("vscode", "servers", {"type": "stdio", "command": "python"}, {"type": "http", "url": REACH.url}),
    ],
)
def test_a_server_stands_in_a_file_as_its_client_reads_it(
    tmp_path: Path, name: str, key: str, started: dict[str, Any], reached: dict[str, Any]
) -> None:
    file = tmp_path / "deep" / "mcp.json"
    assert add_server(CLIENTS[name], file, "composio", START) is None
    rest = {"args": list(START.command[1:]), "env": {"COMPOSIO_HOME": "/h"}}
    assert json.loads(file.read_text()) == {key: {"composio": {**started, **rest}}}
    assert file.stat().st_mode & 0o777 == 0o600
    assert add_server(CLIENTS[name], file, "composio", REACH) == file.with_name("mcp.json.bak")
    assert json.loads(file.read_text()) == {key: {"composio": reached}}


def test_what_is_there_stays_and_every_copy_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    before = '{"theme": "dark",\n  "mcpServers": {"mine": {"command": "mine"}, "composio": {"url": "old"}}, "ü": 1}'
    file.write_text(before, "utf-8")
    file.chmod(0o640)
    first = add_server(CLIENTS["cursor"], file, "composio", REACH)
    second = add_server(CLIENTS["cursor"], file, "other", START)
    assert first is not None
    assert second is not None
    assert first != second
    assert first.read_text("utf-8") == before
    found = json.loads(file.read_text("utf-8"))
    assert (found["theme"], found["ü"], found["mcpServers"]["mine"]) == ("dark", 1, {"command": "mine"})
    assert set(found["mcpServers"]) == {"mine", "composio", "other"}
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in tmp_path.iterdir()) == ["mcp.json", "mcp.json.bak", "mcp.json.bak2"]


@pytest.mark.parametrize("text", ["{", "// mine\n{}", "[]", '{"mcpServers": []}', "\xff", "[" * 100_000])
def test_a_file_that_is_none_of_the_clients_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mcp.json"
    file.write_text(text, "latin-1")
    with pytest.raises(InvalidRequest, match=r"mcp\.json"):
        add_server(CLIENTS["cursor"], file, "composio", REACH)
    assert file.read_text("latin-1") == text
    assert list(tmp_path.iterdir()) == [file]


def test_an_empty_file_and_a_link_are_filled(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "mcp.json"
    real.write_text("")
    link.symlink_to(real)
    add_server(CLIENTS["cursor"], link, "composio", REACH)
    assert link.is_symlink()
    assert "composio" in json.loads(real.read_text())["mcpServers"]


def test_setup_writes_the_command_that_serves_the_selection(
    composio: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mcp.json"
    monkeypatch.setenv("COMPOSIO_API_KEY", "ck_secret")
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path))
    options = ("--apps", "acme,keyed", "--entity-id", "ann", "--all", "--limit", "9", "--no-helpers", "--file", str(file))
    done = composio("setup", "--client", "Cursor", *options)
    assert done.exit_code == 0, done.stderr
    assert f"Wrote {file}, with 9 tools." in done.stdout
    entry = json.loads(file.read_text())["mcpServers"]["composio"]
    assert entry["command"] == sys.executable
    assert entry["args"][:3] == ["-m", "composio.cli", "mcp"]
    assert entry["args"][3:] == [
        *("serve", "--apps", "acme,keyed", "--all", "--limit", "9", "--no-helpers"),
        *("--entity-id", "ann"),
    ]
    assert entry["env"] == {"COMPOSIO_HOME": str(tmp_path)}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--client", "emacs"], "claude, cursor, windsurf, vscode"),
        (["https://x.example", "--client", "cursor", "--apps", "acme"], "leave --apps"),
        (["file:///etc/passwd", "--client", "cursor"], "https://"),
        (["https://", "--client", "cursor"], "a host"),
        (["https://[x", "--client", "cursor"], "a host"),
        ([], "--client"),
        (["--client", "cursor", "--apps", "acmee"], "acme"),
        (["--client", "cursor", "--actions", "ACME_GET_MEE"], "ACME_GET_ME"),
        (["--client", "cursor", "--policy", "nowhere.toml"], "nowhere.toml"),
        (["--client", "cursor", "--entity-id", ""], "--entity-id"),
        (["--client", "cursor", "--name", " "], "--name"),
    ],
)
def test_a_setup_that_can_not_be_meant_is_refused(composio: Run, tmp_path: Path, options: list[str], says: str) -> None:
    done = composio("setup", *options, "--file", str(tmp_path / "mcp.json"))
    assert done.exit_code != 0
    assert says in done.stderr
    assert not list(tmp_path.iterdir())


def test_setup_says_what_is_not_connected_and_how_to_connect_it(composio: Run, tmp_path: Path) -> None:
    done = composio("setup", "--client", "cursor", "--apps", "acme,keyed", "-e", "a b", "--file", str(tmp_path / "mcp.json"))
    assert done.exit_code == 0, done.stderr
    assert "Not connected yet: keyed. Run `composio add keyed -e 'a b'`." in done.stderr


@pytest.mark.parametrize("made", ["a folder", "a file for a folder"])
def test_a_file_that_can_not_be_written_is_said(composio: Run, tmp_path: Path, made: str) -> None:
    file = tmp_path / "mcp.json"
    if made == "a folder":
        file.mkdir()
    else:
        file.touch()
        file = file / "mcp.json"
    done = composio("setup", "--client", "cursor", "--apps", "acme", "--file", str(file))
    assert done.exit_code == 1
    assert "--file names another" in done.stderr


@pytest.mark.parametrize("command", [["create", "n", "--apps", "acme"], ["list"], ["url", "x"], ["remove", "x"]])
def test_without_a_server_the_way_without_one_is_told(
    composio: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path))
    done = composio(*command)
    assert done.exit_code == 1
    assert "composio mcp serve" in done.stderr
