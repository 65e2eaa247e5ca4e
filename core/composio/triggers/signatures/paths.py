"""Values in a JSON body by a path such as ``event.id`` or ``value[].clientState``, which is each entry's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.errors import SignatureRefused

__all__ = ["find_all", "find_one"]


def find_all(data: Any, path: str) -> list[Any]:
    """Every value at ``path``. An entry without one, or an empty list, is refused: it would prove nothing."""
    found = [data]
    for step in path.split("."):
        name, each = step.removesuffix("[]"), step.endswith("[]")
        if not all(isinstance(value, Mapping) and name in value for value in found):
            raise SignatureRefused(f"the body has no {path}")
        found = [value[name] for value in found]
        if each:
            if not all(isinstance(value, list) and value for value in found):
                raise SignatureRefused(f"the body has no entries at {path}")
            found = [entry for value in found for entry in value]
    return found


def find_one(data: Any, path: str) -> str:
    """The one value at ``path`` as text: what a provider wrote there, numbers and true/false as JSON has them.

    A path that ends in ``?`` may lead nowhere, which is empty text.
    """
    try:
        found = find_all(data, path.removesuffix("?"))
    except SignatureRefused:
        if path.endswith("?"):
            return ""
        raise
    if len(found) != 1 or isinstance(found[0], Mapping | list):
        raise SignatureRefused(f"the body has no single value at {path}")
    value = found[0]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
