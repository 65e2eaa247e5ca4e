"""Describe this server, and the holder of a key."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get

from composio import __version__
from composio.remote.codec import PROTOCOL
from composio_server.access import here, require_key
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop
from composio_server.wire.own.bodies import answer, answer_error

__all__ = ["router"]


@get("/version")
async def get_version() -> Response[bytes]:
    """The server's version, and its protocol version for toolsets. Takes no key."""
    return answer({"version": __version__, "protocol": PROTOCOL})


@get("/whoami", scope=Scope.READ, guards=[require_key])
async def whoami(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The project of the key, the key's name, and its scopes."""
    asked = here(request)
    project = await off_loop(asked.services.projects.get, asked.caller.project_id)
    known = await off_loop(asked.services.keys.list_keys, asked.caller.project_id)
    key = next((one for one in known if one.id == asked.caller.key_id), None)
    return answer(
        {
            "version": __version__,
            "project": {"id": asked.caller.project_id, "name": project.name if project else ""},
            "key": {
                "id": asked.caller.key_id,
                "name": key.name if key else "",
                "scopes": sorted(asked.caller.scopes),
                "expires_at": key.expires_at if key else None,
            },
        }
    )


router = Router(
    "/api/v3.1",
    route_handlers=[get_version, whoami],
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: about"],
)
