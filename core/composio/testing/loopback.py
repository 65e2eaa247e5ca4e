"""A small HTTP/1.1 server on 127.0.0.1 for doubles. Nothing is opened before ``start``."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from composio.testing.exchange import Request, Response

__all__ = ["Loopback"]

_POLL = 0.002  # seconds between two looks at a held answer
_NO_BODY = frozenset({204, 304})


class Loopback:
    """Serves ``respond`` until closed. ``abandoned`` is called with each request whose client left before its answer."""

    def __init__(
        self,
        respond: Callable[[Request], Response],
        *,
        port: int = 0,
        abandoned: Callable[[Request], None] | None = None,
    ) -> None:
        self.respond = respond
        self.abandoned = abandoned or (lambda _request: None)
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("The server is not running: use it in a `with` block, or call start() first.")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def running(self) -> bool:
        """True between ``start`` and ``close``."""
        return self._server is not None

    def start(self) -> Self:
        """Listen, and answer on threads of its own."""
        if self._server is None:
            self._server = _Server(self, self._port)
            self._thread = threading.Thread(
                target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="composio-testing", daemon=True
            )
            self._thread.start()
        return self

    def close(self) -> None:
        """Stop listening, cut open connections and wait for their threads."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        server.shutdown()
        self._thread.join()
        server.cut_connections()
        server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, owner: Loopback, port: int) -> None:
        self.owner = owner
        self.closing = False
        self._open: set[socket.socket] = set()
        self._serving: set[threading.Thread] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self._open.add(request)
            # A thread outlives its connection by a moment: kept until it is seen to have ended.
            self._serving = {one for one in self._serving if one.is_alive()} | {thread}
            thread.start()

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        self.closing = True
        with self._lock:
            connections, threads = list(self._open), list(self._serving)
        for connection in connections:
            with contextlib.suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(timeout=5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that leaves in the middle is ordinary here, and other errors were answered with a 500."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one segment
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Keep quiet."""

    def handle_one_request(self) -> None:
        """Any method is welcome; what it means is the double's business."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if not self.parse_request():
            return
        request = Request(self.command, self.path, self._headers(), self._body())
        try:
            response: Response | None = self.server.owner.respond(request)
        except Exception as error:  # a double that fails must be seen by the client, not hang it
            response = Response.of_json({"error": f"the double failed: {type(error).__name__}: {error}"}, 500)
        response = self._wait_for(request, response)
        if response is not None:
            self._send(response)
            self.wfile.flush()

    def _headers(self) -> dict[str, str]:
        joined = {name.lower(): ", ".join(self.headers.get_all(name) or []) for name in self.headers}
        # The standard library reads headers as Latin-1; clients that send more than ASCII send UTF-8.
        return {name: value.encode("latin-1").decode("utf-8", "replace") for name, value in joined.items()}

    def _body(self) -> bytes:
        if "chunked" not in (self.headers.get("transfer-encoding") or "").lower():
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _wait_for(self, request: Request, response: Response | None) -> Response | None:
        while response is not None and response.wait is not None:
            ready = response.wait()
            if ready is not None:
                response = ready
            elif self.server.closing or self._client_left():
                self.server.owner.abandoned(request)
                self.close_connection = True
                return None
            else:
                time.sleep(_POLL)
        return response

    def _client_left(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _send(self, response: Response) -> None:
        if response.breaks == "reset":
            # A linger of zero seconds makes close() send RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if isinstance(response.body, bytes):
            self._send_whole(response, response.body)
        else:
            self._send_stream(response.body)

    def _send_whole(self, response: Response, body: bytes) -> None:
        truncated = response.breaks == "truncated"
        if response.status not in _NO_BODY:
            self.send_header("content-length", str(len(body) * 2 + 1 if truncated else len(body)))
        if truncated:
            self.send_header("connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD" and response.status not in _NO_BODY:
            self.wfile.write(body)

    def _send_stream(self, chunks: Iterable[bytes]) -> None:
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            if chunk:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
