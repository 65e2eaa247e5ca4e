"""The routes of v1 and v2."""

from __future__ import annotations

from litestar import Router

from composio_server.wire.v1 import actions, apps, connections, files, integrations, session, triggers

__all__ = ["ROUTERS"]

ROUTERS: list[Router] = [
    apps.ROUTER,
    actions.ROUTER,
    *files.ROUTERS,
    *integrations.ROUTERS,
    *connections.ROUTERS,
    *triggers.ROUTERS,
    *session.ROUTERS,
]
