"""Many apps at once: in processes of their own, each package read once, what is ready kept, what fails named."""

from __future__ import annotations

import io
import json
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composio.catalog import build as module
from composio.catalog import changes as changes_module
from composio.catalog import database
from composio.catalog.adopt import adopt
from composio.catalog.catalog import Catalog
from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.sources import fetch as fetching
from composio.catalog.worker import LastParsed
from composio.errors import ComposioError, SpecError
from composio.model.app import Provenance
from composio.plugin import builtin
from composio.plugin.manager import PluginManager
from composio.process.home import CATALOG, Home

KEYS = ("cars", "dolls", "games", "kites", "toys")
REF = {"$ref": "#/components/schemas/Thing"}


def text_of(key: str, *, more: str = "") -> str:
    answer = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "array", "items": REF}}}}}
    by_id = [{"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}]
    paths = {
        f"/{key}": {"get": {"summary": f"List {key}", "operationId": f"list_{key}", "responses": answer}},
        f"/{key}/{{thing_id}}": {"get": {"summary": f"Get one of {key}{more}", "parameters": by_id, "responses": answer}},
    }
    thing = {"type": "object", "properties": {"id": {"type": "string"}, key: REF}}
    document: dict[str, Any] = {"openapi": "3.0.3", "info": {"title": key, "version": "1"}, "paths": paths}
    return json.dumps({**document, "components": {"schemas": {"Thing": thing}}, "servers": [{"url": f"https://{key}.test"}]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "specs"
    made.mkdir()
    for key in KEYS:
        (made / f"{key}.json").write_text(text_of(key), "utf-8")
    return made


Open = Callable[..., Catalog]


@pytest.fixture
def opened(tmp_path: Path, folder: Path, make: Any) -> Open:
    def build(home: str = "home", more: Mapping[str, Any] | None = None) -> Catalog:
        known = {key: make.definition(key, folder, **(more or {}).get(key, {})) for key in KEYS}
        manager = PluginManager([])
        manager.register(builtin, "builtin")
        return Catalog(Home(tmp_path / home), lambda: known, manager.importers)

    return build


def everything(catalog: Catalog) -> Any:
    actions = [action for key in KEYS for action in catalog.select(apps=[key], everything=True)]
    answers = [[repr(one) for one in catalog.responses(action.slug)] for action in actions]
    found = [catalog.search(f"get one of the {key}", limit=1) for key in KEYS]  # what is alike comes in the order of ids
    chains = [catalog.chain(f"list {key} and then get one of them", apps=[key]) for key in KEYS]
    return [repr(action) for action in actions], answers, found, chains


def test_what_processes_compile_is_what_this_one_would(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    parallel, serial = opened("a"), opened("b")
    parallel.update(everything=True)
    monkeypatch.setattr(changes_module, "_MANY", 1000)
    serial.update(everything=True)
    assert everything(parallel) == everything(serial)
    parallel.close()
    serial.close()


def test_an_update_compiles_only_what_changed(opened: Open, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(opened()) as catalog:
        catalog.update(everything=True)
        (folder / "toys.json").write_text(text_of("toys", more=" again"), "utf-8")
        compiled: list[str] = []
        compile_ = catalog._compiled.compile

        def noted(definition: AppDefinition, **more: Any) -> None:
            compiled.append(definition.app.key)
            compile_(definition, **more)

        monkeypatch.setattr(catalog._compiled, "compile", noted)
        assert len(catalog.update(everything=True)) == len(KEYS)
        assert compiled == ["toys"]
        catalog.update()
        assert compiled == ["toys"]
        catalog.update(["cars"], only_changed=True)
        assert compiled == ["toys"]
        catalog.update(["cars"])
        assert compiled == ["toys", "cars"]


def test_an_app_that_fails_keeps_what_it_has_and_is_named_at_the_end(opened: Open, folder: Path) -> None:
    with closing(opened()) as catalog:
        catalog.update(everything=True)
        for key in KEYS:
            (folder / f"{key}.json").write_text(text_of(key, more=" anew"), "utf-8")
        (folder / "games.json").write_text("{not json", "utf-8")
        (folder / "kites.json").unlink()
        with pytest.raises(SpecError, match="2 of 5 apps could not be updated") as raised:
            catalog.update(everything=True)
        assert "\n  games: " in str(raised.value)
        assert "\n  kites: " in str(raised.value)
        assert catalog.action("TOYS_GET_ONE_OF_TOYS_ANEW").app == "toys"
        assert catalog.action("GAMES_GET_ONE_OF_GAMES").app == "games"
        assert catalog.action("KITES_LIST_KITES").app == "kites"


def test_names_that_were_handed_out_still_mean_the_same(opened: Open, folder: Path) -> None:
    with closing(opened()) as catalog:
        catalog.update(everything=True)
        for key in KEYS:
            (folder / f"{key}.json").write_text(text_of(key, more=" anew"), "utf-8")
        catalog.update(everything=True)
        for key in KEYS:
            before, now = f"{key}_GET_ONE_OF_{key}".upper(), f"{key}_GET_ONE_OF_{key}_ANEW".upper()
            assert catalog.action(before).slug == now


def test_a_process_that_dies_takes_one_app_with_it(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_ = module._Worker.compile

    def kill_first(self: Any, task: Any) -> Any:
        if task.definition.app.key == "games":
            self._started(self._start_with).send_signal(signal.SIGKILL)
            self._process.wait()
        return compile_(self, task)

    monkeypatch.setattr(module._Worker, "compile", kill_first)
    with closing(opened()) as catalog:
        with pytest.raises(SpecError, match=r"games: the process that compiled it ended with code -9"):
            catalog.update(everything=True)
        assert [app.key for app in catalog.apps() if app.compiled] == [key for key in KEYS if key != "games"]


def test_what_cannot_be_handed_to_a_process_is_compiled_here(opened: Open, folder: Path) -> None:
    with closing(opened()) as catalog:
        asked: list[str] = []

        def fetch(source: SpecSource, **more: Any) -> Any:
            asked.append(source.path)
            return fetching.fetch(source, **more)

        catalog._changes._fetch = fetch
        catalog.update(everything=True)
        assert sorted(asked) == [f"{key}.json" for key in KEYS]


def test_nothing_is_left_behind(opened: Open, tmp_path: Path) -> None:
    with closing(opened()) as catalog:
        catalog.update(everything=True)
    assert list((tmp_path / "home" / "cache").iterdir()) == []


def test_ids_of_adopted_actions_are_new(opened: Open, tmp_path: Path) -> None:
    with closing(opened()) as catalog:
        catalog.update(everything=True)
        before = {row.id for row in catalog._compiled.rows("toys")}
        file = tmp_path / "home" / "catalog.sqlite3"
        with closing(sqlite3.connect(file)) as source, catalog._database.write() as connection:
            adopt(connection, source, "toys", ["something new"])
        assert before.isdisjoint(row.id for row in catalog._compiled.rows("toys"))
        assert "something new" in catalog.warnings("toys")
        assert catalog.search("get one of the toys by its id", limit=1)[0].startswith("TOYS_")


def test_a_document_that_was_changed_is_not_what_the_next_app_gets() -> None:
    parsed, source = LastParsed(), SpecSource(kind="npm", package="p", version="1", path="a.json")
    document: Any = {"paths": {"/": {}}}
    parsed.keep(source, document, Provenance("npm:p@1"))
    first, _ = parsed.get(source) or ({}, None)
    first["paths"].clear()
    again, provenance = parsed.get(replace(source, include=("GET /",), name="b")) or ({}, None)
    assert again == {"paths": {"/": {}}}
    assert provenance == Provenance("npm:p@1")
    assert parsed.get(replace(source, path="b.json")) is None


def test_a_package_is_read_once_for_all_that_is_wanted_of_it(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "home" / "cache"
    cache.mkdir(parents=True)
    with tarfile.open(cache / "npm-descriptions-1.0.0.tgz", "w:gz") as archive:
        for key in KEYS:
            data = text_of(key).encode()
            entry = tarfile.TarInfo(f"package/apis/{key}.json")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    opened: list[str] = []
    open_ = tarfile.open

    def noted(name: Path, mode: Any) -> Any:
        opened.append(name.name)
        return open_(name, mode)

    monkeypatch.setattr(tarfile, "open", noted)
    known: dict[str, AppDefinition] = {}
    for key in KEYS:
        spec = SpecSource(kind="npm", package="descriptions", version="1.0.0", path=f"apis/{key}.json", name=key)
        known[key] = make.definition(key, tmp_path, spec=spec)
    manager = PluginManager([])
    manager.register(builtin, "builtin")
    with closing(Catalog(Home(tmp_path / "home"), lambda: known, manager.importers)) as catalog:
        assert [app.actions for app in catalog.update(everything=True)] == [2] * len(KEYS)
        assert catalog.app("toys").provenance.source == "npm:descriptions@1.0.0"
    assert opened == ["npm-descriptions-1.0.0.tgz"]


def test_apps_of_one_description_are_compiled_one_after_another(make: Any) -> None:
    graph = SpecSource(kind="npm", package="graph", version="1", path="v1.json")
    other = make.definition("other")
    definitions = [other, *(make.definition(key, spec=replace(graph, include=(key,))) for key in ("a", "b"))]
    assert [[one.app.key for one in group] for group in module._groups(definitions)] == [["a", "b"], ["other"]]


@pytest.mark.parametrize("keys", [["toys"], list(KEYS)], ids=["one app", "many apps"])
def test_a_full_disk_leaves_the_last_good_catalog(
    opened: Open, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: list[str]
) -> None:
    with closing(opened()) as catalog:
        catalog.update(everything=True)
        before = everything(catalog)
    for key in keys:
        large = json.loads(text_of(key))
        one = large["paths"][f"/{key}"]["get"]
        large["paths"] |= {f"/{key}/{n}": {"get": {**one, "summary": f"Count {n}", "operationId": f"n{n}"}} for n in range(300)}
        (folder / f"{key}.json").write_text(json.dumps(large), "utf-8")
    connect = database._connect

    def on_a_full_disk(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    with monkeypatch.context() as patched, closing(opened()) as catalog:
        patched.setattr(database, "_connect", on_a_full_disk)
        with pytest.raises(ComposioError, match=r"disk is full.*Make room on its disk"):
            catalog.update(keys)
    with closing(sqlite3.connect(tmp_path / "home" / CATALOG)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT sum(actions) FROM apps").fetchone() == (2 * len(KEYS),)
    for key in KEYS:
        (folder / f"{key}.json").write_text(text_of(key), "utf-8")
    with closing(opened()) as catalog:
        assert everything(catalog) == before


BUILD = """
import sys
from pathlib import Path

from composio.catalog.catalog import Catalog
from composio.catalog.definition import AppDefinition, SpecSource
from composio.model.app import AppModel
from composio.plugin import builtin
from composio.plugin.manager import PluginManager
from composio.process.home import Home

home, folder, *keys = sys.argv[1:]
source = {key: SpecSource(kind="file", path=f"{key}.json") for key in keys}
file = Path(folder) / "integration.yaml"
known = {k: AppDefinition(app=AppModel(key=k, name=k.title()), spec=source[k], folder=file.parent, file=file) for k in keys}
manager = PluginManager([])
manager.register(builtin, "builtin")
catalog = Catalog(Home(Path(home)), lambda: known, manager.importers)
print(flush=True)
sys.stdin.readline()
for _ in range(3):
    catalog.update(keys)
catalog.close()
"""


def test_two_builds_at_once_make_one_catalog(opened: Open, folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUILD, str(tmp_path / "home"), str(folder), *KEYS]
    builds = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for build in builds:
        assert build.stdout is not None
        build.stdout.readline()  # both are there before either begins
    for build in builds:
        assert build.stdin is not None
        build.stdin.write("\n")
        build.stdin.flush()
    for build in builds:
        build.communicate(timeout=300)
    assert [build.returncode for build in builds] == [0, 0]
    with closing(sqlite3.connect(tmp_path / "home" / CATALOG)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM actions").fetchone() == (2 * len(KEYS),)
    with closing(opened()) as together, closing(opened("alone")) as alone:
        assert everything(together) == everything(alone)
