"""Detect a GraphQL schema in text. Pure.

Source: GraphQL specification, October 2021, "Type System".
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["PIP_LINE", "is_sdl"]

# The extra with the library that parses it.
PIP_LINE: Final = 'pip install "opencomposio-core[graphql]"'

# Characters within which the first definition must begin.
_LOOKED_AT: Final = 200_000
_DEFINITION: Final = re.compile(
    r"^[ \t]*(?:extend[ \t]+)?"
    r"(?:(?:type|interface|input|enum|union|scalar)[ \t]+[_A-Za-z][_0-9A-Za-z]*[ \t]*(?:$|[@{=&#]|implements\b)"
    r"|schema[ \t]*(?:@.*)?\{|directive[ \t]+@)",
    re.MULTILINE,
)
# Other descriptions may contain schema lines in a string; they begin with a key.
_KEY: Final = re.compile(r"^(?:(?:\"[^\"\n]*\"|'[^'\n]*'|[\w$.-]+)[ \t]*:(?:[ \t]|$)|- |---|%YAML)", re.MULTILINE)


def is_sdl(text: str) -> bool:
    """Return whether ``text`` is GraphQL's schema definition language: it has a definition, and no YAML key before it."""
    start = text[:_LOOKED_AT]
    if start.lstrip("\ufeff \t\r\n")[:1] in {"{", "[", "<"} or (found := _DEFINITION.search(start)) is None:
        return False
    key = _KEY.search(re.sub(r'"""(?:[^"\\]|\\.|"(?!""))*"""', "", text[: found.start()]))
    return key is None
