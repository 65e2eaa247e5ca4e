"""What was opened of a connection stays open while its row is the same, and not a call longer."""

from __future__ import annotations

import gc
import os
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.accounts import book as books
from composio.accounts.book import Book
from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError, ConnectedAccountNotFound, VaultError
from composio.model.connection import ConnectionStatus
from composio.model.secret import SecretValues
from composio.store.records import Place, Sealed, place_of
from composio.vault.projectkeys import ProjectKeys, refuse_wrapper
from composio.vault.vault import Vault
from tests.peers.acme import Provider
from tests.peers.house import House
from tests.peers.records import Records

ROOT = Path(__file__).parents[3]
ADA = "user of ca-1"  # as the house calls the entity of its first connection


class Counting(Vault):
    """A vault that counts what it opens."""

    opened = 0

    def open(self, sealed: Sealed, place: Place) -> SecretValues:
        self.opened += 1
        return super().open(sealed, place)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, {"COMPOSIO_ENCRYPTION_KEY": "11" * 32})
    integration = Records.integration(app="x")
    made.store.add_integration(integration, made.vault.seal({"a": "b"}, place_of(integration)))
    made.add("ca-1")
    yield made
    made.store.close()


@pytest.fixture
def vault(house: House) -> Counting:
    return Counting(house.keys)


@pytest.fixture
def book(house: House, vault: Counting) -> Book:
    return Book(house.store, vault)


def token(book: Book, connection_id: str = "ca-1") -> str:
    return book.entry(connection_id).values["token"]


def run_elsewhere(house: House, code: str) -> None:
    """Run ``code`` in a process of its own, on the same database."""
    begin = "import sys, pathlib; from tests.peers.house import House; house = House(pathlib.Path(sys.argv[1]), {'COMPOSIO_ENCRYPTION_KEY': sys.argv[2]}); "
    key = house.environ["COMPOSIO_ENCRYPTION_KEY"]
    subprocess.run([sys.executable, "-c", begin + code, str(house.folder), key], check=True, cwd=ROOT, timeout=60)


def change_bytes(house: House, statement: str) -> None:
    with closing(sqlite3.connect(house.folder / "accounts.sqlite3", isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount == 1


def holders(secret: str) -> int:
    """How many values in this process's memory hold a secret."""
    gc.collect()
    return sum(1 for one in gc.get_objects() if isinstance(one, SecretValues) and secret in one.values())


def test_a_row_that_is_the_same_is_opened_once(book: Book, vault: Counting) -> None:
    first = book.newest_usable("x", ADA)
    assert first is not None
    opened = vault.opened
    assert book.newest_usable("x", ADA) is first
    assert book.entry("ca-1") == first
    assert vault.opened == opened


@pytest.mark.parametrize(
    "change",
    [
        "house.store.update_connection('ca-1', now=2.0, enabled=False)",
        "house.store.update_connection('ca-1', now=2.0, status=__import__('composio.model.connection').model.connection.ConnectionStatus.EXPIRED)",
        "house.store.update_integration('in-1', now=2.0, enabled=False)",
        "house.store.delete_connection('ca-1')",
    ],
    ids=["disabled", "expired", "integration disabled", "deleted"],
)
def test_what_another_process_took_away_is_not_used_again(house: House, book: Book, change: str) -> None:
    assert book.newest_usable("x", ADA) is not None
    run_elsewhere(house, change)
    assert book.newest_usable("x", ADA) is None


def test_what_another_process_renewed_is_used_at_once(house: House, book: Book) -> None:
    assert token(book) == "secret ca-1"
    run_elsewhere(
        house,
        "v = house.vault; from tests.peers.house import connection, place_of; "
        "house.store.update_connection('ca-1', now=2.0, sealed=v.seal({'token': 'new'}, place_of(connection('ca-1'))))",
    )
    assert token(book) == "new"
    found = book.newest_usable("x", ADA)
    assert found is not None
    assert (found.values["token"], found.connection.version) == ("new", 1)


def test_a_renewal_that_leaves_the_version_is_seen_too(house: House, book: Book, vault: Counting) -> None:
    """Somebody who writes to the database by hand does not count versions."""
    assert token(book) == "secret ca-1"
    change_bytes(house, "UPDATE composio_connections SET box = zeroblob(length(box))")
    with pytest.raises(VaultError, match="can't be opened"):
        book.entry("ca-1")
    with pytest.raises(VaultError, match="can't be opened"):
        book.newest_usable("x", ADA)


@pytest.mark.parametrize("column", ["entity_id", "app", "integration_id", "scheme", "wrapped", "key_id"])
def test_a_row_that_was_changed_by_hand_is_opened_anew(house: House, book: Book, column: str) -> None:
    assert token(book) == "secret ca-1"
    change_bytes(house, f"UPDATE composio_connections SET {column} = 'another'")
    with pytest.raises(VaultError):
        book.entry("ca-1")


def test_after_a_rotation_everything_is_opened_under_the_new_key(tmp_path: Path) -> None:
    house = House(tmp_path, {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"})
    house.fill(2)
    vault = Counting(house.keys)
    book = Book(house.store, vault)
    before = book.entry("ca-1")
    opened = vault.opened
    house.rotate()
    after = book.entry("ca-1")
    assert vault.opened > opened
    assert after is not before
    assert dict(after.values) == {"token": "secret ca-1"}
    house.store.close()


def test_each_entity_gets_its_own(house: House, book: Book) -> None:
    house.add("ca-2")
    eve = "user of ca-2"
    for _ in range(3):
        for entity, secret in ((ADA, "secret ca-1"), (eve, "secret ca-2")):
            found = book.newest_usable("x", entity)
            assert found is not None
            assert (found.connection.entity_id, found.values["token"]) == (entity, secret)
    with pytest.raises(ConnectedAccountNotFound):
        book.entry("ca-2", entity_id=ADA)
    with pytest.raises(ConnectedAccountNotFound):
        book.entry("ca-1", entity_id=eve)


def test_what_is_open_of_one_project_is_not_another_projects(house: House, book: Book, vault: Counting) -> None:
    assert book.newest_usable("x", ADA) is not None
    other = Book(house.all_projects.for_project("another"), vault)
    assert other.newest_usable("x", ADA) is None
    with pytest.raises(ConnectedAccountNotFound):
        other.entry("ca-1")
    assert token(book) == "secret ca-1"


def test_once_a_projects_key_is_destroyed_nothing_that_was_open_is_used(house: House) -> None:
    keys, elsewhere = (ProjectKeys(house.all_projects, house.vault, refuse_wrapper) for _ in range(2))
    store, vault = house.all_projects.for_project("another"), keys.open_vault("another")
    one = Records.connection("ca-9", app="x")
    store.add_connection(one, vault.seal({"token": "secret ca-9"}, place_of(one)))
    book = Book(store, vault)
    assert token(book, "ca-9") == "secret ca-9"
    assert elsewhere.destroy("another")
    with pytest.raises(VaultError):
        book.entry("ca-9")
    assert holders("secret ca-9") == 0


def test_a_newer_connection_takes_the_place_of_the_one_that_was_open(house: House, book: Book) -> None:
    assert book.newest_usable("x", ADA) is not None
    newer = Records.connection("ca-3", entity_id=ADA, app="x")
    house.store.add_connection(newer, house.vault.seal({"token": "newer"}, place_of(newer)))
    found = book.newest_usable("x", ADA)
    assert found is not None
    assert (found.connection.id, found.values["token"]) == ("ca-3", "newer")


def test_only_so_many_stay_open(house: House, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "_KEPT_OPEN", 2)
    for number in range(2, 7):
        house.add(f"ca-{number}")
        assert token(book, f"ca-{number}") == f"secret ca-{number}"
        assert len(book._entries) <= 2


def test_nothing_stays_open_once_it_is_closed(house: House, book: Book) -> None:
    assert token(book) == "secret ca-1"
    assert holders("secret ca-1") == 1
    book.close()
    assert holders("secret ca-1") == 0
    assert token(book) == "secret ca-1"


def test_neither_its_repr_nor_a_pickle_shows_what_is_open(book: Book) -> None:
    entry = book.entry("ca-1")
    assert "secret ca-1" not in repr((book, vars(book), entry, book._entries))
    for one in (book, entry):
        with pytest.raises(TypeError):
            pickle.dumps(one)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_inherits_nothing_that_is_open(book: Book) -> None:
    assert token(book) == "secret ca-1"
    child = os.fork()
    if child == 0:
        try:
            is_empty = not book._entries and not book._configs
            os._exit(0 if is_empty and token(book) == "secret ca-1" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert token(book) == "secret ca-1"


# Through whole calls.


@pytest.fixture
def toolset(backend: EmbeddedBackend) -> ComposioToolSet[Any]:
    made: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    for entity in ("ada", "eve"):
        made.initiate_connection(app="keyed", entity_id=entity, connected_account_params={"api_key": f"key of {entity}"})
    return made


def who(toolset: ComposioToolSet[Any], entity: str) -> Any:
    return toolset.execute_action("KEYED_GET_ME", {}, entity_id=entity)["data"]["who"]


def test_calls_of_two_entities_in_turn_are_each_signed_with_their_own_key(toolset: ComposioToolSet[Any]) -> None:
    said = [who(toolset, entity) for _ in range(5) for entity in ("ada", "eve")]
    assert said == ["key of ada", "key of eve"] * 5


def test_a_call_after_the_connection_was_deleted_is_not_sent(toolset: ComposioToolSet[Any], provider: Provider) -> None:
    assert who(toolset, "ada") == "key of ada"
    [one] = toolset.get_connected_accounts(entity_id="ada")
    toolset.delete_connection(one.id)
    provider.seen.clear()
    with pytest.raises(ComposioError):
        who(toolset, "ada")
    assert provider.seen == []
    assert holders("key of ada") == 0


def test_a_backend_that_is_closed_keeps_nothing_open(toolset: ComposioToolSet[Any], backend: EmbeddedBackend) -> None:
    assert who(toolset, "ada") == "key of ada"
    backend.close()
    assert holders("key of ada") == 0
    assert who(toolset, "ada") == "key of ada"


def test_two_backends_on_one_home_see_each_others_changes_at_once(
    toolset: ComposioToolSet[Any], opened: Callable[..., EmbeddedBackend]
) -> None:
    other: ComposioToolSet[Any] = ComposioToolSet(backend=opened())
    assert who(toolset, "ada") == who(other, "ada") == "key of ada"
    [one] = toolset.get_connected_accounts(entity_id="ada")
    other.disable_connection(one.id)
    with pytest.raises(ComposioError, match="disabled"):
        who(toolset, "ada")
    other.enable_connection(one.id)
    assert who(toolset, "ada") == "key of ada"
    accounts: Any = other.backend.accounts
    accounts._book().change(one, status=ConnectionStatus.EXPIRED)
    with pytest.raises(ComposioError, match="EXPIRED"):
        who(toolset, "ada")


def test_what_signs_is_made_once_for_each_state_of_a_connection(
    toolset: ComposioToolSet[Any], backend: EmbeddedBackend
) -> None:
    accounts: Any = backend.accounts
    app = backend.catalog.known.declared("keyed")

    def credentials() -> Any:
        return accounts._tokens.credentials(app, accounts._book().newest_usable("keyed", "ada"))

    first = credentials()
    assert credentials() is first
    [one] = toolset.get_connected_accounts(entity_id="ada")
    accounts._book().change(one, values=SecretValues(api_key="another"))
    assert credentials().values["api_key"] == who(toolset, "ada") == "another"
