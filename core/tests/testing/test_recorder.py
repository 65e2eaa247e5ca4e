"""The recorder behind an adapter's tools answers both ways, remembers each call, and is never copied."""

from __future__ import annotations

import asyncio
import copy

import pytest

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.action import FunctionBinding, JsonSchema
from composio.testing import Recorder, tool_spec


def test_it_remembers_what_it_was_asked_and_how() -> None:
    recorder = Recorder()
    recorder({"n": 1}, call_id="c1")
    asyncio.run(recorder.acall('{"n": 2}'))
    assert (recorder.asked, recorder.call_ids) == ([{"n": 1}, '{"n": 2}'], ["c1", None])
    assert recorder.modes == ["sync", "async"]


@pytest.mark.parametrize("result", [None, {"successful": False, "data": None, "error": "404"}, {"names": ["a"]}])
def test_it_answers_with_its_result_as_a_backend_does(result: dict[str, object] | None) -> None:
    recorder = Recorder(result)
    for answer in (recorder({}, call_id="c1"), asyncio.run(recorder.acall({}, call_id="c1"))):
        assert answer == (result or {"successful": True, "data": {"login": "é"}, "error": None})
        assert (answer.call_id, answer.tool) == ("c1", "APP_DO")


def test_a_call_of_a_kind_that_the_framework_does_not_make_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="only async ones"):
        Recorder(only="async")({})
    with pytest.raises(AssertionError, match="only sync ones"):
        asyncio.run(Recorder(only="sync").acall({}))
    waits = Recorder(only="async")
    asyncio.run(waits.acall({}))
    assert waits.modes == ["async"]


def test_a_copy_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="can't be copied"):
        copy.deepcopy({"run": Recorder()})


def test_a_spec_has_what_it_was_given_and_keeps_a_schema_as_it_is() -> None:
    schema = JsonSchema({"type": "object", "properties": {}})
    spec = tool_spec(schema, name="APP_OTHER", description="Else.", binding=FunctionBinding("module:do"))
    assert (spec.name, spec.description, spec.action.slug) == ("APP_OTHER", "Else.", "APP_OTHER")
    assert spec.parameters is schema
    assert spec.action.binding == FunctionBinding("module:do")
    assert tool_spec().parameters == {"type": "object", "properties": {"n": {"type": "integer", "default": 5}}}


def test_an_adapter_takes_both() -> None:
    class Adapter(FrameworkAdapter[Invoke]):
        name = "plain"

        def wrap(self, spec: ToolSpec, invoke: Invoke) -> Invoke:
            return invoke

    recorder = Recorder()
    Adapter().wrap(tool_spec(), recorder)({"n": 1})
    assert recorder.asked == [{"n": 1}]
