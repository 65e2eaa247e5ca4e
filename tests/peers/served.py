"""A server on loopback over a backend that a test made, and a backend that is its client."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from composio.embedded import EmbeddedBackend
    from composio.remote import RemoteBackend, ServerAddress

__all__ = ["lend", "serve"]


@contextmanager
def serve(backend: EmbeddedBackend, *, scopes: Sequence[str] = ("admin",)) -> Iterator[ServerAddress]:
    """The address of a server whose only project is ``backend``'s, with a key that may do what ``scopes`` say."""
    pytest.importorskip("composio_server")
    import uvicorn

    from composio.model.secret import Secret
    from composio.remote import ServerAddress
    from composio_server.app import create_app, read_twice_said_base
    from composio_server.services.keys import Scope
    from composio_server.services.services import Services
    from composio_server.settings import Settings

    with tempfile.TemporaryDirectory(prefix="composio-served-") as folder:
        services = Services.open(Settings.of({"COMPOSIO_HOME": folder}))
        services.backends.shared = backend
        project = services.projects.create("tests")
        key = services.keys.create(project.id, "tests", [Scope(one) for one in scopes])[1]
        app = read_twice_said_base(create_app(services, close=False))
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none", lifespan="on"))
        thread = threading.Thread(target=server.run, name="served", daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.002)
            port = server.servers[0].sockets[0].getsockname()[1]
            yield ServerAddress(f"http://127.0.0.1:{port}", Secret(key.reveal()), "the test")
        finally:
            server.should_exit = True
            thread.join()
            services.database.close()


@contextmanager
def lend(backend: EmbeddedBackend, home: Path | None = None, **options: Any) -> Iterator[RemoteBackend]:
    """A backend whose server stands on ``backend``. Its files go below ``home``."""
    from composio.remote import RemoteBackend

    with serve(backend) as address:
        remote = RemoteBackend(address, home=home, **options)
        try:
            yield remote
        finally:
            remote.close()
