"""Overlays: what is merged, what is taken out, and what is said where that can't be."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import SpecSource
from composio.catalog.sources.overlay import actions_in, apply
from composio.errors import SpecError

DOCUMENT = {
    "info": {"title": "Toys"},
    "paths": {
        "/a": {"get": {"summary": "A", "tags": ["x"], "parameters": [{"name": "one"}, {"name": "two"}, {"name": "three"}]}},
        "/b": {"get": {"summary": "B"}, "post": {"summary": "C"}},
    },
}


def changed(*actions: dict[str, Any]) -> tuple[Any, list[str]]:
    document = copy.deepcopy(DOCUMENT)
    missed = apply(document, actions, "integration.yaml")
    return document, missed


def test_objects_are_merged_by_their_members() -> None:
    found, missed = changed({"target": "$.paths['/a'].get", "update": {"summary": "New", "x-more": {"y": 1}}})
    assert found["paths"]["/a"]["get"] == {**DOCUMENT["paths"]["/a"]["get"], "summary": "New", "x-more": {"y": 1}}  # type: ignore[index]  # of JSON values
    assert missed == []


def test_lists_are_joined_and_a_list_that_is_the_target_gets_one_item_more() -> None:
    found, _ = changed(
        {"target": "$.paths['/a'].get", "update": {"tags": ["y"]}},
        {"target": "$.paths['/a'].get.tags", "update": "z"},
    )
    assert found["paths"]["/a"]["get"]["tags"] == ["x", "y", "z"]


def test_every_place_that_a_target_means_is_changed_by_itself() -> None:
    found, _ = changed(
        {"target": "$.paths.*.get", "update": {"x": {"list": []}}}, {"target": "$.paths['/a'].get.x.list", "update": 1}
    )
    assert found["paths"]["/a"]["get"]["x"] == {"list": [1]}
    assert found["paths"]["/b"]["get"]["x"] == {"list": []}


def test_items_of_a_list_are_taken_out_by_what_they_are() -> None:
    found, _ = changed({"target": "$.paths['/a'].get.parameters[?@.name != 'two']", "remove": True})
    assert found["paths"]["/a"]["get"]["parameters"] == [{"name": "two"}]


def test_an_operation_is_taken_out_and_an_update_beside_remove_does_nothing() -> None:
    found, _ = changed({"target": "$.paths['/b'].post", "remove": True, "update": {"summary": "no"}})
    assert list(found["paths"]["/b"]) == ["get"]


def test_a_target_that_is_not_there_is_told() -> None:
    found, missed = changed({"target": "$.paths['/gone']", "update": {}}, {"target": "$.paths['/gone'].get", "remove": True})
    assert found == DOCUMENT
    assert missed == ["$.paths['/gone']", "$.paths['/gone'].get"]


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ({"target": "paths", "update": {}}, "begins with"),
        ({"target": "$.[", "update": {}}, "no JSONPath"),
        ({"target": "$.info.title", "update": {"a": 1}}, "text, into which"),
        ({"target": "$.info", "update": "text"}, "an object, into which"),
        ({"target": "$", "remove": True}, "whole description"),
    ],
)
def test_what_can_t_be_done_says_why(action: dict[str, Any], problem: str) -> None:
    with pytest.raises(SpecError, match=problem) as caught:
        changed(action)
    assert "integration.yaml" in str(caught.value)
    assert action["target"] in str(caught.value)


@pytest.mark.parametrize(
    "overlay", [None, [], {"actions": []}, {"overlay": "2.0"}, {"overlay": "1.0.0", "actions": [{"update": 1}]}]
)
def test_what_is_no_overlay_says_what_is_expected(overlay: Any) -> None:
    with pytest.raises(SpecError, match=r"fix\.yaml: expected"):
        actions_in(overlay, "fix.yaml")


@pytest.fixture
def corrected(open_catalog: Callable[..., Catalog], make: Any) -> Callable[..., Catalog]:
    document = make.document({"/a": {"get": make.operation("A", parameters=[{"name": "q", "in": "query", "schema": {}}])}})

    def build(overlay: Any) -> Catalog:
        return open_catalog({"toys": document}, {"toys": {"spec": SpecSource(kind="file", path="toys.json", overlay=overlay)}})

    return build


FIX = {"target": "$.paths['/a'].get", "update": {"summary": "Find things"}}


def test_an_app_is_compiled_from_the_corrected_description(corrected: Callable[..., Catalog]) -> None:
    catalog = corrected((FIX, {"target": "$.paths['/gone']", "remove": True}))
    assert list(catalog.action("TOYS_FIND_THINGS").parameters["properties"]) == ["q"]
    assert catalog.warnings("toys") == ["integration.yaml: spec.overlay: nothing in the description is $.paths['/gone']"]


def test_an_overlay_may_be_a_file_whose_change_compiles_the_app_again(
    corrected: Callable[..., Catalog], tmp_path: Path
) -> None:
    file = tmp_path / "specs" / "fix.yaml"
    file.parent.mkdir()
    file.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": [FIX]}))
    assert corrected("fix.yaml").action("TOYS_FIND_THINGS").slug == "TOYS_FIND_THINGS"
    file.write_text(file.read_text().replace("Find things", "Seek things"))
    assert corrected("fix.yaml").action("TOYS_SEEK_THINGS").slug == "TOYS_SEEK_THINGS"
