"""The shared part of v3's routes: base classes of bodies, pages, lists in queries, and unsupported fields."""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException

from composio.errors import InvalidRequest

__all__ = [
    "EPOCH",
    "REDACTED",
    "NotOffered",
    "Paged",
    "Slice",
    "Wire",
    "as_uuid",
    "drop_brackets",
    "read_cursor",
    "read_limit",
    "read_list",
    "slice_of",
]

T = TypeVar("T")
EPOCH: Final = "1970-01-01T00:00:00.000Z"
"""A placeholder for a time that is not stored here."""
REDACTED: Final = "REDACTED"
_MOST, _USUAL = 1000, 20
_MOST_VALUES = 500
_OURS = uuid.UUID("5d0c3b52-4c57-4c8b-9d4c-0d3f6f1f8f9e")


class Wire(msgspec.Struct, kw_only=True):
    """A request or response body. Unknown fields of a request are ignored."""


class Paged(Wire, kw_only=True):
    """The fields of every list besides its ``items``."""

    next_cursor: str | None
    total_pages: int
    current_page: int
    total_items: int


class NotOffered(HTTPException):
    """A feature that this server does not support; clients need not retry."""

    status_code = 501

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail, headers={"x-should-retry": "false"})


class Slice(msgspec.Struct, Generic[T], kw_only=True):
    """A part of a list, and its position."""

    items: Sequence[T]
    start: int
    size: int
    total: int

    def paged(self) -> dict[str, Any]:
        """Return the fields of :class:`Paged`."""
        end = self.start + len(self.items)
        return {
            "next_cursor": write_cursor(end) if end < self.total else None,
            "total_pages": math.ceil(self.total / self.size),
            "current_page": self.start // self.size + 1,
            "total_items": self.total,
        }


def slice_of(everything: Sequence[T], cursor: str | None, limit: float | None) -> Slice[T]:
    """Return the requested part of a list. Raises ``InvalidRequest`` for an invalid cursor or limit."""
    start, size = read_cursor(cursor), read_limit(limit)
    return Slice(items=everything[start : start + size], start=start, size=size, total=len(everything))


def read_limit(limit: float | None) -> int:
    """Return the page size: 20 by default, 1000 at most."""
    if limit is None:
        return _USUAL
    if not math.isfinite(limit) or limit != int(limit) or limit < 1:
        raise InvalidRequest(f"limit: a whole number from 1 to {_MOST}; got {limit}.")
    return min(int(limit), _MOST)


def read_cursor(cursor: str | None) -> int:
    """Return the number of items before a page."""
    if not cursor:
        return 0
    try:
        number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except ValueError:
        number = ""
    if not number.isdecimal() or len(number) > 9:
        raise InvalidRequest("cursor: pass on what a list gave as next_cursor, or leave it out for the first page.")
    return int(number)


def write_cursor(position: int) -> str:
    """Encode a position for :func:`read_cursor`."""
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def read_list(values: Sequence[str] | None, name: str) -> list[str]:
    """Return the values of a query: clients send lists as ``a,b``, as ``name=a&name=b`` or as ``name[]=a&name[]=b``."""
    found = [part.strip() for value in values or () for part in value.split(",")]
    if len(found) > _MOST_VALUES:
        raise InvalidRequest(f"{name}: at most {_MOST_VALUES} values; got {len(found)}.")
    return list(dict.fromkeys(part for part in found if part))


async def drop_brackets(request: Request[Any, Any, Any]) -> None:
    """Read ``name[]=`` and ``name[0]=`` as ``name=``. Runs before a route reads its query."""
    query: bytes = request.scope["query_string"]
    if b"[" not in query and b"%5B" not in query and b"%5b" not in query:
        return
    parts = []
    for part in query.split(b"&"):
        name, equals, value = part.partition(b"=")
        plain = name.replace(b"%5B", b"[").replace(b"%5b", b"[").replace(b"%5D", b"]").replace(b"%5d", b"]")
        head, _, index = plain.partition(b"[")
        is_list = index == b"]" or (index.endswith(b"]") and index[:-1].isdigit())
        parts.append((head if is_list else name) + equals + value)
    request.scope["query_string"] = b"&".join(parts)


def as_uuid(id: str) -> str:  # noqa: A002 - an id is what it takes
    """Return a stable UUID for an id, which earlier clients used."""
    return str(uuid.uuid5(_OURS, id))
