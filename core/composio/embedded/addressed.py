"""Fetch from a URL that a tenant named: from the public internet, limited in size and time.

Used for descriptions of APIs and feeds. Neither the URL nor a redirect leads into the operator's network.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from composio.engine.io import Io
from composio.engine.receive import Answer, Receiver
from composio.engine.send import explain
from composio.errors import ComposioError, InvalidRequest, UpstreamError
from composio.transport.deadline import deadline
from composio.transport.egress import MAX_REDIRECTS, guard
from composio.transport.limits import Limits
from composio.transport.request import Request

__all__ = ["fetch_addressed", "fetch_description"]

_SECONDS = 30.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


async def fetch_addressed(
    io: Io, url: str, *, by: str, most: int, accept: str = "*/*", redirects: int = MAX_REDIRECTS
) -> Answer:
    """Return the response at ``url``, of at most ``most`` bytes; ``by`` names the URL's author in messages.

    Raises ``InvalidRequest`` for a URL other than http or https, ``UpstreamError`` if the response is missing, late or too
    large, and the egress guard's errors.
    """
    for _ in range(redirects + 1):
        request = guard(_request(url, accept), by)
        request.extensions["timeout"] = httpx.Timeout(_SECONDS, connect=10.0).as_dict()
        try:
            with deadline(_SECONDS):
                response = await io.open(request)
                answer = await io.read(response, Receiver(response, Limits(response=most, error=most), accept=("*/*",)))
        except httpx.TransportError as error:
            raise explain(error, request, 1) from None
        except (httpx.InvalidURL, UnicodeError, OverflowError):
            raise _none() from None
        if answer.status in _REDIRECTS and (there := answer.headers.get("location")):
            url = str(request.url.join(there))
            continue
        if answer.problem:
            raise UpstreamError(f"{request.url.host}: {answer.problem}", status=answer.status)
        return answer
    raise UpstreamError(f"{request.url.host} redirects more than {redirects} times.")


async def fetch_description(io: Io, url: str, *, most: int) -> bytes:
    """Fetch the description at ``url``. Raises ``InvalidRequest`` if ``url`` is not a URL, or nothing is there."""
    try:
        answer = await fetch_addressed(io, url, by="the project", most=most)
    except ComposioError as error:
        raise InvalidRequest(f"The description is not available: {error}") from None
    if answer.status != 200:
        raise InvalidRequest(f"The description is not available: {urlsplit(url).hostname} answered {answer.status}.")
    return answer.content


def _request(url: str, accept: str) -> httpx.Request:
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise _none()
        return Request("GET", httpx.URL(url), headers={"accept": accept})
    except (ValueError, TypeError, AttributeError, httpx.InvalidURL):
        raise _none() from None


def _none() -> InvalidRequest:
    return InvalidRequest("the address is not an http or https URL without a user name.")
