"""Check that a connection has the scopes of a trigger."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from composio.errors import InvalidRequest
from composio.model.trigger import TriggerModel

if TYPE_CHECKING:
    from composio.model.connection import Connection

__all__ = ["check_scopes"]


def check_scopes(trigger: TriggerModel, connection: Connection | None) -> None:
    """Raise ``InvalidRequest`` with the scopes that ``trigger`` needs and ``connection`` lacks, and how to get them.

    Granted scopes are known for OAuth only. If they are unknown, the provider's response decides.
    """
    if connection is None or not connection.scopes:
        return
    granted = set(connection.scopes)
    missing = [one for one in map(_split, trigger.scopes) if granted.isdisjoint(one)]
    if not missing:
        return
    wanted = [*connection.scopes, *(one[0] for one in missing)]
    options = " ".join(f"--scope {shlex.quote(one)}" for one in wanted)
    raise InvalidRequest(
        f"{trigger.slug} needs the scope {' and '.join(' or '.join(one) for one in missing)}, which the connection {connection.id} of"
        f" {connection.entity_id!r} was not granted. To connect again with it:"
        f" `composio add {connection.app} -e {shlex.quote(connection.entity_id)} --force {options}`."
    )


def _split(scope: str) -> list[str]:
    """Return the scopes of which one suffices."""
    return [one.strip() for one in scope.split("|")]
