"""What Composio injects, as type checkers see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

__all__ = ["Execute", "File", "ReadFile"]

# Gives the decoded answer: a JSON object, of all that these actions ask for.
Execute = Callable[..., Awaitable[dict[str, Any]]]


class File(Protocol):
    """A file that an argument names."""

    @property
    def name(self) -> str | None: ...
    @property
    def mimetype(self) -> str | None: ...
    def read(self) -> bytes: ...


ReadFile = Callable[[str, str], File]
