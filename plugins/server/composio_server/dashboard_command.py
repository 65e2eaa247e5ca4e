"""``composio dashboard``."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from composio.backend.factory import name_server
from composio.client.browser import open_page
from composio.errors import InvalidRequest
from composio.model.secret import Secret
from composio_server.settings import Settings

__all__ = ["dashboard"]

_HOST = "127.0.0.1"


def dashboard(
    port: Annotated[int, typer.Option(help="The port on this machine; a free one if none is given.", min=0, max=65535)] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the link; open no browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show this machine's apps, connections, triggers, calls and events in a browser. Nobody else has access.

    The link works once, for a minute. If a server is configured, its own dashboard is opened instead.

    Example: composio dashboard --port 9900
    """
    server = name_server()
    if server is not None:
        _announce(f"{server.url}/", as_json=as_json, no_open=no_open, about="The dashboard of your server, where you sign in")
        return
    with _bind(port) as listening, tempfile.TemporaryDirectory(prefix="composio-dashboard-") as folder:
        _serve(listening, Path(folder), as_json=as_json, no_open=no_open)


def _bind(port: int) -> socket.socket:
    try:
        # Set explicitly, so that a listener on any address keeps its port.
        return socket.create_server((_HOST, port), reuse_port=False)
    except OSError as error:
        raise InvalidRequest(
            f"Port {port} on this machine is not available ({error.strerror}). Choose another with --port, or leave it out."
        ) from None


def _serve(listening: socket.socket, folder: Path, *, as_json: bool, no_open: bool) -> None:
    import uvicorn

    from composio_server.dashboard.local import Door, create_local
    from composio_server.logs import describe_logging
    from composio_server.services.local import open_local

    port, environ = listening.getsockname()[1], os.environ
    home, database = environ.get("COMPOSIO_HOME"), environ.get("COMPOSIO_DATABASE_URL")
    settings = Settings(
        home=Path(home) if home else None,
        database_url=Secret(database) if database else None,
        port=port,
        public_url=f"http://{_HOST}:{port}",
        environ=environ,
    )
    services, person = open_local(settings, folder)
    door = Door()
    server = uvicorn.Server(
        uvicorn.Config(
            create_local(services, person, door),
            log_config=describe_logging("text", "warning"),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=2,
        )
    )

    def announce() -> None:
        while not server.started and not server.should_exit:
            time.sleep(0.01)
        if server.started:
            about = "The dashboard of this machine. The link works once, for a minute"
            _announce(f"{settings.public_url}{door.path}", as_json=as_json, no_open=no_open, about=about, stays=True)

    threading.Thread(target=announce, name="composio-dashboard", daemon=True).start()
    server.run(sockets=[listening])


def _announce(url: str, *, as_json: bool, no_open: bool, about: str, stays: bool = False) -> None:
    """Print the dashboard's URL, and open a browser."""
    opened = not no_open and open_page(url)
    if as_json:
        typer.echo(json.dumps({"url": url, "opened": opened}))
    else:
        typer.echo(f"{about}:\n\n    {url}\n")
        typer.echo("It is open in your browser." if opened else "Open it in a browser on this machine.")
        if stays:
            typer.echo("Stop with Ctrl+C.")
    sys.stdout.flush()
