"""A home whose keys, vault and store are used by themselves, without apps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from composio.model.connection import Connection
from composio.store.records import place_of
from composio.store.store import Store
from composio.vault.keys import FILE, MasterKeys
from composio.vault.rotation import rotate
from composio.vault.vault import Vault
from tests.peers.records import Records

__all__ = ["House", "connection"]


def connection(name: str) -> Connection:
    return Records.connection(name, entity_id=f"user of {name}", app="x", version=0)


@dataclass
class House:
    """A home as one process sees it."""

    folder: Path
    environ: dict[str, str]

    def __post_init__(self) -> None:
        self.all_projects = Store(lambda: self.folder / "accounts.sqlite3", project=None)
        self.store = self.all_projects.for_project("")
        self.keys = MasterKeys(
            lambda: self.folder, self.environ, lambda: self.store.sealed_key_ids() if self.store.exists() else ()
        )
        self.vault = Vault(self.keys)

    def add(self, name: str) -> None:
        one = connection(name)
        self.store.add_connection(one, self.vault.seal({"token": f"secret {name}"}, place_of(one)))

    def renew(self, name: str) -> None:
        """As a renewal stores its tokens."""
        sealed = self.vault.seal({"token": f"secret {name}"}, place_of(connection(name)))
        assert self.store.update_connection(name, now=1.0, sealed=sealed)

    def fill(self, connections: int) -> None:
        """One integration, one user on the way, and so many connections."""
        integration = Records.integration(app="x")
        self.store.add_integration(integration, self.vault.seal({"a": "b"}, place_of(integration)))
        for number in range(connections):
            self.add(f"ca-{number}")
        waiting = Records.authorization("h", connection_id="ca-0")
        self.store.add_authorization(waiting, self.vault.seal({"v": "w"}, place_of(waiting)))

    def rotate(self) -> int:
        return rotate(self.keys, self.vault, self.all_projects)

    def open_all(self) -> int:
        """Every secret is read, and is what it was; how many connections."""
        found = self.store.get_integration("in-1")
        assert found
        assert dict(self.vault.open(found[1], place_of(found[0]))) == {"a": "b"}
        waiting = self.store.get_authorization("h")
        assert waiting
        assert dict(self.vault.open(waiting[1], place_of(waiting[0]))) == {"v": "w"}
        connections = self.store.list_connections()
        for one in connections:
            stored = self.store.get_connection(one.id)
            assert stored
            assert dict(self.vault.open(stored.sealed, place_of(one))) == {"token": f"secret {one.id}"}
        return len(connections)

    def key_lines(self) -> list[str]:
        return [line for line in (self.folder / FILE).read_text().splitlines() if not line.startswith("#")]
