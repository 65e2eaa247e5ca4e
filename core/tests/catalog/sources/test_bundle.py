"""Descriptions in several files: what is followed, what is refused, and that nothing else of the catalog is touched."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import SpecSource
from composio.catalog.sources import references
from composio.catalog.sources.bundle import _is_worth_it, bundle
from composio.catalog.sources.references import References
from composio.errors import SourceUnavailable, SpecError

Open = Callable[..., Catalog]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "api"
    found.mkdir()
    return found


def write(folder: Path, **files: Any) -> None:
    """Files by name; ``__`` stands for a slash and ``_yaml`` for the ending."""
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))


def described(make: Any, schema: Any, version: str = "3.0.3", **more: Any) -> Any:
    return make.document({"/pets": {"post": make.operation("Create a pet", requestBody=make.body(schema))}}, version, **more)


def add(catalog: Catalog, folder: Path, name: str = "openapi.json", **more: Any) -> Any:
    catalog.add("pets", str(folder / name), **more)
    return catalog.action("PETS_CREATE_A_PET")


PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "owner": {"$ref": "owner.json"}}}
OWNER = {
    "type": "object",
    "properties": {"phone": {"type": "string"}, "pets": {"type": "array", "items": {"$ref": "pet.json"}}},
}


def test_references_into_the_same_folder_are_followed_from_file_to_file(open_catalog: Open, make: Any, folder: Path) -> None:
    write(folder, openapi=described(make, {"$ref": "./schemas/pet.json"}), schemas__pet=PET, schemas__owner=OWNER)
    action = add(open_catalog({}), folder)
    assert action.parameters["required"] == ["name"]
    assert action.parameters["properties"]["owner"]["properties"]["phone"] == {"type": "string"}
    assert set(action.validation["$defs"]) == {"pet", "owner"}


def test_path_items_parameters_and_fragments_of_other_files_are_read(open_catalog: Open, make: Any, folder: Path) -> None:
    write(
        folder,
        openapi=make.document({"/pets": {"$ref": "paths.json#/pets"}}, components={"schemas": {"Kind": {"enum": ["cat"]}}}),
        paths={
            "pets": {
                "parameters": [{"$ref": "shared/parameters.json#/tenant~1id"}],
                "post": make.operation("Create a pet", requestBody=make.body({"$ref": "shared/schemas.json#/definitions/Pet"})),
            }
        },
        shared__parameters={"tenant/id": {"name": "tenant", "in": "query", "required": True, "schema": {"type": "integer"}}},
        shared__schemas={
            "definitions": {
                "Pet": {"type": "object", "properties": {"kind": {"$ref": "../openapi.json#/components/schemas/Kind"}}},
            }
        },
    )
    action = add(open_catalog({}), folder)
    assert action.parameters["properties"]["kind"] == {"enum": ["cat"]}
    assert action.parameters["required"] == ["tenant"]


def test_a_discriminator_may_name_files(folder: Path, make: Any) -> None:
    mapping = {"cat": "cat.json", "dog": "Dog"}
    schema = {"oneOf": [{"$ref": "cat.json"}], "discriminator": {"propertyName": "kind", "mapping": mapping}}
    write(folder, openapi=described(make, schema), cat={"type": "object"})
    found = local(folder).document["paths"]["/pets"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert found["discriminator"]["mapping"] == {"cat": "#/x-files/cat.json", "dog": "Dog"}


def local(folder: Path, allow: tuple[str, ...] = ()) -> Any:
    source = SpecSource(kind="file", path="openapi.json", allow_refs=allow)

    def read(other: SpecSource) -> bytes:
        try:
            return (folder / other.path).read_bytes()
        except OSError as error:
            raise SourceUnavailable(str(error)) from None

    return bundle((folder / "openapi.json").read_bytes(), References(source, folder, read, "pets"))


def test_a_whole_description_in_one_file_is_left_as_it_is(folder: Path, make: Any) -> None:
    doc = described(make, {"$ref": "#/components/schemas/Pet"}, components={"schemas": {"Pet": PET | {"properties": {}}}})
    write(folder, openapi=doc)
    assert local(folder).document == doc


def test_what_only_looks_like_a_reference_is_left_alone(folder: Path, make: Any) -> None:
    data = {"$ref": "/etc/passwd"}
    schema = {"type": "object", "example": data, "default": data, "x-note": data, "properties": {"$ref": {"type": "string"}}}
    write(folder, openapi=described(make, schema), pet={})
    assert local(folder).document == described(make, schema)


@pytest.mark.parametrize(
    "reference", ["missing.json", "Pet", "./missing.json#/a/b", "pet.json#/not/there", "pet.json#unknown", "#unknown"]
)
def test_a_reference_to_nothing_is_a_warning(open_catalog: Open, make: Any, folder: Path, reference: str) -> None:
    schema = {"type": "object", "properties": {"lost": {"$ref": reference}, "kept": {"type": "string"}}}
    write(folder, openapi=described(make, schema), pet={"type": "object"})
    catalog = open_catalog({})
    assert add(catalog, folder).parameters["properties"]["kept"] == {"type": "string"}
    assert any("leads nowhere" in warning for warning in catalog.warnings("pets"))


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.json",
        "../secret.json#/token",
        "schemas/../../secret.json",
        "%2e%2e/secret.json",
        "/etc/passwd",
        "file:///etc/passwd",
        "file:secret.json",
        "file://localhost/etc/passwd",
        "http://127.0.0.1:9/x.json",
        "http://localhost/x.json",
        "http://[::1]/x.json",
        "http://169.254.169.254/latest/meta-data.json",
        "http://10.0.0.8/x.json",
        "http://2130706433/x.json",
        "http://intranet/x.json",
    ],
)
def test_a_reference_out_of_the_folder_or_into_a_private_network_is_refused(
    open_catalog: Open, make: Any, folder: Path, reference: str
) -> None:
    write(folder.parent, secret={"token": {"const": "hunter2"}})
    write(folder, openapi=described(make, {"$ref": reference}))
    toys = make.document({"/a": {"get": make.operation("A")}})
    catalog = open_catalog({"toys": toys})
    assert catalog.action("TOYS_A").slug
    with pytest.raises(SpecError, match=r"(?s)the reference to .*--allow-ref"):
        catalog.add("pets", str(folder / "openapi.json"))
    assert [app.key for app in catalog.apps()] == ["toys"]
    assert catalog.action("TOYS_A").slug


@pytest.mark.parametrize(
    "reference",
    ["//192.168.1.1/x.json", "data:application/json,{}", "ftp://a.test/x.json", "urn:a:b.c", "http://a.test:port/x.y"],
)
def test_a_reference_that_nobody_could_follow_says_so(open_catalog: Open, make: Any, folder: Path, reference: str) -> None:
    write(folder, openapi=described(make, {"$ref": reference}))
    with pytest.raises(SpecError, match="the reference to"):
        open_catalog({}).add("pets", str(folder / "openapi.json"))


def test_a_link_inside_the_folder_does_not_lead_out_of_it(open_catalog: Open, make: Any, folder: Path) -> None:
    write(folder.parent, secret={"type": "object"})
    (folder / "pet.json").symlink_to(folder.parent / "secret.json")
    write(folder, openapi=described(make, {"$ref": "pet.json"}))
    with pytest.raises(SpecError, match="outside of the description's folder"):
        open_catalog({}).add("pets", str(folder / "openapi.json"))


@pytest.mark.parametrize("allowed", ["{0}", "{0}/shared", "{0}/shared/pet.json"])
@pytest.mark.parametrize("reference", ["../shared/pet.json", "file://{0}/shared/pet.json"])
def test_what_was_allowed_is_followed(
    open_catalog: Open, make: Any, folder: Path, allowed: str, reference: str, tmp_path: Path
) -> None:
    write(tmp_path, shared__pet={"type": "object", "properties": {"name": {"type": "string"}}})
    write(folder, openapi=described(make, {"$ref": reference.format(tmp_path)}))
    action = add(open_catalog({}), folder, allow_refs=[allowed.format(tmp_path)])
    assert set(action.parameters["properties"]) == {"name"}
    with pytest.raises(SpecError, match="--allow-ref"):
        open_catalog({}).add("pets", str(folder / "openapi.json"), allow_refs=[str(tmp_path / "other")])


def test_an_integration_file_may_allow_references(open_catalog: Open, make: Any, folder: Path, tmp_path: Path) -> None:
    write(tmp_path, shared__pet={"type": "object", "properties": {"name": {"type": "string"}}})
    write(folder, openapi=described(make, {"$ref": "../shared/pet.json"}))
    source = SpecSource(kind="file", path=str(folder / "openapi.json"), allow_refs=(str(tmp_path / "shared"),))
    catalog = open_catalog({"pets": {}}, {"pets": {"spec": source}})
    assert set(catalog.action("PETS_CREATE_A_PET").parameters["properties"]) == {"name"}


def test_a_changed_file_that_a_description_refers_to_is_compiled_again(
    open_catalog: Open, make: Any, folder: Path, tmp_path: Path
) -> None:
    write(folder, openapi=described(make, {"$ref": "pet.json"}), pet={"type": "object", "properties": {"old": {}}})
    source = {"pets": {"spec": SpecSource(kind="file", path=str(folder / "openapi.json"))}}
    assert set(open_catalog({"pets": {}}, source).action("PETS_CREATE_A_PET").parameters["properties"]) == {"old"}
    write(folder, pet={"type": "object", "properties": {"new": {}}})
    assert set(open_catalog({"pets": {}}, source).action("PETS_CREATE_A_PET").parameters["properties"]) == {"new"}


def test_files_that_refer_to_each_other_end(open_catalog: Open, make: Any, folder: Path) -> None:
    chain = {f"c{i}": {"type": "object", "properties": {"next": {"$ref": f"c{(i + 1) % 300}.json"}}} for i in range(300)}
    write(folder, openapi=described(make, {"$ref": "c0.json"}), **chain)
    assert len(add(open_catalog({}), folder).validation["$defs"]) == 300


def test_a_file_that_refers_to_itself_alone_means_anything(open_catalog: Open, make: Any, folder: Path) -> None:
    write(folder, openapi=described(make, {"$ref": "a.json"}), a={"$ref": "b.json"}, b={"$ref": "a.json"})
    catalog = open_catalog({})
    assert add(catalog, folder).slug
    assert any("leads nowhere" in warning for warning in catalog.warnings("pets"))


def test_more_files_than_any_description_has_are_refused(
    open_catalog: Open, make: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.catalog.sources.bundle.FILES", 5)
    chain = {f"c{i}": {"properties": {"next": {"$ref": f"c{i + 1}.json"}}} for i in range(9)}
    write(folder, openapi=described(make, {"$ref": "c0.json"}), **chain)
    with pytest.raises(SpecError, match="more than 5 files"):
        open_catalog({}).add("pets", str(folder / "openapi.json"))


def test_a_file_that_is_no_document_is_named(open_catalog: Open, make: Any, folder: Path) -> None:
    write(folder, openapi=described(make, {"$ref": "pet.json"}))
    (folder / "pet.json").write_text("{ not json")
    with pytest.raises(SpecError, match=r"pet\.json: line 1"):
        open_catalog({}).add("pets", str(folder / "openapi.json"))


def test_identifiers_and_anchors_are_resolved(open_catalog: Open, make: Any, folder: Path) -> None:
    schemas = {
        "Pet": {
            "$id": "https://schemas.test/pet",
            "type": "object",
            "$defs": {"Tag": {"$anchor": "tag", "type": "string", "maxLength": 9}, "Id": {"type": "integer"}},
            "properties": {
                "tag": {"$ref": "#tag"},
                "id": {"$ref": "#/$defs/Id"},
                "owner": {"$ref": "owner", "description": "Who has it"},
                "kind": {"$ref": "#/components/schemas/Kind"},
            },
        },
        "Owner": {"$id": "https://schemas.test/owner", "properties": {"pet": {"$ref": "pet"}, "tag": {"$ref": "pet#tag"}}},
        "Kind": {"const": "cat"},
        "Node": {"$dynamicAnchor": "node", "type": "object", "properties": {"next": {"$dynamicRef": "#node"}}},
    }
    schema = {"type": "object", "properties": {"pet": {"$ref": "https://schemas.test/pet"}, "node": {"$ref": "#node"}}}
    write(folder, openapi=described(make, schema, "3.1.0", components={"schemas": schemas}))
    catalog = open_catalog({})
    pet = add(catalog, folder).parameters["properties"]["pet"]["properties"]
    assert pet["tag"] == {"type": "string", "maxLength": 9}
    assert pet["id"] == {"type": "integer"}
    assert pet["owner"]["description"] == "Who has it"
    assert pet["owner"]["properties"]["tag"] == {"type": "string", "maxLength": 9}
    assert pet["kind"] == {"const": "cat"}
    node = add(catalog, folder).parameters["properties"]["node"]["properties"]["next"]
    assert "again" in node["description"]
    assert catalog.warnings("pets") == []


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    """``folder`` on loopback."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/away.json":
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{other.server_port}/pet.json")
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, *args: Any) -> None: ...

    server, other = (ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) for _ in range(2))
    threads = [Thread(target=one.serve_forever) for one in (server, other)]
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    for one in (server, other):
        one.shutdown()
        one.server_close()
    for thread in threads:
        thread.join()


def test_a_description_at_a_url_is_followed_at_its_own_address(
    open_catalog: Open, make: Any, folder: Path, served: str
) -> None:
    write(folder, v1__openapi=described(make, {"$ref": "../schemas/pet.json"}), schemas__pet=PET, schemas__owner=OWNER)
    catalog = open_catalog({})
    catalog.add("pets", f"{served}/v1/openapi.json")
    assert set(catalog.action("PETS_CREATE_A_PET").parameters["properties"]) == {"name", "owner"}
    write(folder, schemas__pet={"type": "object", "properties": {"new": {}}})
    catalog.update(["pets"])
    assert set(catalog.action("PETS_CREATE_A_PET").parameters["properties"]) == {"new"}


def test_a_file_may_refer_to_an_allowed_address(open_catalog: Open, make: Any, folder: Path, served: str) -> None:
    write(folder, openapi=described(make, {"$ref": f"{served}/pet.json"}), pet=PET, owner=OWNER)
    with pytest.raises(SpecError, match="private network"):
        open_catalog({}).add("pets", str(folder / "openapi.json"))
    with pytest.raises(SpecError, match="private network"):
        open_catalog({}).add("pets", str(folder / "openapi.json"), allow_refs=[f"{served}/other", "http://[", f"{served}5"])
    for allowed in (served, f"{served}/pet.json"):
        refs = [allowed, f"{served}/owner.json"]
        assert set(add(open_catalog({}), folder, allow_refs=refs).parameters["properties"]) == {"name", "owner"}


def test_a_url_may_not_refer_to_files_of_this_machine(open_catalog: Open, make: Any, folder: Path, served: str) -> None:
    write(folder, openapi=described(make, {"$ref": (folder / "pet.json").as_uri()}), pet=PET)
    with pytest.raises(SpecError, match="names a file of this machine"):
        open_catalog({}).add("pets", f"{served}/openapi.json")
    with pytest.raises(SpecError, match="names a file of this machine"):
        open_catalog({}).add("pets", f"{served}/openapi.json", allow_refs=[str(folder)])


@pytest.fixture
def public_name(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that looks public when it is asked for, and leads to loopback when it is used."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host in ("pets.test", b"pets.test") else host, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(references, "is_private", lambda host: host != "pets.test")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    return "pets.test"


def test_a_name_that_turns_private_when_it_is_used_is_refused(
    open_catalog: Open, make: Any, folder: Path, served: str, public_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.catalog.sources.fetch.is_private", lambda host: False)
    write(folder, openapi=described(make, {"$ref": f"{served.replace('127.0.0.1', public_name)}/pet.json"}), pet=PET)
    with pytest.raises(SpecError, match="private network"):
        open_catalog({}).add("pets", str(folder / "openapi.json"))


def test_a_redirect_into_a_private_network_is_refused(
    open_catalog: Open, make: Any, folder: Path, served: str, public_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.catalog.sources.fetch.reached_private", lambda server: False)
    monkeypatch.setattr("composio.catalog.sources.fetch.is_private", lambda host: host != public_name)
    write(folder, openapi=described(make, {"$ref": f"{served.replace('127.0.0.1', public_name)}/away.json"}), pet=PET)
    with pytest.raises(SpecError, match=r"127\.0\.0\.1 is an address in a private network"):
        open_catalog({}).add("pets", str(folder / "openapi.json"))


@pytest.mark.parametrize(
    ("text", "is_worth_it"),
    [
        ('{"$ref": "#/a"}', False),
        ("{'$ref' : '#/a'}", False),
        ("a: {$ref: '#/x'}", False),
        ('{"/owners/$ref": {"get": {}}}', False),
        ('{"$ref":"a.json"}', True),
        ("- $ref: a.yaml", True),
        ('{"$ref": "#anchor"}', True),
        ('{"$id": "https://x.example/a"}', True),
    ],
)
def test_only_references_beyond_the_file_are_worth_a_walk_through_it(text: str, is_worth_it: bool) -> None:
    assert _is_worth_it(text.encode()) is is_worth_it
