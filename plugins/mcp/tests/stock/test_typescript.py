"""The examples of ``docs/typescript.md``, as they are, under Node and against a server."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.testing import Calls, Say, ScriptedModel
from composio_server.services.keys import Scope
from composio_server.services.services import Services
from tests.peers.acme_server import acme as acme_provider
from tests.peers.acme_server import app, compiled_home, home, listening, services, settings, url

__all__ = ["acme_provider", "app", "compiled_home", "home", "listening", "services", "settings", "url"]

PAGE = Path(__file__).parents[4] / "docs" / "typescript.md"
EXAMPLES = re.findall(r"```typescript\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
TITLE = "Composio is open"
FRONTPAGE = {"name": "HACKERNEWS_GET_FRONTPAGE", "arguments": {"size": 1}}
# A session's agent runs what it found through one of the session's own tools.
IN_SESSION = {
    "name": "COMPOSIO_MULTI_EXECUTE_TOOL",
    "arguments": {"tools": [{"tool_slug": FRONTPAGE["name"], "arguments": FRONTPAGE["arguments"]}]},
}


def answer(request: httpx.Request) -> httpx.Response:
    """Hacker News."""
    assert request.url.host == "hn.algolia.com", request.url
    post = {"objectID": "1", "title": TITLE, "url": "https://composio.example", "points": 7, "author": "ann"}
    return httpx.Response(200, json={"hits": [post], "nbHits": 1, "page": 0, "nbPages": 1, "hitsPerPage": 1})


@pytest.fixture(scope="module")
def acme() -> Any:
    return answer


@pytest.fixture(scope="module")
def public_url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="module")
def key(services: Services) -> str:
    return services.keys.create(services.projects.create("news").id, "admin", [Scope.ADMIN])[1].reveal()


@pytest.fixture(scope="module")
def mcp_url(url: str, key: str) -> str:
    """As ``composio mcp url`` prints it."""
    with httpx.Client(base_url=f"{url}/api/v3/mcp", headers={"x-api-key": key}, trust_env=False, timeout=60) as client:
        made = client.post("/servers", json={"name": "News", "apps": ["hackernews"]}).json()
        signed = client.post("/servers/generate", json={"mcp_server_id": made["id"], "user_ids": ["ann"]}).json()
    return str(signed["user_ids_url"][0])


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel([Calls([FRONTPAGE]), Say(lambda results: results[0])]) as made:
        yield made


@pytest.fixture
def session_model() -> Iterator[ScriptedModel]:
    with ScriptedModel([Calls([IN_SESSION]), Say(lambda results: results[0])]) as made:
        yield made


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs_as_it_is(
    number: int,
    node: str,
    node_clients: Path,
    url: str,
    key: str,
    mcp_url: str,
    model: ScriptedModel,
    session_model: ScriptedModel,
    tmp_path: Path,
) -> None:
    code = EXAMPLES[number]
    (tmp_path / "node_modules").symlink_to(node_clients / "node_modules", target_is_directory=True)
    (tmp_path / "example.mts").write_text(code, "utf-8")
    used = session_model if "composio.create" in code else model
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSIO_", "PYTHON"))}
    environ = {
        **kept,
        "COMPOSIO_BASE_URL": url,
        "COMPOSIO_API_KEY": key,
        "MCP_URL": mcp_url,
        "OPENAI_BASE_URL": used.openai_url,
        "OPENAI_API_KEY": "none",
        "HOME": str(tmp_path),
        "NO_PROXY": "*",
    }
    command = [node, str(tmp_path / "example.mts")]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert used.problems == []
    assert TITLE in done.stdout or done.stdout.strip().isdigit(), done.stdout
