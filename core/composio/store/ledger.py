"""The hash chain of a project's calls: each finished call gets a number, and a hash over itself and its predecessor.

A call is written before it is sent and completed once it is answered. Only then a background writer adds it to the chain.
Personal data has its own salted hash, so that it can be erased and the chain still be verified.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.model.logged import FORGOTTEN, BrokenLink, CallStatus, ChainCheck
from composio.store.projects import Partition, Transaction, delete, select, update
from composio.store.tables import call_chains as chains
from composio.store.tables import calls as table

__all__ = ["chain", "check", "find_unchained", "forget", "prune", "release"]

_AT_ONCE: Final = 500
_MOST_BROKEN: Final = 100
# Seconds after which an incomplete call is over: its process is gone.
_LONGEST: Final = 3_600.0
_START: Final = b"\0" * 32
_PUBLIC: Final = (
    *("id", "kind", "action", "app", "key_id", "agent", "run", "decision", "approval_id", "approver", "status"),
    *("http_status", "started_at", "seconds"),
)
_PRIVATE: Final = ("entity_id", "connection_id", "on_behalf_of", "arguments_digest", "input", "output", "error")
# The values of a row whose entity was erased.
_ERASED: Final[Mapping[str, Any]] = {**dict.fromkeys(_PRIVATE), "entity_id": FORGOTTEN}
_LINK: Final = ("chain_number", "chain_salt", "chain_private", "chain_hash")
_READ: Final = ("seq", *_PUBLIC, *_PRIVATE, *_LINK)


def chain(part: Partition, now: float) -> int:
    """Append the project's finished calls to the chain. Returns how many."""
    chained = 0
    while part.find(_select_ended(now)) is not None:
        with part.write(lasting=False) as transaction:
            found = [dict(zip(_READ, row, strict=True)) for row in transaction.execute(_select_ended(now).limit(_AT_ONCE))]
            if found:
                # After the rows were locked: of two processes one waits there, and then finds them chained.
                links = _link(found, *_take_end(part, transaction))
                transaction.connection.execute(_SET_LINK, [{**one, "project": part.project} for one in links])
                last = {"number": links[-1]["new_chain_number"], "hash": links[-1]["new_chain_hash"]}
                transaction.execute(update(chains).values(last))
        chained += len(found)
        if len(found) < _AT_ONCE:
            break
    return chained


def _link(found: Sequence[dict[str, Any]], number: int, before: bytes) -> list[dict[str, Any]]:
    """Make ``found`` the next links after ``number``, whose hash is ``before``."""
    links = []
    for number_, one in enumerate(found, number + 1):
        if one["status"] == CallStatus.STARTED:
            one["status"] = CallStatus.UNKNOWN.value
        salt = secrets.token_bytes(16)
        private = _hash_private(salt, one)
        before = _hash_link(number_, before, private, one)
        link = dict(zip(_LINK, (number_, salt, private, before), strict=True))
        links.append(
            {"new_seq": one["seq"], **{f"new_{name}": value for name, value in {**link, "status": one["status"]}.items()}}
        )
    return links


_SET_LINK: Final = (
    update(table)
    .where(table.c.seq == sa.bindparam("new_seq"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("status", *_LINK)})
)


def find_unchained(part: Partition) -> list[str]:
    """Return the projects of ``part`` with unchained calls."""
    found = sa.select(table.c.project_id).where(part.condition(table), table.c.chain_number.is_(None)).distinct()
    return [str(row[0]) for row in part.rows(found)]


def _select_ended(now: float) -> sa.Select[Any]:
    """Return finished, unchained calls in the order in which they began."""
    over = sa.or_(table.c.status != CallStatus.STARTED.value, table.c.started_at < now - _LONGEST)
    columns = [table.c[name] for name in _READ]
    return select(table, *columns).where(table.c.chain_number.is_(None), over).order_by(table.c.seq).with_for_update()


def _take_end(part: Partition, transaction: Transaction) -> tuple[int, bytes]:
    """Return the last link's number and hash, locked until the transaction ends."""
    insert = postgresql.insert if part.is_postgresql else sqlite.insert
    new = {"project_id": part.project, "number": 0, "hash": _START, "kept_number": 0, "kept_hash": _START}
    transaction.connection.execute(insert(chains).values(new).on_conflict_do_nothing())
    end: Sequence[Any] = transaction.execute(select(chains, chains.c.number, chains.c.hash).with_for_update()).one()
    return int(end[0]), bytes(end[1])


def _hash_private(salt: bytes, row: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(salt + _spell([row[name] for name in _PRIVATE])).digest()


def _hash_link(number: int, before: bytes, private: bytes, row: Mapping[str, Any]) -> bytes:
    parts = [1, number, before.hex(), private.hex(), *(row[name] for name in _PUBLIC)]
    return hashlib.sha256(_spell(parts)).digest()


def _spell(parts: Sequence[Any]) -> bytes:
    return json.dumps(parts, separators=(",", ":")).encode()


def check(part: Partition, head: tuple[int, str] | None = None) -> ChainCheck:
    """Verify the whole chain; ``head`` is the number and hash of an earlier check, which must still match."""
    end = part.find(select(chains, chains.c.number, chains.c.hash, chains.c.kept_number, chains.c.kept_hash))
    last, last_hash, kept, kept_hash = (0, _START, 0, _START) if end is None else end
    state = _Check(int(kept), bytes(kept_hash), head)
    columns = [table.c[name] for name in _READ]
    for row in part.rows(select(table, *columns).where(table.c.chain_number.is_not(None)).order_by(table.c.chain_number)):
        state.look(dict(zip(_READ, row, strict=True)))
    if state.number != last or (state.hash != bytes(last_hash) and not state.broken):
        state.tell(int(last), None, f"the chain ends with {last}, and the calls with {state.number}")
    if head is not None and head[0] > last:
        state.tell(head[0], None, "it existed before and is missing")
    waiting = part.find(select(table, sa.func.count()).where(table.c.chain_number.is_(None)))
    return ChainCheck(
        checked=state.checked,
        first=int(kept) + 1,
        number=state.number,
        hash=state.hash.hex(),
        forgotten=state.forgotten,
        open=0 if waiting is None else int(waiting[0]),
        broken=tuple(state.broken[:_MOST_BROKEN]),
    )


class _Check:
    """Walks a chain and records broken links."""

    def __init__(self, number: int, before: bytes, head: tuple[int, str] | None) -> None:
        self.number, self.hash, self._head = number, before, head
        self.checked = self.forgotten = 0
        self.broken: list[BrokenLink] = []

    def tell(self, number: int, id_: str | None, why: str) -> None:
        self.broken.append(BrokenLink(number=number, id=id_, why=why))

    def look(self, row: Mapping[str, Any]) -> None:
        number, link = int(row["chain_number"]), bytes(row["chain_hash"] or b"")
        expected, before = self.number + 1, self.hash
        self.number, self.hash = number, link
        if number != expected:
            self.tell(number, row["id"], f"it follows {expected - 1}: calls between them are missing, or it appears twice")
            return
        private = bytes(row["chain_private"] or b"")
        if row["chain_salt"] is None:
            self.forgotten += 1
            if any(row[name] != value for name, value in _ERASED.items()):
                self.tell(number, row["id"], "its entity was forgotten, and another value replaced it")
                return
        elif _hash_private(bytes(row["chain_salt"]), row) != private:
            self.tell(number, row["id"], "its entity, arguments, output or error were changed")
            return
        if _hash_link(number, before, private, row) != link:
            self.tell(number, row["id"], "it was changed, or the call before it was")
            return
        if self._head is not None and self._head[0] == number and self._head[1].strip().lower() != link.hex():
            self.tell(number, row["id"], "it had another hash before: the chain was rebuilt")
            return
        self.checked += 1


def forget(part: Partition, entity_id: str) -> int:
    """Erase an entity's data from calls, permanently. Returns how many. The chain stays valid."""
    with part.write() as transaction:
        whose = sa.or_(table.c.entity_id == entity_id, table.c.on_behalf_of == entity_id)
        erased = {**_ERASED, "answer": None, "request_id": None, "digest": b"", "chain_salt": None}
        return transaction.execute(update(table).where(whose).values(erased)).rowcount


def release(part: Partition, now: float) -> int:
    """Erase the answers of calls whose id has expired, and free those ids. Returns how many."""
    over = update(table).where(table.c.request_until < now, table.c.request_id.is_not(None))
    return part.change(over.values(answer=None, request_id=None), lasting=False)


def prune(part: Partition, before: float) -> int:
    """Delete the project's calls that began before then. Returns how many. The chain is verified from there on."""
    with part.write() as transaction:
        unchained = delete(table).where(table.c.started_at < before, table.c.chain_number.is_(None))
        gone = transaction.execute(unchained).rowcount
        ends = select(chains, chains.c.number, chains.c.kept_number).with_for_update()
        end: Sequence[Any] | None = transaction.execute(ends).first()
        if end is None:
            return gone
        newer = select(table, sa.func.min(table.c.chain_number)).where(table.c.started_at >= before)
        stays = transaction.execute(newer).scalar()
        last = int(end[0]) if stays is None else int(stays) - 1
        if last <= int(end[1]):
            return gone
        link = transaction.execute(select(table, table.c.chain_hash).where(table.c.chain_number == last)).scalar()
        gone += transaction.execute(delete(table).where(table.c.chain_number <= last)).rowcount
        if link is not None:  # otherwise someone else deleted it, which a check must find
            transaction.execute(update(chains).values(kept_number=last, kept_hash=link))
        return gone
