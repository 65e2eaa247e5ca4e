"""Put keywords in words that a provider does not pass on to its model."""

from __future__ import annotations

import json
from typing import Any

from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE
from composio.schema.merge import merge
from composio.schema.prose import shorten

__all__ = ["in_words"]

# Characters of one keyword's value, and of one that is a schema.
_VALUE, _SCHEMA = 200, 700
_SCHEMAS = IN_LIST | IN_MAP | IN_PLACE
# Annotations: their content is in the description, or restricts nothing.
_ABOUT = frozenset(("title", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema"))


def in_words(schema: dict[str, Any], understood: frozenset[str], limit: int) -> dict[str, Any]:
    """Return ``schema`` with only ``understood`` keywords; the rest is rewritten to equivalent ones, else put in words.

    Its description has at most ``limit`` characters; these words are dropped last.
    """
    rewritten = _rewritten(schema, understood)
    if "allOf" not in understood and "allOf" in schema and "allOf" not in rewritten:
        # Parts that could not be merged further down now have their own `allOf`.
        rewritten = {keyword: _say_below(keyword, value, understood, limit) for keyword, value in rewritten.items()}
    said = ", ".join(
        f"{keyword}: {shorten(json.dumps(value, ensure_ascii=False, default=str), _SCHEMA if keyword in _SCHEMAS else _VALUE)}"
        for keyword, value in rewritten.items()
        if keyword not in understood and keyword not in _ABOUT
    )
    kept = {keyword: value for keyword, value in rewritten.items() if keyword in understood}
    if said:
        words = shorten(f"({said})", limit)
        text = shorten(str(kept.get("description") or ""), limit - len(words) - 1)
        kept["description"] = f"{text} {words}".strip()
    return kept


def _say_below(keyword: str, value: Any, understood: frozenset[str], limit: int) -> Any:
    """Put in words the schemas in a keyword's value, at any depth."""

    def say(schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        return in_words({name: _say_below(name, inner, understood, limit) for name, inner in schema.items()}, understood, limit)

    if keyword in IN_MAP and isinstance(value, dict):
        return {name: say(inner) for name, inner in value.items()}
    if keyword in IN_LIST and isinstance(value, list):
        return [say(inner) for inner in value]
    return say(value) if keyword in IN_PLACE else value


def _rewritten(schema: dict[str, Any], understood: frozenset[str]) -> dict[str, Any]:
    whole = dict(schema)
    if "const" in whole and "const" not in understood and "enum" not in whole:
        whole["enum"] = [whole.pop("const")]
    if isinstance(values := whole.get("enum"), list):
        # Null is a separate type there, and only strings and numbers can be enumerated.
        plain = [value for value in values if value is not None]
        if all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in plain) and plain:
            whole["enum"] = plain
        else:
            whole["one of"] = whole.pop("enum")
    if whole.get("type") == "integer":
        for exclusive, inclusive, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
            if exclusive not in understood and isinstance(whole.get(exclusive), int) and inclusive not in whole:
                whole[inclusive] = whole.pop(exclusive) + step
    if "allOf" not in understood and isinstance(branches := whole.get("allOf"), list):
        rest: Any = {keyword: value for keyword, value in whole.items() if keyword != "allOf"}
        for branch in branches:
            rest = merge(branch, rest) if rest is not None and isinstance(branch, dict) else None
        whole = whole if rest is None else rest
    return whole
