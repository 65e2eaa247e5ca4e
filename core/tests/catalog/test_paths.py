"""Paths that tell operations apart by their query or by what a placeholder may hold, sent and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from composio.engine.arguments import Checker
from composio.engine.build import Target, build
from composio.model.action import ActionModel, HttpBinding
from composio.testing import FakeUpstream
from composio.testing.exchange import Request

TEXT = {"type": "string"}


def target(action: ActionModel, **arguments: Any) -> str:
    assert isinstance(action.binding, HttpBinding)
    checked = Checker().check(action, arguments)
    return build(action, action.binding, checked, Target()).url.raw_path.decode().removeprefix("/v1")


def actions(make: Any, paths: Mapping[str, Any], method: str = "get") -> dict[str, ActionModel]:
    document = make.document(
        {path: {method: make.operation(f"Op {i}", **more)} for i, (path, more) in enumerate(paths.items())}
    )
    return {found.action.slug.rpartition("_")[2]: found.action for found in make.load(document)}


def query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {**TEXT, **schema}}


def in_path(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {**TEXT, **schema}}


def test_a_quotation_mark_behind_a_path_is_a_slip(make: Any) -> None:
    found = actions(make, {'/x"': {}, '/y"': {}, "/y": {}, '/z/{id}" ': {"parameters": [in_path("id")]}})
    sent = {name: target(action, **({"id": "1"} if name == "3" else {})) for name, action in found.items()}
    assert sent == {"0": "/x", "1": "/y%22", "2": "/y", "3": "/z/1"}


def test_paths_that_differ_by_a_query_are_operations_of_their_own(make: Any) -> None:
    found = actions(
        make,
        {
            "/x?action=a": {"parameters": [query("page"), query("action", enum=["a"])]},
            "/x?action=b": {"parameters": [query("size")]},
            "/x": {"parameters": [query("action")]},
            "/x?flag": {},
            "/x?action={what}&to={to}": {"parameters": [in_path("what", pattern="^c"), in_path("to")]},
        },
    )
    assert len({action.slug for action in found.values()}) == 5
    assert set(found["0"].parameters["properties"]) == {"page"}
    sent = {
        "0": target(found["0"], page="2"),
        "1": target(found["1"], size="3"),
        "2": target(found["2"]),
        "3": target(found["3"]),
        "4": target(found["4"], what="c d", to="x&y"),
    }
    assert sent == {
        "0": "/x?action=a&page=2",
        "1": "/x?action=b&size=3",
        "2": "/x",
        "3": "/x?flag",
        "4": "/x?action=c%20d&to=x%26y",
    }
    api = FakeUpstream([(action, []) for action in found.values()])
    for text in sent.values():
        assert api.answer(Request("GET", text)).status == 204
    assert [received.slug for received in api.requests] == [found[number].slug for number in sent]
    assert api.requests[-1].arguments == {"what": "c d", "to": "x&y"}


def test_a_query_that_no_path_has_is_told(make: Any) -> None:
    api = FakeUpstream([(action, []) for action in actions(make, {"/x?action=a": {}, "/x?action=b": {}}).values()])
    assert api.answer(Request("GET", "/x?action=c")).status == 404
    assert api.answer(Request("POST", "/x?action=a")).status == 405
    assert "near are /x?action=" in api.violations[0]


@pytest.mark.parametrize("written", ["{+name}", "{*name}", "{name:path}", "{name:.*}", "{name*}"])
def test_a_placeholder_that_says_so_may_hold_slashes(make: Any, written: str) -> None:
    [action] = actions(make, {f"/files/{written}/info": {"parameters": [in_path("name")]}}).values()
    expected = "a%2Fb%20c" if written == "{name*}" else "a/b%20c"
    assert target(action, name="a/b c") == f"/files/{expected}/info"
    assert action.binding.path == "/files/{name}/info"  # type: ignore[union-attr]


def test_open_placeholders_are_told_apart_by_their_patterns(make: Any) -> None:
    found = actions(
        make,
        {
            "/{+name}": {"parameters": [in_path("name", pattern="^projects/[^/]+$")]},
            "/{+name}#2": {"parameters": [in_path("name", pattern="^projects/[^/]+/jobs/[^/]+$")]},
            "/{+name}/items": {"parameters": [in_path("name")]},
            "/{+name}:run": {"parameters": [in_path("name")]},
        },
    )
    api = FakeUpstream([(action, []) for action in found.values()])
    for number, path in enumerate(("/projects/p", "/projects/p/jobs/j", "/projects/p/items", "/projects/p:run")):
        assert api.answer(Request("GET", path)).status == 204
        assert api.requests[-1].slug == found[str(number)].slug
    assert api.answer(Request("GET", "/elsewhere")).status == 422


def test_operations_at_one_place_are_told_apart_by_what_fits(make: Any) -> None:
    """As Amazon's descriptions have them: `/#Action=...`, with a parameter that has one value."""
    paths = {
        f"/#Action={a}": {"parameters": [{**query("Action", enum=[a]), "required": True}, query(f"{a}Id")]}
        for a in ("Add", "Del")
    }
    found = actions(make, paths)
    api = FakeUpstream([(action, []) for action in found.values()])
    for number, text in (("1", target(found["1"], DelId="3")), ("0", target(found["0"], AddId="4"))):
        assert api.answer(Request("GET", text)).status == 204
        assert api.requests[-1].slug == found[number].slug


def test_discoverys_open_paths_are_told_apart(make: Any) -> None:
    from composio.catalog.importers import discovery

    def method(identifier: str, pattern: str) -> dict[str, Any]:
        name = {"location": "path", "required": True, "type": "string", "pattern": pattern}
        return {"id": identifier, "path": "v1/{+name}", "httpMethod": "GET", "parameters": {"name": name}}

    document = {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "name": "toys",
        "version": "v1",
        "rootUrl": "https://toys.test/",
        "servicePath": "",
        "resources": {
            "projects": {"methods": {"get": method("toys.projects.get", "^projects/[^/]+$")}},
            "folders": {"methods": {"get": method("toys.folders.get", "^folders/[^/]+$")}},
        },
    }
    found = [one.action for one in discovery.load(document, make.definition())]
    api = FakeUpstream([(action, []) for action in found])
    for path in ("/v1/folders/f", "/v1/projects/p"):
        assert api.answer(Request("GET", path)).status == 204
    assert [received.slug for received in api.requests] == ["TOYS_FOLDERS_GET", "TOYS_PROJECTS_GET"]
