"""Restore the API's property names after a model filled in the names it was shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from composio.schema.dialect import IDENTIFIERS, PLAIN, Dialect
from composio.schema.names import property_aliases
from composio.schema.walk import applying, below, property_names

__all__ = ["DIALECTS", "restore", "restore_at"]

# Every spelling that a model may have been shown: a call works with any toolset's tools.
DIALECTS = (PLAIN, IDENTIFIERS)
# Deeper than any API, and far below Python's recursion limit.
_MAX_DEPTH = 64
_SCALARS = (str, int, float, type(None))


def restore(arguments: Mapping[str, Any], schema: Mapping[str, Any], dialects: Sequence[Dialect] = DIALECTS) -> dict[str, Any]:
    """Return ``arguments`` with the names of ``schema``, at every depth; a new dict.

    A name in the schema is kept, and wins over its own alias. An unknown name stays.
    """
    found = restore_at(arguments, [schema], schema, dialects)
    assert isinstance(found, dict)
    return found


def restore_at(value: Any, schemas: Iterable[Any], root: Mapping[str, Any], dialects: Sequence[Dialect] = DIALECTS) -> Any:
    """Do the same as :func:`restore` for a nested value: ``schemas`` are those of its place, ``root`` is their root."""
    return _restore(value, applying(schemas, root), root, dialects, 0)


def _restore(
    value: Any, schemas: list[Mapping[str, Any]], root: Mapping[str, Any], dialects: Sequence[Dialect], depth: int
) -> Any:
    if not schemas or depth > _MAX_DEPTH:
        return value
    if isinstance(value, list | tuple):
        return [_inside(item, schemas, index, root, dialects, depth) for index, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    known = set(property_names(schemas))
    real: dict[Any, Any] = {} if known.issuperset(value) else _real_names(schemas, dialects)
    restored: dict[str, Any] = {}
    for key, inner in value.items():
        name: Any = key if key in known else real.get(key, key)
        if name != key and name in value:
            continue
        restored[name] = _inside(inner, schemas, name, root, dialects, depth)
    return restored


def _inside(
    value: Any, schemas: list[Mapping[str, Any]], part: Any, root: Mapping[str, Any], dialects: Sequence[Dialect], depth: int
) -> Any:
    if isinstance(value, _SCALARS):  # the common case: no need to walk the schemas
        return value
    return _restore(value, applying(below(schemas, part), root), root, dialects, depth + 1)


def _real_names(schemas: list[Mapping[str, Any]], dialects: Iterable[Dialect]) -> dict[str, str]:
    """Return the real name of each alias.

    A model may have been shown all properties of a combination, those that can be set, or those of one branch; an
    alias depends on its siblings only if two would have been the same.
    """
    everything = property_names(schemas)
    hidden = {
        n for s in schemas for n, c in (s.get("properties") or {}).items() if isinstance(c, Mapping) and c.get("readOnly")
    }
    groups = [everything, [name for name in everything if name not in hidden], *(s.get("properties") or () for s in schemas)]
    found: dict[str, str] = {}
    for dialect in dialects:
        for names in groups:
            for name, alias in property_aliases(names, dialect).items():
                if alias != name:
                    found.setdefault(alias, name)
    return found
