"""Long listings: made once, put together from parts that are compressed already, as one gzip member."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio_server.services import pieces
from composio_server.services.listings import Listings, Part


@given(st.binary(max_size=50), st.binary(max_size=50), st.integers(0, 3000))
def test_the_checksum_of_two_strings_is_found_from_theirs(one: bytes, other: bytes, zeros: int) -> None:
    other += b"\0" * zeros
    assert pieces.combine(zlib.crc32(one), zlib.crc32(other), len(other)) == zlib.crc32(one + other)


@given(st.lists(st.lists(st.binary(max_size=300), max_size=3), max_size=5))
def test_parts_are_one_gzip_member_whatever_they_hold(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    files = [folder / str(at) for at in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        with file.open("wb") as opened:
            pieces.write(opened, part)
    joined = b"".join(pieces.join(b"[", files, b",", b"]"))
    one = zlib.decompressobj(16 + zlib.MAX_WBITS)
    wanted = b"[" + b",".join(whole for part in parts if (whole := b"".join(part))) + b"]"
    assert one.decompress(joined) == wanted
    assert (one.eof, one.unused_data) == (True, b"")


def test_a_part_that_is_cut_off_is_told(tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes(b"")
    with pytest.raises(OSError, match="Invalid argument"):
        list(pieces.join(b"", [tmp_path / "cut"], b",", b""))


def test_only_parts_that_changed_are_made_anew(tmp_path: Path) -> None:
    listings, made = Listings(lambda: tmp_path), []

    def part(kind: str, state: str) -> Part:
        def make() -> Iterator[bytes]:
            made.append((kind, state))
            yield json.dumps(f"{kind} {state}").encode()

        return Part(kind, state, make)

    def compose(state: str, *parts: Part) -> list[str]:
        found: list[str] = json.loads(gzip.decompress(listings.compose("all", state, b"[", lambda: parts, b"]").read_bytes()))
        return found

    assert not listings.has("all", "a")
    assert compose("a", part("one", "a"), part("two", "a")) == ["one a", "two a"]
    assert listings.has("all", "a")
    assert compose("a", part("one", "b")) == ["one a", "two a"]
    assert compose("b", part("one", "a"), part("two", "b")) == ["one a", "two b"]
    assert made == [("one", "a"), ("two", "a"), ("two", "b")]
