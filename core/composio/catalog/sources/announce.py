"""Report on a terminal what a program is waiting for if it passed no ``progress`` of its own."""

from __future__ import annotations

import logging
import sys
from functools import cache

from composio.visible import visible

__all__ = ["announce"]

_LOG = logging.getLogger("composio.catalog")


def announce(what: str, done: int, total: int) -> None:  # noqa: ARG001 - a progress callback's signature
    """Write one line per piece of work: to stderr if that is a terminal, else to the log at level INFO."""
    _say(what)


@cache
def _say(what: str) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        print(f"composio: {visible(what)} ...", file=sys.stderr, flush=True)  # noqa: T201 - for the person who waits
    else:
        _LOG.info("%s", what)
