"""From the model's values to rows of triggers, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import sqlalchemy as sa

from composio.errors import InvalidRequest
from composio.model.dump import finite

__all__ = ["as_json", "columns_of", "digest_of", "digest_of_key", "from_json", "key_of", "named", "reader_of", "row_of"]

T = TypeVar("T")
# What the values call otherwise than the tables do.
_RENAMED = {"project": "project_id", "sequence": "seq"}
_JSON = frozenset({"config", "payload", "original", "kept"})
_MAY_BE_NONE = frozenset({"original"})
# A provider's ids are short. What is longer, or holds what databases don't take, is cut; its digest is of the whole.
_LONGEST_KEY = 500


def columns_of(table: sa.Table, kind: type[Any]) -> list[sa.Column[Any]]:
    """The columns that hold the fields of ``kind``, a dataclass, in their order."""
    return [table.c[_RENAMED.get(one.name, one.name)] for one in fields(kind)]


def reader_of(kind: type[T], **read: Callable[[Any], Any]) -> Callable[[Sequence[Any]], T]:
    """What makes a value of a row with the columns of :func:`columns_of`; ``read`` has what some fields need."""
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]  # a dataclass
    known: dict[str, Callable[[Any], Any]] = {name: from_json for name in names if name in _JSON} | read

    def build(row: Sequence[Any]) -> T:
        values = dict(zip(names, row, strict=True))
        return kind(**{name: known[name](value) if name in known else value for name, value in values.items()})

    return build


def row_of(value: Any) -> dict[str, Any]:
    """A value as a new row, without its number."""
    row: dict[str, Any] = {}
    for one in fields(value):
        found = getattr(value, one.name)
        if one.name in _JSON:
            found = None if found is None and one.name in _MAY_BE_NONE else as_json(found)
        row[_RENAMED.get(one.name, one.name)] = found
    row.pop("seq", None)
    return row


def named(changes: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    """``changes`` as columns. Raises ``TypeError`` for those that nobody may make."""
    if unknown := sorted(set(changes) - allowed):
        raise TypeError(f"{', '.join(unknown)} can't be changed; {', '.join(sorted(allowed))} can")
    return {name: as_json(value) if name in _JSON else value for name, value in changes.items()}


def as_json(value: Any) -> str:
    """JSON that every database stores: escapes only. Numbers that JSON has no word for become null."""
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(finite(value), separators=(",", ":"))
    except (TypeError, RecursionError) as error:
        raise InvalidRequest(f"A value can't be stored as JSON: {error}.") from None


def from_json(text: str | None) -> Any:
    """What :func:`as_json` wrote; None for nothing."""
    return None if text is None else json.loads(text)


def digest_of(value: Mapping[str, Any]) -> bytes:
    """The same for mappings that differ in their order only."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).digest()


def digest_of_key(key: str) -> bytes:
    """Of a provider's id, however long it is."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def key_of(key: str) -> str:
    """A provider's id as it can be stored."""
    return key[:_LONGEST_KEY].encode("utf-8", "replace").decode().replace("\0", "�")
