"""Export and delete the data of one entity."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from composio.client.arguments import entity
from composio.client.calls import LoggedCalls
from composio.model.approval import ApprovalFilter
from composio.model.trigger_instance import InstanceQuery

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["export", "forget"]

_PAGE: Final = 500


async def forget(backend: Backend, entity_id: str) -> dict[str, int]:
    """Delete an entity's triggers, connections and approvals, and erase its data from calls and events, permanently.

    Returns the number of each. Revokes connections at their providers, like a single deletion. If interrupted, call it again to
    finish.
    """
    from anyio.to_thread import run_sync

    named = entity(entity_id)
    found = {"triggers": 0, "connections": 0}
    for instance in (await backend.triggers.instances(InstanceQuery(entity_ids=(named,)))).items:
        await backend.triggers.delete(instance.id)
        found["triggers"] += 1
    for connection in await backend.accounts.connections(entity_ids=[named]):
        await backend.accounts.delete_connection(connection.id)
        found["connections"] += 1
    found["approvals"] = await run_sync(functools.partial(backend.approvals.forget, named))
    return {**found, **(await backend.logs.forget(named))}


async def export(backend: Backend, entity_id: str) -> dict[str, list[dict[str, Any]]]:
    """Export the data of an entity as JSON data: triggers, connections without secrets, approvals, calls, events."""
    from anyio.to_thread import run_sync

    named = entity(entity_id)
    which = ApprovalFilter(entity_id=named, limit=1_000)
    instances = (await backend.triggers.instances(InstanceQuery(entity_ids=(named,)))).items
    approvals = await run_sync(functools.partial(backend.approvals.list, which))
    events: list[dict[str, Any]] = []
    while page := [dict(one) for one in await backend.events.log(entity_id=named, limit=_PAGE, **_before(events))]:
        events += page
    return {
        "triggers": [one.listing() for one in instances],
        "connections": [one.listing() for one in await backend.accounts.connections(entity_ids=[named])],
        "approvals": [one.listing() for one in approvals],
        "calls": [one.listing() async for one in LoggedCalls(backend).aexport(entity_id=named)],
        "events": events,
    }


def _before(events: list[dict[str, Any]]) -> Any:
    return {"before": events[-1]["sequence"]} if events else {}
