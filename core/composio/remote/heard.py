"""An answer that is told of before it is there: lines of JSON with the progress of a call, then what would have been answered.

Each line is ``{"progress", "total", "message"}``; the last one is ``{"status", "headers"}`` of the answer whose body follows. A
client asks for it with :data:`HEARD` in ``Accept``; a server that does not know that answers as ever. Both ends use this module; it
does no I/O of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from composio.model.progress import Hear
from composio.remote.codec import from_json, to_json

__all__ = ["HEARD", "HeardError", "HeardReader", "write_head", "write_progress"]

HEARD: Final = "application/vnd.composio.heard"
_LONGEST: Final = 64 * 1024  # bytes of a line


class HeardError(ValueError):
    """Bytes that are no such answer."""


def write_progress(progress: float, total: float | None, message: str | None) -> bytes:
    """One line."""
    return to_json({"progress": progress, "total": total, "message": message}) + b"\n"


def write_head(status: int, headers: Mapping[str, str]) -> bytes:
    """The last line."""
    return to_json({"status": status, "headers": dict(headers)}) + b"\n"


class HeardReader:
    """Reads such an answer piece by piece, and passes on what is told to ``hear``. ``head`` is None before the last line."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._waiting = b""
        self.status = 0
        self.headers: Mapping[str, str] | None = None

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes; those of the body. Raises :class:`HeardError`."""
        if self.headers is not None:
            return chunk
        self._waiting += chunk
        while self.headers is None:
            line, end, rest = self._waiting.partition(b"\n")
            if len(line) > _LONGEST:
                raise HeardError(f"a line is longer than {_LONGEST} bytes")
            if not end:
                return b""
            self._waiting = rest
            self._read(line)
        return self._waiting

    def _read(self, line: bytes) -> None:
        try:
            said = from_json(line)
        except ValueError:
            raise HeardError("a line is not JSON") from None
        if not isinstance(said, dict):
            raise HeardError("a line is not an object")
        headers, status = said.get("headers"), said.get("status")
        if isinstance(headers, dict) and isinstance(status, int):
            self.status = status
            self.headers = {name: value for name, value in headers.items() if isinstance(value, str)}
        elif _is_number(progress := said.get("progress")):
            total, message = said.get("total"), said.get("message")
            self._hear(progress, total if _is_number(total) else None, message if isinstance(message, str) else None)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
