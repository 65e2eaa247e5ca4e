"""Actions as rows: what is written is read again, and what many of them need is written once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from composio.catalog.rows import DefinitionTexts, decode_action, encode_action, measured_action, text_of
from composio.model.action import ActionModel, HttpBinding, JsonSchema

ITEM = {"type": "string", "description": "é"}


def action(validation: dict[str, Any]) -> ActionModel:
    shown = {key: value for key, value in validation.items() if key != "$defs"}
    return ActionModel(
        slug="SHOP_ADD",
        app="shop",
        display_name="Add",
        description="Adds.",
        parameters=JsonSchema(shown),
        validation=validation,
        binding=HttpBinding(method="POST", path="/items"),
    )


@pytest.mark.parametrize(
    "validation",
    [
        {"type": "object"},
        {"type": "object", "$defs": {}},
        {"type": "object", "$defs": {"item": ITEM, 'a"b': {"enum": [1, None]}}},
        {"$defs": {"item": ITEM}, "type": "object", "additionalProperties": False},
        {"type": "object", "$defs": "none"},
    ],
)
def test_an_action_is_read_as_it_was_written(validation: dict[str, Any]) -> None:
    found = decode_action(encode_action(action(validation)), dict)
    assert found.validation == validation
    assert found == action(validation)


def test_a_definition_is_what_its_own_action_has_though_another_has_one_of_that_name() -> None:
    texts = DefinitionTexts()
    for item in (ITEM, dict(ITEM), {"type": "integer"}, ITEM):
        blob, size = measured_action(action({"type": "object", "$defs": {"item": item}}), texts)
        assert json.loads(text_of(blob))["validation"]["$defs"] == {"item": item}
        assert size == len(text_of(blob).encode())
