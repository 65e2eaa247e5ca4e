"""People: how they sign in on the server's pages, by password or OpenID provider, and their roles.

Passwords are stored with argon2id. Repeated failures cause a growing delay, per name and per address.
Source: RFC 9106; NIST SP 800-63B-4, 3.1.1 and 3.2.2.
"""

from __future__ import annotations

import functools
import hashlib
import re
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.errors import InvalidRequest, NotFoundError
from composio.model.secret import Secret
from composio.store.database import Database
from composio_server.services.ids import make_id, make_token
from composio_server.store.tables import attempts, members, people, projects, web_sessions

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["FIRST", "Member", "MemberNotFound", "NotAnOwner", "People", "Person", "Role", "SignInRefused"]

FIRST = "admin"
"""The name of the first person, whose password `composio serve` creates."""
_NAME = re.compile(r"[^\s\x00-\x1f\x7f<>\"'&]{1,200}\Z")
_SHORTEST, _LONGEST = 12, 1000
_FREE_FOR_NAME, _FREE_FOR_ADDRESS = 5, 50  # wrong passwords before a delay
_LONGEST_WAIT = 60.0
_FORGOTTEN_AFTER = 3600.0  # seconds without a wrong password


class Role(StrEnum):
    """What a member may do in a project. Each includes the next."""

    OWNER = "owner"  # everything, including other members
    DEVELOPER = "developer"  # integrations, connections, calls; no keys with more rights
    VIEWER = "viewer"  # read

    def includes(self, other: Role) -> bool:
        """Return whether this role includes ``other``."""
        ranks = list(Role)
        return ranks.index(self) <= ranks.index(other)


class MemberNotFound(NotFoundError):
    """A person who is not a member of the project."""

    kind = "member"
    how_to_list = "`composio server members list` shows who is in a project."


class NotAnOwner(Exception):
    """A person who changes members but is no longer an owner of the project. The message is for them."""


class SignInRefused(Exception):
    """A refused sign-in; the message is for the person. ``wait`` is how many seconds they must wait."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        self.wait = wait
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """``name`` is the sign-in name, usually an address. An admin owns every project."""

    id: str
    name: str
    is_admin: bool
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person's role in a project."""

    project_id: str
    project_name: str
    person_id: str
    name: str
    role: Role


class People:
    """Sign people in, and check their roles. Blocking; checking a password takes some 50 ms of CPU."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time) -> None:
        self._database, self._now = database, now

    # People

    def create_first(self) -> tuple[Person, Secret] | None:
        """Create the first person, an admin, with a password that cannot be shown again; None if there is a person."""
        row = self._database.first(_COUNT, {})
        if row is None or row[0]:
            return None
        password = Secret(make_token()[:24])
        return self.set_password(FIRST, password), password

    def set_password(self, name: str, password: Secret) -> Person:
        """Set a person's password, and end their sessions; an unknown one becomes an admin. For operators.

        Raises ``InvalidRequest`` for an invalid name or password.
        """
        name = _check_name(name)
        if not _SHORTEST <= len(password.reveal()) <= _LONGEST:
            raise InvalidRequest(f"A password has {_SHORTEST} to {_LONGEST} characters.")
        hashed = _hasher().hash(password.reveal())
        with self._database.write() as transaction:
            row = transaction.execute(_BY_NAME, {"name": name}).first()
            if row is None:
                made = Person(id=make_id("person"), name=name, is_admin=True, created_at=self._now())
                transaction.execute(sa.insert(people).values(**asdict(made), password=hashed))
                return made
            transaction.execute(sa.update(people).where(people.c.id == row[0]).values(password=hashed))
            transaction.execute(sa.delete(web_sessions).where(web_sessions.c.person_id == row[0]))
            transaction.execute(sa.delete(attempts).where(attempts.c.sha256 == _key("name", name)))
        return _read(row)

    def get(self, person_id: str) -> Person | None:
        """Return one person; None if there is none."""
        row = self._database.first(_BY_ID, {"id": person_id})
        return None if row is None else _read(row)

    # Signing in

    def sign_in(self, name: str, password: Secret, address: str) -> Person:
        """Return the person with this name and password.

        Raises ``SignInRefused``, in constant time for known and unknown names.
        """
        name = name.strip().lower()
        keys = [_key("name", name), _key("address", address)]
        for key, free in zip(keys, (_FREE_FOR_NAME, _FREE_FOR_ADDRESS), strict=True):
            self._count(key, free)
        row = self._database.first(_WITH_PASSWORD, {"name": name})
        known = row[-1] if row is not None and row[-1] else _hash_nobody()
        fits = _fits(known, password.reveal()[: _LONGEST + 1])
        if row is None or not row[-1] or not fits:
            raise SignInRefused("Wrong name or password.")
        # Not the address: others try from there too.
        self._database.change(sa.delete(attempts).where(attempts.c.sha256 == keys[0]))
        self._database.change(
            sa.update(attempts)
            .where(attempts.c.sha256 == keys[1], attempts.c.failures > 0)
            .values(failures=attempts.c.failures - 1)
        )
        if _hasher().check_needs_rehash(known):
            fresh = _hasher().hash(password.reveal())
            self._database.change(sa.update(people).where(people.c.id == row[0]).values(password=fresh))
        return _read(row)

    def _count(self, key: bytes, free: int) -> None:
        """Count an attempt before it is made, so that concurrent ones count too.

        Raises ``SignInRefused`` if it is too early.
        """
        now = self._now()
        with self._database.write() as transaction:
            insert = postgresql.insert if transaction.dialect.name == "postgresql" else sqlite.insert
            transaction.execute(insert(attempts).values(sha256=key, failures=0, last_at=now).on_conflict_do_nothing())
            found = sa.select(attempts.c.failures, attempts.c.last_at).where(attempts.c.sha256 == key).with_for_update()
            failures, last_at = transaction.execute(found).one()
            failures = 0 if now - last_at > _FORGOTTEN_AFTER else failures
            over = failures - free
            wait = last_at + min(2.0 ** min(over, 10), _LONGEST_WAIT) - now if over >= 0 else 0.0
            if wait <= 0:
                changed = sa.update(attempts).where(attempts.c.sha256 == key)
                transaction.execute(changed.values(failures=failures + 1, last_at=now))
        if wait > 0:
            raise SignInRefused(f"There were too many tries. Wait {wait:.0f} seconds, and try again.", wait)

    def sign_in_as(self, issuer: str, subject: str, address: str | None, *, admins: Collection[str] = ()) -> Person:
        """Return the person that an OpenID provider identified: ``address`` is a verified one, None if there is none.

        ``admins`` are addresses and subjects of people who need not exist before. Raises ``SignInRefused`` for people without a
        project.
        """
        name = address.strip().lower() if address else None
        row = self._database.first(_BY_SUBJECT, {"issuer": issuer, "subject": subject})
        is_admin = subject in admins or (name is not None and name in {one.lower() for one in admins})
        if row is not None:
            if is_admin and not row[2]:
                self._database.change(sa.update(people).where(people.c.id == row[0]).values(is_admin=True))
            return _read((*row[:2], bool(row[2]) or is_admin, *row[3:]))
        who = {"issuer": issuer, "subject": subject}
        if name is not None:
            # Only a person without a provider: another provider must not take over an account.
            mine = sa.update(people).where(people.c.name == name, people.c.issuer.is_(None), people.c.password.is_(None))
            values = {**who, "is_admin": True} if is_admin else who
            if self._database.change(mine.values(**values)) == 1:
                return _read(self._database.first(_BY_SUBJECT, who))
        if not is_admin:
            shown = f" as {name}" if name else ""
            raise SignInRefused(
                f"You are signed in there{shown}, but you are not a member here yet. Ask an owner of a project."
            )
        made = Person(id=make_id("person"), name=_check_name(name or subject), is_admin=True, created_at=self._now())
        if self._database.first(_BY_NAME, {"name": made.name}) is not None:
            raise SignInRefused("Somebody else has this name here. Sign in with its password.")
        self._database.change(sa.insert(people).values(**asdict(made), **who))
        return made

    # Roles

    def add_member(self, project_id: str, name: str, role: Role, *, by: str | None = None) -> Member:
        """Add a member, or change their role; an unknown person may sign in from now on.

        ``by`` is the id of the acting owner; None is an admin, an operator or a key. Raises ``NotAnOwner`` if they no longer
        are one, or change their own role.
        """
        name = _check_name(name)
        with self._database.write() as transaction:
            row = transaction.execute(_BY_NAME, {"name": name}).first()
            person_id = row[0] if row is not None else make_id("person")
            _lock_members(transaction, project_id, person_id, by)
            if row is None:
                values = {"id": person_id, "name": name, "is_admin": False, "created_at": self._now()}
                transaction.execute(sa.insert(people).values(**values))
            here = (members.c.project_id == project_id, members.c.person_id == person_id)
            if transaction.execute(sa.update(members).where(*here).values(role=role.value)).rowcount == 0:
                values = {"project_id": project_id, "person_id": person_id, "role": role.value, "created_at": self._now()}
                transaction.execute(sa.insert(members).values(**values))
        return next(one for one in self.members(project_id) if one.person_id == person_id)

    def remove_member(self, project_id: str, person_id: str, *, by: str | None = None) -> bool:
        """Remove a person from a project; False if they were not a member. ``by`` and errors as :meth:`add_member`."""
        here = (members.c.project_id == project_id, members.c.person_id == person_id)
        with self._database.write() as transaction:
            _lock_members(transaction, project_id, person_id, by)
            return transaction.execute(sa.delete(members).where(*here)).rowcount == 1

    def members(self, project_id: str) -> list[Member]:
        """Return a project's members, without admins of the server."""
        return [_read_member(row) for row in self._database.rows(_MEMBERS.where(members.c.project_id == project_id))]

    def projects_of(self, person: Person) -> list[Member]:
        """Return each of a person's projects with their role."""
        if person.is_admin:
            every = sa.select(projects.c.id, projects.c.name).order_by(projects.c.created_at, projects.c.id)
            return [
                Member(project_id=row[0], project_name=row[1], person_id=person.id, name=person.name, role=Role.OWNER)
                for row in self._database.rows(every)
            ]
        return [_read_member(row) for row in self._database.rows(_MEMBERS.where(members.c.person_id == person.id))]

    def may(self, person: Person, project_id: str, role: Role) -> bool:
        """Return whether a person's role in a project includes ``role``."""
        return any(one.role.includes(role) for one in self.projects_of(person) if one.project_id == project_id)

    def sweep(self) -> int:
        """Delete old failures; return the number of names and addresses."""
        return self._database.change(sa.delete(attempts).where(attempts.c.last_at < self._now() - _FORGOTTEN_AFTER))


def _lock_members(transaction: sa.Connection, project_id: str, person_id: str, by: str | None) -> None:
    """Lock the project's members for this transaction, and check that ``by`` may change this one.

    Two owners who remove each other at once are serialised: the second one is no longer an owner.
    """
    transaction.execute(sa.select(projects.c.id).where(projects.c.id == project_id).with_for_update())
    if by is None:
        return
    if by == person_id:
        raise NotAnOwner("You can't change your own role or remove yourself; another owner can.")
    mine = sa.select(members.c.role).where(members.c.project_id == project_id, members.c.person_id == by)
    if transaction.execute(mine).scalar() != Role.OWNER.value:
        raise NotAnOwner("You are no longer an owner of this project: another owner changed your role. Nothing was changed.")


def _check_name(name: str) -> str:
    name = name.strip().lower()
    if not _NAME.match(name):
        raise InvalidRequest("A person's name is an address or a word of at most 200 characters.")
    return name


def _key(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}:{text}".encode("utf-8", "surrogatepass")).digest()


@functools.cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@functools.cache
def _hash_nobody() -> str:
    """Return the hash that is checked if the person does not exist."""
    return _hasher().hash(make_token())


def _fits(hashed: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(hashed, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


_COLUMNS = (people.c.id, people.c.name, people.c.is_admin, people.c.created_at)
_COUNT = sa.select(sa.func.count(people.c.id))
_BY_ID = sa.select(*_COLUMNS).where(people.c.id == sa.bindparam("id"))
_BY_NAME = sa.select(*_COLUMNS).where(people.c.name == sa.bindparam("name"))
_WITH_PASSWORD = sa.select(*_COLUMNS, people.c.password).where(people.c.name == sa.bindparam("name"))
_BY_SUBJECT = sa.select(*_COLUMNS).where(people.c.issuer == sa.bindparam("issuer"), people.c.subject == sa.bindparam("subject"))
_MEMBERS = (
    sa.select(members.c.project_id, projects.c.name, members.c.person_id, people.c.name, members.c.role)
    .select_from(members.join(people, people.c.id == members.c.person_id).join(projects, projects.c.id == members.c.project_id))
    .order_by(projects.c.created_at, projects.c.id, members.c.created_at, people.c.id)
)


def _read(row: Any) -> Person:
    return Person(id=row[0], name=row[1], is_admin=bool(row[2]), created_at=row[3])


def _read_member(row: Any) -> Member:
    return Member(project_id=row[0], project_name=row[1], person_id=row[2], name=row[3], role=Role(row[4]))
