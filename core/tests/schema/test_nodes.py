"""Nodes are read once for many schemas, and each of these comes out as if it had been read alone."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from composio.schema.inline import inline
from composio.schema.nodes import Nodes
from composio.schema.prose import PROPERTY_LIMIT
from composio.schema.sizes import size_of

NAMES = ("a", "b", "c", "d")
REFERENCES = st.sampled_from(NAMES).map(lambda name: {"$ref": f"#/$defs/{name}"})
LEAVES = st.one_of(
    REFERENCES,
    st.builds(lambda one, text: {**one, "description": text}, REFERENCES, st.sampled_from(["About it.", ""])),
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "integer", "default": 1},
            {"enum": ["x", "y"]},
            {"type": "string", "description": "A."},
            {},
        ]
    ),
    st.booleans(),
)


def _composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(
            lambda properties, more: {"type": "object", "properties": properties, "required": sorted(properties)[:1], **more},
            st.dictionaries(st.sampled_from(["id", "name", "of", "parts"]), inner, max_size=3),
            st.sampled_from([{}, {"description": "One of them."}, {"readOnly": True}, {"additionalProperties": False}]),
        ),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda parts: {"allOf": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=2)),
    )


SCHEMAS = st.recursive(LEAVES, _composed, max_leaves=8)
OBJECTS = st.dictionaries(st.sampled_from(["id", "name", "body"]), SCHEMAS, max_size=3)


@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, SCHEMAS)),
    st.lists(OBJECTS, min_size=2, max_size=3),
    st.sampled_from([300, 2000, 30_000]),
)
def test_schemas_that_share_nodes_come_out_as_each_alone(
    definitions: dict[str, Any], roots: list[dict[str, Any]], limit: int
) -> None:
    shared = Nodes({"$defs": definitions}, PROPERTY_LIMIT)
    before = copy.deepcopy(definitions)
    for root in roots:
        schema = {"type": "object", "properties": root, "$defs": definitions}
        together = inline(schema, limit=limit, nodes=shared)
        assert together == inline(schema, limit=limit)
        assert list(together) == list(inline(schema, limit=limit))
        _spoil(together)  # whoever gets one may change it
    assert definitions == before


def _spoil(node: Any) -> None:
    if isinstance(node, dict):
        for value in node.values():
            _spoil(value)
        if isinstance(node.get("description"), str):
            node["description"] = "Spoilt."


def test_definitions_that_come_later_are_found() -> None:
    definitions: dict[str, Any] = {"a": {"type": "string"}}
    shared = Nodes({"$defs": definitions}, PROPERTY_LIMIT)
    assert inline({"properties": {"x": {"$ref": "#/$defs/a"}}}, nodes=shared)["properties"] == {"x": {"type": "string"}}
    definitions["b"] = {"type": "integer"}
    assert inline({"properties": {"x": {"$ref": "#/$defs/b"}}}, nodes=shared)["properties"] == {"x": {"type": "integer"}}


@given(SCHEMAS)
def test_a_node_counts_the_bytes_of_what_it_says(schema: Any) -> None:
    if not isinstance(schema, dict):
        return
    node = Nodes({"$defs": {name: {"type": "string"} for name in NAMES}}, PROPERTY_LIMIT).node(schema)
    (own, size), (text, more) = node.own, node.text
    assert size == len(json.dumps(own))
    assert size + more == size_of({**own, "description": text} if text else own)
    assert node.stub[1] == len(json.dumps(node.stub[0]))
