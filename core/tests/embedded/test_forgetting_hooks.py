"""Whoever deletes a connection deletes what its provider was told: while the credentials are there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import anyio
import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.model.connection import NewConnection
from composio.model.trigger_instance import NewInstance
from tests.peers.acme import KEY, PUSHED, write_app


class Acme:
    """Remembers what it was told, and by whom."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str | None]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/hooks"):
            self.told.append((request.method, request.url.path, request.headers.get("x-api-key")))
        return httpx.Response(200, json={"id": 9})


@pytest.fixture
def acme() -> Acme:
    return Acme()


@pytest.fixture
def backend(tmp_path: Path, acme: Acme) -> Iterator[EmbeddedBackend]:
    write_app(tmp_path, "acme", KEY)
    (tmp_path / "apps" / "acme" / "triggers.yaml").write_text(json.dumps({"triggers": [PUSHED]}))
    environ = {"COMPOSIO_WEBHOOK_URL": "https://tunnel.example", "COMPOSIO_ENCRYPTION_KEY": "11" * 32}
    made = EmbeddedBackend(home=tmp_path, transport=httpx.MockTransport(acme.answer), environ=environ)
    with closing(made):
        yield made


def subscribe(backend: EmbeddedBackend) -> tuple[str, str]:
    """A connection that is subscribed to something, and its integration."""
    new = NewConnection(app="acme", entity_id="ada", values={"api_key": "key-of-ada"})
    connection = backend.run(lambda: backend.accounts.initiate(new)).connection
    backend.run(lambda: backend.triggers.enable(NewInstance(trigger="ACME_PUSHED", entity_id="ada")))
    assert backend.run(backend.inbound.subscriber.run_due) == 1
    return connection.id, connection.integration_id


def test_a_deleted_connection_s_hooks_are_deleted_with_its_credentials(backend: EmbeddedBackend, acme: Acme) -> None:
    connection, _ = subscribe(backend)
    backend.run(lambda: backend.accounts.delete_connection(connection))
    assert acme.told == [("POST", "/hooks", "key-of-ada"), ("DELETE", "/hooks/9", "key-of-ada")]
    assert anyio.run(backend.inbound.subscriber.run_due) == 0


def test_a_removed_integration_s_hooks_are_deleted_too(backend: EmbeddedBackend, acme: Acme) -> None:
    _, integration = subscribe(backend)
    backend.run(lambda: backend.accounts.remove_integration(integration))
    assert [method for method, *_ in acme.told] == ["POST", "DELETE"]
