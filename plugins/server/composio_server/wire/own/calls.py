"""Calls of actions and requests. The same ``x-request-id`` again is the same call."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, post

from composio.model.call import RawRequest, ToolCall
from composio.remote.requests import CredentialsFor, OfApp
from composio_server.access import here, require_key
from composio_server.request_ids import idempotency_key_of
from composio_server.services.keys import Scope
from composio_server.wire.own.bodies import Body, answer, answer_error, read

__all__ = ["router"]


@post("/", scope=Scope.EXECUTE, status_code=200)
async def execute(request: Request[Any, Any, Any], data: Body) -> Response[bytes]:
    """Run an `action` with `arguments` as `who`.

    Answers the outcome: `successful`, `data`, `error`, `status`, `more`; what is left out is false or null. What a model or an
    upstream did wrong is an unsuccessful outcome, a mistake of the caller's an error.
    """
    asked, caller = here(request), read(ToolCall, data)
    done = await asked.services.executions.execute(asked.caller, caller, request_id=idempotency_key_of(request))
    return answer(done.outcome)


@post("/request", scope=Scope.EXECUTE, status_code=200)
async def send_request(request: Request[Any, Any, Any], data: Body) -> Response[bytes]:
    """Send a request to an `app`'s API that no action describes, signed as its actions are; answers the outcome."""
    asked, raw = here(request), read(RawRequest, data)
    done = await asked.services.executions.request(asked.caller, raw, request_id=idempotency_key_of(request))
    return answer(done.outcome)


@post("/credentials", scope=Scope.EXECUTE, status_code=200)
async def check_credentials(request: Request[Any, Any, Any], data: Body) -> Response[bytes]:
    """Answers `{}` if calls of `who` to all of `apps` could be authenticated, else the error that a call would meet."""
    asked = read(CredentialsFor, data)
    await here(request).backend.require_credentials(asked.apps, asked.who)
    return answer({})


@post("/auth_params", scope=Scope.ADMIN, status_code=200)
async def get_auth_params(request: Request[Any, Any, Any], data: Body) -> Response[bytes]:
    """What requests of `who` to `app` are signed with, secrets in the clear.

    Answers `base_url`, `headers`, `query_params`, and the `fields` behind them.
    """
    asked = read(OfApp, data)
    return answer(await here(request).backend.auth_params(asked.app, asked.who))


router = Router(
    "/api/v3.1/calls",
    route_handlers=[execute, send_request, check_credentials, get_auth_params],
    guards=[require_key],
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: calls"],
)
