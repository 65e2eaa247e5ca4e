"""One body for a value and its files: a line of JSON, then the bytes of each file in sequence.

Nothing is stored between two requests: a call includes its files, an answer its own. The JSON has their sizes in bytes under
``files``. Both ends use this module; it does no I/O of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from composio.engine.files import Upload
from composio.engine.multipart import FileStream
from composio.remote.codec import from_json, to_json

__all__ = ["FRAMED", "FrameError", "FrameReader", "Sink", "Upload", "frame", "sizes_of"]

FRAMED: Final = "application/vnd.composio.framed"


class FrameError(ValueError):
    """A body that is not a frame, or incomplete."""


class Sink(Protocol):
    """Takes the bytes of one file."""

    def write(self, chunk: bytes, /) -> None: ...
    def abort(self) -> None:
        """Delete the file."""
        ...


def frame(head: Mapping[str, Any], files: Sequence[Upload]) -> FileStream:
    """Yield ``head`` followed by ``files``."""
    return FileStream([to_json(head) + b"\n", *files])


def sizes_of(head: Any) -> list[int]:
    """Return the sizes in a head. Raises ``FrameError`` if they are invalid."""
    files = head.get("files") if isinstance(head, dict) else None
    if not isinstance(files, list):
        raise FrameError("it does not say which files it brings")
    sizes = [one.get("size") if isinstance(one, dict) else None for one in files]
    if not all(isinstance(size, int) and not isinstance(size, bool) and size >= 0 for size in sizes):
        raise FrameError("it does not say how long its files are")
    return [int(size) for size in sizes if size is not None]


class FrameReader:
    """Reads a frame incrementally.

    ``open_files`` returns a sink for each file after the head, which has at most ``most`` bytes.
    """

    def __init__(self, open_files: Callable[[Any], Sequence[Sink]], most: int) -> None:
        self._open, self._most = open_files, most
        self._start = bytearray()
        self._head: Any = None
        self._sinks: list[Sink] = []
        self._left: list[int] = []
        self._at = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises ``FrameError``."""
        if self._head is None:
            line, end, rest = chunk.partition(b"\n")
            self._start += line
            if len(self._start) > self._most:
                raise FrameError(f"its first line is longer than {self._most} bytes")
            if not end:
                return
            try:
                self._head = from_json(bytes(self._start))
            except ValueError:
                raise FrameError("its first line is not JSON") from None
            self._start.clear()
            self._left = sizes_of(self._head)
            self._sinks = list(self._open(self._head))
            chunk = rest
        self._spread(chunk)

    def _spread(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        while len(view) and self._at < len(self._left):
            part = view[: self._left[self._at]]
            self._sinks[self._at].write(bytes(part))
            self._left[self._at] -= len(part)
            view = view[len(part) :]
            if self._left[self._at] == 0:
                self._at += 1
        if len(view):
            raise FrameError("it is longer than it says")

    def finish(self) -> Any:
        """Return the head, once the frame is complete. Raises ``FrameError`` if it is not."""
        if self._head is None or any(self._left):
            raise FrameError("it ended before its end")
        return self._head

    def abort(self) -> None:
        """Delete all files."""
        for sink in self._sinks:
            sink.abort()
