"""Enabling triggers: what fits is kept once, and what does not is explained."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from composio.errors import ConnectionNotFound, InvalidArguments, InvalidRequest, TriggerInstanceNotFound, TriggerNotFound
from composio.model.call import Who
from composio.model.connection import Connection
from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import InstanceQuery, NewInstance
from composio.store.claims import Lease
from composio.store.store import Store
from composio.store.triggers import events, instances, polls
from composio.store.triggers.tables import instances as table
from composio.triggers.known import KnownTriggers
from composio.triggers.scopes import check_scopes
from composio.triggers.service import TriggerBook, choose_source
from tests.peers.records import Records
from tests.peers.triggering import write_triggers


async def work(function: Callable[[], Any]) -> Any:
    return function()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> KnownTriggers:
    folder = tmp_path_factory.mktemp("apps") / "acme"
    write_triggers(folder)
    return KnownTriggers([folder])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("db")
    made = Store(lambda: folder / "db", project=None)
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def triggers(known: KnownTriggers, whole: Store, clock: Clock, request: pytest.FixtureRequest) -> TriggerBook:
    """Of a project of the test's own, in which ada is connected to Acme."""
    project = request.node.name
    store = whole.for_project(project)
    own = Records.connection(f"ca-{project}", app="acme")
    store.add_connection(own, Records.sealed())

    async def find(app: str, who: Who) -> Connection | None:
        if app in {"rss", "schedule"}:
            return None
        if who.entity_id == own.entity_id or (who.any_entity and who.connected_account_id == own.id):
            return own
        raise ConnectionNotFound(app, "Connect first.")

    return TriggerBook(
        known=lambda: known, part=store.part, holds_any=lambda: True, connection=find, app=str.lower, work=work, now=clock
    )


def enable(triggers: TriggerBook, name: str = "ACME_NEW_THING", config: Any = None, **more: Any) -> Any:
    wanted = {"owner": "o"} if config is None else config
    return asyncio.run(triggers.enable(NewInstance(trigger=name, config=wanted, **{"entity_id": "ada", **more})))


def test_a_trigger_is_enabled_for_an_entitys_connection(triggers: TriggerBook) -> None:
    made = enable(triggers, config={"owner": "o", "size": "5", "kind": "Large"})
    one = made.instance
    assert made.is_new
    assert (one.trigger, one.app, one.entity_id, one.integration_id) == ("ACME_NEW_THING", "acme", "ada", "in-1")
    assert one.connection_id.startswith("ca-")
    assert one.id.startswith("ti_")
    assert one.config == {"owner": "o", "size": 5, "kind": "large"}
    assert (one.source, one.next_poll, one.created_at) == ("poll", 1000.0, 1000.0)
    assert asyncio.run(triggers.instance(one.id)) == one


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"cron": "every day"}, "cron: expected minute"),
        ({"cron": "61 9 * * *"}, "cron: expected minute"),
        ({"cron": "0 0 30 2 *"}, "got '0 0 30 2 *'"),
        ({"cron": "0 9 * * *", "time_zone": "Mars/Base"}, "time_zone: expected the name"),
    ],
)
def test_a_schedule_that_never_comes_is_refused_when_it_is_enabled(
    triggers: TriggerBook, config: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidArguments, match=re.escape(said)):
        enable(triggers, "SCHEDULE_TRIGGER", config)
    assert asyncio.run(triggers.instances(InstanceQuery())).total == 0


def test_enabling_twice_gives_the_same_instance_by_any_spelling(triggers: TriggerBook) -> None:
    first = enable(triggers)
    again = enable(triggers, "acme_new_thing", {"owner": "o"}, app="ACME")
    assert (again.instance, again.is_new) == (first.instance, False)
    assert enable(triggers, config={"owner": "other"}).is_new


def test_a_connection_can_be_named_without_its_entity(triggers: TriggerBook) -> None:
    first = enable(triggers).instance
    again = enable(triggers, entity_id=None, connection_id=first.connection_id)
    assert again.instance == first
    with pytest.raises(ConnectionNotFound):
        enable(triggers, entity_id="bob", connection_id=first.connection_id)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "owner"),
        ({"owner": "o", "size": "many"}, "size: expected an integer"),
        ({"owner": "o", "kind": "medium"}, '"small", "large"'),
        ({"owner": "o", "ownr": "x"}, "ownr"),
        ({"owner": ["o", {}]}, "owner: expected a string"),
        ([], "an object"),
    ],
)
def test_a_config_that_does_not_fit_is_explained_as_arguments_are(triggers: TriggerBook, config: Any, said: str) -> None:
    with pytest.raises(InvalidArguments) as raised:
        enable(triggers, config=config)
    assert said in str(raised.value)
    assert "ACME_NEW_THING" in str(raised.value)
    assert asyncio.run(triggers.instances(InstanceQuery())).total == 0


def test_an_unknown_trigger_names_the_nearest_and_a_wrong_app_is_refused(triggers: TriggerBook) -> None:
    with pytest.raises(TriggerNotFound, match="ACME_NEW_THING"):
        enable(triggers, "ACME_NEW_THINGS")
    with pytest.raises(InvalidRequest, match="a trigger of acme, not of rss"):
        enable(triggers, app="rss")


def test_without_a_connection_nothing_is_enabled(triggers: TriggerBook) -> None:
    with pytest.raises(ConnectionNotFound, match="Connect first"):
        enable(triggers, entity_id="bob")
    assert asyncio.run(triggers.instances(InstanceQuery())).total == 0


def test_scopes_that_a_connection_lacks_are_named_with_how_to_get_them() -> None:
    connection = Records.connection("ca-1", app="acme", entity_id="o'ada", scopes=("read", "user"))
    trigger = TriggerModel(slug="ACME_PUSHED", app="acme", scopes=("read", "admin | hooks", "mail"))
    with pytest.raises(InvalidRequest) as said:
        check_scopes(trigger, connection)
    assert "needs the scope admin or hooks and mail, which the connection ca-1" in str(said.value)
    assert """`composio add acme -e 'o'"'"'ada' --force --scope read --scope user --scope admin --scope mail`""" in str(
        said.value
    )
    check_scopes(trigger, replace(connection, scopes=("mail", "hooks", "read")))
    check_scopes(trigger, replace(connection, scopes=()))  # a token that somebody had: what it may is not known
    check_scopes(trigger, None)


def test_a_feed_needs_no_connection(triggers: TriggerBook) -> None:
    feed = asyncio.run(triggers.types(apps=["rss"]))[0]
    made = enable(triggers, feed.slug, dict.fromkeys(feed.config.required, "https://example.com/feed"), entity_id="bob")
    assert (made.instance.entity_id, made.instance.connection_id) == ("bob", "")


def test_what_is_disabled_is_not_polled_and_begins_anew_when_it_is_enabled_again(triggers: TriggerBook, clock: Clock) -> None:
    one = enable(triggers).instance
    part = triggers._part()
    assert polls.claim_due(part, Lease("w", 1000.0, 30.0), 1)
    clock.now = 1500.0
    off = asyncio.run(triggers.switch(one.id, enabled=False))
    assert (off.enabled, off.disabled_at, off.next_poll) == (False, 1500.0, None)
    assert asyncio.run(triggers.switch(one.id, enabled=False)) == off
    assert polls.claim_due(part, Lease("w", 9000.0, 30.0), 1) == []
    clock.now = 2000.0
    again = enable(triggers)
    assert (again.instance.id, again.is_new) == (one.id, False)
    assert (again.instance.enabled, again.instance.disabled_at, again.instance.next_poll) == (True, None, 2000.0)
    [claimed] = polls.claim_due(part, Lease("w", 2000.0, 30.0), 1)
    assert claimed.cursor is None


def test_a_test_event_goes_to_whoever_waits_for_the_instances_events(triggers: TriggerBook) -> None:
    one = enable(triggers, "ACME_PUSHED", {}).instance
    sent = asyncio.run(triggers.send_test(one.id))
    stored = events.get(triggers._part(), sent)
    assert stored is not None
    assert (stored.instance_id, stored.entity_id, stored.original) == (one.id, one.entity_id, None)
    assert set(stored.payload) == set(triggers._known().find("ACME_PUSHED").payload.properties)
    assert asyncio.run(triggers.send_test(one.id)) != sent
    asyncio.run(triggers.switch(one.id, enabled=False))
    with pytest.raises(InvalidRequest, match="is disabled"):
        asyncio.run(triggers.send_test(one.id))
    with pytest.raises(TriggerInstanceNotFound):
        asyncio.run(triggers.send_test("ti_nothing"))


def test_an_instance_is_polled_now_where_polling_finds_its_events(triggers: TriggerBook, clock: Clock) -> None:
    one = enable(triggers, "ACME_POLLED", {}).instance
    clock.now += 5.0
    assert asyncio.run(triggers.poll_now(one.id)) == one  # its first poll still sees what happened since then
    part = triggers._part()
    instances.update(part, one.id, clock.now, next_poll=9000.0, failures=3)
    polled = sa.update(table).where(table.c.id == one.id).values(last_poll=clock.now)
    assert part.change(polled) == 1
    clock.now += 5.0
    assert asyncio.run(triggers.poll_now(one.id)).next_poll == clock.now
    [claimed] = polls.claim_due(part, Lease("w", clock.now, 30.0), 1)
    assert claimed.instance.id == one.id
    asyncio.run(triggers.switch(one.id, enabled=False))
    with pytest.raises(InvalidRequest, match="is disabled"):
        asyncio.run(triggers.poll_now(one.id))
    pushed = enable(triggers, "ACME_PUSHED", {}).instance
    with pytest.raises(InvalidRequest, match="sent by the provider"):
        asyncio.run(triggers.poll_now(pushed.id))
    with pytest.raises(TriggerInstanceNotFound):
        asyncio.run(triggers.poll_now("ti_nothing"))


def test_instances_are_listed_and_deleted(triggers: TriggerBook) -> None:
    first = enable(triggers).instance
    second = enable(triggers, "ACME_POLLED", {}).instance
    asyncio.run(triggers.switch(first.id, enabled=False))

    def listed(**query: Any) -> list[str]:
        return [one.id for one in asyncio.run(triggers.instances(InstanceQuery(**query))).items]

    assert listed() == [second.id, first.id]
    assert listed(enabled=True) == [second.id]
    assert listed(triggers=["acme_new_thing"], apps=["Acme"], entity_ids=["ada"]) == [first.id]
    with pytest.raises(TriggerNotFound):
        listed(triggers=["ACME_NOTHING"])
    with pytest.raises(InvalidRequest, match="at most 500"):
        listed(ids=[str(n) for n in range(501)])
    asyncio.run(triggers.delete(first.id))
    assert listed() == [second.id]
    for gone in (triggers.delete(first.id), triggers.instance(first.id), triggers.switch(first.id, enabled=True)):
        with pytest.raises(TriggerInstanceNotFound, match=first.id):
            asyncio.run(gone)


def test_events_come_by_webhook_where_providers_can_reach_us_else_by_polling(triggers: TriggerBook) -> None:
    def source(name: str, *, webhooks: bool) -> str:
        [one] = asyncio.run(triggers.types(names=[name]))
        assert isinstance(one, TriggerModel)
        return choose_source(one, webhooks=webhooks)

    assert [source(name, webhooks=True) for name in ("ACME_NEW_THING", "ACME_PUSHED", "ACME_POLLED")] == [
        "webhook",
        "webhook",
        "poll",
    ]
    assert source("ACME_NEW_THING", webhooks=False) == "poll"
    assert source("ACME_PUSHED", webhooks=False) == "webhook"
