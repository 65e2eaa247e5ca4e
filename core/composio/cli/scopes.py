"""``composio scopes APP``: what an OAuth client has to be allowed for some actions."""

from __future__ import annotations

from typing import Annotated

import typer

from composio.cli.commands import AsJson
from composio.cli.output import note, print_json, say
from composio.cli.session import Session
from composio.client.scopes import LeastScopes, find_scopes

__all__ = ["scopes"]


def scopes(
    ctx: typer.Context,
    app_name: Annotated[str, typer.Argument(metavar="APP", help="The app's key, such as gmail.")],
    actions: Annotated[
        list[str] | None, typer.Option("--for", metavar="ACTION", help="An action that you are going to call; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the least OAuth scopes for some actions of an app, or its usual scopes.

    Register your OAuth client with them, and connect users with initiate_connection(for_actions=[...]).

    Example: composio scopes gmail --for GMAIL_SEND_EMAIL --for GMAIL_FETCH_EMAILS
    """
    backend = Session.of(ctx).backend
    app = backend.run(lambda: backend.app(app_name))
    if actions:
        found = backend.run(lambda: find_scopes(backend, actions, app=app.key))
    else:
        every = [str(one) for scheme in app.auth_schemes for one in scheme.extra.get("default_scopes", ())]
        found = LeastScopes(app=app.key, scopes=tuple(dict.fromkeys(every)))
    if as_json:
        print_json(found.listing())
        return
    for one in found.scopes:
        say(one)
    if not found.scopes:
        note(f"{app.name} is used without OAuth scopes.")
    if found.unknown:
        note(
            f"The description of {app.name} names no scopes for {', '.join(found.unknown)}: the app's usual scopes are included."
        )
