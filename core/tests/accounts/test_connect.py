"""Users connect: begun, come back, and everything that may come back instead."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.errors import (
    AuthorizationError,
    ConfigurationError,
    ConnectedAccountNotFound,
    ConnectionNotFound,
    ConnectionNotUsable,
    IntegrationNotFound,
    InvalidRequest,
    InvalidState,
    MissingFields,
    TokenRequestFailed,
    VaultError,
)
from composio.model.call import ToolCall, Who
from composio.model.connection import ConnectionStarted, ConnectionStatus, NewConnection, NewIntegration
from tests.peers.acme import Provider, came_back, query, write_app


def initiate(backend: EmbeddedBackend, app: str = "acme", entity: str = "alice", **more: Any) -> ConnectionStarted:
    return backend.run(lambda: backend.accounts.initiate(NewConnection(app=app, entity_id=entity, **more)))


def complete(backend: EmbeddedBackend, url: str, entity: str | None = None) -> Any:
    return backend.run(lambda: backend.accounts.complete(url, entity_id=entity))


def connected(backend: EmbeddedBackend, entity: str = "alice", **more: Any) -> str:
    started = initiate(backend, entity=entity, **more)
    return str(complete(backend, came_back(started.redirect_url)).id)


def called(backend: EmbeddedBackend, entity: str = "alice", action: str = "ACME_GET_ME", **more: Any) -> Any:
    return backend.execute_sync(ToolCall(action=action, who=Who(entity_id=entity, **more)))


def test_a_user_goes_to_the_provider_comes_back_and_calls_go_out_as_that_user(
    backend: EmbeddedBackend, provider: Provider
) -> None:
    started = initiate(backend, scopes=("read",))
    asked = query(started.redirect_url)
    assert started.connection.status == "INITIATED"
    assert asked["client_id"] == "operator"
    assert asked["redirect_uri"] == "https://app.example/callback"
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "read"
    assert len(asked["state"]) >= 40
    one = complete(backend, came_back(started.redirect_url), "alice")
    assert (one.id, one.status, one.entity_id, dict(one.values)) == (started.connection.id, "ACTIVE", "alice", {})
    (path, form) = provider.calls[0]
    assert (path, form["grant_type"], form["code"]) == ("/token", "authorization_code", "code-1")
    assert len(form["code_verifier"]) >= 43
    assert called(backend).data == {"who": "Bearer access-secret-1", "user": "code-1"}
    with pytest.raises(ConnectionNotFound, match=r"entity 'bob'.*composio add acme -e bob"):
        called(backend, "bob")


def test_a_state_works_once(backend: EmbeddedBackend) -> None:
    started = initiate(backend)
    url = came_back(started.redirect_url)
    complete(backend, url)
    with pytest.raises(InvalidState, match="used before"):
        complete(backend, url)
    assert called(backend).successful


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda url: url.replace("state=", "state=x"), "unknown"),
        (lambda url: url.partition("?")[0], "no `state`"),
        (lambda url: url + "&state=other", "twice"),
        (lambda url: "nonsense", "no `state`"),
        (lambda url: None, "no `state`"),
    ],
)
def test_a_wrong_state_connects_nobody(backend: EmbeddedBackend, change: Any, message: str) -> None:
    started = initiate(backend)
    with pytest.raises(InvalidState, match=message):
        complete(backend, change(came_back(started.redirect_url)))
    with pytest.raises(ConnectionNotUsable, match="not complete"):
        called(backend)
    assert complete(backend, came_back(started.redirect_url)).status == "ACTIVE"


def test_somebody_else_can_not_finish_a_connection(backend: EmbeddedBackend) -> None:
    started = initiate(backend, entity="alice")
    with pytest.raises(InvalidState, match="another entity"):
        complete(backend, came_back(started.redirect_url), "mallory")
    assert complete(backend, came_back(started.redirect_url), "alice").entity_id == "alice"


def test_a_callback_that_meets_another_master_key_can_come_again(
    backend: EmbeddedBackend, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = came_back(initiate(backend).redirect_url)
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "22" * 32)
    other = EmbeddedBackend(home=home)
    with pytest.raises(VaultError):
        complete(other, url)
    other.close()
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    assert complete(backend, url).status == "ACTIVE"


def test_a_state_expires_after_ten_minutes(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    started = initiate(backend)
    now = backend.accounts._book().now()
    monkeypatch.setattr(backend.accounts._book(), "now", lambda: now + 601)
    with pytest.raises(InvalidState, match="ten minutes"):
        complete(backend, came_back(started.redirect_url))


def test_a_user_who_says_no_is_told_so(backend: EmbeddedBackend) -> None:
    started = initiate(backend, redirect_url="https://app.example/done")
    url = came_back(started.redirect_url).replace("code=code-1", "error=access_denied&error_description=The+user+said+no")
    with pytest.raises(AuthorizationError) as denied:
        complete(backend, url)
    assert denied.value.code == "access_denied"
    assert denied.value.redirect_url == "https://app.example/done"
    one = backend.run(lambda: backend.accounts.connection(started.connection.id))
    assert one.status == "FAILED"
    with pytest.raises(ConnectionNotUsable, match=r"could not be made.*composio add acme -e alice"):
        called(backend)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((400, {"error": "invalid_client", "error_description": "no such client"}), "invalid_client"),
        ((500, {"message": "boom"}), "500"),
        ((200, "<html>maintenance</html>"), "not JSON"),
        ((302, "", {"location": "https://evil.example/token"}), "status 302"),
        ((200, {"token_type": "Bearer"}), "access_token"),
    ],
)
def test_a_token_endpoint_that_fails_is_named(backend: EmbeddedBackend, provider: Provider, answer: Any, error: str) -> None:
    provider.answer = lambda _form: answer
    started = initiate(backend)
    with pytest.raises(AuthorizationError, match=error) as failed:
        complete(backend, came_back(started.redirect_url))
    assert "operator-secret" not in str(failed.value)
    assert "code-1" not in str(failed.value)
    with pytest.raises(ConnectionNotUsable):
        called(backend)


def test_a_token_without_expires_in_is_kept_until_it_is_refused(backend: EmbeddedBackend, provider: Provider) -> None:
    provider.lifetime = None
    connected(backend)
    assert called(backend).successful
    provider.tokens.clear()
    assert called(backend).data["user"] == "refreshed"


def test_typed_values_are_active_at_once(backend: EmbeddedBackend, provider: Provider) -> None:
    started = initiate(backend, "keyed", values={"api_key": "k-1"})
    assert (started.connection.status, started.redirect_url) == ("ACTIVE", None)
    assert called(backend, action="KEYED_GET_ME").data["who"] == "k-1"
    assert provider.seen[-1].headers["x-region"] == "eu"


def test_missing_fields_are_named_with_their_descriptions(backend: EmbeddedBackend) -> None:
    backend.run(lambda: backend.accounts.create_integration(NewIntegration(app="desk", config={"partner": "p"})))
    with pytest.raises(MissingFields, match=r"desk: .*api_key \(From your profile\.\)") as missing:
        initiate(backend, "desk", values={"subdomain": "a"})
    assert missing.value.fields == {"api_key": "From your profile."}
    with pytest.raises(InvalidRequest, match=r"no field 'api_kez'\. Did you mean 'api_key'\?"):
        initiate(backend, "desk", values={"subdomain": "a", "api_kez": "k"})


def test_a_password_may_be_empty_where_somebody_says_so(
    home: Path, opened: Callable[..., EmbeddedBackend], provider: Provider
) -> None:
    write_app(home, "plain", {"auth_mode": "BASIC"})
    backend = opened()
    for values in ({"username": "key"}, {"username": "", "password": ""}):
        with pytest.raises(MissingFields, match="password"):
            initiate(backend, "plain", values=values)
    assert initiate(backend, "plain", values={"username": "key", "password": ""}).connection.status == "ACTIVE"
    assert called(backend, action="PLAIN_GET_ME").successful
    assert provider.seen[-1].headers["authorization"] == "Basic a2V5Og=="


def test_values_may_come_later(backend: EmbeddedBackend, provider: Provider) -> None:
    backend.run(lambda: backend.accounts.create_integration(NewIntegration(app="desk", config={"partner": "p"})))
    started = initiate(backend, "desk")
    assert started.connection.status == "INITIATED"
    with pytest.raises(ConnectionNotUsable, match=r"waits for subdomain \(The first part"):
        called(backend, action="DESK_GET_ME")
    one = backend.run(
        lambda: backend.accounts.submit(started.connection.id, {"subdomain": "alice", "api_key": "k"}, entity_id="alice")
    ).connection
    assert (one.id, one.status) == (started.connection.id, "ACTIVE")
    assert called(backend, action="DESK_GET_ME").successful
    assert provider.seen[-1].url == "https://alice.desk.example/me"
    assert provider.seen[-1].headers["x-partner"] == "p"
    with pytest.raises(InvalidRequest, match="does not wait"):
        backend.run(lambda: backend.accounts.submit(started.connection.id, {"api_key": "other"}))


def test_the_developers_own_fields_are_asked_of_the_developer(backend: EmbeddedBackend) -> None:
    with pytest.raises(MissingFields, match=r"an integration with API_KEY needs partner \(Ours\.\)"):
        initiate(backend, "desk", values={"subdomain": "a", "api_key": "k"})


def test_an_app_without_credentials_is_connected_at_once(backend: EmbeddedBackend) -> None:
    assert initiate(backend, "open").connection.status == "ACTIVE"
    assert called(backend, action="OPEN_GET_ME").successful


def test_no_client_says_how_to_register_one(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSIO_OAUTH_ACME_CLIENT_ID")
    with pytest.raises(ConfigurationError) as told:
        initiate(backend)
    assert "COMPOSIO_OAUTH_ACME_CLIENT_ID" in str(told.value)
    assert "https://app.example/callback" in str(told.value)
    with pytest.raises(ConfigurationError, match=r'auth_scheme="API_KEY", connected_account_params=\{"api_key"'):
        backend.run(lambda: backend.accounts.create_integration(NewIntegration(app="both", auth_mode="OAUTH2")))


def test_an_unknown_scheme_names_those_that_there_are(backend: EmbeddedBackend) -> None:
    with pytest.raises(InvalidRequest, match=r"no auth scheme 'OAUTH3'\. Did you mean OAUTH2\? It has API_KEY, OAUTH2"):
        initiate(backend, "both", auth_mode="OAUTH3")


def test_of_two_integrations_the_newest_that_fits_is_used(backend: EmbeddedBackend) -> None:
    def create(**config: Any) -> Any:
        return backend.run(
            lambda: backend.accounts.create_integration(
                NewIntegration(app="acme", config=config, use_composio_oauth_app=False if config else None)
            )
        )

    shared, own = create(), create(client_id="mine", client_secret="s", redirect_uri="https://mine.example/cb")
    assert initiate(backend).connection.integration_id == own.id
    assert create(client_id="mine", client_secret="s", redirect_uri="https://mine.example/cb").id == own.id
    assert initiate(backend, use_composio_oauth_app=False).connection.integration_id == own.id
    started = initiate(backend, integration_id=shared.id)
    assert query(started.redirect_url)["client_id"] == "operator"
    asked = query(initiate(backend, integration_id=own.id).redirect_url)
    assert (asked["client_id"], asked["redirect_uri"]) == ("mine", "https://mine.example/cb")


def test_without_values_users_go_where_they_can_go_through_with_it(
    backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSIO_OAUTH_BOTH_CLIENT_ID", "operator")
    typed = initiate(backend, "both", values={"api_key": "k"})
    assert typed.connection.auth_mode == "API_KEY"
    assert initiate(backend, "both", entity="bob").redirect_url
    assert initiate(backend, "both", entity="carol", values={"api_key": "k"}).connection.status == "ACTIVE"


def test_a_removed_integration_leaves_its_connections_unusable(backend: EmbeddedBackend) -> None:
    connection_id = connected(backend)
    (integration,) = backend.run(lambda: backend.accounts.integrations())
    backend.run(lambda: backend.accounts.remove_integration(integration.id))
    with pytest.raises(ConnectionNotUsable, match=r'integration .* was removed.*initiate_connection\(app="acme", ...\)\.$'):
        called(backend)
    with pytest.raises(ConnectionNotUsable, match=r"integration .* was removed"):
        called(backend, connected_account_id=connection_id)
    with pytest.raises(IntegrationNotFound):
        initiate(backend, integration_id=integration.id)


def test_an_integration_may_be_limited_to_actions(backend: EmbeddedBackend) -> None:
    from composio.errors import ActionNotAllowed
    from composio.model.call import RawRequest

    backend.run(lambda: backend.accounts.create_integration(NewIntegration(app="acme", limited_actions=("acme_get_me",))))
    connected(backend)
    assert called(backend).successful
    with pytest.raises(ActionNotAllowed, match=r"ACME_LIST_THINGS.*limited to: ACME_GET_ME"):
        called(backend, action="ACME_LIST_THINGS")
    with pytest.raises(ActionNotAllowed, match="no action describes"):
        backend.request_sync(RawRequest(app="acme", endpoint="/me", who=Who(entity_id="alice")))
    with pytest.raises(InvalidRequest, match="an action of keyed, not of acme"):
        backend.run(lambda: backend.accounts.create_integration(NewIntegration(app="acme", limited_actions=("KEYED_GET_ME",))))


def test_connections_are_exact_by_id_and_newest_active_by_entity(backend: EmbeddedBackend) -> None:
    first, second = connected(backend), connected(backend)
    assert called(backend).data["who"] == "Bearer access-secret-2"
    assert called(backend, connected_account_id=first).data["who"] == "Bearer access-secret-1"
    backend.run(lambda: backend.accounts.update_connection(second, enabled=False))
    assert called(backend).data["who"] == "Bearer access-secret-1"
    with pytest.raises(ConnectionNotUsable, match="is disabled"):
        called(backend, connected_account_id=second)
    backend.run(lambda: backend.accounts.update_connection(second, enabled=True, labels=["work"]))
    assert [one.id for one in backend.run(lambda: backend.accounts.connections(labels=["work"]))] == [second]
    assert called(backend).data["who"] == "Bearer access-secret-2"


def test_an_id_is_the_entitys_own_unless_nobody_named_one(backend: EmbeddedBackend) -> None:
    alices = connected(backend, "alice")
    with pytest.raises(ConnectedAccountNotFound) as foreign:
        called(backend, "bob", connected_account_id=alices)
    with pytest.raises(ConnectedAccountNotFound) as unknown:
        called(backend, "bob", connected_account_id="conn_0")
    assert str(foreign.value) == str(unknown.value).replace("conn_0", alices)
    assert called(backend, "default", connected_account_id=alices, any_entity=True).successful
    with pytest.raises(ConnectedAccountNotFound, match="is to acme, not to keyed"):
        called(backend, "alice", action="KEYED_GET_ME", connected_account_id=alices)


def test_a_dead_grant_is_expired_and_reconnected_under_its_id(backend: EmbeddedBackend, provider: Provider) -> None:
    connection_id = connected(backend)
    provider.refresh_tokens.clear()
    provider.tokens.clear()
    with pytest.raises(ConnectionNotUsable, match=f"EXPIRED.*reinitiate_connection..{connection_id}"):
        called(backend)
    started = backend.run(lambda: backend.accounts.reinitiate(connection_id))
    assert complete(backend, came_back(started.redirect_url, "code-2")).id == connection_id
    assert called(backend).data["user"] == "code-2"


def test_begun_again_the_old_connection_works_until_the_user_is_back(backend: EmbeddedBackend) -> None:
    connection_id = connected(backend)
    started = backend.run(lambda: backend.accounts.reinitiate(connection_id))
    assert called(backend).successful
    url = came_back(started.redirect_url).replace("code=code-1", "error=access_denied")
    with pytest.raises(AuthorizationError):
        complete(backend, url)
    assert called(backend).successful


def test_a_deleted_connection_is_revoked_and_gone(backend: EmbeddedBackend, provider: Provider) -> None:
    connection_id = connected(backend)
    backend.run(lambda: backend.accounts.delete_connection(connection_id))
    assert provider.calls[-1][0] == "/revoke"
    assert provider.refresh_tokens == set()
    with pytest.raises(ConnectedAccountNotFound):
        backend.run(lambda: backend.accounts.connection(connection_id))


def test_a_connection_is_checked_at_the_apps_own_endpoint(backend: EmbeddedBackend, provider: Provider) -> None:
    from composio.errors import UpstreamError

    connection_id = connected(backend)
    assert backend.run(lambda: backend.accounts.check_connection(connection_id)).status == "ACTIVE"
    assert provider.seen[-1].url.path == "/me"
    key = initiate(backend, "keyed", values={"api_key": "k"}).connection.id
    backend.clients._transport._handler = lambda request: (403, {"message": "no such key"})
    with pytest.raises(UpstreamError, match="no such key"):
        backend.run(lambda: backend.accounts.check_connection(key))


def test_nothing_is_created_before_somebody_connects(backend: EmbeddedBackend, home: Any) -> None:
    with pytest.raises(ConnectionNotFound):
        called(backend)
    assert backend.run(lambda: backend.accounts.connections()) == []
    assert backend.run(lambda: backend.accounts.integrations()) == []
    assert not (home / "accounts.sqlite3").exists()


def test_a_failing_refresh_is_an_unsuccessful_result(backend: EmbeddedBackend, provider: Provider) -> None:
    connected(backend)
    provider.answer = lambda _form: (503, "down")
    connection_id = backend.run(lambda: backend.accounts.connections())[0].id
    backend.accounts._book().store.update_connection(connection_id, now=0.0, expires_at=1.0, refresh_at=1.0)
    outcome = called(backend)
    assert not outcome.successful
    assert "could not be renewed" in (outcome.error or "")
    with pytest.raises(TokenRequestFailed):
        backend.run(lambda: backend.accounts.refresh_connection(connection_id))


def test_a_callers_end_while_the_code_is_exchanged_connects_the_user_all_the_same(
    backend: EmbeddedBackend, provider: Provider
) -> None:
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    asked, answered = threading.Event(), threading.Event()

    def answer(form: dict[str, str]) -> Any:
        asked.set()
        assert answered.wait(10)
        return provider.granted(form)

    async def cancelled() -> None:
        task = asyncio.create_task(backend.accounts.complete(came_back(started.redirect_url)))
        assert await asyncio.to_thread(asked.wait, 10)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        answered.set()

    provider.answer = answer
    asyncio.run(cancelled())
    for _ in range(1000):
        if backend.run(lambda: backend.accounts.connection(started.connection.id)).status is ConnectionStatus.ACTIVE:
            return
        time.sleep(0.01)
    pytest.fail("the code's tokens were lost")


def test_users_who_come_together_share_one_integration(backend: EmbeddedBackend) -> None:
    together = threading.Barrier(16)

    def begins(number: int) -> str:
        together.wait()
        return str(initiate(backend, entity=f"user-{number}").connection.integration_id)

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(begins, range(16)))) == 1
