"""``composio apps add --mcp`` and what follows, from the shell."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from composio.cli.main import app
from composio.cli.served import server_of
from composio.errors import InvalidRequest

SERVER = Path(__file__).parent / "upstream_server.py"
COMMAND = shlex.join([sys.executable, str(SERVER), "stdio"])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path / "home"))
    return CliRunner()


def test_adding_shows_what_the_server_says_as_data(run: CliRunner) -> None:
    result = run.invoke(app, ["apps", "add", "weather", "--mcp", COMMAND])
    assert result.exit_code == 0, result.output
    assert "Added weather: 13 actions" in result.stdout
    assert "they are unreviewed" in result.stderr
    assert "Look at this one: it gives orders" in result.stderr
    assert "\u200b" not in result.output
    ran = run.invoke(app, ["execute", "WEATHER_SHOUT", "--params", '{"text": "hi"}'])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["data"] == "HI"


def test_json_has_tools_and_changes(run: CliRunner) -> None:
    added = json.loads(run.invoke(app, ["apps", "add", "weather", "--mcp", COMMAND, "--pin", "--json"]).stdout)
    assert added["key"] == "weather"
    assert added["unread"] is False
    assert {"name": "shout", "description": "Say it louder.", "suspicions": []} in added["tools"]
    updated = json.loads(run.invoke(app, ["apps", "update", "weather", "--json"]).stdout)
    assert updated[0]["changes"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "either"),
        (["--spec", "a.json", "--mcp", "b"], "either"),
        (["--spec", "a.json", "--pin"], "--pin applies only"),
        (["--mcp", "b", "--base-url", "https://a.example"], "--base-url"),
        (["--mcp", "ftp://a.example"], "expected a URL"),
        (["--mcp", 'a "b'], "unclosed quote"),
        (["--mcp", " "], "expected a URL"),
        (["--mcp", "https://u:hunter22@a.example/mcp"], "--auth basic"),
        (["--mcp", "b", "--auth", "hedaer:X"], "expected bearer"),
    ],
)
def test_what_can_not_be_meant_is_told(run: CliRunner, arguments: list[str], said: str) -> None:
    result = run.invoke(app, ["apps", "add", "weather", *arguments])
    assert result.exit_code != 0
    assert said in str(result.exception or "") + result.output
    assert "hunter22" not in str(result.exception or "") + result.output


def test_a_command_is_split_as_a_shell_does() -> None:
    assert server_of('npx -y "@a/b c" --url=https://a.example').command == ("npx", "-y", "@a/b c", "--url=https://a.example")
    assert server_of("https://a.example/mcp?x=1#y").url == "https://a.example/mcp?x=1"
    with pytest.raises(InvalidRequest):
        server_of("https://[::/mcp")
