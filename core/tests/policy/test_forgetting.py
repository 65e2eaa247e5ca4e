"""What is kept of one entity is shown whole, and forgotten, and nobody else's."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from composio import ComposioToolSet
from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend
from composio.policy import Policy, allow, confirm
from composio.process.home import ACCOUNTS
from composio.remote.backend import RemoteBackend
from composio.testing import FakeUpstream
from tests.peers.served import Served

Shop = tuple[EmbeddedBackend, FakeUpstream]
REFUND, ORDERS = "SHOP_CREATE_REFUND", "SHOP_LIST_ORDERS"
POLICY = Policy(confirm(REFUND), otherwise=allow())


def fill(toolset: ComposioToolSet[Any], *entities: str) -> None:
    """A connection, a call and an approval that waits, of two entities."""
    for entity in entities or ("alice-in-wonderland", "bob"):
        toolset.initiate_connection(
            app="shop", entity_id=entity, auth_scheme="BEARER_TOKEN", connected_account_params={"token": f"token-{entity}"}
        )
        assert toolset.execute_action(ORDERS, {}, entity_id=entity)["successful"]
        assert toolset.execute_action(REFUND, {"amount": 5}, entity_id=entity).approval_id


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, shop: Shop) -> None:
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", "on")
    monkeypatch.setenv("COMPOSIO_SHOP_BASE_URL", shop[1].url)


@pytest.mark.usefixtures("logged")
def test_an_entity_is_exported_and_forgotten(shop: Shop) -> None:
    toolset = ComposioToolSet(backend=shop[0], policy=POLICY)
    fill(toolset)
    kept = toolset.export_entity("alice-in-wonderland")
    assert {name: len(some) for name, some in kept.items()} == {
        "triggers": 0,
        "connections": 1,
        "approvals": 1,
        "calls": 2,
        "events": 0,
    }
    assert "token-alice" not in json.dumps(kept)
    assert toolset.forget_entity("alice-in-wonderland") == {
        "triggers": 0,
        "connections": 1,
        "approvals": 1,
        "calls": 2,
        "events": 0,
    }
    assert not any(toolset.export_entity("alice-in-wonderland").values())
    assert {name: len(some) for name, some in toolset.export_entity("bob").items() if some} == {
        "connections": 1,
        "approvals": 1,
        "calls": 2,
    }
    assert toolset.calls.verify().holds
    with closing(sqlite3.connect(shop[0].home.kept / ACCOUNTS)) as connection:
        assert not [line for line in connection.iterdump() if "alice-in-wonderland" in line]
    assert not any(toolset.forget_entity("alice-in-wonderland").values())


@pytest.mark.usefixtures("logged")
def test_the_commands_do_the_same(shop: Shop) -> None:
    fill(ComposioToolSet(backend=shop[0], policy=POLICY))

    def run(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, list(words), obj=Session(lambda: shop[0]))
        assert done.exit_code == code, (done.stdout, done.stderr)
        return done

    assert len(json.loads(run("export", "bob").stdout)["calls"]) == 2
    assert "add --yes" in run("forget", "bob", code=1).stderr
    assert json.loads(run("forget", "bob", "--yes", "--json").stdout)["approvals"] == 1
    assert "Forgot bob: 0 triggers, 0 connections" in run("forget", "bob", "--yes").stdout
    assert json.loads(run("export", "bob").stdout)["calls"] == []


@pytest.mark.usefixtures("logged")
def test_over_a_server_its_rows_and_the_programs_own_approvals_go(shop: Shop, served: Served, tmp_path: Path) -> None:
    served.on(shop[0])
    # One server serves every test of the process, and its log holds what theirs called.
    alice, bob = (f"{name}-{uuid4().hex}" for name in ("alice", "bob"))
    remote = RemoteBackend(served.address(), home=tmp_path / "caller")
    try:
        toolset = ComposioToolSet(backend=remote, policy=POLICY)
        fill(toolset, alice, bob)
        logged = toolset.calls.list(entity_id=bob)
        assert {one.action for one in logged} == {ORDERS}, "a held call stays with the caller"
        found = toolset.forget_entity(bob)
        # On a busy machine a read may be sent twice, and be logged twice.
        assert (found["connections"], found["approvals"], found["calls"]) == (1, 1, len(logged))
        assert [one.entity_id for one in toolset.calls.list(entity_id=bob)] == []
        assert len(toolset.calls.list(entity_id=alice)) == 1
        assert [one.entity_id for one in toolset.approvals.list()] == [alice]
    finally:
        remote.close()
