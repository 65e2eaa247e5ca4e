"""The routers of our own protocol."""

from __future__ import annotations

from litestar import Router

from composio_server.wire.own import about, accounts, calls, catalog, events, grants, listening, project, project_apps, triggers

__all__ = ["OWN"]

OWN: list[Router] = [
    *(about.router, accounts.router, calls.router, catalog.router, triggers.router, events.router, listening.router),
    *(project.router, project_apps.router, grants.router),
]
