"""Flows: a run that read untrusted and private data sends it only to recipients that the run names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.errors import ActionDenied, InvalidRequest, PolicyFileError
from composio.model.flows import Flow, make_labels, read_flow
from composio.policy import Policy, allow, confirm, deny
from composio.policy.file import parse_policy
from composio.policy.flows import find_unnamed
from composio.testing import FakeUpstream
from tests.peers.described import openapi, write_app

APP = "office"
WEB, FILES, MAIL, SEND, FORWARD = (
    "OFFICE_READ_PAGE",
    "OFFICE_READ_FILE",
    "OFFICE_READ_MAIL",
    "OFFICE_SEND_MAIL",
    "OFFICE_FORWARD_MAIL",
)
LETTER = {"to": "bob@example.com", "text": "Hello"}
Make = Callable[..., ComposioToolSet[Any]]


def described() -> dict[str, Any]:
    answers = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
    text, people = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    letter = {"type": "object", "properties": {"to": text, "cc": people, "text": text}}
    body = {"content": {"application/json": {"schema": letter}}}
    return openapi(
        "Office",
        "https://office.example",
        {
            "/page": {"get": {"summary": "Read page", "responses": answers}},
            "/file": {"get": {"summary": "Read file", "responses": answers}},
            "/mail": {
                "get": {"summary": "Read mail", "responses": answers},
                "post": {"summary": "Send mail", "responses": answers, "requestBody": body},
            },
            "/forward": {"post": {"summary": "Forward mail", "responses": answers, "tags": ["sendsTo:text"]}},
        },
    )


FLOWS = {
    WEB: {"reads": "untrusted"},
    "GET /file": {"reads": "private"},
    "OFFICE_*_MAIL": {"reads": ["untrusted", "private"]},
    SEND: {"sends": "outside", "to": ["to", "cc"]},
    FORWARD: {"sends": "outside"},
}


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "77" * 32)
    flows = {name: said for name, said in FLOWS.items() if name != "OFFICE_*_MAIL"} | {
        MAIL: {"reads": ["untrusted", "private"]}
    }
    write_app(tmp_path, APP, described(), flows=flows)
    backend = EmbeddedBackend(home=tmp_path)
    try:
        with FakeUpstream.of(backend, APP) as api:

            def made(**options: Any) -> ComposioToolSet[Any]:
                toolset = ComposioToolSet(backend=backend, **options)
                toolset.add_auth(APP, [{"name": "X-Key", "value": "k", "in": "header"}], base_url=api.url)
                return toolset

            yield made
    finally:
        backend.close()


def watched(make: Make, **options: Any) -> ComposioToolSet[Any]:
    return make(policy=Policy(otherwise=allow(), flow=confirm()), **options)


def test_a_run_that_read_both_asks_before_it_sends_to_somebody_else(make: Make) -> None:
    toolset = watched(make)
    with toolset.acting_as("alice", recipients=["carol@example.com"]):
        assert toolset.execute_action(SEND, LETTER)["successful"]
        assert toolset.execute_action(WEB, {})["successful"]
        assert toolset.execute_action(SEND, LETTER)["successful"]
        assert toolset.execute_action(FILES, {})["successful"]
        held = toolset.execute_action(SEND, LETTER)
        assert held.approval_id
        assert toolset.execute_action(SEND, {"to": "Carol <carol@EXAMPLE.com>", "text": "Hello"})["successful"]
    [asked] = toolset.approvals.list()
    assert asked.rules == (
        "flow=confirm(): to has a recipient that the run does not name, and this run has read untrusted and private data",
    )
    toolset.approvals.approve(held.approval_id, by="dora")
    assert toolset.approvals.run(held.approval_id)["successful"]


def test_runs_are_watched_each_for_itself(make: Make) -> None:
    toolset = watched(make)
    with toolset.acting_as("alice"):
        toolset.execute_action(MAIL, {})
        assert toolset.execute_action(SEND, LETTER).approval_id
    with toolset.acting_as("alice"):
        assert toolset.execute_action(SEND, LETTER)["successful"]
    with toolset.acting_as("alice", run="support-7"):
        toolset.execute_action(MAIL, {})
    with toolset.acting_as("bob", run="support-7"):
        assert toolset.execute_action(SEND, LETTER)["successful"]
    with toolset.acting_as("alice", run="support-7"):  # a run goes on in another block, or another process
        assert watched(make).execute_action(SEND, LETTER).approval_id
        assert toolset.execute_action(SEND, LETTER).approval_id


def test_without_a_run_what_was_read_is_unknown(make: Make) -> None:
    toolset = watched(make)
    assert toolset.execute_action(WEB, {})["successful"]
    assert toolset.execute_action(SEND, LETTER).approval_id
    [asked] = toolset.approvals.list()
    assert "belongs to no run" in asked.rules[0]


def test_recipients_that_no_argument_names_are_never_named(make: Make) -> None:
    toolset = watched(make)
    with toolset.acting_as("alice", recipients="*"):
        toolset.execute_action(MAIL, {})
        assert toolset.execute_action(FORWARD, {}).approval_id
        assert toolset.execute_action(SEND, {"text": "Hello"}).approval_id
        assert toolset.execute_action(SEND, {"to": "bob", "text": "Hello"})["successful"]


def test_a_dry_run_neither_reads_nor_asks(make: Make) -> None:
    dry = make(policy=Policy(otherwise=allow(), flow=deny()), mode="dry")
    with dry.acting_as("alice", run="rehearsal"):
        assert dry.execute_action(MAIL, {})["successful"]
        assert dry.execute_action(SEND, LETTER)["successful"]


def test_rules_apply_beside_the_flow(make: Make) -> None:
    toolset = make(policy=Policy(confirm(SEND, by="mail"), otherwise=deny(), flow=confirm(by="privacy", expires="1h")))
    with toolset.acting_as("alice"):
        assert toolset.execute_action(FORWARD, {})["data"] == {"denied": {}}
        toolset.execute_action(SEND, LETTER)
    assert [one.by for one in toolset.approvals.list()] == [("mail",)]
    strict = make(policy=Policy(otherwise=allow(), flow=deny()))
    with strict.acting_as("alice"):
        strict.execute_action(MAIL, {})
        assert "denies it" in strict.execute_action(SEND, LETTER)["error"]
        assert {one["name"] for one in strict.get_tools(actions=[SEND], check_connected_accounts=False)} == {SEND}


def test_both_groups_approve_a_call_that_a_rule_and_the_flow_hold(make: Make) -> None:
    policy = Policy(confirm(SEND, by="mail"), otherwise=allow(), flow=confirm(by="privacy", expires="1h"))
    toolset = make(policy=policy)
    with toolset.acting_as("alice"):
        toolset.execute_action(MAIL, {})
        toolset.execute_action(SEND, LETTER)
    [asked] = toolset.approvals.list()
    assert asked.by == ("mail", "privacy")


def test_requests_that_no_action_describes_read_and_send(make: Make) -> None:
    toolset = watched(make)
    with toolset.acting_as("alice"):
        toolset.execute_request(app=APP, endpoint="/file", method="GET")
        with pytest.raises(ActionDenied, match="would need approval"):
            toolset.execute_request(app=APP, endpoint="/mail", method="POST", body={"to": "bob@example.com"})


def test_own_functions_are_labelled_by_their_tags(make: Make) -> None:
    @action(toolname="desk", tags=["readsUntrusted", "readsPrivate", "readOnlyHint"])
    def look() -> str:
        """Look at the desk."""
        return "a letter"

    @action(toolname="desk", tags=["sendsOutside", "sendsTo:whom"])
    def shout(whom: str) -> str:
        """Shout.

        :param whom: Who should hear it
        """
        return whom

    toolset = watched(make)
    with toolset.acting_as("alice", recipients=["bob"]):
        assert toolset.execute_action(look, {})["successful"]
        assert toolset.execute_action(shout, {"whom": "bob"})["successful"]
        assert toolset.execute_action(shout, {"whom": "eve"}).approval_id


def test_labels_come_from_the_apps_file_alone(make: Make) -> None:
    toolset = make()
    assert read_flow(toolset.get_action(FORWARD).tags) == Flow(sends=True)
    assert read_flow(toolset.get_action(FILES).tags) == Flow(reads=("readsPrivate",))
    assert read_flow(toolset.get_action(SEND).tags) == Flow(sends=True, to=("to", "cc"))


def test_a_label_for_no_action_is_reported(tmp_path: Path) -> None:
    write_app(tmp_path, APP, described(), flows={"OFFICE_NOTHING": {"reads": "private"}})
    backend = EmbeddedBackend(home=tmp_path)
    backend.catalog.update([APP])
    warnings = backend.catalog.warnings(APP)
    backend.close()
    assert any("flows: no action is called 'OFFICE_NOTHING'" in said for said in warnings)


@pytest.mark.parametrize("flow", [allow(), confirm("X"), "confirm", deny(app="x")])
def test_a_flow_is_a_verdict_that_restricts(flow: Any) -> None:
    with pytest.raises(InvalidRequest, match="flow= is confirm"):
        Policy(otherwise=allow(), flow=flow)


@pytest.mark.parametrize("recipients", [[""], [None], [7], ["a", " "]])
def test_recipients_are_names(make: Make, recipients: Any) -> None:
    with pytest.raises(InvalidRequest, match="recipients= are addresses"), make().acting_as("alice", recipients=recipients):
        pass


def test_a_file_says_the_same() -> None:
    assert parse_policy('otherwise = "allow"\nflow = {verdict = "confirm", by = "privacy"}') == Policy(
        otherwise=allow(), flow=confirm(by="privacy")
    )
    for wrong in ('"allow"', "7", '{verdict = "deny", by = "x"}', '{verdict = "confirm", when = "a > 1"}'):
        with pytest.raises(PolicyFileError, match="flow"):
            parse_policy(f'otherwise = "allow"\nflow = {wrong}')


def test_a_policy_names_its_flow() -> None:
    policy = Policy(otherwise=allow(), flow=confirm())
    assert repr(policy) == "Policy(otherwise=allow(), flow=confirm())"
    assert policy.version != Policy(otherwise=allow()).version
    assert policy.read_only().flow == confirm()


NAMED = ("bob@example.com", "*@corp.example", "#general", "123")


@pytest.mark.parametrize(
    "value",
    [
        "bob@example.com",
        "Bob <bob@example.com>",
        "BOB@example.com; ann@corp.example",
        ["bob@example.com", "x@corp.example"],
        "#general",
        123,
        ["bob@example.com", None],
    ],
)
def test_named_recipients_pass(value: Any) -> None:
    assert find_unnamed(Flow(sends=True, to=("to",)), {"to": value}, NAMED) is None


@pytest.mark.parametrize(
    "value",
    [
        "eve@evil.example",
        "bob@example.com, eve@evil.example",
        "bob@example.com eve@evil.example",
        "bob@example.com <eve@evil.example>",
        '"bob@example.com" <eve@evil.example>',
        "eve@evil.example <bob@example.com> <eve@evil.example>",
        "eve@evil.example,x@corp.example",
        "eve@evil.example x@corp.example",
        "eve@evil.example@corp.example",
        "bob@example.com\neve@evil.example",
        "friends: eve@evil.example",
        ["bob@example.com", "eve@evil.example"],
        [["eve@evil.example"]],
        {"address": "bob@example.com"},
        True,
        1.5,
        "",
        [],
        None,
        "bob@example.com.evil.example",
        "bob@examplexcom",
    ],
)
def test_other_recipients_do_not(value: Any) -> None:
    assert find_unnamed(Flow(sends=True, to=("to",)), {"to": value}, NAMED) is not None


@given(
    st.lists(st.sampled_from(["bob@example.com", "eve@evil.example", "x@corp.example"]), min_size=1), st.sampled_from(",;\n")
)
def test_one_unnamed_recipient_among_others_is_found(people: list[str], separator: str) -> None:
    found = find_unnamed(Flow(sends=True, to=("to",)), {"to": separator.join(people)}, NAMED)
    assert (found is None) == ("eve@evil.example" not in people)


def test_labels_are_tags() -> None:
    assert make_labels({"reads": ["private"], "sends": "outside", "to": "cc"}) == ("readsPrivate", "sendsOutside", "sendsTo:cc")
