"""Apps that users add: what is written down, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from composio.catalog.catalog import Catalog
from composio.catalog.sources.yamlfile import write_yaml
from composio.errors import AppNotFound, ConfigurationError, InvalidRequest, SourceUnavailable, SpecError
from composio.model.app import Provenance
from composio.model.operating import Choices, Conflict

Open = Callable[..., Catalog]


@pytest.fixture
def pets(make: Any) -> dict[str, Any]:
    return dict(make.document({"/pets": {"get": make.operation("List pets")}}))


def write(tmp_path: Path, doc: Any, name: str = "pets.json") -> str:
    file = tmp_path / name
    file.write_text(json.dumps(doc) if name.endswith("json") else yaml.safe_dump(doc))
    return str(file)


def serving(document: Any) -> Callable[..., Any]:
    """Fetches what ``document`` holds at that moment from every URL, and files as ever."""

    def fetch(source: Any, **more: Any) -> Any:
        if source.kind == "url":
            return SimpleNamespace(data=json.dumps(document).encode(), provenance=Provenance("url:x"))
        from composio.catalog.sources.fetch import fetch as real

        return real(source, **more)

    return fetch


@pytest.fixture
def keyed(open_catalog: Open, pets: Any, tmp_path: Path) -> Catalog:
    """Has the app ``pets``, whose description asks for a key in a header."""
    pets["components"] = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    return catalog


@pytest.mark.parametrize("name", ["pets.json", "pets.yaml"])
def test_an_added_app_is_compiled_and_there_next_time(open_catalog: Open, pets: Any, tmp_path: Path, name: str) -> None:
    catalog = open_catalog({})
    app = catalog.add("Pets", write(tmp_path, pets, name))
    assert (app.key, app.name, app.compiled, app.actions) == ("pets", "Toys", True, 1)
    assert catalog.action("PETS_LIST_PETS").binding.servers[0].url == "https://api.toys.test/v1"  # type: ignore[union-attr]  # an HTTP app
    (tmp_path / name).unlink()
    again = open_catalog({})
    assert again.action("PETS_LIST_PETS").app == "pets"
    [folder] = [f for f in (tmp_path / "home" / "apps").iterdir() if f.is_dir()]
    assert {f.name for f in folder.iterdir()} == {"integration.yaml", "openapi.json", ".generated.json"}


@pytest.mark.parametrize(
    ("scheme", "mode", "fields", "variables"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, "API_KEY", ["api_key"], ["PETS_API_KEY"]),
        ({"type": "apiKey", "in": "query", "name": "key"}, "API_KEY", ["api_key"], ["PETS_API_KEY"]),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, "API_KEY", ["api_key"], ["PETS_API_KEY"]),
        ({"type": "http", "scheme": "Bearer"}, "BEARER_TOKEN", ["token"], ["PETS_TOKEN"]),
        ({"type": "oauth2", "flows": {}}, "BEARER_TOKEN", ["token"], ["PETS_TOKEN"]),
        ({"type": "openIdConnect"}, "BEARER_TOKEN", ["token"], ["PETS_TOKEN"]),
        ({"type": "http", "scheme": "basic"}, "BASIC", ["username", "password"], ["PETS_USERNAME", "PETS_PASSWORD"]),
    ],
)
def test_declared_security_becomes_a_scheme(
    open_catalog: Open, pets: Any, tmp_path: Path, scheme: Any, mode: str, fields: list[str], variables: list[str]
) -> None:
    pets["components"] = {"securitySchemes": {"main": scheme}}
    [found] = open_catalog({}).add("pets", write(tmp_path, pets)).auth_schemes
    assert (found.name, found.auth_mode) == ("main", mode)
    assert [f.name for f in found.fields] == fields
    assert [v for f in found.fields for v in f.env] == variables
    if scheme["type"] == "apiKey":
        expected = {"header": {"X-Key": "{{ api_key }}"}, "cookie": {"Cookie": "sid={{ api_key }}"}, "query": {}}[scheme["in"]]
        assert found.proxy.headers == expected
        assert found.proxy.query_params == ({"key": "{{ api_key }}"} if scheme["in"] == "query" else {})


def test_without_security_no_credentials_are_asked_for(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    pets["components"] = {
        "securitySchemes": {"odd": {"type": "mutualTLS"}, "worse": 7, "http": {"type": "http", "scheme": "digest"}}
    }
    assert open_catalog({}).add("pets", write(tmp_path, pets)).no_auth


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ([{"url": "/v2"}], "https://pets.test/v2"),
        ([{"url": "v2/"}], "https://pets.test/docs/v2"),
        ([{"url": "./"}], "https://pets.test/docs"),
        ([{"url": "/"}], "https://pets.test"),
        ([{"url": ""}], "https://pets.test"),
        ([{"url": "  "}], "https://pets.test"),
        ([], "https://pets.test"),
        (None, "https://pets.test"),
    ],
)
def test_a_relative_server_is_relative_to_the_url_of_the_description(
    open_catalog: Open, pets: Any, servers: Any, expected: str
) -> None:
    pets |= {"servers": servers}

    fetch = serving(pets)
    catalog = open_catalog({}, fetch=fetch)
    catalog.add("pets", "https://user:secret@pets.test/docs/openapi.json?key=secret")
    assert catalog.app("pets").base_url == expected
    assert catalog.action("PETS_LIST_PETS").binding.servers[0].url == expected  # type: ignore[union-attr]  # an HTTP app


@pytest.mark.parametrize(
    "spec", ["http://[bad", "ftp://user:secret@pets.test/a.json", "https://", "~nobody-of-this-name/a.json"]
)
def test_what_is_no_address_is_one_message_without_its_credentials(open_catalog: Open, spec: str) -> None:
    with pytest.raises((InvalidRequest, SourceUnavailable)) as caught:
        open_catalog({}).add("pets", spec)
    assert "secret" not in str(caught.value)


def test_no_credential_of_the_url_is_written_down(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    def fetch(source: Any, **more: Any) -> Any:
        return SimpleNamespace(data=json.dumps(pets).encode(), provenance=Provenance("url:x"))

    open_catalog({}, fetch=fetch).add("pets", "https://user:secret@pets.test/openapi.json?key=secret")
    assert "secret" not in (tmp_path / "home" / "apps" / "pets" / "integration.yaml").read_text()


@pytest.mark.parametrize("servers", [[{"url": "/v2"}], None, "x", [7]])
def test_a_file_without_a_usable_server_needs_a_base_url(open_catalog: Open, pets: Any, tmp_path: Path, servers: Any) -> None:
    pets |= {"servers": servers}
    catalog = open_catalog({})
    with pytest.raises(SpecError, match="--base-url"):
        catalog.add("pets", write(tmp_path, pets))
    with pytest.raises(AppNotFound):
        catalog.app("pets")
    assert catalog.add("pets", write(tmp_path, pets), base_url="https://mine.test/").base_url == "https://mine.test"


@pytest.mark.parametrize(
    "servers",
    [
        {"url": "https://pets.test/v3"},
        "https://pets.test/v3",
        ["https://pets.test/v3"],
        {"production": {"url": "https://pets.test/v3"}, "staging": {"url": "https://staging.test"}},
        [None, 7, {"description": "soon"}, {"url": "https://pets.test/v3"}],
    ],
    ids=["an object", "a string", "strings", "by name", "among others"],
)
@pytest.mark.parametrize("place", ["document", "path", "operation"])
def test_servers_in_another_shape_are_read_as_a_list(
    open_catalog: Open, pets: Any, tmp_path: Path, servers: Any, place: str
) -> None:
    item = pets["paths"]["/pets"]
    {"document": pets, "path": item, "operation": item["get"]}[place]["servers"] = servers
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    assert catalog.action("PETS_LIST_PETS").binding.servers[0].url == "https://pets.test/v3"  # type: ignore[union-attr]  # an HTTP app


@pytest.mark.parametrize(
    ("servers", "problem"),
    [
        ([{"uri": "https://pets.test"}], r"`servers\[0\]` is an object without a url; expected \[{url: https://\.\.\.}\]"),
        ({}, "`servers` is an object without a url"),
        ([7], r"`servers\[0\]` is '7', which is no server"),
        ("pets", "`servers` is 'pets', which is no server"),
        ([{"url": ["https://pets.test"]}], "an object without a url"),
        ([[{"url": "https://pets.test"}]], "which is no server"),
    ],
)
def test_servers_that_name_none_are_told_with_their_place(
    open_catalog: Open, pets: Any, tmp_path: Path, servers: Any, problem: str
) -> None:
    with pytest.raises(SpecError, match=f"{problem}.*--base-url"):
        open_catalog({}).add("pets", write(tmp_path, {**pets, "servers": servers}))
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, {**pets, "servers": servers}), base_url="https://pets.test")
    assert any("which is no server" in text or "without a url" in text for text in catalog.warnings("pets"))


VARIABLES = {"scheme": {"default": "https"}, "host": {"default": "pets.test"}}


@pytest.mark.parametrize(
    ("servers", "own", "expected"),
    [
        pytest.param([{"url": "{scheme}://{host}/v1", "variables": VARIABLES}], None, "{scheme}://{host}/v1", id="scheme"),
        pytest.param([{"url": "/v1"}, {"url": "https://pets.test/v2"}], None, "https://pets.test/v2", id="relative first"),
        pytest.param([], [{"url": "https://own.test"}], "https://own.test", id="of operations alone"),
        pytest.param([{"url": "https://pets.test/v2"}], [{"url": "/own"}], "https://pets.test/own", id="relative to another"),
    ],
)
def test_a_server_that_is_known_needs_no_base_url(
    open_catalog: Open, pets: Any, tmp_path: Path, servers: Any, own: Any, expected: str
) -> None:
    pets |= {"servers": servers}
    if own:
        for item in pets["paths"].values():
            item["servers"] = own
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    assert catalog.action("PETS_LIST_PETS").binding.servers[0].url == expected  # type: ignore[union-attr]  # an HTTP app


def test_what_cannot_be_added_leaves_nothing_behind(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": pets})
    with pytest.raises(InvalidRequest, match="built-in"):
        catalog.add("Toys", write(tmp_path, pets))
    with pytest.raises(InvalidRequest, match="letter"):
        catalog.add("9/../x", write(tmp_path, pets))
    with pytest.raises(InvalidRequest, match="base_url"):
        catalog.add("pets", write(tmp_path, pets), base_url="ftp://x")
    with pytest.raises(SourceUnavailable):
        catalog.add("pets", str(tmp_path / "missing.json"))
    with pytest.raises(SpecError, match=r"swagger: 1\.2"):
        catalog.add("pets", write(tmp_path, {"swagger": "1.2", "paths": {}}))
    with pytest.raises(SpecError, match="no operations"):
        catalog.add("pets", write(tmp_path, {**pets, "paths": {}}))
    assert [a.key for a in catalog.apps()] == ["toys"]
    apps = tmp_path / "home" / "apps"
    assert not apps.exists() or list(apps.iterdir()) == []


def test_a_failed_replacement_keeps_what_was_there(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    with pytest.raises(SpecError):
        catalog.add("pets", write(tmp_path, {**pets, "paths": {}}, "worse.json"))
    assert catalog.action("PETS_LIST_PETS").slug


def test_adding_again_replaces(open_catalog: Open, pets: Any, make: Any, tmp_path: Path) -> None:
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    pets["paths"] = {"/cats": {"get": make.operation("List cats")}}
    catalog.add("pets", write(tmp_path, pets))
    assert [a.slug for a in catalog.select(apps=["pets"], everything=True)] == ["PETS_LIST_CATS"]


def folder_of(tmp_path: Path) -> Path:
    return tmp_path / "home" / "apps" / "pets"


HAND_WRITTEN = """
auth_schemes:
  # made by hand
  - name: mine
    auth_mode: API_KEY
    fields: [{name: api_key}]
    proxy: {headers: {X-Mine: "{{api_key}}"}}
"""


def test_adding_again_keeps_what_people_wrote(open_catalog: Open, pets: Any, make: Any, tmp_path: Path) -> None:
    """18b: a scheme written by hand was overwritten, and calls went out without credentials."""
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    file = folder_of(tmp_path) / "integration.yaml"
    file.write_text(file.read_text().replace("name: Toys", "name: Ours") + HAND_WRITTEN)
    (folder_of(tmp_path) / "notes.md").write_text("ours too")
    edited = file.read_text()
    pets["paths"]["/cats"] = {"get": make.operation("List cats")}
    app = catalog.add("pets", write(tmp_path, pets))
    assert (app.name, app.actions, [scheme.name for scheme in app.auth_schemes]) == ("Ours", 2, ["mine"])
    assert file.read_text() == edited  # nothing else to change, so not a letter of it is
    assert (folder_of(tmp_path) / "notes.md").read_text() == "ours too"


def test_what_was_generated_and_not_edited_follows_the_description(keyed: Catalog, pets: Any, tmp_path: Path) -> None:
    file = folder_of(tmp_path) / "integration.yaml"
    file.write_text(file.read_text() + "\n# ours\nimportant: [listPets]\n")
    pets["components"] = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}
    app = keyed.add("pets", write(tmp_path, pets))
    assert [scheme.name for scheme in app.auth_schemes] == ["token"]
    assert "# ours\nimportant: [listPets]\n" in file.read_text()


def test_an_edit_that_the_description_stands_against_is_refused_and_nothing_is_lost(
    keyed: Catalog, pets: Any, tmp_path: Path
) -> None:
    file = folder_of(tmp_path) / "integration.yaml"
    file.write_text(file.read_text().replace("'{{ api_key }}'", "'Token {{ api_key }}'"))
    pets["components"]["securitySchemes"]["key"]["name"] = "X-New"
    before = file.read_text()
    with pytest.raises(InvalidRequest, match=r"auth_schemes\.key: edited.*--keep.*--replace"):
        keyed.add("pets", write(tmp_path, pets))
    assert file.read_text() == before

    def headers() -> Any:
        return keyed.app("pets").auth_schemes[0].proxy.headers

    keyed.add("pets", write(tmp_path, pets), choices=Choices(keep=True))
    assert headers() == {"X-Key": "Token {{ api_key }}"}
    asked: list[str] = []

    def take(one: Conflict) -> bool:
        asked.append(one.path)
        return True

    file.write_text(file.read_text().replace("Token", "Bearer"))
    pets["components"]["securitySchemes"]["key"]["name"] = "X-Newer"
    keyed.add("pets", write(tmp_path, pets), choices=Choices(ask_edit=take))
    assert (headers(), asked) == ({"X-Newer": "{{ api_key }}"}, ["auth_schemes.key"])


def test_replacing_drops_all_edits(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets), auth=["bearer"])
    file = folder_of(tmp_path) / "integration.yaml"
    generated = file.read_text()
    for edited in (generated + "important: [listPets]\n", "not: [valid"):
        file.write_text(edited)
        catalog.add("pets", write(tmp_path, pets), auth=["bearer"], choices=Choices(replace=True))
        assert file.read_text() == generated


def test_a_file_that_is_wrong_is_not_written_over(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    file = folder_of(tmp_path) / "integration.yaml"
    file.write_text(file.read_text() + "colour: blue\n")
    with pytest.raises(ConfigurationError, match="colour"):
        catalog.add("pets", write(tmp_path, pets))
    assert "colour: blue" in file.read_text()


def test_an_app_that_was_added_before_there_were_records_is_not_overwritten(keyed: Catalog, pets: Any, tmp_path: Path) -> None:
    (folder_of(tmp_path) / ".generated.json").unlink()
    file = folder_of(tmp_path) / "integration.yaml"
    file.write_text(file.read_text().replace("X-Key", "X-Mine"))
    with pytest.raises(InvalidRequest, match=r"auth_schemes\.key"):
        keyed.add("pets", write(tmp_path, pets))
    assert "X-Mine" in file.read_text()


def test_what_was_said_when_it_was_added_holds_until_something_else_is_said(
    open_catalog: Open, pets: Any, tmp_path: Path
) -> None:
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets), "https://mine.test", auth=["header:X-Key"])
    again = catalog.add("pets", write(tmp_path, pets))
    assert (again.base_url, again.auth_schemes[0].proxy.headers) == ("https://mine.test", {"X-Key": "{{ api_key }}"})
    again = catalog.add("pets", write(tmp_path, pets), "https://other.test", auth=["bearer"])
    assert (again.base_url, [one.auth_mode for one in again.auth_schemes]) == ("https://other.test", ["BEARER_TOKEN"])


def test_how_it_authenticates_is_asked_where_the_description_does_not_say(
    open_catalog: Open, pets: Any, tmp_path: Path
) -> None:
    catalog = open_catalog({})
    asked: list[str] = []

    def ask() -> list[str]:
        asked.append("once")
        return ["query:key"]

    app = catalog.add("pets", write(tmp_path, pets), choices=Choices(ask_auth=ask))
    assert (app.auth_schemes[0].proxy.query_params, asked) == ({"key": "{{ api_key }}"}, ["once"])
    catalog.add("pets", write(tmp_path, pets), choices=Choices(ask_auth=ask))
    assert asked == ["once"]
    pets["components"] = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    catalog.add("cats", write(tmp_path, pets), choices=Choices(ask_auth=ask))
    assert asked == ["once"]


def test_what_authenticates_instead_of_what_is_declared_serves_every_operation(
    open_catalog: Open, pets: Any, tmp_path: Path
) -> None:
    pets["components"] = {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}}
    pets["security"] = [{"basic": []}]
    [scheme] = open_catalog({}).add("pets", write(tmp_path, pets), auth=["bearer"]).auth_schemes
    assert (scheme.auth_mode, scheme.security) == ("BEARER_TOKEN", ())


def test_what_of_a_description_can_t_be_offered_is_among_its_warnings(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    pets["components"] = {"securitySchemes": {"cert": {"type": "mutualTLS"}}}
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    assert "securitySchemes.cert" in catalog.warnings("pets")[0]


def test_an_interrupted_addition_is_put_back(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    file = folder_of(tmp_path) / "integration.yaml"
    file.write_text(file.read_text() + "important: [listPets]\n")
    # The very moment between moving the old folder aside and the new one in.
    folder_of(tmp_path).rename(folder_of(tmp_path).with_name(".pets.old"))
    assert open_catalog({}).app("pets").key == "pets"
    assert "important: [listPets]" in file.read_text()
    assert [folder.name for folder in folder_of(tmp_path).parent.iterdir()] == ["pets"]


def test_a_removed_app_is_gone(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    catalog = open_catalog({})
    catalog.add("pets", write(tmp_path, pets))
    catalog.remove("PETS")
    with pytest.raises(AppNotFound):
        catalog.app("pets")
    assert catalog.apps() == []
    assert not (tmp_path / "home" / "apps" / "pets").exists()
    with pytest.raises(AppNotFound):
        catalog.remove("pets")


def test_a_broken_added_app_is_an_error_for_itself_alone(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    catalog = open_catalog({"toys": pets})
    catalog.add("pets", write(tmp_path, pets))
    (tmp_path / "home" / "apps" / "pets" / "integration.yaml").write_text("name: Pets\n")
    again = open_catalog({"toys": pets})
    assert [a.key for a in again.apps()] == ["toys"]
    with pytest.raises(ConfigurationError, match="unique_key"):
        again.app("pets")
    again.remove("pets")
    with pytest.raises(AppNotFound):
        again.app("pets")


def test_update_reads_the_url_of_an_added_app_again_and_keeps_what_was_edited(
    open_catalog: Open, pets: Any, make: Any, tmp_path: Path
) -> None:
    served = dict(pets)

    fetch = serving(served)
    catalog = open_catalog({}, fetch=fetch)
    catalog.add("pets", "https://pets.test/openapi.json")
    file = tmp_path / "home" / "apps" / "pets" / "integration.yaml"
    file.write_text(file.read_text().replace("name: Toys", "name: Edited"))
    served["paths"] = {"/cats": {"get": make.operation("List cats")}}
    assert [(app.name, app.actions) for app in catalog.update(["pets"])] == [("Edited", 1)]
    assert catalog.action("PETS_LIST_CATS").slug
    served["paths"] = {}
    with pytest.raises(SpecError):
        catalog.update(["pets"])
    assert open_catalog({}, fetch=fetch).action("PETS_LIST_CATS").slug
    assert [folder.name for folder in file.parent.parent.iterdir()] == ["pets"]


def test_update_lets_the_definition_follow_the_description_and_keeps_edits(
    open_catalog: Open, pets: Any, tmp_path: Path
) -> None:
    served = dict(pets)

    fetch = serving(served)
    catalog = open_catalog({}, fetch=fetch)
    catalog.add("pets", "https://pets.test/openapi.json")
    file = folder_of(tmp_path) / "integration.yaml"
    file.write_text(file.read_text() + HAND_WRITTEN)
    served["components"] = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}
    [app] = catalog.update(["pets"])
    assert [scheme.name for scheme in app.auth_schemes] == ["mine", "token"]
    (folder_of(tmp_path) / ".generated.json").unlink()  # as it was before there were records
    served["components"] = {}
    [app] = catalog.update(["pets"])
    assert [scheme.name for scheme in app.auth_schemes] == ["mine", "token"]


def test_what_two_schemes_share_is_written_twice(open_catalog: Open, pets: Any, tmp_path: Path) -> None:
    scopes = {"chat:write": "Send", "users:read": "List"}
    flow = {"authorizationUrl": "https://pets.test/a", "tokenUrl": "https://pets.test/t", "scopes": scopes}
    pets["components"] = {
        "securitySchemes": {name: {"type": "oauth2", "flows": {"authorizationCode": flow}} for name in ("user", "bot")}
    }
    pets["security"] = [{"user": []}, {"bot": []}]
    file = tmp_path / "pets.json"
    file.write_text(json.dumps(pets))
    app = open_catalog({}).add("pets", str(file))
    assert app.auth_schemes
    assert "&id" not in (tmp_path / "home" / "apps" / "pets" / "integration.yaml").read_text("utf-8")


def test_a_file_is_written_without_aliases() -> None:
    scopes = ["read", "write"]
    assert write_yaml({"a": scopes, "b": scopes}) == "a:\n- read\n- write\nb:\n- read\n- write\n"
