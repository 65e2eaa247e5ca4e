"""Actions as rows: what is written is read again, and what many of them need is written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.rows import Definitions, decode_action, measured_action, pack, text_of, unpack
from composio.model.action import ActionModel, HttpBinding, JsonSchema
from tests.peers.described import stored

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
        {"type": "object", "$defs": {"item": {"default": [float("1e300"), 10**30, "\ud800", "\x00"]}}},
    ],
)
def test_an_action_is_read_as_it_was_written(validation: dict[str, Any]) -> None:
    found = stored(action(validation))
    assert found.validation == validation
    assert found == action(validation)


def read(shared: Definitions) -> Callable[[Sequence[str]], Mapping[str, Any]]:
    return lambda names: {name: unpack(shared.packed[name]) for name in names}


def test_a_definition_is_what_its_own_action_has_though_another_has_one_of_that_name() -> None:
    shared = Definitions()
    items = (ITEM, dict(ITEM), {"type": "integer"}, ITEM, {"type": "null"})
    for item in items:
        definitions = {"item": item, "item#2": {"type": "boolean"}, "other": ITEM}
        blob, size = measured_action(action({"type": "object", "$defs": definitions}), shared)
        assert decode_action(blob, dict, read(shared)).validation["$defs"] == definitions
        assert size == len(text_of(blob).encode()) + sum(len(text_of(pack(one)).encode()) for one in definitions.values())
    assert len(shared.packed) == 5  # "item" means three schemas


def test_what_json_does_not_know_is_text() -> None:
    assert unpack(pack({"when": date(2026, 1, 2), "where": Path("a/b"), "what": (1, float("inf"))})) == {
        "when": "2026-01-02",
        "where": "a/b",
        "what": [1, float("inf")],
    }
