"""Wires triggers to the catalog, the accounts and the engine of a backend of this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from composio.embedded.asking import off_loop
from composio.triggers.service import TriggerBook

if TYPE_CHECKING:
    from composio.accounts.keeping import Keeping
    from composio.embedded.inbound import Inbound
    from composio.engine.engine import Engine
    from composio.engine.io import Io
    from composio.model.app import AppModel
    from composio.model.call import Who
    from composio.model.connection import Connection
    from composio.triggers.known import KnownTriggers

__all__ = ["make_triggers"]


class _Catalog(Protocol):
    """The catalog interface, whether shared or with a project's own apps."""

    def knows(self, name: str) -> bool: ...

    def app(self, name: str) -> AppModel: ...


class _Backend(Protocol):
    """The parts of a backend of this process."""

    @property
    def catalog(self) -> _Catalog: ...

    @property
    def engine(self) -> Engine: ...


def make_triggers(
    backend: _Backend, keeping: Keeping, io: Io, known: Callable[[], KnownTriggers], *, project: str, inbound: Inbound
) -> TriggerBook:
    """Return the triggers of one project of ``backend``; ``known`` are those of all apps, ``inbound`` receives their events."""

    async def find(app: str, who: Who) -> Connection | None:
        if not backend.catalog.knows(app):  # schedules, feeds, requests from anywhere
            return None
        model = await off_loop(lambda: backend.catalog.app(app))
        return (await backend.engine.credentials(model, who, io, fresh=False)).connection

    return TriggerBook(
        known=known,
        part=lambda: keeping.store.for_project(project).part(),
        holds_any=keeping.holds_any,
        connection=find,
        app=lambda name: backend.catalog.app(name).key,
        work=off_loop,
        webhooks=bool(inbound.url),
        changed=inbound.note_change,
        setup=inbound.find_setup,
    )
