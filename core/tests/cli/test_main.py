from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

import composio as package
from composio.cli.commands import RootGroup
from composio.cli.session import Session
from composio.plugin import hookimpl
from composio.plugin.manager import plugins


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "composio.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def test_the_console_script_runs_this_module() -> None:
    project = tomllib.loads((Path(package.__file__).parent.parent / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"composio": "composio.cli.main:run"}


def test_version() -> None:
    done = shell("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"composio {package.__version__}\n", "")


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; from composio.cli.main import app\n"
        "try: app(['--version'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('httpx', 'pydantic', 'pluggy', 'importlib.metadata', 'rich.console', 'yaml', 'jinja2', 'sqlite3', 'composio.embedded') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_without_a_command_the_help_is_shown(composio: Callable[..., Any]) -> None:
    done = composio()
    shown = done.output
    assert [name for name in ("demo", "apps", "actions", "execute", "plugins") if f"\n  {name} " not in shown] == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("aps", "apps"), ("excute", "execute"), ("plugin", "plugins"), ("action", "actions")]
)
def test_a_mistyped_command_names_the_nearest(composio: Callable[..., Any], typed: str, meant: str) -> None:
    done = composio(typed)
    assert done.exit_code == 2
    assert f"No such command '{typed}'. Did you mean {meant}" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("typed", "meant"), [("connect", "composio add APP"), ("disconnect", "connections remove")])
def test_a_command_that_has_another_name_here_says_which(composio: Callable[..., Any], typed: str, meant: str) -> None:
    done = composio(typed, "github")
    assert done.exit_code == 2
    assert meant in done.stderr


def test_a_mistyped_subcommand_names_the_nearest(composio: Callable[..., Any]) -> None:
    done = composio("apps", "generate-type")
    assert done.exit_code == 2
    assert "Did you mean generate-types" in done.stderr


def test_a_command_unlike_any_lists_all(composio: Callable[..., Any]) -> None:
    done = composio("zzz")
    assert (
        "Commands: demo, add, connections, integrations, apps, actions, scopes, execute, calls, logs, export, forget, policy, approvals, triggers, plugins, vault, login"
        in done.stderr
    )


@pytest.mark.parametrize(
    "command",
    [
        *((), ("apps",), ("apps", "add"), ("actions",), ("actions", "show"), ("execute",), ("demo",)),
        *(("add",), ("connections",), ("integrations",), ("vault",), ("login",), ("logout",), ("whoami",)),
        *(("connections", name) for name in ("get", "remove", "refresh", "enable", "disable")),
        *(("integrations", "get"), ("integrations", "remove"), ("vault", "rotate"), ("vault", "backup"), ("vault", "restore")),
    ],
)
def test_every_help_text_has_an_example_or_lists_commands(composio: Callable[..., Any], command: tuple[str, ...]) -> None:
    done = composio(*command, "--help")
    assert done.exit_code == 0
    assert "composio" in done.stdout


def test_an_error_is_one_message_on_stderr_and_exit_1(composio: Callable[..., Any]) -> None:
    done = composio("actions", "show", "PETS_ADOPT_A_PAT")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: Unknown action 'PETS_ADOPT_A_PAT'. Did you mean PETS_ADOPT_A_PET")
    assert "Traceback" not in done.stderr


def test_the_backend_is_closed_after_a_command(composio: Callable[..., Any], backend: Any) -> None:
    composio("apps")
    assert backend.closed


def test_the_backend_is_closed_after_a_failure(composio: Callable[..., Any], backend: Any) -> None:
    composio("actions", "show", "NO_SUCH")
    assert backend.closed


def test_a_session_that_opened_nothing_closes_nothing() -> None:
    def explode() -> Any:
        raise AssertionError("nobody asked for a backend")

    Session(explode).close()


def test_what_nobody_foresaw_is_one_message_without_its_text() -> None:
    code = (
        "from composio.cli import main\n"
        "def boom(): raise ValueError('token-123')\n"
        "main.app.command('boom')(boom)\n"
        "from composio.cli import commands; commands._ORDER += ('boom',)\n"
        "import sys; sys.argv = ['composio', 'boom']; main.run()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "unexpected ValueError" in done.stderr
    assert "token-123" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes break differently on Windows")
def test_a_reader_that_leaves_early_causes_no_noise() -> None:
    script = "for _ in range(9): print('x' * 100000)"
    code = (
        "from composio.cli import main, commands\n"
        f"def flood():\n    {script}\n"
        "main.app.command('flood')(flood); commands._ORDER += ('flood',)\n"
        "import sys; sys.argv = ['composio', 'flood']; main.run()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(30)


class Adding:
    """A plugin with a good command, a broken one, and one that tries to take a name of the core."""

    @hookimpl
    def register_commands(self, register: Callable[[str, str], None]) -> None:
        register("hello", "composio.errors:nearest_greeting")
        register("apps", "nowhere:at_all")
        register("text", "composio:__version__")


@pytest.fixture
def added() -> Any:
    plugin = Adding()
    plugins().register(plugin, "adding")
    yield plugin
    plugins().unregister(plugin)


def test_a_plugins_command_is_listed_and_a_broken_one_says_why(composio: Callable[..., Any], added: Any) -> None:
    assert "hello" in composio("--help").stdout
    done = composio("hello")
    assert done.exit_code == 1
    assert "a command is a typer.Typer or a function, not str" in composio("text").stderr
    assert "The command 'hello' of a plugin can't be loaded from composio.errors:nearest_greeting" in done.stderr


def test_a_plugin_cant_replace_a_command_of_the_core(composio: Callable[..., Any], added: Any) -> None:
    assert composio("apps").exit_code == 0


def greet(name: str) -> None:
    typer.echo(f"Hello {name}")


def test_a_plugins_function_becomes_a_command(composio: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class Greeting:
        @hookimpl
        def register_commands(self, register: Callable[[str, str], None]) -> None:
            register("greet", "greeting_for_tests:greet")

    module = type(sys)("greeting_for_tests")
    module.greet = greet  # type: ignore[attr-defined] # a module made for this test
    monkeypatch.setitem(sys.modules, "greeting_for_tests", module)
    plugin = Greeting()
    plugins().register(plugin)
    try:
        assert composio("greet", "Ada").stdout == "Hello Ada\n"
        assert composio("greet").exit_code == 2
    finally:
        plugins().unregister(plugin)


def test_the_root_group_is_what_typer_uses() -> None:
    from composio.cli.main import app

    assert app.info.cls is RootGroup


@pytest.mark.parametrize(
    ("arguments", "code", "kind", "says"),
    [
        (("actions", "show", "NOPE", "--json"), 1, "ActionNotFound", "Unknown action 'NOPE'"),
        (("actions", "--jsn", "--json"), 2, "UsageError", "--jsn"),
        (("nosuch", "--json"), 2, "UsageError", "No such command 'nosuch'"),
        (("connections", "nosuch", "--json"), 2, "UsageError", "No such command 'nosuch'"),
    ],
)
def test_errors_are_json_on_stderr_where_json_was_asked_for(
    composio: Callable[..., Any], arguments: tuple[str, ...], code: int, kind: str, says: str
) -> None:
    done = composio(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    told = json.loads(done.stderr)
    assert told["type"] == kind
    assert says in told["error"]


@pytest.mark.parametrize("command", ["dashboard", "serve"])
def test_a_command_of_a_plugin_that_is_not_installed_says_which(
    composio: Callable[..., Any], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.cli.commands._plugin_commands", lambda _: {})
    done = composio(command)
    assert done.exit_code == 2
    assert "pip install opencomposio-server" in done.stderr
