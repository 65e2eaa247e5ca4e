"""Assemble one gzip document from compressed parts, by joining their deflate streams.

A part is compressed once and its bytes are only copied afterwards. It ends with a full flush instead of a last block, so that
another can follow. Clients get one gzip member: several are valid too (RFC 1952, 2.2), but some clients read the first
only.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

__all__ = ["combine", "join", "write"]

_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # RFC 1952, 2.3: deflate, no name, no time
_END: Final = struct.Struct("<IQ")  # a trailer with CRC-32 and length of the part's content
_COPIED: Final = 1024 * 1024
_LEVEL: Final = 6
_POLYNOMIAL: Final = 0xEDB88320  # of CRC-32, its lowest power first


def write(file: IO[bytes], pieces: Iterable[bytes]) -> None:
    """Write a part with ``pieces`` as its content."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    crc = size = 0
    for piece in pieces:
        crc, size = zlib.crc32(piece, crc), size + len(piece)
        file.write(packer.compress(piece))
    file.write(packer.flush(zlib.Z_FULL_FLUSH))
    file.write(_END.pack(crc, size))


def join(head: bytes, parts: Iterable[Path], between: bytes, tail: bytes) -> Iterator[bytes]:
    """Yield the bytes of one gzip file: ``head``, the contents of ``parts`` with ``between`` them, and ``tail``.

    Empty parts are omitted.
    """
    yield _HEAD
    crc, size = zlib.crc32(head), len(head)
    yield _pack(head)
    is_first = True
    for part in parts:
        with part.open("rb") as file:
            length = file.seek(-_END.size, 2)
            own, count = _END.unpack(file.read(_END.size))
            if not count:
                continue
            if not is_first:
                crc, size = zlib.crc32(between, crc), size + len(between)
                yield _pack(between)
            is_first = False
            file.seek(0)
            while length:
                chunk = file.read(min(_COPIED, length))
                if not chunk:
                    raise OSError(f"{part} ended before its end.")
                length -= len(chunk)
                yield chunk
            crc, size = combine(crc, own, count), size + count
    yield _pack(tail, last=True)
    yield struct.pack("<II", zlib.crc32(tail, crc), (size + len(tail)) & 0xFFFFFFFF)


def _pack(data: bytes, *, last: bool = False) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def combine(first: int, second: int, length: int) -> int:
    """Return the CRC-32 of two concatenated strings from the CRC of each; ``length`` is the second's, in bytes.

    Appending zero bytes multiplies a CRC by a power of x; CRCs of strings of one length add up.
    """
    factor, power = 1 << 31, 1 << 23  # 1, and x**8 for one byte
    while length:
        if length & 1:
            factor = _multiply(factor, power)
        power = _multiply(power, power)
        length >>= 1
    return _multiply(first, factor) ^ second


def _multiply(one: int, other: int) -> int:
    """Multiply two polynomials over GF(2), modulo CRC-32's; bit 31 is the coefficient of 1."""
    product = 0
    for at in range(31, -1, -1):
        if one >> at & 1:
            product ^= other
        other = (other >> 1) ^ _POLYNOMIAL if other & 1 else other >> 1
    return product
