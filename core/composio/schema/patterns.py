"""Regular expressions of API descriptions: whether the validator can run them, with a limit on their work."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema_rs import FancyRegexOptions

__all__ = ["bare", "engine", "is_usable", "matches"]

# Steps before a match is aborted: a few milliseconds, far above what a normal pattern takes.
_BACKTRACK_LIMIT = 50_000


# `/^[a-z]+$/i`, JavaScript's and Perl's literal form: after a slash `^` would never match, nor `$` before one.
_LITERAL = re.compile(r"/(?P<expression>\^.*|.*(?<!\\)\$)/(?P<flags>[dgimsuvxy]*)", re.DOTALL)
# Flags that change the meaning; JSON Schema cannot express them portably.
_TELLING = frozenset("imsx")


def bare(pattern: str) -> str | None:
    """Return ``pattern`` without the slashes around it; None for one with flags."""
    found = _LITERAL.fullmatch(pattern)
    if found is None:
        return pattern
    return None if _TELLING & set(found["flags"]) else found["expression"].replace("\\/", "/")


@cache
def engine() -> FancyRegexOptions:
    """Return the engine for all validators: linear if the pattern allows it, bounded for lookaround and backreferences."""
    import jsonschema_rs

    return jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT)


@lru_cache(maxsize=4096)
def is_usable(pattern: str) -> bool:
    """Return whether ``pattern`` compiles. Descriptions use many regex dialects; the validator reads ECMA's."""
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=engine())
    except jsonschema_rs.ValidationError:
        return False
    return True


@lru_cache(maxsize=1024)
def matches(pattern: str, text: str) -> bool:
    """Return whether a valid ``pattern`` matches ``text``; True if that takes too long."""
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=engine()).is_valid(text)
    except ValueError:
        return True
