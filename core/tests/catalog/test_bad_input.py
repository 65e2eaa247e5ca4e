"""Descriptions that are wrong, enormous or hostile: a clear error or a usable rest, in bounded time and memory, and nothing lost.

Time and memory are held by the operating system in a process of its own, so that what runs away ends there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.errors import ActionNotFound, SpecError
from composio.schema.shape import shape

Open = Callable[..., Catalog]
Json = dict[str, Any]

# Generous, as machines differ; what is quadratic or expands takes a thousand times as much.
CPU_SECONDS = 60
# Of address space, which an interpreter with its libraries fills by some 300 MB before it does anything.
MEMORY = 1_500_000_000
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from pathlib import Path
from composio.catalog.catalog import Catalog
from composio.errors import ComposioError
from composio.process.home import Home
from composio.plugin import builtin
from composio.plugin.manager import PluginManager
manager = PluginManager([])
manager.register(builtin, "builtin")
catalog = Catalog(Home(Path(sys.argv[1])), dict, manager.importers)
try:
    print(catalog.add("hostile", sys.argv[2], base_url="https://a.test").actions, "actions")
except ComposioError as error:
    print(type(error).__name__, error)
"""


def added(home: Path, file: Path, *, seconds: int = CPU_SECONDS) -> str:
    """What adding ``file`` says, in a process that has no more than these limits."""
    code = LIMITED.format(memory=MEMORY, seconds=seconds)
    done = subprocess.run([sys.executable, "-c", code, str(home), str(file)], capture_output=True, text=True)
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-500:]}"
    return done.stdout.strip()


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def described(schema: Any, schemas: Json | None = None, count: int = 1) -> Json:
    """``count`` operations that take ``schema``."""
    node = {
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}},
    }
    paths = {f"/things{n}": {"post": {**node, "summary": f"Make thing {n}"}} for n in range(count)}
    return {"openapi": "3.0.3", "info": {"title": "Hostile"}, "paths": paths, "components": {"schemas": schemas or {}}}


def chain(link: Callable[[int], Any], length: int) -> Json:
    return {**{f"S{n}": link(n) for n in range(length)}, f"S{length}": {"type": "object"}}


def nested(depth: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"in": schema}}
    return schema


PART = {"type": "object", "properties": {"x": ref("S0")}}
HOSTILE = {
    "a chain of references": described(PART, chain(lambda n: ref(f"S{n + 1}"), 5000)),
    "a chain of references at the top": described(ref("S0"), chain(lambda n: ref(f"S{n + 1}"), 5000)),
    "a circle of references": described(ref("A"), {"A": ref("B"), "B": ref("A")}),
    "a chain of extensions": described(
        PART, chain(lambda n: {"allOf": [ref(f"S{n + 1}"), {"properties": {f"p{n}": {}}}]}, 5000)
    ),
    "a circle of extensions": described(PART, {"S0": {"allOf": [ref("S1")]}, "S1": {"allOf": [ref("S0")]}}),
    "extensions that double at each step": described(
        PART, chain(lambda n: {"allOf": [ref(f"S{n + 1}"), ref(f"S{n + 1}")]}, 60)
    ),
    "alternatives that double at each step": described(
        PART, chain(lambda n: {"oneOf": [ref(f"S{n + 1}"), ref(f"S{n + 1}")], "discriminator": {"propertyName": "k"}}, 60)
    ),
    "everything refers to everything": described(
        ref("S0"), {f"S{n}": {"type": "object", "properties": {f"p{m}": ref(f"S{m}") for m in range(150)}} for n in range(150)}
    ),
    "thirty thousand properties": described(
        {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(30_000)}}
    ),
    "a huge enum": described({"type": "object", "properties": {"e": {"enum": [f"v{n}" for n in range(300_000)]}}}),
    "two huge enums that are both meant": described(
        {"type": "object", "properties": {"e": {"allOf": [{"enum": list(range(n, n + 100_000))} for n in (0, 50_000)]}}}
    ),
    "twenty thousand alternatives": described(
        {"type": "object", "properties": {"x": {"anyOf": [{"properties": {f"k{n}": {}}} for n in range(20_000)]}}}
    ),
    "deep schemas": described(nested(60)),
    "names of which nothing is left": described(
        {"type": "object", "properties": {f"p{n}": ref("日" * (n + 1)) for n in range(2000)}},
        {"日" * (n + 1): {"type": "string"} for n in range(2000)},
    ),
    "operations of one name": {
        "openapi": "3.0.3",
        "paths": {f"/{'-' * n}": {"get": {"summary": "Same", "operationId": "same"}} for n in range(1, 5000)},
    },
    "fifty megabytes": described({"type": "object", "description": "word " * 5000}, count=1000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_large_or_tangled_is_read_in_bounded_time_and_memory(name: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(HOSTILE[name]))
    if name == "fifty megabytes":
        assert file.stat().st_size > 49_000_000
    assert added(tmp_path / "home", file) == f"{len(HOSTILE[name]['paths'])} actions"


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("fifty megabytes", "operations of one name")])
def test_what_it_shows_a_model_stays_small(make: Any, name: str) -> None:
    for version in ("3.0.3", "3.1.0"):
        for imported in make.load({**HOSTILE[name], "openapi": version}):
            assert len(json.dumps(shape(imported.action.parameters))) < 32 * 1024


def test_fifty_megabytes_of_yaml_are_read_in_bounded_time_and_memory(tmp_path: Path) -> None:
    file = tmp_path / "hostile.yaml"
    text = "word " * 12
    with file.open("w") as out:
        out.write("openapi: 3.0.3\ninfo: {title: Long}\npaths:\n")
        for n in range(4000):
            out.write(f"  /things{n}:\n    get:\n      summary: Get {n}\n      description: |\n")
            out.write(f"        {text}\n" * 180)
    assert file.stat().st_size > 49_000_000
    assert added(tmp_path / "home", file) == "4000 actions"


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("x: [", "neither JSON nor YAML", id="not YAML"),
        pytest.param('{"openapi": "3.0.0", ', "not JSON", id="not JSON"),
        pytest.param("\x00\x01", "neither JSON nor YAML", id="bytes"),
        pytest.param("just a text", "no importer reads", id="a text"),
        pytest.param('{"openapi": "4.0.0", "paths": {}}', "openapi: 4.0.0", id="unknown version"),
        pytest.param('{"openapi": "3.9.0", "paths": {}}', "openapi: 3.9.0", id="version of later"),
        pytest.param('{"swagger": "1.2", "apis": []}', "swagger: 1.2", id="old version"),
        pytest.param('{"openapi": "3.0.0", "info": {}}', "has no `paths`", id="no paths"),
        pytest.param('{"openapi": "3.0.0", "paths": []}', "has no `paths`", id="paths that are none"),
        pytest.param('{"openapi": "3.0.0", "paths": {}}', "no operations", id="nothing"),
        pytest.param("openapi: 3.0.0\n" + BOMB + "paths: {/a: {get: {x-bomb: *a11}}}", "aliases expand to", id="YAML bomb"),
        pytest.param("openapi: 3.0.0\npaths: " + "{a: " * 100_000, "nested more than", id="deep YAML"),
        pytest.param('{"openapi": "3.0.0", "paths": ' + '{"a":' * 100_000, "nested more than", id="deep JSON"),
        pytest.param(
            json.dumps(described(ref("A"), {"A": {"$ref": "/etc/passwd"}})), "outside of the description's", id="local"
        ),
        pytest.param(
            json.dumps(described({"$ref": "http://169.254.169.254/latest.json"})), "private network", id="private address"
        ),
    ],
)
def test_what_is_no_description_is_an_error_that_says_so(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    said = added(tmp_path / "home", file, seconds=20)
    assert said.startswith("SpecError ")
    assert message in said
    assert len(said) < 1000


def test_large_schemas_that_many_operations_share_are_refused(
    open_catalog: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.catalog.compile._LARGEST", 6_000_000)
    file = tmp_path / "hostile.json"
    big = {"type": "object", "properties": {f"property_number_{n}": {"type": "string"} for n in range(1000)}}
    file.write_text(json.dumps(described({"type": "object", "properties": {"x": ref("Big")}}, {"Big": big}, count=1000)))
    with pytest.raises(SpecError, match=r"at HOSTILE_MAKE_THING_\d+ the schemas .* more than 6 MB"):
        open_catalog({}).add("hostile", str(file), base_url="https://a.test")


def test_more_operations_than_any_api_has_are_refused(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio.catalog.importers.naming._MOST", 10)
    assert len(make.load(described({}, count=10))) == 10
    with pytest.raises(SpecError, match="toys: the API description has more than 10 operations"):
        make.load(described({}, count=11))


def test_operations_of_one_id_keep_their_own_names(make: Any) -> None:
    paths = {f"/{path}": {"get": make.operation("List", operationId="list")} for path in ("a", "b", "c")}
    slugs = [i.action.slug for i in make.load(make.document(paths))]
    assert slugs == ["TOYS_GET_A", "TOYS_GET_B", "TOYS_GET_C"]


@pytest.mark.parametrize(
    ("ids", "slugs"),
    [
        (("getPet", "getpet"), ["TOYS_GET_PET", "TOYS_GETPET"]),  # words that case parts are words
        (("GET_PET", "get_pet", "Get-Pet"), ["TOYS_GET_0_PETS", "TOYS_GET_1_PETS", "TOYS_GET_2_PETS"]),
        (("get pet", "get_Pet"), ["TOYS_GET_0_PETS", "TOYS_GET_1_PETS"]),
    ],
)
def test_operations_whose_names_differ_in_case_alone_are_told_apart(
    open_catalog: Open, make: Any, ids: tuple[str, ...], slugs: list[str]
) -> None:
    paths = {f"/{n}/pets": {"get": make.operation(name, operationId=name)} for n, name in enumerate(ids)}
    catalog = open_catalog({"toys": make.document(paths)})
    assert [getattr(catalog.action(slug.lower()).binding, "path", None) for slug in slugs] == list(paths)
    if "TOYS_GET_PET" not in slugs:
        with pytest.raises(ActionNotFound, match="several operations of toys share this name") as raised:
            catalog.action("TOYS_GET_PET")
        assert sorted(raised.value.suggestions) == slugs


def test_a_bad_description_touches_nothing_else(open_catalog: Open, make: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": make.document({"/a": {"get": make.operation("List toys")}})})
    file = tmp_path / "good.json"
    file.write_text(json.dumps(make.document({"/b": {"get": make.operation("List pets")}})))
    catalog.add("pets", str(file))
    before = {app: catalog.select(apps=[app], everything=True) for app in ("toys", "pets")}
    for text in ("x: [", '{"openapi": "3.0.0", "paths": {}}', json.dumps(described({"$ref": "../secret.json"}))):
        file.write_text(text)
        for name in ("pets", "new"):
            with pytest.raises(SpecError):
                catalog.add(name, str(file))
    assert {app: catalog.select(apps=[app], everything=True) for app in ("toys", "pets")} == before
    assert catalog.search("list pets") == ["PETS_LIST_PETS", "TOYS_LIST_TOYS"]
    assert [app.key for app in catalog.apps()] == ["pets", "toys"]


KILLED = """
import os, signal, sys
from pathlib import Path
from composio.catalog.catalog import Catalog
from composio.catalog.definition import AppDefinition, SpecSource
from composio.process.home import Home
from composio.model.app import AppModel
from composio.plugin import builtin
from composio.plugin.manager import PluginManager
manager = PluginManager([])
manager.register(builtin, "builtin")
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def progress(what, done, total):
    if sys.argv[2] == "reading" and done > 20:
        die()
folder = Path(sys.argv[1])
app = AppDefinition(
    app=AppModel(key="toys", name="Toys"), spec=SpecSource(kind="file", path="toys.json"), folder=folder / "specs",
    file=folder / "specs" / "integration.yaml",
)
catalog = Catalog(Home(folder / "home"), lambda: {"toys": app}, manager.importers, progress=progress)
if sys.argv[2] == "writing":
    write = type(catalog._database).write
    from contextlib import contextmanager
    @contextmanager
    def interrupted(self):
        with write(self) as connection:
            statements = iter(range(500))  # by then the old rows are gone and some of the new ones are there
            connection.set_trace_callback(lambda _: next(statements, None) is None and die())
            yield connection
    type(catalog._database).write = interrupted
catalog.update(["toys"])
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("when", ["reading", "writing"])
def test_a_compile_that_is_killed_leaves_the_rows_of_before(open_catalog: Open, make: Any, tmp_path: Path, when: str) -> None:
    old = make.document({f"/old{n}": {"get": make.operation(f"Old toy {n}", description="Squeaks.")} for n in range(200)})
    new = make.document({f"/new{n}": {"get": make.operation(f"New toy {n}")} for n in range(300)})
    catalog = open_catalog({"toys": old})
    before = catalog.select(apps=["toys"], everything=True)
    catalog.close()
    (tmp_path / "specs" / "toys.json").write_text(json.dumps(new))
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), when], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (tmp_path / "specs" / "toys.json").write_text(json.dumps(old))
    again = open_catalog({"toys": old}, fetch=_not_asked)
    assert again.select(apps=["toys"], everything=True) == before
    assert again.search("squeaking old toy", ["toys"], limit=3)
    assert len(open_catalog({"toys": new}).select(apps=["toys"], everything=True)) == 300


def _not_asked(*_args: Any, **_more: Any) -> Any:
    raise AssertionError("the earlier rows are still there, nothing has to be fetched")


SHARED: dict[str, tuple[str, Callable[[list[Any]], dict[str, Any]]]] = {
    "closed": ("application/json", lambda parts: {"allOf": parts}),
    "xml": ("application/xml", lambda parts: {"type": "object", "xml": {"name": "a"}, "allOf": parts}),
    "files": ("multipart/form-data", lambda parts: {"anyOf": parts}),
}


@pytest.mark.parametrize("kind", SHARED)
def test_parts_that_share_their_parts_are_read_once(make: Any, kind: str) -> None:
    media_type, shape = SHARED[kind]
    schemas = {f"S{i}": shape([{"$ref": f"#/components/schemas/S{i + 1}"}] * 9) for i in range(30)}
    schemas["S30"] = {"type": "object", "properties": {"last": {"type": "string"}}}
    top = {"$ref": "#/components/schemas/S0"}
    schema = top if kind == "xml" else {"type": "object", "properties": {"one": top}}
    started = time.process_time()
    make.one(make.operation("Do", requestBody=make.body(schema, media_type)), components={"schemas": schemas})
    assert time.process_time() - started < 5  # it took hours
