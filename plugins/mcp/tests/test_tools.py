"""Actions as MCP's tools: their names and hints, lists in pages, results as text and as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.model.action import ActionModel, Body, FunctionBinding, GraphqlOperation, HttpBinding, JsonSchema
from composio.model.call import Outcome, ToolCall
from composio.schema.validate import compile_validator
from composio_mcp.annotations import annotate
from composio_mcp.tools import FRESH_SECONDS, Lists, answer, list_tools


def http(slug: str = "ACME_DO", method: str = "GET", *, tags: Sequence[str] = (), graphql: str = "") -> ActionModel:
    body = Body("application/json", "graphql", graphql=GraphqlOperation("do", graphql)) if graphql else None
    return ActionModel(
        slug=slug, app="acme", display_name="Do", tags=tuple(tags), binding=HttpBinding(method=method, path="/", body=body)
    )


def hints(action: ActionModel) -> dict[str, Any]:
    return annotate(action).model_dump(exclude_none=True, exclude={"title", "open_world_hint"})


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (http(method="GET"), {"read_only_hint": True}),
        (http(method="head"), {"read_only_hint": True}),
        (http("ACME_REPLACE", "PUT"), {"read_only_hint": False, "destructive_hint": True, "idempotent_hint": True}),
        (http("ACME_CHANGE", "PATCH"), {"read_only_hint": False, "destructive_hint": True, "idempotent_hint": False}),
        (http("ACME_DELETE", "DELETE"), {"read_only_hint": False, "destructive_hint": True, "idempotent_hint": True}),
        (http("ACME_CREATE_ISSUE", "POST"), {"read_only_hint": False, "destructive_hint": False, "idempotent_hint": False}),
        # A POST that says neither may do anything: clients then take the worst.
        (http("ACME_RUN", "POST"), {"read_only_hint": False, "idempotent_hint": False}),
        (http("SLACK_CHAT_DELETE", "POST"), {"read_only_hint": False, "destructive_hint": True, "idempotent_hint": False}),
        (http("ACME_CREATE_OR_REPLACE", "POST"), {"read_only_hint": False, "destructive_hint": True, "idempotent_hint": False}),
        (http("ACME_USER", "POST", graphql="query user { user"), {"read_only_hint": True}),
        (
            http("ACME_ISSUE_CREATE", "POST", graphql="mutation m { m"),
            {"read_only_hint": False, "destructive_hint": False, "idempotent_hint": False},
        ),
        (http("ACME_SEARCH", "POST", tags=["readOnlyHint"]), {"read_only_hint": True}),
        (
            http("ACME_RUN", "POST", tags=["destructiveHint", "idempotentHint"]),
            {"read_only_hint": False, "destructive_hint": True, "idempotent_hint": True},
        ),
    ],
    ids=lambda value: value.slug if isinstance(value, ActionModel) else "",
)
def test_hints_follow_from_method_name_and_tags(action: ActionModel, expected: dict[str, Any]) -> None:
    assert hints(action) == expected
    assert annotate(action).open_world_hint


def test_of_a_function_nothing_is_claimed() -> None:
    action = ActionModel(slug="MINE", app="mine", binding=FunctionBinding(reference="here:mine"))
    assert annotate(action).model_dump(exclude_none=True) == {}


@settings(max_examples=15)
@given(st.lists(st.text("AB_1", min_size=55, max_size=90).map("A{}".format), unique=True, max_size=4))
def test_names_are_at_most_64_long_and_each_leads_to_its_action(slugs: list[str]) -> None:
    listed = list_tools([http(slug) for slug in slugs])
    names = [tool.name for tool in listed.tools]
    assert len(set(names)) == len(slugs)
    assert all(len(name) <= 64 for name in names)
    assert [listed.offers[name].slug for name in names] == slugs


def test_schemas_are_objects_and_keep_what_the_action_says() -> None:
    schema = JsonSchema(type="object", properties={"$top": {"type": "integer", "description": "How many."}}, required=["$top"])
    (tool,) = list_tools([http(), http()][:1]).tools
    assert tool.input_schema == {"type": "object", "properties": {}}
    action = ActionModel(slug="A", app="a", parameters=schema, binding=HttpBinding(method="GET", path="/"))
    listed = list_tools([action])
    (alias,) = listed.tools[0].input_schema["properties"]
    assert listed.offers["A"].spelling == {"$top": alias}
    assert listed.tools[0].input_schema["required"] == [alias]
    assert listed.tools[0].output_schema is None


def test_two_actions_of_one_name_are_told_apart_or_refused() -> None:
    with pytest.raises(InvalidRequest, match="would both be the tool"):
        list_tools([http("acme_do"), http("ACME_DO")])


def test_many_tools_come_in_pages_that_leave_none_out() -> None:
    listed = list_tools([http(f"ACME_{number}") for number in range(601)])
    cursor, seen = None, []
    while True:
        page, cursor = listed.page(cursor)
        seen += [tool.name for tool in page]
        if cursor is None:
            break
    assert seen == [f"ACME_{number}" for number in range(601)]
    assert len(listed.page(None)[0]) == 250


@pytest.mark.parametrize("cursor", ["", "x", "ä", "LTE=", "OTk5OTk5OTk5OQ==", "NjAy", "MS41"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        list_tools([http()]).page(cursor)


class _Counted:
    instructions, has_output_schemas = "", False

    def __init__(self, key: str) -> None:
        self.key, self.asked = key, 0

    async def actions(self) -> Sequence[ActionModel]:
        self.asked += 1
        return [http()]

    async def run(self, call: ToolCall, action: ActionModel) -> Outcome:
        raise AssertionError

    def find_file(self, named: Any) -> None:
        raise AssertionError


def test_a_list_is_made_anew_when_it_is_old_or_anothers() -> None:
    now = [0.0]
    lists, mine, other = Lists(lambda: now[0]), _Counted("mine"), _Counted("other")

    async def ask() -> None:
        await lists.of(mine)
        await lists.of(other)

    anyio.run(ask)
    anyio.run(ask)
    assert (mine.asked, other.asked) == (1, 1)
    now[0] = FRESH_SECONDS
    anyio.run(ask)
    assert (mine.asked, other.asked) == (2, 2)


@pytest.mark.parametrize("data", [None, [1, 2], "text", {"a": float("nan")}, {"at": object}, {"deep": [{"x": "ü"}]}])
def test_text_and_data_say_the_same_whatever_a_tool_gives(data: Any) -> None:
    made = answer(Outcome(successful=True, data=data).result())
    assert json.loads(made.content[0].text) == made.structured_content  # type: ignore[union-attr]
    json.dumps(made.model_dump(mode="json"), allow_nan=False)


def test_more_of_a_list_is_told_with_the_arguments_that_give_it() -> None:
    made = answer(Outcome(successful=True, data=[1], more={"next": {"page": 2}}).result())
    assert made.structured_content["data"] == {"items": [1], "_more": {"next": {"page": 2}}}


THING = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}


@pytest.mark.parametrize(
    ("response", "data"),
    [
        ({}, {}),
        (THING, {"anyOf": [THING, {}]}),
        ({"$ref": "#/$defs/T", "$defs": {"T": THING}}, {"anyOf": [{"$ref": "#/$defs/T"}, {}]}),
        # What would mean something else inside of another schema is left out.
        ({"type": "object", "properties": {"a": {"$ref": "#"}}}, {}),
        ({"$ref": "#/$defs/T", "$defs": {"T": {"items": [{"$ref": "#/properties/a"}]}}}, {}),
    ],
)
def test_what_results_are_like_is_listed_on_request(response: dict[str, Any], data: dict[str, Any]) -> None:
    action = replace(http(), response=JsonSchema(response))
    (plain,) = list_tools([action]).tools
    assert plain.output_schema is None
    (told,) = list_tools([action], has_output_schemas=True).tools
    assert told.output_schema is not None
    assert told.output_schema["properties"]["data"] == data
    validator = compile_validator(told.output_schema)
    for result in ({"id": 1}, {"id": "x"}, [1], None, "text"):  # APIs answer otherwise than they say
        assert validator.is_valid({"successful": True, "data": result, "error": None})
    assert not validator.is_valid({"successful": 1, "data": None, "error": None})
