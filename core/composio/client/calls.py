"""The log of calls, for programs: ``toolset.calls``."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack

from composio.client.owner import blocking
from composio.model.logged import CallFilter, CallsFilter, ChainCheck, LoggedCall

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["LoggedCalls"]

_PAGE = 500


class LoggedCalls:
    """Lists, shows and checks logged calls: the project's over a server, this home's without one, where COMPOSIO_LOG_CALLS is on.

    For programs and people: nothing here is a tool. Each method has an a-prefixed twin.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    async def alist(self, **which: Unpack[CallsFilter]) -> list[LoggedCall]:
        """Newest first; ``limit`` is 50 where nothing is said. ``app``, ``action``, ``entity_id``, ``agent``, ``run``, ``status`` and
        ``text`` narrow them. ``before`` is the ``seq`` of the last one that was seen, ``hours`` how old they may be.

        Raises ``InvalidRequest`` for a status that no call has, and for a limit outside of 1 to 1,000.
        """
        return await self.backend.logs.list_calls(CallFilter.of(**which))

    async def aget(self, call_id: str) -> LoggedCall:
        """One call. Raises ``LoggedCallNotFound``."""
        return await self.backend.logs.call(call_id)

    async def averify(self, head: tuple[int, str] | None = None) -> ChainCheck:
        """Check the chain of calls: ``holds`` says whether any that is over was changed, taken away or put in.

        ``head`` is the ``number`` and ``hash`` that an earlier check gave, kept elsewhere.
        """
        return await self.backend.logs.check(head)

    async def aexport(self, **which: Unpack[CallsFilter]) -> AsyncIterator[LoggedCall]:
        """All that fit, newest first, read page by page."""
        asked = replace(CallFilter.of(**which), limit=_PAGE)
        while found := await self.backend.logs.list_calls(asked):
            for one in found:
                yield one
            asked = replace(asked, before=found[-1].seq)

    def export(self, **which: Unpack[CallsFilter]) -> Iterator[LoggedCall]:
        """As :meth:`aexport`, waiting for each page."""
        asked = replace(CallFilter.of(**which), limit=_PAGE)
        while found := self.backend.run(functools.partial(self.backend.logs.list_calls, asked)):
            yield from found
            asked = replace(asked, before=found[-1].seq)

    list = blocking(alist)
    get = blocking(aget)
    verify = blocking(averify)
