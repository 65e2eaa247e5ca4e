"""A server on loopback over backends that tests make, and backends that are its clients."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.peers.listening import listening

if TYPE_CHECKING:
    from litestar import Litestar

    from composio.backend import Service
    from composio.embedded import EmbeddedBackend
    from composio.remote.address import ServerAddress
    from composio.remote.backend import RemoteBackend

__all__ = ["OverServer", "Served", "StandIn", "application", "lend", "serve", "serving"]


class StandIn:
    """Whichever services an application stands on now: one that is made once can serve test after test."""

    def __init__(self, services: Any = None) -> None:
        self.services = services

    def __getattr__(self, name: str) -> Any:
        return getattr(self.services, name)


_FREE: dict[int, list[tuple[StandIn, Litestar]]] = {}


@contextmanager
def application(services: Any) -> Iterator[Litestar]:
    """``create_app(services, close=False)``, made anew only while others use those that were made: it takes a second of CPU."""
    from composio_server.app import create_app

    free = _FREE.setdefault(services.settings.body_bytes, [])
    if free:
        stand_in, app = free.pop()
        stand_in.services = services
    else:
        stand_in = StandIn(services)
        app = create_app(stand_in, close=False)  # type: ignore[arg-type]
    try:
        yield app
    finally:
        stand_in.services = None
        free.append((stand_in, app))


class Served:
    """A server whose only project is whichever backend :meth:`on` was given; ``project`` is its id."""

    def __init__(self, url: str, services: Any) -> None:
        self.url, self._services = url, services
        self.project: str = services.projects.create("tests").id

    def key(self, *scopes: str) -> str:
        """A key that may do what ``scopes`` say; everything without."""
        from composio_server.services.keys import Scope

        made = self._services.keys.create(self.project, "tests", [Scope(one) for one in scopes or ("admin",)])
        return str(made[1].reveal())

    def on(self, backend: Service) -> None:
        """Stand on ``backend`` from now on."""
        self._services.backends.of = lambda _: backend

    def transfers(self) -> list[Path]:
        """What lies on its disk of files that calls brought or left."""
        return list(self._services.backends.shared.home.folder("transfers").iterdir())

    def address(self, *scopes: str) -> ServerAddress:
        """Where it is, with a key."""
        from composio.model.secret import Secret
        from composio.remote.address import ServerAddress

        return ServerAddress(self.url, Secret(self.key(*scopes)), "the test")


@contextmanager
def serving() -> Iterator[Served]:
    """A server, on nothing yet."""
    pytest.importorskip("composio_server")
    from composio_server.app import read_twice_said_base
    from composio_server.services.services import Services
    from composio_server.settings import Settings

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="composio-served-"))
        services = Services.open(Settings.of({"COMPOSIO_HOME": folder}))
        app = read_twice_said_base(stack.enter_context(application(services)))
        stack.callback(services.database.close)
        yield Served(stack.enter_context(listening(app, lifespan="on")), services)


@contextmanager
def serve(backend: Service, *, scopes: Sequence[str] = ()) -> Iterator[ServerAddress]:
    """The address of a server on ``backend``, with a key that may do what ``scopes`` say."""
    with serving() as served:
        served.on(backend)
        yield served.address(*scopes)


@contextmanager
def lend(backend: Service, home: Path | None = None, **options: Any) -> Iterator[RemoteBackend]:
    """A backend whose server stands on ``backend``. Its files go below ``home``."""
    from composio.remote.backend import RemoteBackend

    with serve(backend) as address:
        remote = RemoteBackend(address, home=home, **options)
        try:
            yield remote
        finally:
            remote.close()


class OverServer:
    """Put before a contract suite: it runs over a server that stands on the suite's own backend."""

    limits: ClassVar[Mapping[str, str]] = {
        "cancelling_a_call_cancels_its_request": "a server ends the calls that it began, though whoever asked leaves"
    }

    @classmethod
    def offer_backend(cls, backend: EmbeddedBackend, resources: ExitStack) -> RemoteBackend:
        """See :meth:`composio.testing.contract.driver.Driver.offer_backend`."""
        home = resources.enter_context(tempfile.TemporaryDirectory(prefix="composio-caller-"))
        return resources.enter_context(lend(backend, Path(home)))
