"""Providers are told where to send, again before it ends, and that it is over; what they refuse is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import anyio
import pytest
from tests.triggers.hosts import START, Stage, open_stage

from composio.model.call import Outcome, RawRequest
from composio.model.trigger import Request, Subscription, TriggerModel, WebhookSource
from composio.model.trigger_instance import TriggerInstance
from composio.store.triggers import instances, subscriptions
from composio.triggers.receiving import EventReceiver
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.subscriber import Subscriber

DECLARED = Subscription(
    create=Request(
        method="POST", path="/hooks", body={"url": "{{ url }}", "secret": "{{ secret }}", "id": "{{ subscription.channel }}"}
    ),
    delete=Request(method="DELETE", path="/hooks/{{ config.shop }}/{{ subscription.id }}"),
    renew=Request(method="PATCH", path="/hooks/{{ subscription.id }}"),
    keep={"id": "response.id", "expires": "response.until"},
    lasts=86_400,
)
VERIFY = ({"kind": "token", "header": "X-Token"},)
TOLD = TriggerModel(
    slug="ACME_TOLD", app="acme", webhook=WebhookSource(verify=VERIFY, subscribe=DECLARED, id="body.id", payload="body")
)
ANSWERED = replace(
    TOLD,
    slug="ACME_ANSWERED",
    webhook=WebhookSource(
        verify=VERIFY,
        subscribe=replace(DECLARED, renew=None, secret="answer", keep={**DECLARED.keep, "secret": "response.key"}),
        payload="body",
    ),
)
CONSOLE = replace(
    TOLD,
    slug="ACME_CONSOLE",
    webhook=WebhookSource(verify=VERIFY, console=("Paste {{ url }}.",), match={"connection.account": "body.a"}, payload="body"),
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("subscriber"), TOLD, ANSWERED, CONSOLE, account="a1") as made:
        yield made


@pytest.fixture
def subscriber(stage: Stage) -> Subscriber:
    return Subscriber(stage.host, owner="one", now=stage.clock, chance=lambda: 1.0)


def answers(*found: Any) -> Any:
    left = list(found)

    def answer(_: RawRequest) -> Outcome:
        one = left.pop(0)
        return one if isinstance(one, Outcome) else Outcome(successful=True, data=one)

    return answer


def refused(status: int) -> Outcome:
    return Outcome(successful=False, error=f"HTTP {status}: no", status=status)


def turn(subscriber: Subscriber) -> int:
    return anyio.run(subscriber.run_due)


def asked(stage: Stage) -> list[tuple[str, str]]:
    return [(request.method, request.endpoint) for request in stage.providers.asked]


def made(stage: Stage, instance: TriggerInstance) -> Any:
    [one] = subscriptions.list_subscriptions(stage.host.part(""), instance_id=instance.id)
    return one


def test_a_provider_is_told_the_address_and_events_come_there(stage: Stage, subscriber: Subscriber) -> None:
    instance = stage.enable(TOLD, config={"shop": "north"})
    hook = subscriber.open(instance)
    assert subscriber.open(instance).id == hook.id
    stage.providers.answer = answers({"id": 7, "until": START + 40_000})
    assert turn(subscriber) == 1
    [request] = stage.providers.asked
    assert request.body["url"] == subscriber.url(hook) == f"https://hooks.example.com/webhooks/acme/{hook.id}"
    assert request.body["id"] == hook.kept["channel"]
    assert (request.who.connected_account_id, request.body["secret"]) == ("conn_1", subscriber.secret(hook))
    found = made(stage, instance)
    assert (found.status, found.kept["id"], found.expires_at) == ("active", 7, START + 40_000)
    assert found.renew_at == START + 20_000
    reply = EventReceiver(stage.host, now=stage.clock).receive(
        "acme", hook.id, Incoming.of({"X-Token": request.body["secret"]}, b'{"id": 1}')
    )
    assert reply.status == 200
    assert [event.key for event in stage.events()] == ["1"]


def test_it_is_prolonged_in_time_and_made_again_where_the_provider_forgot_it(stage: Stage, subscriber: Subscriber) -> None:
    instance = stage.enable(TOLD, config={"shop": "north"})
    subscriber.open(instance)
    stage.providers.answer = answers({"id": 7}, {"until": START + 300_000}, refused(404), {"id": 8})
    assert turn(subscriber) == 1
    assert turn(subscriber) == 0
    for _ in range(2):
        stage.clock.time = made(stage, instance).renew_at
        assert stage.clock.time < made(stage, instance).expires_at
        assert turn(subscriber) == 1
    assert asked(stage)[:4] == [("POST", "/hooks"), ("PATCH", "/hooks/7"), ("PATCH", "/hooks/7"), ("POST", "/hooks")]
    assert made(stage, instance).kept["id"] == 8
    channels = [request.body["id"] for request in stage.providers.asked if request.method == "POST"]
    assert channels[0] != channels[1]


def test_one_that_cannot_be_prolonged_is_replaced_before_the_old_one_is_taken_back(
    stage: Stage, subscriber: Subscriber
) -> None:
    instance = stage.enable(ANSWERED, config={"shop": "north"})
    hook = subscriber.open(instance)
    assert subscriber.secret(hook) is None
    stage.providers.answer = answers({"id": 1, "key": "k1"}, {"id": 2, "key": "k2"}, {})
    turn(subscriber)
    assert subscriber.secret(hook) == "k1"
    stage.clock.time = made(stage, instance).renew_at
    turn(subscriber)
    assert asked(stage) == [("POST", "/hooks"), ("POST", "/hooks"), ("DELETE", "/hooks/north/1")]
    receiver = EventReceiver(stage.host, now=stage.clock)
    sent = [receiver.receive("acme", hook.id, Incoming.of({"X-Token": key}, b"{}")).status for key in ("k2", "k1", "k0")]
    assert sent == [200, 200, 401]


def test_what_a_provider_refuses_is_said_and_tried_again_later_each_time(stage: Stage, subscriber: Subscriber) -> None:
    instance = stage.enable(TOLD, config={"shop": "north"})
    subscriber.open(instance)
    stage.providers.answer = answers(refused(403), {"no": "id"}, {"id": 9})
    pauses = []
    for _ in range(2):
        assert turn(subscriber) == 1
        pauses.append(made(stage, instance).renew_at - stage.clock.time)
        stage.clock.time = made(stage, instance).renew_at
        assert made(stage, instance).status == "failed"
    assert pauses == [60, 120]
    assert "without its id" in (stage.instance(instance.id).last_error or "")
    assert turn(subscriber) == 1
    assert (made(stage, instance).status, made(stage, instance).failures, made(stage, instance).error) == ("active", 0, None)


def test_what_nobody_wants_any_more_is_taken_back_though_its_instance_is_gone(stage: Stage, subscriber: Subscriber) -> None:
    kept, gone, off = (stage.enable(TOLD, config={"shop": shop}) for shop in ("kept", "gone", "off"))
    for number, one in enumerate((kept, gone, off)):
        subscriber.open(one)
        stage.providers.answer = answers({"id": number})
        turn(subscriber)
    part = stage.host.part("")
    instances.delete(part, gone.id)
    instances.update(part, off.id, START, enabled=False)
    stage.providers.asked.clear()
    stage.providers.answer = answers(refused(500), refused(404), {})
    assert subscriber.sweep() == 2
    assert turn(subscriber) == 2
    assert turn(subscriber) == 0
    stage.clock.time += 60
    assert turn(subscriber) == 1
    assert {path for _, path in asked(stage)} == {"/hooks/gone/1", "/hooks/off/2"}
    assert [one.instance_id for one in subscriptions.list_subscriptions(part)] == [kept.id]


def test_a_connection_that_is_about_to_be_deleted_takes_back_what_it_is_subscribed_to(
    stage: Stage, subscriber: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    part = stage.host.part("")
    for number, connection in enumerate(("conn_1", "conn_1", "conn_2")):
        subscriber.open(stage.enable(TOLD, connection, config={"shop": f"shop{number}"}))
        stage.providers.answer = answers({"id": number})
        assert turn(subscriber) == 1
    stage.providers.asked.clear()
    stage.providers.answer = answers(refused(500), {})
    anyio.run(partial(subscriber.end, "", connection_id="conn_1"))
    assert [(call.method, call.who.connected_account_id) for call in stage.providers.asked] == [("DELETE", "conn_1")] * 2
    left = subscriptions.list_subscriptions(part)
    assert [(one.connection_id, one.status) for one in left] == [("conn_1", "ending"), ("conn_2", "active")]
    assert "could not be told to end the subscription" in caplog.text
    stage.providers.answer = answers({})
    anyio.run(partial(subscriber.end, "", integration_id="int_conn_2"))
    assert [one.connection_id for one in subscriptions.list_subscriptions(part)] == ["conn_1"]


def test_instances_that_nobody_told_a_provider_of_are_found(stage: Stage, subscriber: Subscriber) -> None:
    lost = stage.enable(TOLD, config={"shop": "lost"})
    stage.enable(TOLD, source="poll")
    assert subscriber.sweep() == 1
    assert made(stage, lost).status == "pending"
    assert subscriber.sweep() == 0


def test_a_console_gets_one_address_for_all_where_events_say_whose_they_are(stage: Stage, subscriber: Subscriber) -> None:
    one, two = (stage.enable(CONSOLE, config={"n": n}) for n in range(2))
    assert subscriber.open(one) == subscriber.open(two)
    assert subscriber.open(one).instance_id == ""
    unknown = stage.enable(CONSOLE, "conn_2")
    assert subscriber.open(unknown).instance_id == unknown.id
    assert subscriber.open(unknown).status == "active"
    assert subscriber.secret(subscriber.open(one))


def test_secrets_are_sealed_and_in_no_repr(stage: Stage, subscriber: Subscriber) -> None:
    hook = subscriber.open(stage.enable(TOLD, config={"shop": "x"}))
    secret = subscriber.secret(hook)
    assert secret
    assert secret not in repr(hook)
    assert secret.encode() not in b"".join(file.read_bytes() for file in stage.keeping.folder().glob("accounts.sqlite3*"))
