"""``toolset.calls``: the log of calls."""

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
    """List, show and verify logged calls: the project's on a server, else this home's if COMPOSIO_LOG_CALLS is on.

    For programs and people: none of this is a tool. Each method has an asynchronous twin with the prefix ``a``.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    async def alist(self, **which: Unpack[CallsFilter]) -> list[LoggedCall]:
        """List calls, newest first. ``limit`` defaults to 50.

        ``app``, ``action``, ``entity_id``, ``agent``, ``run``, ``status`` and ``text`` are filters. ``before`` is the ``seq``
        of the last call you have seen, ``hours`` the maximum age.

        Raises ``InvalidRequest`` for an unknown status, and for a limit outside 1 to 1,000.
        """
        return await self.backend.logs.list_calls(CallFilter.of(**which))

    async def aget(self, call_id: str) -> LoggedCall:
        """Return one call. Raises ``LoggedCallNotFound``."""
        return await self.backend.logs.call(call_id)

    async def averify(self, head: tuple[int, str] | None = None) -> ChainCheck:
        """Verify the hash chain of calls. ``holds`` is False if a finished call was changed, removed or inserted.

        ``head`` is the ``number`` and ``hash`` of an earlier check, stored elsewhere.
        """
        return await self.backend.logs.check(head)

    async def aexport(self, **which: Unpack[CallsFilter]) -> AsyncIterator[LoggedCall]:
        """Iterate over all matching calls, newest first, one page at a time."""
        asked = replace(CallFilter.of(**which), limit=_PAGE)
        while found := await self.backend.logs.list_calls(asked):
            for one in found:
                yield one
            asked = replace(asked, before=found[-1].seq)

    def export(self, **which: Unpack[CallsFilter]) -> Iterator[LoggedCall]:
        """Synchronous form of :meth:`aexport`."""
        asked = replace(CallFilter.of(**which), limit=_PAGE)
        while found := self.backend.run(functools.partial(self.backend.logs.list_calls, asked)):
            yield from found
            asked = replace(asked, before=found[-1].seq)

    list = blocking(alist)
    get = blocking(aget)
    verify = blocking(averify)
