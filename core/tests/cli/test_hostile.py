"""Whatever an app, a connection, an upstream or an argument says: no command shows any of it raw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
import yaml
from typer.testing import CliRunner

from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport
from tests.peers.terminal import read_all

# A colour, a window title, C1, DEL, a cursor that goes back, bidi, no width, separators, a tag, and Rich's markup.
HOSTILE = (
    "\x1b[31mA\x1b]0;owned\x07\x9b2J\x7f\r\x08\u202e\u2066\u200b\u200d\ufeff\u2028\u2029\x85\U000e0041[red]B[/red]"
    "[link=https://e.test]C[/link]"
)
NAMES = ("a", HOSTILE)


def field(name: str) -> dict[str, Any]:
    return {"name": name, "display_name": HOSTILE, "description": HOSTILE}


EVIL = {
    "name": HOSTILE,
    "unique_key": "evil",
    "description": HOSTILE,
    "docs": HOSTILE,
    "logo": HOSTILE,
    "categories": [HOSTILE],
    "spec": {"file": "openapi.json", "license": HOSTILE},
    "get_current_user_endpoint": "/me",
    "aliases": {"EVIL_ALIAS": HOSTILE},
    "auth_schemes": [
        {
            "name": HOSTILE,
            "auth_mode": "API_KEY",
            "fields": [field("api_key"), field("region")],
            "proxy": {"headers": {"X-Key": "{{api_key}}"}},
        },
        {
            "name": "device",
            "auth_mode": "OAUTH2",
            "grant_type": "device_code",
            "device_authorization_url": "https://evil.example/device",
            "token_url": "https://evil.example/token",
            "default_scopes": [HOSTILE],
            "token_response_metadata": ["team"],
        },
    ],
}


def operation(**more: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": HOSTILE}}, "description": HOSTILE, "tags": [HOSTILE], **more}


SCHEMA = {"type": "string", "description": HOSTILE, "default": HOSTILE, "enum": [HOSTILE, "b"]}
PARAMETERS = [
    {"name": HOSTILE, "in": "query", "required": True, "description": HOSTILE, "schema": SCHEMA},
    {"name": "b", "in": "query", "required": True, "schema": {"type": "string", "example": HOSTILE}},
]
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": HOSTILE, "version": HOSTILE, "description": HOSTILE, "license": {"name": HOSTILE}},
    "servers": [{"url": "https://evil.example/api"}],
    "paths": {
        "/me": {"get": operation(summary=f"Get me {HOSTILE}", operationId=HOSTILE)},
        "/things": {"get": operation(summary="List things", parameters=PARAMETERS)},
        "/gone": {"delete": operation(summary="Fail", operationId=f"x{HOSTILE}")},
        f"/{HOSTILE}": {"get": operation(requestBody={"content": {"application/json": {"schema": {"$ref": f"#/{HOSTILE}"}}}})},
        HOSTILE: {"get": {}},
        "/same": {
            "get": operation(summary="Same", operationId="same_a"),
            "put": operation(summary="Same", operationId="same_b"),
        },
    },
}


class World:
    """A home with a hostile app that two connections lead to, and the upstream behind it."""

    def __init__(self, home: Path) -> None:
        self.home, self.granted = home, True
        folder = home / "apps" / "evil"
        folder.mkdir(parents=True)
        (folder / "integration.yaml").write_text(yaml.safe_dump(EVIL), "utf-8")
        (folder / "openapi.json").write_text(json.dumps(DESCRIPTION), "utf-8")
        self.description = folder / "openapi.json"
        self.broken = home / "broken.yaml"
        self.broken.write_text(yaml.safe_dump({"name": "x", HOSTILE: 1, "unique_key": HOSTILE}), "utf-8")
        self.api = FakeTransport(
            {
                ("GET", "/api/me"): (403, {"message": HOSTILE}),
                ("GET", "/api/things"): (200, {HOSTILE: [HOSTILE, {HOSTILE: None}], "text": HOSTILE}),
                ("DELETE", "/api/gone"): (400, {"error": {"message": HOSTILE, "detail": [HOSTILE]}}),
                ("POST", "/device"): (
                    200,
                    {"device_code": "d", "user_code": HOSTILE, "verification_uri": "https://x.test/enter", "interval": 1},
                ),
                ("POST", "/token"): self.token,
            }
        )

    def token(self, _request: httpx.Request) -> Any:
        if self.granted:
            return 200, {
                "access_token": "t0ken-of-evil",
                "refresh_token": "r",
                "token_type": "bearer",
                "expires_in": 3600,
                "team": HOSTILE,
            }
        return 400, {"error": "invalid_grant", "error_description": HOSTILE}

    def __call__(self, *arguments: str, stdin: str | None = None) -> Any:
        session = Session(lambda: EmbeddedBackend(home=self.home, transport=self.api))
        return CliRunner().invoke(app, list(arguments), obj=session, input=stdin)

    def ids(self, command: str) -> list[str]:
        return [one["id"] for one in json.loads(self(command, "--json").stdout)]


def raw(text: str) -> list[str]:
    """What of ``text`` would drive a terminal or hide in it."""
    return [repr(c) for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "300")
        patch.setenv("COMPOSIO_ENCRYPTION_KEY", "00" * 32)
        patch.setenv("COMPOSIO_REDIRECT_PORT", "0")
        patch.setenv("COMPOSIO_API_KEY", "")
        yield World(tmp_path_factory.mktemp("hostile") / "home")


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that there is, also those that were added after this test was written."""
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


EVERY = sorted(set(commands(typer.main.get_command(app))))


def check(done: Any, *, says: bool = False) -> None:
    for text in (done.stdout, done.stderr):
        assert raw(text) == []
    if says:  # it is there, to be seen; what an error quotes is escaped as Python does it
        shown = done.stdout + done.stderr
        assert "\\u001b[31mA" in shown or "\\x1b[31mA" in shown
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("path", [path for path in EVERY if path[:1] != ("demo",)], ids=" ".join)
def test_no_command_shows_arguments_raw(world: World, path: tuple[str, ...]) -> None:
    for more in ((), (HOSTILE,), (HOSTILE, HOSTILE), ("--json", HOSTILE), (f"--{HOSTILE}",), ("--app", HOSTILE), ("--help",)):
        if path and not more:
            continue  # as they are meant to be called: below
        check(world(*path, *more))


def test_listing_and_describing_shows_nothing_raw(world: World) -> None:
    check(world("apps", "update", "evil"), says=True)  # its warnings
    check(world("apps"), says=True)
    check(world("apps", "--json"), says=True)
    check(world("apps", "--filter", HOSTILE))
    for more in ((), ("--json",), ("--search", f"things {HOSTILE}"), ("--tag", HOSTILE)):
        check(world("actions", "--app", "evil", *more), says=True)
    slugs = [action["name"] for action in json.loads(world("actions", "--app", "evil", "--json").stdout)]
    assert len(slugs) == 6
    for slug in slugs:
        check(world("actions", "show", slug), says=True)
        check(world("actions", "show", slug, "--json"), says=True)
    for unknown in ("EVIL_SAME", "EVIL_NOTHING", HOSTILE):
        check(world("actions", "show", unknown))
    check(world("actions", "--app", HOSTILE), says=True)


def test_a_command_to_copy_means_the_same_value(world: World) -> None:
    [line] = [line for line in world("actions", "show", "EVIL_LIST_THINGS").stdout.splitlines() if "composio execute" in line]
    import shlex

    assert json.loads(shlex.split(line)[-1])[next(iter(json.loads(shlex.split(line)[-1])))] == HOSTILE


def test_results_and_errors_of_calls_show_nothing_raw(world: World) -> None:
    auth = ("--auth", "header:X-Key=k-k-k-k")
    arguments = json.dumps(
        dict.fromkeys(
            json.loads(world("actions", "show", "EVIL_LIST_THINGS", "--json").stdout)["parameters"]["properties"], "b"
        )
    )
    done = world("execute", "EVIL_LIST_THINGS", "-p", arguments, *auth)
    check(done, says=True)
    assert json.loads(done.stdout)["data"] == {HOSTILE: [HOSTILE, {HOSTILE: None}], "text": HOSTILE}
    check(world("execute", "EVIL_FAIL", *auth), says=True)
    check(world("execute", "EVIL_LIST_THINGS", "-p", json.dumps({HOSTILE: HOSTILE}), *auth))
    for slug, params in ((HOSTILE, "{}"), ("EVIL_FAIL", HOSTILE), ("EVIL_FAIL", f"@{HOSTILE}"), ("EVIL_FAIL", "{}")):
        check(world("execute", slug, "-p", params))
    check(world("execute", "EVIL_FAIL", "-p", "-", stdin=HOSTILE))


def test_connecting_and_connections_show_nothing_raw(world: World) -> None:
    refused = ("--field", f"api_key={HOSTILE}k3y", "--field", f"region={HOSTILE}")
    check(world("add", "evil", "--auth-mode", "API_KEY", *refused))
    values = ("--field", "api_key=k3y-of-evil", "--field", "region=[red]eu[/red]")
    check(world("add", "evil", "--auth-mode", HOSTILE), says=True)
    check(world("add", "evil", "--auth-mode", "API_KEY"), says=True)  # asks for its fields
    check(world("add", "evil", "--auth-mode", "API_KEY", *values, "-e", HOSTILE, "-l", HOSTILE), says=True)
    check(world("add", "evil", "--auth-mode", "API_KEY", *values, "-e", HOSTILE, "-l", HOSTILE), says=True)
    client = ("--field", "client_id=c", "--field", "client_secret=s3cret-of-c")
    check(world("add", "evil", "-a", "OAUTH2", "--no-browser", "--timeout", "20", *client, "-e", HOSTILE), says=True)
    check(world("connections"), says=True)
    check(world("connections", "--json"), says=True)
    check(world("connections", "--label", HOSTILE))
    world.granted = False
    ids = world.ids("connections")
    assert len(ids) == 2
    for connection in ids:
        for command in ("get", "refresh", "disable", "enable"):
            check(world("connections", command, connection))
            check(world("connections", command, connection, "--json"))
        check(world("connections", "get", connection), says=True)
    check(world("integrations"))
    for integration in world.ids("integrations"):
        check(world("integrations", "get", integration))
        check(world("integrations", "remove", integration))
        check(world("integrations", "remove", integration, "--yes"))
    for connection in ids:
        check(world("connections", "remove", connection), says=True)


def test_describing_other_files_shows_nothing_raw(world: World) -> None:
    check(world("apps", "check", str(world.broken)), says=True)
    check(world("apps", "check", str(world.broken), "--json"), says=True)
    check(world("apps", "add", "again", "--spec", str(world.description)), says=True)
    check(world("apps", "add", "again", "--spec", str(world.description), "--json"), says=True)
    check(world("apps", "add", "again", "--spec", f"/{HOSTILE}"))
    bad = world.home / "bad.json"
    bad.write_text(json.dumps({HOSTILE: 1, "openapi": HOSTILE}), "utf-8")
    check(world("apps", "add", "bad", "--spec", str(bad)), says=True)
    check(world("apps", "remove", "again"))
    for command in (
        ("whoami",),
        ("whoami", "--json"),
        ("vault", "status"),
        ("apps", "schema"),
        ("plugins",),
        ("login",),
        ("logout",),
    ):
        check(world(*command))


TERMINAL = """
import sys
from composio.cli.main import app
from composio.cli.output import prompt
from composio.cli.progress import progress_reporter
hostile = {hostile!r}
report = progress_reporter()
report(hostile, 1, 3)
import time; time.sleep(0.3)
report(hostile, 3, 3)
from composio.cli.output import print_table
print_table(("A",), [(hostile,)])
prompt(hostile, hide=False)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_in_a_terminal_progress_tables_and_questions_are_escaped() -> None:
    import pty

    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TERMINAL.format(hostile=HOSTILE)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "300"},
    )
    os.close(terminal)
    os.write(controller, b"\n")
    shown = read_all(controller)
    assert process.wait(30) == 0
    text = shown.decode()
    assert text.count("\\u001b[31mA\\u001b]0;owned\\u0007\\u009b2J") >= 3
    # What is Rich's own stays: colours of the bar, the cursor that is hidden meanwhile.
    for sequence in ("\x1b[31mA", "\x1b]0;", "\x1b]8;", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\u200b", "\u2028", "\x85"):
        assert sequence not in text


WARNED = """
import logging, sys, warnings
from composio.cli.output import guard_streams
guard_streams()
warnings.warn({hostile!r})
logging.getLogger("anybody").error("%s", {hostile!r})
"""


def test_what_libraries_warn_of_is_escaped_too() -> None:
    done = subprocess.run([sys.executable, "-c", WARNED.format(hostile=HOSTILE)], capture_output=True, text=True, check=True)
    assert raw(done.stderr) == []
    assert done.stderr.count("\\u001b[31mA") == 2


def test_an_unforeseen_errors_traceback_is_escaped(tmp_path: Path) -> None:
    code = (
        "import composio.cli.main as m, composio.cli.session as s\n"
        f"def broken(self): raise RuntimeError({HOSTILE!r})\n"
        "s.Session.backend = property(broken)\n"
        "import sys; sys.argv = ['composio', 'apps']; m.run()"
    )
    env = {**os.environ, "COMPOSIO_HOME": str(tmp_path), "COMPOSIO_TRACEBACK": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 1
    assert raw(done.stderr) == []
    assert "RuntimeError: \\u001b[31mA" in done.stderr


def test_every_print_passes_the_one_place() -> None:
    """No module of the command prints by itself."""
    import composio.cli

    for file in Path(composio.cli.__path__[0]).glob("*.py"):
        text = file.read_text("utf-8")
        for way in (
            "typer.echo(",
            "typer.secho(",
            "typer.prompt(",
            "typer.confirm(",
            "print(",
            "sys.stdout.write(",
            "sys.stderr.write(",
        ):
            found = text.replace("console.print(", "").replace("_print(", "")
            assert way not in found or file.name == "output.py", f"{file.name}: use composio.cli.output instead of {way}"
