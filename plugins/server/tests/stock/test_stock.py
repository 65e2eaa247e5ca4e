"""v0.7's published clients, unmodified, against this server: what each of their operations comes to."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from tests.peers.upstreams import PDF, World

HERE = Path(__file__).parent
Report = dict[str, list[tuple[str, bool, str]]]
# What can't work here: the listener's host is a constant of its vendor's.
_PYTHON = {"create_trigger_listener()": "Timed out"}
_TYPESCRIPT: dict[str, str] = {}


def environ(world: World, folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSIO_", "PYTHON"))}
    return {
        **kept,
        "COMPOSIO_BASE_URL": f"{world.url}/api",
        "COMPOSIO_API_KEY": world.key,
        "COMPOSIO_CACHE_DIR": str(folder / "cache"),
        "COMPOSIO_DISABLE_VERSION_CHECK": "true",
        "TELEMETRY_DISABLED": "true",
        "HOME": str(folder),
        "NO_PROXY": "*",
        "COLUMNS": "200",
        "UPSTREAM": world.upstream.url,
        "ORIGIN": world.url,
        "PDF_SHA256": hashlib.sha256(PDF).hexdigest(),
        **more,
    }


def drive(command: list[str], world: World, folder: Path) -> list[tuple[str, bool, str]]:
    done = subprocess.run(
        command, env=environ(world, folder), cwd=folder, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [(line["operation"], line["ok"], line["why"]) for line in lines]


def judge(found: list[tuple[str, bool, str]], excused: Mapping[str, str]) -> None:
    """Everything works but what is ``excused``, which fails for the reason that is known."""
    assert {operation: why for operation, ok, why in found if not ok and excused.get(operation, "\0") not in why} == {}
    assert {operation for operation, ok, _ in found if ok} & excused.keys() == set()


def test_composio_core_for_python(former_python: Path, world: World, report: Report, tmp_path: Path) -> None:
    found = report["composio-core 0.7.20"] = drive([str(former_python), str(HERE / "drive_python.py")], world, tmp_path)
    assert len(found) >= 39
    judge(found, _PYTHON)


def test_composio_core_for_typescript(node: Path, former_node: Path, world: World, report: Report, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(former_node / "node_modules", target_is_directory=True)
    script = tmp_path / "drive.cjs"
    script.write_text((HERE / "drive_typescript.cjs").read_text())
    found = report["composio-core 0.5.39 (npm)"] = drive([str(node), str(script)], world, tmp_path)
    assert len(found) >= 32
    judge(found, _TYPESCRIPT)


class CommandLine:
    """``composio`` of 0.7.20, and what became of each invocation."""

    def __init__(self, python: Path, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.found: list[tuple[str, bool, str]] = []
        self._command = [str(python), "-m", "composio.cli"]

    def run(self, arguments: str, says: str, *, typed: str = "", key: bool = True, why_not: str = "") -> str:
        """Run one; it should end well and say ``says``, or with ``why_not`` fail and say that. Gives what it said."""
        given = environ(self.world, self.folder)
        if not key:
            del given["COMPOSIO_API_KEY"]
        done = subprocess.run(
            [*self._command, *arguments.split(" ")],
            env=given,
            cwd=self.folder,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = done.stdout + done.stderr
        self._note(arguments, done.returncode == 0 and re.search(says, said) is not None, said, why_not)
        return said

    def talk(self, arguments: str, until: str, answer: Callable[[str], str], says: str, *, key: bool = True) -> None:
        """Run one that waits for what happens elsewhere once it said ``until``; ``answer`` does that, and gives what is typed."""
        given = {**environ(self.world, self.folder), "PYTHONUNBUFFERED": "1"}
        if not key:
            del given["COMPOSIO_API_KEY"]
        command = [*self._command, *arguments.split(" ")]
        with subprocess.Popen(
            command,
            env=given,
            cwd=self.folder,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as running:
            assert running.stdin is not None
            assert running.stdout is not None
            said = ""
            while (match := re.search(until, said)) is None and (line := running.stdout.readline()):
                said += line
            more = running.communicate(answer(match[1]) if match else "", timeout=120)[0]
        said += more or ""
        self._note(arguments, running.returncode == 0 and re.search(says, said) is not None, said)

    def _note(self, arguments: str, ok: bool, said: str, why_not: str = "") -> None:
        why = " ".join(said.split())[-300:]
        if why_not:
            assert not ok, f"{arguments} works now: {said}"
            assert re.search(why_not, said), f"{arguments}: {said}"
        self.found.append((f"composio {arguments}", ok, why))
        assert ok or why_not, f"composio {arguments}: {said}"


def test_the_command_line_of_composio_core(former_python: Path, world: World, report: Report, tmp_path: Path) -> None:
    cli = CommandLine(former_python, world, tmp_path)
    report["composio 0.7.20 (command line)"] = cli.found
    admin = httpx.Client(base_url=world.url, headers={"x-api-key": world.key}, trust_env=False)

    def approve(session: str) -> str:
        code: str = admin.get("/api/v1/cli/get-cli-code", params={"key": session}).json()["code"]
        return f"{code}\n"

    def sign_in(url: str) -> str:
        # The client sends users to its vendor's page on port 3000 in the end; the callback is as far as this goes.
        back = httpx.get(url, trust_env=False).headers["location"]
        assert httpx.get(back, trust_env=False).status_code < 400
        return ""

    if world.usual_port:
        cli.talk("login --no-browser", r"cliKey=(\w+)", approve, "Authenticated successfully", key=False)
        cli.run("whoami", "ck_", key=False)
        cli.run("logout", "", key=False)
    cli.run("whoami", world.key)
    cli.run("apps", "keyed")
    cli.run("apps --enabled", "")
    cli.run("actions --app keyed --limit 3", "KEYED_GET_ME", typed="n\n")
    cli.run("actions --app openly --use-case list --limit 2", "OPENLY_LIST_THINGS", typed="n\n")
    cli.run("actions --limit 2", "", typed="n\n")
    cli.run("add keyed", "added successfully", typed="ada-key\n\n")
    cli.run("add keyed", "Existing connection retained", typed="n\n")
    cli.run("add keyed --force", "added successfully", typed="newer-key\neu\n")
    cli.run("add keyed -e grace -l work", "added successfully", typed="grace-key\n\n")
    cli.run("add openly", "", why_not="does not require authentication")
    cli.run("add nothing", "", why_not="Unknown app|nothing")
    if world.usual_port:
        cli.talk("add signed --no-browser", r"URL: (\S+)", sign_in, "added successfully")
    listed = cli.run("connections", r"Id : conn_\w+\s+App: keyed")
    cli.run("connections --active", "conn_")
    account = re.search(r"Id : (conn_\w+)", listed)
    assert account is not None
    cli.run(f"connections get {account[1]}", "Status: ACTIVE")
    cli.run("connections get nothing", "", why_not="Unknown|not")
    integration = re.search(r"ID: (\w+)", cli.run("integrations", "App: keyed"))
    assert integration is not None
    cli.run(f"integrations remove {integration[1]}", "Removed integration")
    cli.run("execute OPENLY_GET_ME", '"successful": true')
    cli.run('execute OPENLY_CREATE_A_THING --params {"name":"x"}', '"successful": true')
    cli.run("triggers", "Showing all triggers")
    cli.run("triggers --app keyed", "Showing all triggers")
    cli.run("triggers --active", "", why_not="No active triggers")
    cli.run("triggers show nothing", "", why_not="nothing|unpack")
    cli.run("triggers disable nothing", "", why_not="Unknown trigger id")
    cli.run("triggers callbacks get", "None")
    cli.run("triggers callbacks set https://app.example/events", "")
    admin.close()
