"""The log of calls under a policy: who acted, what was decided, who approved, and that nothing of it changes afterwards."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from typer.testing import CliRunner

from composio import ComposioToolSet
from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest
from composio.policy import Policy, allow, confirm, deny
from composio.process.home import ACCOUNTS
from composio.testing import FakeUpstream

Shop = tuple[EmbeddedBackend, FakeUpstream]
Make = Callable[..., ComposioToolSet[Any]]
REFUND, ORDERS, DELETE = "SHOP_CREATE_REFUND", "SHOP_LIST_ORDERS", "SHOP_DELETE_ORDER"
POLICY = Policy(allow(ORDERS), confirm(REFUND), deny(DELETE), otherwise=deny())


@pytest.fixture(autouse=True)
def _logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", "on")


def test_each_call_says_who_acted_and_what_was_decided(make: Make) -> None:
    toolset = make(policy=POLICY)
    with toolset.acting_as("alice", agent="support-bot", on_behalf_of="bob") as run:
        toolset.execute_action(ORDERS, {})
        toolset.execute_action(DELETE, {"number": "7"})
        asked = toolset.execute_action(REFUND, {"amount": 5}).approval_id
        assert asked
        toolset.approvals.approve(asked, by="carol")
        toolset.execute_action(REFUND, {"amount": "5"})
    paid, held, denied, read = toolset.calls.list()
    assert {(one.entity_id, one.agent, one.on_behalf_of, one.run) for one in (paid, held, denied, read)} == {
        ("alice", "support-bot", "bob", run)
    }
    assert (read.decision, read.status, read.approver) == ("allow", "done", None)
    assert (denied.decision, denied.status, denied.approver, denied.http_status) == ("deny", "held", None, None)
    assert (held.decision, held.status, held.approval_id, held.approver) == ("confirm", "held", asked, None)
    assert (paid.decision, paid.status, paid.approval_id, paid.approver) == ("confirm", "done", asked, "carol")
    assert paid.input == '{"amount": 5}', "as it was sent, not as the model wrote it"
    spelt = json.dumps([REFUND, {"amount": 5}], separators=(",", ":")).encode()
    assert paid.arguments_digest == held.arguments_digest == hashlib.sha256(spelt).hexdigest()
    assert [one.id for one in toolset.calls.list(run=run, status="held")] == [held.id, denied.id]
    assert toolset.calls.list(agent="another") == []
    assert toolset.calls.get(paid.id) == paid


def test_the_request_is_on_the_record_before_it_is_sent(make: Make, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str | None]] = []
    carry_out = type(shop[0].engine)._carry_out

    async def look(*given: Any, **named: Any) -> Any:
        seen.extend((one.status, one.decision) for one in shop[0].keeping.store.for_project("").list_calls(which()))
        return await carry_out(*given, **named)

    monkeypatch.setattr(type(shop[0].engine), "_carry_out", look)
    assert make(policy=POLICY).execute_action(ORDERS, {})["successful"]
    assert seen == [("started", "allow")]


def which() -> Any:
    from composio.model.logged import CallFilter

    return CallFilter()


def test_a_denied_approval_names_who_denied(make: Make) -> None:
    toolset = make(policy=POLICY)
    asked = toolset.execute_action(REFUND, {"amount": 5}).approval_id
    assert asked
    toolset.approvals.deny(asked, by="dora", reason="no")
    toolset.execute_action(REFUND, {"amount": 5})
    assert (toolset.calls.list()[0].decision, toolset.calls.list()[0].approver) == ("deny", "dora")


def test_arguments_that_fit_nothing_are_on_the_record_too(make: Make) -> None:
    toolset = make()
    assert not toolset.execute_action(REFUND, {"currency": "doubloons", "password": "hush"})["successful"]
    [one] = toolset.calls.list()
    assert (one.status, one.decision, one.arguments_digest) == ("failed", None, None)
    assert "doubloons" in str(one.input)
    assert "hush" not in str(one)


@pytest.mark.anyio
async def test_asynchronous_twins(make: Make) -> None:
    toolset = make(policy=POLICY)
    for _ in range(3):
        await toolset.aexecute_action(ORDERS, {})
    listed = await toolset.calls.alist(limit=2)
    assert len(listed) == 2
    assert await toolset.calls.aget(listed[0].id) == listed[0]
    assert [one.id async for one in toolset.calls.aexport()][:2] == [one.id for one in listed]
    assert (await toolset.calls.averify()).checked == 3


@pytest.mark.parametrize("given", [{"status": "open"}, {"limit": 0}, {"limit": 5_000}])
def test_a_question_that_can_not_be_meant_is_refused(make: Make, given: dict[str, Any]) -> None:
    toolset = make()
    toolset.execute_action(ORDERS, {})
    with pytest.raises(InvalidRequest):
        toolset.calls.list(**given)


def run(backend: EmbeddedBackend, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, list(words), obj=Session(lambda: backend))
    assert done.exit_code == code, (done.stdout, done.stderr)
    return done


def test_the_command_lists_shows_exports_and_verifies(make: Make, shop: Shop) -> None:
    toolset = make(policy=POLICY)
    with toolset.acting_as("alice", agent="bot"):
        for _ in range(3):
            toolset.execute_action(ORDERS, {})
        toolset.execute_action(DELETE, {"number": "7"})
    listed = json.loads(run(shop[0], "calls", "list", "--agent", "bot", "--status", "done", "--json").stdout)
    assert [one["action"] for one in listed] == [ORDERS] * 3
    assert json.loads(run(shop[0], "calls", "--json", "--limit", "1").stdout)[0]["decision"] == "deny"
    assert json.loads(run(shop[0], "logs", "--json").stdout)[1:] == listed
    shown = run(shop[0], "calls", "show", listed[0]["id"]).stdout
    assert "allow" in shown
    assert run(shop[0], "logs", "get", listed[0]["id"]).stdout == shown
    lines = run(shop[0], "calls", "export", "--jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines][1:] == [one["id"] for one in listed]
    checked = json.loads(run(shop[0], "calls", "verify", "--json").stdout)
    assert (checked["holds"], checked["checked"], checked["open"]) == (True, 4, 0)
    head = f"{checked['number']}:{checked['hash']}"
    assert "The chain holds: 4 calls" in run(shop[0], "calls", "verify", "--head", head).stdout
    assert "--head is what" in run(shop[0], "calls", "verify", "--head", "four", code=1).stderr
    with closing(sqlite3.connect(shop[0].home.kept / ACCOUNTS)) as connection:
        connection.execute("UPDATE composio_calls SET decision = 'allow' WHERE decision = 'deny'")
        connection.commit()
    assert "it was changed" in run(shop[0], "calls", "verify", code=1).stdout
