"""Types of the injected parameters, for type checkers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

__all__ = ["Execute", "File", "ReadFile"]

# Returns the decoded response: always a JSON object for these actions.
Execute = Callable[..., Awaitable[dict[str, Any]]]


class File(Protocol):
    """A file named in an argument."""

    @property
    def name(self) -> str | None: ...
    @property
    def mimetype(self) -> str | None: ...
    def read(self) -> bytes: ...


ReadFile = Callable[[str, str], File]
