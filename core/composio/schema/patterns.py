"""Regular expressions of API descriptions: which of them the validator can run, and how much work one may cause."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema_rs import FancyRegexOptions

__all__ = ["bare", "engine", "is_usable", "matches"]

# Steps before a match gives up: a few milliseconds, far above what an honest pattern takes.
_BACKTRACK_LIMIT = 50_000


# `/^[a-z]+$/i`, as JavaScript and Perl write a whole expression: behind a slash `^` would never match, nor `$` before one.
_LITERAL = re.compile(r"/(?P<expression>\^.*|.*(?<!\\)\$)/(?P<flags>[dgimsuvxy]*)", re.DOTALL)
# Flags that change what matches; JSON Schema has no way to say them that every reader knows.
_TELLING = frozenset("imsx")


def bare(pattern: str) -> str | None:
    """``pattern`` without the slashes around it; None for one whose flags can't be said without them."""
    found = _LITERAL.fullmatch(pattern)
    if found is None:
        return pattern
    return None if _TELLING & set(found["flags"]) else found["expression"].replace("\\/", "/")


@cache
def engine() -> FancyRegexOptions:
    """The engine for every validator: linear where the pattern allows it, bounded where it looks around or back."""
    import jsonschema_rs

    return jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT)


@lru_cache(maxsize=4096)
def is_usable(pattern: str) -> bool:
    """Whether ``pattern`` compiles. Descriptions hold patterns of many dialects; the validator reads ECMA's."""
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=engine())
    except jsonschema_rs.ValidationError:
        return False
    return True


@lru_cache(maxsize=1024)
def matches(pattern: str, text: str) -> bool:
    """Whether a usable ``pattern`` is found in ``text``; True where that takes too long to say."""
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=engine()).is_valid(text)
    except ValueError:
        return True
