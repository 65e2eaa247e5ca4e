"""Delete a project: block access, destroy its key, and delete its rows and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from composio.errors import InvalidRequest
from composio.store.database import EVERYTHING
from composio.store.triggers.tables import instances
from composio_server.store.tables import api_keys, members

if TYPE_CHECKING:
    from composio_server.services.services import Services

__all__ = ["SERVERS_OWN", "delete_project"]

SERVERS_OWN: Final = ""
"""The project of the audit log's entries about the server itself."""
_PREFIX: Final = "composio_"
_SECONDS_TO_END: Final = 60.0


def delete_project(services: Services, project_id: str, *, actor: str) -> Mapping[str, int]:
    """Delete a project permanently; return the number of rows by table.

    Blocking. Raises ``InvalidRequest`` if there is none.

    Providers are told to remove its webhooks first, for a minute at most; what remains is logged, and its URL is gone. After an
    interruption, doing it again finishes it. The audit log keeps who did it, among the server's own entries; backups keep
    their data, except the secrets: their key is gone, unless the backup has that too.
    """
    project = services.projects.get(project_id)
    if project is None:
        raise InvalidRequest(f"There is no project {project_id!r:.60}.")
    with services.database.write(EVERYTHING) as connection:
        for table in (api_keys, members):
            connection.execute(sa.delete(table).where(table.c.project_id == project_id))
        # Otherwise another instance could register at providers again.
        connection.execute(sa.update(instances).where(instances.c.project_id == project_id).values(enabled=False))
    shared = services.backends.shared
    shared.run(lambda: shared.inbound.forget(project_id, seconds=_SECONDS_TO_END))
    services.backends.shared.keeping.project_keys.destroy(project_id)
    gone: dict[str, int] = {}
    with services.database.write(EVERYTHING) as connection:
        for table in _tables_of(connection):
            column = table.c.id if table.name == "composio_projects" else table.c.project_id
            found = connection.execute(sa.delete(table).where(column == project_id)).rowcount
            if found:
                gone[table.name] = found
    services.files.forget_project(project_id)
    services.audit.write(
        SERVERS_OWN, actor, "delete project", {"project_id": project_id, "name": project.name}, status=200, request_id=""
    )
    return gone


def _tables_of(connection: sa.Connection) -> list[sa.Table]:
    """Return every table with projects' rows in the database, including other distributions', dependents first."""
    names = [name for name in sa.inspect(connection).get_table_names() if name.startswith(_PREFIX)]
    found = sa.MetaData()
    found.reflect(connection, only=names)
    return [table for table in reversed(found.sorted_tables) if "project_id" in table.c or table.name == "composio_projects"]
