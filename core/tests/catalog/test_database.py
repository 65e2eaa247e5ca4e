"""The file itself: corruption, other formats, transactions, several processes."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.database import FORMAT, Database
from composio.catalog.definition import AppDefinition, SpecSource
from composio.errors import CatalogError, ConfigurationError
from composio.model.app import AppModel
from composio.plugin.manager import PluginManager
from composio.process.home import Home

Open = Callable[..., Catalog]


@pytest.fixture
def toys(make: Any) -> dict[str, Any]:
    return dict(make.document({f"/toys/{n}": {"get": make.operation(f"Get toy {n}")} for n in range(30)}))


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "home" / "catalog.sqlite3"


def test_nothing_is_opened_before_it_is_asked(open_catalog: Open, toys: Any, tmp_path: Path) -> None:
    open_catalog({"toys": toys})
    assert not (tmp_path / "home").exists()


def test_what_is_let_go_of_is_closed(tmp_path: Path) -> None:
    database = Database(lambda: tmp_path / "catalog.sqlite3")
    kept = database.read(lambda connection: connection)
    del database
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        kept.execute("SELECT 1")


@pytest.mark.parametrize(
    "content", [b"this is no database, but it is long enough to look like one" * 50, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_corrupt_file_is_set_aside_rebuilt_and_said_once(
    open_catalog: Open, toys: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    file_of(tmp_path).parent.mkdir()
    file_of(tmp_path).write_bytes(content)
    catalog = open_catalog({"toys": toys})
    with caplog.at_level(logging.WARNING, "composio"):
        assert catalog.action("TOYS_GET_TOY_1").slug
        assert catalog.action("TOYS_GET_TOY_2").slug
    [message] = caplog.messages
    assert "corrupt" in message
    assert "catalog.sqlite3.broken" in message
    assert file_of(tmp_path).with_name("catalog.sqlite3.broken").read_bytes() == content


def test_an_index_that_lost_its_entries_is_no_empty_answer(open_catalog: Open, toys: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": toys})
    assert len(catalog.select(apps=["toys"], everything=True)) == 30
    catalog.close()
    with closing(sqlite3.connect(file_of(tmp_path))) as connection:
        connection.execute("PRAGMA writable_schema = ON")  # the index now leads to the empty page of another one
        [page] = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'definitions'").fetchone()
        connection.execute("UPDATE sqlite_schema SET rootpage = ? WHERE name = 'actions_app'", (page,))
        connection.commit()
    again = open_catalog({"toys": toys})
    assert len(again.select(apps=["toys"], everything=True)) == 30


def test_a_file_that_breaks_while_it_is_open_is_rebuilt(
    open_catalog: Open, toys: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    open_catalog({"toys": toys}).tags("toys")
    with closing(sqlite3.connect(file_of(tmp_path))) as connection:
        connection.execute("UPDATE actions SET definition = ?", (b"no zlib",))
        connection.commit()
    catalog = open_catalog({"toys": toys})
    with caplog.at_level(logging.WARNING, "composio"):
        assert catalog.action("TOYS_GET_TOY_1").slug == "TOYS_GET_TOY_1"
    assert "corrupt" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_catalog_that_others_can_write_is_put_right_with_a_warning(
    open_catalog: Open, toys: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It says where calls go, and credentials with them."""
    open_catalog({"toys": toys}).select(apps=["toys"])
    file_of(tmp_path).chmod(0o666)
    open_catalog({"toys": toys}).select(apps=["toys"])
    assert stat.S_IMODE(file_of(tmp_path).stat().st_mode) == 0o644
    [message] = caplog.messages
    assert "Others could write to the catalog" in message
    assert "composio apps update" in message


@pytest.mark.parametrize("version", [FORMAT + 1, 99])
def test_a_file_of_another_format_is_set_aside_and_rebuilt(
    open_catalog: Open, toys: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, version: int
) -> None:
    first = open_catalog({"toys": toys})
    first.tags("toys")
    first.close()
    with closing(sqlite3.connect(file_of(tmp_path))) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with caplog.at_level(logging.WARNING, "composio"):
        assert open_catalog({"toys": toys}).action("TOYS_GET_TOY_1").slug
    [message] = caplog.messages
    assert f"format {version}" in message


def test_a_foreign_database_is_set_aside(
    open_catalog: Open, toys: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file_of(tmp_path).parent.mkdir()
    with closing(sqlite3.connect(file_of(tmp_path))) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("CREATE TABLE other (x)")
    assert open_catalog({"toys": toys}).action("TOYS_GET_TOY_1").slug
    assert "set aside" in caplog.text


def test_a_home_that_cannot_be_written_still_runs(
    open_catalog: Open, toys: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    catalog = open_catalog({"toys": toys}, home=Home(tmp_path / "file" / "home"))
    assert catalog.action("TOYS_GET_TOY_1").slug
    assert len(caplog.messages) == 1


def test_a_catalog_that_was_baked_into_a_read_only_home_is_not_compiled_again(
    open_catalog: Open, toys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = open_catalog({"toys": toys})
    catalog.add("pets", str(tmp_path / "specs" / "toys.json"))
    catalog.tags("toys")
    catalog.close()

    def refuse(**_: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    baked = open_catalog({"toys": toys}, fetch=lambda *_, **__: pytest.fail("fetched again"))
    assert [app.actions for app in baked.apps()] == [30, 30]
    assert baked.action("PETS_GET_TOY_1").slug
    assert baked.action("TOYS_GET_TOY_1").slug
    with pytest.raises(ConfigurationError, match="The removal of pets can't be kept"):
        baked.remove("pets")
    assert (tmp_path / "home" / "apps" / "pets").is_dir()


def test_a_change_is_seen_whole_or_not_at_all(open_catalog: Open, toys: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": toys})
    assert len(catalog.select(apps=["toys"], everything=True)) == 30
    database = Database(lambda: file_of(tmp_path))

    class Stop(Exception):
        pass

    def half() -> None:
        with database.write() as connection:
            change(connection)

    def change(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM actions")
        connection.execute("DELETE FROM names")
        # A reader neither waits for the writer nor sees what it has not finished.
        assert len(catalog.select(apps=["toys"], everything=True)) == 30
        raise Stop

    with pytest.raises(Stop):
        half()
    assert catalog.action("TOYS_GET_TOY_1").slug
    database.close()


def test_what_another_process_wrote_is_seen(open_catalog: Open, toys: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": toys})
    assert catalog.app("toys").actions == 0
    other = open_catalog({"toys": toys})
    other.tags("toys")
    assert catalog.app("toys").actions == 30


def test_a_file_that_somebody_else_holds_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio.catalog.database._WAIT_SECONDS", 0.05)
    database = Database(lambda: tmp_path / "catalog.sqlite3")
    with database.write() as holder:
        holder.execute("DELETE FROM apps")
        with pytest.raises(CatalogError, match="COMPOSIO_HOME"), database.write():
            raise AssertionError("two writers")
    database.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # 3.12 warns of what is tested here
def test_a_forked_child_opens_its_own_connection(open_catalog: Open, toys: Any) -> None:
    catalog = open_catalog({"toys": toys})
    catalog.tags("toys")
    child = os.fork()
    if child == 0:
        os._exit(0 if len(catalog.select(apps=["toys"], everything=True)) == 30 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert catalog.action("TOYS_GET_TOY_1").slug


def _compile_elsewhere(root: str, log: str) -> None:
    """Runs in a process of its own: notes that it fetched, then answers."""
    from composio.catalog.sources.fetch import fetch
    from composio.plugin import builtin

    manager = PluginManager([])
    manager.register(builtin, "builtin")

    def noted(source: SpecSource, **more: Any) -> Any:
        with Path(log).open("a") as file:
            file.write("fetched\n")
        return fetch(source, **more)

    folder = Path(root) / "specs"
    spec = SpecSource(kind="file", path="toys.json")
    known = {
        "toys": AppDefinition(app=AppModel(key="toys", name="Toys"), spec=spec, folder=folder, file=folder / "integration.yaml")
    }
    catalog = Catalog(Home(Path(root) / "home"), lambda: known, manager.importers, fetch=noted)
    assert len(catalog.select(apps=["toys"], everything=True)) == 30
    catalog.close()


def test_two_processes_do_not_compile_the_same_app(open_catalog: Open, toys: Any, tmp_path: Path) -> None:
    open_catalog({"toys": toys})  # writes the description
    log = tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_compile_elsewhere, args=(str(tmp_path), str(log))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert log.read_text() == "fetched\n"
