"""Receiving: nothing is believed before it is proved, what is accepted is stored once, and it reaches whom it is meant for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from tests.triggers.hosts import START, Stage, payloads

from composio.errors import StoreError
from composio.model.action import JsonSchema
from composio.model.trigger import Request, Subscription, TriggerModel, WebhookSource
from composio.model.trigger_instance import TriggerSubscription
from composio.store.triggers import subscriptions
from composio.testing.webhooks import new_secret, sign_request
from composio.triggers.receiving import SECRET, EventReceiver
from composio.triggers.signatures.incoming import Incoming

VERIFY = ({"kind": "hmac", "header": "X-Sig", "over": "{timestamp}.{body}", "timestamp": {"header": "X-Time"}},)
PAYLOAD = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}})
SOURCE = WebhookSource(
    verify=VERIFY,
    when="body.type == 'order'",
    id="body.id",
    match={"connection.account": "body.account"},
    payload={"n": "body.n"},
    handshake=({"kind": "echo", "field": "challenge", "when": {"type": "hello"}, "signed": True},),
    subscribe=Subscription(create=Request(method="POST", path="/hooks", body={"url": "{{ url }}"})),
)
OWN = TriggerModel(slug="ACME_OWN", app="acme", payload=PAYLOAD, webhook=SOURCE)
SHARED = replace(OWN, slug="ACME_SHARED", webhook=replace(SOURCE, subscribe=None, console=("Paste {{ url }}.",)))
FETCHING = replace(
    OWN,
    slug="ACME_FETCHING",
    webhook=replace(SOURCE, fetch=Request(action="ACME_GET", arguments={"after": "{{ subscription.at }}"}), keep={"at": "fetched.at"},
                    payload={"n": "fetched.n"}),
)  # fmt: skip
KEEPING = replace(
    OWN,
    slug="ACME_KEEPING",
    webhook=replace(SOURCE, verify=({"kind": "hmac", "header": "X-Sig"},), handshake=({"kind": "keep", "header": "X-Secret"},),
                    subscribe=replace(SOURCE.subscribe, secret="handshake")),  # type: ignore[type-var]  # it has one
)  # fmt: skip
FORM = replace(OWN, slug="BETA_FORM", app="beta", webhook=replace(SOURCE, limit=2048))
SIGNING, SECRET_VALUE = new_secret(VERIFY)
ORDER = {"type": "order", "id": "e1", "account": "a1", "n": 1}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    signing = {"signing_secret": SECRET_VALUE}
    with closing(Stage(tmp_path_factory.mktemp("receiving"), OWN, SHARED, FETCHING, KEEPING, FORM)) as made:
        made.connection("conn_1", account="a1", access_token="t", config=signing)
        made.connection("conn_2", account="a2", config=signing)
        made.connection("conn_3", project="other", account="a1", config=signing)
        yield made


@pytest.fixture
def receiver(stage: Stage) -> EventReceiver:
    return EventReceiver(stage.host, now=stage.clock)


def address(stage: Stage, instance: str = "", secret: str | None = SECRET_VALUE, **changes: Any) -> str:
    made = TriggerSubscription(
        **{
            "id": f"hook_{instance or 'shared'}",
            "app": "acme",
            "instance_id": instance,
            "integration_id": "int_conn_1",
            **changes,
        }
    )
    subscriptions.add(stage.host.part(made.project), made, stage.host.seal(made, {SECRET: secret} if secret else {}))
    return made.id


def signed(body: Any, *, at: float = START, secret: str = SIGNING, headers: dict[str, str] | None = None) -> Incoming:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sign_request(VERIFY, Incoming.of(headers or {}, raw, url="https://h.example/w"), secret, now=at)


def test_an_event_is_stored_for_its_instance_and_answered(stage: Stage, receiver: EventReceiver) -> None:
    one = stage.enable(OWN)
    before = len(stage.events())
    reply = receiver.receive("acme", address(stage, one.id), signed(ORDER))
    assert (reply.status, reply.body) == (200, b"")
    [event] = stage.events()[before:]
    assert (event.instance_id, event.key, event.payload, event.original) == (one.id, "e1", {"n": 1}, ORDER)
    assert (event.entity_id, event.connection_id, event.received_at) == ("entity of conn_1", "conn_1", START)
    assert stage.instance(one.id).last_event == START


def test_the_same_event_again_is_dropped_and_answered_as_before(stage: Stage, receiver: EventReceiver) -> None:
    one = stage.enable(OWN)
    before, hook = len(stage.events()), address(stage, one.id)
    assert [receiver.receive("acme", hook, signed(ORDER)).status for _ in range(3)] == [200, 200, 200]
    assert len(stage.events()) == before + 1


@pytest.mark.parametrize(
    "request_",
    [
        signed(ORDER, secret="another"),
        signed(ORDER, at=START - 301),
        signed(ORDER, at=START + 301),
        replace(signed(ORDER), body=json.dumps({**ORDER, "n": 2}).encode()),
        replace(signed(ORDER), headers=()),
        replace(signed(ORDER), headers=(*signed(ORDER).headers, *signed(ORDER).headers)),
        Incoming.of({}, b"[" * 200_000),
        Incoming.of({"X-Sig": "0" * 64, "X-Time": "soon"}, b"{"),
        Incoming.of({}, b"", method="GET"),
        signed({"type": "hello", "challenge": "c"}, secret="another"),
    ],
    ids=["secret", "late", "early", "changed", "unsigned", "twice", "deep", "time", "get", "challenge"],
)
def test_what_does_not_prove_itself_is_refused_and_never_parsed(
    stage: Stage, receiver: EventReceiver, request_: Incoming, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = stage.enable(OWN)
    before, hook = len(stage.events()), address(stage, one.id)
    monkeypatch.setattr("composio.triggers.receiving.events_of", lambda *_: pytest.fail("it was read"))
    reply = receiver.receive("acme", hook, request_)
    assert (reply.status, reply.body) == (401, b"The request does not prove who sent it.")
    assert len(stage.events()) == before


def test_a_challenge_is_answered_once_it_is_proved(stage: Stage, receiver: EventReceiver) -> None:
    reply = receiver.receive("acme", address(stage, stage.enable(OWN).id), signed({"type": "hello", "challenge": "c-1"}))
    assert (reply.status, reply.body) == (200, b"c-1")


def test_a_signed_body_that_is_not_json_is_a_400_in_words(stage: Stage, receiver: EventReceiver) -> None:
    reply = receiver.receive("acme", address(stage, stage.enable(OWN).id), signed(b"nope"))
    assert reply.status == 400
    assert b"not JSON" in reply.body


def test_what_is_larger_than_the_app_says_is_a_413(stage: Stage, receiver: EventReceiver) -> None:
    assert (receiver.limit("acme"), receiver.limit("beta"), receiver.limit("nobody")) == (262_144, 2048, 0)
    hook = address(stage, stage.enable(OWN).id)
    assert receiver.receive("acme", hook, signed(b" " * 262_145)).status == 413


@pytest.mark.parametrize(
    ("app", "hook"), [("acme", "hook_none"), ("beta", "hook_ti"), ("nobody", "hook_ti"), ("acme", "hook_ending")]
)
def test_an_address_that_nobody_has_is_a_404_whatever_is_sent(
    stage: Stage, receiver: EventReceiver, app: str, hook: str
) -> None:
    address(stage, "ti", id="hook_ti")
    address(stage, "ending", id="hook_ending", status="ending")
    assert receiver.receive(app, hook, signed(ORDER)).status == 404


def test_two_secrets_hold_while_they_change(stage: Stage, receiver: EventReceiver) -> None:
    one = stage.enable(OWN)
    hook, (newer, _) = address(stage, one.id), new_secret(VERIFY, "newer")
    found = subscriptions.get(stage.host.part(""), hook)
    assert found is not None
    sealed = stage.host.seal(found[0], {SECRET: newer, "previous": SECRET_VALUE})
    subscriptions.update(stage.host.part(""), hook, now=START, sealed=sealed)
    assert [receiver.receive("acme", hook, signed(ORDER, secret=key)).status for key in (newer, SIGNING, "third")] == [
        200,
        200,
        401,
    ]


def test_one_event_fans_out_to_everybody_it_is_meant_for_and_nobody_else(stage: Stage, receiver: EventReceiver) -> None:
    meant = [stage.enable(SHARED), stage.enable(SHARED)]
    stage.enable(SHARED, enabled=False)
    stage.enable(SHARED, "conn_2", integration_id="int_conn_1")  # another account
    stage.enable(SHARED, "conn_3", "other")  # the same account, in another project
    stage.enable(OWN)  # has an address of its own
    before, theirs = len(stage.events()), len(stage.events("other"))
    assert receiver.receive("acme", address(stage, secret=None), signed({**ORDER, "id": "f1"})).status == 200
    assert [event.instance_id for event in stage.events()[before:]] == [one.id for one in meant]
    assert len(stage.events("other")) == theirs


def test_an_event_of_nobody_is_accepted_and_dropped(stage: Stage, receiver: EventReceiver) -> None:
    stage.enable(SHARED)
    before = len(stage.events())
    assert receiver.receive("acme", address(stage, secret=None), signed({**ORDER, "account": "a9"})).status == 200
    assert len(stage.events()) == before


def test_a_secret_that_a_provider_brings_is_kept_once(stage: Stage, receiver: EventReceiver) -> None:
    hook = address(stage, stage.enable(KEEPING).id, secret=None)
    assert receiver.receive("acme", hook, Incoming.of({}, b"{}")).status == 401
    reply = receiver.receive("acme", hook, Incoming.of({"X-Secret": "theirs"}, b""))
    assert (reply.status, reply.headers) == (200, (("X-Secret", "theirs"),))
    assert receiver.receive("acme", hook, Incoming.of({"X-Secret": "forged"}, b"")).status == 401
    found = stage.subscription(hook)
    assert found is not None
    assert found[1] == "theirs"


def test_what_an_event_only_names_is_fetched_by_a_job_that_is_kept_first(stage: Stage, receiver: EventReceiver) -> None:
    one = stage.enable(FETCHING)
    hook = address(stage, one.id, kept={"at": 4})
    before = len(stage.events())
    assert [receiver.receive("acme", hook, signed({**ORDER, "id": "g1"})).status for _ in range(2)] == [200, 200]
    [job] = stage.jobs
    assert len(stage.events()) == before
    wanted = receiver.to_fetch(job)
    assert wanted is not None
    assert (wanted[0].connection_id, wanted[1].arguments) == ("conn_1", {"after": 4})
    assert payloads(receiver.fetch(job, {"n": 7, "at": 9})) == [{"n": 7}]
    assert receiver.fetch(job, {"n": 7, "at": 9}) == []
    found = stage.subscription(hook)
    assert found is not None
    assert found[0].kept == {"at": 9}


def test_jobs_and_events_of_requests_are_stored_in_one_transaction(stage: Stage, receiver: EventReceiver) -> None:
    fetched = address(stage, stage.enable(FETCHING).id, kept={"at": 4})
    whole = address(stage, stage.enable(OWN).id)
    before = len(stage.events())
    requests = [("acme", hook, signed({**ORDER, "id": "t1"})) for hook in (fetched, whole)]
    refusing = "CREATE TRIGGER refuse BEFORE INSERT ON composio_trigger_events BEGIN SELECT RAISE(ABORT, 'full'); END"
    everything = stage.host.part(None)
    with everything.write() as transaction:
        transaction.connection.exec_driver_sql(refusing)
    with pytest.raises(StoreError, match="full"):
        receiver.receive_all(requests)
    assert (stage.jobs, len(stage.events())) == ([], before)
    with everything.write() as transaction:
        transaction.connection.exec_driver_sql("DROP TRIGGER refuse")
    assert [reply.status for reply in receiver.receive_all(requests)] == [200, 200]
    assert (len(stage.jobs), len(stage.events())) == (1, before + 1)


def test_requests_that_came_together_are_each_answered_for_themselves(stage: Stage, receiver: EventReceiver) -> None:
    ours, other = stage.enable(OWN), stage.enable(OWN)
    mine, theirs = address(stage, ours.id), address(stage, other.id)
    keeping = address(stage, stage.enable(KEEPING).id, secret=None)
    gone = address(stage, "ti_gone")
    before = len(stage.events())
    asked: list[tuple[str, str, Incoming, int]] = [
        ("acme", mine, signed({**ORDER, "id": "b1"}), 200),
        ("acme", theirs, signed({**ORDER, "id": "b1"}), 200),
        ("acme", mine, signed({**ORDER, "id": "b2"}, secret="another"), 401),
        ("acme", mine, signed({**ORDER, "id": "b3"}), 200),
        ("acme", "hook_nobody", signed(ORDER), 404),
        ("acme", gone, signed(ORDER), 404),
        ("other", mine, signed(ORDER), 404),
        ("acme", keeping, Incoming.of({"X-Secret": "theirs"}, b""), 200),
        ("acme", keeping, Incoming.of({"X-Secret": "forged"}, b""), 401),  # the first one has been kept meanwhile
    ]
    replies = receiver.receive_all([(app, hook, request) for app, hook, request, _ in asked])
    assert [reply.status for reply in replies] == [status for *_, status in asked]
    assert [event.instance_id for event in stage.events()[before:]] == [ours.id, other.id, ours.id]


def test_secrets_of_a_connection_are_not_among_what_expressions_read(stage: Stage) -> None:
    assert stage.host.connection_values("", "conn_1") == {"account": "a1"}
    assert stage.host.connection_values("", "conn_none") == {}
