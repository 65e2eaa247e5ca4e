"""A connection that is deleted while its tokens are on the way: those are revoked, and nothing of it comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.errors import ConnectedAccountNotFound
from composio.model.call import ToolCall, Who
from composio.model.connection import NewConnection
from tests.peers.acme import OAUTH, Provider, came_back, write_app

CALL = ToolCall(action="ACME_GET_ME", who=Who(entity_id="alice"))
Open = Callable[..., EmbeddedBackend]


class Gate:
    """Holds the provider's answers to one path: ``reached`` when it was asked, until ``open`` is set."""

    def __init__(self, provider: Provider, path: str) -> None:
        self.provider, self.path = provider, path
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, request: httpx.Request) -> Any:
        answer = self.provider(request)
        if request.url.path == self.path:
            self.reached.set()
            assert self.open.wait(30)
        return answer

    def hold(self, backend: EmbeddedBackend) -> None:
        backend.clients._transport._handler = self


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as running:
        yield running


def connected(backend: EmbeddedBackend, provider: Provider) -> str:
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    one = backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url)))
    provider.calls.clear()
    return str(one.id)


def left(backend: EmbeddedBackend, connection_id: str, seconds: float) -> None:
    book = backend.accounts._book()
    book.store.update_connection(connection_id, now=book.now(), expires_at=book.now() + seconds, refresh_at=book.now() - 1)


def delete(backend: EmbeddedBackend, connection_id: str) -> None:
    backend.run(lambda: backend.accounts.delete_connection(connection_id))


def revoked(provider: Provider) -> list[str]:
    return [form["token"] for path, form in provider.calls if path == "/revoke"]


def known(backend: EmbeddedBackend) -> list[Any]:
    return list(backend.run(lambda: backend.accounts.connections(active=False)))


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "in another process"])
@pytest.mark.parametrize("seconds", [-1, 200], ids=["waited for", "ahead of time"])
def test_tokens_that_arrive_for_a_deleted_connection_are_revoked_and_not_stored(
    opened: Open, provider: Provider, pool: ThreadPoolExecutor, seconds: float, elsewhere: bool
) -> None:
    backend = opened()
    other = opened() if elsewhere else backend
    connection_id = connected(backend, provider)
    left(backend, connection_id, seconds)
    gate = Gate(provider, "/token")
    gate.hold(backend)
    calling: Future[Any] = pool.submit(backend.execute_sync, CALL)
    assert gate.reached.wait(30)
    delete(other, connection_id)
    assert known(backend) == []
    gate.open.set()
    if seconds < 0:
        with pytest.raises(ConnectedAccountNotFound):
            calling.result(30)
    else:
        assert calling.result(30).successful  # with the token that was good when it began
    assert backend.runtime.background.wait(30)
    assert revoked(provider) == ["refresh-secret-1", "refresh-secret-2"]
    assert provider.refresh_tokens == set()
    assert known(backend) == []


def test_tokens_that_are_stored_while_a_connection_is_being_deleted_are_revoked_too(
    opened: Open, provider: Provider, pool: ThreadPoolExecutor
) -> None:
    backend, other = opened(), opened()
    connection_id = connected(backend, provider)
    left(backend, connection_id, -1)
    gate = Gate(provider, "/revoke")
    gate.hold(other)
    provider.rotates = False  # what is revoked first does not end the renewal
    deleting = pool.submit(delete, other, connection_id)
    assert gate.reached.wait(30)
    provider.refresh_tokens.add("refresh-secret-1")
    provider.rotates = True
    assert backend.execute_sync(CALL).successful
    gate.open.set()
    deleting.result(30)
    assert revoked(provider) == ["refresh-secret-1", "refresh-secret-2"]
    assert known(backend) == []


@pytest.mark.parametrize("extra", [{}, {"revocation_url": None}], ids=["", "without a revocation URL"])
def test_a_user_who_comes_back_while_the_connection_is_deleted_does_not_bring_it_back(
    opened: Open, home: Any, provider: Provider, pool: ThreadPoolExecutor, extra: dict[str, Any]
) -> None:
    scheme = {name: value for name, value in {**OAUTH, "name": "acme_oauth", **extra}.items() if value}
    write_app(home, "acme", scheme)
    backend = opened()
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    gate = Gate(provider, "/token")
    gate.hold(backend)
    completing = pool.submit(lambda: backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url))))
    assert gate.reached.wait(30)
    delete(backend, started.connection.id)
    gate.open.set()
    with pytest.raises(ConnectedAccountNotFound):
        completing.result(30)
    assert known(backend) == []
    assert revoked(provider) == ([] if extra else ["refresh-secret-1"])


def test_a_provider_that_can_not_be_told_changes_nothing_and_is_logged(
    backend: EmbeddedBackend, provider: Provider, pool: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    connection_id = connected(backend, provider)
    left(backend, connection_id, -1)
    gate = Gate(provider, "/token")
    backend.clients._transport._handler = lambda request: (500, "down") if request.url.path == "/revoke" else gate(request)
    calling = pool.submit(backend.execute_sync, CALL)
    assert gate.reached.wait(30)
    delete(backend, connection_id)
    gate.open.set()
    with pytest.raises(ConnectedAccountNotFound):
        calling.result(30)
    assert known(backend) == []
    assert "was deleted, and could not be revoked" in caplog.text
    assert "secret-2" not in caplog.text
