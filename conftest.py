"""What every test of the workspace shares: async tests on asyncio, and the environment of nobody's machine."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from composio.functions.registry import REGISTRY

with suppress(ModuleNotFoundError):  # a framework's own package `tests` hides ours; its plugin's tests do without
    from tests.peers.moto import moto_server
    from tests.peers.postgresql import postgresql
    from tests.peers.schemas import real_migrations, repeat_migrations
    from tests.peers.trust import share_certificates

__all__ = ["moto_server", "postgresql", "real_migrations", "repeat_migrations", "share_certificates"]

# Credentials and switches of whoever runs the tests must not decide what they prove.
_PREFIXES = ("COMPOSIO_", "OPENAI_", "GITHUB_", "GH_", "SLACK_", "STRIPE_", "NOTION_", "JIRA_", "GMAIL_", "GOOGLE")
_KEPT = {
    "COMPOSIO_BURSTS",
    "COMPOSIO_EVENTS",
    "COMPOSIO_EVERY_APP",
    "COMPOSIO_FIGURES",
    "COMPOSIO_FORKS",
    "COMPOSIO_HOME",
    "COMPOSIO_KILLS",
    "COMPOSIO_LOSSES",
    "COMPOSIO_RECORD",
    "COMPOSIO_STOCK",
}

_LARGE = 8_000_000  # bytes of a catalog that new homes begin with, in which most is of the past


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def own_functions(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test knows the functions of its own module alone, and what it decorates is forgotten afterwards.

    Every process collects all modules: without this, which of them a run was given would decide what a name means.
    """
    before = list(REGISTRY)
    module = request.node.getparent(pytest.Module)
    own = module.obj.__name__ if module is not None else ""
    for function in before:
        if _is_of_another_test(function.function.__module__, own):
            REGISTRY.discard(function)
    yield
    for function in REGISTRY:
        REGISTRY.discard(function)
    for function in before:
        REGISTRY.add(function)


def _is_of_another_test(module: str, own: str) -> bool:
    return module != own and module.rpartition(".")[2].startswith("test_")


def pytest_configure(config: pytest.Config) -> None:
    for name in list(os.environ):
        if name.startswith(_PREFIXES) and name not in _KEPT:
            del os.environ[name]
    # How long an example takes tells of the machine, which may have other things to do.
    with suppress(ImportError):  # where a plugin's tests do without
        from hypothesis import HealthCheck, settings

        settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
        settings.load_profile("untimed")
    if not hasattr(config, "workerinput"):  # xdist's workers find what their controller has kept
        with suppress(OSError):  # tests take longer where nobody may write
            keep_definitions()


def pytest_collection_finish() -> None:
    """Set aside what was imported: it stays, and a framework's million objects are long to look through for every collection."""
    gc.collect()
    gc.freeze()


def keep_definitions() -> None:
    """Keep what the apps' files say where every new home begins with a copy of it.

    Thousands of tests and programs begin in an empty home; each would parse hundreds of files for a second or two. A wheel has such
    a catalog; this one has no compiled apps, and a file that has changed since is parsed as ever.
    """
    found = find_spec("composio_apps")
    apps = Path(__file__).parent / "plugins" / "apps" / "composio_apps"
    if found is None or found.origin is None or Path(found.origin).parent != apps:
        return
    from composio.catalog.database import Database
    from composio.catalog.known import find_known
    from composio.plugin.manager import plugins

    catalog = apps / "catalog.sqlite3"
    with TemporaryDirectory(dir=apps.parent, prefix=".catalog-") as folder:
        new = Path(folder, catalog.name)
        # What files said before they changed is left behind now and then: every home copies all of it.
        is_small = catalog.exists() and catalog.stat().st_size < _LARGE
        database = Database(lambda: new, lambda: [catalog] if is_small else [])
        before = database.version()
        find_known(database, plugins().app_folders(), ())
        is_current = database.version() == before
        database.close()
        if is_current:
            return
        with closing(sqlite3.connect(new)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # a file that stands alone
        new.replace(catalog)
