"""Progress on stderr: a bar that goes away in a terminal, one line per piece of work elsewhere."""

from __future__ import annotations

import atexit
import sys
import threading
from typing import TYPE_CHECKING

from composio.cli.output import note
from composio.visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from composio.model.operating import Progress

__all__ = ["progress_reporter"]


def progress_reporter() -> Progress:
    """Return a callback ``progress(what, done, total)`` for long work; callable from any thread.

    ``total`` 0 means that the total is unknown. Work is over when ``done`` reaches ``total`` or other work begins.
    """
    return _Bar() if sys.stderr.isatty() else _Lines()


class _Lines:
    """Names each piece of work once."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, what: str, done: int, total: int) -> None:  # noqa: ARG002 - the callback's signature
        with self._lock:
            if what in self._said:
                return
            self._said.add(what)
        note(f"{what} ...")


class _Bar:
    """Shows one bar at a time and removes it at the end."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._what = ""
        self._lock = threading.Lock()

    def __call__(self, what: str, done: int, total: int) -> None:
        with self._lock:
            if total and done >= total:
                if what == self._what:
                    self._stop()
                return
            if self._bars is None or what != self._what:
                self._stop()
                self._start(what, total)
            bars = self._bars
            if bars is not None:
                bars.update(bars.task_ids[0], completed=done, total=total or None)

    def _start(self, what: str, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._bars = Bars(*columns, console=Console(stderr=True), transient=True)
        self._what = what
        self._bars.add_task(visible(what), total=total or None)
        self._bars.start()
        # A process that ends in the middle must restore its cursor.
        atexit.register(self._bars.stop)

    def _stop(self) -> None:
        bars, self._bars, self._what = self._bars, None, ""
        if bars is not None:
            atexit.unregister(bars.stop)
            bars.stop()
