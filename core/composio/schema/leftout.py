"""Describe an omitted schema in its description, and parse that again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from composio.schema.prose import shorten

__all__ = ["describe", "read_left_out", "some_values", "without_left_out"]

# Maximum number and total length of the named properties of an omitted object.
_NAMED, _NAMES = 16, 240
_LEFT_OUT, _NEEDED = "Free-form object; properties: ", " (required)"
_BETWEEN = re.compile(r", (?:\.\.\.)?|,?…")
_SOME = re.compile(r"One of \d+ values, such as [^\n]{0,200}")


def describe(flat: Mapping[str, Any]) -> str:
    """Describe an omitted schema: its properties by name, as far as they fit."""
    properties, required = flat.get("properties"), flat.get("required") or ()
    if not isinstance(properties, dict) or not properties:
        return "Free-form: its parts are left out here."
    names = sorted(map(str, properties), key=lambda name: name not in required)
    said = ", ".join(f"{name}{_NEEDED}" if name in required else name for name in names[:_NAMED])
    more = ", ..." if len(names) > _NAMED else ""
    return f"{_LEFT_OUT}{shorten(said, _NAMES)}{more}."


def read_left_out(description: Any) -> list[str]:
    """Return the properties that :func:`describe` named in a description, the optional ones with ``?``."""
    if not isinstance(description, str) or _LEFT_OUT not in description:
        return []
    names = description.partition(_LEFT_OUT)[2]
    found = [name for name in _BETWEEN.split(names.removesuffix(".")) if name]
    told = [name.removesuffix(_NEEDED) if name.endswith(_NEEDED) else f"{name}?" for name in found]
    return [*told, "..."] if names.endswith(("...", "…", "….", "....")) else told


def without_left_out(description: Any) -> str:
    """Return a description without the text of :func:`describe`, and without unlisted enum values."""
    if not isinstance(description, str):
        return ""
    own = description.partition(_LEFT_OUT)[0]
    return "" if _SOME.match(own) else own.rstrip()


def some_values(description: Any) -> str:
    """Return a description's text about an enum that is too long to list, "" if there is none."""
    found = _SOME.match(description) if isinstance(description, str) else None
    return f"{found[0][:1].lower()}{found[0][1:]}" if found else ""
