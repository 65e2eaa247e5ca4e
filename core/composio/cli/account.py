"""``composio login``, ``logout`` and ``whoami``: accounts exist on a server only; embedded, the commands say so."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from composio.cli.commands import AsJson
from composio.cli.output import note, print_json, prompt, say
from composio.cli.session import Session
from composio.errors import InvalidRequest

__all__ = ["login", "logout", "whoami"]

_KEY, _URL = "COMPOSIO_API_KEY", "COMPOSIO_BASE_URL"


def login(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Option(help=f"The server's URL. Default: {_URL}.")] = None,
    key: Annotated[str | None, typer.Option(help=f"The API key. Default: {_KEY}, else a prompt.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Log in to a server: later commands and toolsets use it. Embedded use has no account and needs no login.

    Example: composio login --url https://tools.example.com
    """
    from composio.backend.factory import log_in

    server = url or os.environ.get(_URL, "").strip()
    if not server:
        say("No account is needed: everything runs on this machine. Connect an app: composio add github")
        if key or os.environ.get(_KEY):
            note(f"{_KEY if not key else '--key'} is set but not needed. To use a server, name it: composio login --url URL")
        return
    key = key or os.environ.get(_KEY, "").strip() or prompt("API key", hide=True).strip()
    if not key:
        raise InvalidRequest(f"Logging in needs an API key: pass --key or set {_KEY}. `composio server keys create` makes one.")
    Session.of(ctx).hide(key)
    found = log_in(server, key)
    if as_json:
        print_json(_account(found) | {"kept_in": found["kept_in"]})
        return
    say(f"Logged in to {found['base_url']}: {_describe(found)}.")
    say(f"Kept in {found['kept_in']}. `composio logout` forgets it.")
    if (named := os.environ.get(_URL, "").strip()) and url:
        note(f"{_URL} is also set and takes precedence: {named}")


def logout(ctx: typer.Context) -> None:
    """Log out of a server. Embedded use has no account.

    Example: composio logout
    """
    from composio.backend.factory import log_out

    Session.of(ctx)
    is_named = bool(os.environ.get(_URL, "").strip())
    if log_out():
        here = "" if is_named else ": everything runs on this machine again"
        say(f"Logged out{here}. The key stays valid; an admin of the server can revoke it.")
    elif is_named:
        say("You are not logged in.")
    else:
        say("There is no account: everything runs on this machine. `composio connections` lists what is connected.")
    if is_named:
        note(f"{_URL} still names a server; unset it to run on this machine.")


def whoami(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show your account on a server. Embedded: show the default entity and the folder for state.

    Example: composio whoami
    """
    from composio.backend.factory import ask_account
    from composio.model.call import DEFAULT_ENTITY

    session = Session.of(ctx)
    found = ask_account()
    if found is not None:
        _introduce(found, DEFAULT_ENTITY, as_json)
        return
    home = str(session.operator.home)
    if as_json:
        print_json({"mode": "embedded", "account": None, "entity_id": DEFAULT_ENTITY, "home": home})
        return
    say("Embedded: there is no account, everything runs on this machine.")
    say(f"Entity: {DEFAULT_ENTITY}")
    say(f"State:  {home}")


def _introduce(found: dict[str, Any], entity: str, as_json: bool) -> None:
    if as_json:
        print_json({"mode": "server", "account": _account(found), "entity_id": entity, "named_by": found["named_by"]})
        return
    say(f"Server:  {found['base_url']} (version {found['version']}, named by {found['named_by']})")
    say(f"Project: {found['project']['name']} ({found['project']['id']})")
    say(f"Key:     {found['key']['id']} ({found['key']['name']}), scopes: {', '.join(found['key']['scopes'])}")
    say(f"Entity:  {entity}")


def _account(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("base_url", "version", "project", "key")}


def _describe(found: dict[str, Any]) -> str:
    return f"project {found['project']['name']!r}, key {found['key']['id']} with the scopes {', '.join(found['key']['scopes'])}"
