"""Calls run once for one request id, whoever asks again; each is on the record, without secrets."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from composio.errors import ActionNotFound, StoreError
from composio.model.call import RawRequest, ToolCall, Who
from composio.model.connection import NewConnection
from composio.store.calls import CallQuery, CallStatus
from composio_server.services.executions import Executed, Executions, RequestConflict
from composio_server.services.keys import Caller, Scope
from composio_server.services.limits import TooManyRequests
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.services.turns import Turn
from tests.peers.acme_api import Acme

T = TypeVar("T")
WHO = Who(entity_id="alice")
ME = ToolCall(action="ACME_GET_ME", who=WHO)


@pytest.fixture
def caller(services: Services, project: Project, acme: Acme) -> Caller:
    """A key of a project whose user alice is connected."""
    backend = services.backends.of(project.id)
    backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice", values={"api_key": "k1"})))
    return Caller(project_id=project.id, key_id="k", scopes=frozenset({Scope.EXECUTE}))


@pytest.fixture
def run(services: Services) -> Callable[[Callable[[], Coroutine[Any, Any, T]]], T]:
    def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async def whole() -> T:
            try:
                return await work()
            finally:
                await services.calls.aclose()

        return services.backends.shared.run(whole)

    return run


Run = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]


def logged(services: Services, project: Project) -> list[Any]:
    return services.calls.list_calls(project.id, CallQuery())


def test_a_call_is_carried_out_and_on_the_record(
    services: Services, project: Project, caller: Caller, run: Run, acme: Acme
) -> None:
    done: Executed = run(lambda: services.executions.execute(caller, ME))
    assert done.outcome.data == {"path": "/me"}
    (row,) = logged(services, project)
    assert (row.id, row.status, row.app, row.action) == (done.log_id, CallStatus.DONE, "acme", "ACME_GET_ME")
    assert (row.entity_id, row.http_status, row.output) == ("alice", 200, '{"path": "/me"}')
    assert row.seconds > 0
    key = services.backends.of(project.id).engine.resolve("ACME_GET_ME").key
    spelt = json.dumps([key, {}], separators=(",", ":"))
    assert row.arguments_digest == hashlib.sha256(spelt.encode()).hexdigest()


def test_the_same_request_again_gives_the_same_answer_and_is_not_sent(
    services: Services, caller: Caller, run: Run, acme: Acme
) -> None:
    numbers = iter(range(100))
    acme.answer = lambda path: (200, {"number": next(numbers)})

    async def twice() -> list[Executed]:
        return [await services.executions.execute(caller, ME, request_id="r1") for _ in range(2)]

    first, second = run(twice)
    assert replace(first.outcome, is_replayed=True) == second.outcome
    assert (first.replayed, second.replayed, second.log_id) == (False, True, first.log_id)
    assert len(acme.seen) == 1


def test_a_failure_of_the_api_is_given_again_too(services: Services, caller: Caller, run: Run, acme: Acme) -> None:
    acme.answer = lambda path: (400, {"message": "no"})

    async def twice() -> list[Executed]:
        return [await services.executions.execute(caller, ME, request_id="r1") for _ in range(2)]

    first, second = run(twice)
    assert not first.outcome.successful
    assert replace(first.outcome, is_replayed=True) == second.outcome
    assert len(acme.seen) == 1


def test_requests_that_come_together_are_sent_once(services: Services, caller: Caller, run: Run, acme: Acme) -> None:
    go = threading.Event()
    acme.answer = lambda path: (200, {"went": go.wait(5)})

    async def together() -> list[Executed]:
        asked = [asyncio.ensure_future(services.executions.execute(caller, ME, request_id="r1")) for _ in range(8)]
        await asyncio.sleep(0.1)
        go.set()
        return list(await asyncio.gather(*asked))

    answers = run(together)
    assert len(acme.seen) == 1
    assert {one.outcome.data["went"] for one in answers} == {True}


def test_calls_without_an_id_are_calls_of_their_own(services: Services, caller: Caller, run: Run, acme: Acme) -> None:
    async def twice() -> None:
        for _ in range(2):
            await services.executions.execute(caller, ME)

    run(twice)
    assert len(acme.seen) == 2


def test_an_id_that_another_request_has_is_refused(services: Services, caller: Caller, run: Run, acme: Acme) -> None:
    async def both() -> None:
        await services.executions.execute(caller, ME, request_id="r1")
        await services.executions.execute(caller, replace(ME, action="ACME_LIST_THINGS"), request_id="r1")

    with pytest.raises(RequestConflict):
        run(both)
    assert len(acme.seen) == 1


def test_a_mistake_of_the_caller_leaves_the_id_free(
    services: Services, project: Project, caller: Caller, run: Run, acme: Acme
) -> None:
    with pytest.raises(ActionNotFound):
        run(lambda: services.executions.execute(caller, replace(ME, action="ACME_NOTHING"), request_id="r1"))
    run(lambda: services.executions.execute(caller, ME, request_id="r1"))
    assert [row.status for row in logged(services, project)] == [CallStatus.DONE, CallStatus.FAILED]


def begun_by_a_process_that_is_gone(services: Services, run: Run, caller: Caller, call: Callable[[], Any]) -> None:
    """The row that a call leaves whose process is killed before it is answered."""

    class Killed(Executions):
        def _run(self, row: Any, *_: Any) -> Executed:
            return Executed(outcome=None, log_id=row.id)  # type: ignore[arg-type]  # nobody gets it

    killed = Killed(
        services.backends.__class__(services.settings), services.calls, services.limits, services.projects, seconds=5
    )
    killed._backends = services.backends
    services.calls._owner = "00000000deadbeef"  # nobody holds it
    run(lambda: call_of(killed, caller, call()))
    services.calls._owner = None


def call_of(executions: Executions, caller: Caller, call: Any) -> Any:
    if isinstance(call, ToolCall):
        return executions.execute(caller, call, request_id="r1")
    return executions.request(caller, call, request_id="r1")


def test_what_a_dead_process_may_have_sent_is_repeated_where_that_changes_nothing(
    services: Services, caller: Caller, run: Run, acme: Acme
) -> None:
    begun_by_a_process_that_is_gone(services, run, caller, lambda: ME)
    done = run(lambda: services.executions.execute(caller, ME, request_id="r1"))
    assert done.outcome.successful
    assert len(acme.seen) == 1


def test_what_a_dead_process_may_have_sent_is_not_repeated_where_it_may_change_something(
    services: Services, caller: Caller, run: Run, acme: Acme
) -> None:
    post = RawRequest(app="acme", endpoint="/things", method="POST", body={"a": 1}, who=WHO)
    begun_by_a_process_that_is_gone(services, run, caller, lambda: post)
    for _ in range(2):
        done = run(lambda: services.executions.request(caller, post, request_id="r1"))
        assert not done.outcome.successful
        assert "The outcome of this call is unknown" in done.outcome.error
    assert acme.seen == []


def test_a_call_that_takes_too_long_is_given_up_and_says_that_it_may_have_happened(
    services: Services, caller: Caller, run: Run, acme: Acme
) -> None:
    go = threading.Event()
    acme.answer = lambda path: (200, go.wait(10))
    services.executions._seconds = 0.2
    done = run(lambda: services.executions.execute(caller, ME))
    go.set()
    assert "longer than 0.2 s" in done.outcome.error
    assert "may have run" in done.outcome.error


def test_a_call_that_nobody_waits_for_any_more_is_not_sent(
    services: Services, project: Project, caller: Caller, run: Run, acme: Acme
) -> None:
    turn = Turn()
    assert turn.give_up() is None
    done = services.executions.execute_here(caller, ME, "r1", turn)
    assert done.outcome.error == "It was not sent."
    assert acme.seen == []
    run(lambda: services.executions.execute(caller, ME, request_id="r1"))
    assert [row.status for row in logged(services, project)] == [CallStatus.DONE, CallStatus.FAILED]


def test_an_end_reaches_the_log_though_no_call_follows(
    services: Services, project: Project, caller: Caller, acme: Acme
) -> None:
    services.backends.shared.run(lambda: services.executions.execute(caller, ME))
    while logged(services, project)[0].status is CallStatus.STARTED:
        threading.Event().wait(0.005)
    assert logged(services, project)[0].status is CallStatus.DONE
    services.backends.shared.run(services.calls.aclose)


def test_a_call_that_cannot_be_logged_fails_alone(services: Services, caller: Caller, run: Run, acme: Acme) -> None:
    async def together() -> list[Any]:
        names = ["alice", "half \ud800", "alice"]
        asked = [services.executions.execute(caller, replace(ME, who=Who(entity_id=name))) for name in names]
        return await asyncio.gather(*asked, return_exceptions=True)

    first, wrong, last = run(together)
    assert first.outcome.successful
    assert last.outcome.successful
    assert isinstance(wrong, StoreError)


def test_the_log_has_no_secret_and_is_cut(services: Services, project: Project, caller: Caller, run: Run, acme: Acme) -> None:
    acme.answer = lambda path: (200, {"access_token": "t0ps3cret", "text": "x" * 10_000})
    post = RawRequest(app="acme", endpoint="/things", method="POST", body={"password": "hunter2"}, who=WHO)
    run(lambda: services.executions.request(caller, post))
    (row,) = logged(services, project)
    assert row.input == '{"query": {}, "body": {"password": "***"}}'
    assert "t0ps3cret" not in row.output
    assert len(row.output) == 4_000


def test_a_project_may_keep_payloads_out_of_the_log(
    services: Services, project: Project, caller: Caller, run: Run, acme: Acme
) -> None:
    services.projects.change_settings(project.id, {"log_payloads": False})
    run(lambda: services.executions.execute(caller, ME))
    (row,) = logged(services, project)
    assert (row.input, row.output) == (None, None)


def test_the_log_is_searched_by_what_calls_were(
    services: Services, project: Project, caller: Caller, run: Run, acme: Acme
) -> None:
    async def several() -> None:
        await services.executions.execute(caller, ME)
        await services.executions.execute(caller, replace(ME, action="ACME_LIST_THINGS"))

    run(several)
    find = services.calls.list_calls
    assert [row.action for row in find(project.id, CallQuery(text="/THINGS"))] == ["ACME_LIST_THINGS"]
    assert [row.action for row in find(project.id, CallQuery(action="ACME_GET_ME"))] == ["ACME_GET_ME"]
    assert find(project.id, CallQuery(text="100%")) == []
    newest, oldest = find(project.id, CallQuery())
    assert [row.id for row in find(project.id, CallQuery(before=newest.seq))] == [oldest.id]
    assert services.calls.get(project.id, newest.id) is not None
    assert services.calls.get("pr_other", newest.id) is None
    assert find("pr_other", CallQuery()) == []


def test_old_calls_are_forgotten_and_old_answers_before_them(
    services: Services, project: Project, caller: Caller, run: Run, acme: Acme
) -> None:
    run(lambda: services.executions.execute(caller, ME, request_id="r1"))
    now = services.calls._now()
    services.calls._now = lambda: now + 2 * 86_400
    assert services.calls.purge() == 0
    assert services.calls.find(project.id, "r1") is None
    services.calls._now = lambda: now + 31 * 86_400
    assert services.calls.purge() == 1


def test_a_rate_of_the_project_limits_its_calls(
    services: Services, project: Project, caller: Caller, run: Run, acme: Acme
) -> None:
    services.projects.change_settings(project.id, {"rates": {"entity": "0.01/s:2"}})

    async def three() -> None:
        for _ in range(3):
            await services.executions.execute(caller, ME)

    with pytest.raises(TooManyRequests, match="entity"):
        run(three)
    assert len(acme.seen) == 2


def test_a_projects_log_says_nothing_of_the_servers_own_database(
    services: Services, project: Project, caller: Caller, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StoreError("postgresql://composio@10.0.0.5/composio can't be used")

    monkeypatch.setattr(services.backends.of(project.id), "execute_sync", fail)
    with pytest.raises(StoreError):
        run(lambda: services.executions.execute(caller, ME))
    (row,) = logged(services, project)
    assert row.error == "StoreError"
