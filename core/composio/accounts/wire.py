"""How the accounts room reaches the world: whoever calls brings a way that awaits, or one that blocks."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import httpx

from composio.auth.flow import Flow, FlowContext
from composio.auth.urls import foreign_host, host_fields, render_url
from composio.errors import ConfigurationError, InvalidRequest, TokenRequestFailed, UpstreamError, UpstreamRefused
from composio.model.kept import CALLBACK, METADATA, list_trusted, read_declared
from composio.transport.egress import guard, origin

__all__ = ["Wire", "drive", "read_declared_origins"]

T = TypeVar("T")


class Wire(Protocol):
    """What flows and the store need of the outside."""

    async def fetch(self, request: httpx.Request, seconds: float | None = None) -> httpx.Response:
        """The response, read to a bounded end; redirects are not followed. Raises ``UpstreamError`` if there is none.

        ``seconds`` bounds all of it; None leaves that to the wire.
        """
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def work(self, function: Callable[[], T]) -> T:
        """Call what may wait for a disk, without holding up other calls."""
        ...

    async def start(self, key: str, function: Callable[[Wire], Coroutine[Any, Any, T]]) -> Future[T]:
        """Start ``function``, which gets a wire of its own and goes on to its end beside the caller.

        For what can't be asked twice: a refresh token that a provider rotates is lost with whoever was to store the new one.
        While something of the same ``key`` goes on, that is given back instead.
        """
        ...

    async def outcome(self, started: Future[T], seconds: float | None = None) -> T:
        """What something started gives. Raises ``TimeoutError`` after ``seconds``; it goes on all the same."""
        ...


async def drive(
    flow: Flow[T],
    context: FlowContext,
    wire: Wire,
    *,
    seconds: float | None = None,
    sending: Callable[[], Awaitable[None]] | None = None,
) -> T:
    """Run a scheme's flow to its end. What goes elsewhere than the definition says, or its developer, is guarded.

    ``seconds`` bounds the whole flow; None bounds each request as the wire does. ``sending`` is called before each request.
    """
    declared = frozenset() if context.app.by_tenant else read_declared_origins(context)
    end = None if seconds is None else time.monotonic() + seconds
    try:
        request = next(flow)
        while True:
            if sending is not None:
                await sending()
            request = request if origin(request.url) in declared else guard(request)
            if end is None:
                request = flow.send(await wire.fetch(request))
            else:
                request = flow.send(await wire.fetch(request, max(0.0, end - time.monotonic())))
    except StopIteration as done:
        value: T = done.value
        return value
    except UpstreamError as error:
        lost = error.sent and not isinstance(error, UpstreamRefused)
        raise TokenRequestFailed(f"{context.app.key}: {error}", status=error.status, lost=lost) from None
    finally:
        flow.close()


def read_declared_origins(context: FlowContext) -> frozenset[tuple[str, str, int]]:
    """Where the endpoints are whose hosts no value of the connection decides; a key that somebody uploads names others."""
    extra = context.scheme.extra
    defaults = {one.name: one.default for one in context.scheme.fields}
    foreign = {name for name, value in context.values.items() if value not in (context.client.get(name), defaults.get(name))}
    foreign -= list_trusted(extra, context.values)
    # What a callback may still bring, as far as the file lists it.
    kept = [(one.name, value) for where in (CALLBACK, METADATA) for one in read_declared(extra, where) for value in one.allowed]
    found = set()
    for name, template in extra.items():
        if not name.endswith("_url") or not isinstance(template, str):
            continue
        decides = host_fields(template)
        choices = [(field, value) for field, value in kept if field in decides]
        for known in ({}, *({field: value} for field, value in choices)):
            if not foreign_host(template, foreign.difference(known)):
                with suppress(ConfigurationError, InvalidRequest):
                    found.add(origin(httpx.URL(render_url(template, context.all_values | known, name))))
    return frozenset(found)
