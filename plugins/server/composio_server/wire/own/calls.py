"""Calls of actions and requests. The same ``x-request-id`` again is the same call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any

import anyio
import msgspec
from litestar import Request, Response, Router, post
from litestar.response import Stream

from composio.errors import InvalidRequest, LoggedCallNotFound
from composio.model.call import RawRequest, ToolCall
from composio.model.figures import FigureFilter
from composio.model.logged import CallFilter
from composio.remote.codec import encode
from composio.remote.framing import FRAMED, FrameError, FrameReader, frame
from composio.remote.requests import CheckChain, CredentialsFor, OfApp, OfCall, OfEntity
from composio.store.calls import CallQuery
from composio_server.access import here, require_key
from composio_server.request_ids import idempotency_key_of
from composio_server.services.executions import Executed
from composio_server.services.keys import Scope
from composio_server.services.threads import off_loop
from composio_server.services.transfers import Brought, Transfer
from composio_server.wire.own.bodies import HEADERS, Body, answer, answer_error, read
from composio_server.wire.own.hearing import hears, tell

__all__ = ["answer_error", "read_plain", "router", "run_call"]

Asked = Request[Any, Any, Any]
_AT_ONCE = 1024 * 1024  # bytes written to disk at once


@post("/", scope=Scope.EXECUTE, status_code=200)
async def execute(request: Asked, data: Body) -> Response[Any]:
    """Run an `action` with `arguments` as `who`.

    Returns the outcome: `successful`, `data`, `error`, `status`, `more`; omitted fields are false or null. Mistakes of a model
    or an upstream give an unsuccessful outcome, a mistake of the caller an error. If the API sent files, the response is a
    frame (`application/vnd.composio.framed`): a line of JSON with the outcome in `answer` and, in `files`, each file's `name`,
    `mimetype`, `size`, and its path in the data (`at`); then the files' bytes.

    With `application/vnd.composio.heard` in `Accept`, the response begins immediately with lines of JSON: `progress`, `total`
    and `message` from the app's MCP server, then a line with the `status` and the `headers` of the response, whose body
    follows.
    """
    return await run_call(request, read(ToolCall, data))


def read_plain(body: bytes) -> ToolCall:
    """Parse a call; raises ``InvalidRequest`` or ``ValueError`` for an invalid one."""
    return read(ToolCall, msgspec.json.decode(body, type=dict[str, Any]))


async def run_call(request: Asked, call: ToolCall) -> Response[Any]:
    """Run a call without files."""
    transfer = here(request).services.transfers.begin()
    if hears(request):
        return tell(request, lambda: _execute(request, call, transfer, with_files=False))
    return await _execute(request, call, transfer, with_files=False)


@post("/with_files", scope=Scope.EXECUTE, status_code=200, request_max_body_size=None)
async def execute_with_files(request: Asked) -> Response[Any]:
    """The same as `POST /api/v3.1/calls`, with files.

    The body is a frame (`application/vnd.composio.framed`): a line of JSON with the call in `call`, and in `files` each file's
    `path`, as arguments name it, and `size`; then the files' bytes.
    """
    transfer = here(request).services.transfers.begin()
    try:
        call = await _receive(request, transfer)
        return await _execute(request, call, transfer, with_files=True)
    except BaseException:
        await off_loop(transfer.remove)
        raise


async def _receive(request: Asked, transfer: Transfer) -> ToolCall:
    """Return the call, with its files in their folder."""
    settings = here(request).services.settings
    reader, waiting = FrameReader(transfer.open_files, settings.body_bytes), bytearray()
    try:
        with anyio.fail_after(settings.call_seconds):
            async for chunk in request.stream():
                waiting += chunk
                if len(waiting) >= _AT_ONCE:
                    await off_loop(reader.feed, bytes(waiting))
                    waiting.clear()
            await off_loop(reader.feed, bytes(waiting))
        head = reader.finish()
    except FrameError as error:
        raise InvalidRequest(f"The body is not framed correctly ({FRAMED}): {error}.") from None
    except TimeoutError:
        raise InvalidRequest(f"The body did not come within {settings.call_seconds:g} seconds.") from None
    await off_loop(transfer.close_files)
    return read(ToolCall, head.get("call"))


async def _execute(request: Asked, call: ToolCall, transfer: Transfer, *, with_files: bool) -> Response[Any]:
    asked = here(request)
    call = replace(call, options=transfer.options(call.options, with_files=with_files))
    run = asked.services.executions.execute
    return await _answer(
        transfer, lambda: run(asked.caller, call, request_id=idempotency_key_of(request)), with_files=with_files
    )


@post("/request", scope=Scope.EXECUTE, status_code=200)
async def send_request(request: Asked, data: Body) -> Response[Any]:
    """Send a request to an `app`'s API that no action describes, signed like its actions.

    Returns the same as `POST /api/v3.1/calls`.
    """
    asked, raw = here(request), read(RawRequest, data)
    transfer = asked.services.transfers.begin()
    raw = replace(raw, options=transfer.options(raw.options, with_files=False))
    run = asked.services.executions.request
    return await _answer(transfer, lambda: run(asked.caller, raw, request_id=idempotency_key_of(request)), with_files=False)


async def _answer(transfer: Transfer, run: Callable[[], Any], *, with_files: bool) -> Response[Any]:
    """Return the result of ``run`` with its files; the call's folder is deleted once they are sent."""
    brought: Sequence[Brought] = ()
    try:
        done: Executed = await run()
        outcome = done.outcome
        if isinstance(outcome.data, dict | list):
            outcome, brought = transfer.take(outcome, replayed=done.replayed)
        if not brought:
            return answer(outcome)
        head = {"answer": encode(outcome), "files": [one.listing() for one in brought]}
        stream = frame(head, [one.upload for one in brought])
        headers = {**HEADERS, "content-length": str(stream.size)}
        return Stream(_send(stream, transfer), media_type=FRAMED, headers=headers)
    finally:
        if not brought and (with_files or transfer.folder.exists()):
            await off_loop(transfer.remove)


async def _send(stream: AsyncIterator[bytes] | Any, transfer: Transfer) -> AsyncIterator[bytes]:
    try:
        async for chunk in stream:
            yield chunk
    finally:
        await off_loop(transfer.remove)


@post("/credentials", scope=Scope.EXECUTE, status_code=200)
async def check_credentials(request: Asked, data: Body) -> Response[bytes]:
    """Returns `{}` if calls of `who` to all of `apps` could be authenticated, else the error that a call would get."""
    asked = read(CredentialsFor, data)
    await here(request).backend.require_credentials(asked.apps, asked.who)
    return answer({})


@post("/auth_params", scope=Scope.ADMIN, status_code=200)
async def get_auth_params(request: Asked, data: Body) -> Response[bytes]:
    """What signs requests of `who` to `app`, secrets in clear text.

    Returns `base_url`, `headers`, `query_params`, and the `fields` behind them.
    """
    asked = read(OfApp, data)
    return answer(await here(request).backend.auth_params(asked.app, asked.who))


@post("/log/list", scope=Scope.ADMIN, status_code=200)
async def list_logged_calls(request: Asked, data: Body) -> Response[bytes]:
    """The project's calls, newest first: `{"calls": [...]}`.

    `app`, `action`, `entity_id`, `connection_id`, `agent`, `run`, `status` (`started`, `done`, `failed`, `unknown`, `held`,
    `replayed`), `since` and `until` in seconds since 1970 and `text` filter them; `before` is the `seq` of the last one seen.
    """
    asked, which = here(request), CallQuery.of(read(CallFilter, data))
    found = await off_loop(asked.services.calls.list_calls, asked.caller.project_id, which)
    return answer({"calls": [encode(one.as_logged()) for one in found]})


@post("/log/get", scope=Scope.ADMIN, status_code=200)
async def get_logged_call(request: Asked, data: Body) -> Response[bytes]:
    """One call of the project."""
    asked, call_id = here(request), read(OfCall, data).call_id
    found = await off_loop(asked.services.calls.get, asked.caller.project_id, call_id)
    if found is None:
        raise LoggedCallNotFound(call_id)
    return answer(found.as_logged())


@post("/log/check", scope=Scope.ADMIN, status_code=200)
async def check_logged_calls(request: Asked, data: Body) -> Response[bytes]:
    """Verify the chain of the project's calls.

    Returns how many links were `checked`, from `first` to `number`, whose hash is `hash`, and what is `broken`: `number`, `id`,
    `why`. `number` and `hash` of the body are those of a link from an earlier check.
    """
    asked, given = here(request), read(CheckChain, data)
    head = None if given.number is None else (given.number, given.hash)
    return answer(await off_loop(asked.services.calls.check, asked.caller.project_id, head))


@post("/log/figures", scope=Scope.ADMIN, status_code=200)
async def count_calls(request: Asked, data: Body) -> Response[bytes]:
    """The project's calls, events and deliveries of the last `hours` (24): by hour, beyond 48 hours by day.

    `periods`, oldest first, have `at` in seconds since 1970, `calls`, `failed`, `half_within` and `most_within` (50 % and 95 %
    of calls took at most so many seconds), `events`, `delivered`, `undelivered`, and how often tokens were `refreshed` or
    `unrefreshed`; `apps` and `entities` have `name`, `calls`, `failed`, `seconds` on average; 0 and null are omitted. `app` and
    `entity_id` filter them.
    """
    asked, which = here(request), read(FigureFilter, data)
    return answer(await off_loop(asked.services.calls.figures, asked.caller.project_id, which))


@post("/log/forget", scope=Scope.ADMIN, status_code=200)
async def forget_entity(request: Asked, data: Body) -> Response[bytes]:
    """Erase an entity's data in the project's calls and events permanently; returns the number of `calls` and `events`."""
    asked, named = here(request), read(OfEntity, data).entity_id
    return answer(await off_loop(asked.services.calls.forget, asked.caller.project_id, named))


router = Router(
    "/api/v3.1/calls",
    route_handlers=[
        *(execute, execute_with_files, send_request, check_credentials, get_auth_params),
        *(list_logged_calls, get_logged_call, check_logged_calls, count_calls, forget_entity),
    ],
    guards=[require_key],
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: calls"],
)
