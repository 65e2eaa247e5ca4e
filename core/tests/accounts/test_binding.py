"""Whoever can write to the database, and has no key, can send no secret elsewhere. What earlier versions sealed still opens."""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from composio import ComposioToolSet
from composio.accounts.service import DATABASE
from composio.embedded import EmbeddedBackend
from composio.errors import VaultError
from composio.model.connection import Connection, Integration
from composio.store import migrate, rows
from composio.store.records import Place, Sealed, place_of
from composio.store.store import Store
from composio.store.tables import authorizations, connections, integrations
from composio.testing import FakeTransport
from composio.vault.keys import FILE, MasterKeys
from composio.vault.rotation import BIND, rotate
from composio.vault.vault import Vault, is_bound
from tests.peers.acme import KEY, OAUTH, Provider, write_app
from tests.peers.records import Records

OLD_KEY = b"\x07" * 32


def changed(home: Path, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(home / DATABASE, isolation_level=None)) as connection:
        assert connection.execute(statement, values).rowcount == 1


@pytest.fixture
def toolset(backend: EmbeddedBackend) -> ComposioToolSet[Any]:
    made: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    for app, entity in (("keyed", "ada"), ("both", "eve")):
        integration = made.create_integration(app=app, auth_mode="API_KEY")
        made.initiate_connection(
            integration_id=integration.id, entity_id=entity, connected_account_params={"api_key": f"secret of {entity}"}
        )
    return made


def of(toolset: ComposioToolSet[Any], app: str, entity: str) -> Any:
    [found] = [one for one in toolset.get_connected_accounts(entity_id=entity) if one.app == app]
    return found


@pytest.mark.parametrize("column", ["app", "entity_id", "integration_id", "scheme", "id"])
def test_a_row_that_is_pointed_elsewhere_is_refused_and_nothing_is_sent(
    toolset: ComposioToolSet[Any], provider: Provider, home: Path, column: str
) -> None:
    mine, other = of(toolset, "keyed", "ada"), of(toolset, "both", "eve")
    assert toolset.execute_action("KEYED_GET_ME", {}, entity_id="ada")["successful"]
    provider.seen.clear()
    changed(home, "DELETE FROM composio_connections WHERE id = ?", other.id)
    value = "somewhere else" if column == "scheme" else getattr(other, column)
    changed(home, f"UPDATE composio_connections SET {column} = ? WHERE id = ?", value, mine.id)
    app = "both" if column == "app" else "keyed"
    entity = "eve" if column == "entity_id" else "ada"
    with pytest.raises(VaultError, match="another row, entity, app or integration"):
        toolset.execute_action(f"{app}_GET_ME", {}, entity_id=entity)
    assert provider.seen == []


@pytest.mark.parametrize("column", ["app", "scheme", "id"])
def test_an_integrations_client_is_not_sent_to_another_app(backend: EmbeddedBackend, home: Path, column: str) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    made = toolset.create_integration(
        app="acme",
        auth_mode="OAUTH2",
        use_composio_oauth_app=False,
        auth_config={"client_id": "c", "client_secret": "the developer's"},
    )
    value = {"app": "both", "scheme": "both_oauth2", "id": "int_another"}[column]
    changed(home, f"UPDATE composio_integrations SET {column} = ? WHERE id = ?", value, made.id)
    with pytest.raises(VaultError, match="can't be opened"):
        toolset.initiate_connection(integration_id=value if column == "id" else made.id, entity_id="ada")


@pytest.mark.parametrize("column", ["connection_id", "integration_id", "entity_id"])
def test_who_comes_back_ends_up_at_no_other_connection(
    backend: EmbeddedBackend, provider: Provider, home: Path, column: str
) -> None:
    from tests.peers.acme import came_back

    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    mine, other = (toolset.initiate_connection(app="acme", entity_id=entity) for entity in ("ada", "eve"))
    values = {"connection_id": other.id, "integration_id": "int_another", "entity_id": "eve"}
    changed(
        home,
        f"UPDATE composio_authorizations SET {column} = ? WHERE connection_id = ?",
        values[column],
        mine.id,
    )
    with pytest.raises(VaultError, match="can't be opened"):
        toolset.complete_connection(came_back(mine.redirectUrl))
    assert provider.calls == []


# What an earlier version stored


def sealed_before(values: Mapping[str, str], place: Place, master: bytes = OLD_KEY) -> Sealed:
    """As versions before 0.8 sealed: bound to kind, row and entity."""
    [key_id] = [
        key.id for key in MasterKeys(lambda: Path("/nowhere"), {"COMPOSIO_ENCRYPTION_KEY": master.hex()})._current().all
    ]
    parts = [part.encode() for part in (place.kind, place.owner, place.tenant)]
    bound = b"\x01" + b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    key = secrets.token_bytes(32)

    def encrypt(under: bytes, plain: bytes, what: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return b"\x01" + nonce + AESGCM(under).encrypt(nonce, plain, what + bound)

    return Sealed(
        key_id, encrypt(master, key, b"key" + key_id.encode()), encrypt(key, json.dumps(dict(values)).encode(), b"box")
    )


INTEGRATION = Integration(id="int_1", app="keyed", name="keyed", auth_mode="API_KEY", scheme="keyed_api_key")


def connection(entity: str) -> Connection:
    scheme = {"auth_mode": "API_KEY", "scheme": "keyed_api_key"}
    return Records.connection(f"conn_{entity}", entity_id=entity, app="keyed", integration_id="int_1", **scheme)


WAITING = Records.authorization("h", connection_id="conn_ada", integration_id="int_1", entity_id="ada")


def as_it_was(table: sa.Table, connection_: sa.Connection) -> sa.Table:
    """``table`` with the columns that the database has: today's has some that the first version's had not."""
    known = {column["name"] for column in sa.inspect(connection_).get_columns(table.name)}
    return sa.Table(table.name, sa.MetaData(), *(sa.Column(c.name, c.type) for c in table.columns if c.name in known))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A home with the database of an earlier version: its tables, and what it sealed under the key of its file."""
    home = tmp_path / "old"
    write_app(home, "keyed", {**KEY, "name": "keyed_api_key"})
    write_app(home, "both", KEY, OAUTH)
    (home / FILE).write_text(base64.b64encode(OLD_KEY).decode())
    (home / FILE).chmod(0o600)
    (home / DATABASE).touch(0o600)
    engine = sa.create_engine(f"sqlite:///{home / DATABASE}")
    with engine.begin() as connection_:
        migrate.upgrade(connection_, version="0001")
        for table, record, names in (
            (integrations, INTEGRATION, rows.INTEGRATION),
            (connections, connection("ada"), rows.CONNECTION),
            (connections, connection("eve"), rows.CONNECTION),
            (authorizations, WAITING, rows.AUTHORIZATION),
        ):
            place = place_of(record)
            values = {"api_key": f"secret of {place.owner}"} if place.kind == "connection" else {}
            row = rows.row_of(record, names, sealed_before(values, place))
            then = as_it_was(table, connection_)
            connection_.execute(sa.insert(then).values({c.name: row[c.name] for c in then.columns if c.name in row}))
    engine.dispose()
    return home


@pytest.fixture
def reopened(old: Path, provider: Provider) -> Iterator[Callable[[], ComposioToolSet[Any]]]:
    made: list[EmbeddedBackend] = []

    def open_() -> ComposioToolSet[Any]:
        made.append(EmbeddedBackend(home=old, transport=FakeTransport(provider)))
        return ComposioToolSet(backend=made[-1])

    yield open_
    for one in made:
        one.close()


def test_what_an_earlier_version_sealed_opens_and_is_bound_to_its_app_from_then_on(
    reopened: Callable[[], ComposioToolSet[Any]], old: Path
) -> None:
    toolset = reopened()
    assert toolset.execute_action("KEYED_GET_ME", {}, entity_id="ada")["data"]["who"] == "secret of conn_ada"
    store = Store(lambda: old / DATABASE, project=None)
    assert [is_bound(sealed) for _, sealed in store.sealed()] == [True] * 4
    assert not store.has_task(BIND)
    store.close()
    # That of a connection which nobody has used since, too.
    changed(old, "UPDATE composio_connections SET app = 'both' WHERE id = ?", "conn_eve")
    with pytest.raises(VaultError, match="another row, entity, app or integration"):
        toolset.execute_action("BOTH_GET_ME", {}, entity_id="eve")
    assert toolset.execute_action("KEYED_GET_ME", {}, entity_id="ada")["successful"]


def test_what_no_key_opens_is_left_as_it_is_until_the_key_is_back(
    reopened: Callable[[], ComposioToolSet[Any]], old: Path
) -> None:
    key = (old / FILE).read_bytes()
    (old / FILE).unlink()
    with pytest.raises(VaultError, match="is missing"):
        reopened().execute_action("KEYED_GET_ME", {}, entity_id="ada")
    (old / FILE).write_bytes(key)
    (old / FILE).chmod(0o600)
    assert reopened().execute_action("KEYED_GET_ME", {}, entity_id="ada")["successful"]
    store = Store(lambda: old / DATABASE, project=None)
    assert all(is_bound(sealed) for _, sealed in store.sealed())
    store.close()


def test_a_row_whose_bytes_were_changed_keeps_nobody_from_binding_the_others(
    reopened: Callable[[], ComposioToolSet[Any]], old: Path
) -> None:
    changed(old, "UPDATE composio_connections SET box = x'01' || zeroblob(80) WHERE id = ?", "conn_eve")
    assert reopened().execute_action("KEYED_GET_ME", {}, entity_id="ada")["successful"]
    store = Store(lambda: old / DATABASE, project=None)
    assert [place.owner for place, sealed in store.sealed() if not is_bound(sealed)] == ["conn_eve"]
    assert not store.has_task(BIND)
    store.close()


def test_a_rotation_binds_what_another_process_of_an_earlier_version_stored_meanwhile(old: Path) -> None:
    store = Store(lambda: old / DATABASE, project=None)
    keys = MasterKeys(lambda: old, {}, store.sealed_key_ids)
    assert rotate(keys, Vault(keys), store) == 4
    assert all(is_bound(sealed) for _, sealed in store.sealed())
    store.close()


def test_the_first_format_is_read_only_where_it_says_so_itself() -> None:
    """What is bound to its app does not open as if it were not, though its first byte is changed."""
    keys = MasterKeys(lambda: Path("/nowhere"), {"COMPOSIO_ENCRYPTION_KEY": OLD_KEY.hex()})
    place = place_of(connection("ada"))
    sealed = Vault(keys).seal({"api_key": "x"}, place)
    older = Sealed(sealed.key_id, b"\x01" + sealed.wrapped[1:], b"\x01" + sealed.box[1:])
    for one in (older, Sealed(sealed.key_id, older.wrapped, sealed.box), Sealed(sealed.key_id, sealed.wrapped, older.box)):
        with pytest.raises(VaultError):
            Vault(keys).open(one, place)
    assert dict(Vault(keys).open(sealed_before({"api_key": "x"}, place), place)) == {"api_key": "x"}
