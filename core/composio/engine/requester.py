"""The ``execute_request`` that custom tools are given."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from composio.engine.io import Io
from composio.errors import UpstreamError
from composio.model.action import ActionModel
from composio.model.call import RawRequest, ToolCall
from composio.model.parameters import RequestParameters, place

if TYPE_CHECKING:
    from composio.engine.engine import Engine

__all__ = ["Requester", "raw_of"]


class Requester:
    """The injected ``execute_request``: the calling entity's connection to the tool's app, and nobody else's."""

    def __init__(self, engine: Engine, action: ActionModel, call: ToolCall, io: Io, asynchronous: bool) -> None:
        self._engine, self._action, self._call, self._io, self._asynchronous = engine, action, call, io, asynchronous

    def __call__(
        self,
        endpoint: str,
        method: str = "GET",
        *,
        body: Any = None,
        parameters: RequestParameters | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The decoded data; raises ``UpstreamError`` where the API says no. Awaitable in asynchronous tools.

        ``parameters`` is as in the toolset's own ``execute_request``: a dict for the query, or v0.7's list.
        """
        filled, placed_query, placed_headers = place(endpoint, parameters)
        raw = replace(
            raw_of(self._action, self._call),
            endpoint=filled,
            method=method,
            body=body,
            query={**placed_query, **(query or {})},
            headers={**placed_headers, **(headers or {})},
        )
        return self._io.bridge(functools.partial(self._fetch, raw), asynchronous=self._asynchronous)

    async def _fetch(self, raw: RawRequest, io: Io) -> Any:
        outcome = await self._engine.request(raw, io)
        if not outcome.successful:
            raise UpstreamError(outcome.error or "The request failed.", status=outcome.status, data=outcome.data)
        return outcome.data


def raw_of(action: ActionModel, call: ToolCall) -> RawRequest:
    """A request that a custom tool sends: to the tool's app, as whoever calls the tool."""
    return RawRequest(
        app=action.app,
        endpoint="/",
        entity_id=call.entity_id,
        connected_account_id=call.connected_account_id,
        any_entity=call.any_entity,
        app_connections=call.app_connections,
        actions=tuple(action.names),
        auth=call.auth,
        app_auth=call.app_auth,
        options=call.options,
    )
