"""Find the value of a discriminating property that a model omitted, if the rest leaves no choice. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from composio.schema.walk import applying, at, below, property_names

__all__ = ["tag", "values_for"]

_Schema = Mapping[str, Any]
_Path = list[str | int]


def values_for(name: str, value: Mapping[str, Any], path: _Path, root: _Schema) -> list[Any]:
    """Return the only possible value of the required property ``name`` of the object at ``path``.

    Empty if there are several.

    It is the only allowed one, or the one that matches the other properties, or the default.
    """
    here = at(root, path)
    places = applying(below(here, name), root)
    allowed = [options for place in places if (options := _options(place)) is not None]
    if allowed:
        common = [option for option in allowed[0] if all(option in options for options in allowed[1:])]
        return common if len(common) == 1 else _by_case(name, value, here)
    defaults = [place["default"] for place in places if place.get("default") is not None]
    return defaults[:1] if all(default == defaults[0] for default in defaults) else []


def tag(value: Any, path: _Path, root: _Schema) -> list[dict[str, Any]]:
    """Add to ``value``, an object that fits no branch of a union at ``path``, the tag of the only possible branch."""
    if not isinstance(value, dict):
        return []
    found = []
    for union in at(root, path):
        for keyword in ("anyOf", "oneOf"):
            listed = [applying([branch], root) for branch in union.get(keyword) or () if isinstance(branch, Mapping)]
            known = [property_names(branch) for branch in listed]
            index = _only([frozenset(names) for names in known], value)
            if index is not None:
                missing = {
                    name: options[0] for name, options in _tags(listed[index]) if name not in value and len(options) == 1
                }
                found += [{**value, **missing}] if missing else []
    return found


def _by_case(name: str, value: Mapping[str, Any], here: Iterable[_Schema]) -> list[Any]:
    """Find by conditions on the property the only value that allows the other given properties."""
    cases: list[tuple[list[Any], frozenset[str]]] = []
    for schema in here:
        condition, then = schema.get("if"), schema.get("then")
        if isinstance(condition, Mapping) and isinstance(then, Mapping):
            options = _options((condition.get("properties") or {}).get(name) or {})
            if options:
                own = frozenset(key for key, child in (then.get("properties") or {}).items() if child is not False)
                cases.append((options, own))
    index = _only([own for _, own in cases], value)
    return cases[index][0] if index is not None and len(cases[index][0]) == 1 else []


def _only(known: list[frozenset[str]], value: Mapping[str, Any]) -> int | None:
    """Find the only one of several objects with all those properties of ``value`` that are not common to all."""
    everywhere = frozenset.intersection(*known) if known else frozenset()
    sent = {name for name in value if name not in everywhere and any(name in names for names in known)}
    fitting = [index for index, names in enumerate(known) if sent <= names]
    return fitting[0] if sent and len(fitting) == 1 else None


def _tags(branch: Iterable[_Schema]) -> Iterable[tuple[str, list[Any]]]:
    """Return the required properties of a branch that have few values, with the values."""
    schemas = list(branch)
    for name in dict.fromkeys(name for schema in schemas for name in schema.get("required") or ()):
        options = [o for schema in schemas if (o := _options((schema.get("properties") or {}).get(name) or {})) is not None]
        if options:
            yield name, [option for option in options[0] if all(option in others for others in options[1:])]


def _options(schema: Any) -> list[Any] | None:
    """Return the values that a schema lists, None if it lists none."""
    if not isinstance(schema, Mapping):
        return None
    if "const" in schema:
        return [schema["const"]]
    return schema["enum"] if isinstance(schema.get("enum"), list) else None
