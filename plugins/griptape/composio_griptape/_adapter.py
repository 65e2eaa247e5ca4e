"""Tools as Griptape's ``BaseTool`` objects, for its agents, pipelines and workflows."""

from __future__ import annotations

from griptape.tools import BaseTool

from composio.errors import InvalidRequest
from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio_griptape._tool import Activity, ComposioTool

__all__ = ["Adapter"]


class Adapter(FrameworkAdapter[BaseTool]):
    """Griptape is synchronous, and a tool of its holds several actions. Their schemas reach the model as they are."""

    name = "griptape"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> ComposioTool:
        name, _, path = spec.name.partition("_")
        if not name or not path:
            name, path = "composio", spec.name  # a function's name may be one word
        return ComposioTool(name, {path: Activity(path, spec.description, spec.parameters.model_dump(), invoke)})

    def gather(self, tools: list[BaseTool]) -> list[BaseTool]:
        """A tool for each app: a task refuses two of one name."""
        gathered: dict[str, dict[str, Activity]] = {}
        for tool in tools:
            activities = gathered.setdefault(tool.name, {})
            for activity in tool.activities():
                if activity.name in activities:
                    raise InvalidRequest(f"Two actions would both be {activity.name!r} of the tool {tool.name!r}; rename one.")
                activities[activity.name] = activity
        return [ComposioTool(name, activities) for name, activities in gathered.items()]
