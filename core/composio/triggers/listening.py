"""Listen for events in code: ``@listener.callback(filters={...})`` and ``async for event in listener``.

A listener reads the table of events by sequence, on its own thread; callbacks run concurrently. Source: documentation
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
# Seconds between two looks for a reader, and between two attempts while events are unavailable.
_LOOK: Final = 0.05
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_BATCH: Final = 100
# The maximum of running or waiting events per callback, and when a slow callback is logged.
_AT_ONCE: Final = 8
_WAITING: Final = 10_000
_SLOW_SECONDS: Final = 60.0
_LEAVE_SECONDS: Final = 5.0
# Whether this thread runs a callback.
_HERE = threading.local()


class EventFeed(Protocol):
    """The source of a listener's events."""

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Bring in events while it is open."""
        ...

    def stream(self, cursor: int | None = None) -> AbstractAsyncContextManager[EventStream]:
        """Return the events after ``cursor``, or new ones."""
        ...


class TriggerListener:
    """Calls functions with new events; it listens from its creation.

    ``after`` is the sequence of the last event you have seen, to continue there. ``names`` returns every name of a trigger and
    raises ``TriggerNotFound`` for an unknown one. Use it with ``with``, or call :meth:`stop`.

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

    # Receivers of events

    def callback(self, filters: Mapping[str, Any] | None = None) -> Callable[[CallbackT], CallbackT]:
        """Register a function, or a coroutine function, for each event that matches ``filters``.

        The filters are ``app_name``, ``trigger_id``, ``connection_id``, ``trigger_name``, ``entity_id`` and ``integration_id``;
        a value is a string in any case, or a list of them. An exception is logged; other callbacks still get the event.
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
        """Like :meth:`callback`, for some triggers: ``@listener.on("GITHUB_STAR_ADDED_EVENT", entity_id="jane")``."""
        return self.callback({**({"trigger_name": list(triggers)} if triggers else {}), **filters})

    def events(self, filters: Mapping[str, Any] | None = None) -> AsyncIterator[TriggerEventData]:
        """Iterate over new events that match ``filters``, until :meth:`stop`: ``async for event in listener.events({...})``."""
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

    # Running and stopping

    @property
    def position(self) -> int | None:
        """The sequence of the last event given to callbacks; pass it to ``create_trigger_listener(after=...)`` to continue."""
        return self._position

    def start(self, timeout: float | None = 15.0) -> None:
        """Start listening. Raises ``ConnectionTimeout`` if that takes longer than ``timeout`` seconds; None means no limit."""
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
        """Stop listening; running callbacks get five seconds. Callable from any thread, and from callbacks."""
        self._stopping.set()
        if (end := self._end) is not None:
            with suppress(RuntimeError):  # it has ended meanwhile
                end()
        thread = self._thread
        is_inside = thread is threading.current_thread() or getattr(_HERE, "is_callback", False)
        if thread is not None and not is_inside:  # it would wait for its own caller
            thread.join(_LEAVE_SECONDS + 1)

    def restart(self, timeout: float | None = 15.0) -> None:
        """Restart with the same callbacks, after the last event given to them."""
        self.stop()
        self.start(timeout)

    def is_alive(self) -> bool:
        """Whether it is listening."""
        return self._thread is not None and self._thread.is_alive() and not self._stopping.is_set()

    def has_errored(self) -> bool:
        """Whether it ended without :meth:`stop`."""
        return self._error is not None

    def wait_forever(self) -> None:
        """Wait until :meth:`stop` or an interrupt (Ctrl-C). Raises the error that ended it, if any."""
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

    # Runs on its own thread

    def _run(self) -> None:
        try:
            asyncio.run(self._listen())
        except BaseException as error:
            self._error = error
            if self._connected.is_set():  # otherwise the starter gets the error
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
        """Don't wait for a server's long poll."""
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
            if not (self._calls or self._taps):  # later readers miss nothing
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
    """Runs callbacks: as tasks of the listener's loop, and blocking ones on threads."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(max_workers=64, thread_name_prefix="composio-callback")
        self.tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.threads.shutdown(wait=False, cancel_futures=True)

    async def leave(self) -> None:
        """Give running callbacks a moment to end."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=_LEAVE_SECONDS)


class _Calls:
    """A callback with its running and waiting events; started in order, several at once."""

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
    """Passes events to another loop."""

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
        """Return the next event; None once it is over and nothing is left."""
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
                async with asyncio.timeout(0.2):  # it may be stopped
                    await woken.wait()
            except TimeoutError:
                continue
