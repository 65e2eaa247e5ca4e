"""The ``execute_request`` that is injected into custom tools."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from composio.engine.io import Io
from composio.errors import UpstreamError
from composio.model.action import ActionModel
from composio.model.call import Outcome, RawRequest, ToolCall
from composio.model.parameters import RequestParameters, place

# Sends a request as the engine does.
Send = Callable[[RawRequest, Io], Awaitable[Outcome]]

__all__ = ["Requester"]


class Requester:
    """The injected ``execute_request``: it uses the calling entity's connection to the tool's app, and no other."""

    def __init__(self, send: Send, action: ActionModel, call: ToolCall, io: Io, asynchronous: bool) -> None:
        self._send, self._action, self._call, self._io, self._asynchronous = send, action, call, io, asynchronous

    def __call__(
        self,
        endpoint: str,
        method: str = "GET",
        body: Any = None,
        parameters: RequestParameters | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Return the decoded data; raises ``UpstreamError`` if the API refuses. Awaitable in asynchronous tools.

        ``parameters`` is as in the toolset's own ``execute_request``: a dict for the query, or v0.7's list.
        """
        filled, placed_query, placed_headers = place(endpoint, parameters)
        raw = RawRequest(
            app=self._action.app,
            endpoint=filled,
            method=method,
            body=body,
            query={**placed_query, **(query or {})},
            headers={**placed_headers, **(headers or {})},
            who=self._call.who,
            actions=tuple(self._action.names),
            options=self._call.options,
        )
        return self._io.bridge(functools.partial(self._fetch, raw), asynchronous=self._asynchronous)

    async def _fetch(self, raw: RawRequest, io: Io) -> Any:
        outcome = await self._send(raw, io)
        if not outcome.successful:
            raise UpstreamError(outcome.error or "The request failed.", status=outcome.status, data=outcome.data)
        return outcome.data
