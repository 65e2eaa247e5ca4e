"""``composio logs``: the calls that were made, as the log of calls has them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from composio.cli.commands import AsJson, listing_group
from composio.cli.output import print_json, print_listing, print_record
from composio.cli.session import Session
from composio.model.logged import CallFilter

if TYPE_CHECKING:
    from composio.model.logged import LoggedCall

__all__ = ["app"]

app = listing_group("List the calls that were logged; look at one.")

_NOTHING_LOGGED = "No call is logged. On this machine COMPOSIO_LOG_CALLS=on logs those that are made from then on."
_HOUR = 3600.0


@app.callback()
def list_calls(
    ctx: typer.Context,
    app_name: Annotated[str | None, typer.Option("--app", help="Only calls to this app.")] = None,
    action: Annotated[str | None, typer.Option("--action", help="Only calls of this action.")] = None,
    entity_id: Annotated[str | None, typer.Option("--entity-id", "-e", help="Only this entity's.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="Only those that are started, done, failed or unknown.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="Only those with this text in input, output or error.")] = None,
    hours: Annotated[float | None, typer.Option("--hours", help="Only those of the last so many hours.", min=0.0)] = None,
    limit: Annotated[int, typer.Option("--limit", help="How many to list at most.", min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List logged calls, newest first, or with a command below: get.

    Example: composio logs --app github --status failed
    """
    if ctx.invoked_subcommand is not None:
        return
    backend = Session.of(ctx).backend
    which = CallFilter(
        app=None if app_name is None else app_name.strip().lower(),
        action=None if action is None else action.strip().upper(),
        entity_id=entity_id,
        status=status,
        text=text,
        since=None if hours is None else time.time() - hours * _HOUR,
        limit=limit,
    )
    found = backend.run(lambda: backend.logs.list_calls(which))
    columns = ("ID", "AT", "ACTION", "ENTITY", "STATUS", "HTTP#", "SECONDS#")
    none = "No logged call fits." if which != CallFilter(limit=limit) else _NOTHING_LOGGED
    print_listing(found, columns, _row, as_json=as_json, none=none, drop=("HTTP", "SECONDS", "ENTITY"))


def _row(one: LoggedCall) -> tuple[object, ...]:
    took = "-" if one.seconds is None else f"{one.seconds:.2f}"
    return one.id, one.listing()["started_at"], one.action, one.entity_id, one.status, one.http_status or "-", took


@app.command()
def get(
    ctx: typer.Context,
    call_id: Annotated[str, typer.Argument(metavar="ID", help="A call's id, as `composio logs` lists it.")],
    as_json: AsJson = False,
) -> None:
    """Show one call with its input and output, as far as they were kept, without what is named like a secret.

    Example: composio logs get log_0123456789abcdef01234567
    """
    backend = Session.of(ctx).backend
    found = backend.run(lambda: backend.logs.call(call_id)).listing()
    if as_json:
        print_json(found)
    else:
        print_record(found)
