"""Step 7: send the request, retry if that is safe, follow redirects without leaking credentials."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

import httpx

from composio.engine.io import Io
from composio.engine.receive import Answer, Receiver
from composio.engine.sign import sign_again
from composio.errors import UpstreamError, UpstreamRefused, UpstreamTimeout, UpstreamUnreachable
from composio.model.credentials import Credentials
from composio.model.error_text import plain
from composio.transport.deadline import deadline, get_left
from composio.transport.egress import MAX_REDIRECTS, guard, likewise, same_origin
from composio.transport.request import Request
from composio.transport.waits import asked_to_wait, retry_after

__all__ = ["Trace", "after_error", "after_response", "explain", "send"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BODY_HEADERS = ("content-type", "content-length", "transfer-encoding", "content-encoding")
# The only request headers that another origin gets: any other may be a credential known to its author only.
_CARRIED = frozenset({"accept", "accept-charset", "accept-encoding", "accept-language", "connection", "range", "user-agent"})
# Names of credentials, word by word: `X-Api-Key` and `accessToken`, but not `keyword` or `author`.
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SECRET = frozenset(
    [
        "accesskey",
        "accesstoken",
        "apikey",
        "appkey",
        "auth",
        "authorization",
        "clientsecret",
        "cookie",
        "credential",
        "credentials",
        "jwt",
        "key",
        "pass",
        "passwd",
        "password",
        "pat",
        "pwd",
        "secret",
        "session",
        "sid",
        "sig",
        "signature",
        "token",
    ]
)
_SHORTEST_SECRET = 6
# Only safe retries: a connection that was never made, a broken one under an idempotent method, and a 429 or 503
# with a short enough Retry-After. Source: RFC 9110, sections 9.2.2 (idempotent methods) and 10.2.3 (Retry-After).
_ATTEMPTS = 3
# Seconds. An agent should get "come back in five minutes" rather than hang.
_LONGEST_WAIT = 20.0
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "QUERY"})
_UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_CUT = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)
# Messages of h11 and httpx for a truncated response; for other errors they say what is malformed.
_BROKEN = re.compile(r"disconnected|closed|incomplete|terminated|reset|ended", re.IGNORECASE)
# Exceptions of httpx before the first byte of a request is sent.
_NEVER_SENT = (*_UNCONNECTED, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(slots=True)
class Trace:
    """What was sent for a call: the first request, and the number of requests.

    Updated while sending, so that failures report it too.

    ``credentials`` are those that signed it. ``on_wait`` gets the number of seconds that an API asks to wait.
    """

    request: httpx.Request | None = None
    attempts: int = 0
    credentials: Credentials | None = field(default=None, repr=False)
    on_wait: Callable[[float], Awaitable[None]] | None = field(default=None, repr=False)


async def send(
    request: httpx.Request,
    secret_headers: frozenset[str],
    io: Io,
    trace: Trace,
    receiver: Callable[..., Receiver],
    seconds: float = float("inf"),
) -> Answer:
    """Send ``request`` and return the final response. Raises ``UpstreamError`` if there is none.

    ``receiver`` is created for each response, with ``discard=True`` for all but the last. ``seconds`` limits the whole
    exchange.
    """
    trace.request = request
    with deadline(seconds):
        for _ in range(MAX_REDIRECTS + 1):
            answer = await _persist(request, io, trace, receiver)
            if answer.status not in _REDIRECTS or not (location := answer.headers.get("location")):
                return answer
            request = _redirect(request, answer.status, location, secret_headers, trace.credentials)
    raise UpstreamError(f"{request.url.host} redirected more than {MAX_REDIRECTS} times.", status=answer.status)


async def _persist(request: httpx.Request, io: Io, trace: Trace, receiver: Callable[..., Receiver]) -> Answer:
    attempt = 0
    while True:
        attempt += 1
        trace.attempts += 1
        answered = False
        try:
            response = await io.open(request)
            answered = True
            wait = after_response(response, attempt, get_left())
            moves = response.status_code in _REDIRECTS and "location" in response.headers
            answer = await io.read(
                response, receiver(response, discard=True) if moves or wait is not None else receiver(response)
            )
            if trace.on_wait is not None and (asked := asked_to_wait(response.status_code, response.headers)) is not None:
                await trace.on_wait(asked)
            if wait is None:
                return answer
        except httpx.TransportError as error:
            wait = after_error(request.method, error, attempt, get_left())
            if wait is None:
                raise explain(error, request, attempt) from None
        except httpx.HTTPError as error:  # a caller's own transport: httpx decodes its in-memory responses itself
            raise UpstreamError(f"The answer of {request.url.host} could not be read: {error}.") from None
        except (httpx.InvalidURL, UnicodeError, OverflowError) as error:  # to a resolver, a label or port too long
            raise UpstreamUnreachable(f"{request.url.host}: {error}") from None
        except OSError as error:  # httpx maps network errors to its own: this is a local file being read or written
            said = f"A file of this call could not be read or written: {error.strerror or error}."
            raise UpstreamError(said, sent=answered) from None  # an incomplete request reaches no API
        await io.sleep(wait)
        sign_again(request, request)


def after_error(method: str, error: httpx.TransportError, attempt: int, left: float = float("inf")) -> float | None:
    """Return the seconds before the next attempt, None to give up.

    ``attempt`` counts from 1; ``left`` is the remaining time.
    """
    wait = 0.1 * (1 << (attempt - 1))
    if attempt >= _ATTEMPTS or wait >= left:
        return None
    return wait if isinstance(error, _UNCONNECTED) or (isinstance(error, _CUT) and method in _IDEMPOTENT) else None


def after_response(response: httpx.Response, attempt: int, left: float = float("inf")) -> float | None:
    """Return the seconds before the next attempt, None to return this response, for example if they exceed ``left``."""
    if response.status_code not in {429, 503} or attempt >= _ATTEMPTS:
        return None
    wait = retry_after(response.headers)
    return wait if wait is not None and wait <= _LONGEST_WAIT and wait < left else None


def _redirect(
    request: httpx.Request, status: int, location: str, secret_headers: frozenset[str], credentials: Credentials | None
) -> httpx.Request:
    """Return the next request. The upstream chose its URL, so if it leaves the origin, it and all later ones are guarded."""
    try:
        url = request.url.join(location)
        host = url.host  # httpx decodes punycode on access
    except (httpx.InvalidURL, ValueError) as error:
        raise UpstreamError(
            f"{request.url.host} redirected to something that is no URL: its Location header can't be read ({plain(str(error), 200)}).",
            status=status,
        ) from None
    if url.scheme not in {"http", "https"} or not host:
        raise UpstreamRefused(f"{request.url.host} redirected to a {url.scheme!r} address.", status=status)
    if url.userinfo != request.url.userinfo:
        raise UpstreamRefused(f"{request.url.host} redirected to an address with a user name in it.", status=status)
    crossing = not same_origin(request.url, url)
    # RFC 9110, 15.4: 303 becomes GET, and browsers do the same for a POST under 301 and 302.
    method = request.method
    as_get = (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST")
    dropped = {"host", *(_BODY_HEADERS if as_get else ())}
    if crossing:
        dropped |= (set(request.headers) - _CARRIED) | secret_headers
        if any(secret in unquote(str(url)) or secret in str(url) for secret in _secrets(request, secret_headers, credentials)):
            raise UpstreamRefused(
                f"{request.url.host} redirected to {url.host} with a credential in the address; credentials don't follow to "
                f"another origin. If {url.host} is where this API is, give it as the base URL.",
                status=status,
            )
        if not as_get and _has_body(request):
            raise UpstreamRefused(
                f"{request.url.host} redirected a {method} with a body to {url.host}; bodies don't follow to another origin.",
                status=status,
            )
    headers = [(k, v) for k, v in request.headers.multi_items() if k.lower() not in dropped]
    if as_get or not _has_body(request):
        followed = Request("GET" if as_get else method, url, headers=headers)
    else:
        headers.insert(0, ("host", url.netloc.decode("ascii")))  # httpx leaves that to callers that pass a stream
        followed = Request(method, url, headers=headers, stream=request.stream)  # every body here can be read again
    if not crossing:
        sign_again(request, followed)
    return guard(followed, f"a redirect of {request.url.host}") if crossing else likewise(request, followed)


def _secrets(request: httpx.Request, secret_headers: frozenset[str], credentials: Credentials | None) -> set[str]:
    """Return all values in ``request`` that are credentials, or have the name of one."""
    found = set(credentials.secrets()) if credentials is not None else set()
    found |= {value for name, value in request.url.params.multi_items() if _is_secret(name)}
    sent = [value for name, value in request.headers.items() if name in secret_headers or _is_secret(name)]
    # With and without the scheme prefix, and each of several cookies.
    found |= {part for value in sent for part in (value, value.rpartition(" ")[2], *re.findall(r"=([^;]+)", value))}
    return {one for one in found if len(one) >= _SHORTEST_SECRET}


def _is_secret(name: str) -> bool:
    return not _SECRET.isdisjoint(word.lower() for word in _WORD.findall(name))


def _has_body(request: httpx.Request) -> bool:
    return bool(request.headers.get("content-length", "0") != "0")


def explain(error: httpx.TransportError, request: httpx.Request, attempts: int) -> UpstreamError:
    """Return the error for users from an exception of httpx."""
    host = request.url.netloc.decode("ascii", "replace").rpartition("@")[2]
    tried = f" ({attempts} attempts)" if attempts > 1 else ""
    sent = not isinstance(error, _NEVER_SENT)
    if isinstance(error, httpx.TimeoutException):
        what = "accept a connection" if isinstance(error, httpx.ConnectTimeout) else "answer"
        return UpstreamTimeout(f"{host} did not {what} in time{tried}.", sent=sent)
    if isinstance(error, httpx.RemoteProtocolError) and not _BROKEN.search(str(error)):
        return UpstreamUnreachable(f"{host} sent something that is no HTTP answer{tried}: {plain(str(error), 200)}.")
    if isinstance(error, httpx.RemoteProtocolError):
        return UpstreamUnreachable(f"{host} broke off its answer{tried}: {error}")
    return UpstreamUnreachable(f"Could not reach {host}: {_cause(error)}{tried}.", sent=sent)


def _cause(error: BaseException) -> str:
    """Return the operating system's reason, which httpx has a few causes down."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ConnectionRefusedError) or getattr(seen, "errno", None) == errno.ECONNREFUSED:
            return "connection refused"
        if isinstance(seen, ConnectionResetError):
            return "connection reset"
        if isinstance(seen, socket.gaierror):
            return "no such host, or no network"
        seen = seen.__cause__ or seen.__context__
    return str(error) or type(error).__name__
