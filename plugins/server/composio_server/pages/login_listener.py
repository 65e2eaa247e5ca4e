"""The second address of v0.7's programs: with a server at localhost:9899 they send people to localhost:3000.

There `/?cliKey=` redirects to this server's own page, and `/redirect` says that a connection is done.
"""

from __future__ import annotations

import socket
import threading
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn

from composio_server.pages.ending import show_connected, show_failed
from composio_server.pages.render import Site, headers_of
from composio_server.services.branding import Branding
from composio_server.services.services import Services
from composio_server.settings import PORT

__all__ = ["LoginListener", "login_listener"]

_PORT = 3000
_LONGEST = 4096


def login_listener(services: Services, port: int = _PORT) -> LoginListener | None:
    """Listen on loopback's port 3000, for a server at 9899; None for one elsewhere, and if that port is taken."""
    if services.settings.port != PORT:
        return None
    try:
        # Set explicitly, so that a listener on any address keeps its port.
        taken = socket.create_server(("127.0.0.1", port), reuse_port=False)
    except OSError:
        return None
    return LoginListener(taken, services.settings.public_url)


class LoginListener:
    """A thread that listens until it is closed."""

    def __init__(self, listening: socket.socket, public_url: str) -> None:
        self._socket, self._public_url = listening, public_url
        self.port: int = listening.getsockname()[1]
        config = uvicorn.Config(
            self._answer,
            interface="asgi3",
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="composio-login", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        del receive
        if scope["type"] != "http":
            return
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "").lower()
        query = parse_qs(scope["query_string"].decode("latin-1")[:_LONGEST])
        key = query.get("cliKey", [""])[0]
        # Any other name points to DNS rebinding.
        if scope["method"] != "GET" or host not in {f"localhost:{self.port}", f"127.0.0.1:{self.port}"}:
            await _send(send, 404, [], b"")
        elif scope["path"] == "/" and key:
            where = f"{self._public_url}/cli?{urlencode({'cliKey': key})}"
            await _send(send, 302, [(b"location", where.encode())], b"")
        elif scope["path"] == "/redirect":
            shown = _find_ending(query)
            await _send(send, shown.status_code, [], shown.content)
        else:
            await _send(send, 404, [], b"")


def _find_ending(query: dict[str, list[str]]) -> Any:
    app = query.get("appName", ["The account"])[0]
    if query.get("status", ["success"])[0] == "success":
        return show_connected(None, app, Branding(), site=Site())
    return show_failed(None, f"{app} is not connected. Start again where you began.", Branding(), site=Site(), status=200)


async def _send(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    own = [(name.encode(), value.encode()) for name, value in headers_of(Branding(), site=Site()).items()]
    kind = (b"content-type", b"text/html; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [*own, kind, *headers]})
    await send({"type": "http.response.body", "body": body})
