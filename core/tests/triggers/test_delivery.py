"""Events on their way to callback URLs: signed, tried by the schedule, in order where asked, and never to where they must not go."""

from __future__ import annotations

import asyncio
import json
import os
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook

from composio.errors import InvalidRequest, UpstreamRefused
from composio.model.secret import Secret
from composio.model.trigger_event import DeliveryStatus
from composio.store import tables
from composio.store.database import EVERYTHING
from composio.store.projects import Partition
from composio.store.store import Store
from composio.store.triggers import deliveries, events, outcomes
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from composio.transport.client import Clients
from composio.transport.egress import Egress
from composio.triggers import signing
from composio.triggers.callbacks import CallbackUrls
from composio.triggers.delivery import Deliverer
from composio.triggers.forgetting import KEPT_SECONDS, Forgetting
from composio.triggers.retrying import ATTEMPTS, PAUSE_SECONDS
from composio.triggers.sending import make_post
from composio.vault.keys import MasterKey
from composio.vault.vault import Vault
from tests.peers.triggering import message

START = 1_700_000_000.0
# More of them, as the figure has it: COMPOSIO_EVENTS=10000
EVENTS = int(os.environ.get("COMPOSIO_EVENTS", "300"))


class Keys:
    """One master key."""

    def __init__(self) -> None:
        self._key = MasterKey(Secret(b64encode(b"k" * 32).decode()))

    @property
    def primary(self) -> MasterKey:
        return self._key

    def by_id(self, key_id: str, what: str) -> MasterKey:
        return self._key


class Receiver:
    """A receiver that keeps what it gets; ``answer`` says how it answers each path."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[str], Response] = lambda _path: Response(status=204)

    def respond(self, request: Request) -> Response:
        self.got.append((request.path, {name.lower(): value for name, value in request.headers.items()}, request.body))
        return self.answer(request.path)


class Stand:
    """A store of one project, a receiver on loopback, and a clock that the test sets."""

    def __init__(self, store: Store, receiver: Receiver, url: str) -> None:
        self.store, self.receiver, self.url = store, receiver, url
        self.now = START
        self.total = 0
        vault = Vault(Keys())
        self.callbacks = CallbackUrls(self.part, lambda _project: vault, guarded=lambda _: False, now=lambda: self.now)

    def part(self, project: str = "") -> Partition:
        return self.store.for_project(project).part()

    def emit(self, count: int = 1, **changes: Any) -> list[str]:
        values: dict[str, Any] = {"payload": {"channel": "C1", "text": "hello"}, "received_at": self.now} | changes
        total, self.total = self.total, self.total + count
        made = [message(f"ev_{total + n:05}", **{"key": f"k{total + n}"} | values) for n in range(count)]
        return [one.id for one in events.record(self.part(), made, now=self.now)]

    def deliver(self, timeout: float = 15.0) -> int:
        async def run() -> int:
            clients = Clients()
            try:
                deliverer = Deliverer(
                    self.store.part(),
                    self.callbacks,
                    make_post(lambda: clients, agent="test", timeout=timeout),
                    now=lambda: self.now,
                    chance=lambda: 0.0,
                )
                return await deliverer.run_due()
            finally:
                await clients.aclose()

        return asyncio.run(run())

    def status(self, event_id: str) -> list[tuple[DeliveryStatus, int]]:
        found = deliveries.list_deliveries(self.part(), deliveries.DeliveryQuery(event_ids=[event_id]))
        return [(one.status, one.attempts) for one in found]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("delivery")
    made = Store(lambda: folder / "db", None, project=None)
    yield made
    made.close()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver()
    loopback = Loopback(receiver.respond).start()
    yield receiver, loopback.url
    loopback.close()


@pytest.fixture
def stand(store: Store, served: tuple[Receiver, str]) -> Stand:
    with store._open().write(EVERYTHING) as connection:
        for table in reversed(tables.METADATA.sorted_tables):
            connection.execute(sa.delete(table))
    receiver, url = served
    receiver.__init__()  # type: ignore[misc]  # as new for each test
    return Stand(store, receiver, url)


def test_the_documentations_receiver_gets_an_event_that_the_published_library_verifies(stand: Stand) -> None:
    secret = stand.callbacks.set("", f"{stand.url}/webhook").secret
    assert secret is not None
    [event_id] = stand.emit()
    assert stand.deliver() == 1
    [(path, headers, body)] = stand.receiver.got
    payload = json.loads(body)
    assert (path, headers["content-type"]) == ("/webhook", "application/json")
    assert payload.get("type") == "slack_receive_message"
    assert payload.get("data", {}).get("channel") == "C1"
    assert headers["webhook-id"] == event_id
    assert signing.verify(headers, body, secret.reveal(), now=START) == payload
    library = Webhook(secret.reveal())
    assert f"v1,{library.sign(event_id, _moment(START), body.decode()).removeprefix('v1,')}" == headers["webhook-signature"]
    assert stand.status(event_id) == [(DeliveryStatus.DELIVERED, 1)]


def _moment(seconds: float) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC)


def test_each_destination_gets_its_own_format_and_an_instances_only_its_events(stand: Stand) -> None:
    stand.callbacks.set("", f"{stand.url}/all", format="v3")
    stand.callbacks.set("", f"{stand.url}/one", format="v0.7", instance_id="ti_1")
    stand.emit(instance_id="ti_1")
    stand.emit(instance_id="ti_2")
    stand.deliver()
    bodies = sorted(
        (path, json.loads(body).get("type", json.loads(body).get("appName"))) for path, _, body in stand.receiver.got
    )
    assert bodies == [("/all", "composio.trigger.message"), ("/all", "composio.trigger.message"), ("/one", "slack")]


def test_a_destination_that_fails_is_tried_eight_times_by_the_schedule_under_one_id(stand: Stand) -> None:
    stand.callbacks.set("", f"{stand.url}/down")
    stand.receiver.answer = lambda _path: Response(status=503, body=b"busy")
    [event_id] = stand.emit()
    moments: list[float] = []
    while (due := deliveries.next_due(stand.part(), stand.now)) is not None:
        assert stand.deliver() == (0 if due > stand.now else 1)
        stand.now = max(due, stand.now)
        if len(stand.receiver.got) > len(moments):
            moments.append(stand.now - START)
    assert moments == [0, 5, 305, 2105, 9305, 27305, 63305, 99305]
    assert {headers["webhook-id"] for _, headers, _ in stand.receiver.got} == {event_id}
    assert stand.status(event_id) == [(DeliveryStatus.FAILED, ATTEMPTS)]
    [delivery] = deliveries.list_deliveries(stand.part(), deliveries.DeliveryQuery(event_ids=[event_id]))
    logged = deliveries.list_attempts(stand.part(), delivery.id)
    assert [(one.number, one.http_status, one.answer) for one in logged] == [(n, 503, "busy") for n in range(1, 9)]

    stand.receiver.answer = lambda _path: Response(status=200)
    assert deliveries.resend(stand.part(), [event_id], now=stand.now) == 1
    assert stand.deliver() == 1
    assert stand.status(event_id) == [(DeliveryStatus.DELIVERED, 1)]
    assert stand.receiver.got[-1][1]["webhook-id"] == event_id
    assert len(deliveries.list_attempts(stand.part(), delivery.id)) == ATTEMPTS + 1


def test_retry_after_is_waited_for(stand: Stand) -> None:
    stand.callbacks.set("", f"{stand.url}/busy")
    stand.receiver.answer = lambda _path: Response(status=429, headers={"Retry-After": "60"})
    stand.emit()
    stand.deliver()
    assert deliveries.next_due(stand.part(), stand.now) == START + 60


def test_410_switches_a_destination_off_and_gives_up_what_waits_for_it(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    made = stand.callbacks.set("", f"{stand.url}/gone")
    stand.receiver.answer = lambda _path: Response(status=503)
    [first] = stand.emit()
    stand.deliver()
    stand.receiver.answer = lambda _path: Response(status=410)
    [second] = stand.emit()
    stand.deliver()
    shown = stand.callbacks.get("", made.destination.id).listing()
    assert (shown["enabled"], "410" in shown["reason"]) == (False, True)
    assert stand.status(first) + stand.status(second) == [(DeliveryStatus.FAILED, 1)] * 2
    assert stand.emit() != []
    assert deliveries.next_due(stand.part(), stand.now) is None
    assert "callbacks enable" in caplog.text

    stand.receiver.answer = lambda _path: Response(status=200)
    stand.callbacks.enable("", made.destination.id)
    assert outcomes.resend_failed(stand.part(), now=stand.now) == 2
    assert stand.deliver() == 2
    assert stand.status(first) == [(DeliveryStatus.DELIVERED, 1)]


def test_five_days_of_failures_pause_a_destination_and_say_so(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    made = stand.callbacks.set("", f"{stand.url}/down")
    stand.receiver.answer = lambda _path: Response(status=500)
    stand.emit()
    stand.deliver()
    assert stand.callbacks.get("", made.destination.id).destination.failing_since == START
    stand.now = START + PAUSE_SECONDS
    stand.deliver()
    shown = stand.callbacks.get("", made.destination.id).listing()
    assert (shown["enabled"], shown["reason"]) == (False, "it has accepted nothing for 5 days")
    assert "accepted nothing for 5 days" in caplog.text


def test_a_success_ends_the_count_of_failures(stand: Stand) -> None:
    made = stand.callbacks.set("", f"{stand.url}/hook")
    stand.receiver.answer = lambda _path: Response(status=500)
    stand.emit()
    stand.deliver()
    stand.receiver.answer = lambda _path: Response(status=200)
    stand.now += 5
    stand.deliver()
    assert stand.callbacks.get("", made.destination.id).destination.failing_since is None


def test_redirects_are_not_followed(stand: Stand) -> None:
    stand.callbacks.set("", f"{stand.url}/moved")
    stand.receiver.answer = lambda _path: Response(status=307, headers={"Location": f"{stand.url}/elsewhere"})
    [event_id] = stand.emit()
    stand.deliver()
    assert [path for path, _, _ in stand.receiver.got] == ["/moved"]
    assert stand.status(event_id) == [(DeliveryStatus.PENDING, 1)]


def test_an_ordered_destination_waits_for_the_event_before(stand: Stand) -> None:
    stand.callbacks.set("", f"{stand.url}/ordered", ordered=True)
    is_down = True
    stand.receiver.answer = lambda _path: Response(status=500 if is_down else 200)
    ids = stand.emit(3)
    stand.deliver()
    assert [headers["webhook-id"] for _, headers, _ in stand.receiver.got] == ids[:1]
    is_down = False
    stand.now += 5
    stand.deliver()
    assert [headers["webhook-id"] for _, headers, _ in stand.receiver.got] == [ids[0], *ids]


def test_a_destination_that_answers_nothing_does_not_hold_up_another(stand: Stand) -> None:
    stand.callbacks.set("", f"{stand.url}/fine")
    stand.callbacks.set("", "http://127.0.0.1:1/refuses", instance_id="ti_1")
    stand.receiver.answer = lambda _path: Response(status=200)
    stand.emit(40)
    stand.deliver()
    assert len(stand.receiver.got) == 40
    waiting = deliveries.list_deliveries(stand.part(), deliveries.DeliveryQuery(status=DeliveryStatus.PENDING, limit=100))
    assert len(waiting) == 40
    assert all(one.error and "not reached" in one.error for one in waiting)


def test_a_destination_that_is_down_for_an_hour_gets_everything_by_the_schedule_and_delays_no_other(stand: Stand) -> None:
    stand.callbacks.set("", f"{stand.url}/down")
    stand.callbacks.set("", f"{stand.url}/fine", instance_id="ti_1")
    is_down = True
    stand.receiver.answer = lambda path: Response(status=503 if is_down and path == "/down" else 200)
    ids = stand.emit(EVENTS)
    took: list[float] = []
    while (due := deliveries.next_due(stand.part(), stand.now)) is not None:
        stand.now = max(stand.now, due)
        is_down = stand.now < START + 3600
        stand.deliver()
        took.append(stand.now - START)
        if len(took) == 1:  # before the clock moves on
            fine = [headers["webhook-id"] for path, headers, _ in stand.receiver.got if path == "/fine"]
            assert sorted(fine) == sorted(ids)
    assert took == [0, 5, 305, 2105, 9305]
    down = Counter(headers["webhook-id"] for path, headers, _ in stand.receiver.got if path == "/down")
    assert down == dict.fromkeys(ids, 5)
    assert deliveries.count_pending(stand.part()) == 0


def test_while_a_secret_is_changed_both_sign(stand: Stand) -> None:
    made = stand.callbacks.set("", f"{stand.url}/hook")
    changed = stand.callbacks.rotate("", made.destination.id)
    assert made.secret is not None
    assert changed.secret is not None
    stand.emit()
    stand.deliver()
    stand.now += 86401
    stand.emit()
    stand.deliver()
    (_, during, body), (_, after, later) = stand.receiver.got
    for secret in (made.secret, changed.secret):
        assert signing.verify(during, body, secret.reveal(), now=START)
    assert signing.verify(after, later, changed.secret.reveal(), now=stand.now)
    with pytest.raises(Exception, match="signature"):
        signing.verify(after, later, made.secret.reveal(), now=stand.now)
    assert stand.callbacks.get("", made.destination.id, secret=True).secret == changed.secret


def test_a_tenants_address_inside_the_network_is_refused_when_it_is_set_and_when_it_is_sent_to(stand: Stand) -> None:
    egress = Egress()
    tenants = CallbackUrls(
        stand.part,
        lambda _project: Vault(Keys()),
        judge=lambda url: egress.judge(httpx.URL(url), "a callback URL"),
        guarded=lambda _project: True,
        now=lambda: stand.now,
    )
    for address in (
        "http://127.0.0.1/x",
        "http://169.254.169.254/latest",
        "http://localhost:8000",
        "http://10.1.2.3",
        "http://[::1]/",
    ):
        with pytest.raises(UpstreamRefused):
            tenants.set("", address)
    stand.callbacks.set("", f"{stand.url}/inside")
    stand.callbacks = tenants
    [event_id] = stand.emit()
    stand.deliver()
    assert stand.receiver.got == []
    [delivery] = deliveries.list_deliveries(stand.part(), deliveries.DeliveryQuery(event_ids=[event_id]))
    assert delivery.error is not None
    assert "not on the public internet" in delivery.error


@pytest.mark.parametrize(
    "url", ["", "ftp://a.example", "https://", "/webhook", "https://u:p@a.example", "https://a b.example", "http://[::"]
)
def test_what_is_no_callback_url_is_refused(stand: Stand, url: str) -> None:
    with pytest.raises(InvalidRequest, match="callback URL"):
        stand.callbacks.set("", url)


def test_setting_it_again_replaces_the_url_and_keeps_the_secret(stand: Stand) -> None:
    first = stand.callbacks.set("", f"{stand.url}/a")
    second = stand.callbacks.set("", f"{stand.url}/b", format="v3")
    assert first.secret == second.secret
    assert [one.destination.url for one in stand.callbacks.list("")] == [f"{stand.url}/b"]
    with pytest.raises(InvalidRequest, match="Did you mean cb_"):
        stand.callbacks.get("", first.destination.id[:-1])


def test_old_events_are_forgotten_but_not_those_on_their_way(stand: Stand) -> None:
    [old] = stand.emit()
    stand.callbacks.set("", f"{stand.url}/down")
    stand.receiver.answer = lambda _path: Response(status=500)
    [waiting] = stand.emit()
    stand.now += KEPT_SECONDS + 1
    assert stand.emit(key="k0") == []  # the provider may not send it again yet
    assert Forgetting(stand.part(), now=lambda: stand.now).sweep() == 1
    left = [one.id for one in events.list_events(stand.part(), events.EventQuery())]
    assert left == [waiting]
    assert old not in left
    assert len(stand.emit(key="k1")) == 1  # after seven days it may
