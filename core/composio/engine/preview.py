"""A dry run: show what would be sent, and send nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from composio.engine.decode import scrubbed
from composio.model.call import Outcome
from composio.model.redacted import HIDDEN

if TYPE_CHECKING:
    import httpx

    from composio.model.action import ActionModel
    from composio.model.credentials import Credentials

__all__ = ["preview_function", "preview_request"]

_MOST: Final = 20_000  # characters of a body


def preview_request(request: httpx.Request, secret_headers: frozenset[str], credentials: Credentials) -> Outcome:
    """Describe a signed request as it would be sent, without its credentials."""
    import httpx

    secrets = credentials.secrets()
    try:
        content: bytes | None = request.content
    except httpx.RequestNotRead:  # files, which are read as they are sent
        content = None
    headers = {name: HIDDEN if name in secret_headers else scrubbed(value, secrets) for name, value in request.headers.items()}
    shown: dict[str, Any] = {"method": request.method, "url": scrubbed(str(request.url), secrets), "headers": headers}
    if content is None:
        shown["body"] = "(files)"
    elif content:
        shown["body"] = _read(scrubbed(content.decode("utf-8", "replace"), secrets))
    return Outcome(successful=True, data={"dry_run": shown})


def preview_function(action: ActionModel, arguments: Mapping[str, Any]) -> Outcome:
    """Describe a function that would be called, or a tool of another server."""
    return Outcome(successful=True, data={"dry_run": {"function": action.slug, "arguments": dict(arguments)}})


def _read(text: str) -> Any:
    if len(text) > _MOST:
        return text[: _MOST - 1] + "…"
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
