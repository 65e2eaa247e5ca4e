"""The HTTP part of the loopback listener: one small GET per connection, limited in size and time, never logged."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from composio.callback.page import HEADERS, is_web_address, page

__all__ = ["CallbackResult", "CallbackServer"]

_HEAD = 32 * 1024  # bytes of request line and headers; codes and ID tokens of some providers take several thousand
_PATIENCE = 10.0  # seconds to receive a whole request, or to send a response
_AT_ONCE = 32  # connections; browsers open some in advance, and beyond the limit those without a request are closed
_DRAINED = 64 * 1024  # bytes of a refused request that are read so that the response arrives
_HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class CallbackResult:
    """The outcome of a callback, as the user sees it. ``goto`` is a URL to which the browser is redirected instead."""

    title: str
    message: str
    ok: bool
    goto: str | None = None


class CallbackServer(socketserver.TCPServer):
    """Listen on 127.0.0.1:``port`` (0: any) and answer GET ``path`` with the result of ``answer`` for the full URL."""

    request_queue_size = 16
    timeout = 0  # handle_request is called when a connection is waiting
    # On Unix the option makes an address reusable right after a crash; on Windows it lets two processes share the address.
    allow_reuse_address = os.name != "nt"

    def __init__(self, port: int, path: str, answer: Callable[[str], CallbackResult]) -> None:
        self.path, self.answer = path, answer
        self._lock = threading.Condition()
        self._threads: dict[threading.Thread, socket.socket] = {}
        self._busy: set[threading.Thread] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        self.port: int = self.server_address[1]

    @property
    def hosts(self) -> set[str]:
        """The ``Host`` headers of a browser that was redirected here. Any other name points to DNS rebinding."""
        names = {"127.0.0.1", "localhost"}
        return {f"{name}:{self.port}" for name in names} | (names if self.port == _HTTP_PORT else set())

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self._serve, args=(request, client_address), name="composio-callback", daemon=True)
        with self._lock:
            silent = next((one for one in self._threads if one not in self._busy), None)
            full = len(self._threads) >= _AT_ONCE
            if full and silent is not None:  # the oldest: a real browser sends its request at once
                _cut(self._threads.pop(silent))
                full = False
            if not full:
                self._threads[thread] = request
        if full:
            self.shutdown_request(request)
        else:
            thread.start()

    def _serve(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:
            pass  # a browser that disconnected is not an error
        finally:
            self.shutdown_request(request)
            with self._lock:
                self._threads.pop(threading.current_thread(), None)
                self._busy.discard(threading.current_thread())
                self._lock.notify_all()

    def forget(self) -> None:
        """Leave the port and its connections to the parent, in a forked child."""
        for connection in (self.socket, *self._threads.values()):
            connection.close()

    def answering(self) -> None:
        """Mark the calling thread as one that has a whole request, so that closing waits for it."""
        with self._lock:
            self._busy.add(threading.current_thread())

    def is_answering_here(self) -> bool:
        """Return whether the current thread answers a request."""
        return threading.current_thread() in self._busy

    def drain(self, seconds: float) -> None:
        """Close connections without a request, and wait up to ``seconds`` for the responses of the others."""
        until = time.monotonic() + seconds
        with self._lock:
            for thread, connection in self._threads.items():
                if thread not in self._busy:
                    _cut(connection)
            while self._threads and (left := until - time.monotonic()) > 0:
                self._lock.wait(left)


def _cut(connection: socket.socket) -> None:
    """Close a connection that another thread reads from."""
    with contextlib.suppress(OSError):  # the browser disconnected first
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: CallbackServer
    connection: socket.socket
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # an unparsable request gets a status line too
    timeout = _PATIENCE

    def handle(self) -> None:
        """Handle one request. It is read in full before it is parsed, which limits its size and time."""
        self.close_connection = True
        head = self._head()
        if head is None:
            return
        self.server.answering()
        self.rfile.close()
        self.rfile = io.BytesIO(head)
        if not head.endswith(b"\r\n\r\n"):
            self.command, self.request_version = "", "HTTP/1.1"
            self.refuse(431, "Request too large")
            return
        self.handle_one_request()
        self.close_connection = True

    def _head(self) -> bytes | None:
        """Return the request line and headers, truncated at the limit; None if they do not arrive."""
        until = time.monotonic() + _PATIENCE
        head = b""
        while len(head) <= _HEAD:
            left = until - time.monotonic()
            if left <= 0:
                return None
            self.connection.settimeout(left)
            try:
                chunk = self.connection.recv(4096)
            except OSError:
                return None
            if not chunk:
                return None
            head += chunk
            found, end, _ = head.partition(b"\r\n\r\n")
            if end:
                return found + end
        return head

    def do_GET(self) -> None:
        """Answer the callback; any other path is not found."""
        names = self.headers.get_all("Host") or []
        if len(names) != 1 or names[0].lower() not in self.server.hosts:
            self.refuse(403, "This address is not for that name")
            return
        try:
            path = urlsplit(self.path).path
        except ValueError:
            path = ""
        if path != self.server.path or not self.path.startswith(self.server.path):
            self.refuse(404, "Nothing is here")
            return
        answer = self.server.answer(f"http://{names[0].lower()}{self.path}")
        if answer.goto is not None and is_web_address(answer.goto):
            self._send(302, b"", {"Location": answer.goto})
        else:
            self._send(200 if answer.ok else 400, page(answer.title, answer.message, ok=answer.ok))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - as its base
        """Answer a request that the parser refuses, without quoting it. An unsupported method gets 405, not 501."""
        if code == 501:
            self.refuse(405, "Only GET is answered", {"Allow": "GET"})
        else:
            self.refuse(code if code in self.responses else 400, "Bad request")

    def refuse(self, status: int, title: str, headers: dict[str, str] | None = None) -> None:
        """Send a page that says no more than necessary."""
        self._send(status, page(title, "You can close this window.", ok=False), headers)
        self._swallow()

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.connection.settimeout(_PATIENCE)
        self.send_response_only(status)
        for name, value in {**HEADERS, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _swallow(self) -> None:
        """Read a little of what is left: closing with unread bytes would reset the connection before the response arrives."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(0.5)
            left = _DRAINED
            while left > 0 and (chunk := self.connection.recv(4096)):
                left -= len(chunk)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Log nothing: request lines hold codes and states."""
