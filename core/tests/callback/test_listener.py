"""Users who come back to this machine: what a browser gets, over real HTTP, while the provider answers in memory."""

from __future__ import annotations

import socket
import time
from typing import Any

import httpx
import pytest

from composio.callback.listener import Listener
from composio.embedded import EmbeddedBackend
from composio.errors import AuthorizationError
from composio.model.connection import ConnectionStarted, NewConnection
from tests.peers.acme import Provider, came_back, query


@pytest.fixture(autouse=True)
def _nobody_configured_a_redirect_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_REDIRECT_PORT", "0")


@pytest.fixture
def here(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> EmbeddedBackend:
    monkeypatch.delenv("COMPOSIO_REDIRECT_URI")
    return backend


def initiate(backend: EmbeddedBackend, **more: Any) -> ConnectionStarted:
    return backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice", **more)))


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=30)


def status(backend: EmbeddedBackend, started: ConnectionStarted) -> str:
    return str(backend.run(lambda: backend.accounts.connection(started.connection.id)).status)


def denied(started: ConnectionStarted) -> str:
    asked = query(started.redirect_url)
    return f"{asked['redirect_uri']}?error=access_denied&state={asked['state']}"


def test_the_callback_connects_and_a_page_says_so(here: EmbeddedBackend) -> None:
    started = initiate(here)
    page = get(came_back(started.redirect_url))
    assert (page.status_code, status(here, started)) == (200, "ACTIVE")
    assert "acme is connected" in page.text


def test_the_developer_s_own_page_follows_with_what_came_of_it(here: EmbeddedBackend) -> None:
    started = initiate(here, redirect_url="https://shop.example/done?tab=2&status=?#top")
    page = get(came_back(started.redirect_url))
    assert page.status_code == 302
    assert page.headers["location"] == (
        f"https://shop.example/done?tab=2&status=success&connectedAccountId={started.connection.id}&appName=acme#top"
    )


def test_so_it_does_where_the_user_said_no(here: EmbeddedBackend) -> None:
    started = initiate(here, redirect_url="https://shop.example/done")
    page = get(denied(started))
    assert page.status_code == 302
    assert page.headers["location"] == (
        f"https://shop.example/done?status=failed&connectedAccountId={started.connection.id}&appName=acme"
    )
    assert status(here, started) == "FAILED"


def test_who_completes_it_elsewhere_learns_which_connection_failed(here: EmbeddedBackend) -> None:
    started = initiate(here)
    with pytest.raises(AuthorizationError) as raised:
        here.run(lambda: here.accounts.complete(denied(started)))
    assert (raised.value.connection_id, raised.value.app) == (started.connection.id, "acme")


def test_a_page_that_is_loaded_again_says_the_same_and_the_code_is_not_used_again(
    here: EmbeddedBackend, provider: Provider
) -> None:
    back = came_back(initiate(here).redirect_url)
    assert [get(back).status_code for _ in range(3)] == [200] * 3
    assert len(provider.calls) == 1


def test_a_provider_that_fails_is_told_to_the_user_without_the_code(here: EmbeddedBackend, provider: Provider) -> None:
    provider.answer = lambda _form: (400, {"error": "invalid_grant", "error_description": "no <b>way</b>"})
    page = get(came_back(initiate(here).redirect_url, "c0de-s3cret"))
    assert page.status_code == 400
    assert "<b>" not in page.text
    assert "c0de-s3cret" not in page.text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_redirect_uri_that_is_configured_and_its_own_is_listened_on(
    backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("COMPOSIO_REDIRECT_PORT", str(port))
    monkeypatch.setenv("COMPOSIO_REDIRECT_URI", f"http://{name}:{port}/callback")
    started = initiate(backend)
    assert query(started.redirect_url)["redirect_uri"] == f"http://{name}:{port}/callback"
    assert get(came_back(started.redirect_url).replace("localhost", "127.0.0.1")).status_code == 200


def test_a_web_app_s_redirect_uri_starts_nothing(backend: EmbeddedBackend) -> None:
    initiate(backend)
    listener = backend.accounts._listener
    assert isinstance(listener, Listener)
    assert listener._listener is None or not listener._listener.listening


@pytest.mark.parametrize(("state", "said"), [("made-up", "unknown"), (None, "no `state`"), ("used", "used before")])
def test_an_answer_that_nothing_waits_for_says_why_and_what_to_do(here: EmbeddedBackend, state: str | None, said: str) -> None:
    back = httpx.URL(came_back(initiate(here).redirect_url))
    if state == "used":
        get(str(back))
        back = back.copy_merge_params({"code": "another"})
    else:
        back = back.copy_with(params={"code": "x", **({"state": state} if state else {})})
    page = get(str(back))
    assert page.status_code == 400
    assert "Not connected" in page.text
    assert said in page.text
    assert "start again where you began" in page.text


def test_a_link_that_is_too_old_says_so(here: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    started = initiate(here)
    book = here.accounts._book()
    monkeypatch.setattr(book, "now", lambda: time.time() + 601)
    page = get(came_back(started.redirect_url))
    assert page.status_code == 400
    assert "older than ten minutes" in page.text
    assert status(here, started) == "INITIATED"
