"""``composio connections``: list, refresh, enable, disable and remove connections."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer

from composio.cli.commands import AsJson, listing_group
from composio.cli.output import nearest_ids, note, print_json, print_listing, print_record, say
from composio.cli.session import Session
from composio.errors import ConnectedAccountNotFound

if TYPE_CHECKING:
    from composio.backend import AccountService
    from composio.model.connection import Connection

__all__ = ["app"]

app = listing_group("List connections; show, renew, switch and remove them.")

Id = Annotated[str, typer.Argument(metavar="ID", help="A connection's id, as `composio connections` lists it.")]


@app.callback()
def list_connections(
    ctx: typer.Context,
    active: Annotated[bool, typer.Option("--active", help="Only connections that calls can use.")] = False,
    app_name: Annotated[str | None, typer.Option("--app", help="Only this app's.")] = None,
    entity_ids: Annotated[
        list[str] | None, typer.Option("--entity-id", "-e", help="Only connections of this entity; repeatable.")
    ] = None,
    labels: Annotated[
        list[str] | None, typer.Option("--label", "-l", help="Only connections with this label; repeatable.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Maximum number to list.")] = None,
    as_json: AsJson = False,
) -> None:
    """List connections, newest first. Commands: get, remove, refresh, enable, disable.

    Example: composio connections --app github --active
    """
    if ctx.invoked_subcommand is not None:
        return
    backend = Session.of(ctx).backend
    found = backend.run(
        lambda: backend.accounts.connections(
            app=app_name, entity_ids=tuple(entity_ids or ()), active=active, labels=tuple(labels or ()), limit=limit
        )
    )
    is_narrowed = active or app_name or entity_ids or labels
    print_listing(
        found,
        ("ID", "APP", "ENTITY", "STATUS", "AUTH", "SINCE", "LABELS"),
        _row,
        as_json=as_json,
        none="No connection matches." if is_narrowed else "No connections yet. Connect an app: composio add github",
        drop=("LABELS", "SINCE", "AUTH"),
    )
    for one in () if as_json else found:
        if one.renewal_lost_at is not None and one.diagnostic:
            note(f"{one.id}: {one.diagnostic}")


def _row(one: Connection) -> tuple[object, ...]:
    return one.id, one.app, one.entity_id, _status(one), one.auth_mode, one.createdAt, ", ".join(one.labels)


def _status(one: Connection) -> str:
    about = [] if one.enabled else ["disabled"]
    if one.is_usable and one.renewal_lost_at is not None:
        about.append("answer lost")
    return f"{one.status} ({', '.join(about)})" if about else str(one.status)


@app.command()
def get(ctx: typer.Context, connection_id: Id, as_json: AsJson = False) -> None:
    """Show one connection, without its secrets.

    Example: composio connections get conn_0123456789abcdef01234567
    """
    _print(_act(ctx, connection_id, lambda accounts: accounts.connection(connection_id)), as_json)


@app.command()
def remove(ctx: typer.Context, connection_id: Id, as_json: AsJson = False) -> None:
    """Delete a connection, and revoke its tokens if the provider supports that.

    Example: composio connections remove conn_0123456789abcdef01234567
    """
    gone = _act(ctx, connection_id, lambda accounts: accounts.connection(connection_id))
    _act(ctx, connection_id, lambda accounts: accounts.delete_connection(connection_id))
    if as_json:
        print_json({"removed": gone.id, "app": gone.app, "entity_id": gone.entity_id})
    else:
        say(f"Removed {gone.id}: {gone.entity_id} no longer uses it for {gone.app}.")


@app.command()
def refresh(ctx: typer.Context, connection_id: Id, as_json: AsJson = False) -> None:
    """Refresh a connection's tokens now.

    Example: composio connections refresh conn_0123456789abcdef01234567
    """
    _print(_act(ctx, connection_id, lambda accounts: accounts.refresh_connection(connection_id)), as_json)


@app.command()
def enable(ctx: typer.Context, connection_id: Id, as_json: AsJson = False) -> None:
    """Enable a connection: calls can use it again.

    Example: composio connections enable conn_0123456789abcdef01234567
    """
    _print(_act(ctx, connection_id, lambda accounts: accounts.update_connection(connection_id, enabled=True)), as_json)


@app.command()
def disable(ctx: typer.Context, connection_id: Id, as_json: AsJson = False) -> None:
    """Disable a connection: no call can use it until it is enabled again.

    Example: composio connections disable conn_0123456789abcdef01234567
    """
    _print(_act(ctx, connection_id, lambda accounts: accounts.update_connection(connection_id, enabled=False)), as_json)


def _act(ctx: typer.Context, connection_id: str, work: Callable[[AccountService], Coroutine[Any, Any, Any]]) -> Any:
    """Run it; for an unknown id, suggest the nearest ones, which the operator may see."""
    backend = Session.of(ctx).backend
    try:
        return backend.run(lambda: work(backend.accounts))
    except ConnectedAccountNotFound as error:
        known = backend.run(backend.accounts.connections)
        of_app = [one.id for one in known if connection_id.strip().lower() == one.app]
        close = of_app or nearest_ids(connection_id, [one.id for one in known])
        hint = f" Did you mean {', '.join(close[:3])}?" if close else ""
        raise ConnectedAccountNotFound(
            connection_id,
            f"Unknown connected account {connection_id!r}.{hint} `composio connections` lists them.",
            app=error.app,
        ) from None


def _print(one: Connection, as_json: bool) -> None:
    if as_json:
        print_json(one.listing())
    else:
        print_record(one.listing())
