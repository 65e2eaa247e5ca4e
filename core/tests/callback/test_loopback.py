"""The loopback listener, asked over real HTTP."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import re
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.callback import loopback, server
from composio.callback.loopback import CALLBACK, PORT_VARIABLE, CallbackResult, LoopbackListener
from composio.callback.page import destination, is_web_address, page
from composio.errors import ConfigurationError, InvalidState

CODE = "c0de-never-to-be-seen"
CONNECTED = CallbackResult("Connected", "You can close this window.", ok=True)


class Completed:
    """What was completed, and what comes of it."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.result: CallbackResult | Exception | Callable[[str], CallbackResult] = CONNECTED

    def __call__(self, url: str) -> CallbackResult:
        self.urls.append(url)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result(url) if callable(self.result) else self.result


@pytest.fixture
def completed() -> Completed:
    return Completed()


@pytest.fixture
def listener(completed: Completed) -> Iterator[LoopbackListener]:
    made = LoopbackListener(completed, port=0)
    yield made
    made.close()


def port_of(listener: LoopbackListener) -> int:
    port = urlsplit(listener.redirect_uri).port
    assert port is not None
    return port


def get(
    listener: LoopbackListener, path: str, *, method: str = "GET", host: str | None = None, body: bytes | None = None
) -> tuple[int, dict[str, str], str]:
    port = port_of(listener)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body, headers={"Host": host or f"127.0.0.1:{port}"})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode()
    finally:
        connection.close()


def raw(listener: LoopbackListener, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port_of(listener)), timeout=20) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except ConnectionResetError:
            pass
        return answer


def test_nothing_listens_before_the_first_use(completed: Completed) -> None:
    before = set(threading.enumerate())
    made = LoopbackListener(completed, port=0)
    assert not made.listening
    assert set(threading.enumerate()) <= before
    made.close()


def test_the_redirect_uri_is_loopback_by_number_and_stays(listener: LoopbackListener) -> None:
    uri = listener.redirect_uri
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", uri)
    assert listener.redirect_uri == uri
    assert listener.listening


def test_only_the_loopback_interface_listens(listener: LoopbackListener) -> None:
    running = listener._expecting(1)
    assert running._server.socket.getsockname()[0] == "127.0.0.1"


def test_a_callback_is_completed_with_its_whole_address_and_shown(listener: LoopbackListener, completed: Completed) -> None:
    status, headers, shown = get(listener, f"{CALLBACK}?code={CODE}&state=a%20b")
    assert completed.urls == [f"{listener.redirect_uri}?code={CODE}&state=a%20b"]
    assert status == 200
    assert "Connected" in shown
    assert "close this window" in shown
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_the_page_loads_and_runs_nothing(listener: LoopbackListener) -> None:
    _, headers, shown = get(listener, CALLBACK)
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["form-action"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert re.findall(r"(?i)<script|<img|<link|<iframe|\bon\w+=|src=|href=|url\(|@import", shown) == []
    assert '<html lang="en">' in shown
    assert "color-scheme: light dark" in shown


def test_localhost_is_answered_too_and_completed_under_its_name(listener: LoopbackListener, completed: Completed) -> None:
    port = port_of(listener)
    assert get(listener, f"{CALLBACK}?state=s", host=f"LocalHost:{port}")[0] == 200
    assert completed.urls == [f"http://localhost:{port}{CALLBACK}?state=s"]


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "[::1]:{port}"])
def test_another_host_name_is_refused_as_rebinding(listener: LoopbackListener, completed: Completed, name: str) -> None:
    status, _, shown = get(listener, f"{CALLBACK}?state=s", host=name.format(port=port_of(listener)))
    assert status == 403
    assert completed.urls == []
    assert "evil" not in shown


@pytest.mark.parametrize("hosts", [b"", b"Host: 127.0.0.1:%d\r\nHost: evil.example\r\n"])
def test_no_host_or_two_are_refused(listener: LoopbackListener, completed: Completed, hosts: bytes) -> None:
    hosts = hosts.replace(b"%d", str(port_of(listener)).encode())
    assert b" 403 " in raw(listener, b"GET /callback?state=s HTTP/1.1\r\n" + hosts + b"\r\n")
    assert completed.urls == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE"])
def test_only_get_is_answered(listener: LoopbackListener, completed: Completed, method: str) -> None:
    body = b"state=s" * 1000 if method == "POST" else None
    status, headers, shown = get(listener, f"{CALLBACK}?state=s", method=method, body=body)
    assert (status, headers["allow"]) == (405, "GET")
    assert completed.urls == []
    assert (shown == "") == (method == "HEAD")


@pytest.mark.parametrize("path", ["/favicon.ico", "/", "/callback/", "/callbackx", "/%63allback", "/../callback", "*"])
def test_other_paths_are_not_there(listener: LoopbackListener, completed: Completed, path: str) -> None:
    assert get(listener, path)[0] == 404
    assert completed.urls == []


def test_an_absolute_target_is_not_taken_for_ours(listener: LoopbackListener, completed: Completed) -> None:
    assert get(listener, f"http://evil.example{CALLBACK}?state=s")[0] == 404
    assert completed.urls == []


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /callback?" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /callback HTTP/1.1\r\n" + b"X: " + b"y" * 40_000 + b"\r\n\r\n",
        b"GET /callback HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    ],
)
def test_a_request_that_is_too_large_is_refused(listener: LoopbackListener, completed: Completed, sent: bytes) -> None:
    answer = raw(listener, sent)
    assert answer == b"" or b" 431 " in answer.split(b"\r\n")[0]
    assert completed.urls == []


def test_a_code_of_several_thousand_characters_is_taken(listener: LoopbackListener, completed: Completed) -> None:
    assert get(listener, f"{CALLBACK}?code={'x' * 16_000}")[0] == 200
    assert len(completed.urls) == 1


@settings(max_examples=60, deadline=None)
@given(sent=st.binary(max_size=300))
def test_garbage_never_completes_nor_ends_the_listener(sent: bytes) -> None:
    completed = Completed()
    with_port = SHARED.setdefault("listener", LoopbackListener(lambda url: SHARED_COMPLETED(url), port=0))
    SHARED_COMPLETED.urls.clear()
    raw(with_port, sent)
    raw(with_port, sent + b"\r\n\r\n")
    assert SHARED_COMPLETED.urls == completed.urls
    assert get(with_port, CALLBACK)[0] == 200


SHARED: dict[str, LoopbackListener] = {}
SHARED_COMPLETED = Completed()


@pytest.fixture(autouse=True, scope="module")
def _close_shared() -> Iterator[None]:
    yield
    if made := SHARED.pop("listener", None):
        made.close()


def test_a_slow_sender_is_cut_off(listener: LoopbackListener, monkeypatch: pytest.MonkeyPatch, completed: Completed) -> None:
    monkeypatch.setattr(server, "_PATIENCE", 0.2)
    with socket.create_connection(("127.0.0.1", port_of(listener)), timeout=20) as connection:
        connection.sendall(b"GET /callback?state=s HTTP/1.1\r\n")
        assert connection.recv(100) == b""
    assert completed.urls == []


@pytest.mark.parametrize("sent", [b"", b"GET /callback?st", b"GET /callback HTTP/1.1\r\nX: y\r\n"])
@pytest.mark.parametrize("count", [32, 80])
def test_connections_that_ask_nothing_do_not_keep_the_browser_out(listener: LoopbackListener, sent: bytes, count: int) -> None:
    port = port_of(listener)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(count)]
        for connection in silent:
            with contextlib.suppress(OSError):  # it was cut off already
                connection.sendall(sent)
        for _ in range(3):
            assert get(listener, CALLBACK)[0] == 200


def test_who_is_being_answered_is_not_cut_off_for_others(listener: LoopbackListener, completed: Completed) -> None:
    go_on, begun = threading.Event(), threading.Event()

    def slow(_: str) -> CallbackResult:
        begun.set()
        go_on.wait(20)
        return CONNECTED

    completed.result = slow
    port = port_of(listener)
    with ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as stack:
        answered = pool.submit(get, listener, f"{CALLBACK}?state=s")
        assert begun.wait(20)
        for _ in range(100):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        assert get(listener, "/elsewhere")[0] == 404
        go_on.set()
        assert answered.result(20)[0] == 200


@given(title=st.text(max_size=60), message=st.text(max_size=200), ok=st.booleans())
def test_no_text_adds_an_element(title: str, message: str, ok: bool) -> None:
    plain = re.findall(r"<[^>]*>", page("", "", ok=ok).decode())
    assert re.findall(r"<[^>]*>", page(title, message, ok=ok).decode()) == plain


def test_an_error_of_ours_is_shown_with_what_to_do(listener: LoopbackListener, completed: Completed) -> None:
    completed.result = InvalidState("This link is too old: it was good for 10 minutes.")
    status, _, shown = get(listener, f"{CALLBACK}?code={CODE}&state=s")
    assert status == 400
    assert "too old" in shown
    assert "Start again" in shown


def test_an_unexpected_error_is_neither_shown_nor_logged_with_its_text(
    listener: LoopbackListener, completed: Completed, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    completed.result = ValueError(f"bad {CODE}")
    with caplog.at_level(logging.DEBUG):
        status, _, shown = get(listener, f"{CALLBACK}?code={CODE}&state=s")
    assert status == 400
    assert "Something went wrong" in shown
    assert CODE not in shown + caplog.text + "".join(capfd.readouterr())
    assert "ValueError" in caplog.text


def test_the_query_is_never_logged(
    listener: LoopbackListener, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        get(listener, f"{CALLBACK}?code={CODE}")
        get(listener, f"/other?code={CODE}")
        get(listener, f"{CALLBACK}?code={CODE}", method="POST")
        raw(listener, f"{CODE} {CODE} {CODE} {CODE}\r\n\r\n".encode())
    assert CODE not in caplog.text + "".join(capfd.readouterr())


def test_a_developers_destination_is_gone_to(listener: LoopbackListener, completed: Completed) -> None:
    goto = destination("https://shop.example/done?tab=2#top", ok=True, connection_id="ca_1", app="github")
    completed.result = CallbackResult("Connected", "", ok=True, goto=goto)
    status, headers, shown = get(listener, f"{CALLBACK}?code={CODE}")
    assert (status, shown) == (302, "")
    assert headers["location"] == "https://shop.example/done?tab=2&status=success&connectedAccountId=ca_1&appName=github#top"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", "https://a.example?{ours}"),
        ("https://a.example/x?status=old&b=%20c&b=d", "https://a.example/x?b=%20c&b=d&{ours}"),
        ("myapp://done", "myapp://done?{ours}"),
        ("https://a.example/ü?q=ö", "https://a.example/%C3%BC?q=%C3%B6&{ours}"),
        ("https://a.example/a b", "https://a.example/a%20b?{ours}"),
    ],
)
def test_what_is_added_to_a_destination(url: str, expected: str) -> None:
    ours = "status=failed&connectedAccountId=ca_1&appName=a+b"
    assert destination(url, ok=False, connection_id="ca_1", app="a b") == expected.format(ours=ours)


@pytest.mark.parametrize(
    "goto",
    [
        "javascript:alert(1)",
        "javascript://x/%0aalert(1)",
        "data:text/html,x",
        "/relative",
        "https://a\r\nX: y",
        "https://",
        "https://[x",
    ],
)
def test_what_is_no_web_address_is_never_gone_to(listener: LoopbackListener, completed: Completed, goto: str) -> None:
    assert not is_web_address(goto)
    completed.result = CallbackResult("Connected", "", ok=True, goto=goto)
    status, headers, _ = get(listener, CALLBACK)
    assert status == 200
    assert "location" not in headers


def test_the_same_callback_counts_once_and_shows_the_same_again(listener: LoopbackListener, completed: Completed) -> None:
    gate = threading.Event()

    def slowly(url: str) -> CallbackResult:
        assert gate.wait(20)
        return CONNECTED

    completed.result = slowly
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(get, listener, f"{CALLBACK}?code={CODE}") for _ in range(8)]
        gate.set()
        assert [one.result()[0] for one in asked] == [200] * 8
    assert len(completed.urls) == 1


def test_different_callbacks_are_completed_side_by_side(listener: LoopbackListener, completed: Completed) -> None:
    together = threading.Barrier(8)

    def meeting(url: str) -> CallbackResult:
        together.wait(20)
        return CallbackResult(url.partition("state=")[2], "", ok=True)

    completed.result = meeting
    with ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(lambda n: get(listener, f"{CALLBACK}?state=user{n}")[2], range(8)))
    assert all(f"user{n}" in page_of for n, page_of in enumerate(shown))


def test_answers_are_not_remembered_without_end(listener: LoopbackListener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "_REMEMBERED", 3)
    for n in range(6):
        get(listener, f"{CALLBACK}?state={n}")
    assert len(listener._answers) == 3


def test_closing_lets_a_page_on_its_way_arrive(listener: LoopbackListener, completed: Completed) -> None:
    inside, gate = threading.Event(), threading.Event()

    def slowly(url: str) -> CallbackResult:
        inside.set()
        assert gate.wait(20)
        return CONNECTED

    completed.result = slowly
    port_of(listener)
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(get, listener, CALLBACK)
        assert inside.wait(20)
        closing = pool.submit(listener.close)
        gate.set()
        assert asked.result()[0] == 200
        closing.result()
    assert not listener.listening


def test_closing_does_not_wait_for_who_asks_nothing(listener: LoopbackListener) -> None:
    with socket.create_connection(("127.0.0.1", port_of(listener)), timeout=20) as idle:
        listener.close()
        assert not listener.listening
        with contextlib.suppress(ConnectionResetError):  # it was not let in any more
            assert idle.recv(1) == b""


def test_complete_may_close_the_listener(listener: LoopbackListener, completed: Completed) -> None:
    def closing(url: str) -> CallbackResult:
        listener.close()
        return CONNECTED

    completed.result = closing
    assert get(listener, CALLBACK)[0] == 200


def test_after_closing_it_listens_again_when_used(listener: LoopbackListener) -> None:
    get(listener, CALLBACK)
    listener.close()
    listener.close()
    assert get(listener, f"{CALLBACK}?state=second")[0] == 200


def test_it_ends_by_itself_when_nobody_is_expected_any_more(completed: Completed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback, "_LIFE", 0.05)
    made = LoopbackListener(completed, port=0)
    first = made._expecting(0.05)
    first._thread.join(20)
    assert not made.listening
    assert first._server.socket.fileno() == -1
    monkeypatch.setattr(loopback, "_LIFE", 600)
    assert get(made, CALLBACK)[0] == 200
    made.close()


def test_expecting_another_user_lengthens_the_time(listener: LoopbackListener) -> None:
    running = listener._expecting(5)
    before = running._until
    listener.expect(60)
    after = running._until
    listener.expect(1)
    assert before < after == running._until


def test_a_taken_port_is_replaced_and_said(completed: Completed, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        made = LoopbackListener(completed, port=port)
        with caplog.at_level(logging.WARNING):
            assert port_of(made) != port
        assert f"Port {port} is taken" in caplog.text
        assert PORT_VARIABLE in caplog.text
        made.close()


def test_the_port_is_that_of_the_environment(completed: Completed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = LoopbackListener(completed, environ={PORT_VARIABLE: f" {port} "})
    assert port_of(made) == port
    made.close()


@pytest.mark.parametrize("text", ["x", "-1", "65536", "8419.0", "８４１９"])
def test_a_port_that_is_none_is_explained(completed: Completed, text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{PORT_VARIABLE}: expected a port from 1 to 65535"):
        LoopbackListener(completed, environ={PORT_VARIABLE: text}).redirect_uri  # noqa: B018 - a property that acts


def test_which_redirect_uris_arrive_here(listener: LoopbackListener) -> None:
    port = port_of(listener)
    assert listener.answers(f"http://localhost:{port}/callback")
    assert listener.answers(listener.redirect_uri)
    for other in (
        f"https://localhost:{port}/callback",
        f"http://localhost:{port}/other",
        "http://localhost:1/callback",
        f"http://a.example:{port}/callback",
        "http://localhost:x/callback",
        "",
    ):
        assert not listener.answers(other)


CHILD = """
import os, sys, urllib.request
from composio.callback.loopback import CallbackResult, LoopbackListener

made = LoopbackListener(lambda url: CallbackResult(str(os.getpid()), "", ok=True), port=0)
mine = made.redirect_uri
read, write = os.pipe()
child = os.fork()
if not child:
    assert not made.listening
    theirs = made.redirect_uri
    assert theirs != mine
    assert f"> {os.getpid()}<" in urllib.request.urlopen(theirs).read().decode()
    made.close()
    os.write(write, b"ok")
    os._exit(0)
os.waitpid(child, 0)
assert os.read(read, 2) == b"ok"
assert f"> {os.getpid()}<" in urllib.request.urlopen(mine).read().decode()
made.close()
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_child_listens_for_itself_and_leaves_the_parents_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", CHILD],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "no_proxy": "127.0.0.1"},
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_a_script_that_ends_meanwhile_still_answers() -> None:
    code = textwrap.dedent("""
        import sys, threading, time
        from composio.callback.loopback import CallbackResult, LoopbackListener
        inside = threading.Event()
        def complete(url):
            inside.set()
            time.sleep(0.3)
            return CallbackResult("Connected", "", ok=True)
        made = LoopbackListener(complete, port=0)
        print(made.redirect_uri, flush=True)
        inside.wait()
    """)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().strip())
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=20)
        connection.request("GET", f"{CALLBACK}?state=s")
        assert connection.getresponse().status == 200
        connection.close()
        assert process.wait(20) == 0
