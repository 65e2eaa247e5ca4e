"""Determine which entity a toolset acts for."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from composio.client import arguments as read
from composio.client.arguments import AppLike, AuthLike
from composio.errors import InvalidRequest
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY, Who, from_run
from composio.process.forks import lock
from composio.toolset.offers import Whose

__all__ = ["RUNS", "Acting", "ActingRun"]


@dataclass(frozen=True, slots=True)
class ActingRun:
    """The entity that a run acts for, and the agent in it."""

    entity_id: str
    agent: str = ""
    on_behalf_of: str = ""
    id: str = ""
    recipients: tuple[str, ...] = ()


class Acting:
    """The entity, connections and credentials given to a toolset. ``own_entity`` is None if no entity was given.

    ``promised`` is True if each call's entity comes from its run.
    """

    def __init__(self, entity_id: str | None, connected_account_ids: object) -> None:
        self.promised = entity_id is from_run
        self.own_entity = None if entity_id is None or self.promised else read.entity(entity_id)
        self.app_connections = read.connections_by_app(connected_account_ids)
        self.app_auth: Mapping[str, CustomAuth] = MappingProxyType({})
        self._lock = lock()

    def choose(self, entity_id: str | None) -> str | None:
        """Return the entity of this call, else of the run, else of the toolset; None if none is set.

        Raises ``InvalidRequest`` if the entity must come from the run and there is no run.
        """
        if entity_id is not None and entity_id is not from_run:
            return read.entity(entity_id)
        run = self.run
        if run is not None:
            return run.entity_id
        if self.promised or entity_id is from_run:
            raise _nobody()
        return self.own_entity

    @property
    def run(self) -> ActingRun | None:
        """Return the current run of this context."""
        return (RUNS.get() or _NO_RUNS).get(self)

    @contextmanager
    def acting_as(
        self, entity_id: str, agent: str, on_behalf_of: str, run_id: str | None, recipients: Iterable[str] = ()
    ) -> Iterator[str]:
        """Act for an entity within the block and its context. Yields the run's id."""
        for name, value in (("agent", agent), ("on_behalf_of", on_behalf_of), ("run", "" if run_id is None else run_id)):
            if not isinstance(value, str):
                raise InvalidRequest(f"acting_as: {name}= is a name, a string; got {value!r:.60}.")
        named = _check_recipients(recipients) if recipients else ()
        run = ActingRun(read.entity(entity_id), agent, on_behalf_of, run_id or f"run_{secrets.token_hex(8)}", named)
        token = RUNS.set(MappingProxyType({**(RUNS.get() or _NO_RUNS), self: run}))
        try:
            yield run.id
        finally:
            RUNS.reset(token)

    def is_open(self, entity_id: str | None) -> bool:
        """Return whether the entity is known only once a run has started."""
        return self.run is None and (entity_id is from_run or (entity_id is None and self.promised))

    def complete(self, who: Who, given: object, *, named: bool, promised: bool) -> Who:
        """Return the actor for a tool's call: ``who``, updated from its run.

        ``given`` is the context that the framework's run received. ``named`` is True if the tool is bound to that one entity,
        ``promised`` if its entity comes from the run. Raises ``InvalidRequest`` if no run supplies it, and if two sources
        disagree.
        """
        run = self.run
        said = _read_entity(given) if promised else None
        if run is not None and said is not None and said != run.entity_id:
            raise InvalidRequest(f"The run acts for {run.entity_id!r}, and its framework says {said!r}: nothing was run.")
        entity_id = said if run is None else run.entity_id
        if entity_id is None:
            if promised:
                raise _nobody()
            return who
        if named and who.entity_id != entity_id:
            raise InvalidRequest(
                f"This tool was made for {who.entity_id!r}, and the run acts for {entity_id!r}: nothing was run."
            )
        acting = _NO_RUN if run is None else run
        return replace(
            who,
            entity_id=entity_id,
            any_entity=False,
            agent=acting.agent,
            on_behalf_of=acting.on_behalf_of,
            run=acting.id,
            recipients=acting.recipients,
        )

    def entity(self, entity_id: str | None = None) -> str:
        """Return the same, or the default entity if no entity is set."""
        return self.choose(entity_id) or DEFAULT_ENTITY

    def agree(self, entity_id: str) -> str:
        """Return the entity that both the call and the toolset name. Raises ``InvalidRequest`` if they differ."""
        given = read.entity(entity_id)
        if self.own_entity in (None, DEFAULT_ENTITY):
            return given
        if given not in (DEFAULT_ENTITY, self.own_entity):
            raise InvalidRequest(
                f"This toolset acts for {self.own_entity!r}; to act for {given!r}, make one with that entity_id."
            )
        return self.own_entity

    def whose(self, entity_id: str | None, connected_account_id: object) -> Whose:
        """Return the entity and connection that the call itself names."""
        connection = read.connection(connected_account_id)
        if entity_id is from_run or (entity_id is None and self.promised):
            return Whose(None, connection, from_run=True)
        return Whose(None if entity_id is None else read.entity(entity_id), connection)

    def who(self, entity_id: str | None, connected_account_id: object = None, auth: AuthLike = None) -> Who:
        """Return the actor of a call, completed with the toolset's values."""
        named, run = self.choose(entity_id), self.run or _NO_RUN
        return Who(
            entity_id=named or DEFAULT_ENTITY,
            connected_account_id=read.connection(connected_account_id),
            any_entity=named is None,
            app_connections=self.app_connections,
            auth=None if auth is None else CustomAuth.of(auth),
            app_auth=self.app_auth,
            agent=run.agent,
            on_behalf_of=run.on_behalf_of,
            run=run.id,
            recipients=run.recipients,
        )

    def add_auth(self, app: AppLike, auth: CustomAuth) -> None:
        """Use ``auth`` for every later call to ``app``."""
        with self._lock:
            self.app_auth = MappingProxyType({**self.app_auth, read.app_name(app).lower(): auth})


_NO_RUN: Final = ActingRun("")
_NO_RUNS: Final[Mapping[Acting, ActingRun]] = MappingProxyType({})
RUNS: Final[ContextVar[Mapping[Acting, ActingRun] | None]] = ContextVar("composio_runs", default=None)
"""The runs of this context, by toolset."""


def _check_recipients(given: Iterable[str] | str) -> tuple[str, ...]:
    """Return recipients as a tuple. Raises ``InvalidRequest`` unless each is a non-empty string."""
    found: list[object] = [given] if isinstance(given, str) else list(given)
    named = [one.strip() if isinstance(one, str) else "" for one in found]
    if not all(named):
        raise InvalidRequest(f"recipients= are addresses, or patterns such as '*@example.com'; got {found!r:.60}.")
    return tuple(named)


def _nobody() -> InvalidRequest:
    return InvalidRequest(
        "The entity must come from the run, and the run names none: put `with toolset.acting_as(...)` around it, or give the"
        " framework's run an entity_id. Nothing was run."
    )


def _read_entity(given: object) -> str | None:
    """Return the entity that a framework's run names: the ``entity_id`` of a mapping, or of an object."""
    if given is None:
        return None
    found = given.get("entity_id") if isinstance(given, Mapping) else getattr(given, "entity_id", None)
    return None if found is None else read.entity(found)
