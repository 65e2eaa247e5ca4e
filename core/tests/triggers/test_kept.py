"""What a ``triggers.yaml`` says is parsed once: it is kept in the catalog, and read back as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from composio.catalog.database import Database
from composio.catalog.keptfiles import KeptFiles
from composio.catalog.rows import pack
from composio.embedded import EmbeddedBackend
from composio.errors import IntegrationFileError
from composio.plugin import builtin, hookimpl
from composio.plugin.manager import PluginManager
from composio.triggers import known as module
from composio.triggers import reading
from composio.triggers.kept import decode_triggers, encode_triggers
from composio.triggers.known import OWN, KnownTriggers
from composio.triggers.reading import load_triggers

FILE = """
webhook:
  verify: {kind: hmac, header: X-Sig, over: body}
  id: body.id
  console: [Open the settings.]
triggers:
  - slug: ACME_THING_MADE
    name: Thing made
    description: A thing is made.
    kind: both
    aliases: [ACME_NEW_THING]
    scopes: [things.read]
    config: {properties: {shop: {type: string, description: "The shop, é", default: main}}}
    payload: {properties: {number: {type: integer, description: Its number}}}
    webhook:
      subscribe:
        create: {action: ACME_ADD_HOOK, arguments: {url: "{{ url }}", list: [1, 2.5, null, true]}}
        delete: {method: DELETE, path: "/hooks/{{ subscription.id }}"}
        keep: {id: response.id}
      fetch: {method: GET, path: "/things/{{ body.id }}"}
      payload: {number: body.number}
    poll:
      request: {method: GET, path: /things, query: {since: "{{ since }}"}}
      items: response.things
      id: item.id
      token: response.next
      start: {method: GET, path: /things/latest}
      pages: {next: response.page, into: page}
      reset: [410, 404]
      interval: 300
      payload: {number: item.number}
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "triggers.yaml").write_text(FILE, "utf-8")
    return folder


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(lambda: tmp_path / "catalog.sqlite3")
    yield made
    made.close()


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders whose file was parsed."""
    seen: list[Path] = []

    def load(folder: Path) -> object:
        seen.append(folder)
        return load_triggers(folder)

    monkeypatch.setattr(reading, "load_triggers", load)
    return seen


def test_triggers_are_read_back_as_they_were(acme: Path) -> None:
    for folder in (acme, *(file.parent for file in OWN.glob("*/triggers.yaml"))):
        triggers = load_triggers(folder)
        assert triggers
        found = decode_triggers(encode_triggers(triggers))
        assert found == triggers
        assert repr([(one, one.webhook, one.poll) for one in found]) == repr([(one, one.webhook, one.poll) for one in triggers])


def test_the_next_process_parses_nothing(acme: Path, database: Database, parsed: list[Path]) -> None:
    first = KnownTriggers([acme], KeptFiles(database)).all()
    assert acme in parsed
    parsed.clear()
    again = KnownTriggers([acme], KeptFiles(database))
    assert again.all() == first
    assert again.find("acme_new_thing") in first
    assert KnownTriggers([acme], KeptFiles(database)).of("acme") == again.of("acme")
    assert parsed == []


def test_what_changed_is_parsed_again(
    acme: Path, database: Database, parsed: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    KnownTriggers([acme], KeptFiles(database)).of("acme")
    (acme / "triggers.yaml").write_text(FILE.replace("Thing made", "Thing added"), "utf-8")
    [trigger] = KnownTriggers([acme], KeptFiles(database)).of("acme")
    assert (trigger.display_name, parsed) == ("Thing added", [acme, acme])
    code = tmp_path / "code.py"  # another version of ours
    code.write_text("new", "utf-8")
    monkeypatch.setattr(module, "_CODE", (str(code), str(tmp_path / "none.py")))
    KnownTriggers([acme], KeptFiles(database)).of("acme")
    assert parsed == [acme] * 3


def test_the_same_file_in_another_folder_is_another_apps(acme: Path, database: Database, tmp_path: Path) -> None:
    KnownTriggers([acme], KeptFiles(database)).of("acme")
    other = tmp_path / "other"
    acme.rename(other)
    known = KnownTriggers([other], KeptFiles(database))
    assert known.of("other") == ()
    with pytest.raises(IntegrationFileError, match="begins with OTHER_"):
        raise known.broken["other"]


def test_mistakes_are_not_kept(acme: Path, database: Database, parsed: list[Path]) -> None:
    (acme / "triggers.yaml").write_text("triggers: 1", "utf-8")
    for _ in range(2):
        assert set(KnownTriggers([acme], KeptFiles(database)).broken) == {"acme"}
    assert parsed.count(acme) == 2


@pytest.mark.parametrize("damage", [b"", b"none", pack([1]), pack([{"slug": "ACME_X"}])])
def test_what_is_damaged_is_parsed_again(acme: Path, database: Database, parsed: list[Path], damage: bytes) -> None:
    first = KnownTriggers([acme], KeptFiles(database)).of("acme")
    with closing(sqlite3.connect(database.path)) as connection:
        connection.execute("UPDATE known_files SET definition = ?", (damage,))
        connection.commit()
    assert KnownTriggers([acme], KeptFiles(database)).of("acme") == first
    assert parsed == [acme, acme]


def test_a_catalog_that_cant_be_used_costs_time_alone(acme: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    lost = Database(lambda: tmp_path / "file" / "catalog.sqlite3")
    assert KnownTriggers([acme], KeptFiles(lost)).of("acme") == load_triggers(acme)


def test_a_shipped_catalog_carries_them(acme: Path, tmp_path: Path, parsed: list[Path]) -> None:
    (acme / "integration.yaml").write_text("name: Acme\nunique_key: acme\nspec: {file: api.json}\n", "utf-8")
    shipped = tmp_path / "shipped.sqlite3"

    class Plugin:
        @hookimpl
        def register_apps(self, register: Callable[[Path], None]) -> None:
            register(acme)

        @hookimpl
        def register_catalogs(self, register: Callable[[Path], None]) -> None:
            register(shipped)

    manager = PluginManager([])
    manager.register(builtin, "builtin")
    manager.register(Plugin(), "acme")
    with closing(EmbeddedBackend(home=tmp_path / "builder", plugin_manager=manager)) as builder:
        builder.operator.export_catalog(shipped)
        first = builder.known_triggers.all()
    parsed.clear()
    with closing(EmbeddedBackend(home=tmp_path / "new", plugin_manager=manager)) as backend:
        assert backend.known_triggers.all() == first
    assert parsed == []
