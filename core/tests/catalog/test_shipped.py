"""A compiled catalog that a package carries: new homes begin with it, older ones take from it what their apps now ask for."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.errors import SourceUnavailable
from composio.plugin import builtin, hookimpl
from composio.plugin.manager import PluginManager
from composio.process.home import Home

KEYS = ("games", "toys")
ANSWER = {"responses": {"200": {"description": "ok"}}}


def write_apps(folder: Path, verb: str = "Get", change: str = "/change") -> list[Path]:
    """Folders of two apps as a plugin brings them: ``verb`` begins a summary, ``change`` is the path of what changes something."""
    for key in KEYS:
        (folder / key).mkdir(parents=True, exist_ok=True)
        paths = {"/x": {"get": {"summary": f"{verb} {key}", **ANSWER}}, change: {"post": {"summary": "Change", **ANSWER}}}
        document = {"openapi": "3.0.3", "info": {"title": key, "version": "1"}, "paths": paths}
        (folder / key / "api.json").write_text(json.dumps({**document, "servers": [{"url": f"https://{key}.test"}]}), "utf-8")
        text = f"name: {key.title()}\nunique_key: {key}\nspec: {{file: api.json}}\n"
        (folder / key / "integration.yaml").write_text(text, "utf-8")
    return [folder / key for key in KEYS]


def unreachable(source: Any, **_: Any) -> Any:
    raise SourceUnavailable(f"no network for {source.path}")


Open = Callable[..., Catalog]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def build(home: str, folders: list[Path], shipped: tuple[Path, ...] = (), **more: Any) -> Catalog:
        manager = PluginManager([])
        manager.register(builtin, "builtin")
        return Catalog(Home(tmp_path / home), dict, manager.importers, folders=lambda: folders, shipped=lambda: shipped, **more)

    return build


@pytest.fixture
def shipped(tmp_path: Path, opened: Open) -> Path:
    """What a package carries."""
    return export(opened, "builder", write_apps(tmp_path / "apps"), tmp_path / "shipped.sqlite3")


def export(opened: Open, home: str, folders: list[Path], target: Path) -> Path:
    with closing(opened(home, folders)) as catalog:
        catalog.update(everything=True)
        assert catalog.export(target) == len(KEYS)
    return target


def test_a_new_home_needs_no_download_and_no_compile(opened: Open, shipped: Path, tmp_path: Path) -> None:
    installed = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "apps", installed)
    folders = [installed / key for key in KEYS]
    with closing(opened("new", folders, (shipped,), fetch=unreachable)) as catalog:
        assert [(app.key, app.compiled, app.actions) for app in catalog.apps()] == [("games", True, 2), ("toys", True, 2)]
        assert catalog.action("TOYS_GET_TOYS").app == "toys"
        assert catalog.search("get games")[0] == "GAMES_GET_GAMES"
        assert catalog.responses("TOYS_GET_TOYS") != []


def test_it_is_one_file_that_stands_alone(shipped: Path) -> None:
    with closing(sqlite3.connect(f"{shipped.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() != ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for (apps,) in connection.execute("SELECT apps FROM known"):
            assert str(shipped.parent) not in apps  # where the builder's files are
    assert [file.name for file in shipped.parent.glob("shipped*")] == [shipped.name]


def test_the_same_rows_make_the_same_file(opened: Open, shipped: Path, tmp_path: Path) -> None:
    with closing(opened("builder", [tmp_path / "apps" / key for key in KEYS])) as catalog:
        catalog.export(tmp_path / "again.sqlite3")
    dumps = []
    for file in (shipped, tmp_path / "again.sqlite3"):
        with closing(sqlite3.connect(file)) as connection:
            dumps.append(list(connection.iterdump()))
    assert dumps[0] == dumps[1]


def test_an_export_is_replaced_whole(opened: Open, shipped: Path, tmp_path: Path) -> None:
    with closing(opened("builder", [tmp_path / "apps" / "toys"])) as catalog:
        assert catalog.export(shipped) == 1
    with closing(sqlite3.connect(shipped)) as connection:
        assert connection.execute("SELECT app FROM apps").fetchall() == [("toys",)]


def test_an_older_home_takes_what_the_new_package_brings(opened: Open, tmp_path: Path) -> None:
    folders = write_apps(tmp_path / "apps")
    with closing(opened("home", folders)) as catalog:
        before = catalog.action("TOYS_GET_TOYS").binding
        catalog.search("get games")
    write_apps(tmp_path / "apps", "Fetch")
    newer = export(opened, "builder", folders, tmp_path / "newer.sqlite3")
    with closing(opened("home", folders, (newer,), fetch=unreachable)) as catalog:
        assert catalog.action("TOYS_FETCH_TOYS").slug == "TOYS_FETCH_TOYS"
        # The name that was handed out before still means that operation.
        assert catalog.action("TOYS_GET_TOYS").slug == "TOYS_FETCH_TOYS"
        assert catalog.action("TOYS_GET_TOYS").binding == before
        assert catalog.search("fetch toys", apps=["toys"])[0] == "TOYS_FETCH_TOYS"


def test_a_name_is_never_taken_for_another_operation(opened: Open, tmp_path: Path) -> None:
    folders = write_apps(tmp_path / "apps")
    with closing(opened("home", folders)) as catalog:
        assert catalog.action("TOYS_CHANGE").app == "toys"
    write_apps(tmp_path / "apps", change="/other")
    newer = export(opened, "builder", folders, tmp_path / "newer.sqlite3")
    with closing(opened("home", folders, (newer,))) as catalog:
        changed = {row.slug for row in catalog._compiled.rows("toys")}
        assert "TOYS_CHANGE" not in changed
        assert len(changed) == 2


def test_a_catalog_of_another_format_is_left_alone(opened: Open, shipped: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(shipped)) as connection:
        connection.execute("PRAGMA user_version = 1")
    with closing(opened("new", [tmp_path / "apps" / key for key in KEYS], (shipped,))) as catalog:
        assert not catalog.app("toys").compiled
        assert catalog.action("TOYS_GET_TOYS").app == "toys"


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" + bytes(200)])
def test_a_damaged_package_is_no_reason_to_fail(opened: Open, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "shipped.sqlite3"
    file.write_bytes(content)
    with closing(opened("new", write_apps(tmp_path / "apps"), (file, tmp_path / "missing.sqlite3"))) as catalog:
        assert catalog.action("TOYS_GET_TOYS").app == "toys"


def test_what_the_package_does_not_have_is_compiled(opened: Open, shipped: Path, tmp_path: Path) -> None:
    folders = write_apps(tmp_path / "apps", "Fetch")
    with closing(opened("new", folders, (shipped,))) as catalog:
        assert catalog.action("TOYS_FETCH_TOYS").app == "toys"


def test_a_plugin_brings_its_catalog_through_a_hook(shipped: Path) -> None:
    class Plugin:
        @hookimpl
        def register_catalogs(self, register: Callable[[Path], None]) -> None:
            register(shipped)

    manager = PluginManager([])
    manager.register(Plugin())
    assert manager.catalogs() == [shipped]


def test_what_is_not_used_stays_packed(opened: Open, shipped: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "apps" / key for key in KEYS]
    file = tmp_path / "new" / "catalog.sqlite3"

    def packed() -> list[str]:
        with closing(sqlite3.connect(file)) as connection:
            return [app for (app,) in connection.execute("SELECT app FROM blocks ORDER BY app")]

    with closing(opened("builder", folders)) as builder, closing(opened("new", folders, (shipped,))) as catalog:
        assert catalog.search("get games")[0] == "GAMES_GET_GAMES"
        assert len(catalog.apps()) == 2
        assert packed() == ["games", "toys"]
        assert catalog.action("TOYS_GET_TOYS") == builder.action("TOYS_GET_TOYS")
        assert catalog.responses("TOYS_GET_TOYS") == builder.responses("TOYS_GET_TOYS")
        assert packed() == ["games"]
        assert catalog.webhooks("games") == []
        assert packed() == []
        assert catalog.select(apps=list(KEYS), everything=True) == builder.select(apps=list(KEYS), everything=True)


def test_answers_alone_unpack_their_app(opened: Open, shipped: Path, tmp_path: Path) -> None:
    with closing(opened("new", [tmp_path / "apps" / key for key in KEYS], (shipped,))) as catalog:
        assert [answer.status for answer in catalog.responses("TOYS_GET_TOYS")] == [200]


def test_what_was_never_unpacked_can_be_shipped_again(opened: Open, shipped: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "apps" / key for key in KEYS]
    with closing(opened("new", folders, (shipped,))) as catalog:
        assert catalog.export(tmp_path / "again.sqlite3") == 2
    with closing(opened("third", folders, (tmp_path / "again.sqlite3",), fetch=unreachable)) as catalog:
        assert len(catalog.select(apps=list(KEYS), everything=True)) == 4


@pytest.mark.parametrize("damage", [b"", b"nonsense", bytes(40)])
def test_a_damaged_block_costs_a_compile(opened: Open, shipped: Path, tmp_path: Path, damage: bytes) -> None:
    with closing(sqlite3.connect(shipped)) as connection, connection:
        connection.execute("UPDATE blocks SET data = ? WHERE app = 'toys'", (damage,))
    with closing(opened("new", [tmp_path / "apps" / key for key in KEYS], (shipped,))) as catalog:
        assert catalog.action("TOYS_GET_TOYS").app == "toys"
