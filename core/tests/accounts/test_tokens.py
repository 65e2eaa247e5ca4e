"""Tokens stay fresh: one request for all who wait, stored before it is used."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import pytest

from composio.accounts import tokens
from composio.embedded import EmbeddedBackend
from composio.errors import ConnectionNotUsable
from composio.model.call import ToolCall, Who
from composio.model.connection import NewConnection
from tests.peers.acme import OAUTH, Provider, came_back, write_app

CALL = ToolCall(action="ACME_GET_ME", who=Who(entity_id="alice"))


@pytest.fixture
def connection_id(backend: EmbeddedBackend) -> str:
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    return str(backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url))).id)


@pytest.fixture
def expire(backend: EmbeddedBackend, connection_id: str, provider: Provider) -> Callable[[], None]:
    def expired() -> None:
        backend.accounts._book().store.update_connection(connection_id, now=0.0, expires_at=1.0, refresh_at=1.0)
        provider.tokens.clear()
        provider.calls.clear()

    return expired


def test_an_expired_token_is_renewed_before_the_call(backend: EmbeddedBackend, provider: Provider, expire: Any) -> None:
    expire()
    provider.seen.clear()
    assert backend.execute_sync(CALL).data["user"] == "refreshed"
    assert [r.url.path for r in provider.seen] == ["/token", "/me"]
    assert backend.execute_sync(CALL).successful
    assert len(provider.calls) == 1


def test_a_refused_token_is_renewed_once_and_the_call_asked_again(
    backend: EmbeddedBackend, provider: Provider, connection_id: str
) -> None:
    provider.tokens.clear()
    provider.seen.clear()
    assert backend.execute_sync(CALL).successful
    assert [r.url.path for r in provider.seen] == ["/me", "/token", "/me"]
    backend.clients._transport._handler = lambda request: (
        provider(request) if request.url.path == "/token" else (401, {"message": "still not"})
    )
    provider.calls.clear()
    outcome = backend.execute_sync(CALL)
    assert (outcome.successful, outcome.status) == (False, 401)
    assert len(provider.calls) == 1


def test_without_rotation_the_refresh_token_is_kept(backend: EmbeddedBackend, provider: Provider, expire: Any) -> None:
    provider.rotates = False
    for _ in range(3):
        expire()
        assert backend.execute_sync(CALL).successful


def test_a_hundred_tasks_renew_once(backend: EmbeddedBackend, provider: Provider, expire: Any) -> None:
    expire()

    async def many() -> list[bool]:
        done: list[bool] = []

        async def one() -> None:
            done.append((await backend.execute(CALL)).successful)

        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(one)
        return done

    assert backend.run(many) == [True] * 100
    assert len(provider.calls) == 1


def test_threads_renew_once(backend: EmbeddedBackend, provider: Provider, expire: Any) -> None:
    expire()
    slow = provider.granted

    def answer(form: dict[str, str]) -> Any:
        time.sleep(0.2)
        return slow(form)

    provider.answer = answer
    done: list[bool] = []
    threads = [threading.Thread(target=lambda: done.append(backend.execute_sync(CALL).successful)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True] * 20
    assert len(provider.calls) == 1


@pytest.mark.parametrize("scoped", [True, False])
def test_a_caller_who_is_cancelled_loses_no_rotated_token(
    backend: EmbeddedBackend, provider: Provider, expire: Any, scoped: bool
) -> None:
    expire()
    asked, answered = threading.Event(), threading.Event()

    def answer(form: dict[str, str]) -> Any:
        granted = provider.granted(form)  # the old refresh token is gone now
        asked.set()
        assert answered.wait(10)
        return granted

    async def cancelled() -> None:
        async def asks() -> None:
            with anyio.CancelScope() as scope:
                scopes.append(scope)
                await backend.execute(CALL)

        scopes: list[anyio.CancelScope] = []
        task = asyncio.create_task(asks())
        assert await asyncio.to_thread(asked.wait, 10)
        if scoped:
            scopes[0].cancel()
        else:
            task.cancel()
        await asyncio.wait([task])
        assert scoped or task.cancelled()
        answered.set()
        assert (await backend.execute(CALL)).data["user"] == "refreshed"

    provider.answer = answer
    asyncio.run(cancelled())
    assert len(provider.calls) == 1


def test_the_new_token_is_stored_before_it_is_used(
    backend: EmbeddedBackend, provider: Provider, expire: Any, connection_id: str
) -> None:
    expire()
    stored: list[str] = []

    def handler(request: Any) -> Any:
        if request.url.path == "/me":
            stored.append(backend.accounts._book().entry(connection_id).values["access_token"])
        return provider(request)

    backend.clients._transport._handler = handler
    backend.execute_sync(CALL)
    assert stored == ["access-secret-2"]


def test_a_failing_endpoint_is_asked_once_for_all_who_wait(
    backend: EmbeddedBackend, provider: Provider, expire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_PAUSE_SECONDS", 600.0)
    expire()
    provider.answer = lambda _form: (500, "down")
    outcomes = [backend.execute_sync(CALL) for _ in range(10)]
    assert not any(outcome.successful for outcome in outcomes)
    assert all("could not be renewed" in (outcome.error or "") for outcome in outcomes)
    assert all((outcome.error or "").count("Try again later.") == 1 for outcome in outcomes)
    assert len(provider.calls) == 1


CLIENT_IS_WRONG = (
    r"Check the integration's client_.*The integration is int_\w+; once that is fixed, its connections work again\.$"
)
UNKNOWN = r"If it is refused again, check the client_id and client_secret of the integration int_\w+\. .*composio add acme"
WHAT_HELPS: dict[str, tuple[Any, str]] = {
    "invalid_client": ((401, {"error": "invalid_client"}), CLIENT_IS_WRONG),
    "invalid_client in a 400": ((400, {"error": "invalid_client", "error_description": "try again later"}), CLIENT_IS_WRONG),
    "unauthorized_client": ((400, {"error": "unauthorized_client"}), CLIENT_IS_WRONG),
    "GitHub": ((200, {"error": "incorrect_client_credentials"}), CLIENT_IS_WRONG),
    "Slack": ((200, {"ok": False, "error": "bad_client_secret"}), CLIENT_IS_WRONG),
    "WeChat": ((200, {"errcode": 40125, "errmsg": "invalid appsecret"}), CLIENT_IS_WRONG),
    "Microsoft, under a dead grant's code": (
        (400, {"error": "invalid_grant", "error_description": "AADSTS7000222: The client secret keys are expired."}),
        CLIENT_IS_WRONG,
    ),
    "slow_down": ((400, {"error": "slow_down"}), r"slow_down\. Try again later\.$"),
    "503": ((503, "down"), r"Try again later\.$"),
    "429": ((429, {"error": "invalid_client"}), r"Try again later\.$"),
    "no token in a 200": ((200, {"hello": 1}), r"Try again later\.$"),
    "a scope": ((400, {"error": "invalid_scope"}), r"invalid_scope\. Ask for scopes that the provider's app was given\.$"),
    "a request": ((400, {"error": "invalid_request"}), UNKNOWN),
    "no word": ((401, {"message": "Unauthorized"}), UNKNOWN),
}


@pytest.mark.parametrize(("answer", "helps"), WHAT_HELPS.values(), ids=WHAT_HELPS)
def test_a_renewal_that_failed_says_what_helps_against_it(
    backend: EmbeddedBackend, provider: Provider, expire: Any, answer: Any, helps: str
) -> None:
    expire()
    provider.answer = lambda _form: answer
    for _ in range(2):  # whoever comes next is told the same
        error = str(backend.execute_sync(CALL).error)
        assert re.search(helps, error), error
        assert error.count("Try again later.") == helps.count("Try again later")


def test_a_file_decides_what_a_code_means_and_so_what_helps(
    opened: Callable[..., EmbeddedBackend], home: Path, provider: Provider
) -> None:
    write_app(home, "acme", {**OAUTH, "name": "acme_oauth", "wrong_client_errors": ["invalid_grant"]})
    backend = opened()
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    one = backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url)))
    backend.accounts._book().store.update_connection(one.id, now=0.0, expires_at=1.0, refresh_at=1.0)
    provider.answer = lambda _form: (400, {"error": "invalid_grant"})
    assert re.search(CLIENT_IS_WRONG, str(backend.execute_sync(CALL).error))


def test_a_failing_endpoint_is_asked_once_for_all_who_came_together(
    backend: EmbeddedBackend, provider: Provider, expire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_PAUSE_SECONDS", 600.0)  # however slow the machine is
    together = threading.Barrier(30)

    def asks(_: int) -> bool:
        together.wait()
        return backend.execute_sync(CALL).successful

    def answer(_form: dict[str, str]) -> Any:
        time.sleep(0.05)  # the others find the lease taken
        return 500, "down"

    expire()
    provider.answer = answer
    with ThreadPoolExecutor(30) as pool:
        assert not any(pool.map(asks, range(30)))
    assert len(provider.calls) == 1


def test_a_failing_endpoint_leaves_a_token_alone_that_still_holds(
    backend: EmbeddedBackend, provider: Provider, connection_id: str
) -> None:
    store = backend.accounts._book().store
    store.update_connection(connection_id, now=0.0, refresh_at=1.0)
    provider.answer = lambda _form: (500, "down")
    assert backend.execute_sync(CALL).successful


def test_somebody_elses_renewal_counts_where_the_grant_looks_dead(
    backend: EmbeddedBackend, provider: Provider, expire: Any, connection_id: str
) -> None:
    expire()
    book = backend.accounts._book()

    def answer(form: dict[str, str]) -> Any:
        one = book.entry(connection_id)
        provider.tokens["theirs"] = "theirs"
        book.change(one.connection, values=one.values | {"access_token": "theirs"}, expires_at=None, refresh_at=None)
        return 400, {"error": "invalid_grant"}

    provider.answer = answer
    assert backend.execute_sync(CALL).data["user"] == "theirs"


def test_a_dead_grant_is_asked_about_once(backend: EmbeddedBackend, provider: Provider, expire: Any) -> None:
    expire()
    provider.refresh_tokens.clear()
    for _ in range(5):
        with pytest.raises(ConnectionNotUsable, match=r"EXPIRED.*composio add acme -e alice --force"):
            backend.execute_sync(CALL)
    assert len(provider.calls) == 1


def test_a_lease_whose_owner_died_ends(backend: EmbeddedBackend, provider: Provider, expire: Any, connection_id: str) -> None:
    expire()
    book = backend.accounts._book()
    version = book.entry(connection_id).connection.version
    assert book.store.take_lease(connection_id, "dead", now=book.now(), seconds=0.3, if_version=version)
    assert backend.execute_sync(CALL).successful
    assert len(provider.calls) == 1


def test_who_connects_again_during_a_renewal_keeps_the_new_grant(
    backend: EmbeddedBackend, provider: Provider, expire: Any, connection_id: str
) -> None:
    expire()
    started = backend.run(lambda: backend.accounts.reinitiate(connection_id))

    def answer(form: dict[str, str]) -> Any:
        provider.answer = None
        backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url, "again")))
        return provider.granted(form)

    provider.answer = answer
    assert backend.execute_sync(CALL).data["user"] == "again"
    assert backend.execute_sync(CALL).data["user"] == "again"


@pytest.mark.parametrize("skew", [-86_400.0, 86_400.0])
def test_a_clock_that_is_wrong_by_a_day_renews_no_token_early_and_none_late(
    backend: EmbeddedBackend, provider: Provider, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    monkeypatch.setattr(backend.accounts._book(), "now", lambda: time.time() + skew)
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url)))
    provider.calls.clear()
    assert backend.execute_sync(CALL).successful
    assert provider.calls == []
    monkeypatch.setattr(backend.accounts._book(), "now", lambda: time.time() + skew + 3600)
    assert backend.execute_sync(CALL).data["user"] == "refreshed"
    assert len(provider.calls) == 1


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_meanwhile_costs_one_renewal_at_most(
    backend: EmbeddedBackend, provider: Provider, connection_id: str, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """Set back, a token that ended looks fresh, and the API's 401 tells; set forward, one that holds looks ended."""
    monkeypatch.setattr(backend.accounts._book(), "now", lambda: time.time() + jump)
    provider.tokens.clear()
    provider.calls.clear()
    assert [backend.execute_sync(CALL).successful for _ in range(3)] == [True] * 3
    assert len(provider.calls) == 1
