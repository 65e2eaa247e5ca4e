"""Servers that a description moves or should not name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import SpecSource
from composio.catalog.importers.servers import is_foreign, origin
from composio.errors import ServerMoved, SpecError
from composio.model.app import Provenance
from composio.model.operating import Choices

Open = Callable[..., Catalog]
URL = "https://pets.test/openapi.json"


class Site:
    """Serves the description of pets, and counts as many connections as it is told to."""

    def __init__(self, doc: dict[str, Any]) -> None:
        self.doc, self.connections = doc, 0

    def fetch(self, source: SpecSource, **more: Any) -> Any:
        if source.kind == "url":
            return SimpleNamespace(data=json.dumps(self.doc).encode(), provenance=Provenance(f"url:{source.url}"))
        from composio.catalog.sources.fetch import fetch

        return fetch(source, **more)

    def connected(self, app: str) -> int:
        return self.connections if app == "pets" else 0

    def move(self, *urls: str) -> None:
        self.doc["servers"] = [{"url": url} for url in urls]


@pytest.fixture
def site(make: Any) -> Site:
    return Site(make.document({"/pets": {"get": make.operation("List pets")}}))


@pytest.fixture
def catalog(open_catalog: Open, site: Site) -> Catalog:
    made = open_catalog({}, fetch=site.fetch, connected=site.connected)
    made.add("pets", URL)
    return made


def server(catalog: Catalog) -> str:
    return catalog.action("PETS_LIST_PETS").binding.servers[0].url  # type: ignore[union-attr]  # an HTTP app


def test_an_update_that_moves_the_server_of_connections_is_refused_and_says_which(catalog: Catalog, site: Site) -> None:
    site.connections = 2
    site.move("https://evil.test/v1")
    with pytest.raises(ServerMoved, match="--accept-server") as caught:
        catalog.update(["pets"])
    assert (caught.value.old, caught.value.new, caught.value.connections) == (
        ("https://api.toys.test",),
        ("https://evil.test",),
        2,
    )
    for part in ("https://api.toys.test", "https://evil.test", "2 connections were"):
        assert part in str(caught.value)
    assert server(catalog) == "https://api.toys.test/v1"


def test_it_is_accepted_where_that_is_said_or_answered(catalog: Catalog, site: Site) -> None:
    site.connections = 1
    site.move("https://new.test/v1")
    asked: list[ServerMoved] = []

    def answer(said: bool) -> Callable[[ServerMoved], bool]:
        def give(moved: ServerMoved) -> bool:
            asked.append(moved)
            return said

        return give

    with pytest.raises(ServerMoved):
        catalog.update(["pets"], choices=Choices(ask_server=answer(False)))
    catalog.update(["pets"], choices=Choices(ask_server=answer(True)))
    assert server(catalog) == "https://new.test/v1"
    assert [one.new for one in asked] == [("https://new.test",)] * 2
    catalog.update(["pets"])  # known from now on
    site.move("https://newer.test/v1")
    catalog.update(["pets"], choices=Choices(accept_server=True))
    assert server(catalog) == "https://newer.test/v1"


@pytest.mark.parametrize("url", ["https://api.toys.test/v2", "https://api.toys.test:443/v1", "https://API.toys.test/v1"])
def test_the_same_server_is_no_move(catalog: Catalog, site: Site, url: str) -> None:
    site.connections = 1
    site.move(url)
    catalog.update(["pets"])
    assert server(catalog) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.toys.test/v1",
        "https://api.toys.test:8443/v1",
        "https://api.toys.test.evil.test",
        "https://toys.test@evil.test",
    ],
)
def test_another_port_or_no_encryption_is_one(catalog: Catalog, site: Site, url: str) -> None:
    site.connections = 1
    site.move(url)
    with pytest.raises(ServerMoved):
        catalog.update(["pets"])


def test_without_connections_nothing_is_asked(catalog: Catalog, site: Site) -> None:
    site.move("https://new.test/v1")
    catalog.update(["pets"])
    assert server(catalog) == "https://new.test/v1"


def test_one_operations_own_server_is_a_move_too(catalog: Catalog, site: Site, make: Any) -> None:
    site.connections = 1
    site.doc["paths"]["/cats"] = {"get": make.operation("List cats", servers=[{"url": "https://evil.test"}])}
    with pytest.raises(ServerMoved, match=r"https://evil\.test"):
        catalog.update(["pets"])


def test_so_is_an_endpoint_that_gets_the_tokens(catalog: Catalog, site: Site) -> None:
    flow = {"authorizationUrl": "https://id.toys.test/authorize", "tokenUrl": "https://id.toys.test/token", "scopes": {}}
    site.doc["components"] = {"securitySchemes": {"oauth": {"type": "oauth2", "flows": {"authorizationCode": flow}}}}
    catalog.update(["pets"])
    site.connections = 1
    flow["tokenUrl"] = "https://evil.test/token"
    with pytest.raises(ServerMoved, match=r"https://evil\.test"):
        catalog.update(["pets"])
    assert catalog.app("pets").auth_schemes[0].extra["token_url"] == "https://id.toys.test/token"


def test_adding_again_asks_as_well_unless_the_server_is_named(catalog: Catalog, site: Site) -> None:
    site.connections = 1
    site.move("https://new.test/v1")
    with pytest.raises(ServerMoved):
        catalog.add("pets", URL)
    assert catalog.add("pets", URL, "https://mine.test").base_url == "https://mine.test"


def test_what_the_developer_edits_is_no_move(catalog: Catalog, site: Site, open_catalog: Open, tmp_path: Path) -> None:
    site.connections = 1
    file = tmp_path / "home" / "apps" / "pets" / "integration.yaml"
    file.write_text(f"{file.read_text()}\nproxy: {{base_url: 'https://mine.test'}}\n")
    assert server(open_catalog({}, fetch=site.fetch, connected=site.connected)) == "https://mine.test"


def test_a_description_that_is_read_from_its_url_each_time_can_t_move_either(
    open_catalog: Open, site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "home" / "apps" / "pets"
    folder.mkdir(parents=True)
    file = folder / "integration.yaml"
    file.write_text(f"name: Pets\nunique_key: pets\nspec: {{url: '{URL}'}}\n")
    assert server(open_catalog({}, fetch=site.fetch, connected=site.connected)) == "https://api.toys.test/v1"
    site.connections = 3
    site.move("https://evil.test")
    file.write_text(f"{file.read_text()}important: [listPets]\n")  # compiled anew without having been asked for
    again = open_catalog({}, fetch=site.fetch, connected=site.connected)
    assert server(again) == "https://api.toys.test/v1"
    assert "https://evil.test" in caplog.text
    with pytest.raises(ServerMoved):
        again.update(["pets"])
    again.update(["pets"], choices=Choices(accept_server=True))
    assert server(again) == "https://evil.test"


# Servers inside


def judge(url: str, by: str) -> str:
    return f"{url} is not on the public internet, and it was named by {by}." if "10." in url or "localhost" in url else ""


def test_a_description_that_names_a_private_server_is_refused_and_says_what_helps(open_catalog: Open, site: Site) -> None:
    site.move("http://10.0.0.5/v1")
    catalog = open_catalog({}, fetch=site.fetch, judge=judge)
    with pytest.raises(SpecError, match=r"http://10\.0\.0\.5 .*the description of pets.*--base-url"):
        catalog.add("pets", URL)
    assert [app.key for app in catalog.apps()] == []
    assert catalog.add("pets", URL, "http://10.0.0.5/v1").base_url == "http://10.0.0.5/v1"


def test_an_update_to_one_is_refused_too(open_catalog: Open, site: Site) -> None:
    catalog = open_catalog({}, fetch=site.fetch, judge=judge)
    catalog.add("pets", URL)
    site.move("http://localhost:9200")
    with pytest.raises(SpecError, match="localhost:9200"):
        catalog.update(["pets"])
    assert server(catalog) == "https://api.toys.test/v1"


def test_a_single_operations_private_server_is_said(open_catalog: Open, site: Site, make: Any) -> None:
    for n in range(3):
        site.doc["paths"][f"/{n}"] = {"get": make.operation(f"Get {n}")}
    site.doc["paths"]["/cats"] = {"get": make.operation("List cats", servers=[{"url": "http://10.0.0.5"}])}
    catalog = open_catalog({}, fetch=site.fetch, judge=judge)
    catalog.add("pets", URL)
    assert any("http://10.0.0.5" in line for line in catalog.warnings("pets"))


def test_an_endpoint_for_tokens_inside_is_refused(open_catalog: Open, site: Site) -> None:
    flow = {"tokenUrl": "https://10.0.0.5/token", "scopes": {}}
    site.doc["components"] = {"securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}}}
    catalog = open_catalog({}, fetch=site.fetch, judge=judge)
    with pytest.raises(SpecError, match=r"OAuth endpoint https://10\.0\.0\.5"):
        catalog.add("pets", URL)
    # Whoever says it themselves is trusted.
    catalog.add("pets", URL, auth=["oauth2:https://10.0.0.5/token"])


@pytest.mark.parametrize(
    ("url", "spec", "base", "foreign"),
    [
        ("https://api.pets.test/v1", SpecSource(kind="url", url=URL), None, True),
        ("https://pets.test:8443/v1", SpecSource(kind="url", url=URL), None, False),  # where the user got it from
        ("http://localhost:3000", SpecSource(kind="url", url=URL), None, True),
        ("http://localhost:3000", SpecSource(kind="url", url="http://127.0.0.1:8000/openapi.json"), None, False),
        ("http://169.254.169.254", SpecSource(kind="url", url="http://127.0.0.1:8000/openapi.json"), None, True),
        ("http://127.0.0.1:3000", SpecSource(kind="file", path="x.json"), None, False),
        ("http://0.0.0.0:3000", SpecSource(kind="file", path="x.json"), None, False),
        ("http://10.0.0.5", SpecSource(kind="file", path="x.json"), None, True),
        ("http://10.0.0.5", SpecSource(kind="file", path="x.json"), "http://10.0.0.5/v2", False),
        ("http://127.0.0.1:3000", SpecSource(kind="file", path="x.json", url=URL), None, True),
        ("https://api.pets.test", SpecSource(kind="npm", package="pets"), None, False),
        ("http://metadata.google.internal", SpecSource(kind="npm", package="pets"), None, True),
        ("http://169.254.169.254", SpecSource(kind="pip", package="pets"), None, True),
    ],
)
def test_whose_word_a_server_is(make: Any, url: str, spec: SpecSource, base: str | None, foreign: bool) -> None:
    assert is_foreign(url, make.definition(spec=spec, base_url=base)) is foreign


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://A.test/x", "https://a.test"),
        ("https://a.test:443", "https://a.test"),
        ("http://a.test:443/", "http://a.test:443"),
        ("https://user@a.test", "https://a.test"),
        ("/v1", ""),
        ("https://{region}.a.test", "https://{region}.a.test"),
    ],
)
def test_origins(url: str, expected: str) -> None:
    assert origin(url) == expected
