"""Each project's secrets lie under a key of its own: what is moved between projects, or whose key is gone, opens nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from composio.accounts.book import Book
from composio.embedded import EmbeddedBackend
from composio.errors import StoreError, VaultError
from composio.model.secret import SecretValues
from composio.plugin import hookimpl
from composio.plugin.manager import make_plugins
from composio.store import tables
from composio.store.records import Place, Sealed, place_of
from composio.store.store import Store
from composio.vault.backup import back_up, restore
from composio.vault.keys import MasterKeys
from composio.vault.projectkeys import ProjectKeys, load_wrapper, refuse_wrapper
from composio.vault.rotation import rotate
from composio.vault.vault import Vault
from tests.peers.records import Records

PLACE = Place("connection", "ca-1", "ada", ("github", "in-1", "oauth2"))
FIRST, SECOND = "11" * 32, "22" * 32


@dataclass
class Service:
    """A key management service of ours: what it wrapped for one context opens for no other."""

    wrapped: dict[bytes, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    is_away: bool = False

    def wrap(self, key: bytes, context: dict[str, str]) -> bytes:
        made = b"wrapped %d" % len(self.wrapped)
        self.wrapped[made] = key, context
        return made

    def unwrap(self, wrapped: bytes, context: dict[str, str]) -> bytes:
        if self.is_away:
            raise VaultError("The key service does not answer.")
        key, bound = self.wrapped[wrapped]
        if bound != context:
            raise VaultError("The key service refuses the context.")
        return key


class Home:
    """A database with projects, as one process has it."""

    def __init__(self, folder: Path, *keys: str, service: Service | None = None) -> None:
        self.store = Store(lambda: folder / "accounts.sqlite3", project=None)
        in_use = lambda: self.store.sealed_key_ids() if self.store.exists() else ()  # noqa: E731
        self.keys = MasterKeys(lambda: folder, {"COMPOSIO_ENCRYPTION_KEY": ",".join(keys or (FIRST,))}, in_use)
        self.vault = Vault(self.keys)
        find: Callable[[str], Any] = refuse_wrapper if service is None else lambda _: service
        self.projects = ProjectKeys(self.store, self.vault, find, "kms" if service else None)

    def book(self, project: str) -> Book:
        return Book(self.store.for_project(project), self.projects.open_vault(project))

    def add(self, project: str, name: str, secret: str) -> None:
        self.book(project).add_integration(Records.integration(f"{name}-in", config=SecretValues({"client_secret": "s"})))
        made = Records.connection(f"{name}-ca", integration_id=f"{name}-in", values=SecretValues({"token": secret}), version=0)
        self.book(project).add_connection(made)

    def read(self, project: str, name: str) -> str:
        return self.book(project).entry(f"{name}-ca").values["token"]

    def change(self, statement: Any) -> None:
        with self.store._open().write() as connection:
            connection.execute(statement)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Home]]:
    made: list[Home] = []

    def make(*keys: str, service: Service | None = None, folder: Path = tmp_path) -> Home:
        made.append(Home(folder, *keys, service=service))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


@pytest.fixture
def home(opened: Callable[..., Home]) -> Home:
    """With a secret of two projects and of the one without a name."""
    made = opened()
    for project in ("", "a", "b"):
        made.add(project, f"of-{project}", f"secret of {project}")
    return made


def test_each_project_has_a_key_of_its_own_and_the_one_without_a_name_has_the_master_key(home: Home) -> None:
    assert [home.read(project, f"of-{project}") for project in ("", "a", "b")] == ["secret of ", "secret of a", "secret of b"]
    used = {project: home.store.for_project(project).sealed_key_ids() for project in ("", "a", "b")}
    assert used == {"": {home.keys.primary.id}, "a": {home.projects.get("a").id}, "b": {home.projects.get("b").id}}
    assert len(set.union(*used.values())) == 3
    assert home.store.sealed_key_ids() == {home.keys.primary.id}
    assert home.store.for_project("").project_key() is None


def test_another_process_opens_what_one_has_sealed(home: Home, opened: Callable[..., Home]) -> None:
    assert opened().read("a", "of-a") == "secret of a"


@given(st.text(min_size=1, max_size=9), st.text(min_size=1, max_size=9))
def test_what_one_project_sealed_opens_in_no_other_though_they_had_the_same_key(one: str, other: str) -> None:
    keys = MasterKeys(lambda: Path("/there/is/no/such/folder"), {"COMPOSIO_ENCRYPTION_KEY": FIRST})
    vaults = [Vault(keys), Vault(keys, one), *([Vault(keys, other)] if other != one else [])]
    for vault in vaults:
        sealed = vault.seal({"token": "t"}, PLACE)
        for opener in vaults:
            if opener is vault:
                assert dict(opener.open(sealed, PLACE)) == {"token": "t"}
                continue
            with pytest.raises(VaultError, match="moved there"):
                opener.open(sealed, PLACE)


def test_what_is_sealed_without_a_project_is_what_it_always_was() -> None:
    """A ciphertext of the last version, byte for byte, opens; and what is sealed now has its form."""
    keys = MasterKeys(lambda: Path("/there/is/no/such/folder"), {"COMPOSIO_ENCRYPTION_KEY": FIRST})
    earlier = Sealed(
        "9bf64158b4d1ff44",
        bytes.fromhex(WRAPPED),
        bytes.fromhex(BOX),
    )
    assert dict(Vault(keys).open(earlier, PLACE)) == {"token": "of the last version"}
    now = Vault(keys).seal({"token": "x"}, PLACE)
    assert now.key_id == earlier.key_id
    assert (now.wrapped[:1], now.box[:1]) == (earlier.wrapped[:1], earlier.box[:1]) == (b"\x02", b"\x02")


def moved(home: Home, target: str) -> str:
    """The secret of project a, as ``target`` reads the connection that it was moved to."""
    row = home.store.for_project("a").get_connection("of-a-ca")
    assert row
    columns = {"key_id": row.sealed.key_id, "wrapped": row.sealed.wrapped, "box": row.sealed.box}
    home.change(sa.update(tables.connections).where(tables.connections.c.id == f"of-{target}-ca").values(columns))
    return home.read(target, f"of-{target}")


@pytest.mark.parametrize("target", ["", "b"])
def test_a_secret_that_is_moved_into_another_projects_row_does_not_open(home: Home, target: str) -> None:
    with pytest.raises(VaultError):
        moved(home, target)


@pytest.mark.parametrize("target", ["", "b"])
def test_a_row_that_is_given_to_another_project_does_not_open(home: Home, target: str) -> None:
    for table in (tables.connections, tables.integrations):
        home.change(sa.update(table).where(table.c.project_id == "a").values(project_id=target))
    with pytest.raises(VaultError):
        home.read(target, "of-a")


def test_a_row_of_the_project_without_a_name_does_not_open_in_another(home: Home) -> None:
    for table in (tables.connections, tables.integrations):
        home.change(sa.update(table).where(table.c.project_id == "").values(project_id="a"))
    with pytest.raises(VaultError):
        home.read("a", "of-")


def test_a_projects_key_that_is_given_to_another_does_not_open(home: Home, opened: Callable[..., Home]) -> None:
    keys = tables.project_keys
    home.change(sa.delete(keys).where(keys.c.project_id == "b"))
    home.change(sa.update(keys).where(keys.c.project_id == "a").values(project_id="b"))
    for table in (tables.connections, tables.integrations):
        home.change(sa.update(table).where(table.c.project_id == "a").values(project_id="b"))
    with pytest.raises(VaultError, match="moved there"):
        opened().read("b", "of-a")


def test_a_rotation_wraps_the_projects_keys_and_leaves_their_secrets_as_they_are(
    home: Home, opened: Callable[..., Home]
) -> None:
    before = list(home.store.for_project("a").sealed())
    both = opened(SECOND, FIRST)
    assert rotate(both.keys, both.vault, both.store) == 4  # two secrets of no project, two keys
    assert list(home.store.for_project("a").sealed()) == before
    assert both.store.sealed_key_ids() == {both.keys.primary.id}
    only = opened(SECOND)
    assert [only.read(project, f"of-{project}") for project in ("", "a", "b")] == ["secret of ", "secret of a", "secret of b"]
    with pytest.raises(VaultError, match="master key"):
        opened(FIRST).read("a", "of-a")


def test_a_destroyed_key_makes_a_projects_secrets_unreadable_for_good(home: Home, opened: Callable[..., Home]) -> None:
    other = opened()
    assert other.read("a", "of-a") == "secret of a"  # and still knows the key
    rows = list(home.store.for_project("a").sealed())
    assert home.projects.destroy("a")
    assert not home.projects.destroy("a")
    for process in (home, other, opened()):
        with pytest.raises(VaultError):
            process.read("a", "of-a")
        assert process.read("b", "of-b") == "secret of b"
    # Nor do the rows of a copy open, without the key.
    kept = next(sealed for place, sealed in rows if place.kind == "connection")
    columns = {"key_id": kept.key_id, "wrapped": kept.wrapped, "box": kept.box}
    home.change(sa.update(tables.connections).where(tables.connections.c.id == "of-a-ca").values(columns))
    with pytest.raises(VaultError, match="If it was destroyed"):
        opened().read("a", "of-a")
    assert len(home.store.for_project("a").list_connections()) == 1


def test_nothing_is_stored_under_a_key_that_was_destroyed(home: Home, opened: Callable[..., Home]) -> None:
    other = opened()
    late = Records.integration("late")
    sealed = other.projects.open_vault("a").seal({"client_secret": "s"}, place_of(late))
    home.projects.destroy("a")
    for process in (home, other):
        with pytest.raises(VaultError, match="Nothing was stored"):
            process.store.for_project("a").add_integration(late, sealed)
    assert len(home.store.for_project("a").list_integrations()) == 1


def test_a_project_whose_key_was_destroyed_gets_another_one(home: Home, opened: Callable[..., Home]) -> None:
    other = opened()
    gone = other.projects.get("a").id
    home.projects.destroy("a")
    other.add("a", "again", "another secret")  # though this process knew the key that is gone
    assert other.projects.get("a").id != gone
    assert [process.read("a", "again") for process in (home, other, opened())] == ["another secret"] * 3
    with pytest.raises(VaultError, match="If it was destroyed"):
        other.read("a", "of-a")


def test_processes_that_make_a_projects_key_together_use_one(opened: Callable[..., Home]) -> None:
    one, other = opened(), opened()
    read = other.projects._read
    ahead: list[str] = []

    def slow(project: str) -> Any:
        found = read(project)
        if not ahead:
            ahead.append(one.projects.get(project).id)  # between the other's look and its writing
        return found

    other.projects._read = slow  # type: ignore[method-assign]
    assert [other.projects.get("a").id] == ahead
    one.add("a", "x", "s")
    assert other.read("a", "x") == "s"


def test_a_backup_brings_projects_and_their_keys_back(home: Home, opened: Callable[..., Home], tmp_path: Path) -> None:
    back_up(home.keys, home.store, tmp_path / "backup")
    (tmp_path / "other").mkdir()
    other = opened(SECOND, FIRST, folder=tmp_path / "other")
    done = restore(other.keys, other.vault, other.store, tmp_path / "backup")
    assert (done["connections"], done["integrations"]) == (3, 3)
    only = opened(SECOND, folder=tmp_path / "other")
    assert [only.read(project, f"of-{project}") for project in ("", "a", "b")] == ["secret of ", "secret of a", "secret of b"]


def test_a_backup_brings_back_a_project_whose_key_was_destroyed(
    home: Home, opened: Callable[..., Home], tmp_path: Path
) -> None:
    """It holds the key too: whoever restores it means to."""
    back_up(home.keys, home.store, tmp_path / "backup")
    home.projects.destroy("a")
    restore(home.keys, home.vault, home.store, tmp_path / "backup", replace=True)
    again = opened()
    assert again.read("a", "of-a") == "secret of a"
    again.add("a", "new", "new secret")
    assert home.read("a", "new") == "new secret"
    assert home.projects.destroy("a")  # a second time


def test_a_process_that_adds_a_key_at_the_same_moment_takes_the_others(
    opened: Callable[..., Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = opened(), opened()

    def refused(self: Store, key: Any) -> bool:
        monkeypatch.undo()
        one.projects.get("a")
        raise StoreError("UNIQUE constraint failed")

    monkeypatch.setattr(Store, "add_project_key", refused)
    assert other.projects.get("a").id == one.projects.get("a").id


def test_a_backup_with_a_damaged_secret_of_a_project_is_refused(
    home: Home, opened: Callable[..., Home], tmp_path: Path
) -> None:
    home.change(sa.update(tables.connections).where(tables.connections.c.project_id == "a").values(box=b"\x03" + b"x" * 60))
    back_up(home.keys, home.store, tmp_path / "backup")
    (tmp_path / "other").mkdir()
    other = opened(folder=tmp_path / "other")
    with pytest.raises(VaultError, match="of-a-ca"):
        restore(other.keys, other.vault, other.store, tmp_path / "backup")


# A plugin that wraps the keys


def test_a_plugins_wrapper_takes_the_master_keys_place(opened: Callable[..., Home]) -> None:
    service = Service()
    home = opened(service=service)
    home.add("a", "x", "secret")
    [(key, context)] = service.wrapped.values()
    assert context == {"project_id": "a", "key_id": home.projects.get("a").id}
    stored = home.store.for_project("a").project_key()
    assert stored
    assert (stored.wrapper, stored.sealed) == ("kms", Sealed("", next(iter(service.wrapped)), b""))
    assert key not in (stored.sealed.wrapped, stored.sealed.box)
    assert home.store.sealed_key_ids() == set()  # no master key is needed
    assert opened(SECOND, service=service).read("a", "x") == "secret"
    service.is_away = True
    with pytest.raises(VaultError, match="does not answer"):
        opened(service=service).read("a", "x")


def test_a_wrapper_refuses_a_key_that_was_moved_to_another_project(opened: Callable[..., Home]) -> None:
    service = Service()
    home = opened(service=service)
    home.add("a", "x", "secret")
    home.change(sa.update(tables.project_keys).values(project_id="b"))
    with pytest.raises(VaultError, match="refuses the context"):
        opened(service=service).projects.get("b")


def test_a_wrapper_that_gives_another_key_back_is_not_believed(opened: Callable[..., Home]) -> None:
    service = Service()
    opened(service=service).add("a", "x", "secret")
    service.wrapped = {name: (bytes(32), context) for name, (_, context) in service.wrapped.items()}
    with pytest.raises(VaultError, match="can't be opened"):
        opened(service=service).read("a", "x")


def test_keys_of_either_kind_open_beside_each_other(home: Home, opened: Callable[..., Home]) -> None:
    service = Service()
    mixed = opened(service=service)
    mixed.add("c", "of-c", "secret of c")
    assert [mixed.read(name, f"of-{name}") for name in "abc"] == ["secret of a", "secret of b", "secret of c"]
    both = opened(SECOND, FIRST, service=service)
    rotate(both.keys, both.vault, both.store)
    assert [opened(SECOND, service=service).read(name, f"of-{name}") for name in "abc"] == [
        "secret of a",
        "secret of b",
        "secret of c",
    ]
    with pytest.raises(VaultError, match="no installed plugin registers"):
        opened(SECOND).read("c", "of-c")


WRAPPER = Service()


class Plugin:
    @hookimpl
    def register_key_wrappers(self, register: Callable[[str, str], None]) -> None:
        register("kms", f"{__name__}:WRAPPER")
        register("gone", "no.such.module:WRAPPER")


def test_a_plugin_registers_a_wrapper_and_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_KEY_WRAPPER", "kms")
    manager = make_plugins()
    manager.register(Plugin())
    backend = EmbeddedBackend(home=tmp_path / "home", plugin_manager=manager)
    book = backend.keeping.open_book("pr_a")
    book.add_integration(Records.integration(config=SecretValues({"client_secret": "s"})))
    assert {context["project_id"] for _, context in WRAPPER.wrapped.values()} == {"pr_a"}
    assert backend.keeping.open_book("pr_a").integration("in-1").config["client_secret"] == "s"
    backend.close()


def test_a_wrapper_that_can_not_be_loaded_is_an_error_that_names_it() -> None:
    with pytest.raises(VaultError, match=r"'gone' can't be loaded from no\.such\.module:WRAPPER"):
        load_wrapper("gone", {"gone": "no.such.module:WRAPPER"})
    with pytest.raises(VaultError, match="'kms'"):
        load_wrapper("kms", {})


def test_keys_show_nowhere(home: Home) -> None:
    key = home.projects.get("a")
    stored = home.store.for_project("a").project_key()
    shown = f"{key!r} {stored!r} {vars(home.projects)!r}"
    assert key.text.reveal() not in shown
    assert key.reveal().hex() not in shown


def test_a_place_in_another_project_does_not_open(home: Home) -> None:
    vault = home.projects.open_vault("a")
    found = home.store.for_project("a").get_connection("of-a-ca")
    assert found
    assert vault.open(found.sealed, replace(place_of(found.connection), project="a"))["token"] == "secret of a"
    with pytest.raises(VaultError):
        vault.open(found.sealed, replace(place_of(found.connection), owner="of-b-ca"))


WRAPPED = (
    "0230321747d3df57980d3193531006ae55eff8cdd7c581f0745f98775da10ebadf3871890ef99a0dda91a9ef6379c3ef60b93c9827e3b5a6f868059454"
)
BOX = "02fcac54f900ed72249a2bae7c9e0f8206de9759f0e31392124f87b6174cdac05527b371df982952ed53e4887cfd0e24fd60189d212baaa31b4e6da8"
