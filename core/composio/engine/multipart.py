"""Multipart bodies whose parts may be files: read in pieces while they are sent, again for each attempt.

Source: RFC 7578 (form-data), RFC 2046, 5.1 (mixed, related); WHATWG HTML, "Multipart form data", for names.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import anyio.to_thread
import httpx

from composio.engine.files import Upload

__all__ = ["FileStream", "Part", "multipart"]

_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part. ``filename`` is None if it is not a file; ``headers`` are additional ones."""

    name: str
    content: bytes | Upload
    content_type: str
    filename: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class FileStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A request body of bytes and files. Each iteration opens the files again, so that a retry sends them in full."""

    def __init__(self, pieces: Sequence[bytes | Upload]) -> None:
        self.pieces = pieces
        self.size = sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in pieces)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece.chunks()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            chunks = piece.chunks()
            try:
                while chunk := await anyio.to_thread.run_sync(next, chunks, b""):
                    yield chunk
            finally:
                chunks.close()  # type: ignore[attr-defined]  # a generator, declared as what it is used for


def multipart(parts: Sequence[Part], subtype: str = "form-data") -> tuple[str, FileStream]:
    """Return the content type with its boundary, and the body. Only parts of form-data have names."""
    boundary = secrets.token_hex(16)
    pieces: list[bytes | Upload] = []
    for part in parts:
        pieces += [_head(part, boundary, named=subtype == "form-data"), part.content, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return f"multipart/{subtype}; boundary={boundary}", FileStream(pieces)


def _head(part: Part, boundary: str, *, named: bool) -> bytes:
    lines = [f"--{boundary}"]
    if named:
        file = f'; filename="{_quote(part.filename)}"' if part.filename is not None else ""
        lines.append(f'Content-Disposition: form-data; name="{_quote(part.name)}"{file}')
    lines += [f"{name}: {value}" for name, value in part.headers.items()]
    lines.append(f"Content-Type: {part.content_type}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _quote(text: str) -> str:
    return text.translate(_ESCAPED)
