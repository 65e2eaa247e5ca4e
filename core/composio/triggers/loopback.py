"""A receiver on the loopback interface, for a tunnel or proxy that forwards providers' requests.

It reads only requests below ``/webhooks/``, and only as many bytes as their app may send.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from composio.errors import ConfigurationError
from composio.triggers.signatures.handshake import Reply
from composio.triggers.signatures.incoming import Incoming

__all__ = ["LoopbackReceiver", "parts_of_path"]

log = logging.getLogger("composio.triggers")
_PATIENCE = 10.0
_HEADERS = 100


def parts_of_path(path: str) -> tuple[str, str] | None:
    """Parse the app and the subscription from ``/webhooks/APP/ID``; None for any other path."""
    parts = path.split("/")
    return (parts[2], parts[3]) if len(parts) == 4 and parts[:2] == ["", "webhooks"] and all(parts[2:]) else None


class LoopbackReceiver:
    """Listens on 127.0.0.1:``port`` (0: any) on threads, from :meth:`start` to :meth:`close`.

    ``limit`` returns the maximum size of an app's requests in bytes, ``receive`` answers them. ``url`` is the public address:
    signatures cover its scheme and host.
    """

    def __init__(
        self,
        *,
        limit: Callable[[str], int],
        receive: Callable[[str, str, Incoming], Reply],
        url: Callable[[], str],
        port: int = 0,
    ) -> None:
        self.limit, self.receive, self.url = limit, receive, url
        self._asked = port
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """The address and port that it listens on."""
        return self._asked if self._server is None else self._server.server_address[1]

    def start(self) -> None:
        """Start listening. Raises ConfigurationError if the port is taken."""
        try:
            self._server = _Server(("127.0.0.1", self._asked), _Handler, bind_and_activate=True)
        except OSError as error:
            raise ConfigurationError(
                f"The port {self._asked} for events is taken: {error.strerror}. Choose another one."
            ) from None
        self._server.receiver = self
        threading.Thread(target=self._server.serve_forever, args=(0.2,), name="composio-webhooks", daemon=True).start()
        log.info("events are received at http://127.0.0.1:%s", self.port)

    def close(self) -> None:
        """Stop listening, after answering requests in progress."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    receiver: LoopbackReceiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE

    def do_POST(self) -> None:
        self._receive()

    def do_GET(self) -> None:
        self._receive()

    def do_HEAD(self) -> None:
        self._receive()

    def _receive(self) -> None:
        self.close_connection = True
        receiver, found = self.server.receiver, parts_of_path(urlsplit(self.path).path)
        limit = receiver.limit(found[0]) if found else 0
        if found is None or not limit:
            self._say(Reply(status=404))
            return
        length = self.headers.get("content-length", "0")
        if "transfer-encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self._say(Reply(status=411))
            return
        if int(length) > limit or len(self.headers) > _HEADERS:
            self._say(Reply(status=413))
            return
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            return
        address = f"{receiver.url().rstrip('/')}{self.path}"
        try:
            reply = receiver.receive(*found, Incoming.of(self.headers.items(), body, method=self.command, url=address))
        except Exception:
            log.exception("receiving an event failed")
            reply = Reply(status=500)
        self._say(reply)

    def _say(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, *_: Any) -> None:
        """Log nothing: addresses contain secrets."""
