"""``composio server projects settings``, as whoever operates a server uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from composio.cli.main import app as command_line
from composio_server.services.services import Services
from composio_server.settings import Settings


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Services:
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COMPOSIO_DATABASE_URL", raising=False)
    made = Services.open(Settings.of())
    made.projects.create("shop")
    return made


def settings(*arguments: str) -> Result:
    return CliRunner().invoke(command_line, ["server", "projects", "settings", "shop", *arguments])


def test_rates_and_the_log_are_shown_changed_and_reset(services: Services) -> None:
    assert settings().output == (
        "Rates: the server's\nInput and output: kept, up to 4,000 characters of each\nCalls are kept: 30 days\n"
    )
    changed = settings("--rate", "entity=5/s:20", "--rate", "key=50/s", "--no-log-payloads", "--log-days", "7", "--json")
    assert json.loads(changed.output) == {
        "rates": {"entity": "5/s:20", "key": "50/s"},
        "log_payloads": False,
        "log_chars": None,
        "log_days": 7,
    }
    (project,) = services.projects.list_projects()
    assert project.settings["rates"] == {"entity": "5/s:20", "key": "50/s"}
    reset = json.loads(settings("--rate", "key=", "--log-payloads", "--log-days", "0", "--json").output)
    assert reset == {"rates": {"entity": "5/s:20"}, "log_payloads": True, "log_chars": None, "log_days": None}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rate", "user=5/s"], "Rates limit project, key, entity"),
        (["--rate", "often"], "Rates limit project, key, entity"),
        (["--rate", "key=often"], "A rate is a number of calls per second"),
        (["--log-chars", "9999999"], "log_chars is a number from 1"),
    ],
)
@pytest.mark.usefixtures("services")
def test_what_is_no_setting_changes_nothing(arguments: list[str], said: str) -> None:
    failed = settings(*arguments)
    assert failed.exit_code != 0
    assert said in failed.output
    assert json.loads(settings("--json").output)["rates"] == {}
