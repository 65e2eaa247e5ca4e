"""Send one delivery over HTTP: a signed POST, and its result."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from composio.errors import UpstreamRefused
from composio.model.secret import Secret
from composio.transport.client import Clients, asend
from composio.transport.deadline import deadline
from composio.transport.egress import guard
from composio.transport.request import Request
from composio.transport.waits import retry_after
from composio.triggers.retrying import TIMEOUT_SECONDS, Answered
from composio.triggers.signing import sign

__all__ = ["Letter", "Post", "Receipt", "make_post"]

# How much of a response is stored in the log.
_KEPT = 1024
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A delivery to send. Each of ``secrets`` signs it, the current one first. ``guarded``: a tenant chose the address."""

    id: str
    url: Secret
    body: bytes
    secrets: Sequence[Secret]
    guarded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The result of one attempt. ``error`` is None if it was accepted; ``answer`` is the start of the response body."""

    answered: Answered
    error: str | None = None
    answer: str | None = None


Post: TypeAlias = Callable[[Letter, float], Awaitable[Receipt]]


def make_post(clients: Callable[[], Clients], *, agent: str, timeout: float = TIMEOUT_SECONDS) -> Post:
    """Sends one letter at a given time (seconds since 1970, which is signed). Never raises for errors of the destination.

    Follows no redirects, stores no cookies, and ends the whole exchange after ``timeout`` seconds.
    """

    async def post(letter: Letter, now: float) -> Receipt:
        try:
            request = _make_request(letter, agent, now)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return Receipt(answered=Answered(), error="the address is not a URL that can be called")
        client = await clients().asynchronous(guarded=letter.guarded)
        try:
            with deadline(timeout):
                async with asyncio.timeout(timeout):
                    return await _exchange(client, request)
        except (TimeoutError, httpx.TimeoutException):
            return Receipt(answered=Answered(), error=f"no answer within {timeout:g} seconds")
        except UpstreamRefused as error:
            return Receipt(answered=Answered(), error=str(error)[:_LONGEST_ERROR])
        except httpx.HTTPError as error:
            return Receipt(answered=Answered(), error=f"not reached: {str(error) or type(error).__name__}"[:_LONGEST_ERROR])

    return post


def _make_request(letter: Letter, agent: str, now: float) -> httpx.Request:
    headers = {
        "content-type": "application/json",
        "user-agent": agent,
        "accept-encoding": "identity",
        **sign(letter.id, letter.body, [secret.reveal() for secret in letter.secrets], now=now),
    }
    request = Request("POST", letter.url.reveal(), headers=headers, content=letter.body)
    if request.url.scheme not in {"http", "https"} or not request.url.host:
        raise ValueError("no web address")
    return guard(request, "a callback URL") if letter.guarded else request


async def _exchange(client: httpx.AsyncClient, request: httpx.Request) -> Receipt:
    response = await asend(client, request)
    try:
        answer = await _read_beginning(response)
    finally:
        await response.aclose()
    answered = Answered(status=response.status_code, wait=retry_after(response.headers))
    return Receipt(answered=answered, error=None if answered.is_taken else f"answered {response.status_code}", answer=answer)


async def _read_beginning(response: httpx.Response) -> str | None:
    """Return the start of the body as text; None if it is empty or compressed, although the request asked for identity."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return None
    kept = b""
    if response.is_stream_consumed:  # a transport that responds from memory
        kept = response.content
    else:
        async for chunk in response.aiter_raw():
            kept += chunk
            if len(kept) >= _KEPT:
                break
    return kept[:_KEPT].decode("utf-8", "replace") or None
