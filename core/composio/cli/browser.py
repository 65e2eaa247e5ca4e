"""Send a user to a provider's page, and wait in the terminal until they are back."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from composio.cli.fields import interactive
from composio.cli.output import note
from composio.cli.session import Session
from composio.client.browser import open_page
from composio.errors import AuthorizationError, ConnectionTimeout

if TYPE_CHECKING:
    from composio.model.app import AppModel
    from composio.model.connection import Connection, ConnectionStarted

__all__ = ["connect_in_browser"]

_POLL = 0.3  # seconds between two checks whether the user is back
_LEFT = 130  # the exit code of shells for an interrupted program


def connect_in_browser(
    session: Session, app: AppModel, started: ConnectionStarted, *, browser: bool, timeout: float
) -> Connection:
    """Open the page and wait up to ``timeout`` seconds. Returns the current connection. An interrupt deletes the connection.

    Raises ``ConnectionTimeout`` if the user did not return, and ``typer.Exit`` after an interrupt.
    """
    url = started.redirect_url or ""
    opened = browser and open_page(url)
    note(f"Your browser opens to connect {app.name}. If it does not, open:" if opened else f"To connect {app.name}, open:")
    note(f"\n  {url}\n")
    pastes = not opened and not started.user_code and os.name != "nt" and interactive()
    if started.user_code:
        note(f"and enter the code {started.user_code}\n")
    elif pastes:
        note("Is your browser on another machine? Paste the address of the page that it can't load at the end.")
    try:
        with _show_waiting("Waiting for you to allow it (Ctrl-C cancels) ..."):
            connection = _until_decided(session, started.connection, timeout, pastes=pastes)
    except KeyboardInterrupt:
        if (done := _abandon(session, started.connection)) is not None:
            return done
        note("Cancelled; nothing was connected.")
        raise typer.Exit(_LEFT) from None
    if connection is None and (connection := _abandon(session, started.connection)) is None:
        raise ConnectionTimeout(
            f"Nobody allowed it within {timeout:g} seconds, so {app.key} was not connected. Try again: composio add {app.key}; "
            "--timeout waits longer."
        )
    return connection


def _until_decided(session: Session, connection: Connection, timeout: float, *, pastes: bool) -> Connection | None:
    from composio.model.connection import ConnectionStatus

    backend, connection_id = session.backend, connection.id
    until = time.monotonic() + timeout
    while connection.status is ConnectionStatus.INITIATED:
        if time.monotonic() >= until:
            return None
        if not pastes:
            time.sleep(_POLL)
        elif select.select([sys.stdin], [], [], _POLL)[0]:
            pastes = _finish_pasted(session)
        connection = backend.run(lambda: backend.accounts.advance(connection_id))
    return connection


def _finish_pasted(session: Session) -> bool:
    """Finish with the pasted address if it is valid. Returns whether another may follow."""
    line = sys.stdin.readline()
    if not line:
        return False
    if "state=" in line or "oauth_token=" in line:
        backend = session.backend
        try:
            backend.run(lambda: backend.accounts.complete(line.strip()))
        except AuthorizationError as error:
            note(f"\n{session.redact(str(error))}")
    elif line.strip():
        note("\nNot the expected address: it begins with http:// and contains state=.")
    return True


def _abandon(session: Session, connection: Connection) -> Connection | None:
    """Delete an abandoned connection. Returns it if it became active at the last moment."""
    backend = session.backend
    found = backend.run(lambda: backend.accounts.connection(connection.id))
    if found.is_usable:
        return found
    backend.run(lambda: backend.accounts.delete_connection(connection.id))
    return None


@contextmanager
def _show_waiting(message: str) -> Iterator[None]:
    if not sys.stderr.isatty():
        note(message)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(message):
        yield
