"""What v0.7's programs call by names of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from composio import action
from composio.errors import InvalidRequest
from composio.functions.registry import REGISTRY
from composio_anthropic import ComposioToolset


def test_the_response_may_be_called_llm_response(tmp_path: Path) -> None:
    @action
    def add_up(a: int, b: int) -> int:
        """Adds."""
        return a + b

    message: Any = {"content": [{"type": "tool_use", "id": "t1", "name": "add_up", "input": {"a": 1, "b": 2}}]}
    try:
        with ComposioToolset(home=tmp_path) as toolset:
            toolset.get_tools(actions=[add_up])
            for done in (toolset.handle_tool_calls(llm_response=message), toolset.handle_tool_calls(message)):
                assert [one["data"] for one in done] == [3]
            for wrong in ({}, {"response": message, "llm_response": message}):
                with pytest.raises(InvalidRequest, match="takes the model's message"):
                    toolset.handle_tool_calls(**wrong)
    finally:
        REGISTRY.discard(add_up)
