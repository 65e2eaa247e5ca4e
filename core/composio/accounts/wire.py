"""The HTTP access of accounts, supplied by the caller: an asynchronous or a blocking wire."""

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
    """The interface to the network."""

    async def fetch(self, request: httpx.Request, seconds: float | None = None) -> httpx.Response:
        """Return the response, read up to a limit; redirects are not followed. Raises ``UpstreamError`` without one.

        ``seconds`` is the total time limit; None leaves it to the wire.
        """
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def work(self, function: Callable[[], T]) -> T:
        """Call a function that may wait for a disk, without delaying other calls."""
        ...

    async def start(self, key: str, function: Callable[[Wire], Coroutine[Any, Any, T]]) -> Future[T]:
        """Start ``function`` with its own wire, to run to its end in the background.

        For requests that can't be repeated: a rotated refresh token is lost if its caller dies before storing it. Returns the
        running task of the same ``key`` instead, if there is one.
        """
        ...

    async def outcome(self, started: Future[T], seconds: float | None = None) -> T:
        """Return the result of a started task. Raises ``TimeoutError`` after ``seconds``; the task continues."""
        ...


async def drive(
    flow: Flow[T],
    context: FlowContext,
    wire: Wire,
    *,
    seconds: float | None = None,
    sending: Callable[[], Awaitable[None]] | None = None,
) -> T:
    """Run a scheme's flow to its end. Requests to hosts that neither the definition nor the developer named are guarded.

    ``seconds`` is the time limit of the whole flow; None uses the wire's limit per request. ``sending`` is called before each
    request.
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
    """Return the endpoints whose host no value of the connection decides; an uploaded key file names others."""
    extra = context.scheme.extra
    defaults = {one.name: one.default for one in context.scheme.fields}
    foreign = {name for name, value in context.values.items() if value not in (context.client.get(name), defaults.get(name))}
    foreign -= list_trusted(extra, context.values)
    # Parameters that a callback may add, if the file lists them.
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
