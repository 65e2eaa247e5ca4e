"""A policy of the caller's, whose calls a server makes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.policy import ByCallId, Policy, allow, arg, confirm, deny
from composio.remote.backend import RemoteBackend
from composio.testing import FakeUpstream
from tests.peers.served import Served

Shop = tuple[EmbeddedBackend, FakeUpstream]
REFUND = "SHOP_CREATE_REFUND"


@pytest.fixture
def remote(shop: Shop, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RemoteBackend]:
    monkeypatch.setenv("COMPOSIO_SHOP_BASE_URL", shop[1].url)
    served.on(shop[0])
    made = RemoteBackend(served.address(), home=tmp_path / "caller")
    ComposioToolSet(backend=made).initiate_connection(
        app="shop", entity_id="alice", auth_scheme="BEARER_TOKEN", connected_account_params={"token": "first-token"}
    )
    yield made
    made.close()


def toolset(remote: RemoteBackend, policy: Policy) -> ComposioToolSet[Any]:
    return ComposioToolSet(backend=remote, entity_id="alice", policy=policy)


def test_a_call_waits_here_and_runs_there_once(remote: RemoteBackend, shop: Shop) -> None:
    acting = toolset(remote, Policy(otherwise=confirm()))
    id_ = acting.execute_action(REFUND, {"amount": "5"}).approval_id
    assert id_
    [asked] = acting.approvals.list()
    assert asked.shown == '{"amount": 5}', "arguments are repaired before they are shown"
    assert asked.connection == remote.run(lambda: remote.accounts.connections(app="shop"))[0].id
    acting.approvals.approve(id_, by="carol")
    acting.initiate_connection(
        app="shop", entity_id="alice", auth_scheme="BEARER_TOKEN", connected_account_params={"token": "second-token"}
    )
    assert not acting.execute_action(REFUND, {"amount": 5})["successful"], "another connection is newest now"
    assert acting.approvals.run(id_)["successful"]
    assert [one.headers["authorization"] for one in shop[1].requests] == ["Bearer first-token"]
    assert not acting.execute_action(REFUND, {"amount": 5})["successful"]
    assert len(shop[1].requests) == 1


def test_what_the_server_would_repair_is_judged_as_repaired(remote: RemoteBackend, shop: Shop) -> None:
    acting = toolset(remote, Policy(deny(REFUND, when=arg("currency") == "usd"), otherwise=allow()))
    assert not acting.execute_action(REFUND, {"amount": 5, "currency": "USD"})["successful"]
    assert shop[1].requests == []
    assert acting.execute_action(REFUND, {"amount": 5, "currency": "EUR"})["successful"]


def test_what_is_denied_is_neither_offered_nor_run(remote: RemoteBackend, shop: Shop) -> None:
    acting = ComposioToolSet(backend=remote, entity_id="alice", read_only=True)
    assert {one["name"] for one in acting.get_tools(apps=["shop"])} == {
        "SHOP_LIST_ORDERS",
        "SHOP_SEARCH_ORDERS",
        "SHOP_GET_ORDER",
    }
    assert not acting.execute_action("SHOP_DELETE_ORDER", {"number": "1"})["successful"]
    assert shop[1].requests == []


def test_a_servers_log_says_who_acted_and_is_checked_from_here(remote: RemoteBackend) -> None:
    acting = toolset(remote, Policy(otherwise=allow()))
    with acting.acting_as("alice", agent="bot", on_behalf_of="bob") as run:
        assert acting.execute_action(REFUND, {"amount": 5})["successful"]
    [one] = wait_for(lambda: acting.calls.list(run=run, status="done"))
    assert (one.action, one.entity_id, one.agent, one.on_behalf_of) == (REFUND, "alice", "bot", "bob")
    checked = acting.calls.verify()
    assert checked.holds
    assert acting.calls.get(one.id).number is not None
    assert acting.calls.verify((checked.number, checked.hash)).holds
    assert not acting.calls.verify((checked.number, "00")).holds


def test_a_call_is_made_once_over_a_server_too(remote: RemoteBackend, shop: Shop) -> None:
    acting = ComposioToolSet(backend=remote, entity_id="alice", dedupe=ByCallId())
    offer = acting.get_tools(actions=[REFUND]).offers[REFUND]
    invoke = acting._caller().invoke(offer)
    first, second, other = (invoke({"amount": amount}, call_id="call_1") for amount in (5, 5, 6))
    assert (first.outcome, second.outcome, other["successful"]) == ("done", "replayed", False)
    assert dict(first) == dict(second)
    keyed = [acting.execute_action(REFUND, {"amount": 7}, idempotency_key="order").outcome for _ in range(2)]
    assert keyed == ["done", "replayed"]
    assert len(shop[1].requests) == 2


def test_a_dry_run_over_a_server_sends_nothing_either(remote: RemoteBackend, shop: Shop) -> None:
    acting = ComposioToolSet(backend=remote, entity_id="alice", mode="dry")
    shown = acting.execute_action(REFUND, {"amount": 5})["data"]["dry_run"]
    assert (shown["method"], shown["body"], shown["headers"]["authorization"]) == ("POST", {"amount": 5}, "***")
    assert acting.execute_request("/orders", app="shop")["data"]["dry_run"]["method"] == "GET"
    assert shop[1].requests == []


def wait_for(look: Callable[[], list[Any]], seconds: float = 60.0) -> list[Any]:
    """What ``look`` finds once it finds something: a server writes how calls end a moment later."""
    end = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return found
