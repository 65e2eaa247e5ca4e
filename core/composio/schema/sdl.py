"""Tells a GraphQL schema as text from anything else. Pure.

Source: GraphQL specification, October 2021, "Type System".
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["PIP_LINE", "is_sdl"]

# What brings the library that reads it.
PIP_LINE: Final = 'pip install "opencomposio-core[graphql]"'

# Characters in which the first definition stands, whatever is said before it.
_LOOKED_AT: Final = 200_000
_DEFINITION: Final = re.compile(
    r"^[ \t]*(?:extend[ \t]+)?"
    r"(?:(?:type|interface|input|enum|union|scalar)[ \t]+[_A-Za-z][_0-9A-Za-z]*[ \t]*(?:$|[@{=&#]|implements\b)"
    r"|schema[ \t]*(?:@.*)?\{|directive[ \t]+@)",
    re.MULTILINE,
)
# Other descriptions may hold a schema's lines in a string; they begin with a key.
_KEY: Final = re.compile(r"^(?:(?:\"[^\"\n]*\"|'[^'\n]*'|[\w$.-]+)[ \t]*:(?:[ \t]|$)|- |---|%YAML)", re.MULTILINE)


def is_sdl(text: str) -> bool:
    """Whether ``text`` is GraphQL's schema definition language: one of its definitions, and no YAML key before it."""
    start = text[:_LOOKED_AT]
    if start.lstrip("\ufeff \t\r\n")[:1] in {"{", "[", "<"} or (found := _DEFINITION.search(start)) is None:
        return False
    key = _KEY.search(re.sub(r'"""(?:[^"\\]|\\.|"(?!""))*"""', "", text[: found.start()]))
    return key is None
