"""Policies before real calls: what runs, what waits, what is offered."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ActionDenied, ApprovalNotFound, ApprovalRefused, ComposioError, InvalidRequest, PolicyFileError
from composio.model.call import ToolResult
from composio.policy import Policy, allow, arg, calls, confirm, deny, reads, writes
from composio.testing import FakeUpstream

Shop = tuple[EmbeddedBackend, FakeUpstream]
Make = Callable[..., ComposioToolSet[Any]]
REFUND = "SHOP_CREATE_REFUND"


def names(tools: list[dict[str, Any]]) -> set[str]:
    return {one["name"] for one in tools}


def waits(result: ToolResult) -> str:
    assert not result["successful"]
    assert result.approval_id is not None, result
    return result.approval_id


def test_without_a_policy_nothing_stands_between(make: Make, shop: Shop) -> None:
    toolset = make()
    assert toolset.backend is shop[0]
    assert toolset.execute_action("SHOP_DELETE_ORDER", {"number": "1"})["successful"]


def test_a_copy_is_under_the_same_policy(make: Make) -> None:
    toolset = copy.copy(make(policy=Policy(deny("SHOP_DELETE_*"), otherwise=allow())))
    assert copy.copy(toolset.backend).gate is toolset.backend.gate  # type: ignore[attr-defined]  # what a policy adds
    assert not toolset.execute_action("SHOP_DELETE_ORDER", {"number": "1"})["successful"]


def test_what_is_denied_is_neither_run_nor_offered(make: Make, shop: Shop) -> None:
    toolset = make(policy=Policy(deny("SHOP_DELETE_*"), otherwise=allow()))
    tools = toolset.get_tools(apps=["shop"])
    assert "SHOP_DELETE_ORDER" not in names(tools)
    assert "SHOP_GET_ORDER" in names(tools)
    [result] = toolset.handle_tool_calls({"name": "SHOP_DELETE_ORDER", "arguments": {"number": "1"}}, tools=tools)
    assert "was not offered" in result["error"]
    [result] = toolset.handle_tool_calls(
        {"name": "SHOP_DELETE_ORDER", "arguments": {"number": "1"}}, check_requested_actions=False
    )
    assert "denies it" in result["error"]
    result = toolset.execute_action("shop_delete_order", {"number": "1"})
    assert not result["successful"]
    assert "SHOP_DELETE" in result["error"]
    assert shop[1].requests == []
    assert toolset.execute_action("SHOP_GET_ORDER", {"number": "1"})["successful"]


def test_read_only_lets_nothing_be_changed(make: Make, shop: Shop) -> None:
    toolset = make(read_only=True)
    assert names(toolset.get_tools(apps=["shop"])) == {"SHOP_LIST_ORDERS", "SHOP_SEARCH_ORDERS", "SHOP_GET_ORDER"}
    for name, arguments in (
        ("SHOP_UPDATE_ORDER", {"number": "1"}),
        (REFUND, {"amount": 1}),
        ("SHOP_SEND_NOTE", {"to": "a@b.c"}),
    ):
        assert not toolset.execute_action(name, arguments)["successful"]
    assert shop[1].requests == []
    assert toolset.execute_action("SHOP_SEARCH_ORDERS", {"q": "x"})["successful"]


def test_read_only_narrows_a_policy(make: Make) -> None:
    toolset = make(policy=Policy(deny("SHOP_LIST_*"), otherwise=allow()), read_only=True)
    assert names(toolset.get_tools(apps=["shop"])) == {"SHOP_SEARCH_ORDERS", "SHOP_GET_ORDER"}


def test_clients_and_entities_of_the_toolset_are_under_its_policy_too(make: Make, shop: Shop) -> None:
    toolset = make(read_only=True)
    assert not toolset.get_entity().execute(REFUND, {"amount": 1})["successful"]
    with pytest.raises(ActionDenied):
        toolset.execute_request("/refunds", "POST", app="shop", body={"amount": 1})
    assert shop[1].requests == []


def test_requests_that_no_action_describes_are_judged_by_their_method(make: Make, shop: Shop) -> None:
    toolset = make(policy=Policy(allow(reads), otherwise=confirm()))
    with pytest.raises(ActionDenied, match="approval"):
        toolset.execute_request("/orders/1", "DELETE", app="shop")
    named = [{"name": "X-HTTP-Method-Override", "value": "DELETE", "in": "header"}]
    with pytest.raises(ActionDenied, match="approval"):
        toolset.execute_request("/orders/1", app="shop", parameters=named)
    assert toolset.execute_request("/orders", app="shop")["successful"]
    assert [one.path for one in shop[1].requests] == ["/orders"]


def test_processors_run_before_the_decision(make: Make, shop: Shop) -> None:
    policy = Policy(deny(REFUND, when=arg("amount") > 100), otherwise=allow())

    def times_ten(inputs: dict[str, Any]) -> dict[str, Any]:
        return {**inputs, "amount": inputs["amount"] * 10}

    toolset = make(policy=policy, processors={"pre": {REFUND: times_ten}})
    assert not toolset.execute_action(REFUND, {"amount": 50})["successful"]
    assert toolset.execute_action(REFUND, {"amount": 5})["successful"]
    assert [one.arguments["amount"] for one in shop[1].requests] == [50]


@pytest.mark.parametrize("amount", [101, "101", 1e9, None, "missing"])
def test_repaired_and_missing_arguments_get_nobody_past_a_rule(make: Make, shop: Shop, amount: Any) -> None:
    toolset = make(policy=Policy(deny(REFUND, when=arg("amount") > 100), otherwise=allow()))
    arguments = {} if amount == "missing" else {"amount": amount}
    assert not toolset.execute_action(REFUND, arguments)["successful"]
    assert shop[1].requests == []


def test_an_approved_call_runs_once(make: Make, shop: Shop) -> None:
    toolset = make(policy=Policy(confirm(REFUND), otherwise=allow()))
    id_ = waits(toolset.execute_action(REFUND, {"amount": 5}))
    assert waits(toolset.execute_action(REFUND, {"amount": 5})) == id_, "the same call waits for the same approval"
    [listed] = toolset.approvals.list()
    assert (listed.id, listed.request, listed.shown) == (id_, "POST /refunds", '{"amount": 5}')
    toolset.approvals.approve(id_, by="carol")
    assert shop[1].requests == []
    assert toolset.execute_action(REFUND, {"amount": 5})["successful"]
    assert len(shop[1].requests) == 1
    other = waits(toolset.execute_action(REFUND, {"amount": 5}))
    assert other != id_
    assert toolset.approvals.get(id_).status == "used"
    assert len(shop[1].requests) == 1


def test_an_approval_can_be_run_by_the_program(make: Make, shop: Shop) -> None:
    def note(result: dict[str, Any]) -> dict[str, Any]:
        return {**result, "data": {"seen": True}}

    def twice(inputs: dict[str, Any]) -> dict[str, Any]:
        return {**inputs, "amount": inputs["amount"] * 2}

    toolset = make(policy=Policy(otherwise=confirm()), processors={"pre": {REFUND: twice}, "post": {REFUND: note}})
    id_ = waits(toolset.execute_action(REFUND, {"amount": 5}, entity_id="alice"))
    with pytest.raises(ApprovalRefused, match="pending"):
        toolset.approvals.run(id_)
    toolset.approvals.approve(id_, by="carol")
    result = toolset.approvals.run(id_)
    assert result == {"successful": True, "data": {"seen": True}, "error": None}
    assert [one.arguments for one in shop[1].requests] == [{"amount": 10}]
    with pytest.raises(ApprovalRefused, match="used"):
        toolset.approvals.run(id_)
    assert len(shop[1].requests) == 1


def test_a_denied_call_stays_denied(make: Make, shop: Shop) -> None:
    toolset = make(policy=Policy(otherwise=confirm()))
    id_ = waits(toolset.execute_action(REFUND, {"amount": 5}))
    toolset.approvals.deny(id_, by="carol", reason="not this quarter")
    result = toolset.execute_action(REFUND, {"amount": 5})
    assert result.approval_id is None
    assert "not this quarter" in result["error"]
    for decide in (toolset.approvals.approve, toolset.approvals.deny):
        with pytest.raises(ApprovalRefused, match="denied by carol"):
            decide(id_, by="dave")
    assert shop[1].requests == []


def test_only_the_named_group_may_approve(make: Make) -> None:
    toolset = make(policy=Policy(confirm(REFUND, by="finance"), otherwise=allow()))
    result = toolset.execute_action(REFUND, {"amount": 5})
    assert "finance" in result["error"]
    id_ = waits(result)
    for by, groups in (("mallory", ()), ("mallory", ("marketing",))):
        with pytest.raises(ApprovalRefused, match="finance"):
            toolset.approvals.approve(id_, by=by, groups=groups)
        with pytest.raises(ApprovalRefused, match="finance"):
            toolset.approvals.deny(id_, by=by, groups=groups)
    assert toolset.approvals.approve(id_, by="carol", groups=["finance"]).decided_by == "carol"


def test_an_approval_expires_before_and_after_it_was_given(make: Make, shop: Shop) -> None:
    backend, api = shop
    toolset = make(policy=Policy(confirm(REFUND, expires="1h"), otherwise=allow()))
    early, late = (waits(toolset.execute_action(REFUND, {"amount": amount})) for amount in (1, 2))
    toolset.approvals.approve(early, by="carol")
    now = backend.keeping.now()
    backend.keeping.now = lambda: now + 3601
    assert toolset.approvals.get(early).status == toolset.approvals.get(late).status == "expired"
    with pytest.raises(ApprovalRefused, match="expired"):
        toolset.approvals.approve(late, by="carol")
    with pytest.raises(ApprovalRefused, match="expired"):
        toolset.approvals.run(early)
    assert waits(toolset.execute_action(REFUND, {"amount": 1})) not in {early, late}
    assert api.requests == []


def test_approvals_hold_over_restarts(make: Make, shop: Shop, tmp_path: Path) -> None:
    policy = Policy(otherwise=confirm())
    id_ = waits(make(policy=policy).execute_action(REFUND, {"amount": 5}))
    make(policy=policy).approvals.approve(id_, by="carol")
    shop[0].close()
    again = EmbeddedBackend(home=tmp_path / "home")
    try:
        toolset = ComposioToolSet(backend=again, policy=policy)
        toolset.add_auth("shop", [{"name": "Authorization", "value": "Bearer shop-key", "in": "header"}], base_url=shop[1].url)
        assert toolset.approvals.run(id_)["successful"]
    finally:
        again.close()
    assert len(shop[1].requests) == 1


def test_limits_count_what_went_through_for_each_entity(make: Make, shop: Shop) -> None:
    policy = Policy(confirm(REFUND, total_of="amount", total_per="day", limit=100), otherwise=allow())
    toolset = make(policy=policy)

    def refund(amount: Any, entity: str = "alice") -> ToolResult:
        return toolset.execute_action(REFUND, {"amount": amount}, entity_id=entity)

    assert refund(60)["successful"]
    waits(refund(50))
    assert refund(40)["successful"], "a call that only waited counts nothing"
    waits(refund(1))
    assert refund(100, "bob")["successful"]
    waits(refund(-1000))
    shop[1].reply(REFUND, status=422, json={"message": "no such order"})
    assert not refund(90, "dave")["successful"]
    assert refund(90, "dave").approval_id is None, "a refused call counts nothing"


def test_a_limit_may_deny(make: Make) -> None:
    toolset = make(policy=Policy(deny(REFUND, total_of="amount", total_per="month", limit=10), otherwise=allow()))
    assert "SHOP_CREATE_REFUND" in names(toolset.get_tools(apps=["shop"]))
    assert toolset.execute_action(REFUND, {"amount": 10})["successful"]
    assert "denies it" in toolset.execute_action(REFUND, {"amount": 0.01})["error"]


@pytest.mark.parametrize(
    ("each", "per", "others"),
    [
        ("entity", "day", [("bob", "bot", None)]),
        ("agent", "hour", [("alice", "other", None)]),
        ("entity", "run", [("alice", "bot", "2")]),
    ],
)
def test_calls_are_counted_for_each_entity_agent_and_run(make: Make, each: str, per: str, others: list[Any]) -> None:
    toolset = make(policy=Policy(deny(writes, total_of=calls, total_per=per, total_for=each, limit=2), otherwise=allow()))

    def refund(entity: str, agent: str, run: str | None) -> bool:
        with toolset.acting_as(entity, agent=agent, run=run):
            return bool(toolset.execute_action(REFUND, {"amount": 1})["successful"])

    assert [refund("alice", "bot", "1") for _ in range(3)] == [True, True, False]
    assert [refund(*one) for one in others] == [True]
    with toolset.acting_as("alice", agent="bot", run="1"):
        assert toolset.execute_action("SHOP_LIST_ORDERS", {})["successful"], "reads are not what the rule is about"


def test_a_budget_of_all_and_one_whose_subject_nobody_names(make: Make) -> None:
    everyones = make(policy=Policy(deny(REFUND, total_of=calls, total_per="day", total_for="all", limit=2), otherwise=allow()))
    done = [everyones.execute_action(REFUND, {"amount": 1}, entity_id=one)["successful"] for one in ("alice", "bob", "carol")]
    assert done == [True, True, False]
    for options in ({"total_for": "agent", "total_per": "day"}, {"total_per": "run"}):
        nobodys = make(policy=Policy(deny(REFUND, total_of=calls, limit=5, **options), otherwise=allow()))
        assert not nobodys.execute_action(REFUND, {"amount": 1})["successful"], "what can't be counted is over"


def test_a_call_that_gets_the_same_answer_again_and_again_is_stopped(make: Make, shop: Shop) -> None:
    toolset = make(max_repeats=3)
    tools = toolset.get_tools(actions=["SHOP_LIST_ORDERS", REFUND])

    def ask(name: str, arguments: dict[str, Any], entity: str = "alice") -> ToolResult:
        with toolset.acting_as(entity, run="1"):
            (result,) = toolset.handle_tool_calls({"name": name, "arguments": arguments}, tools=tools)
        return result

    assert [ask("SHOP_LIST_ORDERS", {})["successful"] for _ in range(4)] == [True, True, True, False]
    assert "same answer 3 times" in ask("SHOP_LIST_ORDERS", {})["error"]
    assert len(shop[1].requests) == 3
    assert ask("SHOP_LIST_ORDERS", {}, "bob")["successful"], "another's run is another"
    assert ask(REFUND, {"amount": 1})["successful"], "another call may be made, and begins anew"
    assert ask("SHOP_LIST_ORDERS", {})["successful"]
    for wrong in (0, -1, True, "3"):
        with pytest.raises(InvalidRequest, match="max_repeats="):
            make(max_repeats=wrong)


def test_rules_may_name_entities_connections_and_hours(make: Make, shop: Shop) -> None:
    hour = f"{datetime.now(UTC) - timedelta(hours=1):%H:%M}-{datetime.now(UTC) + timedelta(hours=1):%H:%M}"
    now = make(policy=Policy(deny(writes, during=hour), otherwise=allow()))
    assert not now.execute_action(REFUND, {"amount": 1})["successful"]
    later = make(policy=Policy(deny(writes, outside=hour), otherwise=allow()))
    assert later.execute_action(REFUND, {"amount": 1})["successful"]
    whose = make(policy=Policy(deny(entity="team-*"), otherwise=allow()))
    assert names(whose.get_tools(apps=["shop"], entity_id="team-a", check_connected_accounts=False)) == set()
    assert whose.execute_action("SHOP_LIST_ORDERS", entity_id="team-a")["error"]
    assert whose.execute_action("SHOP_LIST_ORDERS", entity_id="alice")["successful"]
    over = make(policy=Policy(deny(connection="add_auth"), otherwise=allow()))
    assert not over.execute_action("SHOP_LIST_ORDERS")["successful"]


def test_discovery_tools_find_and_run_under_the_policy(make: Make, shop: Shop) -> None:
    toolset = make(policy=Policy(deny("SHOP_DELETE_*"), allow(reads), otherwise=confirm()))
    tools = toolset.discovery_tools(apps=["shop"])
    assert len(tools) == 4

    def call(name: str, **arguments: Any) -> Any:
        [result] = toolset.handle_tool_calls({"name": name, "arguments": arguments}, tools=tools)
        return result["data"]

    found = call("COMPOSIO_SEARCH_TOOLS", queries=[{"use_case": "delete an order"}])
    assert "SHOP_DELETE_ORDER" not in str(found)
    described = call("COMPOSIO_GET_TOOL_SCHEMAS", tool_slugs=["SHOP_DELETE_ORDER", "SHOP_GET_ORDER"])
    assert set(described["tool_schemas"]) == {"SHOP_GET_ORDER"}
    ran = call(
        "COMPOSIO_MULTI_EXECUTE_TOOL",
        tools=[
            {"tool_slug": "SHOP_DELETE_ORDER", "arguments": {"number": "1"}},
            {"tool_slug": REFUND, "arguments": {"amount": 5}},
            {"tool_slug": "SHOP_LIST_ORDERS", "arguments": {}},
        ],
    )
    denied, waiting, read = (one["response"] for one in ran["results"])
    assert "SHOP_DELETE_ORDER" in denied["error"]
    assert waiting["data"]["approval_required"]["id"] == toolset.approvals.list()[0].id
    assert read["successful"]
    assert [one.path for one in shop[1].requests] == ["/orders"]


def test_the_approver_sees_no_secret_and_the_database_holds_none(make: Make, shop: Shop, tmp_path: Path) -> None:
    toolset = make(policy=Policy(otherwise=confirm()))
    id_ = waits(toolset.execute_action(REFUND, {"amount": 5, "password": "hunter-two-hundred"}))
    assert toolset.approvals.get(id_).listing()["arguments"]["password"] == "***"
    stored = b"".join(file.read_bytes() for file in (tmp_path / "home").iterdir() if file.is_file())
    assert id_.encode() in stored
    assert b"hunter-two-hundred" not in stored
    assert b"shop-key" not in stored


def test_files_that_arguments_name_are_part_of_what_is_approved(make: Make, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("harmless")
    toolset = make(policy=Policy(otherwise=confirm()), upload_folder=tmp_path)
    arguments = {"to": "a@b.example", "text": "note.txt"}
    toolset.approvals.approve(waits(toolset.execute_action("SHOP_SEND_NOTE", arguments)), by="carol")
    (tmp_path / "note.txt").write_text("something else")
    waits(toolset.execute_action("SHOP_SEND_NOTE", arguments))
    assert shop[1].requests == []


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "🎉" * 5000, "x" * 200_000, "\x1b[2J"])
def test_odd_text_waits_like_any_other(make: Make, shop: Shop, text: str) -> None:
    toolset = make(policy=Policy(otherwise=confirm()))
    for name, arguments in (("SHOP_SEND_NOTE", {"to": "a@b.example", "text": text}), ("SHOP_GET_ORDER", {"number": text})):
        waits(toolset.execute_action(name, arguments))
    assert shop[1].requests == []


def test_arguments_that_nest_too_deep_are_refused(make: Make, shop: Shop) -> None:
    toolset = make(policy=Policy(otherwise=confirm()))
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with suppress(ComposioError):
        assert not toolset.execute_action("SHOP_SEND_NOTE", {"text": "hi", "more": deep})["successful"]
    assert shop[1].requests == []


def test_what_can_not_be_meant_is_said(make: Make, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="otherwise="):
        Policy(allow(reads))
    with pytest.raises(InvalidRequest, match="without conditions"):
        Policy(otherwise=allow(reads))
    with pytest.raises(InvalidRequest, match="policy="):
        make(policy={"deny": "*"})
    with pytest.raises(PolicyFileError, match=r"absent\.toml"):
        make(policy=tmp_path / "absent.toml")
    with pytest.raises(InvalidRequest, match="no policy"):
        make().approvals.run("apr_0")
    guarded = make(read_only=True)
    for ask in (guarded.approvals.get, guarded.approvals.run):
        with pytest.raises(ApprovalNotFound):
            ask("apr_0")
    with pytest.raises(ComposioError, match="pending"):
        guarded.approvals.list("waiting")


@pytest.mark.anyio
async def test_asynchronously_too(make: Make, shop: Shop) -> None:
    toolset = make(policy=Policy(otherwise=confirm()))
    id_ = waits(await toolset.aexecute_action(REFUND, {"amount": 5}))
    assert [one.id for one in await toolset.approvals.alist()] == [id_]
    await toolset.approvals.aapprove(id_, by="carol")
    assert (await toolset.approvals.arun(id_))["successful"]
    assert len(shop[1].requests) == 1
