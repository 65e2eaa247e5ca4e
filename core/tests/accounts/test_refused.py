"""What an API says of a token that it no longer takes renews or ends the connection, whatever status it says so with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.errors import ConnectionNotUsable
from composio.model.call import RawRequest, ToolCall, Who
from composio.model.connection import NewConnection
from tests.peers.acme import KEY, OAUTH, Provider, came_back, write_app

CALL = ToolCall(action="ACME_GET_ME", who=Who(entity_id="alice"))
SLACK = {"success": "ok", "error": "error"}


@pytest.fixture
def connection_id(backend: EmbeddedBackend) -> str:
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    return str(backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url))).id)


def answering(backend: EmbeddedBackend, provider: Provider, answer: Any) -> None:
    """The API answers so while it does not know the token."""

    def handler(request: Any) -> Any:
        known = request.headers.get("authorization", "").removeprefix("Bearer ") in provider.tokens
        if request.url.host == "acme.example" or known:
            return provider(request)
        provider.seen.append(request)
        return answer

    backend.clients._transport._handler = handler


def status_of(backend: EmbeddedBackend, connection_id: str) -> str:
    return str(backend.run(lambda: backend.accounts.connection(connection_id)).status)


REFUSED: dict[str, Any] = {
    "Slack, revoked": (200, {"ok": False, "error": "token_revoked"}),
    "Slack, expired": (200, {"ok": False, "error": "token_expired"}),
    "Slack, none": (200, {"ok": False, "error": "invalid_auth"}),
    "Slack, the account": (200, {"ok": False, "error": "account_inactive"}),
    "401": (401, {"message": "Bad credentials"}),
    "401 with its reason": (401, "", {"www-authenticate": 'Bearer realm="x", error="invalid_token"'}),
    "403 with its reason": (
        403,
        {"message": "no"},
        {"www-authenticate": 'Bearer error="invalid_token", error_description="x"'},
    ),
    "403, without quotes": (403, "", {"www-authenticate": "bearer realm=x, error=invalid_token"}),
    "403, the second challenge": (403, "", {"www-authenticate": 'Basic realm="x", Bearer error = "invalid_token"'}),
    "400 with its reason": (400, "", {"www-authenticate": 'OAuth "Facebook Platform" "invalid_token" "Session has expired"'}),
    "Facebook": (400, {"error": {"message": "expired", "type": "OAuthException", "code": 190}}),
    "WeChat": (200, {"errcode": 42001, "errmsg": "access_token expired"}),
    "Lark": (200, {"code": 99991677, "msg": "Authentication token expired"}),
    "GraphQL": (200, {"errors": [{"message": "no", "extensions": {"code": "UNAUTHENTICATED"}}], "data": None}),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
def test_a_token_that_is_not_taken_is_renewed_whatever_the_status(
    backend: EmbeddedBackend, provider: Provider, connection_id: str, answer: Any
) -> None:
    answering(backend, provider, answer)
    provider.tokens.clear()
    provider.seen.clear()
    assert backend.execute_sync(CALL).data["user"] == "refreshed"
    assert [request.url.path for request in provider.seen] == ["/me", "/token", "/me"]
    provider.tokens.clear()
    raw = RawRequest(app="acme", endpoint="/me", who=Who(entity_id="alice"))
    assert backend.request_sync(raw).data["user"] == "refreshed"


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
def test_where_it_can_not_be_renewed_the_connection_has_expired(
    backend: EmbeddedBackend, provider: Provider, connection_id: str, answer: Any
) -> None:
    answering(backend, provider, answer)
    provider.tokens.clear()
    provider.refresh_tokens.clear()
    with pytest.raises(ConnectionNotUsable, match=r"EXPIRED.*composio add acme -e alice --force"):
        backend.execute_sync(CALL)
    assert status_of(backend, connection_id) == "EXPIRED"


TAKEN: dict[str, Any] = {
    "insufficient_scope": (403, {"message": "no"}, {"www-authenticate": 'Bearer error="insufficient_scope", scope="admin"'}),
    "insufficient_scope in a 401": (401, "", {"www-authenticate": 'Bearer error="insufficient_scope"'}),
    "Slack's": (200, {"ok": False, "error": "missing_scope", "needed": "x"}),
    "in the body": (403, {"error": "insufficient_scope"}),
    "Square's": (403, {"errors": [{"category": "AUTHENTICATION_ERROR", "code": "INSUFFICIENT_SCOPES", "detail": "x"}]}),
    "403": (403, {"message": "not yours"}),
    "Slack's 429": (200, {"ok": False, "error": "ratelimited"}),
    "another error": (200, {"ok": False, "error": "channel_not_found"}),
    "500": (500, {"error": "invalid_token"}),
    "data that only looks like it": (200, {"error": "token_revoked", "ok": True}),
    "data of others": (200, {"items": [{"ok": False, "error": "token_revoked"}]}),
}


@pytest.mark.parametrize("answer", TAKEN.values(), ids=TAKEN)
def test_what_is_taken_and_lacks_something_else_is_not_renewed(
    backend: EmbeddedBackend, provider: Provider, connection_id: str, answer: Any
) -> None:
    answering(backend, provider, answer)
    provider.tokens.clear()
    provider.calls.clear()
    provider.refresh_tokens.clear()
    backend.execute_sync(CALL)
    assert provider.calls == []
    assert status_of(backend, connection_id) == "ACTIVE"


@pytest.mark.parametrize("declared", [["OUT"], [{"fault.why": "OUT"}], ["fault.why: OUT"], [{"fault.number": 3}]])
def test_an_app_declares_what_its_api_says_to_a_token_that_ended(
    home: Path, backend: EmbeddedBackend, provider: Provider, declared: list[Any]
) -> None:
    write_app(home, "acme", {**OAUTH, "name": "acme_oauth"}, expired_token_errors=declared)
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    backend.run(lambda: backend.accounts.complete(came_back(started.redirect_url)))
    for answer in (
        (200, {"fault": {"why": "OUT", "number": 3, "code": "OUT"}}),
        (409, {"fault": {"why": "OUT", "number": 3, "code": "OUT"}}),
    ):
        answering(backend, provider, answer)
        provider.tokens.clear()
        assert backend.execute_sync(CALL).data["user"] == "refreshed"
    answering(backend, provider, (200, {"fault": {"why": "IN"}}))
    provider.tokens.clear()
    provider.calls.clear()
    assert backend.execute_sync(CALL).data == {"fault": {"why": "IN"}}
    assert provider.calls == []


def test_an_answer_with_a_good_status_that_refuses_the_key_is_no_success(
    home: Path, backend: EmbeddedBackend, provider: Provider
) -> None:
    for envelope in ({}, {"envelope": SLACK}):
        write_app(home, "keyed", KEY, **envelope)
        backend.catalog._compiled.forget("keyed")
        backend.run(
            lambda: backend.accounts.initiate(NewConnection(app="keyed", entity_id="alice", values={"api_key": "planted-key"}))
        )
        backend.clients._transport._handler = lambda _request: (200, {"ok": False, "error": "token_revoked"})
        outcome = backend.execute_sync(ToolCall(action="KEYED_GET_ME", who=Who(entity_id="alice")))
        assert not outcome.successful
        assert (outcome.error or "").startswith("token_revoked. ")
        assert "composio add keyed -e alice --force" in (outcome.error or "")


# GraphQL

SDL = "type Query { me: Me } type Me { id: ID! }"
ERRORS = {"errors": [{"message": "No such user", "path": ["me"], "extensions": {"code": "UNAUTHENTICATED"}}], "data": None}
NO_TOKEN = {"www-authenticate": 'Bearer error="invalid_token"'}
OVER_GRAPHQL: dict[str, tuple[Any, str]] = {
    "200 with a code": ((200, ERRORS), "me: No such user. The connection"),
    "401": ((401, ERRORS), "HTTP 401 Unauthorized: me: No such user. The connection"),
    "401 without a message": ((401, {"errors": [{}]}), "HTTP 401 Unauthorized: "),
    "400 with a code": (
        (400, {"errors": [{"message": "No", "extensions": {"code": "INVALID_TOKEN"}}]}),
        "HTTP 400 Bad Request: No. The connection",
    ),
    "403 with a challenge": ((403, {"errors": [{"message": "No"}]}, NO_TOKEN), "HTTP 403 Forbidden: No. The connection"),
    "the app's own word": ((200, {"errors": [{"message": "OURS"}], "data": {"me": None}}), "OURS. The connection"),
}


@pytest.fixture
def graph(home: Path, backend: EmbeddedBackend) -> EmbeddedBackend:
    write_app(home, "graph", KEY, expired_token_errors=["OURS"], proxy={"base_url": "https://graph.example/graphql"})
    definition = home / "apps" / "graph" / "integration.yaml"
    definition.write_text(definition.read_text().replace("openapi.json", "schema.graphql"))
    (home / "apps" / "graph" / "schema.graphql").write_text(SDL)
    backend.run(lambda: backend.accounts.initiate(NewConnection(app="graph", entity_id="alice", values={"api_key": "planted"})))
    return backend


@pytest.mark.parametrize(("answer", "begins"), OVER_GRAPHQL.values(), ids=OVER_GRAPHQL)
def test_a_graphql_refusal_says_to_connect_again(graph: EmbeddedBackend, answer: Any, begins: str) -> None:
    graph.clients._transport._handler = lambda _request: answer
    outcome = graph.execute_sync(ToolCall(action="GRAPH_ME", who=Who(entity_id="alice")))
    assert not outcome.successful
    assert (outcome.error or "").startswith(begins)
    assert (outcome.error or "").count("composio add graph -e alice --force") == 1
    assert "errors" not in (outcome.data or {})


def test_a_graphql_failure_keeps_what_its_status_advises(graph: EmbeddedBackend) -> None:
    for answer, says in (
        ((429, {"errors": [{"message": "slow"}]}, {"retry-after": "30"}), "slow. Try again in 30 seconds."),
        ((403, {"errors": [{"message": "no"}]}), "no. The credentials are valid but not allowed to do this."),
    ):
        graph.clients._transport._handler = lambda _request, answer=answer: answer
        outcome = graph.execute_sync(ToolCall(action="GRAPH_ME", who=Who(entity_id="alice")))
        assert (outcome.error or "").endswith(says)


# A key that never worked


def test_a_key_that_never_worked_was_not_accepted_and_one_that_did_is_no_longer_taken(
    home: Path, backend: EmbeddedBackend, provider: Provider
) -> None:
    def connect(key: str) -> str:
        started = backend.run(
            lambda: backend.accounts.initiate(NewConnection(app="keyed", entity_id="alice", values={"api_key": key}))
        )
        return str(started.connection.id)

    def error() -> str:
        outcome = backend.execute_sync(ToolCall(action="KEYED_GET_ME", who=Who(entity_id="alice")))
        return outcome.error or ""

    good = {"planted-good"}
    backend.clients._transport._handler = lambda request: (
        (200, {"fine": True}) if request.headers["x-api-key"] in good else (401, {"message": "no"})
    )
    first = connect("planted-wrong")
    for _ in range(2):
        assert f"The connection {first} of 'alice' was not accepted, and has never worked: check its credentials." in error()
        assert "no longer" not in error()
    second = connect("planted-good")
    assert error() == ""
    good.clear()
    assert f"The connection {second} of 'alice' is no longer taken." in error()
    # Another process knows it too.
    fresh = EmbeddedBackend(home=home, transport=backend.clients._transport)
    assert "no longer taken" in (fresh.execute_sync(ToolCall(action="KEYED_GET_ME", who=Who(entity_id="alice"))).error or "")
    fresh.close()
    # What takes its place begins anew.
    backend.run(lambda: backend.accounts.reinitiate(second, values={"api_key": "planted-other"}))
    assert "was not accepted, and has never worked" in error()


def test_that_a_connection_works_is_kept_once_and_changes_no_version(
    backend: EmbeddedBackend, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = backend.accounts._book().store
    writes: list[dict[str, Any]] = []
    update = store.update_connection

    def noted(*given: Any, **more: Any) -> Any:
        writes.append(more)
        return update(*given, **more)

    monkeypatch.setattr(store, "update_connection", noted)
    before = backend.run(lambda: backend.accounts.connection(connection_id))
    for _ in range(3):
        assert backend.execute_sync(CALL).successful
    after = backend.run(lambda: backend.accounts.connection(connection_id))
    assert len(writes) == 1
    assert (before.worked_at, before.version) == (None, after.version)
    assert after.worked_at is not None


def test_a_database_that_can_not_be_written_fails_no_call(
    backend: EmbeddedBackend, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from composio.errors import StoreError

    def full(*_given: Any, **_more: Any) -> Any:
        raise StoreError("the disk is full")

    monkeypatch.setattr(backend.accounts._book().store, "update_connection", full)
    assert backend.execute_sync(CALL).successful
