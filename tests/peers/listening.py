"""An ASGI application that uvicorn serves on loopback, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["listening"]


@contextmanager
def listening(app: Any, on: socket.socket | None = None, **options: Any) -> Iterator[str]:
    """The address of ``app``: that of the socket, which is bound, or a free port. ``options`` are ``uvicorn.Config``'s."""
    import uvicorn  # not where only a client is tested

    server = uvicorn.Server(uvicorn.Config(app, port=0, **{"log_level": "warning", "ws": "none"} | options))
    arguments = {} if on is None else {"sockets": [on]}
    thread = threading.Thread(target=server.run, kwargs=arguments, name="listening", daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        bound = on if on is not None else server.servers[0].sockets[0]
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
