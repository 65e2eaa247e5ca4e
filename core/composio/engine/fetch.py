"""Short exchanges outside the call path, mostly with token endpoints: limited in size and time, redirects not followed."""

from __future__ import annotations

import httpx

from composio.engine.io import Io
from composio.engine.receive import Answer, Receiver
from composio.engine.send import explain
from composio.errors import UpstreamUnreachable
from composio.transport.deadline import deadline
from composio.transport.limits import Limits

__all__ = ["SECONDS", "fetch"]

SECONDS = 15.0
_CONNECT_SECONDS = 10.0
# Headers about the transfer; callers get the decoded content.
_OF_THE_WAY = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_MOST = 1024 * 1024


async def fetch(request: httpx.Request, io: Io, seconds: float | None = None) -> httpx.Response:
    """Return the full response to ``request``. Raises ``UpstreamError`` if it does not arrive in time, or is incomplete.

    ``seconds`` limits the whole exchange, whatever the client's own timeout; ``SECONDS`` if it is None.
    """
    seconds = SECONDS if seconds is None else seconds
    request.extensions["timeout"] = httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)).as_dict()
    with deadline(seconds):
        try:
            response = await io.open(request)
            receiver = Receiver(response, Limits(response=_MOST, error=_MOST))
            answer: Answer = await io.read(response, receiver)
        except httpx.TransportError as error:
            raise explain(error, request, 1) from None
        except (httpx.InvalidURL, UnicodeError, OverflowError) as error:
            raise UpstreamUnreachable(f"{request.url.host}: {error}", sent=False) from None
    if answer.problem:
        raise UpstreamUnreachable(f"{request.url.host}: {answer.problem}", status=answer.status)
    headers = [(k, v) for k, v in answer.headers.multi_items() if k.lower() not in _OF_THE_WAY]
    return httpx.Response(answer.status, headers=headers, content=answer.content, request=request)
