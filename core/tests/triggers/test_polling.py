"""Polling: each item once, whatever its time, and nothing from before the trigger was enabled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.model.action import JsonSchema
from composio.model.trigger import Pages, Polling, Request, TriggerModel
from composio.triggers.polling import Answer, Polled, interval_of, poll

START = 1_800_000_000.0
LIST = Request(action="ACME_LIST", arguments={"since": "{{ since }}", "after": "{{ cursor }}"})
TIMED = Polling(
    request=LIST, items="response", id="item.id", time="item.at", order="newest", overlap=120, payload={"id": "item.id"}
)
IDS = Polling(request=LIST, items="response", id="item.id", order="newest", payload={"id": "item.id"})


def trigger(polling: Polling, **config: Any) -> TriggerModel:
    schema = JsonSchema({"type": "object", "properties": config})
    payload = JsonSchema({"type": "object", "properties": {"id": {}}})
    return TriggerModel(slug="ACME_ITEM", app="acme", kind="poll", config=schema, payload=payload, poll=polling)


@dataclass
class Instance:
    """One instance, polled as the poller does it: what fails leaves its cursor as it was."""

    polling: Polling
    answer: Callable[[Request], Any]
    cursor: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    last: Polled = field(default_factory=Polled)

    def poll(self, now: float) -> list[Any]:
        run = poll(trigger(self.polling), self.cursor, config=self.config, connection={}, started=START, now=now)
        request = next(run)
        self.asked = []
        try:
            while True:
                self.asked.append(request)
                answer = self.answer(request)
                request = run.send(answer if isinstance(answer, Answer) else Answer(data=answer))
        except StopIteration as stop:
            self.last = stop.value
        self.cursor = self.last.cursor
        return [event.payload["id"] for event in self.last.events]


def lists(items: list[dict[str, Any]]) -> Callable[[Request], Any]:
    """A provider that lists all that it has, the newest first."""
    return lambda _: sorted(items, key=lambda item: -item.get("at", 0))


# What happens at an API: an item made at `at` that is listed from `shown` on. Times are seconds after the start, in steps that
# make many of them equal.
ITEMS = st.lists(st.tuples(st.integers(-20, 40), st.integers(0, 9)), max_size=25)
POLLS = st.lists(st.integers(1, 25), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(ITEMS, POLLS, st.sampled_from(["newest", "oldest", "none"]), st.integers(1, 4), st.randoms(use_true_random=False))
def test_each_item_is_an_event_once_however_late_equal_or_reordered_its_time(
    made: list[tuple[int, int]], gaps: list[int], order: str, size: int, chance: Any
) -> None:
    items = [
        {"id": index, "at": START + at * 10, "shown": START + at * 10 + late * 13} for index, (at, late) in enumerate(made)
    ]
    now, places = START, list[int]()

    def answer(request: Request) -> Any:
        nonlocal places
        since, page = request.arguments["since"], request.arguments.get("page", 0)
        if not page:  # equal times are in any order, which stays from page to page
            places = chance.sample(range(len(items)), len(items))
        shown = [items[place] for place in places if items[place]["shown"] <= now and items[place]["at"] >= since]
        shown.sort(key=lambda item: -item["at"] if order == "newest" else item["at"] if order == "oldest" else 0)
        following = page + size if order != "none" and page + size < len(shown) else None
        return {"items": shown[page : page + size] if order != "none" else shown, "next": following}

    polling = replace(TIMED, items="response.items", order=order, pages=Pages(next="response.next", into="page"))  # type: ignore[arg-type] # one of its words
    one = Instance(polling, answer)
    events = one.poll(now)
    for gap in [*gaps, 40, 40]:
        now += gap * 10
        events += one.poll(now)
    assert len(events) == len(set(events))
    after = {item["id"] for item in items if item["at"] >= START}
    assert after <= set(events)
    # What is older than that and was listed when polling began is no event.
    before = {item["id"] for item in items if item["at"] < START and item["shown"] <= START}
    assert not before & set(events)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=8), st.integers(1, 7))
def test_ids_alone_tell_what_is_new_though_older_items_are_deleted(
    before: int, steps: list[tuple[int, int]], size: int
) -> None:
    held = list(range(before))[::-1]
    made = before

    def answer(request: Request) -> Any:
        page = request.arguments.get("page", 0)
        return {
            "items": [{"id": id} for id in held[page : page + size]],
            "next": page + size if page + size < len(held) else None,
        }

    one = Instance(replace(IDS, items="response.items", pages=Pages(next="response.next", into="page")), answer)
    events = one.poll(START)
    assert events == []
    for step, (new, deleted) in enumerate(steps):
        for _ in range(deleted):
            if held and held[0] < before:  # of those that were there at first
                held.pop(0)
        held[:0] = range(made + new - 1, made - 1, -1)
        made += new
        events += one.poll(START + 60 * (step + 1))
    assert events == list(range(before, made))


def test_the_first_poll_floods_nobody() -> None:
    items = [{"id": index, "at": START - index} for index in range(1, 500)]
    for polling in (
        TIMED,
        IDS,
        replace(IDS, order="none"),
        replace(IDS, token="response[0].id"),
        replace(IDS, changes="item.at"),
    ):
        one = Instance(polling, lists(items))
        assert one.poll(START + 5) == [], polling
        assert one.poll(START + 65) == [], polling


def test_what_happens_between_enabling_and_the_first_poll_is_an_event() -> None:
    assert Instance(TIMED, lists([{"id": 1, "at": START + 2}, {"id": 0, "at": START - 2}])).poll(START + 5) == [1]


def test_an_item_dated_in_the_future_hides_none_that_comes_after_it() -> None:
    items = [{"id": "far", "at": START + 1e9}]
    one = Instance(TIMED, lists(items))
    assert one.poll(START + 10) == ["far"]
    items.append({"id": "next", "at": START + 20})
    assert one.poll(START + 30) == ["next"]
    assert one.poll(START + 90) == []


def test_a_clock_that_jumps_loses_nothing() -> None:
    items: list[dict[str, Any]] = []
    one = Instance(TIMED, lists(items))
    assert one.poll(START + 10) == []
    assert one.poll(START + 400 * 86_400) == []  # and back again
    items.append({"id": 1, "at": START + 20})
    assert one.poll(START + 30) == [1]
    assert one.poll(START - 5_000) == []
    items.append({"id": 2, "at": START + 40})
    assert one.poll(START + 50) == [2]


@pytest.mark.parametrize("polling", [TIMED, IDS, replace(TIMED, time="")], ids=["times", "ids", "since"])
def test_a_clock_that_was_ahead_when_polling_began_hides_nothing(polling: Polling) -> None:
    items: list[dict[str, Any]] = [{"id": 0, "at": START - 86_400}]
    since: list[float] = []

    def answer(request: Request) -> Any:
        since.append(request.arguments["since"])
        return lists([item for item in items if item["at"] >= request.arguments["since"] or polling is IDS])(request)

    one = Instance(polling, answer)
    assert one.poll(START) == []
    assert one.poll(START + 60) == []
    for at in (-3600.0, -3540.0):  # the clock was an hour ahead
        items.append({"id": at, "at": START + at - 1})
        assert one.poll(START + at) == [at]
        assert since[-1] <= START + at


def test_a_schedule_goes_on_though_the_clock_was_ahead() -> None:
    polling = Polling(schedule={"cron": "config.cron", "time_zone": "config.zone"}, payload={"id": "item.scheduled_at"})
    config = {"cron": "0 * * * *", "zone": "UTC"}
    cursor: dict[str, Any] = {}
    events: list[list[str]] = []
    for now in (START, START + 400 * 86_400, START + 60, START + 3660):
        with pytest.raises(StopIteration) as stop:
            next(poll(trigger(polling), cursor, config=config, connection={}, started=START, now=now))
        polled: Polled = stop.value.value
        cursor = dict(polled.cursor)
        events.append([event.key for event in polled.events])
        assert polled.next_at is not None
        assert now < polled.next_at <= now + 3600
    assert len(events[-1]) == 1


def test_a_provider_whose_clock_is_behind_loses_nothing() -> None:
    items: list[dict[str, Any]] = [{"id": 0, "at": START - 90}]
    one = Instance(TIMED, lists(items))
    assert one.poll(START) == []
    items.append({"id": 1, "at": START - 50})
    assert one.poll(START + 30) == [1]


def test_a_failed_poll_leaves_the_cursor_where_it_was() -> None:
    answers: list[Any] = [[], Answer(error="HTTP 503", status=503, retry_after=7.0), [{"id": 1, "at": START + 9}]]
    one = Instance(TIMED, lambda _: answers.pop(0))
    one.poll(START)
    kept = one.cursor
    assert one.poll(START + 60) == []
    assert (one.last.error, one.last.retry_after, one.cursor) == ("HTTP 503", 7.0, kept)
    assert one.poll(START + 120) == [1]


def test_polling_again_with_the_same_cursor_gives_the_same_keys() -> None:
    for polling in (TIMED, replace(TIMED, changes="item.at"), replace(IDS, changes="item.at"), IDS):
        one = Instance(polling, lists([{"id": 0, "at": START - 1}]))
        one.poll(START)
        kept, one.answer = one.cursor, lists([{"id": 0, "at": START + 7}, {"id": 1, "at": START + 8}])
        one.poll(START + 60)
        first = [event.key for event in one.last.events]
        one.cursor = kept
        one.poll(START + 61)
        assert first == [event.key for event in one.last.events] != []


def test_a_token_goes_on_where_the_provider_says() -> None:
    polling = replace(IDS, items="response.new", token="response.mark", start=Request(action="ACME_MARK"), order="oldest")
    one = Instance(
        polling, lambda request: {"mark": "m1"} if request.action == "ACME_MARK" else {"new": [{"id": 5}], "mark": "m2"}
    )
    assert one.poll(START) == []
    assert [request.action for request in one.asked] == ["ACME_MARK"]
    assert one.poll(START + 60) == [5]
    assert one.asked[0].arguments["after"] == "m1"
    assert one.poll(START + 120) == []
    assert one.asked[0].arguments["after"] == "m2"


def test_a_channel_that_is_empty_at_first_begins_with_its_first_message() -> None:
    items: list[dict[str, Any]] = []
    one = Instance(replace(IDS, token="(response|first).id or cursor"), lambda _: items)
    assert one.poll(START) == []
    items.append({"id": 1})
    assert one.poll(START + 60) == [1]


def test_a_token_that_the_provider_forgot_starts_again_and_says_so() -> None:
    polling = replace(IDS, items="response.new", token="response.mark", start=Request(action="ACME_MARK"), reset=(410,))
    gone = Answer(error="HTTP 410", status=410)
    one = Instance(polling, lambda request: {"mark": "m"} if request.action == "ACME_MARK" else gone)
    one.poll(START)
    assert one.poll(START + 600) == []
    assert one.last.error is None
    assert "600 seconds before may be missing" in (one.last.warning or "")
    one.answer = lambda request: {"new": [{"id": 9}], "mark": "m"}
    assert one.poll(START + 660) == [9]


def test_more_pages_than_one_poll_reads_are_the_next_polls() -> None:
    held: list[dict[str, Any]] = [{"id": index, "at": START + 1 + index} for index in range(180)][::-1]

    def answer(request: Request) -> Any:
        page = request.arguments.get("page", 0)
        return {"items": held[page : page + 1], "next": page + 1 if page + 1 < len(held) else None}

    one = Instance(replace(TIMED, items="response.items", pages=Pages(next="response.next", into="page")), answer)
    events = one.poll(START + 300)
    assert one.last.more
    assert len(events) == 50
    held.insert(0, {"id": "during", "at": START + 301})  # every page moves on by one meanwhile
    for _ in range(8):
        events += one.poll(START + 302)
    assert not one.last.more
    assert sorted(map(str, events)) == sorted(map(str, [*range(180), "during"]))


def test_a_page_that_is_gone_starts_the_list_again() -> None:
    one = Instance(
        replace(TIMED, pages=Pages(next="none", into="page")),
        lambda request: (
            Answer(error="no such page", status=400) if "page" in request.arguments else [{"id": 1, "at": START + 1}]
        ),
        cursor={"started": START, "resume": "p51"},
    )
    assert one.poll(START + 10) == [1]


def test_pages_that_lead_to_themselves_end() -> None:
    one = Instance(
        replace(TIMED, order="none", pages=Pages(next="'same'", into="page")), lambda _: [{"id": 1, "at": START + 1}]
    )
    assert one.poll(START + 10) == [1]
    assert len(one.asked) == 2


def test_the_engines_own_pages_are_followed() -> None:
    pages = {1: Answer(data=[{"id": 1}], more={"next": {"page": 2}}), 2: Answer(data=[{"id": 2}])}
    one = Instance(replace(IDS, order="none"), lambda request: pages[request.arguments.get("page", 1)])
    one.poll(START)
    assert set(one.cursor["seen"]) == {"1", "2"}


def test_a_change_is_an_event_and_changing_back_is_another() -> None:
    items = [{"id": 1, "v": "a"}]
    one = Instance(replace(IDS, changes="item.v"), lambda _: items)
    assert one.poll(START) == []
    keys = []
    for now, value, expected in [(60, "a", []), (120, "b", [1]), (180, "a", [1]), (240, "b", [1]), (300, "b", [])]:
        items[0]["v"] = value
        assert one.poll(START + now) == expected
        keys += [event.key for event in one.last.events]
    assert len(set(keys)) == 3


def test_what_is_listed_no_more_is_gone_once() -> None:
    items = [{"id": 1}, {"id": 2}]
    one = Instance(replace(IDS, gone=True), lambda _: items)
    assert one.poll(START) == []
    items.pop(0)
    assert one.poll(START + 60) == [1]
    assert one.poll(START + 120) == []


def test_a_filter_that_an_item_passes_later_makes_it_an_event_then() -> None:
    items = [{"id": 1, "draft": True}]
    one = Instance(replace(IDS, when="not item.draft"), lambda _: items)
    assert one.poll(START) == []
    items[0] = {"id": 1, "draft": False}
    assert one.poll(START + 60) == [1]


def test_each_item_is_read_in_full_once_and_the_first_poll_reads_none() -> None:
    items = [{"id": index} for index in range(300)]
    polling = replace(IDS, each=Request(method="GET", path="/items/{{ item.id }}"), payload={"id": "full.id"})
    one = Instance(polling, lambda request: {"id": int(request.path[7:])} if request.path else items)
    assert one.poll(START) == []
    assert len(one.asked) == 1
    items[:0] = [{"id": 1000 + index} for index in range(150)][::-1]
    events = one.poll(START + 60)
    assert one.last.more
    events += one.poll(START + 61)
    assert events == [1000 + index for index in range(150)]


@pytest.mark.parametrize(
    ("answer", "expected", "later"),
    [
        (Answer(error="gone", status=404), [], []),
        (Answer(data=None), [], [7]),
        (Answer(error="unreadable", status=422), [None], []),
        (Answer(error="slow down", status=429), [], [7]),
    ],
)
def test_an_item_that_cannot_be_read_stops_only_where_it_may_come_later(
    answer: Answer, expected: Sequence[Any], later: Sequence[Any]
) -> None:
    items = [{"id": 0}]
    polling = replace(IDS, each=Request(method="GET", path="/x"), payload={"id": "full.id"})
    one = Instance(polling, lambda request: answer if request.path else items)
    one.poll(START)
    items.insert(0, {"id": 7})
    assert one.poll(START + 60) == expected
    one.answer = lambda request: {"id": 7} if request.path else items
    assert one.poll(START + 120) == later


def test_memory_is_bounded_and_still_nothing_comes_twice() -> None:
    items = [{"id": index, "at": START + 1 + index / 50} for index in range(6_000)]
    one = Instance(replace(TIMED, order="none"), lambda _: items)
    assert len(one.poll(START + 300)) == 6_000
    assert len(one.cursor["seen"]) <= 5_000
    assert one.poll(START + 360) == []


def test_a_schedule_is_due_in_its_time_zone_and_says_when_it_is_next() -> None:
    config = {"cron": "0 9 * * *", "time_zone": "Europe/Berlin"}
    polling = Polling(schedule={"cron": "config.cron", "time_zone": "config.time_zone"}, payload={"id": "item.scheduled_at"})
    cursor: Mapping[str, Any] = {}
    events = []
    for now in (START, START + 86_400, START + 86_400 + 60, START + 4 * 86_400):
        with pytest.raises(StopIteration) as stop:
            next(poll(trigger(polling), cursor, config=config, connection={}, started=START, now=now))
        polled: Polled = stop.value.value
        cursor = polled.cursor
        events += [event.payload["id"] for event in polled.events]
        assert polled.next_at is not None
        assert now < polled.next_at <= now + 86_400
    assert len(events) == len(set(events)) == 4
    assert all("T09:00:00+01:00" in event for event in events)


@pytest.mark.parametrize(
    "config", [{"cron": "61 * * * *"}, {"cron": "* * * * * *"}, {"cron": None}, {"cron": "0 9 * * *", "zone": "Mars"}]
)
def test_a_schedule_that_cannot_be_read_says_what_was_expected(config: dict[str, Any]) -> None:
    polling = Polling(
        schedule={"cron": "config.cron", "time_zone": "config.zone or 'UTC'"}, payload={"id": "item.scheduled_at"}
    )
    with pytest.raises(StopIteration) as stop:
        next(poll(trigger(polling), {}, config=config, connection={}, started=START, now=START))
    assert "expected" in (stop.value.value.error or "")


@pytest.mark.parametrize(
    ("config", "seconds"),
    [({}, 60.0), ({"interval": 5}, 300.0), ({"interval": 0}, 60.0), ({"interval": -1}, 60.0), ({"interval": float("nan")}, 60.0),
     ({"interval": "x"}, 60.0), ({"interval": True}, 60.0), ({"interval": 0.001}, 1.0)],
)  # fmt: skip
def test_the_interval_is_the_configs_in_minutes(config: dict[str, Any], seconds: float) -> None:
    assert interval_of(trigger(TIMED, interval={"type": "number"}), config) == seconds
