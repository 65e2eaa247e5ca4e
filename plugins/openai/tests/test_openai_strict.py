"""Strict tools over both APIs: what the model must fill in comes back as what it meant."""

from __future__ import annotations

import json
from typing import Any, Literal

import openai
import pytest

from composio.testing import Calls, Say, ScriptedModel
from composio_openai import ComposioToolSet, action

SEEN: list[dict[str, Any]] = []


@action(toolname="order")
def order(item: str, count: int = 1, note: str = "none") -> str:
    """Order something.

    :param item: What to order.
    :param count: How many.
    """
    SEEN.append({"item": item, "count": count, "note": note})
    return "ordered"


@action(toolname="store")
def store(values: dict[str, int]) -> str:
    """Store some numbers."""
    return "stored"


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_strict_tool_is_asked_for_where_the_schema_has_that_form(api: Literal["chat", "responses"], home: Any) -> None:
    with ComposioToolSet(api=api, strict=True, home=home) as toolset:
        tools = toolset.get_tools(actions=[order, store])
    ordering, storing = [tool.get("function", tool) for tool in tools]
    assert ordering["strict"] is True
    assert ordering["parameters"]["required"] == ["item", "count", "note"]
    assert ordering["parameters"]["properties"]["count"]["type"] == ["integer", "null"]
    assert "default: 1" in ordering["parameters"]["properties"]["count"]["description"]
    assert not storing.get("strict")
    assert storing["parameters"]["properties"]["values"]["additionalProperties"] == {"type": "integer"}


def test_null_is_left_out_on_the_way_back(home: Any) -> None:
    SEEN.clear()
    call = {"name": "order", "arguments": {"item": "lamp", "count": None, "note": None}}
    with ComposioToolSet(strict=True, home=home) as toolset, ScriptedModel([Calls([call]), Say("done")]) as model:
        tools: Any = toolset.get_tools(actions=[order])
        call["name"] = tools[0]["function"]["name"]
        with openai.OpenAI(base_url=model.openai_url, api_key="none", max_retries=0) as client:
            response = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "go"}], tools=tools)
        (result,) = toolset.handle_tool_calls(response)
    assert result["successful"], json.dumps(result)
    assert SEEN == [{"item": "lamp", "count": 1, "note": "none"}]
