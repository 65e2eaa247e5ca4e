"""The routers of every protocol."""

from __future__ import annotations

from litestar import Router

from composio_server.wire import inbound, oauth
from composio_server.wire.own.routers import OWN
from composio_server.wire.v1 import routers as v1
from composio_server.wire.v3 import routers as v3

__all__ = ["ROUTERS"]

ROUTERS: list[Router] = [*v1.ROUTERS, *v3.ROUTERS, *OWN, inbound.router, oauth.router]
