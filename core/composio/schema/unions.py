"""Remove a union beside a schema's properties: providers refuse ``anyOf`` and similar at the root of the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.schema.merge import merge

__all__ = ["without_unions"]

_UNIONS = ("allOf", "anyOf", "oneOf")
_DROPPED = (*_UNIONS, "not", "if", "then", "else", "enum", "const", "dependentRequired", "dependentSchemas")
# Characters of the text about the branches.
_SAID = 400


def without_unions(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an object ``schema`` with the properties of all its branches.

    What all branches require stays required; the description lists each one's further requirements. The result accepts all that
    ``schema`` accepts; validation, which has the union, decides.
    """
    if not any(keyword in schema for keyword in _DROPPED):
        return schema
    whole = {k: v for k, v in schema.items() if k not in _DROPPED}
    properties: dict[str, Any] = dict(schema.get("properties") or {})
    required = list(schema.get("required") or ())
    notes = []
    for keyword in _UNIONS:
        branches = [without_unions(b) for b in schema.get(keyword) or () if isinstance(b, dict)]
        for branch in branches:
            for name, child in (branch.get("properties") or {}).items():
                properties[name] = _either(properties[name], child, keyword) if name in properties else child
        needed = [tuple(dict.fromkeys(branch.get("required") or ())) for branch in branches]
        if keyword == "allOf":
            required += [name for names in needed for name in names]
        elif needed:
            required += [name for name in needed[0] if all(name in names for names in needed[1:])]
            notes.append(_note([[n for n in names if n not in required] for names in needed]))
    if properties:
        whole["properties"] = properties
    if required := [name for name in dict.fromkeys(required) if name in properties]:
        whole["required"] = required
    if text := " ".join(filter(None, [whole.get("description"), *notes])):
        whole["description"] = text
    return whole


def _either(one: Any, other: Any, keyword: str) -> Any:
    """Merge a property's schemas in two branches into their union."""
    if one == other or other in (True, {}):
        return one
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)) or one in (True, {}):
        return other
    if keyword == "allOf" and (both := merge(one, other)) is not None:
        return both
    values = [*_values(one), *_values(other)]
    if _values(one) and _values(other):
        texts = {k: v for k, v in {**other, **one}.items() if k not in ("enum", "const", "type")}
        kinds = {"type": one["type"]} if "type" in one and one.get("type") == other.get("type") else {}
        return {**kinds, **texts, "enum": [v for i, v in enumerate(values) if v not in values[:i]]}
    branches = list(one["anyOf"]) if one.keys() <= {"anyOf", "description"} and "anyOf" in one else [one]
    return {"anyOf": branches if other in branches else [*branches, other]}


def _values(schema: Mapping[str, Any]) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum") or ())


def _note(groups: list[list[str]]) -> str:
    if len(groups) < 2 or not all(groups):
        return ""
    sets = list(dict.fromkeys(" and ".join(group) for group in groups))
    text = f"Give {', or '.join(sets)}."
    return text if len(sets) > 1 and len(text) <= _SAID else ""
