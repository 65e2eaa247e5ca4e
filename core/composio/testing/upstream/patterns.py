"""A string that matches a regular expression, for the patterns that API descriptions use. Pure."""

from __future__ import annotations

import random
import re
from importlib import import_module
from typing import Any

__all__ = ["matching"]

_COMMON = ("a", "1", "abc", "abc-1", "a@example.com", "https://example.com", "2024-01-31", "0" * 40, "A1", "#ffffff")
_TRIES = 20
_REPEAT = 3  # at most this many beyond the minimum


def matching(pattern: str, rng: random.Random) -> str | None:
    """A string in which ``pattern`` is found, or None where this little sampler can't make one."""
    try:
        compiled = re.compile(pattern)
        # The parser is the standard library's own; there is no public way to a pattern's structure.
        parsed = import_module("re._parser").parse(pattern)
    except (re.error, ImportError, OverflowError):
        return None
    made = (_sequence(parsed, rng) for _ in range(_TRIES))
    return next((text for text in (*_COMMON, *made) if compiled.search(text)), None)


def _sequence(items: Any, rng: random.Random) -> str:
    return "".join(_item(str(code), value, rng) for code, value in items)


def _item(code: str, value: Any, rng: random.Random) -> str:
    match code:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return "a" if value != ord("a") else "b"
        case "ANY":
            return "a"
        case "IN":
            return _one_of(value, rng)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            low, high, inner = value
            # Of anything at all there is something: a name that may end in nothing is mostly one that does not.
            low = max(low, 1) if [str(code) for code, _ in inner] == ["ANY"] else low
            return "".join(_sequence(inner, rng) for _ in range(rng.randint(low, min(int(high), low + _REPEAT))))
        case "SUBPATTERN":
            return _sequence(value[-1], rng)
        case "BRANCH":
            return _sequence(rng.choice(value[1]), rng)
    return ""  # anchors and assertions take no room


def _one_of(items: Any, rng: random.Random) -> str:
    codes = [(str(code), value) for code, value in items]
    if codes[0][0] == "NEGATE":
        excluded = re.compile("[" + "".join(_class(code, value) for code, value in codes[1:]) + "]")
        return next((c for c in "a1-Z_ .é" if not excluded.match(c)), "a")
    code, value = rng.choice(codes)
    if code == "LITERAL":
        return chr(value)
    if code == "RANGE":
        return chr(rng.randint(*value))
    return {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " ", "CATEGORY_NOT_WORD": "-"}.get(str(value), "a")


def _class(code: str, value: Any) -> str:
    if code == "LITERAL":
        return re.escape(chr(value))
    if code == "RANGE":
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return {"CATEGORY_DIGIT": r"\d", "CATEGORY_SPACE": r"\s", "CATEGORY_WORD": r"\w"}.get(str(value), r"\W")
