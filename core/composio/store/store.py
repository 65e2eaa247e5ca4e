"""Integrations, connections and the users on the way to one, kept in a database: what accounts ask and change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composio.errors import StoreError
from composio.model.connection import Connection, ConnectionPage, ConnectionQuery, Integration
from composio.store.records import Authorization, Found, Place, ProjectKey, Sealed

if TYPE_CHECKING:
    from composio.model.figures import FigureFilter, Figures
    from composio.model.logged import CallFilter, ChainCheck, LoggedCall
    from composio.model.secret import Secret
    from composio.store.advisory import Sessions
    from composio.store.calls import CallRow
    from composio.store.database import Database
    from composio.store.presence import Presence
    from composio.store.projects import Partition

__all__ = ["Store", "is_there", "presence_in"]


def presence_in(database: Database) -> Presence | Sessions | None:
    """How owners of leases are seen to be alive; None for databases that don't tell."""
    kind = database.url.get_backend_name()
    if kind == "sqlite":
        from composio.store.presence import Presence

        return Presence(Path(f"{database.url.database}-leases"))
    if kind == "postgresql":
        from composio.store.advisory import Sessions

        return Sessions(database)
    return None


class Store:
    """``file`` is asked for, created and migrated on first use; ``url`` names any other database of SQLAlchemy's instead.

    ``spare`` gives a folder for copies where the file's own can't be written, else None. Then nothing can be changed.
    ``project`` is whose rows are read, counted and changed; no other project's ever are. None is the operator's store, of all
    projects: what is sealed, backups, keys. It gives the stores of projects (:meth:`for_project`) and reads no rows itself.

    Blocking, thread-safe, and safe to use after a fork. Secrets go in and come out as :class:`Sealed` only. Raises ``StoreError``
    where the database can't be used. Importing this module loads no SQLAlchemy, and asking :meth:`exists` neither.
    """

    def __init__(
        self,
        file: Callable[[], Path],
        url: str | None = None,
        spare: Callable[[], Path | None] = lambda: None,
        *,
        project: str | None = "",
        database: Database | None = None,
    ) -> None:
        self._file, self._url, self._spare = file, url, spare
        self.project = project
        self._part: Partition | None = None
        self._database: dict[str, Database] = {} if database is None else {"": database}
        self._owners: dict[str, Presence | Sessions | None] = {}

    def for_project(self, project: str) -> Store:
        """The store of one project, in the same database. Only the operator's store has others."""
        self._check_whole()
        made = Store(self._file, self._url, self._spare, project=project)
        made._database, made._owners = self._database, self._owners
        return made

    def exists(self) -> bool:
        """False where nothing was ever stored; nothing is opened or created then."""
        return bool(self._database) or self._url is not None or is_there(self._file())

    def close(self) -> None:
        """Close what is open, for the stores of all projects; the next use opens it again."""
        for database in self._database.values():
            database.close()

    # Integrations; their ``config`` is empty, as it lies in what is sealed.

    def add_integration(self, integration: Integration, sealed: Sealed) -> None:
        """Add a new one. Raises ``StoreError`` for an id that is there."""
        from composio.store import integrations

        integrations.add(self._own(), integration, sealed)

    def get_integration(self, id: str) -> tuple[Integration, Sealed] | None:  # noqa: A002 - the field's name, as below
        """One integration; None if there is none."""
        from composio.store import integrations

        return integrations.get(self._own(), id)

    def list_integrations(
        self, *, app: str | None = None, auth_mode: str | None = None, disabled: bool = False, limit: int | None = None
    ) -> list[tuple[Integration, Sealed]]:
        """Newest first; ``disabled`` gives those too that are switched off."""
        from composio.store import integrations

        return integrations.list_integrations(self._own(), app, auth_mode, limit, disabled=disabled)

    def update_integration(
        self,
        id: str,  # noqa: A002
        *,
        now: float,
        sealed: Sealed | None = None,
        **changes: Any,
    ) -> bool:
        """Change fields of an integration; False where it is gone."""
        from composio.store import integrations

        return integrations.update(self._own(), id, now, sealed, changes)

    def delete_integration(self, id: str) -> bool:  # noqa: A002
        """Forget an integration. Its connections stay."""
        from composio.store import integrations

        return integrations.delete(self._own(), id)

    # Connections; their ``values`` are empty.

    def add_connection(self, connection: Connection, sealed: Sealed) -> None:
        """Add a new one. Raises ``StoreError`` for an id that is there."""
        from composio.store import connections

        connections.add(self._own(), connection, sealed)

    def get_connection(self, id: str) -> Found | None:  # noqa: A002
        """One connection with its integration; None if there is none."""
        from composio.store import connections

        return connections.get(self._own(), id)

    def newest_usable(self, app: str, entity_id: str) -> Found | None:
        """The connection that was added last, of those that are active and enabled, as is their integration."""
        from composio.store import connections

        return connections.newest_usable(self._own(), app, entity_id)

    def newest(self, app: str, entity_id: str) -> Found | None:
        """The connection that was added last, whatever its status: for saying why none is usable."""
        from composio.store import connections

        return connections.newest(self._own(), app, entity_id)

    def list_connections(
        self,
        *,
        app: str | None = None,
        entity_ids: Sequence[str] = (),
        integration_id: str | None = None,
        active: bool = False,
        labels: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[Connection]:
        """Newest first. ``active`` ones are usable, as in :meth:`newest_usable`; ``labels`` must all be there."""
        from composio.store import connections

        return connections.list_connections(self._own(), app, entity_ids, integration_id, labels, limit, usable=active)

    def page_connections(self, query: ConnectionQuery) -> ConnectionPage:
        """One page. Raises ``InvalidRequest`` if ``query.after`` is not what a page gave as ``next``."""
        from composio.store import pages

        return pages.page_connections(self._own(), query)

    def count_connections(self, integration_ids: Sequence[str]) -> dict[str, int]:
        """How many connections each integration has, counted up to 10,000."""
        from composio.store import pages

        return pages.count_connections(self._own(), integration_ids)

    def update_connection(
        self,
        id: str,  # noqa: A002
        *,
        now: float,
        if_version: int | None = None,
        if_owner: str | None = None,
        sealed: Sealed | None = None,
        **changes: Any,
    ) -> Connection | None:
        """Change fields of a connection; the connection as it is then. Its version grows with ``sealed`` and with ``status``.

        None where it is gone, where its version is not ``if_version``, or where the lease is not ``if_owner``'s. A change by the
        lease's owner also drops the lease.
        """
        from composio.store import connections

        return connections.update(self._own(), id, now, if_version, if_owner, sealed, changes)

    def delete_connection(self, id: str, *, if_version: int | None = None) -> bool:  # noqa: A002
        """Forget a connection, and who is on the way to it; False if it is gone, or its version is not ``if_version``."""
        from composio.store import connections

        return connections.delete(self._own(), id, if_version)

    def take_lease(
        self,
        id: str,  # noqa: A002
        owner: str,
        *,
        now: float,
        seconds: float,
        if_version: int,
        instead_of: str | None = None,
    ) -> bool:
        """Whether ``owner`` alone may renew the connection for so long; False while another may, or where it was changed.

        ``instead_of`` is an owner whose lease does not count.
        """
        from composio.store import leases

        return leases.take(self._own(), id, owner, now, seconds, if_version, instead_of)

    def drop_lease(self, id: str, owner: str) -> None:  # noqa: A002
        """Let others renew it. Nothing happens where the lease is another's."""
        from composio.store import leases

        leases.drop(self._own(), id, owner)

    def lease_of(self, id: str) -> tuple[str, float] | None:  # noqa: A002
        """A lease's owner and when it ends; None if there is none."""
        from composio.store import leases

        return leases.holder(self._own(), id)

    @contextmanager
    def owner(self) -> Iterator[str]:
        """A name for the owner of a lease, known to be alive while the block runs. See :meth:`is_alive`."""
        presence = self._presence()
        if presence is None:
            from composio.store.presence import unproven

            yield unproven()
            return
        with presence.holding() as name:
            yield name

    def is_alive(self, owner: str) -> bool | None:
        """Whether the process of a lease's owner still runs. None where nobody can tell: such a lease only ends in time."""
        presence = self._presence()
        return None if presence is None else presence.is_held(owner)

    def _presence(self) -> Presence | Sessions | None:
        if "" not in self._owners:
            self._owners.setdefault("", presence_in(self._open()))
        return self._owners[""]

    def mark_sent(
        self,
        id: str,  # noqa: A002
        owner: str,
        *,
        now: float,
        seconds: float,
        if_version: int,
    ) -> bool:
        """Note, before it happens, that the stored tokens are sent to be exchanged; on the disk when this returns.

        The lease lasts for ``seconds`` from now. False where it is not ``owner``'s, or the tokens were changed.
        """
        from composio.store import leases

        return leases.mark_sent(self._own(), id, owner, now, seconds, if_version)

    def note_refresh(self, app: str, entity_id: str, *, now: float, done: bool) -> None:
        """Count a renewal of tokens, for figures."""
        from composio.store import refreshes

        refreshes.note(self._own(), app, entity_id, now, done=done)

    def mark_lost(self, id: str, *, sent_at: float, now: float, error: str) -> bool:  # noqa: A002
        """Note that no answer will come to what was sent then; True for the first who notices."""
        from composio.store import leases

        return leases.mark_lost(self._own(), id, sent_at, now, error)

    # Users on the way to a provider.

    def add_authorization(self, authorization: Authorization, sealed: Sealed) -> None:
        """Add a new one. Its connection must be there: whoever deletes that deletes both."""
        from composio.store import authorizations

        authorizations.add(self._own(), authorization, sealed)

    def get_authorization(self, state_hash: str) -> tuple[Authorization, Sealed] | None:
        """The one that a ``state`` belongs to, used or not."""
        from composio.store import authorizations

        return authorizations.get(self._own(), state_hash)

    def use_authorization(self, state_hash: str, now: float) -> bool:
        """True for one caller only, and only before it expires."""
        from composio.store import authorizations

        return authorizations.use(self._own(), state_hash, now)

    def waiting_authorization(self, connection_id: str) -> tuple[Authorization, Sealed] | None:
        """The newest of a connection that was not used, expired or not."""
        from composio.store import authorizations

        return authorizations.waiting(self._own(), connection_id)

    def claim_poll(self, state_hash: str, *, now: float, next_poll_at: float) -> bool:
        """True for one caller once its time has come; the next must wait until ``next_poll_at``."""
        from composio.store import authorizations

        return authorizations.claim_poll(self._own(), state_hash, now, next_poll_at)

    def project_of(self, state_hash: str) -> str | None:
        """The project that a user who comes back with a ``state`` belongs to; None if nobody waits for it. The operator's."""
        from composio.store import authorizations

        return authorizations.project_of(self._whole(), state_hash)

    def purge_authorizations(self, before: float) -> int:
        """Forget those that expired before that time; how many were."""
        from composio.store import authorizations

        return authorizations.purge(self._own(), before)

    # The project's key; see :mod:`composio.vault.projectkeys`.

    def project_key(self) -> ProjectKey | None:
        """The key that the project's secrets lie under; None before the first one, and after it was destroyed."""
        from composio.store import projectkeys

        return projectkeys.get(self._own())

    def add_project_key(self, key: ProjectKey) -> bool:
        """Give the project its key; False where it has one."""
        from composio.store import projectkeys

        return projectkeys.add(self._own(), key)

    def destroy_project_key(self) -> bool:
        """Make the project's secrets unreadable, for good; False where it has no key. Its rows stay, and so do earlier backups."""
        from composio.store import projectkeys

        return projectkeys.destroy(self._own())

    # Whatever is sealed. Writes above store it under a key that no rotation has retired, or raise ``VaultError``.

    def sealed(self) -> Iterator[tuple[Place, Sealed]]:
        """Everything that is sealed, and where it belongs."""
        from composio.store import sealing

        return sealing.everything(self._any())

    def sealed_not_under(self, key_id: str, limit: int) -> list[tuple[Place, Sealed]]:
        """What is sealed under another master key than this one, and where it belongs."""
        from composio.store import sealing

        return sealing.not_under(self._any(), key_id, limit)

    def rewrap(self, changes: Iterable[tuple[Place, Sealed, Sealed]]) -> int:
        """Replace each (place, old, new) where the old one is still there, in one transaction for all; how many were changed."""
        from composio.store import sealing

        return sealing.rewrap(self._any(), changes)

    def count_sealed(self, *, not_under: str | None = None) -> int:
        """How many values are sealed; with ``not_under``, how many under another master key than this one."""
        from composio.store import sealing

        return sealing.count(self._any(), not_under)

    def sealed_key_ids(self) -> set[str]:
        """The ids of the master keys that something is sealed under."""
        from composio.store import sealing

        return sealing.key_ids(self._any())

    def retire_keys(self, key_ids: Collection[str]) -> set[str]:
        """Let nothing be sealed under those of the keys that nothing is sealed under; which those are."""
        from composio.store import sealing

        return sealing.retire(self._whole(), key_ids)

    def reinstate_key(self, key_id: str) -> None:
        """Let things be sealed under a key again that was retired."""
        from composio.store import sealing

        sealing.reinstate(self._whole(), key_id)

    # The log of calls; see :mod:`composio.store.calls`.

    def begin_call(self, row: Mapping[str, Any]) -> bool:
        """Write down that a call begins; False where another holds its request's id.

        ``row`` has what :class:`CallRow` needs besides whose it is and that it began.
        """
        from composio.store import calls
        from composio.store.presence import unproven

        values = {"project_id": self._named(), "digest": b"", "owner": unproven(), "status": calls.CallStatus.STARTED, **row}
        return calls.begin(self._open(), calls.CallRow(**values))

    def find_call(self, request_id: str) -> CallRow | None:
        """The call of the project that holds a request's id, with its answer; None if none does."""
        from composio.store import calls

        return calls.find(self._open(), self._named(), request_id)

    def release_call(self, row: CallRow) -> bool:
        """Let the request's id of a call go that is over; False where the call changed meanwhile."""
        from composio.store import calls

        return calls.release(self._open(), row)

    def complete_calls(self, changes: Iterable[Mapping[str, Any]]) -> None:
        """Write down how the project's calls ended."""
        from composio.store import calls

        calls.complete(self._open(), self._named(), changes)

    def list_calls(self, which: CallFilter) -> list[LoggedCall]:
        """The project's calls, newest first."""
        from composio.store import calls

        return [one.as_logged() for one in calls.list_calls(self._open(), self._named(), calls.CallQuery.of(which))]

    def count_figures(self, which: FigureFilter, now: float) -> Figures:
        """The project's calls, events and deliveries by hour or day, app and entity."""
        from composio.store import figures

        return figures.count(self._open(), self._named(), which, now)

    def get_call(self, id: str) -> LoggedCall | None:  # noqa: A002
        """One call of the project; None if it has none of that id."""
        from composio.store import calls

        found = calls.get(self._open(), self._named(), id)
        return None if found is None else found.as_logged()

    def purge_calls(self, before: float, *, now: float | None = None) -> int:
        """Forget the project's calls that were begun before then, and its figures of renewals; how many calls there were.

        With ``now`` also the answers of calls whose id counted until then.
        """
        from composio.store import ledger, refreshes

        if now is not None:
            ledger.release(self._own(), now)
        refreshes.prune(self._own(), before)
        return ledger.prune(self._own(), before)

    def chain_calls(self, now: float) -> int:
        """Give the project's calls that are over their place in its chain; how many got one. See :mod:`composio.store.ledger`."""
        from composio.store import ledger

        return ledger.chain(self._own(), now)

    def check_calls(self, head: tuple[int, str] | None = None) -> ChainCheck:
        """Check the project's chain of calls; ``head`` is the number and the hash of a link, as an earlier check gave them."""
        from composio.store import ledger

        return ledger.check(self._own(), head)

    def forget_entity(self, entity_id: str) -> dict[str, int]:
        """Erase what the project's ``calls`` and ``events`` say of an entity, for good; how many there were. The chain holds as before."""
        from composio.store import forgetting

        return forgetting.forget(self._own(), entity_id)

    def _named(self) -> str:
        if self.project is None:
            raise TypeError("this store is the operator's; for_project() gives the one of a project")
        return self.project

    # Backups, of all projects; see :mod:`composio.store.backup`.

    def snapshot(self, file: Path) -> AbstractContextManager[Path]:
        """A snapshot of everything, which gets the name ``file`` at the end."""
        from composio.store import backup

        self._check_whole()
        return backup.snapshot(self._open(), file)

    def count_rows(self) -> dict[str, int]:
        """How many ``integrations``, ``connections``, ``authorizations``, ``subscriptions`` and ``destinations`` there are."""
        from composio.store import sealing

        return sealing.count_rows(self._any())

    @classmethod
    @contextmanager
    def from_backup(cls, file: Path) -> Iterator[tuple[Store, list[Secret]]]:
        """The operator's store over a copy of a backup, and the keys that it holds."""
        from composio.store import backup

        with backup.open_backup(file) as (database, keys):
            made = cls(lambda: file, project=None)
            made._database[""] = database
            yield made, keys

    def load(self, other: Store, *, key_id: str, replace: bool) -> None:
        """Put everything of ``other``, another operator's, all sealed under ``key_id``, here, in one transaction."""
        from composio.store import backup

        self._check_whole()
        other._check_whole()
        backup.load(other._open(), self._open(), key_id=key_id, replace=replace)

    # What a migration left to do.

    def has_task(self, name: str) -> bool:
        """Whether it is still to be done."""
        from composio.store import tasks

        self._check_whole()
        return tasks.has(self._open(), name)

    def finish_task(self, name: str) -> None:
        """It is done."""
        from composio.store import tasks

        self._check_whole()
        tasks.finish(self._open(), name)

    def part(self) -> Partition:
        """For nouns whose queries are modules of their own: triggers, jobs."""
        return self._any()

    def _own(self) -> Partition:
        """For rows, which all belong to one project."""
        if self.project is None:
            raise TypeError("this store is the operator's; for_project() gives the one of a project")
        return self._any()

    def _whole(self) -> Partition:
        """For what concerns all projects."""
        self._check_whole()
        return self._any()

    def _check_whole(self) -> None:
        if self.project is not None:
            raise TypeError(f"this store is project {self.project!r}'s; what concerns all projects is done with project=None")

    def _any(self) -> Partition:
        if self._part is None:
            from composio.store.projects import Partition

            self._part = Partition(self._open(), self.project)
        return self._part

    def _open(self) -> Database:
        # Threads that come first together keep one: setting a default is one step.
        return self._database.get("") or self._database.setdefault("", self._make())

    def _make(self) -> Database:
        import sqlalchemy as sa

        from composio.store.database import Database

        if self._url is None and (spare := self._spare()) is not None:
            from composio.store.readonly import ReadOnly

            return ReadOnly(self._file(), spare)
        if self._url is None:
            return Database(sa.URL.create("sqlite", database=str(self._file())))
        try:
            return Database(sa.make_url(self._url))
        except sa.exc.ArgumentError:
            # Without the text, which may hold a password.
            raise StoreError(
                "The database's URL is not valid; expected one such as postgresql+psycopg://user@host/name."
            ) from None


def is_there(file: Path) -> bool:
    """False too where nobody may look: in a folder of somebody else's."""
    try:
        return file.exists()
    except OSError:
        return False
