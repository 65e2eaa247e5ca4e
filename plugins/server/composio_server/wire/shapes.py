"""Errors in the format of each protocol."""

from __future__ import annotations

from typing import Any

from composio_server.problems import WebProblem

__all__ = ["error_for", "status_for"]

_FORMER = ("/api/v1/", "/api/v2/")
# Statuses that v0.7's TypeScript client fails over itself, without a word of what was said, and what it reads instead.
_UNREADABLE = {403: 401, 405: 404, 409: 400, 413: 400, 415: 400, 422: 400, 501: 400, 503: 502, 504: 502}


def error_for(path: str, problem: WebProblem, request_id: str) -> dict[str, Any]:
    """The body of an error answer to a request for ``path``."""
    found = _former(problem, request_id) if path.startswith(_FORMER) else _current(problem, request_id)
    # Clients of v0.7 hand the body of this one to their callers, whatever its status.
    outcome = {"successful": False, "successfull": False, "data": {}, "error": problem.message}
    return {**found, **outcome} if path == "/api/v2/actions/proxy" else found


def status_for(path: str, status: int, source: str) -> int:
    """The status of an error answer; ``source`` is what a client says of itself in ``x-source``."""
    return _UNREADABLE.get(status, status) if source == "js_sdk" and path.startswith(_FORMER) else status


def _former(problem: WebProblem, request_id: str) -> dict[str, Any]:
    """What the TypeScript client of v0.7 reads; the Python one shows the whole text."""
    return {
        "message": problem.message,
        "type": "error" if problem.status >= 500 else "BadRequestError" if problem.status == 400 else problem.name,
        "name": problem.name,
        # Of a 400 the TypeScript client shows these, and nothing else.
        "details": [dict(one) for one in problem.details] or [{"message": problem.message}],
        "requestId": request_id,
        "status": problem.status,
    }


def _current(problem: WebProblem, request_id: str) -> dict[str, Any]:
    """As v3 has it: everything in ``error``."""
    return {
        "error": {
            "message": problem.message,
            "slug": problem.name,
            "code": problem.status,
            "status": problem.status,
            "request_id": request_id,
            "suggested_fix": problem.fix,
            "errors": [str(one.get("message", one)) for one in problem.details],
        }
    }
