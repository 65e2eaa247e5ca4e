"""``composio login``, ``logout`` and ``whoami``: accounts are a server's; embedded there is none, which they say."""

from __future__ import annotations

import os

import typer

from composio.cli.commands import AsJson
from composio.cli.output import note, print_json, say
from composio.cli.session import Session

__all__ = ["login", "logout", "whoami"]

_KEY = "COMPOSIO_API_KEY"


def login(ctx: typer.Context) -> None:
    """Log in to a server. Embedded there is no account, and nothing to log in to.

    Example: composio login
    """
    _refuse_server(ctx)
    say("No account is needed: everything runs on this machine. Connect an app: composio add github")
    if os.environ.get(_KEY):
        note(f"{_KEY} is set; it is not needed.")


def logout(ctx: typer.Context) -> None:
    """Log out of a server. Embedded there is no account to leave.

    Example: composio logout
    """
    _refuse_server(ctx)
    say("There is no account to leave: everything runs on this machine. `composio connections` lists what is connected.")


def whoami(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Say who you are on a server. Embedded: which entity calls use that name none, and where everything is kept.

    Example: composio whoami
    """
    from composio.model.call import DEFAULT_ENTITY

    _refuse_server(ctx)
    home = str(Session.of(ctx).operator.home)
    if as_json:
        print_json({"mode": "embedded", "account": None, "entity_id": DEFAULT_ENTITY, "home": home})
        return
    say("Embedded: there is no account, everything runs on this machine.")
    say(f"Entity: {DEFAULT_ENTITY}")
    say(f"State:  {home}")


def _refuse_server(ctx: typer.Context) -> None:
    """A server that was asked for is not what this machine's state is."""
    from composio.backend.factory import refuse_server

    Session.of(ctx)
    refuse_server(None)
