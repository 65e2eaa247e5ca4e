"""Shape a tool's parameters for a provider: allowed names, supported keywords, within its size limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from composio.model.action import JsonSchema
from composio.schema.dialect import PLAIN, Dialect
from composio.schema.inline import inline
from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE
from composio.schema.names import property_aliases
from composio.schema.prose import clean, shorten
from composio.schema.strict import fillable, obstacles
from composio.schema.unions import without_unions
from composio.schema.wording import in_words

__all__ = ["clean", "inline", "shape", "shorten"]

# Keywords whose schemas are about the same value, and so about the same properties.
_OF_THE_SAME = frozenset(("allOf", "anyOf", "oneOf", "not", "if", "then", "else"))
# Bytes for an action's name and description beside the parameters.
_BESIDE = 3 * 1024
# Minimum bytes of a useful schema.
_LEAST = 100
_Aliases = Mapping[str, str]


class _Referring(Exception):
    """A schema that is not self-contained."""


def shape(parameters: Mapping[str, Any], dialect: Dialect = PLAIN, *, beside: int = _BESIDE) -> JsonSchema:
    """Return ``parameters`` in ``dialect``'s form, self-contained; a new schema, deterministic.

    Each property has an allowed name, and an alias has the real name in its description:
    :func:`composio.schema.restore.restore` reverses that. Unsupported keywords are put in words. If the dialect requests strict
    mode, schemas with a strict form get it. ``beside`` is how many bytes of the dialect's size the rest of the definition
    takes; the excess is folded, optional and deep parts first.
    """
    limit = dialect.size_limit - beside
    try:
        shaped = _shape_whole(parameters, dialect)
        if _size(shaped) <= limit:
            return JsonSchema(shaped)
    except _Referring:
        pass
    allowed = limit
    while allowed >= _LEAST:
        shaped = _shape_whole(inline(parameters, limit=allowed, text_limit=dialect.description_limit), dialect)
        if (size := _size(shaped)) <= limit:
            return JsonSchema(shaped)
        # Aliases and words take more space than what they replace: how much more is known only afterwards.
        allowed = min(allowed * 9 // 10, allowed * limit // size)
    return JsonSchema({"type": "object", "properties": {}, "description": "Too large to be shown: any properties."})


def _shape_whole(parameters: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    whole = without_unions(_shape(parameters, dialect, {}))
    whole = {**whole, "type": "object", "properties": whole.get("properties") or {}}
    return fillable(whole) if dialect.strict and not obstacles(whole) else whole


def _shape(schema: Mapping[str, Any], dialect: Dialect, inherited: _Aliases) -> dict[str, Any]:
    if "$ref" in schema:
        raise _Referring
    aliases = _aliases(schema, dialect, inherited)
    shaped: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "properties" and isinstance(value, Mapping):
            shaped[keyword] = {
                aliases.get(name, name): _property(name, child, dialect, aliases)
                for name, child in value.items()
                if not (isinstance(child, Mapping) and child.get("readOnly") is True)
            }
        elif keyword == "required" and isinstance(value, list):
            if names := [aliases.get(name, name) for name in value if not _is_hidden(schema, name)]:
                shaped[keyword] = names
        elif keyword != "$defs":
            shaped[keyword] = _keyword(keyword, value, dialect, aliases)
    kinds = schema.get("type")
    if "array" in (kinds if isinstance(kinds, list) else [kinds]) and "items" not in schema:
        shaped["items"] = _items(shaped)  # several providers refuse an array without items
    return shaped if dialect.understood is None else in_words(shaped, dialect.understood, dialect.description_limit)


def _items(array: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item schema of an array without ``items``: for a tuple without more items, the union of its positions."""
    places = [place for place in array.get("prefixItems") or () if isinstance(place, Mapping)]
    most = array.get("maxItems")
    if not places or not isinstance(most, int) or most > len(array["prefixItems"]):
        return {}
    different = [dict(place) for index, place in enumerate(places) if place not in places[:index]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def _aliases(schema: Mapping[str, Any], dialect: Dialect, inherited: _Aliases) -> _Aliases:
    """Map each known property of a value, including those in sibling or outer schemas, to its name for the model."""
    names = list(_names(schema)) if not _OF_THE_SAME.isdisjoint(schema) else schema.get("properties") or ()
    if not names or inherited.keys() >= set(names):
        return inherited
    return {**property_aliases(names, dialect), **inherited}


def _names(schema: Any) -> Iterable[str]:
    if not isinstance(schema, Mapping):
        return
    if isinstance(properties := schema.get("properties"), Mapping):
        yield from properties
    for keyword in _OF_THE_SAME & schema.keys():
        value = schema[keyword]
        for branch in value if isinstance(value, list) else [value]:
            yield from _names(branch)


def _is_hidden(schema: Mapping[str, Any], name: str) -> bool:
    child = (schema.get("properties") or {}).get(name)
    return isinstance(child, Mapping) and child.get("readOnly") is True


def _keyword(keyword: str, value: Any, dialect: Dialect, aliases: _Aliases) -> Any:
    known = aliases if keyword in _OF_THE_SAME else {}
    if keyword in IN_MAP and isinstance(value, Mapping):
        return {name: _child(child, dialect, known) for name, child in value.items()}
    if keyword in IN_LIST and isinstance(value, list):
        return [_child(child, dialect, known) for child in value]
    if keyword in IN_PLACE:
        return _child(value, dialect, known)
    if keyword == "description" and isinstance(value, str):
        return shorten(value, dialect.description_limit)
    return list(value) if isinstance(value, list) else value


def _child(schema: Any, dialect: Dialect, aliases: _Aliases) -> Any:
    return _shape(schema, dialect, aliases) if isinstance(schema, Mapping) else schema


def _property(name: str, schema: Any, dialect: Dialect, aliases: _Aliases) -> Any:
    shaped = _child(schema, dialect, {})
    if aliases.get(name, name) == name or not isinstance(shaped, dict):
        return shaped
    text = f"Sent as {name!r}. {shaped.get('description') or ''}".strip()
    return {**shaped, "description": shorten(text, dialect.description_limit)}


def _size(value: Any) -> int:
    return len(json.dumps(value))
