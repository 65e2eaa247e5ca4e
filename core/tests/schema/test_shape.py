"""A provider gets only names and lengths that it takes."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.schema.dialect import PLAIN, Dialect
from composio.schema.inline import inline
from composio.schema.shape import shape, shortened

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "$top": {"type": "integer", "description": "How many."},
        "from": {"type": "string"},
        "filter": {"type": "array", "items": {"type": "object", "properties": {"page[size]": {}}, "required": ["page[size]"]}},
    },
    "required": ["$top", "from"],
}


def test_keys_and_required_names_change_together_at_every_depth() -> None:
    shaped = shape(SCHEMA)
    assert list(shaped["properties"]) == ["top", "from", "filter"]
    assert shaped["required"] == ["top", "from"]
    inner = shaped["properties"]["filter"]["items"]
    assert list(inner["properties"]) == ["page_size"]
    assert inner["required"] == ["page_size"]


def test_an_alias_tells_the_real_name() -> None:
    shaped = shape(SCHEMA, Dialect(identifiers=True))
    assert shaped["properties"]["top"]["description"] == "Sent as '$top'. How many."
    assert shaped["properties"]["from_"]["description"] == "Sent as 'from'."


def test_descriptions_are_cut_between_words() -> None:
    shaped = shape({"type": "object", "description": "word " * 50, "properties": {}}, Dialect(description_limit=32))
    assert shaped["description"] == "word word word word word word…"
    assert shortened("x" * 40, 10) == "x" * 9 + "…"
    assert shortened("xyz", 1) == "x"


def test_a_property_called_description_is_a_property() -> None:
    schema = {"type": "object", "properties": {"description": {"type": "string", "enum": ["x" * 50]}}}
    assert shape(schema, Dialect(description_limit=5)) == schema


def test_the_input_is_not_changed() -> None:
    shaped = shape(SCHEMA)
    shaped["properties"]["filter"]["items"]["required"].append("x")
    assert SCHEMA["properties"]["filter"]["items"]["required"] == ["page[size]"]
    assert "top" not in SCHEMA["properties"]


def _keys(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {key for child in schema for key in _keys(child)}
    if not isinstance(schema, dict):
        return set()
    inner = schema.get("properties") or {}
    own = set(inner)
    rest = [child for keyword, child in schema.items() if keyword in ("items", "anyOf", "oneOf", "allOf")]
    return own | _keys([*inner.values(), *rest])


@given(st.data())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_key_fits(schemas: Any, data: st.DataObject) -> None:
    shown = inline(data.draw(schemas))
    for dialect in (PLAIN, Dialect(identifiers=True)):
        for key in _keys(shape(shown, dialect)):
            assert re.fullmatch(dialect.key_pattern, key)
            assert key.isidentifier() or not dialect.identifiers
