"""Ways around an approval, none of which may let a request through."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ApprovalRefused, ComposioError
from composio.model.approval import ApprovalFilter, ApprovalStatus
from composio.model.call import Local, ToolCall, Who
from composio.policy import Policy, allow, arg, confirm, deny, reads
from composio.testing import FakeUpstream

Shop = tuple[EmbeddedBackend, FakeUpstream]
Make = Callable[..., ComposioToolSet[Any]]
REFUND = "SHOP_CREATE_REFUND"
ORIGINAL: dict[str, Any] = {"order": "1", "amount": 5}
POLICY = Policy(allow(reads), confirm(REFUND, by="finance", expires="1h"), otherwise=confirm())

ALTERED: list[dict[str, Any]] = [
    {"order": "1", "amount": 6},
    {"order": "1", "amount": 5.000001},
    {"order": "1", "amount": -5},
    {"order": "1", "amount": 5e300},
    {"order": "1", "amount": 0},
    {"order": "1"},
    {"amount": 5},
    {},
    {"order": "2", "amount": 5},
    {"order": " 1", "amount": 5},
    {"order": "1\n", "amount": 5},
    {"order": "\uff11", "amount": 5},
    {"order": "1\u200b", "amount": 5},
    {"order": "1", "amount": 5, "currency": "eur"},
    {"order": "1", "amount": 5, "parts": []},
    {"order": "1", "amount": 5, "parts": [{"amount": 1}]},
    {"order": "1", "amount": 5, "to": "eve"},
]


def ask(toolset: ComposioToolSet[Any], arguments: dict[str, Any] = ORIGINAL, **more: Any) -> str:
    """Ask for an approval, and give it."""
    id_ = toolset.execute_action(REFUND, arguments, **more).approval_id
    assert id_ is not None
    toolset.approvals.approve(id_, by="carol", groups=["finance"])
    return id_


def sync(toolset: ComposioToolSet[Any], arguments: dict[str, Any]) -> Any:
    return toolset.execute_action(REFUND, arguments)


def asynchronous(toolset: ComposioToolSet[Any], arguments: dict[str, Any]) -> Any:
    return asyncio.run(toolset.aexecute_action(REFUND, arguments))


def as_tool(toolset: ComposioToolSet[Any], arguments: dict[str, Any]) -> Any:
    tools = toolset.get_tools(actions=[REFUND])
    return toolset.handle_tool_calls({"name": REFUND, "arguments": arguments}, tools=tools)[0]


def discovered(toolset: ComposioToolSet[Any], arguments: dict[str, Any]) -> Any:
    tools = toolset.discovery_tools(apps=["shop"])
    asked = {"tools": [{"tool_slug": REFUND, "arguments": arguments}]}
    [answer] = toolset.handle_tool_calls({"name": "COMPOSIO_MULTI_EXECUTE_TOOL", "arguments": asked}, tools=tools)
    return answer["data"]["results"][0]["response"]


ROUTES = [sync, asynchronous, as_tool, discovered]


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: one.__name__)
def test_altered_arguments(make: Make, shop: Shop, route: Callable[..., Any]) -> None:
    toolset = make(policy=POLICY)
    ask(toolset)
    through = [altered for altered in ALTERED if route(toolset, altered)["successful"]]
    assert through == []
    assert shop[1].requests == []
    assert route(toolset, ORIGINAL)["successful"], "the approval itself is still good"
    assert not route(toolset, ORIGINAL)["successful"], "once"
    assert [one.arguments for one in shop[1].requests] == [ORIGINAL]


@pytest.mark.parametrize("entity", ["alice", "Default", "default ", "def\u0430ult"])
def test_another_entity(make: Make, shop: Shop, entity: str) -> None:
    toolset = make(policy=POLICY)
    ask(toolset)
    assert not toolset.execute_action(REFUND, ORIGINAL, entity_id=entity)["successful"]
    assert not make(policy=POLICY, entity_id=entity).execute_action(REFUND, ORIGINAL)["successful"]
    assert shop[1].requests == []


@pytest.mark.parametrize("who", [{"agent": "bot"}, {"on_behalf_of": "eve"}])
def test_another_agent_or_person(make: Make, shop: Shop, who: dict[str, Any]) -> None:
    toolset = make(policy=POLICY)
    ask(toolset)
    call = ToolCall(action=REFUND, arguments=ORIGINAL, who=replace(toolset._acting.who(None), **who))
    assert not toolset.backend.execute_sync(call).successful
    assert shop[1].requests == []


@pytest.mark.parametrize(
    "other",
    [
        Policy(allow(reads), confirm(REFUND, by="finance", expires="2h"), otherwise=confirm()),
        Policy(allow(reads), confirm(REFUND, expires="1h"), otherwise=confirm()),
        Policy(allow(reads), confirm(REFUND, by="finance", expires="1h"), otherwise=deny()),
        Policy(*POLICY.rules, deny(REFUND, when=arg("amount") >= 5), otherwise=confirm()),
        Policy(*POLICY.rules, deny("*"), otherwise=confirm()),
        POLICY.read_only(),
    ],
    ids=str,
)
def test_another_policy(make: Make, shop: Shop, other: Policy) -> None:
    id_ = ask(make(policy=POLICY))
    changed = make(policy=other)
    assert not changed.execute_action(REFUND, ORIGINAL)["successful"]
    with suppress(ApprovalRefused):
        assert not changed.approvals.run(id_)["successful"]
    assert shop[1].requests == []


@pytest.mark.parametrize("id_", ["", "apr_", "apr_000000000000000000000000", "APR", "%", "' OR 1=1 --", "apr_\0", "🎉"])
def test_forged_ids(make: Make, shop: Shop, id_: str) -> None:
    toolset = make(policy=POLICY)
    real = ask(toolset)
    for forged in (id_, f"{real} ", real.upper(), real[:-1]):
        for use in (toolset.approvals.run, toolset.approvals.get):
            with pytest.raises(ComposioError):
                use(forged)
        with pytest.raises(ComposioError):
            toolset.approvals.approve(forged, by="carol", groups=["finance"])
    assert shop[1].requests == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "SHOP_UPDATE_ORDER"),
        ("entity_id", "alice"),
        ("connection", "none"),
        ("connection", "conn_other"),
        ("policy", "0"),
        ("digest", "0"),
        ("agent", "bot"),
        ("on_behalf_of", "eve"),
        ("expires_at", 1.0),
        ("status", "pending"),
        ("status", "used"),
        ("status", "denied"),
        ("box", b"\x02" + b"0" * 60),
        ("project_id", "other"),
    ],
)
def test_rows_that_somebody_changed(make: Make, shop: Shop, tmp_path: Path, column: str, value: Any) -> None:
    toolset = make(policy=POLICY)
    id_ = ask(toolset)
    shop[0].close()
    with closing(sqlite3.connect(tmp_path / "home" / "accounts.sqlite3")) as connection:
        connection.execute(f"UPDATE composio_approvals SET {column} = ? WHERE id = ?", (value, id_))
        connection.commit()
    with pytest.raises(ComposioError):
        toolset.approvals.run(id_)
    assert shop[1].requests == []


def test_arguments_of_another_approval_put_in_its_place(make: Make, shop: Shop, tmp_path: Path) -> None:
    toolset = make(policy=POLICY)
    id_ = ask(toolset)
    other = toolset.execute_action(REFUND, {"order": "1", "amount": 5000}).approval_id
    shop[0].close()
    with closing(sqlite3.connect(tmp_path / "home" / "accounts.sqlite3")) as connection:
        kept = connection.execute("SELECT key_id, wrapped, box FROM composio_approvals WHERE id = ?", (other,)).fetchone()
        connection.execute("UPDATE composio_approvals SET key_id = ?, wrapped = ?, box = ? WHERE id = ?", (*kept, id_))
        connection.commit()
    with pytest.raises(ComposioError, match="moved"):
        toolset.approvals.run(id_)
    assert shop[1].requests == []


def test_a_processor_that_changes_its_mind(make: Make, shop: Shop) -> None:
    amounts = iter([5, 5000])
    toolset = make(policy=POLICY, processors={"pre": {REFUND: lambda inputs: {**inputs, "amount": next(amounts)}}})
    ask(toolset)
    assert not toolset.execute_action(REFUND, ORIGINAL)["successful"]
    assert shop[1].requests == []


def test_another_action_with_the_same_arguments(make: Make, shop: Shop) -> None:
    toolset = make(policy=POLICY)
    arguments = {"number": "1"}
    asked = toolset.execute_action("SHOP_UPDATE_ORDER", arguments).approval_id
    assert asked
    toolset.approvals.approve(asked, by="carol")
    assert not toolset.execute_action("SHOP_DELETE_ORDER", arguments)["successful"]
    assert shop[1].requests == []


def connect(toolset: ComposioToolSet[Any], entity: str, token: str) -> str:
    started = toolset.initiate_connection(
        app="shop", entity_id=entity, auth_scheme="BEARER_TOKEN", connected_account_params={"token": token}
    )
    return str(started.connectedAccountId)


def test_another_connection_made_meanwhile(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    backend, api = shop
    monkeypatch.setenv("COMPOSIO_SHOP_BASE_URL", api.url)
    toolset = ComposioToolSet(backend=backend, policy=POLICY, entity_id="alice")
    first = connect(toolset, "alice", "token-of-the-first")
    id_ = ask(toolset)
    assert toolset.approvals.get(id_).connection == first
    second = connect(toolset, "alice", "token-of-the-second")
    assert not toolset.execute_action(REFUND, ORIGINAL)["successful"]
    assert not toolset.execute_action(REFUND, ORIGINAL, connected_account_id=second)["successful"]
    assert api.requests == []
    assert toolset.approvals.run(id_)["successful"]
    assert [one.headers["authorization"] for one in api.requests] == ["Bearer token-of-the-first"]


def test_a_connection_that_is_gone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    backend, api = shop
    monkeypatch.setenv("COMPOSIO_SHOP_BASE_URL", api.url)
    toolset = ComposioToolSet(backend=backend, policy=POLICY, entity_id="alice")
    first = connect(toolset, "alice", "token-of-the-first")
    connect(toolset, "bob", "token-of-bob")
    id_ = ask(toolset)
    toolset.delete_connection(first)
    with pytest.raises(ComposioError):
        toolset.approvals.run(id_)
    with pytest.raises(ComposioError):
        toolset.execute_action(REFUND, ORIGINAL)
    assert api.requests == []


def test_credentials_of_the_calls_own_are_kept_nowhere(make: Make, shop: Shop) -> None:
    toolset = make(policy=POLICY)
    auth = {"parameters": [{"name": "Authorization", "value": "Bearer another-key", "in": "header"}], "base_url": shop[1].url}
    id_ = ask(toolset, auth=auth)
    assert not toolset.execute_action(REFUND, ORIGINAL)["successful"]
    with pytest.raises(ApprovalRefused, match="auth="):
        toolset.approvals.run(id_)
    assert shop[1].requests == []


@pytest.mark.parametrize("route", ["call", "run"])
def test_many_at_once_use_one_approval_once(make: Make, shop: Shop, route: str) -> None:
    toolset = make(policy=POLICY)
    id_ = ask(toolset)
    together = threading.Barrier(8)

    def use(_: int) -> bool:
        together.wait()
        try:
            result = toolset.approvals.run(id_) if route == "run" else toolset.execute_action(REFUND, ORIGINAL)
        except ApprovalRefused:
            return False
        return bool(result["successful"])

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(8))) == 1
    assert len(shop[1].requests) == 1


def test_many_that_ask_at_once_share_an_approval(make: Make) -> None:
    toolset = make(policy=POLICY)
    together = threading.Barrier(8)

    def use(_: int) -> str | None:
        together.wait()
        return toolset.execute_action(REFUND, ORIGINAL).approval_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(use, range(8)))) == 1


def test_two_approvers_at_once(make: Make, shop: Shop) -> None:
    toolset = make(policy=POLICY)
    id_ = toolset.execute_action(REFUND, ORIGINAL).approval_id
    assert id_
    together = threading.Barrier(8)

    def decide(number: int) -> bool:
        together.wait()
        how = toolset.approvals.approve if number % 2 else toolset.approvals.deny
        try:
            how(id_, by=f"carol-{number}", groups=["finance"])
        except ApprovalRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        decided = list(pool.map(decide, range(8)))
    assert sum(decided) == 1
    found = toolset.approvals.get(id_)
    assert found.decided_by == f"carol-{decided.index(True)}"
    result = toolset.execute_action(REFUND, ORIGINAL)
    assert result["successful"] is (found.status is ApprovalStatus.APPROVED)
    assert len(shop[1].requests) == int(result["successful"])


def test_many_calls_at_once_stay_within_a_limit(make: Make, shop: Shop) -> None:
    toolset = make(policy=Policy(deny(REFUND, total_of="amount", total_per="week", limit=10), otherwise=allow()))
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: toolset.execute_action(REFUND, {"amount": 2})["successful"], range(16)))
    assert sum(done) == len(shop[1].requests) == 5


def test_a_project_has_approvals_of_its_own(make: Make, shop: Shop) -> None:
    backend, api = shop
    toolset = make(policy=POLICY)
    id_ = ask(toolset)
    project = backend.for_project("other")
    assert project.approvals.list(ApprovalFilter()) == []
    assert not project.approvals.take(id_, toolset.approvals.get(id_).digest)
    with pytest.raises(ComposioError):
        project.approvals.get(id_)
    assert toolset.approvals.run(id_)["successful"]
    assert len(api.requests) == 1


def test_a_gate_holds_in_projects_too(shop: Shop) -> None:
    from composio.policy.guarded import guard

    guarded = guard(shop[0].for_project("other"), Policy(otherwise=deny()))  # as servers use it
    local = Local(action=guarded.run(lambda: guarded.actions(_named(REFUND)))[0], tools=object())
    assert not guarded.execute_sync(ToolCall(action=REFUND, arguments=ORIGINAL, who=Who()), local).successful
    assert shop[1].requests == []


def _named(name: str) -> Any:
    from composio.backend import ActionQuery

    return ActionQuery(names=(name,))


def test_an_entity_can_not_fill_the_database(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio.accounts.approvals._MOST_WAITING", 3)
    toolset = make(policy=POLICY)
    ids = {toolset.execute_action(REFUND, {"amount": amount}).approval_id for amount in range(3)}
    assert len(ids) == 3
    with pytest.raises(ApprovalRefused, match="decide on those first"):
        toolset.execute_action(REFUND, {"amount": 99})
    assert toolset.execute_action(REFUND, {"amount": 1}).approval_id in ids
    assert toolset.execute_action(REFUND, {"amount": 1}, entity_id="bob").approval_id not in {*ids, None}
