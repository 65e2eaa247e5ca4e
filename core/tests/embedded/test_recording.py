"""The log of calls of a process's own: off unless somebody wants it, written before a call is sent and once it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotFound, ConfigurationError, InvalidRequest, LoggedCallNotFound
from composio.model.call import RawRequest, ToolCall, Who
from composio.model.connection import NewConnection
from composio.model.logged import CallFilter, LoggedCall
from composio.process.home import ACCOUNTS
from tests.peers.acme import Provider

Opened = Callable[..., EmbeddedBackend]


@pytest.fixture
def logged(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> EmbeddedBackend:
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", "on")
    return opened()


def connect(backend: EmbeddedBackend) -> None:
    new = NewConnection(app="keyed", entity_id="ada", values={"api_key": "k-secret"})
    backend.run(lambda: backend.accounts.initiate(new))


def calls(backend: EmbeddedBackend, **which: Any) -> list[LoggedCall]:
    return backend.run(lambda: backend.logs.list_calls(CallFilter(**which)))


CALL = ToolCall(action="keyed_get_me", who=Who(entity_id="ada"))


def test_nothing_is_logged_and_made_unless_somebody_wants_it(opened: Opened, home: Path) -> None:
    backend = opened()
    assert backend.execute_sync(ToolCall(action="OPEN_GET_ME")).successful
    assert calls(backend) == []
    assert not (home / ACCOUNTS).exists()


@pytest.mark.parametrize("said", ["0", "off", ""])
def test_it_can_be_said_that_nobody_wants_it(opened: Opened, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", said)
    assert opened().call_log is None


def test_a_setting_that_can_not_be_meant_is_refused(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", "everything")
    with pytest.raises(ConfigurationError, match="COMPOSIO_LOG_CALLS is on, bare"):
        opened().execute_sync(CALL)


def test_a_call_is_on_the_record_before_it_is_sent(logged: EmbeddedBackend, provider: Provider) -> None:
    connect(logged)
    seen: list[str] = []
    answer = provider.api

    def look(request: Any) -> Any:
        seen.extend(one.status for one in logged.keeping.store.for_project("").list_calls(CallFilter()))
        return answer(request)

    provider.api = look  # type: ignore[method-assign]
    assert logged.execute_sync(CALL).successful
    assert seen == ["started"]
    (one,) = calls(logged)
    assert (one.action, one.app, one.entity_id, one.status, one.http_status) == ("KEYED_GET_ME", "keyed", "ada", "done", 200)
    assert one.seconds is not None
    assert one.output is not None
    assert logged.run(lambda: logged.logs.call(one.id)) == one


@pytest.mark.parametrize("key", ["k-secret", 'k-"quoted" & more'])
def test_a_credential_that_an_api_sends_back_is_not_kept(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, provider: Provider, home: Path, key: str
) -> None:
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", "on")
    backend = opened()
    backend.run(lambda: backend.accounts.initiate(NewConnection(app="keyed", entity_id="ada", values={"api_key": key})))

    def echo(_request: object) -> Any:
        return 200, {"who": key, "all": [{f"key {key}": True}]}

    monkeypatch.setattr(provider, "api", echo)
    answer = backend.execute_sync(replace(CALL, idempotency_key="order"))
    assert answer.data == {"who": key, "all": [{f"key {key}": True}]}
    again = backend.execute_sync(replace(CALL, idempotency_key="order"))
    assert again.data == {"who": "***", "all": [{"key ***": True}]}
    assert {"***" in str(one.output) for one in calls(backend)} == {True}
    backend.close()
    assert all(key.encode() not in path.read_bytes() for path in home.glob(f"{ACCOUNTS}*"))


def test_requests_toolsets_and_failures_are_logged_too(logged: EmbeddedBackend, provider: Provider) -> None:
    connect(logged)
    logged.request_sync(
        RawRequest(app="keyed", endpoint="/me?token=hush", method="POST", body={"password": "hush"}, who=Who(entity_id="ada"))
    )
    with ComposioToolSet(backend=logged, entity_id="ada") as toolset:
        toolset.execute_action("KEYED_LIST_THINGS", {})
    with pytest.raises(Exception, match="No credentials"):
        logged.execute_sync(ToolCall(action="KEYED_GET_ME", who=Who(entity_id="eve")))
    with pytest.raises(ActionNotFound):
        logged.execute_sync(ToolCall(action="KEYED_NOTHING"))
    last, listed, first = calls(logged)
    assert (last.status, last.entity_id, "No credentials" in str(last.error)) == ("failed", "eve", True)
    assert (listed.action, first.action, first.kind) == ("KEYED_LIST_THINGS", "POST /me", "request")
    assert "hush" not in str(calls(logged))
    assert [one.id for one in calls(logged, status="failed")] == [one.id for one in calls(logged, entity_id="eve")] == [last.id]
    assert [one.id for one in calls(logged, before=listed.seq)] == [first.id]


def test_arguments_as_models_write_them_hide_their_secrets(logged: EmbeddedBackend) -> None:
    connect(logged)
    for given in ('{"password": "hush"}', '{"password": "hush"', '"hush"'):
        logged.execute_sync(ToolCall(action="KEYED_GET_ME", arguments=given, who=Who(entity_id="ada")))
    assert "hush" not in str([one.input for one in calls(logged)])


@pytest.mark.anyio
async def test_an_asynchronous_call_and_a_tool_of_the_users_own_are_logged(logged: EmbeddedBackend) -> None:
    @action
    def shout(text: str) -> str:
        """Shout."""
        return text.upper()

    async with ComposioToolSet(backend=logged) as toolset:
        done = await toolset.aexecute_action(shout, {"text": "hello"})
        assert done["data"] == "HELLO"
        found = await logged.logs.list_calls(CallFilter())
    assert [(one.action, one.status, one.output) for one in found] == [("SHOUT", "done", '"HELLO"')]


def test_bare_keeps_neither_input_nor_output(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", "bare")
    backend = opened()
    connect(backend)
    backend.execute_sync(CALL)
    (one,) = calls(backend)
    assert (one.input, one.output, one.status) == (None, None, "done")


def test_what_was_logged_is_there_for_the_next_process(logged: EmbeddedBackend, opened: Opened) -> None:
    connect(logged)
    for _ in range(20):
        logged.execute_sync(CALL)
    logged.close()
    other = opened()
    assert [one.status for one in calls(other)] == ["done"] * 20


def test_a_call_that_nobody_answered_is_unknown_after_a_while(logged: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(logged)
    monkeypatch.setattr(logged.call_log, "end", lambda *_: None)
    logged.execute_sync(CALL)
    assert [one.status for one in calls(logged)] == ["started"]
    monkeypatch.setattr("composio.embedded.recording._LONGEST", -1.0)
    assert [one.status for one in calls(logged)] == ["unknown"]


def test_a_log_that_can_not_be_written_stops_no_call(
    logged: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from composio.errors import StoreError

    def broken(*_: object) -> None:
        raise StoreError("The disk is full.")

    connect(logged)
    monkeypatch.setattr("composio.store.store.Store.begin_call", broken)
    assert logged.execute_sync(CALL).successful
    assert logged.execute_sync(CALL).successful
    assert caplog.text.count("The disk is full") == 1


@pytest.mark.parametrize("which", [{"status": "open"}, {"limit": 0}, {"limit": 100_000}])
def test_a_question_that_can_not_be_meant_is_refused(logged: EmbeddedBackend, which: dict[str, Any]) -> None:
    connect(logged)
    with pytest.raises(InvalidRequest):
        calls(logged, **which)
    with pytest.raises(LoggedCallNotFound):
        logged.run(lambda: logged.logs.call("log_nothing"))
