"""Fetches the description of an API that a tenant names: from the public internet, bounded in size and time."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from composio.engine.io import Io
from composio.engine.receive import Receiver
from composio.engine.send import explain
from composio.errors import ComposioError, InvalidRequest
from composio.transport.deadline import deadline
from composio.transport.egress import MAX_REDIRECTS, guard
from composio.transport.limits import Limits

__all__ = ["fetch_description"]

_SECONDS = 30.0


async def fetch_description(io: Io, url: str, *, most: int) -> bytes:
    """The bytes at ``url``, ``most`` of them at most; neither it nor a redirect leads into the operator's network.

    Raises ``InvalidRequest`` for a URL that is none, and for one that gives nothing.
    """
    for _ in range(MAX_REDIRECTS + 1):
        request = guard(_request(url), "the project")
        request.extensions["timeout"] = httpx.Timeout(_SECONDS, connect=10.0).as_dict()
        try:
            with deadline(_SECONDS):
                response = await io.open(request)
                answer = await io.read(response, Receiver(response, Limits(response=most, error=most), accept=("*/*",)))
        except httpx.TransportError as error:
            raise InvalidRequest(f"The description is not available: {explain(error, request, 1)}") from None
        except (httpx.InvalidURL, UnicodeError, OverflowError):
            raise _none() from None
        except ComposioError as error:
            raise InvalidRequest(f"The description is not available: {error}") from None
        if answer.status in {301, 302, 303, 307, 308} and (there := answer.headers.get("location")):
            url = str(request.url.join(there))
            continue
        if answer.status != 200 or answer.problem:
            said = answer.problem or f"{request.url.host} answered {answer.status}"
            raise InvalidRequest(f"The description is not available: {said}.")
        return answer.content
    raise InvalidRequest(f"The description is not available: more than {MAX_REDIRECTS} redirects.")


def _request(url: str) -> httpx.Request:
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise _none()
        return httpx.Request("GET", url)
    except (ValueError, httpx.InvalidURL):
        raise _none() from None


def _none() -> InvalidRequest:
    return InvalidRequest("url: expected the address of an API's description, such as https://HOST/openapi.json.")
