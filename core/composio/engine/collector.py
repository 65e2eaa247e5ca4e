"""A pause of the garbage collector for whoever makes millions of values that have no cycles."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]

_LOCK = threading.Lock()
_state = {"paused": 0, "resumes": False}


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the collector from walking over and over through what is being made.

    For 50 MB of JSON these walks take twice as long as the parsing, a third of a second at a time, and hold up every thread. The
    collector is the process's: it goes on when the last of several pauses ends, unless somebody had switched it off before.
    """
    with _LOCK:
        if _state["paused"] == 0:
            _state["resumes"] = gc.isenabled()
            gc.disable()
        _state["paused"] += 1
    try:
        yield
    finally:
        with _LOCK:
            _state["paused"] -= 1
            if _state["paused"] == 0 and _state["resumes"]:
                if gc.get_freeze_count() == 0:  # all that is new grows old without a walk
                    gc.freeze()
                    gc.unfreeze()
                gc.enable()
