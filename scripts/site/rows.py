"""A JSON Schema as a table: name, type, default, choices and description of each property, nested ones collapsed below it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from markupsafe import Markup

from composio.cli.describe import type_in_words
from scripts.site.prose import foreign_inline, plain

__all__ = ["Limits", "table"]

_CHOICES = 12
_SHORT = 80


class Limits:
    """How much of a schema is shown: levels, rows in all, characters of each description."""

    def __init__(self, *, depth: int, rows: int, text: int) -> None:
        self.depth, self.rows, self.text = depth, rows, text


def table(schema: Mapping[str, Any], limits: Limits) -> Markup:
    """The rows of an object's properties, "" where it has none."""
    return Markup(_Writer(schema, limits).rows(schema, 0))  # noqa: S704 - every text in it is escaped


class _Writer:
    def __init__(self, root: Mapping[str, Any], limits: Limits) -> None:
        self.root, self.limits, self.left = root, limits, limits.rows

    def rows(self, schema: Mapping[str, Any], depth: int) -> str:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or not properties:
            return ""
        required = set(schema.get("required") or ())
        ordered = sorted(properties.items(), key=lambda item: item[0] not in required)
        shown = ordered[: max(0, self.left)]
        self.left -= len(shown)
        written = [self._row(str(name), child, name in required, depth) for name, child in shown]
        if len(shown) < len(ordered):
            written.append(f'<tr><td colspan="3" class="more">and {len(ordered) - len(shown)} more</td></tr>')
        return "".join(written)

    def _row(self, name: str, schema: Any, required: bool, depth: int) -> str:
        schema = schema if isinstance(schema, Mapping) else {}
        mark = ' <b class="req">required</b>' if required else ""
        about = foreign_inline(_cut(str(schema.get("description") or schema.get("title") or ""), self.limits.text))
        facts = "".join(f"<small>{fact}</small>" for fact in _facts(schema))
        cells = f"<td><code>{escape(name)}</code>{mark}<td>{escape(_type(schema))}<td>{about}{facts}"
        return f"<tr>{cells}{self._nested(schema, depth)}</tr>"

    def _nested(self, schema: Mapping[str, Any], depth: int) -> str:
        if depth + 1 >= self.limits.depth or self.left <= 0:
            return ""
        parts = []
        for label, inner in _inside(schema):
            rows = self.rows(inner, depth + 1)
            if rows:
                parts.append(f'<details><summary>{escape(label)}</summary><table class="params">{rows}</table></details>')
        return "".join(parts)


def _type(schema: Mapping[str, Any]) -> str:
    if schema.get("enum"):
        kind = schema.get("type")
        kinds = kind if isinstance(kind, list) else [kind or type(schema["enum"][0]).__name__.replace("str", "string")]
        return " | ".join(str(one) for one in kinds)
    words = type_in_words(schema)
    if "(" not in words:
        words = " | ".join(dict.fromkeys(words.split(" | ")))
    return words if len(words) <= _SHORT else f"{words[: _SHORT - 1]}…"


def _facts(schema: Mapping[str, Any]) -> list[str]:
    facts = []
    choices = schema.get("enum")
    items = schema.get("items")
    if not choices and isinstance(items, Mapping):
        choices = items.get("enum")
    if isinstance(choices, list) and choices:
        more = f" and {len(choices) - _CHOICES} more" if len(choices) > _CHOICES else ""
        facts.append(f"One of {' '.join(_code(one) for one in choices[:_CHOICES])}{more}")
    if schema.get("default") is not None:
        facts.append(f"Default {_code(schema['default'])}")
    words = (
        ("minimum", "at least"),
        ("exclusiveMinimum", "more than"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "less than"),
        ("minLength", "characters, at least"),
        ("maxLength", "characters, at most"),
        ("maxItems", "items, at most"),
    )
    bounds = [f"{label} {_code(schema[key])}" for key, label in words if key in schema]
    if bounds:
        text = ", ".join(bounds)
        facts.append(text[0].upper() + text[1:])
    if isinstance(schema.get("format"), str) and not choices:
        facts.append(f"Format {_code(schema['format'])}")
    return facts


def _code(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = '""' if text == "" else text
    return f"<code>{escape(text if len(text) <= _SHORT else text[: _SHORT - 1] + '…')}</code>"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else plain(text, most)


def _inside(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The objects that a property holds, each with what to call it."""
    if isinstance(schema.get("properties"), Mapping) and schema["properties"]:
        return [(_count(schema), schema)]
    items = schema.get("items")
    if isinstance(items, Mapping):
        return [(f"Each item: {label}", inner) for label, inner in _inside(items)]
    extra = schema.get("additionalProperties")
    if isinstance(extra, Mapping):
        return [(f"Each value: {label}", inner) for label, inner in _inside(extra)]
    for key in ("oneOf", "anyOf", "allOf"):
        branches = [one for one in schema.get(key) or () if isinstance(one, Mapping)]
        found = [(one.get("title"), inside) for one in branches for inside in _inside(one)]
        if len(found) == 1:
            return [found[0][1]]
        if found:
            word = "Part" if key == "allOf" else "Alternative"
            return [
                (f"{word} {n}{f', {title}' if isinstance(title, str) else ''}: {label}", inner)
                for n, (title, (label, inner)) in enumerate(found[:8], 1)
            ]
    return []


def _count(schema: Mapping[str, Any]) -> str:
    count = len(schema["properties"])
    return f"{count} properties" if count != 1 else "1 property"
