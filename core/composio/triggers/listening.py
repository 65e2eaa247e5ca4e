"""Listening for events in code: ``@listener.callback(filters={...})`` and ``async for event in listener``.

A listener reads the table of events by their sequence, on a thread of its own; callbacks run beside each other. Source: documentation
page "Triggers"; the v0.7 client's ``TriggerSubscription``.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Final, Protocol, TypeVar

from composio.errors import ComposioError, ConnectionTimeout, InvalidRequest, KeyRefused, UsageError
from composio.model.event_data import TriggerEventData
from composio.triggers.filters import EventFilter
from composio.triggers.streams import EventStream

__all__ = ["EventFeed", "TriggerListener"]

log = logging.getLogger("composio.triggers")
CallbackT = TypeVar("CallbackT", bound=Callable[..., Any])
# Seconds between two looks for somebody who wants events, and between two tries while they can't be had.
_LOOK: Final = 0.05
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_BATCH: Final = 100
# Events that run or wait for one callback at the same time, and when one that takes long is spoken of.
_AT_ONCE: Final = 8
_WAITING: Final = 10_000
_SLOW_SECONDS: Final = 60.0
_LEAVE_SECONDS: Final = 5.0
# Whether this thread runs a callback.
_HERE = threading.local()


class EventFeed(Protocol):
    """Where a listener's events come from."""

    def listening(self) -> AbstractAsyncContextManager[None]:
        """What brings events in goes on while it is open."""
        ...

    def stream(self, cursor: int | None = None) -> AbstractAsyncContextManager[EventStream]:
        """The events behind ``cursor``, or those that come from now on."""
        ...


class TriggerListener:
    """Calls functions with events from now on; it listens from the moment it is made.

    ``after`` is the sequence of the last event that was seen, to go on there instead. ``names`` gives every name of a trigger and
    raises ``TriggerNotFound`` for one that is not known. Use it with ``with``, or :meth:`stop` it.

    Example::

        listener = toolset.create_trigger_listener()

        @listener.callback(filters={"trigger_name": "SLACK_RECEIVE_MESSAGE"})
        def handle(event):
            print(event.payload["text"])

        listener.wait_forever()
    """

    def __init__(
        self,
        feed: EventFeed,
        *,
        after: int | None = None,
        names: Callable[[str], Collection[str]] = lambda name: {name},
    ) -> None:
        self._feed, self._names = feed, names
        self._position = after
        self._calls: list[_Calls] = []
        self._taps: list[_Tap] = []
        self._lock = threading.Lock()
        self._end: Callable[[], object] | None = None
        self._thread: threading.Thread | None = None
        self._connected, self._stopping = threading.Event(), threading.Event()
        self._error: BaseException | None = None

    # Who gets events

    def callback(self, filters: Mapping[str, Any] | None = None) -> Callable[[CallbackT], CallbackT]:
        """Have a function, or a coroutine function, called with each event that fits ``filters``.

        The filters are ``app_name``, ``trigger_id``, ``connection_id``, ``trigger_name``, ``entity_id`` and ``integration_id``; a
        value is a string in any case, or a list of them. An exception is logged, and others get the event all the same.
        """
        if callable(filters):
            raise InvalidRequest("Write @listener.callback() with parentheses, or @listener.callback(filters={...}).")
        wanted = EventFilter.of(filters, self._names)

        def register(function: CallbackT) -> CallbackT:
            if not callable(function):
                raise InvalidRequest(f"A callback is a function that takes an event; got {function!r:.80}.")
            with self._lock:
                self._calls.append(_Calls(function, wanted))
            return function

        return register

    def on(self, *triggers: str, **filters: Any) -> Callable[[CallbackT], CallbackT]:
        """As :meth:`callback`, for some triggers: ``@listener.on("GITHUB_STAR_ADDED_EVENT", entity_id="jane")``."""
        return self.callback({**({"trigger_name": list(triggers)} if triggers else {}), **filters})

    def events(self, filters: Mapping[str, Any] | None = None) -> AsyncIterator[TriggerEventData]:
        """The events that fit ``filters``, from now until :meth:`stop`: ``async for event in listener.events({...})``."""
        tap = _Tap(EventFilter.of(filters, self._names))
        with self._lock:
            self._taps.append(tap)
        return self._drain(tap)

    def __aiter__(self) -> AsyncIterator[TriggerEventData]:
        return self.events()

    async def _drain(self, tap: _Tap) -> AsyncIterator[TriggerEventData]:
        try:
            while True:
                event = await tap.next(lambda: not self.is_alive())
                if event is None:
                    self._raise()
                    return
                yield event
        finally:
            with self._lock:
                self._taps.remove(tap)

    # How long it listens

    @property
    def position(self) -> int | None:
        """The sequence of the last event that callbacks were given; ``create_trigger_listener(after=...)`` goes on there."""
        return self._position

    def start(self, timeout: float | None = 15.0) -> None:
        """Begin to listen. Raises ``ConnectionTimeout`` if that takes longer than ``timeout`` seconds; None waits for ever."""
        if self.is_alive():
            return
        self._connected.clear()
        self._stopping.clear()
        self._error = None
        self._thread = threading.Thread(target=self._run, name="composio-listener", daemon=True)
        self._thread.start()
        self._connected.wait(timeout)
        self._raise()
        if not self._connected.is_set():
            self.stop()
            raise ConnectionTimeout(
                f"The listener could not start within {timeout:g} seconds. Give a longer timeout=, or see the log."
            )

    def stop(self) -> None:
        """Listen no more; callbacks that run are given five seconds. From any thread, and from callbacks."""
        self._stopping.set()
        if (end := self._end) is not None:
            with suppress(RuntimeError):  # it has ended meanwhile
                end()
        thread = self._thread
        is_inside = thread is threading.current_thread() or getattr(_HERE, "is_callback", False)
        if thread is not None and not is_inside:  # which waits for what calls it
            thread.join(_LEAVE_SECONDS + 1)

    def restart(self, timeout: float | None = 15.0) -> None:
        """Stop and begin again, with the same callbacks, after the last event that they were given."""
        self.stop()
        self.start(timeout)

    def is_alive(self) -> bool:
        """Whether it listens."""
        return self._thread is not None and self._thread.is_alive() and not self._stopping.is_set()

    def has_errored(self) -> bool:
        """Whether it ended by itself."""
        return self._error is not None

    def wait_forever(self) -> None:
        """Wait until :meth:`stop`, which an interrupt (Ctrl-C) calls. Raises what ended it, where nobody did."""
        try:
            while self.is_alive():
                self._stopping.wait(0.5)
        except BaseException:
            self.stop()
            raise
        self._raise()

    listen = wait_forever

    def __enter__(self) -> TriggerListener:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    # On its own thread

    def _run(self) -> None:
        try:
            asyncio.run(self._listen())
        except BaseException as error:
            self._error = error
            if self._connected.is_set():  # else who began it is told
                log.exception("the listener ended")
        finally:
            self._connected.set()
            self._stopping.set()

    async def _listen(self) -> None:
        with _Crew() as crew:
            async with self._feed.listening(), self._feed.stream(self._position) as stream:
                self._position = stream.cursor
                self._connected.set()
                await self._read_until_stopped(stream, crew)
            await crew.leave()

    async def _read_until_stopped(self, stream: EventStream, crew: _Crew) -> None:
        """An answer that a server still waits with is not waited for."""
        reading = asyncio.create_task(self._read(stream, crew))
        self._end = functools.partial(asyncio.get_running_loop().call_soon_threadsafe, reading.cancel)
        try:
            await reading
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                raise
        finally:
            self._end = None

    async def _read(self, stream: EventStream, crew: _Crew) -> None:
        wait = _FIRST_WAIT
        while not self._stopping.is_set():
            if not (self._calls or self._taps):  # who is still to come misses nothing
                await asyncio.sleep(_LOOK)
                continue
            try:
                found = await stream.read(self._position or 0, limit=_BATCH)
                wait = _FIRST_WAIT
            except (UsageError, KeyRefused):
                raise
            except ComposioError as error:
                log.warning("events can't be fetched, trying again in %.1f s: %s", wait, error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
                continue
            for event in found:
                self._position = max(self._position or 0, event.sequence)
                self._give(event, crew)

    def _give(self, event: TriggerEventData, crew: _Crew) -> None:
        with self._lock:
            calls, taps = list(self._calls), list(self._taps)
        for one in calls:
            if one.wanted.fits(event):
                one.begin(event.copy(), crew)
        for tap in taps:
            tap.give(event)


class _Crew:
    """What callbacks run on: tasks of the listener's loop, and threads for those that block."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(max_workers=64, thread_name_prefix="composio-callback")
        self.tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def leave(self) -> None:
        """Give what runs a moment to end."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=_LEAVE_SECONDS)


class _Calls:
    """A callback and the events that run or wait for it; each is begun in its turn, some at once."""

    def __init__(self, function: Callable[..., Any], wanted: EventFilter) -> None:
        self.function, self.wanted = function, wanted
        self._running = 0
        self._waiting: list[TriggerEventData] = []

    def begin(self, event: TriggerEventData, crew: _Crew) -> None:
        if self._running < _AT_ONCE:
            self._running += 1
            task = asyncio.get_running_loop().create_task(self._call(event, crew))
            crew.tasks.add(task)
            task.add_done_callback(crew.tasks.discard)
        elif len(self._waiting) < _WAITING:
            self._waiting.append(event)
        else:
            log.error("callback %s is %d events behind; it is not given event %s", self._name, _WAITING, event.id)

    async def _call(self, event: TriggerEventData, crew: _Crew) -> None:
        loop, clock = asyncio.get_running_loop(), time.monotonic()
        slow = loop.call_later(
            _SLOW_SECONDS, log.warning, "callback %s has been busy with event %s for a minute", self._name, event.id
        )
        try:
            if inspect.iscoroutinefunction(self.function):
                await self.function(event)
            else:
                found = await loop.run_in_executor(crew.threads, self._block, event)
                if inspect.isawaitable(found):
                    await found
        except Exception:
            log.exception("callback %s failed with event %s after %.1f s", self._name, event.id, time.monotonic() - clock)
        finally:
            slow.cancel()
            self._running -= 1
            if self._waiting:
                self.begin(self._waiting.pop(0), crew)

    def _block(self, event: TriggerEventData) -> Any:
        _HERE.is_callback = True  # these threads do nothing else
        return self.function(event)

    @property
    def _name(self) -> str:
        return getattr(self.function, "__qualname__", repr(self.function))


class _Tap:
    """Events on their way to somebody else's loop."""

    def __init__(self, wanted: EventFilter) -> None:
        self._wanted = wanted
        self._lock = threading.Lock()
        self._waiting: list[TriggerEventData] = []
        self._wake: Callable[[], object] | None = None

    def give(self, event: TriggerEventData) -> None:
        if not self._wanted.fits(event):
            return
        with self._lock:
            self._waiting.append(event.copy())
            wake = self._wake
        if wake is not None:
            wake()

    async def next(self, is_over: Callable[[], bool]) -> TriggerEventData | None:
        """The next event; None where it is over and nothing is left."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken.set)

        self._wake = wake
        while True:
            with self._lock:
                if self._waiting:
                    return self._waiting.pop(0)
            if is_over():
                return None
            woken.clear()
            try:
                async with asyncio.timeout(0.2):  # somebody may stop it
                    await woken.wait()
            except TimeoutError:
                continue
