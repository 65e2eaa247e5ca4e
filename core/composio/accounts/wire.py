"""How the accounts room reaches the world: whoever calls brings a way that awaits, or one that blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import httpx

from composio.auth.flow import Flow, FlowContext
from composio.errors import TokenRequestFailed, UpstreamError
from composio.transport.egress import guarded

__all__ = ["Wire", "drive", "is_foreign"]

T = TypeVar("T")


class Wire(Protocol):
    """What flows and the store need of the outside."""

    async def fetch(self, request: httpx.Request) -> httpx.Response:
        """The response, read to a bounded end; redirects are not followed. Raises ``UpstreamError`` where there is none."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def work(self, function: Callable[[], T]) -> T:
        """Call what may wait for a disk, without holding up other calls."""
        ...


async def drive(flow: Flow[T], context: FlowContext, wire: Wire) -> T:
    """Run a scheme's flow to its end. A tenant's host is guarded as its API's is."""
    foreign = is_foreign(context)
    try:
        request = next(flow)
        while True:
            request = flow.send(await wire.fetch(guarded(request) if foreign else request))
    except StopIteration as done:
        value: T = done.value
        return value
    except UpstreamError as error:
        raise TokenRequestFailed(f"{context.app.key}: {error}", status=error.status) from None
    finally:
        flow.close()


def is_foreign(context: FlowContext) -> bool:
    """True where a value of the connection decides which host its provider's endpoints are on."""
    urls = [str(url) for name, url in context.scheme.extra.items() if name.endswith("_url")]
    return any("{{" in url or "{%" in url for url in urls) and any(
        name in url for url in urls for name in context.values if name not in context.client
    )
