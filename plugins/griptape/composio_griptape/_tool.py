"""Griptape's tool: the actions of one app as its activities."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from griptape.artifacts import BaseArtifact, ErrorArtifact, TextArtifact
from griptape.tools import BaseTool
from schema import Literal, Schema

from composio.model.call import Outcome, ToolResult

__all__ = ["Activity", "ComposioTool"]


class Activity:
    """One action as an activity: called with ``{"values": arguments}``, like those of Griptape's own tools.

    It answers with the result's JSON text, a failure with the same as an ``ErrorArtifact``.
    """

    is_activity = True

    def __init__(self, name: str, description: str, parameters: dict[str, Any], invoke: Callable[[Any], ToolResult]) -> None:
        self.name = self.__name__ = name
        self.description, self.parameters = description, {"type": "object", "properties": {}, **parameters}
        # Without a schema, Griptape leaves the check of the arguments to the call.
        self.config = {"name": name, "description": description, "schema": None}
        self._invoke = invoke

    def __call__(self, params: dict[str, Any]) -> BaseArtifact:
        result = self._invoke(params["values"])
        text = result.to_json()
        return ErrorArtifact(text) if result.failed else TextArtifact(text)


class ComposioTool(BaseTool):  # type: ignore[misc]  # Griptape has no type information
    """The actions of one app. ``GITHUB_GET_A_USER`` is the activity ``GET_A_USER`` of the tool ``GITHUB``.

    That is how Griptape reads the name back which a model calls, so that the model sees the names it sees everywhere.
    """

    def __init__(self, name: str, activities: dict[str, Activity]) -> None:
        super().__init__(name=name)
        self._activities = activities

    # A copy is made of these; those of Griptape's classes know only what they declare.

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_activities": self._activities}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({name: value for name, value in state.items() if name != "_activities"})
        self._activities = state["_activities"]

    def __getattr__(self, name: str) -> Any:
        activities: dict[str, Activity] = self.__dict__.get("_activities", {})
        if name in activities:
            return activities[name]
        if not name.isupper():
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        # A name that a model made up: Griptape would end the run.
        known = ", ".join(f"{self.name}_{path}" for path in activities)
        error = f"The tool '{self.name}_{name}' was not offered; offered are {known}."
        return Activity(name, "", {}, lambda _: Outcome(successful=False, error=error).result())

    def activities(self) -> list[Activity]:
        allowed, denied = self.allowlist, self.denylist or ()
        return [a for name, a in self._activities.items() if (allowed is None or name in allowed) and name not in denied]

    def _validate_tool_activity(self, activity_name: str) -> None:
        """Return the names for an ``allowlist`` or a ``denylist``; Griptape looks at the class, where its own tools define them."""
        if activity_name not in self._activities:
            raise ValueError(f"activity {activity_name} is not one of {self.name}'s: {', '.join(self._activities)}")

    def activity_description(self, activity: Activity) -> str:
        """Return the description unchanged. Griptape would render it as a Jinja template, and it comes from an API."""
        return activity.description

    def activity_schemas(self) -> list[Schema]:
        """Return the instructions for models without native tools."""
        told = "The parameters, an object that fits this JSON Schema: "
        return [
            Schema(
                {
                    Literal("name"): self.name,
                    Literal("path", description=activity.description): activity.name,
                    Literal("input", description=told + json.dumps(activity.parameters, ensure_ascii=False)): {},
                }
            )
            for activity in self.activities()
        ]

    def to_activity_json_schema(self, activity: Activity, schema_id: str) -> dict[str, Any]:  # noqa: ARG002 - Griptape's
        return deepcopy(activity.parameters)

    def to_native_tool_name(self, activity: Activity) -> str:
        return f"{self.name}_{activity.name}"
