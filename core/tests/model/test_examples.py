"""Values for people to look at, of whatever a schema says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.model.examples import make_example

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"type": "string"}, "<x>"),
        ({"type": ["null", "integer"], "minimum": 3}, 3),
        ({"enum": ["a", "b"]}, "a"),
        ({"type": "string", "default": ""}, ""),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"type": "object", "properties": {"a": {"type": "number"}, "b": {}}, "required": ["a"]}, {"a": 1}),
        (None, "<x>"),
    ],
)
def test_a_schema_gives_a_value_of_its_type(schema: Any, made: Any) -> None:
    assert make_example(schema, "x") == made


def test_every_field_is_made_where_all_are_wanted() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "string"}}}
    assert make_example(schema, "", every=True) == {"a": 1, "b": "<b>"}


@given(JSON, st.booleans())
def test_no_schema_raises(schema: Any, every: bool) -> None:
    make_example(schema, "x", every=every)
