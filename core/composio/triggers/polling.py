"""One poll of one instance: the requests to send, and the events among the listed items. Pure.

:func:`poll` is a generator that yields requests and receives their responses, so that the caller does the I/O. A poll has no
effect until its result is stored: polling again with the same cursor gives the same events with the same keys.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from composio.errors import InvalidRequest
from composio.model.trigger import Polling, Request, TriggerModel
from composio.triggers.expressions import ExpressionError, evaluate, names_in, seconds_of
from composio.triggers.feeds import read_feed
from composio.triggers.mapping import FoundEvent, fill_request, key_of, payload_of, with_defaults
from composio.triggers.position import PollState, fingerprint
from composio.triggers.schedules import due_times, next_time

__all__ = ["Answer", "Polled", "interval_of", "poll"]

_MOST_PAGES, _MOST_PAGES_OF_ALL, _MOST_READ, _ENOUGH = 50, 500, 100, 200
_MOST_MISSED: Final = 100
_GONE: Final = frozenset({404, 410})
# After this many failures, the connection or the API fails, not the item.
_NOT_THE_ITEM: Final = frozenset({401, 403, 408, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response: ``data``, or ``error`` and the HTTP status.

    ``more`` is as in :class:`~composio.model.call.Outcome`. ``retry_after`` is in seconds.
    """

    data: Any = field(default=None, repr=False)
    error: str | None = None
    status: int | None = None
    more: Mapping[str, Any] | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """The result of a poll: events, oldest first, and the next cursor. Both are stored together or not at all.

    ``error`` says why there is nothing new to store. ``retry_after`` is the provider's requested delay in seconds. ``more``
    asks for another poll at once, ``next_at`` for one at a time other than the interval's. ``warning`` informs the owner of the
    trigger, for example that events may be missing.
    """

    events: Sequence[FoundEvent] = ()
    cursor: Mapping[str, Any] = field(default_factory=dict, repr=False)
    error: str | None = None
    retry_after: float | None = None
    more: bool = False
    next_at: float | None = None
    warning: str | None = None


Poll: TypeAlias = Generator[Request, Answer, Polled]


def poll(
    trigger: TriggerModel,
    cursor: Mapping[str, Any],
    *,
    config: Mapping[str, Any],
    connection: Mapping[str, Any],
    started: float,
    now: float,
) -> Poll:
    """Poll once. ``cursor`` is the last poll's, empty at first; ``started`` is when the instance was enabled.

    Items from before that never become events, neither on the first poll nor later.
    """
    if trigger.poll is None:
        raise InvalidRequest(f"{trigger.slug} can't be polled; its events come by webhook.")
    run = _Poll(trigger, trigger.poll, PollState.of(cursor, started), config, connection, now)
    try:
        polled = run.schedule() if trigger.poll.schedule else (yield from run.go())
    except (ExpressionError, InvalidRequest) as error:
        polled = Polled(error=str(error))
    return replace(polled, cursor=cursor) if polled.error else polled


def interval_of(trigger: TriggerModel, config: Mapping[str, Any]) -> float:
    """Return the seconds between two polls: the config's ``interval``, in minutes, else the trigger's default."""
    own = trigger.poll.interval if trigger.poll is not None else 60.0
    chosen = with_defaults(trigger, config).get("interval")
    if isinstance(chosen, bool) or not isinstance(chosen, int | float) or not math.isfinite(chosen) or chosen <= 0:
        return own
    return max(1.0, chosen * 60.0)


@dataclass(slots=True)
class _Item:
    """One listed item; ``value`` is its form in expressions."""

    id: str
    value: Mapping[str, Any]
    time: float | None = None
    full: Any = None
    print: str = ""
    key: str = ""


class _Poll:
    def __init__(
        self,
        trigger: TriggerModel,
        polling: Polling,
        position: PollState,
        config: Mapping[str, Any],
        connection: Mapping[str, Any],
        now: float,
    ) -> None:
        self.trigger, self.polling, self.position, self.now = trigger, polling, position, now
        position.rewind(now, polling.overlap)
        self.values: dict[str, Any] = {
            "config": with_defaults(trigger, config),
            "connection": connection,
            "cursor": position.token,
            "since": self._since(),
            "now": now,
            "page": None,
            "response": None,
            "item": None,
            "full": None,
        }
        self.first = not position.begun
        # The items listed at the start, and the minimum time of items in later polls.
        self.listed_from = position.started - polling.overlap
        self.found: dict[str, _Item] = {}
        self.token: Any = None
        self.latest: float | None = position.high
        self.count = 0
        self.complete = False
        self.resume: Any = None
        self.warning: str | None = None

    def _since(self) -> int:
        position = self.position
        last = position.time if self.polling.time else position.at
        # Never a future time, which a clock set back leaves behind: providers would list nothing until then.
        return math.floor(min(position.started if last is None else last, self.now) - self.polling.overlap)

    def go(self) -> Poll:
        polling = self.polling
        begin = polling.start if polling.token and self.first and polling.start is not None else polling.request
        assert begin is not None
        refused = yield from self._list(begin)
        if refused is not None and refused.status in polling.reset and polling.token and not self.first:
            refused = yield from self._start_again()
        elif refused is not None and self.position.resume is not None and 400 <= (refused.status or 0) < 500:
            self.position.resume = None  # its page is gone; items already read are known by their ids
            refused = yield from self._list(begin)
        if refused is not None:
            return Polled(error=refused.error, retry_after=refused.retry_after)
        chosen = self._choose()
        if polling.each is not None:
            refused = yield from self._read_each(chosen)
            if refused is not None:
                return Polled(error=refused.error, retry_after=refused.retry_after)
        return self._finish(chosen)

    def schedule(self) -> Polled:
        position = self.position
        cron, zone = (str(evaluate(self.polling.schedule[name], self.values)) for name in ("cron", "time_zone"))
        # Items due while the clock was ahead repeat after it was set back, and are known by their time.
        last = min(position.started if position.at is None else position.at, self.now)
        times = due_times(cron, zone, after=last, until=self.now, most=_MOST_MISSED)
        position.at, position.begun = self.now, True
        items = [_Item(time.isoformat(), {"scheduled_at": time.isoformat()}) for time in times]
        following = next_time(cron, zone, after=position.at)
        return Polled(events=[self._event(item) for item in items], cursor=position.as_json(), next_at=following)

    def _start_again(self) -> Generator[Request, Answer, Answer | None]:
        """The provider rejects the token: start over, and warn that events may be missing."""
        since = self.position.at or self.position.started
        self.warning = (
            f"The provider no longer knows the polling position, so polling resumed from now. What happened in the {self.now - since:.0f} seconds"
            " before may be missing."
        )
        self.found, self.token, self.first = {}, None, True
        self.position.token, self.position.resume, self.position.begun = None, None, False
        self.values["cursor"] = None
        begin = self.polling.start or self.polling.request
        assert begin is not None
        return (yield from self._list(begin))

    def _list(self, request: Request) -> Generator[Request, Answer, Answer | None]:
        """Read the pages. Returns the response that was an error, or None."""
        page = self.position.resume
        asked: list[Any] = []
        for _ in range(_MOST_PAGES_OF_ALL if self.polling.gone else _MOST_PAGES):
            asked.append(page)
            answer = yield self._request(request, page)
            if answer.error is not None:
                return answer
            data = read_feed(answer.data) if self.polling.read == "feed" else answer.data
            goes_on = self._take(data)
            page = self._next(data, answer, page)
            if page is None or page in asked or not goes_on:
                self.complete = True
                return None
        self.resume = page
        return None

    def _request(self, request: Request, page: Any) -> Request:
        pages = self.polling.pages
        self.values["page"] = page if pages else None
        if page is not None and pages and pages.into == "url":
            return Request(method="GET", path=str(page))
        filled = fill_request(request, self.values)
        if page is None:
            return filled
        more = {pages.into: page} if pages else page
        if filled.action:
            return replace(filled, arguments={**filled.arguments, **more})
        return replace(filled, query={**filled.query, **more})

    def _next(self, data: Any, answer: Answer, page: Any) -> Any:
        """Return the next page: by the trigger's rule, else as the engine found it."""
        if self.polling.pages is not None:
            return evaluate(self.polling.pages.next, {**self.values, "response": data, "page": page}) or None
        following = (answer.more or {}).get("next")
        return following if isinstance(following, Mapping) and following and not self.polling.token else None

    def _take(self, data: Any) -> bool:
        """Record a page's items. Returns False if later pages can't have new ones."""
        polling, values = self.polling, {**self.values, "response": data}
        items = evaluate(polling.items, values)
        items = items if isinstance(items, list) else [] if items is None else [items]
        if polling.token and (self.token is None or polling.order != "newest"):
            self.token = _or(evaluate(polling.token, values), self.token)
        listed: list[tuple[str | None, float | None]] = []
        for value in items:
            values["item"] = item = value if isinstance(value, Mapping) else {"index": self.count, "value": value}
            self.count += 1
            time = self._time(values) if not self._needs_full("time") else None
            if time is not None:
                self.latest = time if self.latest is None else max(self.latest, time)
            if polling.when and not self._needs_full("when") and not evaluate(polling.when, values):
                listed.append((None, time))
                continue
            key = key_of(_or(evaluate(polling.id, values), fingerprint(item)))
            mark = fingerprint(evaluate(polling.changes, values)) if polling.changes else ""
            self.found.setdefault(key, _Item(key, item, time, print=mark, key=key))
            listed.append((key, time))
        return not self._is_old(listed) if listed else polling.pages is not None

    def _is_old(self, listed: Sequence[tuple[str | None, float | None]]) -> bool:
        """Return whether a newest-first list has only known items after this page."""
        polling = self.polling
        if polling.order != "newest" or polling.token or polling.gone:
            return False
        if polling.time and not self._needs_full("time"):
            return all(time is not None and time < self.values["since"] for _, time in listed)
        if not self.position.begun:  # enough to recognize later where the new items end
            return len(self.found) >= _ENOUGH
        known = [key in self.position.seen for key, _ in listed if key is not None]
        return all(known) and bool(known) if polling.time else any(known)

    def _choose(self) -> list[_Item]:
        """Return the new items, oldest first."""
        polling = self.polling
        if polling.gone:
            return []
        listed = list(self.found.values())
        if polling.order == "newest" and not polling.time and not polling.token and not polling.changes:
            listed = self._above_known(listed)
        chosen = [item for item in listed if self._is_new(item)]
        if polling.order == "newest":
            chosen.reverse()
        return sorted(chosen, key=lambda item: item.time or 0.0) if polling.time else chosen

    def _above_known(self, listed: list[_Item]) -> list[_Item]:
        """Return those above the newest known one: items below it are old, and appear when others are deleted."""
        last = max((index for index, item in enumerate(listed) if item.id in self.position.seen), default=len(listed))
        return [item for index, item in enumerate(listed) if index < last or item.id in self.position.late]

    def _is_new(self, item: _Item) -> bool:
        position = self.position
        if self.polling.changes:
            before = position.prints.get(item.id)
            if before is not None and before[0] == item.print:
                return False
            count = before[2] + 1 if before is not None else 0
            item.key = key_of(f"{item.id}:{item.print}:{count}" if item.time is None else f"{item.id}:{item.print}:{item.time}")
            if before is not None and item.time is None:
                return True
        elif item.id in position.seen:
            return False
        if self.polling.time and (item.time is not None or self._needs_full("time")):
            return item.time is None or self._is_in_time(item)
        return not self.first

    def _is_in_time(self, item: _Item) -> bool:
        """Return whether it is recent enough. New items count even if the provider's clock is behind."""
        begin = self.position.started if self.first else self.listed_from
        return item.time is not None and item.time >= max(begin, self.position.floor)

    def _read_each(self, chosen: list[_Item]) -> Generator[Request, Answer, Answer | None]:
        """Fetch each item in full, and drop those that are no events then. Returns the response that was an error, or None."""
        assert self.polling.each is not None
        kept: list[_Item] = []
        for item in chosen[:_MOST_READ]:
            values = {**self.values, "item": item.value}
            answer = yield fill_request(self.polling.each, values)
            if answer.error is not None and (answer.status in _NOT_THE_ITEM or not 400 <= (answer.status or 0) < 500):
                return answer
            if answer.status in _GONE:
                continue
            if answer.error is None and answer.data is None:  # listed, but not readable yet
                self.position.late.setdefault(item.id, self.now)
                del self.found[item.id]
                continue
            self.position.late.pop(item.id, None)
            item.full = answer.data
            values["full"] = item.full
            if self.polling.time:
                item.time = self._time(values)
                if item.time is not None:
                    self.latest = item.time if self.latest is None else max(self.latest, item.time)
                    if not self._is_in_time(item):
                        continue
            if not self.polling.when or not self._needs_full("when") or evaluate(self.polling.when, values):
                kept.append(item)
        for item in chosen[_MOST_READ:]:  # left to the next poll
            self.complete = False
            del self.found[item.id]
        chosen[:] = sorted(kept, key=lambda item: item.time or 0.0) if self.polling.time else kept
        return None

    def _finish(self, chosen: Iterable[_Item]) -> Polled:
        polling, position = self.polling, self.position
        events = [self._event(item) for item in chosen]
        if polling.gone:
            events += self._find_deleted()
        for item in self.found.values():
            if polling.changes:
                before = position.prints.get(item.id)
                count = 0 if before is None else before[2] + (before[0] != item.print)
                position.prints[item.id] = [item.print, self.now, count]
            elif not polling.gone:
                known = position.seen.get(item.id, self.now) if polling.time else self.now
                position.seen[item.id] = _or(item.time, known)
        position.resume = self.resume
        if self.complete:
            position.high, position.at, position.begun = None, self.now, True
            position.token = _or(self.token, position.token)
            if polling.time:  # a future time would skip everything before it
                position.advance(None if self.latest is None else min(self.latest, self.now), polling.overlap)
        else:
            position.high = self.latest
        position.forget(self.now)
        return Polled(events=events, cursor=position.as_json(), more=not self.complete, warning=self.warning)

    def _find_deleted(self) -> list[FoundEvent]:
        """Return events for items that disappeared; only a complete list can tell."""
        position = self.position
        listed = {key: item.value for key, item in self.found.items()}
        if not self.complete:
            self.warning = "The list is too long to detect removed items."
            position.items |= listed
            return []
        missing = [_Item(key, value) for key, value in position.items.items() if key not in listed]
        position.items = listed
        for item in missing:
            item.key = key_of(f"{item.id}:gone:{self.now}")
        return [self._event(item) for item in missing]

    def _event(self, item: _Item) -> FoundEvent:
        payload, warning = payload_of(
            self.trigger, self.polling.payload, {**self.values, "item": item.value, "full": item.full}
        )
        original = item.value if item.full is None else item.full
        return FoundEvent(key=item.key or item.id, payload=payload, original=original, warning=warning)

    def _time(self, values: Mapping[str, Any]) -> float | None:
        return seconds_of(evaluate(self.polling.time, values)) if self.polling.time else None

    def _needs_full(self, name: str) -> bool:
        expression = getattr(self.polling, name)
        return bool(expression) and "full" in names_in(expression)


def _or(value: Any, other: Any) -> Any:
    return other if value is None else value
