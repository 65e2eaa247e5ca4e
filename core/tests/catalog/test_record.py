"""The record of names outlives the catalog's file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.database import FORMAT
from composio.catalog.record import salvage
from composio.errors import ActionNotFound
from composio.model.action import HttpBinding

Open = Callable[..., Catalog]


def books(make: Any, *names: str) -> Any:
    """Operations that share a summary, in the order of ``names``."""
    nodes = {name: make.operation("Create item", operationId=f"{name}_create") for name in names}
    return make.document({f"/{name}": {"post": node} for name, node in nodes.items()})


def path_of(catalog: Catalog, name: str) -> str:
    binding = catalog.action(name).binding
    assert isinstance(binding, HttpBinding)
    return binding.path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "catalog.sqlite3"


def closed(catalog: Catalog) -> None:
    catalog.tags("toys")
    catalog.close()


def test_a_catalog_of_another_format_hands_its_names_on(open_catalog: Open, make: Any, file: Path) -> None:
    closed(open_catalog({"toys": books(make, "a")}))
    closed(open_catalog({"toys": books(make, "a", "b")}))
    closed(open_catalog({"toys": books(make, "b")}))
    for _ in range(2):  # also what it had from another one
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
        again = open_catalog({"toys": books(make, "b")})
        assert path_of(again, "TOYS_B_CREATE") == "/b"
        for gone in ("TOYS_CREATE_ITEM", "TOYS_A_CREATE"):
            with pytest.raises(ActionNotFound, match="which no longer has POST /a"):
                again.action(gone)
        again.close()


def before_the_record(file: Path, names: dict[str, str]) -> None:
    """Make the catalog one of format 11, which kept no record and where ``names`` meant these operations."""
    with closing(sqlite3.connect(file)) as connection:
        ids = dict(connection.execute("SELECT operation, id FROM actions").fetchall())
        connection.execute("ALTER TABLE actions DROP COLUMN operation")
        connection.execute("DROP TABLE former_names")
        connection.execute("DROP TABLE shared_names")
        for name, operation in names.items():
            connection.execute(
                "INSERT OR REPLACE INTO names (name, app, alias, action) VALUES (?, 'toys', 0, ?)", (name, ids[operation])
            )
        connection.execute("PRAGMA user_version = 11")
        connection.commit()


def test_what_the_first_of_a_file_was_called_it_keeps(open_catalog: Open, make: Any, file: Path) -> None:
    closed(open_catalog({"toys": books(make, "a", "b")}))
    before_the_record(file, {"TOYS_CREATE_ITEM": "POST /a"})
    catalog = open_catalog({"toys": books(make, "b", "a")})
    assert path_of(catalog, "TOYS_CREATE_ITEM") == "/a"
    assert (path_of(catalog, "TOYS_A_CREATE"), path_of(catalog, "TOYS_B_CREATE")) == ("/a", "/b")
    closed(open_catalog({"toys": books(make, "b")}))
    with pytest.raises(ActionNotFound, match="which no longer has POST /a"):
        open_catalog({"toys": books(make, "b")}).action("TOYS_CREATE_ITEM")


def test_a_request_that_several_operations_make_hands_no_name_on(open_catalog: Open, make: Any, file: Path) -> None:
    """As with Google's, whose paths are all alike: there the new names are the old ones, and nothing is withheld."""
    methods = {name: {"id": f"toys.{name}.get", "path": "v1/{+name}", "httpMethod": "GET"} for name in ("cars", "dolls")}
    resources = {name: {"methods": {"get": method}} for name, method in methods.items()}
    document = {
        "discoveryVersion": "v1",
        "kind": "discovery#restDescription",
        "name": "toys",
        "version": "v1",
        "rootUrl": "https://toys.test/",
        "resources": resources,
    }
    closed(open_catalog({"toys": document}))
    before_the_record(file, {"TOYS_CAR": "GET toys.cars.get"})
    catalog = open_catalog({"toys": document})
    assert catalog.action("TOYS_CARS_GET").slug == "TOYS_CARS_GET"
    with pytest.raises(ActionNotFound, match=r"Unknown action 'TOYS_CAR'\. Did you mean TOYS_CARS_GET"):
        catalog.action("TOYS_CAR")


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_of_a_broken_file_nothing_is_known(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catalog").write_bytes(content)
    assert salvage(tmp_path / "catalog") == []
    assert salvage(tmp_path / "nowhere") == []
    assert (tmp_path / "catalog").read_bytes() == content
    assert not (tmp_path / "nowhere").exists()


def test_broken_rows_cost_their_names_only(open_catalog: Open, make: Any, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    closed(open_catalog({"toys": books(make, "a")}))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE actions SET definition = ?", (b"no zlib",))
        connection.execute("INSERT INTO former_names VALUES (x'ff', 'toys', 'POST /c', '2026-01-01', 1)")
        connection.execute("INSERT INTO former_names VALUES ('TOYS_C', 'toys', 'POST /c', '2026-01-02', 1)")
        connection.commit()
    catalog = open_catalog({"toys": books(make, "a")})
    assert path_of(catalog, "TOYS_CREATE_ITEM") == "/a"
    assert "corrupt" in caplog.text
    with pytest.raises(ActionNotFound, match="until the update of 2026-01-02, which no longer has POST /c"):
        catalog.action("TOYS_C")
