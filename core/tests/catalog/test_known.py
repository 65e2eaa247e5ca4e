"""Which apps there are: their files are parsed once, and every change to one is noticed by the next process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from composio.catalog import apps
from composio.catalog import known as module
from composio.catalog.approws import decode_definition, encode_definition
from composio.catalog.apps import Known
from composio.catalog.database import Database
from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.known import FILE_NAME, find_known, folders_below
from composio.catalog.sources import integration
from composio.errors import CatalogError, IntegrationFileError
from composio.model.app import AppModel, AuthField, AuthScheme, Envelope, Provenance, Proxy
from composio.model.peers import PeerServer

TEXT = """
name: {name}
unique_key: {key}
spec:
  file: api.json
auth_schemes:
  - auth_mode: API_KEY
    proxy:
      headers:
        X-Key: "{{{{ api_key }}}}"
"""


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a test were written just now; all but one test mean files that lie there."""
    monkeypatch.setattr(module, "_UNSETTLED", -3600.0)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(lambda: tmp_path / "catalog.sqlite3")
    yield made
    made.close()


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders whose file was parsed, as it happens."""
    found: list[str] = []
    load = integration.load_integration

    def noted(path: Path) -> AppDefinition:
        found.append(path.parent.name)
        return load(path)

    monkeypatch.setattr(integration, "load_integration", noted)
    return found


@pytest.fixture
def app(tmp_path: Path) -> Callable[..., Path]:
    def write(key: str, name: str = "An App", more: str = "") -> Path:
        folder = tmp_path / "apps" / key
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(TEXT.format(key=key, name=name) + more, "utf-8")
        return folder

    return write


def full() -> AppDefinition:
    """A definition that says something of everything."""
    spec = SpecSource(
        kind="npm",
        package="@a/b",
        version="1",
        path="x.json",
        url="https://a.test/x.json",
        license="MIT",
        allow_refs=("https://a.test/",),
        guarded=True,
        seconds=5.0,
        name="x",
        sha256="ab",
        include=("GET /*",),
        exclude=("DELETE /*",),
        base_url="https://a.test",
        overlay=({"target": "$.info", "update": {"title": "X"}},),
        reader="py",
    )
    token = AuthField(
        name="token",
        display_name="Token",
        description="One.",
        type="integer",
        required=False,
        expected_from_customer=False,
        default="1",
        env=("A_TOKEN",),
        choices=("1", "2"),
    )
    scheme = AuthScheme(
        name="a_oauth2",
        auth_mode="OAUTH2",
        fields=(token,),
        proxy=Proxy("https://{{host}}", {"A": "{{token}}"}, {"q": "1"}, {"p": "2"}),
        extra={"token_url": "https://a.test/t", "default_scopes": ["a"], "token_params": {"x": "y"}},
        security=("oauth",),
    )
    model = AppModel(
        key="a",
        name="A",
        description="Does things.",
        idempotency_header="Idempotency-Key",
        idempotency_argument="key",
        logo="https://a.test/l.svg",
        docs="https://a.test/d",
        categories=("x",),
        auth_schemes=(scheme,),
        base_url="https://a.test",
        headers={"X-V": "1"},
        envelope=Envelope("ok", "error"),
        expired_token_errors=("expired", {"code": 1}),
        get_current_user_endpoint="/me",
        provenance=Provenance("npm:@a/b@1", "1", "MIT", "ab"),
    )
    server = PeerServer("mcp", "https://a.test/mcp", ("npx", "a"), "sse", pin=True)
    return AppDefinition(
        app=model,
        spec=spec,
        folder=Path("/apps/a"),
        file=Path("/apps/a/integration.yaml"),
        important=("GET /x",),
        aliases={"A_X": "GET /x"},
        hide=("token",),
        defaults={"limit": 3},
        flows={"GET /x": ("readsPrivate",)},
        actions="composio_apps.a.actions",
        always_authenticate=True,
        further=(SpecSource(kind="file", path="y.json", overlay="fix.yaml", server=server),),
        actions_from=("b",),
    )


def parts(value: Any) -> Iterator[Any]:
    if is_dataclass(value):
        yield value
        for one in fields(value):
            yield from parts(getattr(value, one.name))
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from parts(inner)


def test_a_kept_definition_is_the_one_that_was_read() -> None:
    definition = full()
    again = decode_definition(encode_definition(definition), definition.file)
    assert again == definition
    assert hash(again.important) == hash(definition.important)


def test_the_definition_that_is_compared_says_something_of_everything() -> None:
    added_by_the_catalog = {"handed_out", "together", "compiled", "actions_count", "important", "actions", "by_tenant"}
    said: dict[type, set[str]] = {}
    for part in parts(full()):
        for one in fields(part):
            value = getattr(part, one.name)
            if value not in ("", (), {}, None, False, 0):
                said.setdefault(type(part), set()).add(one.name)
    said[AuthField] |= {"required", "expected_from_customer"}  # which are false there, and true otherwise
    for kind, names in said.items():
        assert {one.name for one in fields(kind)} - names <= added_by_the_catalog, kind


def test_a_file_is_parsed_once(database: Database, app: Callable[..., Path], parsed: list[str]) -> None:
    folders = [app("toys"), app("games")]
    first = find_known(database, folders, ())
    again = find_known(database, folders, ())
    assert parsed == ["toys", "games"]
    assert dict(again) == dict(first)
    assert sorted(again) == ["games", "toys"]
    assert again["toys"].folder == folders[0]
    assert again.name_of("toys") == "An App"
    assert again.is_brought("toys")


def test_a_plugin_s_app_replaces_a_user_s_of_that_name(database: Database, app: Callable[..., Path], tmp_path: Path) -> None:
    own = app("toys", "Mine")
    brought = tmp_path / "brought" / "toys"
    brought.mkdir(parents=True)
    (brought / FILE_NAME).write_text(TEXT.format(key="toys", name="Theirs"), "utf-8")
    for _ in range(2):
        known = find_known(database, [brought], [own])
        assert known["toys"].app.name == "Theirs"
        assert known.is_brought("toys")
    assert not find_known(database, [], [own]).is_brought("toys")


def test_an_edit_is_noticed_whatever_the_file_s_time_says(
    database: Database, app: Callable[..., Path], parsed: list[str]
) -> None:
    folders = [app("toys", "Old"), app("games")]
    find_known(database, folders, ())
    file = folders[0] / FILE_NAME
    before = file.stat()
    file.write_text(file.read_text("utf-8").replace("Old", "New"), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert find_known(database, folders, ())["toys"].app.name == "New"
    assert parsed == ["toys", "games", "toys"]


def test_files_that_were_only_copied_are_not_parsed_again(
    database: Database, app: Callable[..., Path], parsed: list[str]
) -> None:
    folders = [app("toys"), app("games")]
    first = find_known(database, folders, ())
    for folder in folders:
        os.utime(folder / FILE_NAME, ns=(1, 1))
    assert dict(find_known(database, folders, ())) == dict(first)
    assert parsed == ["toys", "games"]


def test_files_that_are_still_being_written_are_looked_at_again(
    database: Database, app: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, parsed: list[str]
) -> None:
    monkeypatch.setattr(module, "_UNSETTLED", 3600.0)
    folders = [app("toys")]
    find_known(database, folders, ())
    find_known(database, folders, ())
    assert database.read(lambda c: c.execute("SELECT count(*) FROM known").fetchone()) == (
        1,
    )  # by what they hold, not by their times
    assert parsed == ["toys"]


def test_folders_come_and_go(database: Database, app: Callable[..., Path]) -> None:
    toys, games = app("toys"), app("games")
    assert sorted(find_known(database, [toys], ())) == ["toys"]
    assert sorted(find_known(database, [toys], [games])) == ["games", "toys"]
    (games / FILE_NAME).unlink()
    assert sorted(find_known(database, [toys], [games])) == ["toys"]


def test_programs_with_other_plugins_share_a_home_without_parsing_anew(
    database: Database, app: Callable[..., Path], parsed: list[str]
) -> None:
    toys, games = app("toys"), app("games")
    for _ in range(2):
        assert sorted(find_known(database, [toys], ())) == ["toys"]
        assert sorted(find_known(database, [toys, games], ())) == ["games", "toys"]
    assert parsed == ["toys", "games"]
    assert database.read(lambda c: c.execute("SELECT count(*) FROM known").fetchone()) == (4,)  # by times and by contents


def test_what_is_kept_serves_the_same_files_elsewhere_without_decoding_one(
    database: Database, app: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [app("toys"), app("games")]
    module.keep_known(database, folders)
    shutil.copytree(folders[0].parent, tmp_path / "elsewhere")
    monkeypatch.setattr(module, "_parse", None)
    elsewhere = [tmp_path / "elsewhere" / folder.name for folder in folders]
    found = find_known(database, elsewhere, ())
    assert {key: definition.file.parent for key, definition in found.items()} == {"toys": elsewhere[0], "games": elsewhere[1]}


def test_an_app_of_a_user_s_is_added_without_decoding_what_plugins_bring(
    database: Database, app: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, parsed: list[str]
) -> None:
    brought = [app("toys"), app("games")]
    find_known(database, brought, ())
    decoded: list[str] = []

    def decode(blob: bytes, file: Path) -> AppDefinition:
        decoded.append(file.parent.name)
        return decode_definition(blob, file)

    monkeypatch.setattr(module, "decode_definition", decode)
    for _ in range(2):
        known = find_known(database, brought, [app("pets", "Mine")])
        assert list(known) == ["games", "pets", "toys"]
    assert parsed == ["toys", "games", "pets"]
    assert set(decoded) <= {"pets"}
    assert known["pets"].app.name == "Mine"
    assert [key for key in known if known.is_brought(key)] == ["games", "toys"]
    assert {key: known[key].folder.name for key in known} == {key: key for key in known}


def test_an_app_of_a_user_s_may_have_the_actions_of_a_plugin_s_and_the_other_way_round(
    database: Database, app: Callable[..., Path], tmp_path: Path
) -> None:
    toys, games = app("toys", more="hide_parameters: [secret]\n"), app("games")
    find_known(database, [toys], ())
    borrowing = tmp_path / "apps" / "all"
    borrowing.mkdir()
    (borrowing / FILE_NAME).write_text("name: All\nunique_key: all\nactions_from: toys\n", "utf-8")
    for _ in range(2):
        assert find_known(database, [toys, games], [borrowing])["all"].hide == ("secret",)
        assert find_known(database, [borrowing], [toys, games])["all"].hide == ("secret",)
        assert sorted(find_known(database, [borrowing], [games])) == ["games"]


def test_a_broken_file_takes_no_other_app_down_and_is_told_each_time(
    database: Database, app: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    toys, games = app("toys"), app("games", more="nonsense: 1\n")
    errors = []
    for _ in range(2):
        known = find_known(database, [toys, games], ())
        assert list(known) == ["toys"]
        errors.append(known.broken["games"])
    assert [str(error) for error in errors] == [str(errors[0])] * 2
    assert isinstance(errors[1], IntegrationFileError)
    assert caplog.text.count("this app is left out") == 2
    app("games")
    assert sorted(find_known(database, [toys, games], ())) == ["games", "toys"]


@pytest.mark.parametrize("by_plugins", [True, False])
def test_of_two_apps_with_one_key_the_first_is_used_and_the_second_is_named(
    database: Database, app: Callable[..., Path], caplog: pytest.LogCaptureFixture, *, by_plugins: bool
) -> None:
    first, second = app("toys", "First"), app("toys2", "Second")
    (second / FILE_NAME).write_text(TEXT.format(key="TOYS", name="Second"), "utf-8")
    folders = [first, second]
    for _ in range(2):
        known = find_known(database, folders, ()) if by_plugins else find_known(database, (), folders)
        assert [(key, known[key].app.name) for key in known] == [("toys", "First")]
        said = str(known.broken["toys2"])
        assert str(second / FILE_NAME) in said
        assert f"unique_key: 'toys' is also the key of {first / FILE_NAME}" in said
    assert caplog.text.count("Give one of the two another unique_key") == (2 if by_plugins else 0)
    app("toys2", "Second")
    assert sorted(find_known(database, folders, ())) == ["toys", "toys2"]


def test_an_app_of_others_actions_follows_their_file(database: Database, app: Callable[..., Path], tmp_path: Path) -> None:
    toys = app("toys")
    folder = tmp_path / "apps" / "alltoys"
    folder.mkdir()
    (folder / FILE_NAME).write_text("name: All\nunique_key: alltoys\nactions_from: toys\n", "utf-8")
    assert find_known(database, [toys, folder], ())["alltoys"].hide == ()
    app("toys", more="hide_parameters: [secret]\n")
    for _ in range(2):
        assert find_known(database, [toys, folder], ())["alltoys"].hide == ("secret",)


def test_definitions_are_read_anew_by_other_code(
    database: Database, app: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, parsed: list[str]
) -> None:
    code = tmp_path / "code.py"
    code.write_text("one", "utf-8")
    monkeypatch.setattr(module, "_CODE", (str(code),))
    folders = [app("toys")]
    find_known(database, folders, ())
    code.write_text("two", "utf-8")
    find_known(database, folders, ())
    find_known(database, folders, ())
    assert parsed == ["toys", "toys"]


def test_the_code_that_is_watched_is_there() -> None:
    assert [name for name in module._CODE if not Path(name).is_file()] == []


def test_what_cannot_be_kept_is_read_all_the_same(
    database: Database, app: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk() -> Any:
        raise CatalogError("no space")

    monkeypatch.setattr(database, "write", full_disk)
    assert sorted(find_known(database, [app("toys")], ())) == ["toys"]


def test_only_what_is_asked_for_is_decoded(
    database: Database, app: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [app("toys"), app("games")]
    find_known(database, folders, ())
    decoded: list[Path] = []

    def noted(blob: bytes, file: Path) -> AppDefinition:
        decoded.append(file)
        return decode_definition(blob, file)

    monkeypatch.setattr(apps, "decode_definition", noted)
    known = find_known(database, folders, ())
    assert known["toys"] is known["toys"]
    assert decoded == [folders[0] / FILE_NAME]


def test_no_folder_is_no_apps(tmp_path: Path) -> None:
    assert folders_below(tmp_path / "missing") == []
    assert dict(Known({})) == {}


LIST = """
import json, sys
from composio import ComposioToolSet
found = ComposioToolSet().get_tools(apps=["toys"])
heavy = ("yaml", "jinja2", "httpx", "anyio", "asyncio", "sqlalchemy", "jsonschema_rs", "composio.engine.engine", "composio.catalog.compile")
print(json.dumps([len(found), [name for name in heavy if name in sys.modules]]))
"""


def test_a_warm_process_lists_tools_without_yaml_templates_or_an_http_client(tmp_path: Path) -> None:
    folder = tmp_path / "apps" / "toys"
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_text(TEXT.format(key="toys", name="Toys"), "utf-8")
    answer = {"responses": {"200": {"description": "ok"}}}
    paths = {"/toys": {"get": {"operationId": "list", "summary": "List toys", **answer}}}
    document = {"openapi": "3.0.3", "info": {"title": "Toys", "version": "1"}, "paths": paths}
    (folder / "api.json").write_text(json.dumps({**document, "servers": [{"url": "https://api.toys.test"}]}), "utf-8")
    environ = {**os.environ, "COMPOSIO_HOME": str(tmp_path), "TOYS_API_KEY": "k"}
    important = folder / FILE_NAME
    important.write_text(important.read_text("utf-8") + "important: [list]\n", "utf-8")
    settle = "import composio.catalog.known as known; known._UNSETTLED = -60.0\n"

    def run() -> Any:
        command = [sys.executable, "-c", settle + LIST]
        return json.loads(subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout)

    assert run()[0] == 1
    assert run() == [1, []]
