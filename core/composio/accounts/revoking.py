"""Revoke tokens that are no longer stored, if the provider supports that."""

from __future__ import annotations

import logging

from composio.accounts.wire import Wire, drive
from composio.auth.flow import ConnectingScheme, FlowContext
from composio.errors import ComposioError

__all__ = ["revoke_orphans"]

log = logging.getLogger("composio.accounts")


async def revoke_orphans(
    connection_id: str, flow: ConnectingScheme, context: FlowContext, wire: Wire, *, seconds: float | None = None
) -> None:
    """Revoke the tokens in ``context``, issued for a connection deleted meanwhile. Ignores the provider's refusal."""
    name = context.app.key
    try:
        await drive(flow.revoke(context), context, wire, seconds=seconds)
    except ComposioError as error:
        log.warning("%s: tokens came for %s, which was deleted, and could not be revoked: %s", name, connection_id, error)
    else:
        log.info("%s: tokens that came for %s, which was deleted, are not kept", name, connection_id)
