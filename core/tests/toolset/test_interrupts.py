"""Held calls that a framework's interrupt shows: what it shows, which answers count, and who answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest
from composio.policy import ByCallId, Policy, allow, arg, confirm
from composio.testing import FakeUpstream
from composio.toolset.interrupts import Answer, read_answer
from tests.peers.described import openapi, write_app

REFUND = "SHOP_CREATE_REFUND"
Make = Callable[..., Any]


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FakeUpstream, Make]]:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "77" * 32)
    properties = {"amount": {"type": "number"}, "api_key": {"type": "string"}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}
    operation = {"summary": "Create refund", "responses": {"200": {"description": "ok"}}, "requestBody": body}
    write_app(tmp_path, "shop", openapi("Shop", "https://shop.example", {"/refunds": {"post": operation}}))
    backend = EmbeddedBackend(home=tmp_path)
    with FakeUpstream.of(backend, "shop") as upstream:

        def make(**options: Any) -> Any:
            """A toolset, and the invoke of its tool for refunds."""
            toolset: Any = ComposioToolSet(
                backend=backend, **{"policy": Policy(otherwise=confirm()), "interrupt": True, **options}
            )
            toolset.add_auth("shop", [{"name": "X-Key", "value": "k", "in": "header"}], base_url=upstream.url)
            toolset.get_tools(actions=[REFUND], check_connected_accounts=False)
            caller = toolset._caller()
            return toolset, caller.invoke(toolset._offers.find(REFUND, given=caller.given))

        yield upstream, make
    backend.close()


def sent(upstream: FakeUpstream) -> list[Any]:
    return [one.arguments for one in upstream.requests]


def test_an_interrupt_shows_the_request_without_secrets(api: tuple[FakeUpstream, Make]) -> None:
    _, invoke = api[1](policy=Policy(otherwise=confirm(by="finance")))
    result = invoke({"amount": 5, "api_key": "s3cret"})
    shown = invoke.held(result)
    assert shown["approval_id"] == result.approval_id
    assert (shown["action"], shown["request"], shown["by"]) == (REFUND, "POST /refunds", ["finance"])
    assert shown["arguments"]["amount"] == 5
    assert "s3cret" not in str(shown)
    assert sent(api[0]) == []


def test_nothing_is_shown_where_no_interrupt_is_wanted_or_nothing_waits(api: tuple[FakeUpstream, Make]) -> None:
    _, off = api[1](interrupt=False)
    assert off.held(off({"amount": 1})) is None
    _, open_ = api[1](policy=Policy(otherwise=allow()))
    assert open_.held(open_({"amount": 1})) is None


@pytest.mark.parametrize("dedupe", [None, ByCallId()])
def test_an_approved_call_is_made_once_and_a_second_answer_changes_nothing(api: tuple[FakeUpstream, Make], dedupe: Any) -> None:
    _, invoke = api[1](dedupe=dedupe)
    held = invoke({"amount": 5}, call_id="call_1")
    assert invoke.resume({"amount": 5}, held, answer=True, call_id="call_1")["successful"]
    again = invoke.resume({"amount": 5}, held, answer=True, call_id="call_1")
    assert not again["successful"]
    assert "approved by interrupt, and has been used" in again["error"]
    assert sent(api[0]) == [{"amount": 5}]


def test_a_rejected_call_is_refused_with_the_reason(api: tuple[FakeUpstream, Make]) -> None:
    _, invoke = api[1]()

    async def reject() -> Any:
        held = await invoke.acall({"amount": 5})
        assert (await invoke.aheld(held))["action"] == REFUND
        return await invoke.aresume({"amount": 5}, held, {"decision": "reject", "reason": "not today"})

    assert "not today" in asyncio.run(reject())["error"]
    assert sent(api[0]) == []


def test_edited_arguments_are_judged_anew(api: tuple[FakeUpstream, Make]) -> None:
    policy = Policy(confirm(REFUND, when=arg("amount") > 3), otherwise=allow())
    toolset, invoke = api[1](policy=policy)
    held = invoke({"amount": 5})
    assert invoke.resume({"amount": 5}, held, {"approved": True, "arguments": {"amount": 4}})["successful"]
    held = invoke({"amount": 6})
    assert invoke.resume({"amount": 6}, held, {"approved": True, "arguments": {"amount": 2}})["successful"]
    held = invoke({"amount": 7})
    wrong = invoke.resume({"amount": 7}, held, {"approved": True, "arguments": {"amount": "many"}})
    assert "amount" in wrong["error"]
    assert sent(api[0]) == [{"amount": 4}, {"amount": 2}]
    assert [one.status for one in toolset.approvals.list(None)] == ["denied", "denied", "used", "denied"]


def test_an_answer_names_nobody_and_the_program_does(api: tuple[FakeUpstream, Make]) -> None:
    policy = Policy(otherwise=confirm(by="finance"))
    _, invoke = api[1](policy=policy)
    held = invoke({"amount": 5})
    told = invoke.resume({"amount": 5}, held, {"approved": True, "by": "carol", "groups": ["finance"]})
    assert "finance" in told["error"]
    assert sent(api[0]) == []
    toolset, invoke = api[1](policy=policy, interrupt=lambda: ("carol", ["finance"]))
    assert invoke.resume({"amount": 5}, invoke({"amount": 5}), answer=True)["successful"]
    [used] = toolset.approvals.list("used")
    assert used.decided_by == "carol"


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (True, Answer(True)),
        ("Reject", Answer(False)),
        ({"approved": False, "reason": "no"}, Answer(False, "no")),
        ({"type": "edit", "edited_action": {"name": "x", "args": {"a": 1}}}, Answer(True, None, {"a": 1})),
        ({"decisions": [{"type": "reject", "message": "no"}]}, Answer(False, "no")),
    ],
)
def test_answers_are_read(given: Any, answer: Answer) -> None:
    assert read_answer(given) == answer


@pytest.mark.parametrize(
    "given",
    [
        None,
        1,
        "",
        "yes please",
        {},
        {"approved": "perhaps"},
        {"approved": 1},
        {"decisions": []},
        {"approved": True, "arguments": 7},
    ],
)
def test_an_unclear_answer_approves_nothing(api: tuple[FakeUpstream, Make], given: Any) -> None:
    toolset, invoke = api[1]()
    with pytest.raises(InvalidRequest, match="Nothing was sent"):
        invoke.resume({"amount": 5}, invoke({"amount": 5}), given)
    assert sent(api[0]) == []
    assert [one.status for one in toolset.approvals.list(None)] == ["pending"]
