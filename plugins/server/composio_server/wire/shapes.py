"""Errors in the format of each protocol."""

from __future__ import annotations

from typing import Any

from composio_server.problems import WebProblem

__all__ = ["error_for", "status_for"]

_FORMER = ("/api/v1/", "/api/v2/")
# Statuses on which v0.7's TypeScript client fails itself, ignoring the message, and what it reads instead.
_UNREADABLE = {403: 401, 405: 404, 409: 400, 413: 400, 415: 400, 422: 400, 501: 400, 503: 502, 504: 502}


def error_for(path: str, problem: WebProblem, request_id: str) -> dict[str, Any]:
    """Return the body of an error response to a request for ``path``."""
    found = _former(problem, request_id) if path.startswith(_FORMER) else _current(problem, request_id)
    # Clients of v0.7 pass the body of this one to their callers, whatever its status.
    outcome = {"successful": False, "successfull": False, "data": {}, "error": problem.message}
    return {**found, **outcome} if path == "/api/v2/actions/proxy" else found


def status_for(path: str, status: int, source: str) -> int:
    """Return the status of an error response; ``source`` is the client's ``x-source``."""
    return _UNREADABLE.get(status, status) if source == "js_sdk" and path.startswith(_FORMER) else status


def _former(problem: WebProblem, request_id: str) -> dict[str, Any]:
    """Return what the TypeScript client of v0.7 reads; the Python one shows the full text."""
    return {
        "message": problem.message,
        "type": "error" if problem.status >= 500 else "BadRequestError" if problem.status == 400 else problem.name,
        "name": problem.name,
        # Of a 400 the TypeScript client shows only these.
        "details": [dict(one) for one in problem.details] or [{"message": problem.message}],
        "requestId": request_id,
        "status": problem.status,
    }


def _current(problem: WebProblem, request_id: str) -> dict[str, Any]:
    """Return v3's form: everything in ``error``."""
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
