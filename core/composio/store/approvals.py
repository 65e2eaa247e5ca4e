"""Queries of approvals, and of the totals of policies' limits."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.model.approval import Approval, ApprovalFilter, ApprovalStatus
from composio.store import rows
from composio.store.projects import Partition, Transaction
from composio.store.records import Sealed
from composio.store.sealing import storable
from composio.store.tables import approvals as table
from composio.store.tables import policy_totals as totals

if TYPE_CHECKING:
    import sqlite3

__all__ = [
    "add",
    "count_waiting",
    "decide",
    "find_live",
    "forget",
    "get",
    "give_back",
    "has_total",
    "list_approvals",
    "spend",
    "take",
]

_FIELDS: Final = tuple(one.name for one in fields(Approval))
_COLUMNS: Final = [table.c[name] for name in _FIELDS]
_PENDING, _APPROVED, _DENIED = (ApprovalStatus.PENDING, ApprovalStatus.APPROVED, ApprovalStatus.DENIED)
_LIVE: Final = (_PENDING, _APPROVED, _DENIED)
_KEPT_SECONDS: Final = 30 * 86_400.0


def add(part: Partition, approval: Approval, sealed: Sealed) -> Approval:
    """Add an approval, or return the live one with the same digest. Expired ones are replaced."""
    with part.write() as transaction:
        over = sa.update(table).where(part.condition(table), table.c.digest == approval.digest, table.c.status.in_(_LIVE))
        transaction.execute(over.where(table.c.expires_at <= approval.created_at).values(status=ApprovalStatus.EXPIRED))
        old = sa.delete(table).where(part.condition(table), table.c.expires_at < approval.created_at - _KEPT_SECONDS)
        transaction.execute(old)
        found = _find_live(part, transaction, approval.digest)
        if found is not None:
            return found
        stored = rows.as_columns(storable(transaction.connection, sealed))
        row = {name: getattr(approval, name) for name in _FIELDS}
        row |= {"by": list(approval.by), "rules": list(approval.rules), "status": approval.status.value, **stored}
        # Of two concurrent requests PostgreSQL lets one wait here for the other.
        insert = postgresql.insert if part.is_postgresql else sqlite.insert
        transaction.connection.execute(insert(table).values({**row, "project_id": part.project}).on_conflict_do_nothing())
        added = _find_live(part, transaction, approval.digest)
        return approval if added is None else added


def find_live(part: Partition, digest: str, now: float) -> Approval | None:
    """Return the live approval with this digest."""
    statement = sa.select(*_COLUMNS).where(part.condition(table), table.c.digest == digest, table.c.status.in_(_LIVE))
    row = part.find(statement.where(table.c.expires_at > now))
    return None if row is None else _read(row)


def _find_live(part: Partition, transaction: Transaction, digest: str) -> Approval | None:
    statement = sa.select(*_COLUMNS).where(part.condition(table), table.c.digest == digest, table.c.status.in_(_LIVE))
    row = transaction.execute(statement).first()
    return None if row is None else _read(row)


def count_waiting(part: Partition, entity_id: str, now: float) -> int:
    """Count an entity's pending approvals."""
    waiting = (table.c.status == _PENDING, table.c.entity_id == entity_id, table.c.expires_at > now)
    row = part.find(sa.select(sa.func.count()).select_from(table).where(part.condition(table), *waiting))
    return int(row[0]) if row is not None else 0


def get(part: Partition, id: str) -> tuple[Approval, Sealed] | None:  # noqa: A002 - the field's name, as below
    """Return one approval, and its arguments."""
    columns = (*_COLUMNS, *rows.select(table, rows.SEALED))
    row = part.find(sa.select(*columns).where(part.condition(table), table.c.id == id))
    if row is None:
        return None
    return _read(row[: len(_FIELDS)]), rows.as_sealed(row[len(_FIELDS) :])


def list_approvals(part: Partition, which: ApprovalFilter, now: float) -> list[Approval]:
    """List approvals, newest first, with their status at ``now``."""
    statement = sa.select(*_COLUMNS).where(part.condition(table)).order_by(table.c.seq.desc()).limit(which.limit)
    if which.entity_id is not None:
        statement = statement.where(table.c.entity_id == which.entity_id)
    if which.status is ApprovalStatus.EXPIRED:
        over = sa.and_(table.c.status.in_((_PENDING, _APPROVED)), table.c.expires_at <= now)
        statement = statement.where(sa.or_(over, table.c.status == ApprovalStatus.EXPIRED))
    elif which.status is not None:
        statement = statement.where(table.c.status == which.status)
        if which.status in {_PENDING, _APPROVED}:
            statement = statement.where(table.c.expires_at > now)
    return [_read(row).at(now) for row in part.rows(statement)]


class _NotAll(Exception):
    """Undoes a transaction in which not every approval was pending."""


def decide(part: Partition, ids: Sequence[str], *, status: ApprovalStatus, by: str, reason: str | None, now: float) -> bool:
    """Approve or deny all of the different ``ids``, or none. Returns True for the first decision, before one expires."""
    pending = (table.c.id.in_(ids), table.c.status == _PENDING, table.c.expires_at > now)
    changed = sa.update(table).where(part.condition(table), *pending)
    is_decided = False
    with suppress(_NotAll), part.write() as transaction:
        found = transaction.execute(changed.values(status=status, decided_by=by, reason=reason, decided_at=now))
        if found.rowcount != len(ids):
            raise _NotAll
        is_decided = True
    return is_decided


def take(part: Partition, id: str, digest: str, now: float) -> bool:  # noqa: A002
    """Use an approval for ``digest``. Returns True for one caller only, before it expires."""
    changed = sa.update(table).where(
        part.condition(table),
        table.c.id == id,
        table.c.digest == digest,
        table.c.status == _APPROVED,
        table.c.expires_at > now,
    )
    return part.change(changed.values(status=ApprovalStatus.USED, used_at=now)) == 1


_SPEND: Final = (
    f"INSERT INTO {totals.name} (project_id, key, total, ends_at) VALUES (:project, :key, :amount, :ends_at)"  # noqa: S608 - a table's name
    " ON CONFLICT (project_id, key) DO UPDATE SET ends_at = excluded.ends_at, total = excluded.total"
    f" + CASE WHEN {totals.name}.ends_at <= :now THEN 0.0 ELSE {totals.name}.total END"
    f" WHERE {totals.name}.ends_at <= :now OR {totals.name}.total + excluded.total <= :most RETURNING total"
)
_SWEEP: Final = f"DELETE FROM {totals.name} WHERE project_id = :project AND ends_at <= :now"  # noqa: S608 - a table's name


def spend(part: Partition, key: str, amount: float, most: float, *, ends_at: float, now: float) -> bool:
    """Add to a total unless it would exceed ``most``. Totals of past periods are deleted when a new one begins.

    A power cut may take the last half second of it; the process's own end does not.
    """
    if amount > most:
        return False
    given = {"project": part.project, "key": key, "amount": float(amount), "most": most, "ends_at": ends_at, "now": now}
    over = {"project": part.project, "now": now}
    if part.is_sqlite:  # without SQLAlchemy, which takes longer than the rest of a call's decision

        def change(driver: sqlite3.Connection) -> bool:
            found = driver.execute(_SPEND, given).fetchone()
            if found is not None and found[0] == amount:
                driver.execute(_SWEEP, over)
            return found is not None

        return part.change_aside(change, lasting=False)
    with part.write(lasting=False) as transaction:
        total = transaction.connection.execute(sa.text(_SPEND), given).scalar()
        if total == amount:
            transaction.connection.execute(sa.text(_SWEEP), over)
        return total is not None


def has_total(part: Partition, key: str, now: float) -> bool:
    """Return whether anything was added to a total in its present period."""
    found = sa.select(totals.c.total).where(part.condition(totals), totals.c.key == key, totals.c.ends_at > now)
    return part.find(found) is not None


def give_back(part: Partition, key: str, amount: float) -> None:
    """Subtract an amount."""
    changed = sa.update(totals).where(part.condition(totals), totals.c.key == key)
    part.change(changed.values(total=totals.c.total - amount), lasting=False)


def forget(part: Partition, entity_id: str) -> int:
    """Delete an entity's approvals with their arguments. Returns how many there were."""
    return part.change(sa.delete(table).where(part.condition(table), table.c.entity_id == entity_id))


def _read(row: Sequence[Any]) -> Approval:
    values = dict(zip(_FIELDS, row, strict=True))
    status = ApprovalStatus(values["status"])
    return Approval(**{**values, "status": status, "by": tuple(values["by"]), "rules": tuple(values["rules"])})
