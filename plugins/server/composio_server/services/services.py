"""Everything that routes stand on, made once for each process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

import anyio.to_thread

from composio.plugin.manager import PluginManager
from composio.process.home import ACCOUNTS
from composio.store.database import Database
from composio_server.services.backends import Backends
from composio_server.services.executions import Executions
from composio_server.services.keys import Keys
from composio_server.services.projects import Projects
from composio_server.settings import Settings
from composio_server.store.database import open_database

__all__ = ["Services", "off_loop"]

P = ParamSpec("P")
T = TypeVar("T")


async def off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What blocking ``work`` gives, while the loop serves others."""
    return await anyio.to_thread.run_sync(partial(work, *args, **kwargs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The nouns of the server. Blocking, but for the backends: routes go through :func:`off_loop`."""

    settings: Settings
    database: Database
    projects: Projects
    keys: Keys
    backends: Backends
    executions: Executions

    @classmethod
    def open(cls, settings: Settings, plugins: PluginManager | None = None) -> Services:
        """Wire them; nothing is opened before it is used."""
        backends = Backends(settings, plugins)
        database = open_database(settings.database_url, backends.home / ACCOUNTS)
        return cls(
            settings=settings,
            database=database,
            projects=Projects(database),
            keys=Keys(database),
            backends=backends,
            executions=Executions(backends),
        )

    async def aclose(self) -> None:
        """Close what is open; the next use opens it again."""
        await self.backends.aclose()
        await off_loop(self.database.close)
