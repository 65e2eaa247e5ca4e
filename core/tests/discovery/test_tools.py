"""The four tools as tools: small, in every framework's shape, for one entity, in both faces."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.errors import ActionNotFound, AppNotFound, InvalidRequest
from composio.framework import NeutralAdapter
from composio.schema.dialect import ANTHROPIC, GEMINI, IDENTIFIERS, OPENAI, OPENAI_STRICT, PLAIN, Dialect
from composio.schema.strict import fillable
from composio.schema.validate import compile_validator

NAMES = [
    "COMPOSIO_SEARCH_TOOLS",
    "COMPOSIO_GET_TOOL_SCHEMAS",
    "COMPOSIO_MULTI_EXECUTE_TOOL",
    "COMPOSIO_MANAGE_CONNECTIONS",
]
SEARCH = {"name": NAMES[0], "arguments": {"queries": [{"use_case": "create a ticket in tracker"}]}}


def test_there_are_four_and_they_are_small(toolset: ComposioToolSet[Any]) -> None:
    tools = toolset.discovery_tools()
    assert [tool["name"] for tool in tools] == NAMES
    # About four characters a token: 800 tokens of o200k_base as they are; the bar is 1,500.
    assert len(json.dumps(tools)) < 4_000
    for tool in tools:
        compile_validator(tool["parameters"])


@pytest.mark.parametrize("dialect", [PLAIN, OPENAI, OPENAI_STRICT, ANTHROPIC, GEMINI, IDENTIFIERS])
def test_every_dialect_leaves_room_for_a_tools_arguments(toolset: ComposioToolSet[Any], dialect: Dialect) -> None:
    class Adapter(NeutralAdapter):
        pass

    Adapter.dialect = dialect

    class Mine(ComposioToolSet[Any]):
        adapter = Adapter()

    tools = Mine(backend=toolset.backend).discovery_tools()
    (execute,) = (tool["parameters"] for tool in tools if tool["name"] == NAMES[2])
    arguments = execute["properties"]["tools"]["items"]["properties"]["arguments"]
    assert arguments["type"] == "object"
    assert "additionalProperties" not in arguments
    # Where a framework closes every object, as CrewAI does, they are JSON text, which is read as well.
    closed = fillable(execute)["properties"]["tools"]["items"]["properties"]["arguments"]
    assert "string" in closed["type"]


def test_making_them_compiles_and_opens_nothing(tmp_path: Path) -> None:
    with ComposioToolSet(home=tmp_path / "home") as toolset:
        toolset.discovery_tools()
    assert not (tmp_path / "home").exists()


def test_the_asynchronous_face_answers_the_same(toolset: ComposioToolSet[Any]) -> None:
    async def run() -> Any:
        tools = await toolset.adiscovery_tools()
        return (await toolset.ahandle_tool_calls(SEARCH, tools=tools))[0]

    found = asyncio.run(run())["data"]["results"][0]["primary_tool_slugs"]
    assert (
        found
        == toolset.handle_tool_calls(SEARCH, tools=toolset.discovery_tools())[0]["data"]["results"][0]["primary_tool_slugs"]
    )


def test_calls_of_one_response_run_beside_others(toolset: ComposioToolSet[Any]) -> None:
    tools = toolset.discovery_tools() + toolset.get_tools(actions=["TRACKER_GET_TICKET"])
    direct = {"name": "TRACKER_GET_TICKET", "arguments": {"ticket_id": "3"}}
    search, got = toolset.handle_tool_calls([SEARCH, direct], tools=tools)
    assert search["data"]["success"]
    assert got["data"]["path"] == "/tickets/3"


def test_without_tools_the_toolset_remembers_what_it_handed_out(toolset: ComposioToolSet[Any]) -> None:
    with pytest.raises(ActionNotFound):
        toolset.get_tools(actions=[NAMES[0]])
    toolset.discovery_tools()
    assert toolset.handle_tool_calls(SEARCH)[0]["successful"]


def test_nobody_is_given_them_unasked(toolset: ComposioToolSet[Any]) -> None:
    (refused,) = toolset.handle_tool_calls(SEARCH)
    assert "was not offered" in refused["error"]
    toolset.get_tools(actions=["TRACKER_GET_TICKET"])
    (refused,) = toolset.handle_tool_calls(SEARCH)
    assert "was not offered" in refused["error"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"apps": ["trackr"]}, AppNotFound),
        ({"actions": ["TRACKER_MAKE_TICKET"]}, ActionNotFound),
        ({"apps": []}, InvalidRequest),
        ({"actions": []}, InvalidRequest),
        ({"app": ["tracker"]}, TypeError),
        ({"redirect_url": "not a URL"}, InvalidRequest),
    ],
)
def test_a_developers_mistake_is_said_at_once(toolset: ComposioToolSet[Any], options: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        toolset.discovery_tools(**options)


def test_they_are_not_stored_between_requests_but_made_again(toolset: ComposioToolSet[Any]) -> None:
    with pytest.raises(InvalidRequest, match="discovery_tools with the same arguments"):
        toolset.save_tools(toolset.discovery_tools())


def test_results_in_files_are_those_of_the_calls_not_of_the_tools(toolset: ComposioToolSet[Any], tmp_path: Path) -> None:
    filing: ComposioToolSet[Any] = ComposioToolSet(backend=toolset.backend, output_folder=tmp_path / "out", output_in_file=True)
    tools = filing.discovery_tools()
    call = {"name": NAMES[2], "arguments": {"tools": [{"tool_slug": "TRACKER_GET_TICKET", "arguments": {"ticket_id": "1"}}]}}
    (result,) = filing.handle_tool_calls(call, tools=tools)
    (one,) = result["data"]["results"]
    assert one["response"]["data"]["message"].startswith("output written to ")
    assert [file.parent.name for file in (tmp_path / "out").rglob("*.json")] == ["TRACKER_GET_TICKET"]
