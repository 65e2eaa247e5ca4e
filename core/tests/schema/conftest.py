"""Random schemas and values that belong together, for properties that hold for all of them.

Tests ask for the fixtures by name, as test modules can't import each other here.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "$top", "top", "page[size]", "from", "params", "state"])

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.sampled_from(["", "5", "true", "OPEN", "open", "null", '{"a": 1}', "[1]", "x", "é", "007", "[", "1e5"])
    | st.sampled_from(["2024-01-31", "2024/01/31", "2024-01-31 10:00", "2024-01-31T10:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)

_LEAVES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"type": "string"},
        {"type": "integer", "minimum": 1},
        {"type": "number"},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"type": "string", "enum": ["open", "closed"]},
        {"const": "x"},
        {"$ref": "#/$defs/D"},
        {"type": "string", "description": "An <b>html</b> text of some length &amp; more", "default": "x"},
        {"type": "integer", "readOnly": True},
        {"type": "string", "format": "date"},
        {"format": "date-time"},
    ]
)


def _object(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda properties, required, closed: {
            "type": "object",
            "properties": properties,
            "required": [name for name in properties if name in required],
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(NAMES, inner, max_size=4),
        st.sets(NAMES),
        st.booleans(),
    )


SUBSCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _LEAVES,
    lambda inner: (
        _object(inner)
        | inner.map(lambda items: {"type": "array", "items": items})
        | st.lists(inner, min_size=1, max_size=3).map(lambda of: {"anyOf": of})
        | st.lists(inner, min_size=1, max_size=2).map(lambda of: {"oneOf": of})
        | st.lists(inner, min_size=1, max_size=2).map(lambda of: {"allOf": of})
    ),
    max_leaves=8,
)

# A whole schema of arguments, whose one definition may contain itself.
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda root, definition: {**root, "$defs": {"D": definition}}, _object(SUBSCHEMAS), SUBSCHEMAS
).filter(lambda schema: not _is_loop(schema["$defs"]["D"]))


def _is_loop(definition: dict[str, Any]) -> bool:
    """Whether a definition is itself without anything between: no value can be checked against that."""
    if definition.get("$ref"):
        return True
    return any(_is_loop(branch) for keyword in ("anyOf", "oneOf", "allOf") for branch in definition.get(keyword, ()))


@pytest.fixture(scope="session")
def schemas() -> st.SearchStrategy[dict[str, Any]]:
    return SCHEMAS


@pytest.fixture(scope="session")
def values() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(NAMES, JSON, max_size=4)
