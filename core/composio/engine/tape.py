"""Where calls are recorded and replayed; :mod:`composio.testing.tapes` has the tapes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from composio.model.call import Outcome, Who

__all__ = ["TAPES", "Tape"]


class Tape(Protocol):
    """Stands between a call and what makes it."""

    async def run(
        self, action: str, app: str, arguments: Mapping[str, Any], who: Who, make: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """The outcome of a call of ``action``, with its final arguments; ``make`` makes it."""
        ...


TAPES: Final[list[Tape]] = []
"""The tape of this process, while there is one: its threads' too, as frameworks run tools in threads of their own."""
