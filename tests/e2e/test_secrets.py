"""A real provider's tokens, over real sockets, with every logger at DEBUG: they are in the requests and nowhere else."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.model.connection import Connection
from tests.peers.acme import KEY
from tests.peers.acme import write_app as write_acme
from tests.peers.burst import environment, write_app
from tests.peers.oidc import WEB, OidcPeer
from tests.peers.secrets import Sweep

MASTER = "5f" * 32


@pytest.fixture
def toolset(tmp_path: Path, oidc: OidcPeer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ComposioToolSet[Any]]:
    for name, value in environment(WEB).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", MASTER)
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")  # asyncio shows what its callbacks hold
    write_app(tmp_path, oidc)
    backend = EmbeddedBackend(home=tmp_path)
    yield ComposioToolSet[Any](backend=backend, entity_id="alice")
    backend.close()


async def asynchronously(toolset: ComposioToolSet[Any]) -> Any:
    try:
        asyncio.get_running_loop().slow_callback_duration = 0.0
        return await toolset.aexecute_action("PEER_GET_ME")
    finally:
        await toolset.backend.clients.aclose()  # type: ignore[attr-defined]  # the embedded backend has it


def test_they_show_nowhere(toolset: ComposioToolSet[Any], oidc: OidcPeer, tmp_path: Path) -> None:
    sweep = Sweep(MASTER, WEB.secret or "")

    def plant(one: Connection) -> None:
        values = toolset.client.connected_accounts.info(one.id).values
        sweep.plant(values["access_token"], values["refresh_token"])

    with sweep.listening():
        started = toolset.initiate_connection(app="peer")
    back = oidc.drive_login(str(started.redirectUrl))  # the browser logs what it likes
    sweep.plant(back.partition("code=")[2].partition("&")[0])
    with sweep.listening():
        one = toolset.complete_connection(back)
        plant(one)
        for work in (
            lambda: toolset.complete_connection(back),
            lambda: toolset.execute_action("PEER_GET_ME"),
            lambda: asyncio.run(asynchronously(toolset)),
            lambda: toolset.execute_request("/nowhere", app="peer"),
            lambda: toolset.refresh_connection(one.id),
            lambda: plant(one),
            lambda: toolset.execute_action("PEER_GET_ME"),
        ):
            sweep.attempt("work", work)
        oidc.reset()  # and the provider forgets all of it
        sweep.attempt("a dead grant", lambda: toolset.refresh_connection(one.id))
        sweep.attempt("a call with it", lambda: toolset.execute_action("PEER_GET_ME"))
        sweep.show(toolset=toolset, connections=toolset.get_connected_accounts(active=False), started=started)
        sweep.attempt("the end", lambda: toolset.delete_connection(one.id))
    toolset.backend.close()
    sweep.files(tmp_path)
    loggers = {where.removeprefix("log ") for where, _ in sweep.seen if where.startswith("log ")}
    assert {"httpx", "httpcore.http11", "httpcore.connection", "sqlalchemy.engine.Engine.composio", "asyncio"} <= loggers
    assert any(where == "file accounts.sqlite3" for where, _ in sweep.seen)
    assert sweep.hits() == []


API_KEY = "planted-apikey/9f+8e=7d"


def test_the_shell_shows_none_either(tmp_path: Path) -> None:
    """Output and errors of the commands, in text and as JSON, with the values given in each way there is."""
    write_acme(tmp_path, "keyed", KEY)
    (tmp_path / "key.txt").write_text(API_KEY + "\n")
    environ = {
        **os.environ,
        "COMPOSIO_HOME": str(tmp_path),
        "COMPOSIO_ENCRYPTION_KEY": MASTER,
        "COMPOSIO_KEYED_BASE_URL": "http://127.0.0.1:9",  # nobody listens
        "PYTHONASYNCIODEBUG": "1",
    }
    sweep = Sweep(API_KEY, MASTER)

    def composio(*arguments: str) -> str:
        done = subprocess.run([sys.executable, "-m", "composio.cli", *arguments], env=environ, capture_output=True, text=True)
        sweep.look(" ".join(arguments[:2]), done.stdout + done.stderr)
        return done.stdout

    added = composio("add", "keyed", "--field", f"api_key={API_KEY}", "--json")
    composio("add", "keyed", "--field", f"api_key=@{tmp_path / 'key.txt'}", "--force")
    composio("add", "keyed", "--field", f"apikey={API_KEY}", "--force")
    found = json.loads(added)["connection"]["id"]
    for arguments in (
        ["connections"],
        ["connections", "--json"],
        ["connections", "get", found],
        ["connections", "get", found, "--json"],
        ["connections", "refresh", found],
        ["integrations", "--json"],
        ["vault", "status"],
        ["vault", "rotate"],
        ["execute", "KEYED_GET_ME"],
    ):
        composio(*arguments)
    file = tmp_path / "accounts.sqlite3"
    sweep.look("file", file.read_bytes().decode("latin-1"))
    assert sweep.hits() == []
