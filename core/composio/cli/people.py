"""``composio export`` and ``composio forget``: the data of one entity."""

from __future__ import annotations

from typing import Annotated

import typer

from composio.cli.commands import AsJson
from composio.cli.fields import interactive
from composio.cli.output import confirm, print_json, say
from composio.cli.session import Session
from composio.errors import InvalidRequest

__all__ = ["export", "forget"]

EntityId = Annotated[str, typer.Argument(metavar="ENTITY", help="Your own id of a user.")]


def export(ctx: typer.Context, entity_id: EntityId) -> None:
    """Print the data of an entity as JSON: triggers, connections without secrets, approvals, calls, events.

    Example: composio export alice > alice.json
    """
    from composio.client import people

    backend = Session.of(ctx).backend
    print_json(backend.run(lambda: people.export(backend, entity_id)))


def forget(
    ctx: typer.Context,
    entity_id: EntityId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete an entity's triggers, connections and approvals, and erase its data from calls and events, permanently.

    Example: composio forget alice
    """
    from composio.client import people

    if not yes:
        if not interactive():
            raise InvalidRequest(
                f"The data stored for {entity_id!r} would be deleted permanently, and there is no terminal to confirm on: add --yes."
            )
        confirm(f"Permanently delete the data stored for {entity_id!r}?")
    backend = Session.of(ctx).backend
    found = backend.run(lambda: people.forget(backend, entity_id))
    if as_json:
        print_json({"forgotten": entity_id, **found})
    else:
        say(f"Forgot {entity_id}: " + ", ".join(f"{count} {name}" for name, count in found.items()) + ".")
