"""What must hold for every action's definition, in every dialect."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from composio.model.action import ActionModel, HttpBinding
from composio.schema import dialect as dialects
from composio.schema.dialect import Dialect
from composio.schema.keywords import lookup, subschemas
from composio.schema.names import tool_name
from composio.schema.restore import DIALECTS
from composio.schema.shape import shape, shorten

__all__ = ["LIMIT", "dialects_known", "flaws"]

# Bytes of one tool definition as JSON.
LIMIT = 32 * 1024
_SLUG = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_PLACEHOLDER = re.compile(r"{([^{}]+)}")


def dialects_known() -> list[Dialect]:
    """Every dialect that the core declares; of those that only names tell apart, the one with the longest."""
    declared = [*(v for v in vars(dialects).values() if isinstance(v, Dialect)), *DIALECTS]
    declared.sort(key=lambda dialect: dialect.name_limit)
    return list({replace(dialect, name_limit=0): dialect for dialect in declared}.values())


def flaws(actions: Sequence[ActionModel]) -> Iterator[tuple[str, str]]:
    """What is wrong with the definitions of one app's actions, as a kind and a line that names the culprit."""
    known = dialects_known()
    taken: set[str] = set()
    for action in actions:
        if not _SLUG.fullmatch(action.slug):
            yield "name", f"{action.slug}: is no name that every provider takes"
        if action.slug.casefold() in taken:
            yield "name", f"{action.slug}: two actions have this name"
        taken.add(action.slug.casefold())
        yield from ((kind, f"{action.slug}: {what}") for kind, what in _flaws(action, known))


def _flaws(action: ActionModel, known: Sequence[Dialect]) -> Iterator[tuple[str, str]]:
    yield from (("reference", f"validation: {reference} leads nowhere") for reference in _dangling(action.validation))
    if isinstance(action.binding, HttpBinding):
        placed = {p.wire for p in action.binding.parameters if p.place == "path"}
        for wire in set(_PLACEHOLDER.findall(action.binding.path)) - placed - action.binding.defaults.keys():
            yield "path", f"nothing fills {{{wire}}} of {action.binding.path}"
    for dialect in known:
        shown = shape(action.parameters, dialect)
        yield from (("reference", f"{reference} leads nowhere") for reference in _dangling(shown))
        yield from (("name", f"the property {name!r} does not fit") for name in _misfits(shown, dialect))
        definition = {
            "name": tool_name(action.slug, dialect.name_limit),
            "description": shorten(action.description, dialect.description_limit),
            "parameters": shown,
        }
        if (size := len(json.dumps(definition).encode())) > LIMIT:
            yield "size", f"{size} bytes in {dialect}"


def _dangling(root: Mapping[str, Any]) -> list[str]:
    """References in ``root`` that lead to nothing in it."""
    found: dict[str, None] = {}
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            if isinstance(reference := node.get("$ref"), str) and lookup(root, reference) is None:
                found[reference] = None
            waiting += (child for _, _, child in subschemas(node))
    return list(found)


def _misfits(root: Mapping[str, Any], dialect: Dialect) -> list[str]:
    """Property names that the dialect does not allow, at every depth."""
    fits = re.compile(dialect.key_pattern)
    found = []
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            found += [name for name in node.get("properties") or () if not fits.fullmatch(name)]
            waiting += (child for _, _, child in subschemas(node))
    return found
