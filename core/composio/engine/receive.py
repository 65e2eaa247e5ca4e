"""Read a response's content within limits.

It is decompressed in pieces and kept in memory as data or written to a file. No other I/O.
Source: RFC 9110, 8.4 (content codings); RFC 9112, 6.3 (length).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from composio.engine.content import Promise, Verdict, judge, recognise_format
from composio.engine.save import Saved, Saver, safe_name
from composio.model.media import base_type, is_bytes, is_json, is_text
from composio.transport.limits import Limits

__all__ = ["Answer", "Receiver"]

_PIECE = 256 * 1024
_MAX_CODINGS = 2
_DISCARDED = 64 * 1024
_GZIP = b"\x1f\x8b"
# IANA's registry of content codings, and unregistered ones in use; the first group can be decoded here.
_KNOWN_CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
_CODINGS = _KNOWN_CODINGS | {
    *(
        "br",
        "compress",
        "x-compress",
        "dcb",
        "dcz",
        "exi",
        "pack200-gzip",
        "zstd",
        "bzip2",
        "x-bzip2",
        "lzma",
        "xz",
        "lz4",
        "snappy",
    ),
    *("aes128gcm", "brotli", "zstandard"),
}
# Bytes that are enough to decide, and bytes that are examined.
_ENOUGH, _START = 512, 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """A response with its content. ``problem`` says why it was not read to its end; ``saved`` is the file it was written to.

    ``method`` is the request's, ``reason`` the reason phrase.
    """

    status: int
    headers: httpx.Headers
    content: bytes = field(default=b"", repr=False)
    saved: Saved | None = None
    problem: str = ""
    method: str = ""
    reason: str = ""

    @property
    def media_type(self) -> str:
        """The content type in lower case, without its parameters."""
        return base_type(self.headers.get("content-type", ""))


class Receiver:
    """Receive the chunks of one response. Call ``feed`` until it returns False, then ``finish``; ``abort`` on any exception.

    ``size`` counts the bytes so far, decompressed. ``accept`` are the media types that the description declares; ``folder`` is
    where files go, ``name`` their default name.
    """

    def __init__(
        self,
        response: httpx.Response,
        limits: Limits,
        *,
        accept: tuple[str, ...] = (),
        folder: Callable[[], Path] | None = None,
        name: str = "download",
        discard: bool = False,
    ) -> None:
        self._response, self._limits = response, limits
        self._accept, self._folder, self._name = accept, folder, name
        failed = response.status_code >= 400
        self._most = _DISCARDED if discard else limits.error if failed else limits.response
        self._may_cut = failed or discard
        self._chunks: list[bytes] = []
        self.size = self._blank = 0
        self._saver: Saver | None = None
        self._problem = ""
        # Until there is enough to decide; then "data", "file", or "unsure": data that becomes a file if it does not parse.
        self._verdict: Verdict | None = None if not self._may_cut and folder is not None else "data"
        self._decoder = _Decoder(response.headers.get("content-encoding", ""))

    @property
    def swells(self) -> bool:
        """Whether the input is compressed."""
        return not self._decoder.plain

    @property
    def writes(self) -> bool:
        """Whether the input goes to a disk."""
        return self._saver is not None

    def feed(self, chunk: bytes, *, decoded: bool = False) -> bool:
        """Take a chunk from the network; return False if no more is wanted."""
        if not self.size and not decoded and self._decoder.plain and chunk.startswith(_GZIP) and self._expects_json():
            self._decoder = _Decoder("gzip")  # a proxy dropped the header
        if decoded or self._decoder.plain:
            return self._take(chunk)
        try:
            return all(self._take(piece) for piece in self._decoder.pieces(chunk))
        except _Undecodable as error:
            self._problem = str(error)
            return False

    def _expects_json(self) -> bool:
        kind = base_type(self._response.headers.get("content-type", ""))
        return is_json(kind) or ((not kind or is_bytes(kind)) and Promise.of(self._accept).all_json)

    def _take(self, piece: bytes) -> bool:
        self.size += len(piece)
        if self.size > self._most and self._verdict == "unsure":
            self._save()
        if self.size > self._most:
            self._too_much(piece)
            return False
        if self._saver is not None:
            self._saver.write(piece)
            return True
        self._chunks.append(piece)
        if self._verdict is None and self.size >= _ENOUGH:
            self._decide()
        return True

    def _decide(self) -> None:
        if self._chunks and not self._chunks[-1].strip() and self._blank == self.size - len(self._chunks[-1]):
            self._blank = self.size  # only spaces so far, of which there may be many
            return
        start = b"".join(self._chunks)
        if start.strip():
            self._verdict = judge(self._response.headers, self._accept, start[self._blank :][:_START])
            if self._verdict == "file":
                self._save()

    def _save(self) -> None:
        assert self._folder is not None
        self._verdict = "file"
        headers = self._response.headers
        content_type = headers.get("content-type", "")
        kind = base_type(content_type) or "application/octet-stream"
        if is_json(kind) or is_text(kind):
            kind = recognise_format(b"".join(self._chunks)[:_START], content_type) or kind
        name = safe_name(headers.get("content-disposition", ""), self._response.request.url.path, kind, self._name)
        self._saver = Saver(self._folder, name, kind)
        self._most = self._limits.download
        for chunk in self._chunks:
            self._saver.write(chunk)
        self._chunks.clear()

    def _too_much(self, piece: bytes) -> None:
        if self._may_cut:
            self._chunks.append(piece[: max(0, self._most - self.size + len(piece))])
            return
        what = "a file" if self._saver else "an answer"
        self._problem = (
            f"the API sent {what} of more than {_size(self._most)}, which is the limit. Ask for less: fewer items a page, fewer"
            " fields, a filter."
        )

    def finish(self) -> Answer:
        """Return the response. Without a problem it is complete."""
        if self._verdict is None and not self._problem:
            self._decide()
        if not self._problem and not self._may_cut and not self._decoder.complete:
            self._problem = "the API's answer breaks off inside its compression."
        if self._problem:
            self.abort()
            return self._answer(problem=self._problem)
        if self._verdict == "unsure" and not b"".join(self._chunks[-2:]).rstrip().endswith((b"}", b"]")):
            self._save()
        saved = self._saver.finish() if self._saver else None
        return self._answer(self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks), saved)

    def _answer(self, content: bytes = b"", saved: Saved | None = None, problem: str = "") -> Answer:
        response = self._response
        return Answer(
            response.status_code, response.headers, content, saved, problem, response.request.method, response.reason_phrase
        )

    def abort(self) -> None:
        """Release everything, including a partial file."""
        self._chunks.clear()
        if self._saver is not None:
            self._saver.abort()
            self._saver = None


def _size(count: int) -> str:
    return f"{count // 1024**2} MiB" if count >= 1024**2 else f"{count} bytes"


class _Undecodable(Exception):
    """Content in an unrequested or a broken coding."""


class _Decoder:
    """Decode the content codings, at most ``_PIECE`` bytes at a time, so that size is checked before it grows."""

    def __init__(self, header: str) -> None:
        # Many servers send a charset or `none` here: an unknown coding says nothing about the encoding.
        self._codings = [coding for one in header.split(",") if (coding := one.strip().lower()) in _CODINGS]
        self.plain = not self._codings
        self._steps: list[_Inflate] | None = None

    @property
    def complete(self) -> bool:
        return self._steps is None or all(step.complete for step in self._steps)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        if self._steps is None:
            if len(self._codings) > _MAX_CODINGS:
                raise _Undecodable("the API sent an answer that is compressed over and over.")
            self._steps = [_Inflate(coding) for coding in reversed(self._codings)]
        found: Iterator[bytes] = iter((chunk,))
        for step in self._steps:
            found = step.over(found)
        return found


class _Inflate:
    """One coding: gzip with any number of members, or deflate with or without zlib's header."""

    def __init__(self, coding: str) -> None:
        if coding not in _KNOWN_CODINGS:
            raise _Undecodable(
                f"the API sent its response in the content coding {coding[:20]!r}, which the request did not accept."
            )
        self._deflate = coding == "deflate"
        self._inflate = self._fresh()
        self._started = self._is_plain = False
        self._head = b""

    def _fresh(self) -> zlib._Decompress:
        return zlib.decompressobj(zlib.MAX_WBITS if self._deflate else zlib.MAX_WBITS | 16)

    @property
    def complete(self) -> bool:
        return self._is_plain or self._inflate.eof or not (self._started or self._head)

    def over(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if self._started:
                yield from self._inflate_all(chunk)
            elif len(self._head) + len(chunk) > 1:
                yield from self._inflate_all(self._start(self._head + chunk))
            else:
                self._head += chunk

    def _start(self, data: bytes) -> bytes:
        # RFC 1950, 2.2: zlib's header. Some servers send raw RFC 1951 data.
        is_raw = self._deflate and (data[0] & 15 != 8 or bool(int.from_bytes(data[:2]) % 31))
        if is_raw:
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        # A proxy decoded the content and left the header.
        self._is_plain = _is_undone(data) if is_raw else not self._deflate and not data.startswith(_GZIP)
        self._started, self._head = True, b""
        return data

    def _inflate_all(self, data: bytes) -> Iterator[bytes]:
        if self._is_plain:
            yield data
            return
        while data:
            if self._inflate.eof:
                if self._deflate or not data.startswith(_GZIP[: len(data)]):
                    return  # padding after the end, or what gzip(1) calls trailing garbage
                self._inflate = self._fresh()
            try:
                piece = self._inflate.decompress(data, _PIECE)
            except zlib.error:
                raise _Undecodable("the API sent an answer whose compression is broken.") from None
            if piece:
                yield piece
            data = self._inflate.unconsumed_tail or self._inflate.unused_data
            # Output that zlib still holds comes with further calls.
            if not data and len(piece) == _PIECE and not self._inflate.eof:
                while piece := self._hold():
                    yield piece

    def _hold(self) -> bytes:
        try:
            return self._inflate.decompress(b"", _PIECE)
        except zlib.error:
            return b""


def _is_undone(start: bytes) -> bool:
    """Return whether content that claims to be raw deflate is something else."""
    try:
        zlib.decompressobj(-zlib.MAX_WBITS).decompress(start, _START)
    except zlib.error:
        return True
    return False
