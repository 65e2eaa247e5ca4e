"""The definitions of the four tools that a model sees: short, as each request sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from composio.discovery.names import CONNECT, DESCRIBE, EXECUTE, SEARCH
from composio.model.action import JsonSchema

__all__ = ["DEFINITIONS", "MOST_CALLS", "MOST_QUERIES", "MOST_SCHEMAS", "MOST_SECONDS", "Definition"]

MOST_QUERIES: Final = 8
MOST_SCHEMAS: Final = 20
MOST_CALLS: Final = 20
# Most frameworks abort an agent's turn that takes longer.
MOST_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Definition:
    """Return one tool as models see it."""

    display_name: str
    description: str
    parameters: JsonSchema


def _object(required: list[str], **properties: Mapping[str, Any]) -> JsonSchema:
    return JsonSchema(type="object", properties=properties, required=required, additionalProperties=False)


def _strings(description: str, most: int) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": most, "description": description}


DEFINITIONS: Final[Mapping[str, Definition]] = {
    SEARCH: Definition(
        "Search tools",
        "Find tools for a task across all connected and connectable apps. Call this first, with one query for each separate task."
        " Answers with tool slugs, their input schemas, whether each app is connected, known pitfalls, and the steps to take.",
        _object(
            ["queries"],
            queries={
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_QUERIES,
                "items": _object(
                    ["use_case"],
                    use_case={
                        "type": "string",
                        "description": "The task in words, with the app's name where the user said it: 'create an issue in a"
                        " GitHub repository'.",
                    },
                    known_fields={
                        "type": "string",
                        "description": "What is known already, as 'name:value, name:value'. No secrets.",
                    },
                ),
            },
        ),
    ),
    DESCRIBE: Definition(
        "Get tool schemas",
        "Get the full input schemas of tools that a search named. Never guess arguments: read the schema first.",
        _object(
            ["tool_slugs"],
            tool_slugs=_strings("Slugs exactly as the search gave them.", MOST_SCHEMAS),
            include={
                "type": "array",
                "items": {"type": "string", "enum": ["input_schema", "output_schema"]},
                "default": ["input_schema"],
                "description": "Add output_schema only if you need to know what comes back.",
            },
        ),
    ),
    EXECUTE: Definition(
        "Execute tools",
        "Run one or more tools at once. Calls of one request run in parallel, so put calls that need each other's results in"
        " separate requests. Each result has its own `successful`, `data` and `error`; an error says what to change.",
        _object(
            ["tools"],
            tools={
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_CALLS,
                "items": _object(
                    ["tool_slug"],
                    tool_slug={"type": "string", "description": "A slug exactly as the search gave it."},
                    arguments={"type": "object", "description": "What the tool's input schema asks for."},
                ),
            },
        ),
    ),
    CONNECT: Definition(
        "Manage connections",
        "Connect the user to apps, or check whether they are connected; without toolkits, list the apps that they are connected"
        " to. For an app that is not, gives a link: show it to the user, then call this again with wait_seconds. Never ask the"
        " user for passwords, tokens or keys.",
        _object(
            [],
            toolkits=_strings("Apps' names as the search gave them, such as 'github'.", MOST_QUERIES),
            reinitiate_all={
                "type": "boolean",
                "default": False,
                "description": "Give new links even where a connection is there: to change the account or its permissions.",
            },
            wait_seconds={
                "type": "integer",
                "minimum": 0,
                "maximum": MOST_SECONDS,
                "default": 0,
                "description": "How long to wait for the user to open links that were given before.",
            },
        ),
    ),
}
