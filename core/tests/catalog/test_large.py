"""Operations with large bodies: their definitions are small, and what these say in words is called and checked as before."""

from __future__ import annotations

import gc
import json
import weakref
from typing import Any

import pytest

from composio.engine.arguments import Checker
from composio.errors import InvalidArguments
from composio.schema.dialect import ANTHROPIC, GEMINI, OPENAI, OPENAI_STRICT
from composio.schema.shape import shape

TEXT = {"type": "string", "description": "What it is, told at some length."}
LINES = {
    "type": "object",
    "required": ["line0"],
    "properties": {f"line{i}": {**TEXT, "maxLength": 40 + i} for i in range(12)},
}
SETTINGS = {
    "type": "object",
    "properties": {
        **{
            f"option_{i}": {
                "type": "object",
                "properties": {"mode": {"enum": ["off", f"mode_{i}"]}, **dict.fromkeys("xyz", TEXT)},
            }
            for i in range(20)
        },
        "limits": {"type": "object", "properties": {"most": {"type": "integer", "maximum": 9}}, "required": ["most"]},
    },
}
KINDS = [
    {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": [f"kind_{i}"]}, "token": TEXT, **dict.fromkeys("abcd", TEXT)},
        "required": ["kind", "token"],
    }
    for i in range(20)
]
BODY = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": TEXT,
        **{f"address_{i}": {"allOf": [LINES], "description": f"Address {i}."} for i in range(6)},
        "settings": SETTINGS,
        "way": {"oneOf": KINDS},
    },
}


@pytest.mark.parametrize("dialect", [OPENAI, OPENAI_STRICT, ANTHROPIC, GEMINI])
def test_a_large_body_has_a_definition_below_8_kb_that_says_what_it_asks_for(make: Any, dialect: Any) -> None:
    action = make.one(make.operation("Create a thing", requestBody=make.body(BODY))).action
    assert len(json.dumps(action.validation)) > 15_000
    shown = shape(action.parameters, dialect)
    assert len(json.dumps({"name": action.slug, "description": action.description, "parameters": shown})) < 8 * 1024
    text = json.dumps(shown)
    assert all(f"mode_{i}" in text for i in range(20))
    assert all(f"kind_{i}" in text for i in range(20))
    assert all(said in text for said in ("line0", "most", "token", "51", "9"))


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"settings": {"option_7": {"mode": "mode_7"}, "limits": {"most": 9}}}, None),
        ({"way": {"kind": "kind_3", "token": "t", "a": "b"}}, None),
        ({"address_3": {"line0": "here"}}, None),
        ({"settings": {"option_7": {"mode": "mode_8"}}}, "settings.option_7.mode"),
        ({"settings": {"limits": {}}}, "settings.limits"),
        ({"settings": {"limits": {"most": 10}}}, "settings.limits.most"),
        ({"address_3": {"line1": "here"}}, "address_3"),
        ({"address_3": {"line0": "x" * 41}}, "address_3.line0"),
    ],
)
def test_what_is_said_in_words_is_checked_like_the_rest(make: Any, arguments: dict[str, Any], problem: str | None) -> None:
    action = make.one(make.operation("Create a thing", requestBody=make.body(BODY))).action
    given = {"id": "1", **arguments}
    if problem is None:
        assert Checker().check(action, given) == given
    else:
        with pytest.raises(InvalidArguments, match=problem):
            Checker().check(action, given)


class Document(dict[str, Any]):
    """A document that can be watched."""


def test_a_document_goes_without_the_collector_once_it_was_read(make: Any) -> None:
    tree = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Tree"}, "name": TEXT}}
    paths = {"/trees": {"post": make.operation("Create a tree", requestBody=make.body({"$ref": "#/components/schemas/Tree"}))}}
    document = Document(make.document(paths, components={"schemas": {"Tree": tree}}))
    watched = weakref.ref(document)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        found = make.load(document)
        del document
        assert found
        assert watched() is None
    finally:
        if was_enabled:
            gc.enable()
