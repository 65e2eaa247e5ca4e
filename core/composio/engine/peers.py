"""Step 7 for operations that a server of another protocol runs: pass on the signed request's content instead of sending it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from composio.engine.io import Io
from composio.engine.receive import Answer
from composio.engine.save import Saver, safe_name
from composio.engine.send import Trace
from composio.errors import ConfigurationError, SpecError
from composio.model.action import ActionModel
from composio.model.call import Outcome, Who
from composio.model.credentials import Credentials
from composio.model.peers import Peer, PeerCall, PeerService
from composio.model.progress import HEARS
from composio.schema.keywords import change_subschemas
from composio.schema.validate import compile_validator
from composio.transport.egress import likewise
from composio.transport.limits import Limits
from composio.transport.request import Request

__all__ = ["FindPeers", "ask", "owner_of", "signed_headers"]

FindPeers = Callable[[str], PeerService | None]
"""Returns the service of a protocol, by name; None if no plugin has one."""

_DISTRIBUTIONS = {"mcp": "opencomposio-mcp"}
_SAFE = frozenset({"GET", "HEAD", "QUERY"})


def explain_missing(kind: str, app: str) -> ConfigurationError:
    """What to install for servers of that kind."""
    distribution = _DISTRIBUTIONS.get(kind)
    how = f"`pip install {distribution}` does" if distribution else "a plugin has to"
    return ConfigurationError(f"{app} is an app of {kind} servers, and nothing here speaks {kind}: {how}.")


def signed_headers(request: httpx.Request, names: frozenset[str], constant: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with credentials, and the app's constant ones, as they were signed."""
    wanted = names | {name.lower() for name in constant}
    return {name: value for name, value in request.headers.items() if name in wanted}


def owner_of(project: str, who: Who, credentials: Credentials, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the key of a call's session. A stored connection keeps its sessions when its tokens are renewed."""
    if credentials.connection is not None:
        return project, who.entity_id, credentials.connection.id
    told = json.dumps(sorted(headers.items())).encode()
    return project, who.entity_id, sha256(told).hexdigest() if headers else ""


async def ask(
    peers: FindPeers | None,
    peer: Peer,
    action: ActionModel,
    request: httpx.Request,
    headers: Mapping[str, str],
    owner: tuple[str, ...],
    io: Io,
    trace: Trace,
    limits: Limits,
    folder: Callable[[], Path],
) -> tuple[Answer | None, Outcome]:
    """Make ``peer`` run the operation with the JSON body of ``request`` as arguments. ``folder`` is where files go.

    Raises ``ConfigurationError`` if no plugin supports the server's protocol.
    """
    service = peers(peer.server.kind) if peers is not None else None
    if service is None:
        raise explain_missing(peer.server.kind, action.app)
    trace.request, trace.attempts = _without_body(request), 1
    arguments = json.loads(request.content) if request.content else {}
    call = PeerCall(
        app=action.app,
        server=peer.server,
        url=str(request.url),
        headers=headers,
        owner=owner,
        operation=peer.operation,
        arguments=arguments if isinstance(arguments, Mapping) else {},
        is_safe=request.method in _SAFE,
        mark=functools.partial(likewise, request),
        hear=HEARS.get(),
        check=functools.partial(_explain_misfit, action.response),
        save=functools.partial(_save, folder, action.slug.lower(), limits.download),
        seconds=limits.seconds,
        limit=limits.response,
    )
    started = service.call(call)
    try:
        found = await io.outcome(started.future, limits.seconds)
    except TimeoutError:
        started.cancel()
        why = f"{action.app} did not answer within {limits.seconds:.0f} s. What was asked may have been done all the same."
        return None, Outcome(successful=False, error=why)
    except BaseException:
        started.cancel()
        raise
    outcome = Outcome(successful=found.error is None, data=found.data, error=found.error, status=found.status)
    answer = Answer(status=found.status or 200, headers=httpx.Headers(dict(found.headers)), method=request.method)
    return answer, outcome


def _explain_misfit(schema: Mapping[str, Any], data: Any) -> str | None:
    """Why ``data`` is not what ``schema`` says; None if it is, or if nothing is said. More than was said is no lie."""
    if not schema:
        return None
    try:
        problems = compile_validator(_open(schema), any_branch=True).problems(data)
    except SpecError:
        return None
    return "; ".join(map(str, problems)) or None


def _open(schema: Any) -> Any:
    """``schema`` with objects that may have other properties too: a server that gives more than before still works."""
    if not isinstance(schema, Mapping):
        return schema
    closing = ("additionalProperties", "unevaluatedProperties")
    kept = {key: value for key, value in schema.items() if not (key in closing and value is False)}
    return change_subschemas(kept, _open)


def _without_body(request: httpx.Request) -> httpx.Request:
    return Request.without_body(request.method, request.url, {})


def _save(folder: Callable[[], Path], default: str, limit: int, name: str, mimetype: str, data: bytes) -> Mapping[str, Any]:
    if len(data) > limit:
        raise ValueError(f"a file of more than {limit} bytes")
    saver = Saver(folder, safe_name("", f"/{name}" if name else "", mimetype, default), mimetype)
    try:
        saver.write(data)
    except BaseException:
        saver.abort()
        raise
    return saver.finish().as_data()
