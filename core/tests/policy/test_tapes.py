"""Dry runs send nothing; recordings replay without a network, and hold no secret."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.engine.tape import TAPES
from composio.errors import InvalidRequest
from composio.functions.registry import REGISTRY
from composio.policy import ByCallId, Policy, allow, confirm, deny
from composio.testing import FakeUpstream, ReplayMismatch, from_ledger, record, replay

Shop = tuple[EmbeddedBackend, FakeUpstream]
Make = Callable[..., ComposioToolSet[Any]]
REFUND, ORDERS, DELETE, GET = "SHOP_CREATE_REFUND", "SHOP_LIST_ORDERS", "SHOP_DELETE_ORDER", "SHOP_GET_ORDER"


def test_a_dry_run_shows_the_request_without_its_credentials_and_sends_nothing(make: Make, shop: Shop) -> None:
    toolset = make(mode="dry")
    result = toolset.execute_action(REFUND, {"amount": "5", "order": "a/b"})
    assert result["successful"]
    shown = result["data"]["dry_run"]
    assert (shown["method"], shown["url"]) == ("POST", f"{shop[1].url}/refunds")
    assert shown["body"] == {"amount": 5, "order": "a/b"}, "repaired, as it would be sent"
    assert shown["headers"]["authorization"] == "***"
    assert "shop-key" not in str(result)
    assert toolset.execute_action(GET, {"number": "7"})["data"]["dry_run"]["url"] == f"{shop[1].url}/orders/7"
    assert toolset.execute_request("/orders", app="shop", method="DELETE")["data"]["dry_run"]["method"] == "DELETE"
    assert not toolset.execute_action(REFUND, {"amount": "many"})["successful"], "arguments are checked"
    assert shop[1].requests == []


def test_a_dry_run_calls_no_function_and_its_sessions_neither(make: Make, shop: Shop) -> None:
    called: list[str] = []

    @action(toolname="shout_helper")
    def shout(text: str) -> str:
        """Shout."""
        called.append(text)
        return text

    toolset = make(mode="dry", dedupe=ByCallId())
    try:
        result = toolset.execute_action(shout, {"text": "hello"}, idempotency_key="one")
        assert result["data"]["dry_run"]["arguments"] == {"text": "hello"}
        assert result.outcome == "done"
    finally:
        REGISTRY.discard(shout)
    session = toolset.create_session("default", toolkits=["shop"])
    session.toolset.add_auth(
        "shop", [{"name": "Authorization", "value": "Bearer shop-key", "in": "header"}], base_url=shop[1].url
    )
    assert "dry_run" in session.toolset.execute_action(ORDERS, {})["data"]
    assert (called, shop[1].requests) == ([], [])


def test_a_dry_run_uses_up_neither_approvals_nor_limits(make: Make, shop: Shop) -> None:
    policy = Policy(
        allow(ORDERS),
        confirm(REFUND, total_of="amount", total_per="day", limit=10),
        allow(REFUND),
        deny(DELETE),
        otherwise=confirm(),
    )
    dry, live = make(policy=policy, mode="dry"), make(policy=policy)
    for _ in range(5):
        assert dry.execute_action(REFUND, {"amount": 9})["successful"]
    assert not dry.execute_action(DELETE, {"number": "7"})["successful"], "what is denied is denied"
    assert dry.execute_action(GET, {"number": "7"})["successful"]
    assert dry.approvals.list() == []
    assert live.execute_action(REFUND, {"amount": 9})["successful"]
    assert len(shop[1].requests) == 1


def test_a_mode_that_there_is_not_is_refused(make: Make) -> None:
    with pytest.raises(InvalidRequest, match="'live' or 'dry'"):
        make(mode="try")


def test_what_was_recorded_is_replayed_and_nothing_is_sent(make: Make, shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    toolset = make()

    def work() -> list[dict[str, Any]]:
        found = [dict(toolset.execute_action(ORDERS, {})), dict(toolset.execute_action(REFUND, {"amount": 5}))]
        found.append(dict(toolset.execute_action(GET, {"number": "7"})))
        return [*found, dict(toolset.execute_request("/orders", app="shop"))]

    with record(file):
        first = work()
    assert len(shop[1].requests) == 4
    with replay(file, strict=True) as tape:
        assert work() == first
    assert (tape.missed, tape.unused, TAPES, len(shop[1].requests)) == ([], 0, [], 4)
    assert "shop-key" not in file.read_text("utf-8")


def test_a_strict_replay_sends_nothing_else_and_says_what_was_asked(make: Make, shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    toolset = make()
    with record(file):
        toolset.execute_action(ORDERS, {})

    def ask_for_another() -> None:
        with replay(file, strict=True):
            toolset.execute_action(ORDERS, {})
            assert "not recorded" in toolset.execute_action(REFUND, {"amount": 6})["error"]

    with pytest.raises(ReplayMismatch, match="SHOP_CREATE_REFUND for 'default'"):
        ask_for_another()
    with pytest.raises(ReplayMismatch, match="1 recorded calls were not made"), replay(file, strict=True):
        pass
    with replay(file) as tape:
        toolset.execute_action(ORDERS, {})
        toolset.execute_action(ORDERS, {})
        assert toolset.execute_action(REFUND, {"amount": 6})["successful"]
    assert len(tape.missed) == 1
    assert [one.method for one in shop[1].requests] == ["GET", "POST"]


def test_a_policy_decides_on_replayed_calls_too(make: Make, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    with record(file):
        make().execute_action(ORDERS, {})
    with replay(file):
        assert not make(policy=Policy(deny(ORDERS), otherwise=allow())).execute_action(ORDERS, {})["successful"]


def test_a_recording_has_no_secrets_and_is_matched_without_them(make: Make, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"

    @action(toolname="login_helper")
    def login(password: str) -> dict[str, str]:
        """Log in."""
        return {"access_token": f"token of {password}", "name": "ada"}

    toolset = make()
    try:
        with record(file):
            assert toolset.execute_action(login, {"password": "hunter22"})["data"]["access_token"]
        assert "hunter22" not in file.read_text("utf-8")
        with replay(file, strict=True):
            replayed = toolset.execute_action(login, {"password": "hunter22"})
        assert replayed["data"] == {"access_token": "***", "name": "ada"}
    finally:
        REGISTRY.discard(login)


def test_threads_that_got_no_context_are_on_the_tape(make: Make, shop: Shop, tmp_path: Path) -> None:
    toolset = make()
    with record(tmp_path / "calls.jsonl"):
        thread = threading.Thread(target=lambda: toolset.execute_action(ORDERS, {}))
        thread.start()
        thread.join()
    lines = (tmp_path / "calls.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line).get("action") for line in lines] == [None, ORDERS]


def test_the_ledgers_calls_of_a_run_are_replayed(make: Make, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", "on")
    toolset = make()
    with toolset.acting_as("alice") as run:
        first = dict(toolset.execute_action(REFUND, {"amount": 5}))
    sent = len(shop[1].requests)
    with replay(from_ledger(toolset, run)), toolset.acting_as("alice"):
        assert dict(toolset.execute_action(REFUND, {"amount": 5})) == first
    assert len(shop[1].requests) == sent
    with pytest.raises(InvalidRequest, match="no calls of the run"):
        from_ledger(toolset, "run_none")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}\n", '{"composio_calls": 2}\n', '{"composio_calls": 1}\n{"action": "A"}\n', "\x00"]
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidRequest, match="is not a recording"), replay(file):
        pass
    with pytest.raises(InvalidRequest, match="can't be read"), replay(tmp_path / "none.jsonl"):
        pass
    assert TAPES == []


def test_one_tape_at_a_time(tmp_path: Path) -> None:
    with record(tmp_path / "one"), pytest.raises(InvalidRequest, match="one tape at a time"), record(tmp_path / "two"):
        pass
    assert TAPES == []


def test_the_fixture_records_and_replays(tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop[0].close()
    monkeypatch.setenv("COMPOSIO_HOME", str(shop[0].home.path))
    monkeypatch.setenv("COMPOSIO_SHOP_BASE_URL", shop[1].url)
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "conftest.py").write_text('pytest_plugins = ["composio.testing.pytest"]\n')
    (folder / "test_agent.py").write_text(AGENT)

    def run(*options: str) -> str:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), *options, str(folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder).stdout

    assert "1 passed" in run("--record-calls")
    assert len(shop[1].requests) == 1
    assert "1 passed" in run()
    assert len(shop[1].requests) == 1
    (folder / "recordings" / "test_agent.test_reads.jsonl").unlink()
    assert "Record it first" in run()


AGENT = f"""
from composio import ComposioToolSet


def test_reads(recorded_calls):
    with ComposioToolSet() as toolset:
        toolset.add_auth("shop", [{{"name": "Authorization", "value": "Bearer shop-key", "in": "header"}}])
        assert toolset.execute_action("{ORDERS}", {{}})["successful"]
"""
