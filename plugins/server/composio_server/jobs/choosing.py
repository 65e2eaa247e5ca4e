"""Choose the job engine of a server."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from composio.errors import ConfigurationError

if TYPE_CHECKING:
    from composio.jobs.port import Jobs
    from composio.store.projects import Partition
    from composio_server.settings import Settings

__all__ = ["find_queue_url", "make_engine"]

_MISSING: Final = "COMPOSIO_SERVER_JOBS is pgqueuer, which is not installed: pip install 'opencomposio-server[postgresql]'."


def find_queue_url(settings: Settings) -> sa.URL | None:
    """Return the URL of the database for pgqueuer; None if jobs use leases in our own table.

    pgqueuer is for PostgreSQL, and the default there if installed, unless ``COMPOSIO_SERVER_JOBS`` says otherwise. Raises
    ``ConfigurationError`` if it is requested but not available.
    """
    is_asked = settings.jobs == "pgqueuer"
    try:
        url = sa.make_url(settings.database_url.reveal()) if settings.database_url else None
    except sa.exc.ArgumentError:  # reported when the database is opened
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        if is_asked:
            raise ConfigurationError("COMPOSIO_SERVER_JOBS is pgqueuer, which needs PostgreSQL: set COMPOSIO_DATABASE_URL.")
        return None
    is_there = all(find_spec(name) for name in ("asyncpg", "pgqueuer"))
    if is_asked and not is_there:
        raise ConfigurationError(_MISSING)
    return url if is_there and settings.jobs != "stored" else None


def make_engine(url: sa.URL | None) -> Callable[[Partition], Jobs]:
    """Return the factory of the engine for a part's jobs; ``url`` is :func:`find_queue_url`'s."""

    def make(part: Partition) -> Jobs:
        if url is None:
            from composio.jobs.stored import StoredJobs

            return StoredJobs(part)
        from composio_server.jobs.queue import QueuedJobs

        return QueuedJobs(part, url)

    return make
