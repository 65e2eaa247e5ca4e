"""Google Discovery: each construct of its own, down to the request that goes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml

from composio.catalog.catalog import Catalog
from composio.catalog.importers import Imported
from composio.catalog.importers.discovery import load, outline
from composio.catalog.importers.scopes import by_privilege
from composio.engine.arguments import route
from composio.engine.build import Target, build
from composio.engine.files import attach
from composio.errors import InvalidArguments, SpecError
from composio.model.action import HttpBinding, Server
from tests.peers.described import binding, stored

Open = Callable[..., Catalog]

SHARED = {
    name: {"type": "string", "location": "query", "description": f"About {name}."}
    for name in ("$.xgafv", "access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint", "quotaUser")
}
FILE: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "size": {"type": "string", "format": "int64"}},
}
UPLOAD = {
    "accept": ["*/*"],
    "maxSize": "5TB",
    "protocols": {"simple": {"multipart": True, "path": "/upload/toys/v1/files"}},
}


def method(path: str = "things", verb: str = "GET", **more: Any) -> dict[str, Any]:
    return {"id": "toys.things.do", "path": path, "httpMethod": verb, "response": {"$ref": "File"}, **more}


def discovery(things: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "name": "toys",
        "version": "v1",
        "title": "Toys API",
        "rootUrl": "https://toys.test/",
        "servicePath": "toys/v1/",
        "parameters": SHARED,
        "schemas": {"File": FILE},
        "resources": {"things": {"methods": things or {}}},
        **more,
    }


@pytest.fixture
def one(make: Any) -> Callable[..., Imported]:
    """The only method of a document that has ``node``; ``more`` goes into the document."""

    def read(node: Any, **more: Any) -> Imported:
        [found] = load(discovery({"do": node}, **more), make.definition())
        return found

    return read


def sent(imported: Imported, base_url: str | None = None, **arguments: Any) -> httpx.Request:
    """The request for ``arguments``, which fit the action's schema, as it is after it was stored."""
    action = stored(imported.action)
    jsonschema_rs.validator_for(dict(action.validation)).validate(arguments)
    action = route(action, arguments)
    assert isinstance(action.binding, HttpBinding)
    if action.binding.body is not None:
        arguments = attach(action.slug, action.binding.body, arguments, None, 1_000_000)
    request = build(action, action.binding, arguments, Target(base_url=base_url))
    request.read()
    return request


def text(name: str, **more: Any) -> dict[str, Any]:
    return {name: {"type": "string", "location": "query", **more}}


def in_path(name: str, **more: Any) -> dict[str, Any]:
    return {name: {"type": "string", "location": "path", "required": True, **more}}


def test_resources_nest_at_any_depth_and_a_document_may_have_methods_of_its_own(make: Any) -> None:
    inner: dict[str, Any] = {"methods": {"get": {"path": "deep", "httpMethod": "GET", "id": "toys.a.get"}}}
    for level in range(9):
        inner = {"resources": {f"level{level}": inner}}
    doc = discovery(resources=inner["resources"], methods={"top": {"path": "top", "httpMethod": "GET"}})
    found = {i.action.slug: i.action for i in load(doc, make.definition())}
    assert found.keys() == {"TOYS_TOP", "TOYS_A_GET"}
    assert found["TOYS_A_GET"].tags == ("level0",)
    assert found["TOYS_A_GET"].version == "v1"


def test_a_method_is_named_by_its_id_and_found_by_it(make: Any) -> None:
    methods = {"list": method(id="toys.things.list", description="Lists things.")}
    [found] = load(discovery(methods), make.definition(important=("toys.things.list",), aliases={"TOYS_ALL": "GET /things"}))
    action = found.action
    assert (action.slug, action.display_name, action.description) == ("TOYS_THINGS_LIST", "toys.things.list", "Lists things.")
    assert action.important
    assert set(action.aliases) == {"TOYS_ALL", "TOYS_TOYS_THINGS_LIST"}


def test_methods_that_share_a_path_are_all_there(make: Any) -> None:
    methods = {
        name: method("v1/{+name}", verb, id=f"toys.{name}", parameters=in_path("name"))
        for name, verb in {"getA": "GET", "getB": "GET", "delete": "DELETE", "getC": "GET"}.items()
    }
    found = list(load(discovery(methods), make.definition()))
    assert [i.action.slug for i in found] == ["TOYS_GET_A", "TOYS_DELETE", "TOYS_GET_B", "TOYS_GET_C"]
    assert {binding(i).path for i in found} == {"/v1/{name}"}
    assert [sent(i, name="a/b").method for i in found] == ["GET", "DELETE", "GET", "GET"]


def test_even_methods_of_one_id_and_path_are_told_apart(make: Any) -> None:
    methods = {f"m{n}": method() for n in range(5)}
    assert len({i.action.slug for i in load(discovery(methods), make.definition())}) == 5


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("projects/p/locations/eu", "/toys/v1/projects/p/locations/eu:cancel"),
        ("projects/a b?x=1#y", "/toys/v1/projects/a%20b%3Fx%3D1%23y:cancel"),
        ("users/ü@x.test", "/toys/v1/users/%C3%BC%40x.test:cancel"),
    ],
)
def test_a_reserved_expansion_keeps_slashes_and_nothing_else(one: Any, value: str, path: str) -> None:
    found = one(method("{+name}:cancel", "POST", parameters=in_path("name")))
    assert sent(found, name=value).url.raw_path.decode() == path


@pytest.mark.parametrize(
    "value", ["a/../b", "../a", "a/./b", "/a", "a//b", "a/", "//evil.test/a", "", "a/..", "a/%2e%2e/b", "a\\..\\b"]
)
@pytest.mark.parametrize("template", ["{+name}", "v1/{+name}"])
def test_a_reserved_expansion_leads_nowhere_else(one: Any, template: str, value: str) -> None:
    with pytest.raises(InvalidArguments, match="name: expected"):
        sent(one(method(template, parameters=in_path("name"))), name=value)


def test_a_simple_expansion_stays_in_its_segment(one: Any) -> None:
    found = one(method("files/{id}", parameters=in_path("id")))
    assert sent(found, id="a/b").url.raw_path == b"/toys/v1/files/a%2Fb"


def test_of_the_parameters_of_every_method_only_fields_is_shown(one: Any) -> None:
    assert one(method(parameters=text("key"))).action.parameters["properties"].keys() == {"key", "fields"}
    without = {k: v for k, v in method().items() if k != "response"}
    assert one(without).action.parameters["properties"] == {}


def test_parameters_have_their_types_bounds_defaults_and_may_repeat(one: Any) -> None:
    parameters = {
        **text("max", type="integer", format="uint32", minimum="1", maximum="500", default="100"),
        **text("deep", type="boolean", default="false"),
        **text("ratio", type="number", format="double", minimum="0.5"),
        **text("count", format="int64", pattern="^[0-9]+$"),
        **text("labels", repeated=True, description="Which."),
        **text("any", type="any"),
    }
    found = one(method(parameters=parameters))
    shown = found.action.validation["properties"]
    assert shown["max"] == {"type": "integer", "format": "uint32", "minimum": 1, "maximum": 500, "default": 100}
    assert shown["deep"] == {"type": "boolean", "default": False}
    assert shown["ratio"] == {"type": "number", "format": "double", "minimum": 0.5}
    assert shown["count"] == {"type": "string", "format": "int64", "pattern": "^[0-9]+$"}
    assert shown["labels"] == {"type": "array", "items": {"type": "string"}, "description": "Which."}
    assert shown["any"] == {}
    assert sent(found, labels=["a", "b c"], deep=True, count="7").url.query == b"deep=true&count=7&labels=a&labels=b%20c"


def test_what_the_values_of_an_enum_mean_is_said_and_none_is_lost(one: Any) -> None:
    node = {
        "enum": ["", "ALL", "OLD", "OLDER"],
        "enumDescriptions": ["", "Everything. Really all of it.", "The old way", "Deprecated: no more"],
        "enumDeprecated": [False, False, True, True],
        "description": "Which ones.",
    }
    [shown] = [one(method(parameters=text("view", **node))).action.validation["properties"]["view"]]
    assert shown["enum"] == ["", "ALL", "OLD", "OLDER"]
    said = "Which ones.\n- ALL: Everything\n- OLD: Deprecated. The old way\n- OLDER: Deprecated: no more"
    assert shown["description"] == said
    many = {"enum": [f"V{n}" for n in range(99)], "enumDescriptions": ["What it means " * 20] * 99}
    [long] = [one(method(parameters=text("view", **many))).action.validation["properties"]["view"]]
    assert len(long["enum"]) == 99
    assert len(long["description"]) < 700


def test_a_path_parameter_with_a_default_need_not_be_given(one: Any) -> None:
    found = one(method("users/{userId}/mail", parameters=in_path("userId", default="me")))
    assert "required" not in found.action.validation
    assert found.action.parameters["properties"]["userId"] == {"type": "string", "default": "me"}
    assert sent(found).url.path == "/toys/v1/users/me/mail"
    assert sent(found, userId="ada").url.path == "/toys/v1/users/ada/mail"


def test_the_apps_own_default_wins(make: Any) -> None:
    doc = discovery({"do": method("users/{userId}", parameters=in_path("userId", default="me"))})
    [found] = load(doc, make.definition(defaults={"userId": "ada"}))
    assert sent(found).url.path == "/toys/v1/users/ada"


def test_a_request_is_flattened_read_only_left_out_and_what_the_method_needs_required(one: Any) -> None:
    toy = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "annotations": {"required": ["toys.things.do", "toys.things.patch"]}},
            "id": {"type": "string", "annotations": {"required": ["toys.things.patch"]}},
            "state": {"type": "string", "readOnly": True},
            "owner": {"$ref": "Person", "description": "Whose.", "readOnly": True},
            "parts": {"type": "array", "items": {"$ref": "Toy"}},
            "when": {"type": "string", "format": "google-datetime"},
            "notes": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    more = {"schemas": {"Toy": toy, "Person": {"type": "object", "properties": {"name": {"type": "string"}}}, "File": FILE}}
    node = method("things/{name}", "POST", parameters=in_path("name"), request={"$ref": "Toy"})
    found = one(node, **more)
    assert found.warnings == ()
    assert found.action.validation["properties"].keys() == {"name", "fields", "body_name", "id", "parts", "when", "notes"}
    assert sorted(found.action.validation["required"]) == ["body_name", "name"]
    assert found.action.validation["properties"]["when"] == {"type": "string", "format": "date-time"}
    assert '"$ref"' not in json.dumps(found.action.parameters)
    request = sent(found, name="a", body_name="b", parts=[{"parts": [{"name": "x"}]}])
    assert json.loads(request.content) == {"name": "b", "parts": [{"parts": [{"name": "x"}]}]}
    with pytest.raises(jsonschema_rs.ValidationError):
        sent(found, name="a", body_name="b", state="DONE")


def test_a_request_without_anything_to_say_is_no_argument(one: Any) -> None:
    empty = {"type": "object", "properties": {"state": {"type": "string", "readOnly": True}}}
    found = one(method(verb="POST", request={"$ref": "Empty"}), schemas={"Empty": empty, "File": FILE})
    assert found.action.parameters["properties"].keys() == {"fields"}
    assert sent(found).content == b""


def test_a_request_of_free_form_is_kept(one: Any) -> None:
    request = {"type": "object", "additionalProperties": {"type": "any", "description": "Properties of the object."}}
    assert json.loads(sent(one(method(verb="POST", request=request)), body={"a": [1]}).content) == {"a": [1]}


def test_metadata_and_file_go_up_as_one_related_body(one: Any) -> None:
    found = one(method("files", "POST", request={"$ref": "File"}, mediaUpload=UPLOAD))
    shown = found.action.parameters["properties"]["file"]
    assert (shown["type"], shown["format"]) == ("string", "binary")
    assert shown["description"].startswith("Content to upload, at most 5TB. A file: its path")
    request = sent(found, name="a.png", fields="id", file="data:image/png;base64,AAEC")
    assert str(request.url) == "https://toys.test/upload/toys/v1/files?fields=id&uploadType=multipart"
    kind, _, boundary = request.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/related"
    first, second = request.content.split(f"--{boundary}".encode())[1:3]
    assert first == b'\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{"name":"a.png"}\r\n'
    assert second == b"\r\nContent-Type: image/png\r\n\r\n\x00\x01\x02\r\n"
    assert request.content.endswith(f"--{boundary}--\r\n".encode())


def test_without_a_file_the_same_method_goes_its_plain_way(one: Any) -> None:
    request = sent(one(method("files", "POST", request={"$ref": "File"}, mediaUpload=UPLOAD)), name="a")
    assert str(request.url) == "https://toys.test/toys/v1/files"
    assert request.content == b'{"name":"a"}'


def test_an_app_may_hide_the_file(make: Any) -> None:
    node = method("files", "POST", request={"$ref": "File"}, mediaUpload=UPLOAD)
    [found] = load(discovery({"do": node}), make.definition(hide=("file", "fields")))
    assert found.action.parameters["properties"].keys() == {"name", "size"}
    assert binding(found).upload is None


def test_an_upload_follows_a_base_url_of_its_own(one: Any) -> None:
    found = one(method("files", "POST", request={"$ref": "File"}, mediaUpload=UPLOAD))
    for base in ("http://127.0.0.1:8", "http://127.0.0.1:8/toys/v1/"):
        assert sent(found, base, file="data:,x").url.path == "/upload/toys/v1/files"


def test_a_file_alone_is_the_body_and_then_it_is_needed(one: Any) -> None:
    upload = {**UPLOAD, "accept": ["application/pdf", "text/*"]}
    node = method("files", "PUT", mediaUpload=upload, parameters=text("file"))
    found = one(node)
    assert found.action.validation["required"] == ["media"]
    assert "application/pdf, text/*" in found.action.validation["properties"]["media"]["description"]
    request = sent(found, media="data:text/csv,a", file="name")
    assert str(request.url) == "https://toys.test/upload/toys/v1/files?file=name&uploadType=media"
    assert (request.headers["content-type"], request.content) == ("text/csv", b"a")
    assert sent(found, media="data:image/png,a").headers["content-type"] == "application/pdf"
    images = one(method("files", "PUT", mediaUpload={**UPLOAD, "accept": ["image/jpeg", "image/png"]}))
    assert sent(images, file="data:image/png,a").headers["content-type"] == "image/png"
    assert sent(images, file="data:,a").headers["content-type"] == "image/jpeg"


def test_what_a_file_says_as_well_is_not_required_beside_it(one: Any) -> None:
    mail = {"type": "object", "properties": {"raw": {"type": "string", "annotations": {"required": ["toys.things.do"]}}}}
    found = one(method("m", "POST", request={"$ref": "Mail"}, mediaUpload=UPLOAD), schemas={"Mail": mail, "File": FILE})
    assert "required" not in found.action.validation


def test_a_download_brings_the_content_where_that_is_all_and_else_on_demand(one: Any, make: Any) -> None:
    both = one(method(supportsMediaDownload=True))
    assert sent(both).url.query == b""
    assert sent(both, alt="media").url.query == b"alt=media"
    assert binding(both).accept == ("application/json", "*/*")
    only = {k: v for k, v in method(supportsMediaDownload=True).items() if k != "response"}
    assert sent(one(only)).url.query == b"alt=media"
    assert one(only).action.parameters["properties"] == {}
    [export] = load(discovery({"exportTcx": method(supportsMediaDownload=True)}), make.definition())
    assert sent(export).url.query == b"alt=media"


def test_a_version_of_the_api_is_a_header(one: Any) -> None:
    found = one(method(apiVersion="2026-11-01"))
    assert sent(found).headers["x-goog-api-version"] == "2026-11-01"
    assert found.action.parameters["properties"].keys() == {"fields"}


def test_the_least_scope_is_chosen_and_all_are_kept(make: Any) -> None:
    base = "https://www.googleapis.com/auth/toys"
    every = [base, f"{base}.appdata", f"{base}.readonly"]
    methods = {
        "list": method(id="toys.list", scopes=every),
        "make": method(id="toys.make", scopes=[base, "https://www.googleapis.com/auth/cloud-platform"]),
        "open": method(id="toys.open"),
    }
    found = {i.action.slug: i.action for i in load(discovery(methods), make.definition())}
    assert found["TOYS_LIST"].scopes == (f"{base}.readonly",)
    assert {s for (s,) in found["TOYS_LIST"].scope_alternatives} == set(every)
    assert found["TOYS_MAKE"].scopes == (base,)
    assert found["TOYS_OPEN"].scopes == ()
    assert stored(found["TOYS_LIST"]).scope_alternatives == found["TOYS_LIST"].scope_alternatives


@pytest.mark.parametrize(
    ("offered", "least"),
    [
        (["mail", "modify", "readonly", "metadata"], "readonly"),
        (["mail", "modify", "compose", "send"], "send"),
        (["mail", "modify"], "modify"),
        (["mail", "addons.current.action"], "mail"),
        (["devices.read_only", "devices.full"], "devices.read_only"),
    ],
)
def test_least_is_what_opens_least_and_still_all_that_is_asked_for(offered: list[str], least: str) -> None:
    ranks = by_privilege("toys", [offered, ["mail"], ["mail", "modify"], ["mail", "modify", "compose"], ["readonly", "mail"]])
    assert min(offered, key=ranks.__getitem__) == least


def test_the_outline_has_what_an_added_app_needs() -> None:
    scopes = {"https://toys.test/auth": {"description": "All toys"}}
    found = outline(discovery(auth={"oauth2": {"scopes": scopes}}))
    assert found["info"]["title"] == "Toys API"
    assert found["servers"] == [{"url": "https://toys.test/toys/v1/"}]
    assert found["components"]["securitySchemes"].keys() == {"oauth2", "key"}


@pytest.mark.parametrize("name", ["toys.json", "toys.yaml"])
def test_it_is_added_from_json_and_yaml(open_catalog: Open, tmp_path: Path, name: str) -> None:
    doc = discovery({"do": method(description="Does it.")})
    file = tmp_path / name
    file.write_text(json.dumps(doc) if name.endswith("json") else yaml.safe_dump(doc))
    catalog = open_catalog({})
    app = catalog.add("toys", str(file))
    assert [s.auth_mode for s in app.auth_schemes] == ["API_KEY"]
    action = catalog.action("TOYS_THINGS_DO")
    assert isinstance(action.binding, HttpBinding)
    assert action.binding.servers == (Server("https://toys.test/toys/v1/"),)
    assert (tmp_path / "home" / "apps" / "toys" / "discovery.json").is_file()


def test_one_without_methods_and_the_list_of_apis_are_refused(open_catalog: Open, tmp_path: Path) -> None:
    file = tmp_path / "toys.json"
    file.write_text(json.dumps(discovery()))
    with pytest.raises(SpecError, match=r"toys\.json: toys: .*no operations"):
        open_catalog({}).add("toys", str(file))
    file.write_text(json.dumps({"kind": "discovery#directoryList", "discoveryVersion": "v1", "items": []}))
    with pytest.raises(SpecError, match=r"toys\.json: .*list of Google's APIs"):
        open_catalog({}).add("toys", str(file))


@pytest.mark.parametrize("odd", [7, None, "x", [], [7], {"a": 7}, {"a": None}, {"$ref": 7}, {"type": 7, "enum": 7}])
@pytest.mark.parametrize(
    "key", ["parameters", "scopes", "request", "response", "mediaUpload", "schemas", "auth", "id", "description", "servicePath"]
)
def test_nonsense_in_one_place_costs_nothing_else(make: Any, key: str, odd: Any) -> None:
    doc = discovery({"odd": {**method(), key: odd}, "put": method(verb="PUT", id="toys.put"), "no": odd}, **{key: odd})
    assert "TOYS_PUT" in {i.action.slug for i in load(doc, make.definition())}
