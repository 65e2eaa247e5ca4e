"""Results: the documented keys, v0.7's spelling of one, and what prints."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from composio.model.call import ToolResult

DONE = {"successful": True, "data": {"n": 1}, "error": None}


@pytest.mark.parametrize("value", [True, False])
def test_v0_7s_spelling_reads_the_documented_key(value: bool) -> None:
    result = ToolResult({**DONE, "successful": value})
    assert result["successfull"] is value
    assert result.get("successfull") is value
    assert result.get("successfull", "default") is value
    assert "successfull" in result


def test_only_the_documented_keys_are_shown() -> None:
    result = ToolResult(DONE)
    assert list(result) == list(DONE)
    assert dict(result) == DONE == {**result}
    assert "successfull" not in f"{result}{result!r}{json.dumps(result)}{result.to_json()}"
    assert copy.copy(result) == result
    assert pickle.loads(pickle.dumps(dict(result))) == DONE


def test_other_names_are_missing_as_in_any_dict() -> None:
    result = ToolResult(DONE)
    with pytest.raises(KeyError, match="succesful"):
        result["succesful"]
    assert result.get("succesful") is None
    assert result.get("succesful", 5) == 5
    assert "succesful" not in result


def test_a_result_without_the_key_lacks_both_spellings() -> None:
    bare = ToolResult({"data": 1})
    assert "successfull" not in bare
    assert bare.get("successfull", 7) == 7
    with pytest.raises(KeyError):
        bare["successfull"]


@pytest.mark.parametrize(
    ("value", "failed"),
    [
        ({"successful": True, "data": 1, "error": None}, False),
        ({"successful": False, "data": None, "error": "404"}, True),
        ({"names": ["a"]}, False),
        ({}, False),
    ],
)
def test_only_what_says_so_failed(value: dict[str, Any], failed: bool) -> None:
    assert ToolResult(value).failed is failed
