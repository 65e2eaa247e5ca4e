"""The hook that records and replays calls; :mod:`composio.testing.tapes` implements the tapes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from composio.model.call import Outcome, Who

__all__ = ["TAPES", "Tape"]


class Tape(Protocol):
    """Records or replays calls, in place of the code that makes them."""

    async def run(
        self, action: str, app: str, arguments: Mapping[str, Any], who: Who, make: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """Return the outcome of a call to ``action`` with its final arguments. ``make`` performs the call."""
        ...


TAPES: Final[list[Tape]] = []
"""The active tape of this process, for all its threads: frameworks run tools in threads of their own."""
