"""Toolsets of users' own, derived from the core's as v0.7's plugins were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from composio import Action, ComposioToolSet, action
from composio.constants import DEFAULT_ENTITY_ID
from composio.errors import InvalidRequest
from composio.exceptions import InvalidEntityIdError
from composio.tools.schema import OpenAISchema, SchemaType


@action(toolname="derived")
def greet(name: str, entity_id: str) -> str:
    """Greets."""
    return f"{name} from {entity_id}"


class Mine(ComposioToolSet[dict[str, Any]], runtime="mine", description_char_limit=1024, action_name_char_limit=64):
    schema = SchemaType.OPENAI

    def get_tools(self, actions: Sequence[Any] | None = None, **options: Any) -> Any:  # type: ignore[override]  # as v0.7's did
        self.validate_tools(apps=None, actions=actions, tags=None)
        found = self.get_action_schemas(actions=actions, **options, _populate_requested=True)  # type: ignore[call-arg]  # v0.7's own
        shown = (self.schema.format(one.model_dump(exclude_none=True)) for one in found)
        return [one.model_dump() for one in shown if isinstance(one, OpenAISchema)]

    def run(self, call: dict[str, Any], entity_id: str = DEFAULT_ENTITY_ID) -> Any:
        return self.execute_action(
            action=Action(value=call["name"]),
            params=call["arguments"],
            entity_id=self.validate_entity_id(entity_id),
            _check_requested_actions=True,  # type: ignore[call-arg]  # v0.7's own
        )


def test_a_toolset_in_v0_7s_style_makes_tools_and_runs_them(tmp_path: Path) -> None:
    with Mine(home=tmp_path) as toolset:
        (tool,) = toolset.get_tools([greet])
        assert tool["type"] == "function"
        assert tool["function"]["parameters"]["required"] == ["name"]
        call = {"name": tool["function"]["name"], "arguments": {"name": "Ada"}}
        assert toolset.run(call)["data"] == "Ada from default"
        assert toolset.run(call, "joe")["data"] == "Ada from joe"


@pytest.mark.anyio
async def test_arguments_that_v0_7_passed_on_change_nothing(tmp_path: Path) -> None:
    async with ComposioToolSet(home=tmp_path) as toolset:
        unchecked: Any = toolset
        done = await unchecked.aexecute_action(greet, {"name": "Ada"}, _check_requested_actions=True)
        assert done["successful"]
        with pytest.raises(TypeError, match="unexpected argument '_check'"):
            unchecked.execute_action(greet, {"name": "Ada"}, _check=True, _check_requested_actions=True)


def test_the_default_entity_gives_way_and_two_others_are_refused(tmp_path: Path) -> None:
    with ComposioToolSet(home=tmp_path, entity_id="ada") as toolset:
        assert toolset.validate_entity_id("default") == toolset.validate_entity_id("ada") == "ada"
        with pytest.raises(InvalidEntityIdError, match="acts for 'ada'"):
            toolset.validate_entity_id("joe")
        with pytest.raises(InvalidRequest):
            toolset.validate_entity_id("")
    with ComposioToolSet(home=tmp_path) as toolset:
        assert toolset.validate_entity_id("joe") == "joe"
