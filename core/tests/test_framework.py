"""What adapters and codecs get from the core: schemas as frameworks require them, results paired with calls."""

from __future__ import annotations

import pytest

from composio.errors import InvalidRequest
from composio.framework import FrameworkAdapter, Invoke, RequestedCall, ToolSpec, pair
from composio.model.call import ToolResult
from composio.testing import Recorder, nested_schema, tool_spec

CALLS = [RequestedCall("APP_1", {}, "c1"), RequestedCall("APP_2", {}, "c2")]


def result(call_id: str | None, n: int = 1) -> ToolResult:
    return ToolResult({"successful": True, "data": n, "error": None}, call_id=call_id)


def test_an_object_schema_names_its_type_and_properties_and_is_its_own() -> None:
    spec = tool_spec({})
    assert spec.object_schema() == {"type": "object", "properties": {}}
    nested = tool_spec(nested_schema())
    nested.object_schema()["properties"]["labels"].clear()
    assert nested.object_schema() == nested_schema()
    assert type(nested.object_schema()) is dict


def test_a_failure_is_raised_as_the_frameworks_own_error_with_the_whole_result() -> None:
    assert result(None).to_json_or_raise(ValueError) == result(None).to_json()
    failed = ToolResult({"successful": False, "data": None, "error": "gone"})
    with pytest.raises(ValueError, match='"error": "gone"') as caught:
        failed.to_json_or_raise(ValueError)
    assert str(caught.value) == failed.to_json()


def test_an_adapter_makes_tools_of_the_class_that_it_names() -> None:
    class Tool:
        def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
            self.spec, self.invoke = spec, invoke

    class Adapter(FrameworkAdapter[Tool]):
        name = "mine"
        tool = Tool

    spec, recorder = tool_spec({}), Recorder()
    made = Adapter().wrap(spec, recorder)
    assert (made.spec, made.invoke) == (spec, recorder)


def test_results_are_paired_by_id_in_the_order_of_the_calls() -> None:
    first, second = result("c1"), result("c2")
    assert [one.call_id for one in pair(CALLS, [second, first])] == ["c1", "c2"]


def test_results_without_ids_are_paired_by_their_place() -> None:
    assert [one["data"] for one in pair(CALLS, [result(None, 1), result(None, 2)])] == [1, 2]


@pytest.mark.parametrize("results", [[], [result("c1")], [result(None)], [result("c1"), result("other")]])
def test_a_call_without_a_result_is_named(results: list[ToolResult]) -> None:
    with pytest.raises(InvalidRequest, match=r"no result for the call 'c[12]' of APP_[12]"):
        pair(CALLS, results)
