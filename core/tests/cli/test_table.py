"""Tables in terminals of any width: nothing wider than the terminal, no name cut."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from composio.cli.table import fit_table
from composio.embedded import EmbeddedBackend
from composio.model.connection import NewConnection
from composio.testing import FakeTransport
from tests.peers.acme import KEY, OAUTH, write_app
from tests.peers.terminal import read_all

WIDTHS = (60, 80, 100)
COLUMNS = ("ID", "NAME", "COUNT#", "STATE", "SINCE", "LABELS")
DROP, PROSE = ("LABELS", "SINCE"), ("NAME",)
ROW = ("conn_0123456789abcdef01234567", "A name of several words", "7", "ACTIVE", "2026-11-30T01:02:03Z", "one, two")


def text(found: Any) -> str:
    return "\n".join([*found.header, *found.lines])


def widest(shown: str) -> int:
    return max(map(cell_len, shown.splitlines()), default=0)


def test_a_table_that_fits_is_one_line_for_each_row() -> None:
    found = fit_table(("A", "B#"), [("x", "1"), ("yy", "22")], 60)
    assert (found.header, found.lines) == (["A    B"], ["x    1", "yy  22"])


def test_without_a_terminal_nothing_is_wrapped_or_dropped() -> None:
    found = fit_table(COLUMNS, [ROW, ("x" * 500, *ROW[1:])], None, drop=DROP, prose=PROSE)
    assert len(found.lines) == 2
    assert not found.dropped
    assert all(cell in found.lines[0] for cell in ROW)


def test_words_wrap_before_a_column_is_dropped() -> None:
    found = fit_table(("KEY", "TEXT", "MORE"), [("k", "some words " * 6, "m")], 40, drop=("MORE",), prose=("TEXT",))
    assert found.dropped == []
    assert len(found.lines) > 1
    assert widest(text(found)) <= 40


def test_what_matters_least_goes_first_and_is_named() -> None:
    assert fit_table(COLUMNS, [ROW], 98, drop=DROP, prose=PROSE).dropped == ["LABELS"]
    found = fit_table(COLUMNS, [ROW], 75, drop=DROP, prose=PROSE)
    assert found.dropped == ["LABELS", "SINCE"]
    assert not {"LABELS", "SINCE"} & set(found.header[0].split())


def test_an_empty_column_is_left_out_before_anything_is_lost() -> None:
    assert fit_table(COLUMNS, [(*ROW[:5], "")], 98, drop=("SINCE",), prose=PROSE).dropped == []


def test_a_name_with_no_room_beside_it_gets_a_line_of_its_own() -> None:
    found = fit_table(("SLUG", "NAME"), [("A" * 50, "Several words of a name")], 60, prose=("NAME",))
    assert found.header == ["SLUG", "  NAME"]
    assert found.lines == ["A" * 50, "  Several words of a name"]


def test_a_name_wider_than_the_terminal_is_folded_and_whole() -> None:
    name = "".join(chr(65 + n % 26) for n in range(64))
    found = fit_table(("SLUG", "NAME"), [(name, "words")], 30, prose=("NAME",))
    assert "".join(line.strip() for line in found.lines) == f"{name}words"


def test_several_long_names_get_a_line_each_behind_their_labels() -> None:
    entity = "a-very-long-name.of.somebody@mail.example.com"
    found = fit_table(("ID", "APP", "ENTITY"), [("conn_1", "warehouse_management", entity), ("conn_2", "crm", "")], 60)
    assert found.header == []
    assert found.lines == ["conn_1", "  APP     warehouse_management", f"  ENTITY  {entity}", "conn_2", "  APP     crm"]


CELL = st.text(st.characters(categories=("L", "N", "P", "Zs"), exclude_characters="\t"), max_size=80)


@given(st.lists(st.lists(CELL, min_size=6, max_size=6), max_size=5), st.integers(20, 140))
def test_no_line_is_wider_than_the_terminal_and_no_kept_cell_loses_a_character(rows: list[list[str]], width: int) -> None:
    found = fit_table(COLUMNS, rows, width, drop=DROP, prose=PROSE)
    assert widest(text(found)) <= width
    kept = [n for n, label in enumerate(COLUMNS) if label.rstrip("#") not in found.dropped]

    def letters(texts: Any) -> list[str]:
        return sorted("".join("".join(texts).split()))

    labels = [] if found.header else [COLUMNS[n].rstrip("#") for row in rows for n in kept[1:] if row[n]]
    assert letters(found.lines) == letters([*labels, *(row[n] for row in rows for n in kept)])


@given(st.lists(st.from_regex(r"[A-Z_]{1,58}", fullmatch=True), min_size=1, max_size=4), st.sampled_from(WIDTHS), CELL)
def test_a_name_that_a_terminal_can_show_is_never_broken(names: list[str], width: int, other: str) -> None:
    found = fit_table(
        ("SLUG", "NAME", "TAGS"), [(name, other, other) for name in names], width, drop=("TAGS",), prose=("NAME",)
    )
    assert [line.split()[0] for line in found.lines if line.split() and line.split()[0] in names][: len(names)]
    assert all(any(line.split(" ")[0] == name for line in found.lines) for name in names)


# Every listing, in a real terminal

LISTINGS = {
    "apps": [],
    "actions": ["--app", "warehouse_management"],
    "connections": [],
    "integrations": [],
    "plugins": [],
}
RUN = """
import sys, json
from composio.cli.main import app
for command in json.loads(sys.argv[1]):
    sys.stdout.write("\\n=== " + command[0] + "\\n")
    sys.stdout.flush()
    app(command, standalone_mode=False)
"""
ENTITIES = ("alice", "a-very-long-name.of.somebody@mail.example.com", "7d3f6b52-52a5-4c0c-9d6e-0f8f4b1f7e11")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with long names of everything that is listed."""
    home = tmp_path_factory.mktemp("tables") / "home"
    key = {**KEY, "fields": [{"name": "api_key", "env": ["WAREHOUSE_MANAGEMENT_PRODUCTION_API_KEY"]}], "proxy": {}}
    write_app(home, "warehouse_management", key, {**OAUTH, "name": "warehouse_oauth"})
    file = home / "apps" / "warehouse_management" / "openapi.json"
    found = json.loads(file.read_text())
    found["paths"]["/stock"] = {
        "get": {
            "summary": "Recalculate quarterly inventory valuations",
            "tags": ["stock-and-inventory-management", "counting"],
            "responses": {"200": {"description": "ok"}},
        }
    }
    file.write_text(json.dumps(found))
    definition = home / "apps" / "warehouse_management" / "integration.yaml"
    definition.write_text(definition.read_text().replace("name: Warehouse_management", "name: Warehouse Management Cloud", 1))
    assert yaml.safe_load(definition.read_text())["name"] == "Warehouse Management Cloud"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
        backend = EmbeddedBackend(home=home, transport=FakeTransport({}))
        for entity in ENTITIES:
            wanted = NewConnection(
                app="warehouse_management",
                entity_id=entity,
                auth_mode="API_KEY",
                values={"api_key": "k"},
                labels=("production", "imported-from-the-old-system"),
            )
            backend.run(functools.partial(backend.accounts.initiate, wanted))
        backend.close()
    return home


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return {**kept, "COMPOSIO_HOME": str(home), "COMPOSIO_ENCRYPTION_KEY": "11" * 32, "TERM": "xterm", **more}


def listed(home: Path, width: int) -> dict[str, str]:
    """What each listing shows in a terminal of that width, without the header's colours."""
    import fcntl
    import pty
    import struct
    import termios

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    commands = json.dumps([[name, *more] for name, more in LISTINGS.items()])
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, commands], stdout=terminal, stderr=subprocess.DEVNULL, env=environment(home)
    )
    os.close(terminal)
    shown = read_all(controller)
    assert process.wait(60) == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode().replace("\r\n", "\n"))
    parts = plain.split("\n=== ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


def names(home: Path) -> dict[str, list[str]]:
    """What of each listing is copied."""
    found = {}
    for name, more in LISTINGS.items():
        done = subprocess.run(
            [sys.executable, "-m", "composio.cli", name, *more, "--json"],
            capture_output=True,
            text=True,
            check=True,
            env=environment(home),
        )
        copied = {"apps": ("key",), "actions": ("name",), "plugins": ("name",), "connections": ("id", "entity_id")}
        found[name] = [one[field] for one in json.loads(done.stdout) for field in copied.get(name, ("id",))]
        assert found[name]
    return found


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_every_listing_fits_the_terminal_and_shows_every_name_whole(home: Path) -> None:
    wanted = names(home)
    assert max(map(len, wanted["actions"])) > 60
    for width in WIDTHS:
        shown = listed(home, width)
        assert shown.keys() == LISTINGS.keys()
        for listing, printed in shown.items():
            assert widest(printed) <= width, (listing, width, printed)
            joined = "".join(line.strip() for line in printed.splitlines())
            for name in wanted[listing]:
                assert name in (printed if len(name) <= width else joined), (listing, width, name, printed)


def test_a_pipe_gets_every_listing_in_full(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "composio.cli", "connections"], capture_output=True, text=True, check=True, env=environment(home)
    )
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["ID", "APP", "ENTITY", "STATUS", "AUTH", "SINCE", "LABELS"]
    assert len(rows) == len(ENTITIES)
    assert all(row.endswith("production, imported-from-the-old-system") for row in rows)
    assert "Hidden" not in done.stderr
