"""The published clients, unmodified, through their own loops: each lists, calls, fails and cancels rightly."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.testing import Calls, Say, ScriptedModel
from tests.peers.hanging import Api

HERE = Path(__file__).parent
PATIENCE = 300.0
# Where each agent's model is, below the scripted one's address.
AGENTS = {"langchain": "/v1", "openai_agents": "/v1", "pydantic_ai": "/v1", "google_adk": "", "claude_agent_sdk": ""}
SCRIPT = [
    Calls([{"name": "ACME_LIST_THINGS", "arguments": {"page[size]": 7}}]),
    Calls([{"name": "ACME_BREAK", "arguments": {}}]),
    Say("done"),
]
HANGS = [Calls([{"name": "ACME_HANG", "arguments": {}}]), Say("done")]


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(SCRIPT) as made:
        yield made


@pytest.fixture
def hanging() -> Iterator[ScriptedModel]:
    with ScriptedModel(HANGS) as made:
        yield made


def environ_of(url: str, home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSIO_", "PYTHON"))}
    return {
        **kept,
        "MCP_URL": f"{url}/mcp",
        "MCP_SSE_URL": f"{url}/sse",
        "HOME": str(home),
        "NO_PROXY": "*",
        "no_proxy": "*",
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        **more,
    }


def drive(command: list[str], environ: dict[str, str], cwd: Path, api: Api) -> None:
    """Run a driver: it calls, it says so, it begins a call that hangs, and it is told to cancel that."""
    api.hang()
    errors = cwd / "stderr"
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(
            command, env=environ, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as done,
    ):
        assert done.stdin is not None
        assert done.stdout is not None
        watch = threading.Timer(PATIENCE, done.kill)
        watch.start()
        left = False
        try:
            said = done.stdout.readline()
            if said == "called\n" and api.hanging.wait(PATIENCE):
                assert not api.left.is_set()
                done.stdin.write("cancel\n")
                done.stdin.flush()
                left = api.left.wait(60)
            rest = done.stdout.read()
        finally:
            watch.cancel()
            done.kill()
            api.let_go.set()
    why = f"{said}{rest[-2000:]}\n{errors.read_text('utf-8')[-4000:]}"
    assert said == "called\n", why
    assert rest.endswith("all\n"), why
    assert left, "the request upstream went on"


@pytest.mark.parametrize("name", AGENTS)
def test_an_agent_lists_calls_fails_and_cancels(
    name: str,
    python_with: Callable[[str], str],
    url: str,
    api: Api,
    model: ScriptedModel,
    hanging: ScriptedModel,
    tmp_path: Path,
) -> None:
    at = AGENTS[name]
    environ = environ_of(url, tmp_path, MODEL_URL=f"{model.url}{at}", HANGING_URL=f"{hanging.url}{at}")
    drive([python_with(name), str(HERE / f"drive_{name}.py")], environ, tmp_path, api)
    check(model)


def check(model: ScriptedModel) -> None:
    """What the model was offered and shown."""
    assert model.problems == []
    names = [tool["name"].rpartition("__")[2].upper() for tool in model.tools_seen()]
    assert "ACME_LIST_THINGS" in names
    assert "ACME_DELETE_ME" not in names
    first, second = model.results_seen()[:2]
    assert "page[size]" in first
    assert "Unicorn!" in second


@pytest.mark.parametrize("transport", ["http", "sse"])
@pytest.mark.parametrize("driver", ["drive_sdk.mjs", "drive_ai_sdk.mjs"])
def test_a_client_for_javascript_lists_calls_fails_and_cancels(
    driver: str,
    transport: str,
    node: str,
    node_clients: Path,
    url: str,
    api: Api,
    model: ScriptedModel,
    hanging: ScriptedModel,
    tmp_path: Path,
) -> None:
    (tmp_path / "node_modules").symlink_to(node_clients / "node_modules", target_is_directory=True)
    (tmp_path / driver).write_text((HERE / driver).read_text("utf-8"), "utf-8")
    environ = environ_of(url, tmp_path, MODEL_URL=model.openai_url, HANGING_URL=hanging.openai_url)
    drive([node, str(tmp_path / driver), transport], environ, tmp_path, api)
    if driver == "drive_ai_sdk.mjs":
        check(model)


@pytest.mark.parametrize(("transport", "path"), [("http", "mcp"), ("sse", "sse")])
def test_the_inspector_lists_calls_fails_and_cancels(
    transport: str, path: str, inspector: list[str], url: str, api: Api, tmp_path: Path
) -> None:
    environ = environ_of(url, tmp_path)

    def command(*more: str) -> list[str]:
        return [*inspector, "--cli", f"{url}/{path}", "--transport", transport, "--method", *more]

    def ask(*more: str) -> Any:
        done = subprocess.run(
            command(*more), env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return json.loads(done.stdout)

    assert "ACME_GET_ME" in [tool["name"] for tool in ask("tools/list")["tools"]]
    assert ask("tools/call", "--tool-name", "ACME_GET_ME")["structuredContent"]["successful"]
    assert "Unicorn!" in ask("tools/call", "--tool-name", "ACME_BREAK")["content"][0]["text"]
    api.hang()
    running = subprocess.Popen(
        command("tools/call", "--tool-name", "ACME_HANG"), env=environ, cwd=tmp_path, stdout=subprocess.DEVNULL
    )
    try:
        assert api.hanging.wait(PATIENCE)
        running.terminate()
        # Over Streamable HTTP with sessions, a connection that ends is no cancellation: the client may come back.
        assert transport == "http" or api.left.wait(60)
    finally:
        running.kill()
        running.wait()
        api.let_go.set()
