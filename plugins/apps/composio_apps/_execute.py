"""The injected ``execute_request``, as type checkers see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

__all__ = ["Execute"]

# Gives the decoded answer: a JSON object, of all that these actions ask for.
Execute = Callable[..., Awaitable[dict[str, Any]]]
