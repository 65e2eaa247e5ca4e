"""Bodies of our own protocol: parsed strictly, and marked so that a client recognises the server."""

from __future__ import annotations

from typing import Any, TypeVar

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.params import JSONBody

from composio import __version__
from composio.errors import ComposioError, InvalidRequest
from composio.remote.codec import PROTOCOL, PROTOCOL_HEADER, decode, encode, to_json
from composio.remote.problems import write_error
from composio_server.problems import describe
from composio_server.request_ids import request_id_of
from composio_server.wire import shapes

__all__ = ["HEADERS", "Body", "answer", "answer_error", "read"]

T = TypeVar("T")
Body = JSONBody[dict[str, Any]]
HEADERS = {PROTOCOL_HEADER: str(PROTOCOL), "x-composio-version": __version__, "cache-control": "no-store"}


def read(kind: type[T], data: Any) -> T:
    """Parse a request's body. Raises ``InvalidRequest`` that says where it is invalid."""
    return decode(kind, data, strict=True)


def answer(value: Any, kind: Any = None) -> Response[bytes]:
    """Return ``value`` as the response; plain data unchanged, a model's value in its codec's form."""
    content = to_json(value if isinstance(value, dict | list) else encode(value, kind))
    return Response(content, media_type="application/json", headers=HEADERS)


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Return an error in every protocol's form, with the data for the client to raise it in ``exception``."""
    request_id = request_id_of(request)
    if isinstance(error, HTTPException) and error.status_code == 400:
        error = InvalidRequest(f"The body is not a JSON object: {error.detail}"[:300])
    problem = describe(error, request_id)
    content = shapes.error_for(request.url.path, problem, request_id)
    if isinstance(error, ComposioError) and problem.name == type(error).__name__:  # not one for the log only
        content["error"]["exception"] = write_error(error)
    return Response(
        to_json(content), status_code=problem.status, headers={**HEADERS, **problem.headers}, media_type="application/json"
    )
