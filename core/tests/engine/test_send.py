"""Retries, redirects, and what the errors say. The network is httpx's own mock transport."""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable, Iterable, Iterator

import httpx
import pytest

from composio.engine.blocking import drive
from composio.engine.receive import Answer, Receiver
from composio.engine.send import Trace, send
from composio.engine.sign import sign
from composio.errors import UpstreamError, UpstreamRefused, UpstreamTimeout, UpstreamUnreachable
from composio.model.app import AppModel, AuthScheme
from composio.model.credentials import Credentials
from composio.model.secret import SecretValues
from composio.plugin.manager import plugins
from composio.transport.client import Clients
from composio.transport.egress import Egress, get_namer
from composio.transport.limits import Limits


class Recorder:
    """The engine's I/O over a handler: no time passes, and the guard judges what can be read of an address."""

    def __init__(self, handler: Callable[[httpx.Request], httpx.Response], allow: Iterable[str] = ()) -> None:
        self.clients = Clients(httpx.MockTransport(handler), egress=Egress(allow))
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    async def open(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.clients.blocking(guarded=get_namer(request) is not None).send(request)

    async def read(self, response: httpx.Response, receiver: Receiver) -> Answer:
        receiver.feed(response.content, decoded=True)
        return receiver.finish()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def run(
        self,
        request: httpx.Request,
        secret: frozenset[str] = frozenset(),
        trace: Trace | None = None,
        seconds: float = 300.0,
    ) -> Trace:
        trace = trace or Trace()
        receiver = functools.partial(Receiver, limits=Limits())
        drive(send(request, secret, self, trace, receiver, seconds))  # type: ignore[arg-type]  # `call` and `bridge` play no part here
        return trace


def answers(*given: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    left: Iterator[httpx.Response | Exception] = iter(given)

    def handler(request: httpx.Request) -> httpx.Response:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler


GET = httpx.Request("GET", "https://api.example.com/user?token=secret")
POST = httpx.Request("POST", "https://api.example.com/user", json={"a": 1})


def test_a_429_with_retry_after_is_waited_for_even_under_post() -> None:
    io = Recorder(answers(httpx.Response(429, headers={"retry-after": "2"}), httpx.Response(200)))
    assert io.run(POST).attempts == 2
    assert io.slept == [2.0]


def test_a_429_without_retry_after_or_with_a_long_one_is_handed_on() -> None:
    assert Recorder(answers(httpx.Response(429))).run(GET).attempts == 1
    assert Recorder(answers(httpx.Response(429, headers={"retry-after": "3600"}))).run(GET).attempts == 1


def test_a_wait_that_the_call_has_no_time_for_is_handed_on() -> None:
    io = Recorder(answers(httpx.Response(429, headers={"retry-after": "5"})))
    assert io.run(GET, seconds=4.0).attempts == 1
    assert io.slept == []


@pytest.mark.parametrize("value", ["-5", "nan", "1e999", "²", "soon", "Wed, 99 Oct 99999 07:28:00 GMT", "9" * 400])
def test_a_retry_after_that_is_none_is_handed_on(value: str) -> None:
    response = httpx.Response(429, headers=[(b"retry-after", value.encode())])
    assert Recorder(answers(response)).run(GET).attempts == 1


def test_an_answer_that_a_callers_transport_can_not_decode_is_said() -> None:
    def broken(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, content=b"no gzip")

    with pytest.raises(UpstreamError, match=r"answer of api\.example\.com could not be read"):
        Recorder(broken).run(GET)


def test_an_http_date_in_retry_after_is_read() -> None:
    past = httpx.Response(503, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})
    io = Recorder(answers(past, httpx.Response(200)))
    io.run(GET)
    assert io.slept == [0.0]


def test_a_500_is_not_retried() -> None:
    assert Recorder(answers(httpx.Response(500))).run(GET).attempts == 1


def test_a_connection_never_made_is_tried_again_for_every_method() -> None:
    assert Recorder(answers(httpx.ConnectError("no"), httpx.Response(200))).run(POST).attempts == 2


def test_a_broken_connection_is_tried_again_only_where_that_is_safe() -> None:
    assert Recorder(answers(httpx.ReadError("reset"), httpx.Response(200))).run(GET).attempts == 2
    with pytest.raises(UpstreamUnreachable):
        Recorder(answers(httpx.ReadError("reset"))).run(POST)


def test_a_timeout_is_not_tried_again_and_names_the_host_without_the_query() -> None:
    with pytest.raises(UpstreamTimeout) as caught:
        Recorder(answers(httpx.ReadTimeout("slow"))).run(GET)
    assert str(caught.value) == "api.example.com did not answer in time."
    assert "secret" not in str(caught.value)


def test_a_host_that_does_not_resolve_is_said_in_words() -> None:
    def unknown(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno -2] Name or service not known") from socket.gaierror(-2, "Name or service not known")

    with pytest.raises(UpstreamUnreachable, match=r"Could not reach api\.example\.com: no such host, or no network"):
        Recorder(unknown).run(GET)


def redirect(status: int, location: str) -> httpx.Response:
    return httpx.Response(status, headers={"location": location})


def signed(method: str = "GET") -> httpx.Request:
    return httpx.Request(
        method,
        "https://api.example.com/a",
        headers={"Authorization": "Bearer t", "X-Api-Key": "k", "X-Plain": "p", "Cookie": "c=1"},
    )


def test_credentials_never_cross_origins() -> None:
    io = Recorder(answers(redirect(302, "https://other.example.net/b"), httpx.Response(200)))
    io.run(signed(), frozenset({"x-api-key"}))
    followed = io.requests[1]
    assert str(followed.url) == "https://other.example.net/b"
    assert not {"authorization", "x-api-key", "cookie"} & set(followed.headers)
    assert followed.headers["host"] == "other.example.net"


def test_no_header_that_somebody_set_crosses_origins_but_those_that_say_what_is_wanted() -> None:
    """Whether one is a credential only they know."""
    io = Recorder(answers(redirect(302, "https://other.example.net/b"), redirect(302, "/c"), httpx.Response(200)))
    wanted = {
        "accept": "image/png",
        "accept-language": "de",
        "range": "bytes=0-9",
        "user-agent": "me",
        "accept-encoding": "gzip",
    }
    own = {"X-Plain": "p", "Private-Token": "t", "DD-API-KEY": "k", "Proxy-Authorization": "b", "If-Match": "e", "Referer": "r"}
    io.run(httpx.Request("GET", "https://api.example.com/a", headers={**wanted, **own}))
    for followed in io.requests[1:]:
        assert {name: value for name, value in followed.headers.items() if name not in {"host", "connection"}} == wanted


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("https://api.example.com/a?api_key=sesame-1234", "https://www.example.com/a?api_key=sesame-1234"),
        ("https://api.example.com/a?api_key=sesame-1234&x=1", "//other.example.net/b?next=%2Fa%3Fapi_key%3Dsesame-1234"),
        ("https://api.example.com/a?sig=a%2Bb%2Fc%3D", "https://other.example.net/a?sig=a%2Bb%2Fc%3D"),
        ("https://api.example.com/a", "https://other.example.net/bot-token-of-header/x"),
        ("https://api.example.com/a", "https://other.example.net/#cookie-value"),
        ("https://api.example.com/a", "http://api.example.com/?k=signed-with-this"),
    ],
)
def test_a_credential_in_an_address_does_not_cross_origins_either(asked: str, location: str) -> None:
    headers = {"Authorization": "Bearer bot-token-of-header", "Cookie": "a=1; s=cookie-value"}
    io = Recorder(answers(redirect(302, location), httpx.Response(200)))
    trace = Trace(credentials=Credentials("connection", values=SecretValues(key="signed-with-this")))
    with pytest.raises(UpstreamRefused, match="with a credential in the address") as caught:
        io.run(httpx.Request("GET", asked, headers=headers), trace=trace)
    assert len(io.requests) == 1
    assert "sesame" not in str(caught.value)


def test_what_is_no_credential_may_be_in_the_address_of_another_origin() -> None:
    io = Recorder(
        answers(
            redirect(302, "https://other.example.net/a?page=2&q=everything&key=7&keyword=everything&author=somebody"),
            httpx.Response(200),
        )
    )
    io.run(
        httpx.Request(
            "GET",
            "https://api.example.com/a?page=2&q=everything&key=7&keyword=everything&author=somebody",
            headers={"X-Plain": "everything"},
        )
    )
    assert str(io.requests[1].url) == "https://other.example.net/a?page=2&q=everything&key=7&keyword=everything&author=somebody"


@pytest.mark.parametrize("location", ["https://api.example.com:444/b", "http://api.example.com/b"])
def test_another_port_or_scheme_is_another_origin(location: str) -> None:
    io = Recorder(answers(redirect(302, location), httpx.Response(200)))
    io.run(signed())
    assert "authorization" not in io.requests[1].headers


def test_the_same_origin_keeps_them() -> None:
    io = Recorder(answers(redirect(301, "/b"), httpx.Response(200)))
    io.run(signed())
    assert io.requests[1].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_what_becomes_of_a_post(status: int, method: str) -> None:
    io = Recorder(answers(redirect(status, "/b"), httpx.Response(200)))
    io.run(POST)
    assert io.requests[1].method == method
    assert io.requests[1].content == (POST.content if method == "POST" else b"")


def test_a_body_does_not_follow_to_another_origin() -> None:
    with pytest.raises(UpstreamRefused, match="bodies don't follow"):
        Recorder(answers(redirect(307, "https://other.example.net/b"))).run(POST)


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "100.64.0.1", "localhost"]
)
@pytest.mark.parametrize("source", ["https://api.example.com/user", "http://localhost:1/", "http://10.0.0.5/"])
def test_no_redirect_leads_into_the_network(inside: str, source: str) -> None:
    io = Recorder(answers(redirect(302, f"http://{inside}:8080/")))
    with pytest.raises(UpstreamRefused, match="not on the public internet") as caught:
        io.run(httpx.Request("GET", source))
    assert f"COMPOSIO_EGRESS_ALLOW={inside}:8080" in str(caught.value)


def test_a_redirect_goes_where_the_allow_list_says() -> None:
    io = Recorder(answers(redirect(302, "http://127.0.0.1:2/"), httpx.Response(200)), ["127.0.0.1:2"])
    assert io.run(httpx.Request("GET", "http://localhost:1/")).attempts == 2


def test_a_developers_own_loopback_may_redirect_within_itself() -> None:
    io = Recorder(answers(redirect(302, "/b"), httpx.Response(200)))
    assert io.run(httpx.Request("GET", "http://127.0.0.1:1/")).attempts == 2


def test_what_follows_a_redirect_to_another_origin_stays_guarded() -> None:
    io = Recorder(answers(redirect(302, "https://other.example.net/"), redirect(302, "/b"), httpx.Response(200)))
    io.run(GET)
    assert [get_namer(request) for request in io.requests] == [None, *["a redirect of api.example.com"] * 2]


@pytest.mark.parametrize("location", ["https://evil:pw@api.example.com/", "https://user@other.example.net/"])
def test_a_redirect_brings_no_user_name(location: str) -> None:
    """httpx would sign in with it."""
    with pytest.raises(UpstreamRefused, match="user name"):
        Recorder(answers(redirect(302, location))).run(signed())


def test_redirects_end() -> None:
    with pytest.raises(UpstreamError, match="more than 5 times"):
        Recorder(lambda request: redirect(302, "/again")).run(GET)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "javascript:alert(1)", "http://"])
def test_a_redirect_to_no_web_address_is_refused(location: str) -> None:
    with pytest.raises(UpstreamError):
        Recorder(answers(redirect(302, location))).run(GET)


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("illegal status line: bytearray(b'SSH-2.0')", "sent something that is no HTTP answer.*illegal status line"),
        ("bad Content-Length", "sent something that is no HTTP answer.*bad Content-Length"),
        ("Only Transfer-Encoding: chunked is supported", "no HTTP answer.*Transfer-Encoding"),
        ("Server disconnected without sending a response.", "broke off its answer.*disconnected"),
        ("peer closed connection without sending complete message body", "broke off its answer.*peer closed"),
    ],
)
def test_what_is_malformed_is_told_apart_from_what_breaks_off(raised: str, said: str) -> None:
    with pytest.raises(UpstreamUnreachable, match=said):
        Recorder(answers(httpx.RemoteProtocolError(raised))).run(POST)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://[::1", "no URL.*Invalid port"),
        ("http://a:b/", "no URL.*Invalid port"),
        ("http://xn--/", "no URL.*Malformed A-label"),
        ("/\x01x", "no URL.*non-printable"),
        ("mailto:x@y", "'mailto' address"),
        ("urn:x:y", "'urn' address"),
        ("http://exa mple.com/", "no host name"),
    ],
)
def test_a_malformed_location_is_called_that_and_is_not_asked_for_again(location: str, said: str) -> None:
    for request in (GET, POST):
        io = Recorder(answers(redirect(302, location), httpx.Response(200)))
        with pytest.raises(UpstreamError, match=said):
            io.run(request)
        assert (len(io.requests), io.slept) == (1 if "host name" not in said else 2, [])


def test_a_one_time_signature_is_made_anew_for_each_attempt_and_for_redirects_that_stay() -> None:
    values = SecretValues(client_id="k", client_secret="s", oauth_token="t", oauth_token_secret="u")
    request = httpx.Request("GET", "https://api.example.com/a")
    app, scheme = AppModel(key="x", name="X"), AuthScheme("s", "OAUTH1")
    secret = sign(request, app, Credentials("connection", scheme, values), plugins().auth_schemes())
    given = answers(
        httpx.Response(503, headers={"retry-after": "0"}),
        httpx.Response(307, headers={"location": "/b"}),
        httpx.Response(307, headers={"location": "https://other.example.com/"}),
        httpx.Response(200),
    )
    seen: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        return given(request)

    Recorder(handler).run(request, secret)
    assert len({one for one in seen if one}) == 3
    assert seen[3] is None
