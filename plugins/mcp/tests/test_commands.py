"""`composio mcp serve`: a client that starts it, and mistakes that are said before a client hides them."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from typer.testing import CliRunner

from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend


@pytest.mark.anyio
async def test_a_client_starts_the_command_and_talks_over_its_pipes(home: Path, backend: EmbeddedBackend) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "composio.cli", "mcp", "serve", "--apps", "acme", "--entity-id", "alice"],
        env={**os.environ, "COMPOSIO_HOME": str(home)},
    )
    async with Client(stdio_client(command)) as client:
        assert "ACME_GET_ME" in [tool.name for tool in (await client.list_tools()).tools]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--apps", "acmee"], "acme"),
        (["--actions", "ACME_GET_MEE"], "ACME_GET_ME"),
        (["--use-case", "things", "--tags", "x"], "not with --tags"),
        (["--all"], "--apps"),
        (["--transport", "pigeon"], "stdio"),
        (["--port", "0"], "--port"),
        (["--port", "9000"], "--transport http"),
        (["--entity-id", " "], "--entity-id"),
        (["--policy", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_a_mistyped_name_is_said_before_anything_is_served(backend: EmbeddedBackend, options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["mcp", "serve", *options], obj=Session(lambda: backend))
    assert done.exit_code != 0
    assert says in done.stderr
    assert done.stdout == ""


def test_a_port_that_somebody_has_is_said_before_anything_is_served(backend: EmbeddedBackend) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = ["--apps", "acme", "--transport", "http", "--port", port]
        done = CliRunner().invoke(app, ["mcp", "serve", *options], obj=Session(lambda: backend))
    assert done.exit_code == 1
    assert f"127.0.0.1:{port} can't be listened on" in done.stderr
    assert "--port" in done.stderr
    assert "Serving" not in done.stderr
