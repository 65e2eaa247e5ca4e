"""Bytes are those that ``json.dumps`` writes, with the encoder in C and without it."""

from __future__ import annotations

import json
from json import encoder
from typing import Any

import pytest

from composio.schema import sizes

VALUES = [
    None,
    True,
    0,
    -1.5,
    1e300,
    10**30,
    "",
    'a"b\\\n',
    "ü😀",
    [],
    {},
    [1, [2, {"a": []}]],
    {"a": {"b": "c"}, "d": [None]},
    {1: 2},
    (1, 2),
    float("inf"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("in_c", [True, False])
def test_sizes_are_those_of_json(value: Any, in_c: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not in_c:
        monkeypatch.setattr(encoder, "c_make_encoder", None)
    monkeypatch.setattr(sizes, "_encode", sizes._encoder())
    assert sizes.encode(value) == json.dumps(value)
    assert sizes.size_of(value) == len(json.dumps(value))


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        sizes.size_of({"a": object()})
