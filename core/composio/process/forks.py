"""Make forks safe: a child inherits no half-finished work of the parent's other threads.

A fork copies one thread and all memory. What another thread holds at that moment is held for ever in the child: a lock, a
module that is being imported, what SQLite and OpenSSL keep for themselves. So a fork waits until no thread is inside of what
can't be mended afterwards (:data:`no_fork`, imports, threads that are ending), closes what children must not inherit, and
renews the rest in the child: locks (:func:`lock`, :func:`rlock`) and whatever :func:`renew` was told of.

``os.fork`` and all that stands on it (multiprocessing, gunicorn's workers) call this; starting a program does not.
Source: the documentation of ``os.register_at_fork``; "How To Corrupt An SQLite Database File", 2.6, on connections across a
fork.
"""

from __future__ import annotations

import _imp
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar, overload

__all__ = ["Renewable", "cached", "lock", "no_fork", "renew", "rlock"]

T = TypeVar("T")
# Seconds. A fork that waited so long goes on: a child that may hang is better than a parent that does.
_PATIENCE = 10.0
_IMPORTS = 10.0  # without another module
_ENDING = 0.5
_LOOK = 0.001


class Renewable(Protocol):
    """What :func:`renew` takes."""

    def before_fork(self) -> None:
        """In the parent, while no thread is inside of :data:`no_fork`: close what a child must not have."""
        ...

    def after_fork(self) -> None:
        """In the child, whose only thread this is: forget what is the parent's, without using or closing it."""
        ...


class _NoFork:
    """A context in which no fork happens. Re-entrant; it may hold up others' forks, so never wait for the network inside.

    Enter it before taking locks of one's own: who waits for a fork to pass must hold nothing that somebody inside waits for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._condition = threading.Condition(self._lock)
        self._inside: dict[int, int] = {}
        self._forking = 0  # the thread that is about to fork; 0 for none

    def __enter__(self) -> None:
        self.enter()

    def __exit__(self, *_: object) -> None:
        self.leave(threading.get_ident())

    def enter(self) -> int:
        """Enter, as ``with`` does; what :meth:`leave` takes, on whichever thread it is called."""
        me = threading.get_ident()
        with self._lock:
            while self._forking and self._forking != me and me not in self._inside:
                self._condition.wait()
            self._inside[me] = self._inside.get(me, 0) + 1
        return me

    def leave(self, entered: int) -> None:
        """Leave what was entered."""
        with self._lock:
            left = self._inside[entered] - 1
            if left:
                self._inside[entered] = left
            else:
                del self._inside[entered]
                if self._forking:
                    self._condition.notify_all()

    def close(self, until: float) -> bool:
        """Let nobody in any more, and wait until everybody else is out; False where somebody stayed."""
        me = threading.get_ident()
        with self._condition:
            while self._forking and (left := until - time.monotonic()) > 0:  # another thread's fork
                self._condition.wait(left)
            self._forking = me
            while (others := any(one != me for one in self._inside)) and (left := until - time.monotonic()) > 0:
                self._condition.wait(left)
        return not others

    def open(self) -> None:
        """Let them in again."""
        with self._condition:
            self._forking = 0
            self._condition.notify_all()

    def renew(self) -> None:
        """In the child: nobody is inside but this thread, as often as it was."""
        me = threading.get_ident()
        depth = self._inside.get(me, 0)
        self._lock, self._forking = threading.Lock(), 0
        self._condition = threading.Condition(self._lock)
        self._inside = {me: depth} if depth else {}


no_fork = _NoFork()
_locks: weakref.WeakSet[Any] = weakref.WeakSet()
_owners: weakref.WeakSet[Any] = weakref.WeakSet()
# Threads that Python does not know and that don't end: a library's own.
_foreign: set[int] = set()
# Modules that don't come to an end of being imported: a program that runs in one.
_endless: set[str] = set()


def lock() -> threading.Lock:
    """A lock that is free in every forked child."""
    made = threading.Lock()
    _locks.add(made)
    return made


def rlock() -> threading.RLock:
    """A lock that its thread may take again, and that is free in every forked child."""
    made = threading.RLock()
    _locks.add(made)
    return made


class cached(Generic[T]):  # noqa: N801 - a decorator, as functools' own is
    """A property that is computed on first use. Of threads that come together, all get the result of the first.

    ``functools.cached_property`` holds a lock of its class's while it computes, before Python 3.12.
    """

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work, self.__doc__ = work, work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        found: T = vars(instance).setdefault(self._name, self._work(instance))
        return found


def renew(owner: Renewable) -> None:
    """Call ``owner`` around every fork, for as long as it lives."""
    _owners.add(owner)


def _before() -> None:
    still = no_fork.close(time.monotonic() + _PATIENCE)
    _hold_imports()
    if still:
        for owner in list(_owners):
            with suppress(Exception):  # it is forgotten in the child all the same
                owner.before_fork()
    _let_threads_end(time.monotonic() + _ENDING)


def _after_in_parent() -> None:
    _release_imports()
    no_fork.open()


def _after_in_child() -> None:
    for name in _loading():  # a program that runs in a module: others get that as it is
        _module_locks().pop(name, None)
    for one in list(_locks):
        one._at_fork_reinit()  # noqa: SLF001 - as the standard library renews its own
    no_fork.renew()
    for owner in list(_owners):
        owner.after_fork()
    _release_imports()


def _hold_imports() -> None:
    """Let no import begin, once none is under way: a child would wait for ever for a module that nobody goes on loading."""
    known, until = -1, 0.0
    while True:
        _imp.acquire_lock()
        waits = _loading() - _endless
        if known != len(sys.modules):  # imports come on, however slow the machine is
            known, until = len(sys.modules), time.monotonic() + _IMPORTS
        if not waits or time.monotonic() > until:
            _endless.update(waits)
            return
        _imp.release_lock()
        time.sleep(_LOOK)


def _release_imports() -> None:
    with suppress(RuntimeError):  # it is not held: something before it went wrong
        _imp.release_lock()


def _loading() -> set[str]:
    """Modules that other threads import. Each is under a lock of its own, from when it is looked for on."""
    me = threading.get_ident()
    held = {name: getattr(known(), "owner", None) for name, known in list(_module_locks().items())}
    return {name for name, owner in held.items() if owner not in {None, me}}


def _module_locks() -> dict[str, Any]:
    return getattr(sys.modules["_frozen_importlib"], "_module_locks", {})


def _let_threads_end(until: float) -> None:
    """A thread that Python has joined still cleans up after OpenSSL for a moment, under a lock of OpenSSL's."""
    global _foreign
    while True:
        try:
            there = {int(one.name) for one in Path("/proc/self/task").iterdir()}
        except OSError:
            return  # not Linux
        unknown = there - {thread.native_id for thread in threading.enumerate()} - (_foreign & there)
        if not unknown:
            return
        if time.monotonic() > until:
            _foreign = (_foreign & there) | unknown
            return
        time.sleep(_LOOK)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
