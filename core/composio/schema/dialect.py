"""What one framework or provider keeps, drops or rejects of a tool definition: declared, then used by the shaping step."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PLAIN", "PORTABLE_KEY", "Dialect"]

# Anthropic rejects a whole request for one property key outside this; the others accept it.
PORTABLE_KEY = r"^[a-zA-Z0-9_.-]{1,64}$"


@dataclass(frozen=True, slots=True)
class Dialect:
    """Limits of a tool definition, in characters.

    ``name_limit`` and ``description_limit`` cut; ``key_pattern`` is what property names must match (others get an alias that
    comes back before validation); ``identifiers`` asks for names that are Python identifiers and no keywords.
    """

    name_limit: int = 64
    description_limit: int = 1024
    key_pattern: str = PORTABLE_KEY
    identifiers: bool = False


PLAIN = Dialect()
