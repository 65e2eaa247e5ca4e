"""Errors as each protocol has them."""

from __future__ import annotations

from typing import Any

from composio_server.problems import WebProblem

__all__ = ["error_for"]


def error_for(path: str, problem: WebProblem, request_id: str) -> dict[str, Any]:
    """The body of an error answer to a request for ``path``."""
    former = path.startswith(("/api/v1/", "/api/v2/"))
    found = _former(problem, request_id) if former else _current(problem, request_id)
    # Clients of v0.7 hand the body of this one to their callers, whatever its status.
    outcome = {"successful": False, "successfull": False, "data": {}, "error": problem.message}
    return {**found, **outcome} if path == "/api/v2/actions/proxy" else found


def _former(problem: WebProblem, request_id: str) -> dict[str, Any]:
    """What the TypeScript client of v0.7 reads; the Python one shows the whole text."""
    return {
        "message": problem.message,
        "type": "error" if problem.status >= 500 else "BadRequestError" if problem.status == 400 else problem.name,
        "name": problem.name,
        "details": [dict(one) for one in problem.details],
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
