"""Code examples that call an action, for each framework with a package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from composio.model.examples import make_example

if TYPE_CHECKING:
    from composio_server.dashboard.visit import Visit

__all__ = ["FRAMEWORKS", "choose_framework", "example_of", "package_of", "write_call", "write_tools"]

FRAMEWORKS = (
    *("openai", "langchain", "langgraph", "crewai", "openai-agents", "pydantic-ai", "anthropic", "claude-agent-sdk"),
    *("google", "google-adk", "llamaindex", "agno", "autogen", "ag2", "agent-framework", "semantic-kernel", "smolagents"),
    *("strands", "haystack", "dspy", "camel", "griptape", "livekit", "praisonai"),
)
"""Return the plugins' names, the most popular first."""


def choose_framework(name: str) -> str:
    """Return the framework with that name, or the first."""
    known = name.strip().lower().replace("_", "-")
    return known if known in FRAMEWORKS else FRAMEWORKS[0]


def package_of(framework: str) -> str:
    """Return its install command."""
    return f"opencomposio-{framework}"


def _module_of(framework: str) -> str:
    return f"composio_{framework.replace('-', '_')}"


def _toolset_of(here: Visit) -> str:
    """A runnable example: its first steps say which variables to set."""
    return "toolset = ComposioToolSet()" + ("" if here.is_local else "  # reads COMPOSIO_API_KEY and COMPOSIO_BASE_URL")


def write_call(here: Visit, action: str, arguments: Mapping[str, Any], entity_id: str, framework: str = "") -> str:
    """Return a program that makes a call, with or without a framework."""
    return (
        f"from {_module_of(framework) if framework else 'composio'} import ComposioToolSet\n\n"
        f"{_toolset_of(here) if framework else here.toolset}\n"
        "result = toolset.execute_action(\n"
        f"    action={action!r},\n"
        f"    params={dict(arguments)!r},\n"
        f"    entity_id={entity_id!r},\n"
        ")\n"
        "print(result)\n"
    )


def write_tools(here: Visit, action: str, entity_id: str, framework: str) -> str:
    """Return a program that creates the framework's own tool for an action."""
    return (
        f"from {_module_of(framework)} import ComposioToolSet\n\n"
        f"{_toolset_of(here)}\n"
        f"tools = toolset.get_tools(actions=[{action!r}], entity_id={entity_id!r})\n"
    )


def example_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return an action's required arguments: examples, defaults or first choices of its schema, else a value of the type."""
    made = make_example({"properties": schema.get("properties"), "required": schema.get("required"), "type": "object"}, "")
    return dict(made)
