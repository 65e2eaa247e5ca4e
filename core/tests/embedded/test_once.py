"""Calls that are made once: under a model's call id, under a caller's key, whoever asks again, and whatever ends the program."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest, StoreError
from composio.policy import ByCallId, Policy, confirm, deny
from composio.process.home import ACCOUNTS

PAY = "TILL_CREATE_PAYMENT"
ANSWER = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
BODY = {"type": "object", "properties": {"amount": {"type": "number"}}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Till", "version": "1"},
    "servers": [{"url": "https://till.example"}],
    "paths": {
        "/payments": {
            "post": {
                "summary": "Create payment",
                "responses": ANSWER,
                "requestBody": {"content": {"application/json": {"schema": BODY}}},
            },
            "get": {"summary": "List payments", "responses": ANSWER},
        }
    },
}
Call = Callable[..., Any]


class Till(ThreadingHTTPServer):
    """An API that counts what it was asked for. ``answer`` gives the status, ``hold`` keeps answers back."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.paid: list[Any] = []
        self.lock, self.hold = threading.Lock(), threading.Event()
        self.hold.set()
        self.status = 200

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked may be gone: some are killed."""


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Till

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.lock:
            self.server.paid.append(sent["amount"])
            number = len(self.server.paid)
        self.server.hold.wait(60.0)
        body = json.dumps({"payment": number}).encode()
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is for its own words."""


@pytest.fixture
def till() -> Iterator[Till]:
    server = Till()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(tmp_path: Path, till: Till, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "77" * 32)
    monkeypatch.setenv("COMPOSIO_TILL_BASE_URL", f"http://127.0.0.1:{till.server_port}")
    monkeypatch.delenv("COMPOSIO_LOG_CALLS", raising=False)
    home = tmp_path / "home"
    folder = home / "apps" / "till"
    folder.mkdir(parents=True)
    text = "name: Till\nunique_key: till\nspec: {file: openapi.json}\nauth_schemes: [{auth_mode: NO_AUTH}]\n"
    (folder / "integration.yaml").write_text(text)
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT))
    return home


@pytest.fixture
def backend(home: Path) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(home=home)
    yield made
    made.close()


def ask(toolset: ComposioToolSet[Any], call_id: str, amount: float = 5) -> Any:
    """A model's call with an id, as its framework hands it on."""
    tools = toolset.get_tools(actions=[PAY])
    offer = tools.offers[PAY]
    return toolset._caller().invoke(offer)({"amount": amount}, call_id=call_id)


def test_the_same_call_id_gives_the_first_result_and_nothing_is_sent(backend: EmbeddedBackend, till: Till) -> None:
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId(window="1h"))
    first, second = ask(toolset, "call_1"), ask(toolset, "call_1")
    assert (first.outcome, second.outcome) == ("done", "replayed")
    assert dict(first) == dict(second) == {"successful": True, "data": {"payment": 1}, "error": None}
    assert ask(toolset, "call_2")["data"] == {"payment": 2}
    with toolset.acting_as("bob"):
        assert ask(toolset, "call_1")["data"] == {"payment": 3}, "another entity's id is another id"
    assert len(till.paid) == 3
    assert ComposioToolSet(backend=backend).calls.list(status="replayed")[0].action == PAY


def test_an_id_with_other_arguments_is_refused(backend: EmbeddedBackend, till: Till) -> None:
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId())
    ask(toolset, "call_1")
    other = ask(toolset, "call_1", amount=6)
    assert not other["successful"]
    assert "other arguments" in other["error"]
    toolset.execute_action(PAY, {"amount": 5}, idempotency_key="order")
    with pytest.raises(InvalidRequest, match="other arguments"):
        toolset.execute_action(PAY, {"amount": 6}, idempotency_key="order")
    assert till.paid == [5, 5]


def test_a_window_that_is_over_counts_no_more(backend: EmbeddedBackend, till: Till) -> None:
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId(window=60))
    ask(toolset, "call_1")
    with closing(sqlite3.connect(backend.home.kept / ACCOUNTS)) as connection:
        connection.execute("UPDATE composio_calls SET request_until = request_until - 61")
        connection.commit()
    assert ask(toolset, "call_1").outcome == "done"
    assert len(till.paid) == 2
    assert ask(toolset, "call_1").outcome == "replayed"


@pytest.mark.parametrize("window", [0, "soon", "31d", -1, None, True])
def test_a_window_that_can_not_be_meant_is_refused(window: Any) -> None:
    with pytest.raises(InvalidRequest, match="window="):
        ByCallId(window=window)


def test_what_else_is_given_for_dedupe_is_refused(backend: EmbeddedBackend) -> None:
    with pytest.raises(InvalidRequest, match="ByCallId"):
        ComposioToolSet(backend=backend, dedupe="24h")  # type: ignore[arg-type]  # what a caller may try


def test_a_failure_is_kept_for_a_call_id_and_tried_again_for_a_key(backend: EmbeddedBackend, till: Till) -> None:
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId())
    till.status = 422
    assert not ask(toolset, "call_1")["successful"]
    assert not toolset.execute_action(PAY, {"amount": 7}, idempotency_key="order")["successful"]
    till.status = 200
    assert not ask(toolset, "call_1")["successful"]
    assert toolset.execute_action(PAY, {"amount": 7}, idempotency_key="order").outcome == "done"
    assert toolset.execute_action(PAY, {"amount": 7}, idempotency_key="order").outcome == "replayed"
    assert till.paid == [5, 7, 7]


def test_what_nobody_knows_is_not_sent_again(backend: EmbeddedBackend, till: Till) -> None:
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId())
    till.status = 504
    first, second = ask(toolset, "call_1"), ask(toolset, "call_1")
    assert (first.outcome, second.outcome) == ("unknown", "unknown")
    assert "TILL_LIST_PAYMENTS shows it." in first["error"]
    assert "TILL_LIST_PAYMENTS shows it." in second["error"]
    assert till.paid == [5]


def test_of_many_at_once_one_is_sent_and_all_get_its_result(backend: EmbeddedBackend, home: Path, till: Till) -> None:
    others = [EmbeddedBackend(home=home) for _ in range(2)]
    toolsets = [ComposioToolSet(backend=one, dedupe=ByCallId()) for one in (backend, *others)]
    till.hold.clear()
    with ThreadPoolExecutor(9) as pool:
        going = [pool.submit(ask, toolsets[number % 3], "call_1") for number in range(9)]
        while not till.paid:
            threading.Event().wait(0.01)
        till.hold.set()
        results = [one.result(120.0) for one in going]
    assert sorted(one.outcome for one in results) == ["done"] + ["replayed"] * 8
    assert till.paid == [5]
    for one in others:
        one.close()


@pytest.mark.anyio
async def test_asynchronous_calls_are_made_once_too(backend: EmbeddedBackend, till: Till) -> None:
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId())
    for expected in ("done", "replayed"):
        tools = await toolset.aget_tools(actions=[PAY])
        invoke = toolset._caller().invoke(tools.offers[PAY])
        assert (await invoke.acall({"amount": 5}, call_id="call_1")).outcome == expected
    assert till.paid == [5]


def test_a_call_that_can_not_be_written_down_is_not_made(
    backend: EmbeddedBackend, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise StoreError("The disk is full.")

    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId())
    monkeypatch.setattr("composio.store.store.Store.begin_call", broken)
    assert "The disk is full" in ask(toolset, "call_1")["error"]
    assert till.paid == []


def test_a_mistake_of_the_callers_leaves_the_id_free(backend: EmbeddedBackend, till: Till) -> None:
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId(), policy=Policy(deny("TILL_LIST_*"), otherwise=confirm()))
    held = ask(toolset, "call_1")
    assert held.approval_id
    toolset.approvals.approve(held.approval_id, by="carol")
    assert ask(toolset, "call_1").outcome == "done"
    assert ask(toolset, "call_1").outcome == "replayed", "no approval is asked for again"
    assert toolset.approvals.list() == []
    assert till.paid == [5]


def spend_a_life(home: Path, call_id: str, at: int) -> None:
    """Make one call in a process that kills itself at its ``at``-th step; 0 for never."""
    backend = EmbeddedBackend(home=home)
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId())
    steps = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal steps
        if event in {"call", "c_call"}:
            steps += 1
            if steps == at:
                os.kill(os.getpid(), signal.SIGKILL)

    ask(toolset, "warm-up", amount=0)
    sys.setprofile(count)
    ask(toolset, call_id)
    sys.setprofile(None)
    backend.close()
    (home / "steps").write_text(str(steps))


def fork(home: Path, call_id: str, at: int) -> int:
    """How a child that spends a life ended, as ``waitpid`` says."""
    child = os.fork()
    if child == 0:
        try:
            spend_a_life(home, call_id, at)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills need POSIX")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python warns of forks beside threads; these are the till's alone
def test_no_write_is_sent_twice_however_a_program_is_killed(backend: EmbeddedBackend, home: Path, till: Till) -> None:
    toolset = ComposioToolSet(backend=backend, dedupe=ByCallId())
    ask(toolset, "warm-up", amount=0)
    assert fork(home, "whole", 0) == 0
    steps = int((home / "steps").read_text())
    points = [1 + number * (steps - 1) // 49 for number in range(50)]
    outcomes: list[tuple[str, int]] = []
    for point in points:
        till.paid.clear()
        killed = os.WIFSIGNALED(fork(home, f"call_{point}", point))
        before = till.paid.count(5)
        resumed = ask(toolset, f"call_{point}")
        sent = till.paid.count(5)
        assert sent <= 1, f"sent {sent} times when it was killed at step {point} of {steps}"
        assert killed or resumed.outcome == "replayed"
        if resumed.outcome in {"done", "replayed"}:
            assert sent == 1
        outcomes.append((resumed.outcome, before))
    assert {outcome for outcome, _ in outcomes} == {"done", "replayed", "unknown"}, "each of them is reached"
    assert ("unknown", 1) in outcomes, "one was killed between its intent and its receipt"
    assert toolset.calls.verify().holds
