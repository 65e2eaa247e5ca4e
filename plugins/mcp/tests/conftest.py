"""A backend with two apps whose API answers in memory, and clients of every transport of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.sse import sse_client

from composio.embedded import EmbeddedBackend
from composio_mcp import Endpoint, Selected, Selection, make_server
from composio_mcp.endpoint import LOOPBACK
from composio_mcp.serving import make_app
from tests.peers import described
from tests.peers.acme import KEY, OPEN
from tests.peers.hanging import Api, describe_api
from tests.peers.listening import listening

Connect = Callable[..., Any]


@pytest.fixture(scope="module")
def api() -> Api:
    return Api()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("home")
    important = ["get_me", "list_things", "create_thing", "hang", "break"]
    described.write_app(where, "acme", describe_api("Acme"), auth_schemes=[OPEN], important=important)
    described.write_app(where, "keyed", describe_api("Keyed"), auth_schemes=[KEY], important=important)
    return where


@pytest.fixture(scope="module")
def backend(home: Path, api: Api) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(home=home, transport=api, egress_allow=["*.example"])
    yield made
    made.close()


@pytest.fixture(scope="module")
def offered(backend: EmbeddedBackend) -> Selected:
    return Selected(backend, Selection(apps=("acme", "keyed")), helpers=True, instructions="Be quick.")


@pytest.fixture(scope="module")
def endpoint() -> Endpoint:
    return Endpoint(
        hosts=[f"{host}:*" for host in LOOPBACK], origins=[f"http://{host}:*" for host in LOOPBACK], beat_seconds=0.01
    )


@pytest.fixture(scope="module")
def url(offered: Selected, endpoint: Endpoint) -> Iterator[str]:
    """Where `composio mcp serve --transport http` listens."""
    with listening(make_app(offered, endpoint), log_level="critical") as address:
        yield address


@pytest.fixture
def connect(offered: Selected, url: str) -> Connect:
    """Makes a client of a transport."""
    server = make_server(offered, beat_seconds=0.01)
    makers: dict[str, Callable[..., Client]] = {
        "memory": lambda **more: Client(server, mode="auto", **more),
        "memory-legacy": lambda **more: Client(server, mode="legacy", **more),
        "http": lambda **more: Client(f"{url}/mcp", mode="auto", **more),
        "http-legacy": lambda **more: Client(f"{url}/mcp", mode="legacy", **more),
        "sse": lambda **more: Client(sse_client(f"{url}/sse"), mode="legacy", **more),
    }
    return lambda transport, **more: makers[transport](**more)
