"""``composio server members``, as whoever operates a server uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from composio.cli.main import app as command_line
from composio_server.services.people import Role
from composio_server.services.services import Services
from composio_server.settings import Settings


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Services:
    """The server's, of the home that commands find in the environment; each closes its database itself."""
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COMPOSIO_DATABASE_URL", raising=False)
    made = Services.open(Settings.of())
    made.projects.create("shop")
    made.projects.create("other")
    return made


def members(*arguments: str) -> Result:
    return CliRunner().invoke(command_line, ["server", "members", *arguments])


def listed(*arguments: str) -> Any:
    return json.loads(members("list", "--json", *arguments).output)


def test_a_member_is_added_listed_changed_and_removed(services: Services) -> None:
    assert members("add", "ann@example.com").output == "ann@example.com is developer of shop.\n"
    assert members("add", "ann@example.com", "--role", "viewer", "--project", "other").exit_code == 0
    (ann,) = listed()
    assert (ann["name"], ann["role"]) == ("ann@example.com", "developer")
    assert [one["role"] for one in listed("--project", "other")] == ["viewer"]
    changed = json.loads(members("add", "ann@example.com", "--role", "owner", "--json").output)
    assert changed == {**ann, "role": "owner"}
    assert members("list").output == f"{ann['id']}  ann@example.com  owner\n"
    assert json.loads(members("remove", ann["id"], "--json").output) == {"removed": ann["id"]}
    assert listed() == []
    assert len(listed("--project", "other")) == 1
    done = services.audit.list_entries(ann["project_id"])
    assert [one.action for one in done] == ["remove member", "add member", "add member"]
    assert {one.actor.partition(":")[0] for one in done} == {"operator"}


def test_who_is_no_member_is_an_error_with_the_nearest_name(services: Services) -> None:
    services.people.add_member(services.projects.list_projects()[0].id, "ann@example.com", Role.VIEWER)
    failed = members("remove", "anne@example.com")
    assert failed.exit_code != 0
    assert "Did you mean ann@example.com?" in failed.output
    assert len(listed()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "ann@example.com", "--role", "boss"], "boss"),
        (["add", "two words"], "name"),
        (["add", "ann@example.com", "--project", "none"], "there are shop, other"),
    ],
)
def test_what_can_not_be_meant_changes_nothing(services: Services, arguments: list[str], said: str) -> None:
    failed = members(*arguments)
    assert failed.exit_code != 0
    assert said in failed.output
    assert listed() == []
