"""Every command of ``composio`` against a server: it does its work there, or says in a sentence why not."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from composio.cli.main import app as command_line
from composio.model.call import ToolCall, Who
from composio.model.connection import NewConnection
from composio_server.services.keys import Caller, Scope
from composio_server.services.project_apps import ProjectApp
from composio_server.services.services import Services
from tests.peers.acme import Provider
from tests.peers.acme_server import acme, app, compiled_home, home, listening, public_url, services, settings, url
from tests.peers.described import openapi

__all__ = ["acme", "app", "compiled_home", "home", "listening", "public_url", "services", "settings", "url"]


@dataclass(frozen=True)
class Ours:
    """What a command may name: a connection of Ada's and its integration, a folder for files, and a call that was logged."""

    connection: str
    integration: str
    folder: Path
    call: str


# Why a command may fail.
OPERATORS, UNKNOWN, NO_SERVER = "for the server's operator", "There is no callback URL", "MCP server"
NO_GRANT = "grant"
NO_TRIGGER, NO_APPROVAL = "nknown trigger", "Unknown approval"
NOT_INSTALLED = "the plugin that brings it is not installed"
# What each command is run with, and what it says; None for those that ask no server.
COMMANDS: dict[str, tuple[str, str] | None] = {
    "actions": ("--app keyed", "KEYED_GET_ME"),
    "actions show": ("KEYED_GET_ME", "KEYED_GET_ME"),
    "add": ("open --json", "open"),
    "approvals": ("", "No calls wait"),
    "approvals approve": ("ap_0 --by ada", NO_APPROVAL),
    "approvals deny": ("ap_0 --by ada", NO_APPROVAL),
    "approvals get": ("ap_0", NO_APPROVAL),
    "approvals run": ("ap_0 --policy FOLDER/policy.toml", NO_APPROVAL),
    "apps": ("--filter keyed", "keyed"),
    "apps add": ("pets --spec FOLDER/pets.json", "Added pets to the project: 1 actions"),
    "apps check": ("FOLDER/integration.yaml", "No mistakes found"),
    "apps export": ("FOLDER/catalog.sqlite3", OPERATORS),
    "apps generate-types": ("--output FOLDER/stubs", "compiled apps"),
    "apps diff": ("--file FOLDER/composio.lock", "No differences"),
    "apps lock": ("keyed --file FOLDER/composio.lock", "Locked"),
    "apps remove": ("toys", "Removed toys"),
    "apps schema": ("", "properties"),
    "apps update": ("", "no app by the URL"),
    "apps vectors": ("keyed", OPERATORS),
    "calls": ("--app keyed --hours 1", "KEYED_GET_ME"),
    "calls export": ("--app keyed", "KEYED_GET_ME"),
    "calls figures": ("--app keyed --hours 1", "1"),
    "calls list": ("--app keyed --hours 1", "KEYED_GET_ME"),
    "calls show": ("CALL", "KEYED_GET_ME"),
    "calls verify": ("", "The chain holds"),
    "connections": ("", "CONNECTION"),
    "connections disable": ("CONNECTION", "CONNECTION"),
    "connections enable": ("CONNECTION", "CONNECTION"),
    "connections get": ("CONNECTION", "CONNECTION"),
    "connections refresh": ("CONNECTION", "CONNECTION"),
    "connections remove": ("CONNECTION", "CONNECTION"),
    "demo": None,
    "execute": ("KEYED_GET_ME --entity-id ada", "k-secret-1"),
    "export": ("ada", "KEYED_GET_ME"),
    "forget": ("nobody --yes", "Forgot nobody"),
    "integrations": ("", "INTEGRATION"),
    "integrations disable": ("INTEGRATION", "is disabled"),
    "integrations enable": ("INTEGRATION", "is enabled"),
    "integrations get": ("INTEGRATION", "INTEGRATION"),
    "integrations remove": ("INTEGRATION --yes", "INTEGRATION"),
    "login": ("", "Logged in"),
    "logs": ("--app keyed --hours 1", "KEYED_GET_ME"),
    "logs get": ("CALL", "KEYED_GET_ME"),
    "logout": ("", "unset it"),
    "mcp create": None,  # it, and url, need a server that has the plugin's own requirements: see the plugin's tests
    "mcp grants list": ("", "No program has access"),
    "mcp grants revoke": ("nothing", NO_GRANT),
    "mcp list": ("", "No MCP servers yet"),
    "mcp remove": ("nothing", NO_SERVER),
    "mcp rotate": ("nothing", NO_SERVER),
    "mcp serve": None,
    "mcp setup": ("--client cursor --apps keyed --file FOLDER/mcp.json", "Wrote"),
    "mcp url": None,
    "plugins": ("", "server"),
    "scopes": ("keyed", "used without OAuth scopes"),
    "policy check": ("FOLDER/policy.toml", "policy.toml"),
    "policy explain": ("KEYED_GET_ME --policy FOLDER/policy.toml", "KEYED_GET_ME"),
    "serve": None,
    "dashboard": None,
    "server audit": None,
    "server copy": None,
    "server keys create": None,
    "server keys list": None,
    "server keys revoke": None,
    "server members add": None,
    "server members list": None,
    "server members remove": None,
    "server migrate": None,
    "server password": None,
    "server projects create": None,
    "server projects delete": None,
    "server projects list": None,
    "server projects settings": None,
    "triggers": ("--active", "enabled"),
    "triggers callbacks": ("", "no callback URL yet"),
    "triggers callbacks disable": ("cb_0", UNKNOWN),
    "triggers callbacks enable": ("cb_0", UNKNOWN),
    "triggers callbacks get": ("cb_0", UNKNOWN),
    "triggers callbacks remove": ("cb_0 --yes", UNKNOWN),
    "triggers callbacks rotate": ("cb_0", UNKNOWN),
    "triggers callbacks set": ("https://app.example/hook", "https://app.example/hook"),
    "triggers delete": ("ti_0", NO_TRIGGER),
    "triggers disable": ("ti_0", NO_TRIGGER),
    "triggers poll": ("ti_0", NO_TRIGGER),
    "triggers test": ("ti_0", NO_TRIGGER),
    "triggers enable": ("NOTHING", NO_TRIGGER),
    "triggers get": ("ti_0", NO_TRIGGER),
    "triggers show": ("NOTHING", NO_TRIGGER),
    "triggers status": ("", ""),
    "triggers listen": None,  # until something happens
    "triggers logs": ("", "No event matches"),
    "triggers resend": ("--failed", "Nothing to resend"),
    "vault backup": ("FOLDER/backup", OPERATORS),
    "vault restore": ("FOLDER/backup", OPERATORS),
    "vault rotate": ("", OPERATORS),
    "vault status": ("", OPERATORS),
    "whoami": ("", "first"),
}


def walk(command: Any, ctx: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command of the tree that does something."""
    if not hasattr(command, "list_commands"):
        yield " ".join(path)
        return
    if path and command.invoke_without_command:
        yield " ".join(path)
    for name in command.list_commands(ctx):
        yield from walk(command.get_command(ctx, name), ctx, (*path, name))


@functools.cache
def tree() -> frozenset[str]:
    command = typer.main.get_command(command_line)
    with command.make_context("composio", ["whoami"]) as ctx:
        return frozenset(walk(command, ctx))


def test_every_command_is_tried() -> None:
    there = tree()
    assert there - set(COMMANDS) == set(), "say in COMMANDS what these are run with"
    others = {"mcp"}  # plugins that need not be installed
    assert {one for one in set(COMMANDS) - there if one.split()[0] not in others} == set()


def description(title: str) -> dict[str, object]:
    get = {"operationId": "get", "summary": "Get", "responses": {"200": {"description": "ok"}}}
    return openapi(title, "https://api.pets.example", {"/pets": {"get": get}})


@pytest.fixture
def ours(services: Services, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, acme: Provider) -> Ours:
    """A project of its own, and an environment that names the server and an admin's key."""
    project = services.projects.create("first")
    monkeypatch.setenv("COMPOSIO_BASE_URL", url)
    monkeypatch.setenv("COMPOSIO_API_KEY", services.keys.create(project.id, "cli", [Scope.ADMIN])[1].reveal())
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path / "client"))
    backend = services.backends.of(project.id)
    new = NewConnection(app="keyed", entity_id="ada", values={"api_key": "k-secret-1"})
    made = backend.run(lambda: backend.accounts.initiate(new)).connection
    (tmp_path / "pets.json").write_text(json.dumps(description("Pets")))
    services.project_apps.put(project.id, ProjectApp(key="toys"), json.dumps(description("Toys")).encode())
    (tmp_path / "composio.lock").write_text('{"version": 1, "apps": {}}')
    (tmp_path / "policy.toml").write_text('otherwise = "allow"\n')
    (tmp_path / "integration.yaml").write_text("name: Pets\nunique_key: pets\n")
    caller = Caller(project_id=project.id, key_id="k", scopes=frozenset({Scope.EXECUTE}))

    async def call() -> str:
        ran = await services.executions.execute(caller, ToolCall(action="KEYED_GET_ME", who=Who(entity_id="ada")))
        await services.calls.aclose()
        return ran.log_id

    return Ours(made.id, str(made.integration_id), tmp_path, backend.run(call))


@pytest.mark.parametrize("command", [name for name, given in COMMANDS.items() if given])
def test_a_command_works_against_a_server_or_says_why_not(ours: Ours, command: str) -> None:
    given = COMMANDS[command]
    assert given is not None
    if command not in tree():
        pytest.skip(NOT_INSTALLED)
    arguments, said = (
        text.replace("CONNECTION", ours.connection)
        .replace("INTEGRATION", ours.integration)
        .replace("FOLDER", str(ours.folder))
        .replace("CALL", ours.call)
        for text in given
    )
    done = CliRunner().invoke(command_line, [*command.split(), *arguments.split()], input="")
    assert done.exit_code == (1 if given[1] in {OPERATORS, UNKNOWN, NO_SERVER, NO_GRANT, NO_TRIGGER, NO_APPROVAL} else 0), (
        done.output
    )
    assert said in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", [name for name, given in COMMANDS.items() if not given])
def test_what_asks_no_server_is_not_in_the_way_of_one(ours: Ours, command: str) -> None:
    if command not in tree():
        pytest.skip(NOT_INSTALLED)
    assert CliRunner().invoke(command_line, [*command.split(), "--help"]).exit_code == 0
