"""One background event loop for synchronous callers of asynchronous work: started on first use, ended by ``close``."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from composio.errors import InvalidRequest
from composio.process.forks import lock, renew

__all__ = ["Portal"]

T = TypeVar("T")
_PARENTS: list[asyncio.AbstractEventLoop] = []  # to forget one would close it, with a warning
_STARTED: weakref.WeakSet[Portal] = weakref.WeakSet()  # to end with the program
_LAST_SECONDS = 2.0


class Portal:
    """A loop on its own thread. Thread-safe; a forked child starts a new one."""

    def __init__(self) -> None:
        self._lock = lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        renew(self)

    def before_fork(self) -> None:
        """Nothing to do: the parent continues with its loop."""

    def after_fork(self) -> None:
        """A forked child lacks the parent's thread. Its loop stays open, because its selector is shared."""
        if self._loop is not None:
            _PARENTS.append(self._loop)
        self._loop = self._thread = None

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run ``work()`` on the loop, in a copy of the caller's context, and return its result.

        Interrupting the caller cancels the work.
        """
        loop = self._start()
        if threading.current_thread() is self._thread:
            raise InvalidRequest("A synchronous method was called inside asynchronous work; use its a-prefixed twin there.")
        done, cancel = _begin(loop, work, contextvars.copy_context())
        try:
            return done.result()
        except BaseException:
            if not done.done():
                cancel()
            raise

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> tuple[Future[T], Callable[[], None]]:
        """Start ``work()`` on the loop, in its own context. Returns its future, and a function that cancels it."""
        return _begin(self._start(), work, contextvars.Context())

    def _start(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name="composio-portal", daemon=True)
                self._thread.start()
                if not _STARTED:
                    atexit.register(_leave)
                _STARTED.add(self)
            return self._loop

    def leave(self) -> None:
        """End an idle loop at the end of the program: open resources would complain during teardown."""
        loop = self._loop
        if loop is None or asyncio.all_tasks(loop):
            return
        with suppress(Exception):  # no caller is left to report to
            self.close(lambda: asyncio.wait_for(loop.shutdown_asyncgens(), _LAST_SECONDS))

    def close(self, last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Run ``last`` on the loop if it exists, then end it. Using the portal again restarts it."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        if last is not None:
            self.run(last)
        with self._lock:
            self._loop = self._thread = None
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _begin(
    loop: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, T]], context: contextvars.Context
) -> tuple[Future[T], Callable[[], None]]:
    done: Future[T] = Future()
    task: list[asyncio.Task[T]] = []

    def start() -> None:
        try:
            task.append(loop.create_task(work(), context=context))
        except Exception as error:  # a call that fails to start, for example for a missing argument, would otherwise be silent
            done.set_exception(error)
        else:
            task[0].add_done_callback(lambda t: _settle(t, done))

    def cancel() -> None:
        with suppress(RuntimeError):  # the loop has ended, with everything on it
            loop.call_soon_threadsafe(lambda: [t.cancel() for t in task])

    loop.call_soon_threadsafe(start, context=context)
    return done, cancel


def _leave() -> None:
    for portal in list(_STARTED):
        portal.leave()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Run ``loop`` until it is stopped. asyncio lets SystemExit and KeyboardInterrupt of a task end the loop, and with it
    everybody else's work; the task has them already, and hands them to the caller who waits for it.
    """
    while True:
        try:
            return loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            continue


def _settle(task: asyncio.Task[T], done: Future[T]) -> None:
    if task.cancelled():
        done.cancel()
        done.set_running_or_notify_cancel()
    elif (error := task.exception()) is not None:
        done.set_exception(error)
    else:
        done.set_result(task.result())
