"""The damage that the conformance run does is real, means the same, and is fixed."""

from __future__ import annotations

from typing import Any

from composio.schema.repair import repair
from composio.schema.validate import compile_validator
from conformance._damage import WAYS, damages

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "issue_number": {"type": "integer"},
        "state": {"type": "string", "enum": ["in_progress", "closed"]},
        "labels": {"type": "array", "items": {"type": "string"}},
        "since": {"type": "string", "format": "date-time"},
        "on": {"type": "string", "format": "date"},
        "nested": {"type": "object", "properties": {"flag": {"type": "boolean"}}},
        "left_out": {"type": "string"},
    },
    "required": ["issue_number"],
    "additionalProperties": False,
}
WHOLE = {
    "issue_number": 5,
    "state": "in_progress",
    "labels": ["bug"],
    "since": "2024-01-31T12:00:00Z",
    "on": "2024-01-31",
    "nested": {"flag": True},
}


def test_every_way_of_damage_is_put_right_again() -> None:
    validator = compile_validator(SCHEMA)
    found = damages(WHOLE, SCHEMA)
    assert set(found) == {*WAYS, "arguments in a wrapper", "a name in another case", "null for what is left out"}
    for way, options in found.items():
        for make in options:
            damaged = make()
            assert damaged != WHOLE, way
            repaired = repair(damaged, SCHEMA, validator)
            assert validator.is_valid(repaired), (way, damaged)
            if not way.startswith("null"):
                assert repaired == WHOLE, (way, damaged)


def test_what_takes_text_is_not_damaged_by_text() -> None:
    schema = {"properties": {"a": {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "b": {}}}
    assert not set(damages({"a": 5, "b": {"c": 1}}, schema)) & {
        "a number or boolean as text",
        "an object or array as JSON text",
    }
