"""Convert the model's values to rows, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from composio.model.connection import Connection, ConnectionStatus, Integration
from composio.store.records import Authorization, Sealed

__all__ = [
    "AUTHORIZATION",
    "CONNECTION",
    "INTEGRATION",
    "SEALED",
    "as_authorization",
    "as_changes",
    "as_columns",
    "as_connection",
    "as_integration",
    "as_sealed",
    "row_of",
    "select",
]

SEALED = ("key_id", "wrapped", "box")
INTEGRATION = (
    "id",
    "app",
    "name",
    "auth_mode",
    "scheme",
    "scopes",
    "redirect_uri",
    "use_composio_oauth_app",
    "limited_actions",
    "enabled",
    "created_at",
    "updated_at",
)
CONNECTION = (
    "id",
    "entity_id",
    "app",
    "integration_id",
    "auth_mode",
    "scheme",
    "status",
    "enabled",
    "labels",
    "scopes",
    "redirect_url",
    "error",
    "version",
    "expires_at",
    "refresh_at",
    "created_at",
    "updated_at",
    "activated_at",
    "worked_at",
    "renewal_sent_at",
    "renewal_lost_at",
)
AUTHORIZATION = (
    "state_hash",
    "connection_id",
    "integration_id",
    "entity_id",
    "redirect_uri",
    "created_at",
    "expires_at",
    "interval",
    "next_poll_at",
    "used_at",
)
_LISTS = frozenset({"labels", "scopes", "limited_actions"})
# Columns that identify a row, bind its secrets or count its changes are never set directly.
_FIXED = frozenset({"id", "app", "entity_id", "integration_id", "scheme", "version", "created_at", "updated_at"})


def as_integration(row: Sequence[Any]) -> Integration:
    """``row`` has the columns ``INTEGRATION``; ``config`` stays empty."""
    values = dict(zip(INTEGRATION, row, strict=True))
    values["scopes"], values["limited_actions"] = _tuple(values["scopes"]), _tuple(values["limited_actions"])
    return Integration(**values)


def as_connection(row: Sequence[Any]) -> Connection:
    """``row`` has the columns ``CONNECTION``; ``values`` stay empty."""
    values = dict(zip(CONNECTION, row, strict=True))
    values["status"] = ConnectionStatus(values["status"])
    values["labels"], values["scopes"] = tuple(values["labels"]), tuple(values["scopes"])
    return Connection(**values)


def as_authorization(row: Sequence[Any]) -> Authorization:
    """``row`` has the columns ``AUTHORIZATION``."""
    return Authorization(**dict(zip(AUTHORIZATION, row, strict=True)))


def as_sealed(row: Sequence[Any]) -> Sealed:
    """``row`` has the columns ``SEALED``."""
    key_id, wrapped, box = row
    return Sealed(str(key_id), _bytes(wrapped), _bytes(box))


def row_of(record: Integration | Connection | Authorization, names: Iterable[str], sealed: Sealed) -> dict[str, Any]:
    """Convert ``record`` to a new row."""
    return {name: _plain(name, getattr(record, name)) for name in names} | as_columns(sealed)


def as_changes(changes: Mapping[str, Any], names: Iterable[str], now: float) -> dict[str, Any]:
    """Convert ``changes`` to columns. Raises ``TypeError`` for an unknown or immutable column."""
    allowed = set(names) - _FIXED
    if unknown := sorted(set(changes) - allowed):
        raise TypeError(f"{', '.join(unknown)} can't be changed; {', '.join(sorted(allowed))} can")
    values = {name: _plain(name, value) for name, value in changes.items()}
    return {**values, "updated_at": now}


def as_columns(sealed: Sealed) -> dict[str, Any]:
    """Convert ``sealed`` to columns."""
    return {"key_id": sealed.key_id, "wrapped": sealed.wrapped, "box": sealed.box}


def select(table: sa.Table, *groups: Iterable[str]) -> list[sa.Column[Any]]:
    """Return the columns of ``table`` in reading order."""
    return [table.c[name] for names in groups for name in names]


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, ConnectionStatus):
        return value.value
    return list(value) if name in _LISTS and value is not None else value


def _bytes(value: Any) -> bytes:
    """SQLite's columns may hold any type. A value that is not bytes fails to decrypt, like modified bytes."""
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else str(value).encode(errors="replace")


def _tuple(value: list[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)
