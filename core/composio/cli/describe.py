"""Describe one action for people: its effect, its parameters, and an example command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from composio.cli.output import print_table, say
from composio.model.action import ActionModel
from composio.model.examples import make_example

__all__ = ["describe", "example_command", "type_in_words"]

_ENOUGH = 6  # members of an enum worth listing in a table
_LONGEST = 160  # characters of a parameter's description worth reading in a table


def describe(action: ActionModel) -> None:
    """Print description, parameters and an example command."""
    say(action.slug)
    if action.display_name:
        say(action.display_name)
    marks = [m for m, on in (("important", action.important), ("deprecated", action.deprecated)) if on]
    facts = {
        "app": action.app,
        "tags": ", ".join(action.tags),
        "scopes": ", ".join(action.scopes),
        "aliases": ", ".join(action.aliases),
        "notes": ", ".join(marks),
    }
    for label, value in facts.items():
        if value:
            say(f"  {label}: {value}")
    if action.description:
        say(f"\n{action.description}")
    say("\nParameters" if action.parameters.properties else "\nTakes no parameters.")
    if action.parameters.properties:
        required = set(action.parameters.required)
        ordered = sorted(action.parameters.properties.items(), key=lambda item: item[0] not in required)
        print_table(
            ("NAME", "TYPE", "REQUIRED", "DESCRIPTION"),
            (_row(n, s, n in required) for n, s in ordered),
            prose=("TYPE", "DESCRIPTION"),
        )
    say(f"\nExample\n  {example_command(action)}")


def _row(name: str, schema: Any, required: bool) -> tuple[str, str, str, str]:
    text = " ".join(str(schema.get("description", "")).split()) if isinstance(schema, Mapping) else ""
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
    return name, type_in_words(schema), "yes" if required else "", short


def type_in_words(schema: Any) -> str:
    """Return a JSON Schema's type for a table: ``array of string``, ``open | closed``, ``integer | null``."""
    if not isinstance(schema, Mapping):
        return "anything"
    if schema.get("enum"):
        shown = " | ".join("null" if v is None else str(v) for v in schema["enum"][:_ENOUGH])
        return f"{shown} | …" if len(schema["enum"]) > _ENOUGH else shown
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            return " | ".join(dict.fromkeys(type_in_words(branch) for branch in schema[key]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(type_in_words({**schema, "type": one}) for one in kind)
    if kind == "array" and isinstance(schema.get("items"), Mapping):
        words = type_in_words(schema["items"])
        return f"array of ({words})" if " | " in words else f"array of {words}"
    return str(kind or "anything")


def example_command(action: ActionModel) -> str:
    """Return a shell command with the required parameters, filled with the description's examples if it has any."""
    properties = action.parameters.properties
    values = {name: make_example(properties.get(name), name) for name in action.parameters.required}
    text = f"composio execute {action.slug}"
    return f"{text} -p {shlex.quote(json.dumps(values, ensure_ascii=False))}" if values else text
