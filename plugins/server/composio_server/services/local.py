"""Services over an embedded home, for its dashboard; they leave no server data in it.

Accounts, calls and events are the home's. Sign-ins, links, and the audit log last as long as the process.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

from composio.store.database import Database
from composio_server.services.backends import Backends
from composio_server.services.people import Person, Role
from composio_server.services.services import Services
from composio_server.settings import Settings
from composio_server.store.database import SERVER
from composio_server.store.tables import projects

if TYPE_CHECKING:
    from composio.embedded.projects import ProjectBackend
    from composio.plugin.manager import PluginManager

__all__ = ["open_local"]

_PROJECT = ""  # the embedded backend's own
_NAME = "This machine"


class _LocalBackends(Backends):
    """The embedded backend itself, whose project has no name."""

    def of(self, project_id: str) -> ProjectBackend:
        if project_id != _PROJECT:
            return super().of(project_id)
        # Not one of its projects', but with all that pages need.
        return cast("ProjectBackend", self.shared)


def open_local(settings: Settings, folder: Path, plugins: PluginManager | None = None) -> tuple[Services, Person]:
    """Open services over the home of ``settings``, and its owner. Other data is stored in ``folder``."""
    beside = Database(sa.URL.create("sqlite", database=str(folder / "dashboard.sqlite3")), (SERVER,))
    services = Services.open(settings, plugins, beside=beside, backends=_LocalBackends)
    services.backends.shared.is_recorded = True  # these services log the playground's calls
    beside.change(sa.insert(projects).values(id=_PROJECT, name=_NAME, settings={}, created_at=services.clock()))
    member = services.people.add_member(_PROJECT, "you", Role.OWNER)
    person = services.people.get(member.person_id)
    assert person is not None  # added a line above
    return services, person
