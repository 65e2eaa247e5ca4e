"""An app with an API key whose API is a double on loopback: what it was asked, and how it answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.peers.acme import KEY, write_app

__all__ = ["Acme"]


class Acme:
    """``key`` names the app; ``answer`` may be replaced, ``headers`` go with it, ``seen`` has method, path and key of each request."""

    def __init__(self, home: Path, key: str = "acme") -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.answer: Callable[[str], tuple[int, Any]] = lambda path: (200, {"path": path})
        self.headers: dict[str, str] = {}
        acme = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))  # else it would be the next request's beginning
                acme.seen.append((self.command, self.path, self.headers.get("x-api-key", "")))
                status, value = acme.answer(self.path)
                body = json.dumps(value).encode()
                more = "".join(f"{name}: {value}\r\n" for name, value in acme.headers.items())
                head = f"HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
                self.wfile.write(f"{head}{more}\r\n".encode() + body)

            do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        write_app(home, key, {**KEY, "proxy": {**KEY["proxy"], "base_url": self.url}})

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
