"""A deleted project: nothing of it is left in any table or folder, its secrets can't be read, and others' are as they were."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from composio.errors import InvalidRequest
from composio.model.call import ToolCall, Who
from composio.model.connection import NewConnection
from composio.model.trigger_instance import NewInstance
from composio.store.database import EVERYTHING
from composio_server import commands
from composio_server.services.deleting import SERVERS_OWN, delete_project
from composio_server.services.keys import Caller, KeyRefused, Scope
from composio_server.services.people import Role
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.acme import PUSHED
from tests.peers.acme_api import Acme


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    environ = {"COMPOSIO_HOME": str(tmp_path / "home")}
    if request.param == "postgresql":
        environ["COMPOSIO_DATABASE_URL"] = request.getfixturevalue("database_url")
    made = Services.open(Settings.of(environ))
    acme = Acme(made.backends.home)
    yield made
    acme.close()
    made.backends.shared.close()
    made.database.close()


def fill(services: Services, name: str) -> tuple[str, str, str]:
    """A project with rows in many tables: its id, a key, a connection."""
    project = services.projects.create(name).id
    key = services.keys.create(project, "key")[1].reveal()
    services.people.add_member(project, f"{name}@example.com", Role.OWNER)
    backend = services.backends.of(project)
    connected = backend.run(
        lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice", values={"api_key": f"secret of {name}"}))
    )
    services.files.begin(project, name="a.txt", mimetype="text/plain", md5="0" * 32)
    folder = services.backends.home / "projects" / project / "uploads"
    folder.mkdir(parents=True)
    (folder / "a").write_text(name)
    caller = Caller(project_id=project, key_id="k", scopes=frozenset({Scope.EXECUTE}))

    async def call() -> None:
        await services.executions.execute(caller, ToolCall(action="ACME_GET_ME", who=Who(entity_id="alice")))
        await services.calls.aclose()

    backend.run(call)
    services.audit.write(project, "key:k", "POST /x", {}, status=200, request_id="r")
    return project, key, connected.connection.id


def subscribe(services: Services, project: str, entity: str) -> None:
    """Have the provider told to send events of a user's connection."""
    backend = services.backends.of(project)
    new = NewConnection(app="acme", entity_id=entity, values={"api_key": f"key of {entity}"})
    backend.run(lambda: backend.accounts.initiate(new))
    backend.run(lambda: backend.triggers.enable(NewInstance(trigger="ACME_PUSHED", entity_id=entity)))
    backend.run(services.backends.shared.inbound.subscriber.run_due)


def rows_of(services: Services, text: str) -> dict[str, int]:
    """In which tables, and how often, a value stands anywhere."""
    found = sa.MetaData()
    with services.database.one_state(EVERYTHING) as connection:
        found.reflect(connection)
        return {
            table.name: count
            for table in found.sorted_tables
            if (count := sum(text in str(value) for row in connection.execute(sa.select(table)) for value in row))
        }


def test_nothing_is_left_of_a_deleted_project_and_everything_of_another(server: Services) -> None:
    gone, key, connection = fill(server, "gone")
    kept, others, theirs = fill(server, "kept")
    before = rows_of(server, kept)
    assert len(rows_of(server, gone)) >= 7

    counted = delete_project(server, gone, actor="operator:test")

    assert counted["composio_connections"] == counted["composio_calls"] == counted["composio_files"] == 1
    assert rows_of(server, gone) == {"composio_audit": 1}  # that it was deleted
    assert rows_of(server, connection) == {}
    assert not (server.backends.home / "projects" / gone).exists()
    with pytest.raises(KeyRefused):
        server.keys.verify(key)
    assert rows_of(server, kept) == before
    assert server.keys.verify(others).project_id == kept
    backend = server.backends.of(kept)
    assert backend.run(lambda: backend.accounts.connection(theirs)).status == "ACTIVE"
    (entry,) = server.audit.list_entries(SERVERS_OWN)
    assert (entry.actor, entry.action, entry.target) == (
        "operator:test",
        "delete project",
        {"project_id": gone, "name": "gone"},
    )


def test_providers_are_told_to_end_a_deleted_project_s_webhooks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    services = Services.open(Settings.of({"COMPOSIO_HOME": str(tmp_path), "COMPOSIO_SERVER_URL": "https://tools.example.com"}))
    acme = Acme(services.backends.home)
    (services.backends.home / "apps" / "acme" / "triggers.yaml").write_text(json.dumps({"triggers": [PUSHED]}))
    numbers = itertools.count(1)
    acme.answer = lambda path: (500, {}) if path == "/hooks/2" else (200, {"id": next(numbers)})
    gone, kept = services.projects.create("gone").id, services.projects.create("kept").id
    for project, entity in ((gone, "ada"), (gone, "bob"), (kept, "eve")):
        subscribe(services, project, entity)
    acme.seen.clear()
    assert delete_project(services, gone, actor="operator:test")["composio_trigger_subscriptions"] == 1
    assert sorted(acme.seen) == [("DELETE", "/hooks/1", "key of ada"), ("DELETE", "/hooks/2", "key of bob")]
    assert "acme could not be told to end the subscription" in caplog.text
    assert "key of bob" not in caplog.text
    acme.close()
    services.backends.shared.close()
    services.database.close()


def test_a_project_that_is_none_is_said_to_be_none(services: Services) -> None:
    with pytest.raises(InvalidRequest, match="no project 'pr_1'"):
        delete_project(services, "pr_1", actor="operator:test")


def test_the_command_asks_for_the_name(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = services.projects.create("shop")
    monkeypatch.setattr(commands, "open_services", lambda: services)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "shops")
    with pytest.raises(InvalidRequest, match="nothing was deleted"):
        commands.delete_one_project("shop")
    assert services.projects.get(project.id) is not None
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "shop")
    commands.delete_one_project("shop")
    assert "Deleted 'shop': 1 rows" in capsys.readouterr().out
    assert services.projects.get(project.id) is None
    other = services.projects.create("twice")
    services.projects.create("twice")
    with pytest.raises(InvalidRequest, match="2 projects are called"):
        commands.delete_one_project("twice", yes=True)
    commands.delete_one_project(other.id, yes=True)
    commands.list_audit(of_server=True)
    assert capsys.readouterr().out.count("delete project") == 2
