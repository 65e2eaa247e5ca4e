"""``composio integrations``: list, enable, disable and remove integrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from composio.cli.commands import AsJson, listing_group
from composio.cli.fields import interactive
from composio.cli.output import confirm, nearest_ids, print_json, print_listing, print_record, say
from composio.cli.session import Session
from composio.errors import IntegrationNotFound, InvalidRequest
from composio.model.connection import IntegrationChange

if TYPE_CHECKING:
    from composio.model.connection import Integration

__all__ = ["app"]

app = listing_group("List integrations; show, enable, disable and remove them.")

Id = Annotated[str, typer.Argument(metavar="ID", help="An integration's id, as `composio integrations` lists it.")]


@app.callback()
def list_integrations(
    ctx: typer.Context,
    app_name: Annotated[str | None, typer.Option("--app", help="Only this app's.")] = None,
    auth_mode: Annotated[str | None, typer.Option("--auth-mode", "-a", help="Only with this scheme.")] = None,
    as_json: AsJson = False,
) -> None:
    """List integrations, newest first. Commands: get, enable, disable, remove.

    Example: composio integrations --app github
    """
    if ctx.invoked_subcommand is not None:
        return
    backend = Session.of(ctx).backend
    found = backend.run(lambda: backend.accounts.integrations(app=app_name, auth_mode=auth_mode, disabled=True))
    print_listing(
        found,
        ("ID", "APP", "NAME", "AUTH", "CLIENT", "LIMITED TO", "SINCE"),
        _row,
        as_json=as_json,
        none="No integration matches." if app_name or auth_mode else "No integrations yet. `composio add github` creates one.",
        drop=("LIMITED TO", "SINCE", "CLIENT"),
    )


def _row(one: Integration) -> tuple[object, ...]:
    client = "shared" if one.use_composio_oauth_app else "own" if "client_id" in one.config else "-"
    limited = "-" if one.limited_actions is None else f"{len(one.limited_actions)} actions"
    name = one.name if one.enabled else f"{one.name} (disabled)"
    return one.id, one.app, name, one.auth_mode, client, limited, one.createdAt


@app.command()
def get(ctx: typer.Context, integration_id: Id, as_json: AsJson = False) -> None:
    """Show one integration, without its secrets.

    Example: composio integrations get int_0123456789abcdef01234567
    """
    found = _find(ctx, integration_id).listing()
    if as_json:
        print_json(found)
    else:
        print_record(found)


@app.command()
def enable(ctx: typer.Context, integration_id: Id, as_json: AsJson = False) -> None:
    """Enable an integration: its connections can be made and used again.

    Example: composio integrations enable int_0123456789abcdef01234567
    """
    _switch(ctx, integration_id, enabled=True, as_json=as_json)


@app.command()
def disable(ctx: typer.Context, integration_id: Id, as_json: AsJson = False) -> None:
    """Disable an integration: none of its connections can be made or used until it is enabled again.

    Example: composio integrations disable int_0123456789abcdef01234567
    """
    _switch(ctx, integration_id, enabled=False, as_json=as_json)


def _switch(ctx: typer.Context, integration_id: str, *, enabled: bool, as_json: bool) -> None:
    backend = Session.of(ctx).backend
    found = _find(ctx, integration_id)
    changed = backend.run(lambda: backend.accounts.update_integration(found.id, IntegrationChange(enabled=enabled)))
    if as_json:
        print_json(changed.listing())
    else:
        say(f"{changed.id} of {changed.app} is {'enabled' if changed.enabled else 'disabled'}.")


@app.command()
def remove(
    ctx: typer.Context,
    integration_id: Id,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove an integration. Its connections stay listed but can't be used any more.

    Example: composio integrations remove int_0123456789abcdef01234567
    """
    backend = Session.of(ctx).backend
    found = _find(ctx, integration_id)
    known = backend.run(lambda: backend.accounts.connections(integration_id=found.id, active=True))
    if not yes:
        if not interactive():
            raise InvalidRequest(
                f"{found.id} of {found.app} carries {len(known)} active connections, and there is no terminal to confirm on: add --yes."
            )
        confirm(f"Remove {found.id} of {found.app} and its {len(known)} active connections?")
    backend.run(lambda: backend.accounts.remove_integration(found.id))
    if as_json:
        print_json({"removed": found.id, "app": found.app, "connections": [one.id for one in known]})
    else:
        say(f"Removed {found.id}; {len(known)} connections can't be used any more.")


def _find(ctx: typer.Context, integration_id: str) -> Integration:
    """Return one integration; for an app's name or a mistyped id, suggest the likely ones."""
    backend = Session.of(ctx).backend
    try:
        return backend.run(lambda: backend.accounts.integration(integration_id))
    except IntegrationNotFound:
        known = backend.run(lambda: backend.accounts.integrations(disabled=True))
        of_app = [one.id for one in known if integration_id.strip().lower() == one.app]
        raise IntegrationNotFound(
            integration_id, (of_app or nearest_ids(integration_id, [one.id for one in known]))[:3]
        ) from None
