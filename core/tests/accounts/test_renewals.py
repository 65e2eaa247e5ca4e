"""What happens to tokens while a provider is slow, breaks off or refuses: nothing is sent twice, and nothing that works ends."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.accounts import renewals, tokens
from composio.embedded import EmbeddedBackend
from composio.errors import ConnectionNotUsable, TokenRequestFailed
from composio.model.call import Outcome, ToolCall, Who
from composio.model.connection import Connection, ConnectionStatus, NewConnection
from composio.model.figures import FigureFilter
from composio.testing import FakeTransport
from composio.transport.limits import Limits
from tests.peers.acme import Provider, came_back

CALL = ToolCall(action="ACME_GET_ME", who=Who(entity_id="alice"))
Open = Callable[..., EmbeddedBackend]
# What a provider may do after it gave new tokens, and before anybody got them.
LOSSES: list[Any] = [
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.ReadTimeout("late"),
    (500, "crashed"),
    (502, "<html>Bad gateway</html>"),
    (504, {"error": "upstream timed out"}),
    (520, ""),
    (200, "<html>Welcome</html>"),
    (200, {"token_type": "bearer"}),
]
# What says that nothing was done.
REFUSALS: list[Any] = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("late"),
    httpx.PoolTimeout("too many"),
    (400, {"error": "invalid_request"}),
    (401, {"error": "invalid_client"}),
    (429, {"error": "rate_limited"}),
    (503, "down"),
]


class World:
    """A connection of alice's to a provider that rotates, and what happens to its tokens."""

    def __init__(self, backend: EmbeddedBackend, provider: Provider) -> None:
        self.backend, self.provider = backend, provider
        started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
        self.id = backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url))).id
        provider.calls.clear()

    def left(self, seconds: float) -> None:
        """Have the access token end so soon; the provider knows as well."""
        now = self.backend.accounts._book().now()
        self.backend.accounts._book().store.update_connection(self.id, now=now, expires_at=now + seconds, refresh_at=now - 1)
        if seconds <= 0:
            self.provider.tokens.clear()

    def call(self) -> Outcome:
        return self.backend.execute_sync(CALL)

    def connection(self, *, values: bool = False) -> Connection:
        return self.backend.run(lambda: self.backend.accounts.connection(self.id, values=values))

    def values(self) -> Any:
        return self.backend.accounts._book().entry(self.id).values

    def idle(self) -> None:
        """Wait for what goes on beside the calls."""
        assert self.backend.runtime.background.wait(30)

    def loses(self, loss: Any) -> None:
        """The provider rotates the tokens, and this is what comes of it."""

        def answer(form: dict[str, str]) -> Any:
            self.provider.granted(form)
            return loss

        self.provider.answer = answer

    @contextmanager
    def held(self) -> Iterator[threading.Event]:
        """The provider decides at once, and answers when the block ends; the event says that it was asked."""
        asked, answered = threading.Event(), threading.Event()

        def answer(form: dict[str, str]) -> Any:
            granted = self.provider.granted(form)
            asked.set()
            assert answered.wait(30)
            return granted

        self.provider.answer = answer
        try:
            yield asked
        finally:
            answered.set()
            self.provider.answer = None


@pytest.fixture
def world(backend: EmbeddedBackend, provider: Provider) -> World:
    return World(backend, provider)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_PAUSE_SECONDS", "_REST_SECONDS", "_LOOK_SECONDS"):
        monkeypatch.setattr(tokens, name, 0.0)


# Ahead of time


@pytest.mark.parametrize("left", [300, 200, 5])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_renewing_ahead_of_time_holds_up_no_call(world: World, left: float, asynchronous: bool) -> None:
    world.left(left)

    async def many() -> list[Outcome]:
        return list(await asyncio.gather(*(world.backend.execute(CALL) for _ in range(5))))

    with world.held() as asked:
        outcomes = asyncio.run(many()) if asynchronous else [world.call() for _ in range(5)]
        assert asked.wait(10)
        # Not one of them got an answer of the provider's, which has yet to come.
        assert [outcome.data["user"] for outcome in outcomes] == ["code-1"] * 5
        assert world.call().data["user"] == "code-1"
    world.idle()
    assert world.call().data["user"] == "refreshed"
    assert len(world.provider.calls) == 1


def test_a_loops_end_does_not_break_off_what_it_began(world: World) -> None:
    world.left(200)
    with world.held() as asked:

        async def once() -> None:
            await world.backend.execute(CALL)
            assert await asyncio.to_thread(asked.wait, 10)

        asyncio.run(once())
    world.idle()
    assert world.values()["access_token"] == "access-secret-2"


@pytest.mark.parametrize("answer", [*LOSSES, *REFUSALS, RuntimeError("a bug"), (200, {"access_token": "\ud800"})], ids=repr)
def test_an_error_ahead_of_time_fails_no_call(
    world: World, answer: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    world.left(200)
    world.provider.answer = lambda _form: answer
    for _ in range(3):
        assert world.call().successful
        world.idle()
    assert world.connection().status is ConnectionStatus.ACTIVE
    assert not any("secret-1" in record.getMessage() for record in caplog.records)
    assert "Traceback" not in capfd.readouterr().err


def test_a_failing_endpoint_is_left_alone_while_the_token_holds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_REST_SECONDS", 600.0)
    world.left(200)
    world.provider.answer = lambda _form: (503, "down")
    for _ in range(5):
        assert world.call().successful
        world.idle()
    assert len(world.provider.calls) == 1


def test_a_setting_that_is_missing_fails_no_call_while_the_token_holds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSIO_OAUTH_ACME_CLIENT_ID")
    world.left(200)
    assert world.call().successful
    world.idle()
    assert world.connection().renewal_sent_at is None


def test_a_grant_that_dies_ahead_of_time_works_until_its_token_ends(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.left(200)
    world.provider.refresh_tokens.clear()
    for _ in range(3):
        assert world.call().successful
        world.idle()
    one = world.connection()
    assert one.status is ConnectionStatus.ACTIVE
    assert "no longer takes" in str(one.diagnostic)
    assert len(world.provider.calls) == 1
    world.left(-1)
    with pytest.raises(ConnectionNotUsable, match=r"EXPIRED.*composio add acme -e alice --force"):
        world.call()
    assert "no longer renews" in caplog.text


# Slow providers


@pytest.mark.parametrize("options", [{"limits": Limits(seconds=0.3)}, {"timeout": 0.3}], ids=["limits", "timeout"])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_caller_waits_as_long_as_it_would_for_an_api_and_the_answer_is_not_lost(
    opened: Open, provider: Provider, options: dict[str, Any], asynchronous: bool
) -> None:
    world = World(opened(**options), provider)
    world.left(-1)
    with world.held() as asked:
        for _ in range(3):
            begun = time.monotonic()
            outcome = asyncio.run(world.backend.execute(CALL)) if asynchronous else world.call()
            assert time.monotonic() - begun < 5
            assert not outcome.successful
            assert "has not answered in 0.3 seconds, and is still waited for. Try again later." in str(outcome.error)
        assert asked.is_set()
        assert "is not answered yet" in str(world.connection().diagnostic)
    world.idle()
    assert world.call().data["user"] == "refreshed"
    assert len(provider.calls) == 1
    assert world.connection().diagnostic is None


def test_a_caller_who_leaves_takes_no_answer_along(world: World) -> None:
    world.left(-1)

    async def leaves() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(world.backend.execute(CALL), 0.2)

    with world.held():
        asyncio.run(leaves())
        asyncio.run(leaves())
    world.idle()
    assert world.call().data["user"] == "refreshed"
    assert len(world.provider.calls) == 1


def test_a_refused_token_waits_for_the_renewal_that_goes_on(world: World) -> None:
    """Some providers end the old access token as soon as they give the new one."""
    world.left(200)
    with world.held() as asked:
        assert world.call().successful
        assert asked.wait(10)
        del world.provider.tokens["access-secret-1"]
        late = threading.Timer(0.3, world.provider.calls.append, [("the answer comes", {})])
        late.start()
        caller = threading.Thread(target=lambda: outcomes.append(world.call()))
        outcomes: list[Outcome] = []
        caller.start()
        late.join()
    caller.join()
    assert outcomes[0].data["user"] == "refreshed"
    assert [path for path, _ in world.provider.calls] == ["/token", "the answer comes"]


def test_a_refused_token_that_cannot_be_renewed_now_is_no_reason_to_connect_again(world: World) -> None:
    world.provider.tokens.clear()
    world.provider.answer = lambda _form: (503, "down")
    outcome = world.call()
    assert (outcome.successful, outcome.status) == (False, 401)
    assert re.fullmatch(
        r"Acme refused the token of this connection\. The connection \S+ to acme could not be renewed: .*503.* Try again later\.",
        str(outcome.error),
    )


def test_an_endpoint_that_never_answers_is_given_up_after_its_time(opened: Open, provider: Provider) -> None:
    """The deadline is the exchange's own: neither the caller's nor the client's timeout for reads."""

    class Slow(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/token":
                seen.append(request.extensions["timeout"])
            return answering.handle_request(request)

    seen: list[Any] = []
    answering = FakeTransport(provider)
    world = World(opened(transport=Slow(), timeout=0.1, limits=Limits(token_seconds=7)), provider)
    world.left(-1)
    world.call()  # which waits no longer than its client would
    world.idle()
    assert [one["read"] for one in seen] == [pytest.approx(7, abs=1)] * 2


# Lost answers


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_lost_answer_ends_nothing_while_the_token_holds(world: World, loss: Any, caplog: pytest.LogCaptureFixture) -> None:
    world.left(200)
    world.loses(loss)
    for _ in range(5):
        assert world.call().data["user"] == "code-1"
        world.idle()
    with pytest.raises(TokenRequestFailed, match=r"answer to the renewal that was sent at .* was lost"):
        world.backend.run(lambda: world.backend.accounts.refresh_connection(world.id))
    assert len(world.provider.calls) == 1
    one = world.connection()
    assert one.status is ConnectionStatus.ACTIVE
    assert one.renewal_lost_at is not None
    shown = one.model_dump()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["renewal_sent_at"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["renewal_lost_at"])
    assert f"The answer to the renewal that was sent at {shown['renewal_sent_at']} was lost" in shown["diagnostic"]
    assert f"the answer to the renewal of {world.id} that was sent at {shown['renewal_sent_at']} was lost" in caplog.text


def test_after_a_lost_answer_one_more_try_renews_where_nothing_was_done(world: World) -> None:
    world.left(200)
    world.provider.answer = lambda _form: httpx.ReadError("reset")  # before the work
    assert world.call().successful
    world.idle()
    assert world.connection().renewal_lost_at is not None
    world.left(-1)
    world.provider.answer = None
    assert world.call().data["user"] == "refreshed"
    assert len(world.provider.calls) == 2
    one = world.connection()
    assert (one.renewal_sent_at, one.renewal_lost_at, one.error, one.diagnostic) == (None, None, None, None)


def test_after_a_lost_answer_only_a_definite_refusal_expires(world: World) -> None:
    world.left(200)
    world.loses(httpx.ReadError("reset"))
    assert world.call().successful
    world.idle()
    world.left(-1)
    for answer in (httpx.ReadError("again"), (503, "down"), httpx.ConnectError("refused"), (502, "")):
        world.provider.answer = lambda _form, given=answer: given
        assert "could not be renewed" in str(world.call().error)
        assert world.connection().status is ConnectionStatus.ACTIVE
        assert world.connection().renewal_lost_at is not None
    world.provider.answer = None
    with pytest.raises(ConnectionNotUsable, match=r"EXPIRED.*an earlier renewal, sent at .*Z, was lost.*composio add acme"):
        world.call()
    assert world.connection().status is ConnectionStatus.EXPIRED


def test_a_token_that_the_api_refuses_is_renewed_once_more_after_a_loss(world: World) -> None:
    world.left(200)
    world.provider.answer = lambda _form: httpx.ReadError("reset")
    assert world.call().successful
    world.idle()
    world.provider.answer = None
    world.provider.tokens.clear()
    assert world.call().data["user"] == "refreshed"


@pytest.mark.parametrize("answer", REFUSALS, ids=repr)
def test_what_was_never_done_is_no_loss_and_is_tried_again(world: World, answer: Any) -> None:
    world.left(200)
    world.provider.answer = lambda _form: answer
    assert world.call().successful
    world.idle()
    assert world.connection().diagnostic is None
    world.provider.answer = None
    assert world.call().successful
    world.idle()
    assert world.call().data["user"] == "refreshed"


def test_that_tokens_are_sent_is_on_the_disk_before_they_are(world: World, home: Path) -> None:
    world.left(-1)
    found: list[Any] = []

    def answer(form: dict[str, str]) -> Any:
        with closing(sqlite3.connect(home / "accounts.sqlite3")) as database:
            found.extend(database.execute("SELECT renewal_sent_at, renewal_lost_at FROM composio_connections"))
        written = b"".join(file.read_bytes() for file in home.glob("accounts.sqlite3*"))
        found.append([secret for secret in ("refresh-secret-1", "access-secret-1") if secret.encode() in written])
        return world.provider.granted(form)

    world.provider.answer = answer
    begun = time.time()
    assert world.call().successful
    (sent, lost), secrets = found
    assert begun - 1 <= sent <= time.time()
    assert (lost, secrets) == (None, [])


def test_nothing_is_sent_that_could_not_be_noted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.left(-1)
    monkeypatch.setattr(world.backend.accounts._book().store, "mark_sent", lambda *_a, **_k: False)
    monkeypatch.setattr(world.backend.accounts._tokens, "_patience", 0.2)
    assert not world.call().successful
    assert world.provider.calls == []


# Whoever holds the lease


def test_a_sent_token_of_a_process_that_is_gone_is_a_lost_answer(world: World, caplog: pytest.LogCaptureFixture) -> None:
    store, now = world.backend.accounts._book().store, time.time()
    with store.owner() as owner:
        assert store.take_lease(world.id, owner, now=now, seconds=70, if_version=world.connection().version)
        assert store.mark_sent(world.id, owner, now=now, seconds=70, if_version=world.connection().version)
        assert "is not answered yet" in str(world.connection().diagnostic)
    seen = world.connection(values=True)
    assert "was lost (the process that waited for it ended)" in str(seen.diagnostic)
    assert {"access_token", "refresh_token"} <= set(seen.values)
    world.left(200)
    assert world.call().successful
    world.idle()
    assert world.provider.calls == []
    assert "the process that waited for it ended" in caplog.text
    world.left(-1)
    begun = time.monotonic()
    assert world.call().data["user"] == "refreshed"
    assert time.monotonic() - begun < 3


def test_an_answer_that_comes_while_somebody_looks_is_not_called_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads the connection before the answer is stored, and the lease afterwards, sees tokens sent and nobody waiting."""
    store, lease_of = world.backend.accounts._book().store, world.backend.accounts._book().store.lease_of
    world.left(200)
    before = world.values()["access_token"]
    looked: list[str] = []

    def stored_meanwhile(connection_id: str) -> Any:
        if not looked:
            looked.append(connection_id)
            answering.__exit__(None, None, None)
            world.idle()
        return lease_of(connection_id)

    answering = world.held()
    asked = answering.__enter__()
    assert world.call().successful
    assert asked.wait(30)
    monkeypatch.setattr(store, "lease_of", stored_meanwhile)
    seen = world.connection(values=True)
    assert looked
    assert (seen.renewal_lost_at, seen.diagnostic) == (None, None)
    assert seen.renewal_sent_at is None
    assert seen.values["access_token"] == world.values()["access_token"] != before


def test_a_sent_token_of_a_process_that_lives_is_not_sent_again_before_its_time(opened: Open, provider: Provider) -> None:
    """Nor by others of the same process: two toolsets have two backends."""
    world = World(opened(), provider)
    other = opened(limits=Limits(seconds=0.3))
    world.left(-1)
    with world.held() as asked:
        caller = threading.Thread(target=world.call)
        caller.start()
        assert asked.wait(10)
        assert "is still waited for" in str(other.execute_sync(CALL).error)
    caller.join()
    assert other.execute_sync(CALL).data["user"] == "refreshed"
    assert len(provider.calls) == 1


def test_an_answer_that_comes_after_the_lease_was_lost_counts(world: World) -> None:
    """A machine that slept: another took the lease, was refused, and had the connection expire."""
    world.left(-1)
    book = world.backend.accounts._book()

    def answer(form: dict[str, str]) -> Any:
        granted = world.provider.granted(form)
        one = book.entry(world.id).connection
        book.change(one, status=ConnectionStatus.EXPIRED, error="refused", renewal_sent_at=None)
        book.store.drop_lease(world.id, str((book.store.lease_of(world.id) or ("", 0.0))[0]))
        return granted

    world.provider.answer = answer
    assert world.call().data["user"] == "refreshed"
    assert world.connection().status is ConnectionStatus.ACTIVE


def test_connecting_again_halfway_loses_no_tokens(world: World) -> None:
    """The user has not come back yet, and may never; a renewal that goes on must still be stored."""
    world.left(-1)
    with world.held() as asked:
        caller = threading.Thread(target=world.call)
        caller.start()
        assert asked.wait(10)
        world.backend.run(lambda: world.backend.accounts.reinitiate(world.id))
    caller.join()
    assert world.values()["refresh_token"] == "refresh-secret-2"
    # And one that began before another renewal ended does not put back what that replaced.
    begun = world.backend.accounts._book().entry(world.id)
    plan = world.backend.accounts._connecting._plan_of(begun)
    world.backend.run(lambda: world.backend.accounts.refresh_connection(world.id))
    world.backend.accounts._connecting._keep(plan.connection, plan.values)
    assert world.values()["refresh_token"] == "refresh-secret-3"


def test_new_tokens_are_kept_until_the_database_can_be_written(
    world: World, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("composio.store.database._WAIT_SECONDS", 0.05)
    monkeypatch.setattr(renewals, "_STORE_PAUSE", 0.01)
    world.backend.accounts._store.close()  # connections that are opened from now on don't wait
    world.left(-1)
    outcomes: list[Outcome] = []
    with closing(sqlite3.connect(home / "accounts.sqlite3", isolation_level=None)) as somebody:
        with world.held() as asked:
            caller = threading.Thread(target=lambda: outcomes.append(world.call()))
            caller.start()
            assert asked.wait(10)
            somebody.execute("BEGIN IMMEDIATE")
        until = time.monotonic() + 30
        while "can't be stored, trying again" not in caplog.text:
            assert time.monotonic() < until
            time.sleep(0.01)
        somebody.execute("ROLLBACK")
    caller.join()
    assert outcomes[0].data["user"] == "refreshed"
    assert len(world.provider.calls) == 1


# The end


def test_closing_waits_for_new_tokens(opened: Open, provider: Provider) -> None:
    world = World(opened(), provider)
    world.left(200)
    with world.held() as asked:
        assert world.call().successful
        assert asked.wait(10)
        closer = threading.Thread(target=world.backend.close)
        closer.start()
        closer.join(0.2)
        assert closer.is_alive()
    closer.join(10)
    assert opened().accounts._book().entry(world.id).values["access_token"] == "access-secret-2"


def test_closing_asynchronously_waits_too(opened: Open, provider: Provider) -> None:
    world = World(opened(), provider)
    world.left(200)

    async def closes(asked: threading.Event) -> None:
        await world.backend.execute(CALL)
        assert await asyncio.to_thread(asked.wait, 10)
        threading.Timer(0.2, held.__exit__, (None, None, None)).start()
        await world.backend.aclose()

    held = world.held()
    asyncio.run(closes(held.__enter__()))
    assert opened().accounts._book().entry(world.id).values["access_token"] == "access-secret-2"


def test_closing_does_not_wait_for_ever_and_breaks_nothing_off(
    opened: Open, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.embedded.backend.LEAVE_SECONDS", 0.1)
    world = World(opened(), provider)
    world.left(200)
    with world.held() as asked:
        assert world.call().successful
        assert asked.wait(10)
        begun = time.monotonic()
        world.backend.close()
        assert time.monotonic() - begun < 10
    other, until = opened().accounts._book(), time.monotonic() + 30
    while other.entry(world.id).values["access_token"] == "access-secret-1":
        assert time.monotonic() < until
        time.sleep(0.01)


class OnLoops(httpx.AsyncBaseTransport):
    """A transport of the caller's own that knows no threads."""

    def __init__(self, provider: Provider) -> None:
        self._inner = FakeTransport(provider)
        self.asked, self.answered = asyncio.Event(), asyncio.Event()
        self.answered.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.url.path == "/token":
            self.asked.set()
            await self.answered.wait()
        return response


def test_a_transport_for_loops_only_renews_on_the_callers_loop(opened: Open, provider: Provider) -> None:
    transport = OnLoops(provider)
    world = World(opened(transport=transport), provider)
    world.left(200)

    async def calls() -> list[str]:
        transport.answered.clear()
        users = [(await world.backend.execute(CALL)).data["user"] for _ in range(3)]
        transport.answered.set()
        assert await asyncio.to_thread(world.backend.runtime.background.wait, 10)
        return [*users, (await world.backend.execute(CALL)).data["user"]]

    assert asyncio.run(calls()) == ["code-1"] * 3 + ["refreshed"]
    assert len(provider.calls) == 1


def test_a_loop_that_ends_while_it_renews_loses_the_answer_and_that_is_known(opened: Open, provider: Provider) -> None:
    transport = OnLoops(provider)
    world = World(opened(transport=transport), provider)
    world.left(200)

    async def leaves() -> None:
        transport.answered.clear()
        transport.asked.clear()
        await world.backend.execute(CALL)
        await transport.asked.wait()

    asyncio.run(leaves())
    assert "was lost (it was broken off)" in str(world.connection().diagnostic)
    assert world.call().successful
    assert len(provider.calls) == 1


def test_threads_loops_and_backends_send_a_token_once(opened: Open, provider: Provider) -> None:
    world = World(opened(), provider)
    backends = [world.backend, opened(), opened()]
    world.left(200)
    together = threading.Barrier(6)
    outcomes: list[Outcome] = []

    def blocking(backend: EmbeddedBackend) -> None:
        together.wait()
        outcomes.append(backend.execute_sync(CALL))

    def on_a_loop(backend: EmbeddedBackend) -> None:
        together.wait()
        outcomes.append(asyncio.run(backend.execute(CALL)))

    with world.held() as asked:
        threads = [threading.Thread(target=partial(how, backend)) for backend in backends for how in (blocking, on_a_loop)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert asked.wait(10)
    for backend in backends:
        assert backend.runtime.background.wait(10)
    assert [outcome.data["user"] for outcome in outcomes] == ["code-1"] * 6
    assert len(provider.calls) == 1


# Figures


def test_renewals_are_counted_by_how_they_ended(world: World) -> None:
    def counted() -> tuple[int, int]:
        found = world.backend.run(lambda: world.backend.logs.figures(FigureFilter(entity_id="alice", app="acme")))
        return sum(one.refreshed for one in found.periods), sum(one.unrefreshed for one in found.periods)

    assert world.call().successful
    assert counted() == (0, 0)
    world.left(-1)
    assert world.call().successful
    assert counted() == (1, 0)
    world.provider.answer = lambda _form: (503, "down")
    world.left(-1)
    world.call()
    done, failed = counted()
    assert done == 1
    assert failed >= 1
