"""Convert plain values to the values, conditions and columns of Notion's data sources.

Source: https://developers.notion.com/reference/page-property-values, .../filter-data-source-entries and .../property-object
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from composio_apps._markdown import spans_from
from composio_apps.notion.blocks import rich_text

__all__ = ["COLUMN_TYPES", "column", "condition", "find_property", "value_of"]

Json = dict[str, Any]

COLUMN_TYPES = (
    "title",
    "rich_text",
    "number",
    "select",
    "multi_select",
    "status",
    "date",
    "people",
    "files",
    "checkbox",
    "url",
    "email",
    "phone_number",
    "created_time",
    "created_by",
    "last_edited_time",
    "last_edited_by",
    "unique_id",
)
_TEXTS = ("equals", "does_not_equal", "contains", "does_not_contain", "starts_with", "ends_with", "is_empty", "is_not_empty")
_LISTS = ("contains", "does_not_contain", "is_empty", "is_not_empty")
_CHOICES = ("equals", "does_not_equal", "is_empty", "is_not_empty")
_NUMBERS = (
    "equals",
    "does_not_equal",
    "greater_than",
    "less_than",
    "greater_than_or_equal_to",
    "less_than_or_equal_to",
    "is_empty",
    "is_not_empty",
)
_RELATIVE = ("this_week", "past_week", "past_month", "past_year", "next_week", "next_month", "next_year")
_DATES = ("equals", "before", "after", "on_or_before", "on_or_after", "is_empty", "is_not_empty", *_RELATIVE)
# Operators by type; the first one is the default.
_OPERATORS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("title", "rich_text", "url", "email", "phone_number"), _TEXTS),
    "number": _NUMBERS,
    "unique_id": _NUMBERS[:6],
    "checkbox": ("equals", "does_not_equal"),
    "select": _CHOICES,
    "status": _CHOICES,
    **dict.fromkeys(("multi_select", "people", "relation", "created_by", "last_edited_by"), _LISTS),
    "files": ("is_empty", "is_not_empty"),
    **dict.fromkeys(("date", "created_time", "last_edited_time"), _DATES),
}
_TRUE, _FALSE = frozenset(("true", "yes", "1", "on", "checked")), frozenset(("false", "no", "0", "off", "unchecked", ""))


def find_property(properties: Mapping[str, Any], name: str) -> tuple[str, Json]:
    """Return a property by its name, in any case. Raises ``ValueError`` naming the existing ones."""
    if (found := properties.get(name)) is not None:
        return name, found
    alike = [one for one in properties if one.casefold() == name.strip().casefold()]
    if len(alike) == 1:
        return alike[0], properties[alike[0]]
    raise ValueError(f"There is no property {name!r:.80}. The properties are: {', '.join(map(repr, properties))}.")


def value_of(name: str, kind: str, value: Any) -> Json:
    """Return a property's value. Raises ``ValueError`` for a value of another kind."""
    if value is None or value == "" or value == []:
        empty: Any = [] if kind in ("title", "rich_text", "multi_select", "people", "relation", "files") else None
        return {kind: False if kind == "checkbox" else empty}
    match kind:
        case "title" | "rich_text":
            return {kind: rich_text(spans_from(str(value)))}
        case "number":
            return {kind: _number(name, value)}
        case "checkbox":
            return {kind: _flag(name, value)}
        case "select" | "status":
            return {kind: {"name": str(value)}}
        case "multi_select":
            return {kind: [{"name": one} for one in _read_list(value)]}
        case "date":
            start, _, end = str(value).strip().partition("/")
            return {kind: {"start": start.strip(), **({"end": end.strip()} if end else {})}}
        case "url" | "email" | "phone_number":
            return {kind: str(value)}
        case "people":
            return {kind: [{"object": "user", "id": one} for one in _read_list(value)]}
        case "relation":
            return {kind: [{"id": one} for one in _read_list(value)]}
        case "files":
            files = _read_list(value)
            return {kind: [{"type": "external", "name": url[-100:], "external": {"url": url}} for url in files]}
    raise ValueError(f"The property {name!r:.80} is of type {kind}, which Notion works out itself; leave it out.")


def condition(name: str, kind: str, operator: str | None, value: Any) -> Json:
    """Return a filter for one property. Raises ``ValueError`` for an operator that its type does not have."""
    operators = _OPERATORS.get(kind)
    if operators is None:
        raise ValueError(f"A plain filter can't be made for {name!r:.80}, which is of type {kind}; leave it out.")
    operator = operator or operators[0]
    if operator not in operators:
        raise ValueError(f"{name!r:.80} is of type {kind}, which has no operator {operator!r:.40}; use {', '.join(operators)}.")
    wanted: Any = value if value is None else str(value)
    if operator.startswith("is_"):
        wanted = True
    elif operator in _RELATIVE:
        wanted = {}
    elif value is None:
        raise ValueError(f"The filter of {name!r:.80} needs a value; or use the operator is_empty.")
    elif kind in ("number", "unique_id"):
        wanted = _number(name, value)
    elif kind == "checkbox":
        wanted = _flag(name, value)
    if kind in ("created_time", "last_edited_time"):
        return {"timestamp": kind, kind: {operator: wanted}}
    key = "people" if kind in ("created_by", "last_edited_by") else kind
    return {"property": name, key: {operator: wanted}}


def column(kind: str, options: Sequence[str] | None) -> Json:
    """Return a column of a new data source. Raises ``ValueError`` if options are given to a type without them."""
    if options and kind not in ("select", "multi_select"):
        raise ValueError(f"Options are for select and multi_select, not for {kind}.")
    return {kind: {"options": [{"name": one} for one in options]} if options else {}}


def _read_list(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [part.strip() for part in str(value).split(",") if part.strip()]


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"The property {name!r:.80} takes a number; got {value!r:.40}.") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"The property {name!r:.80} takes a finite number; got {value!r:.40}.")
    return int(number) if number.is_integer() else number


def _flag(name: str, value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(f"The property {name!r:.80} is a checkbox and takes true or false; got {value!r:.40}.")
    return word in _TRUE
