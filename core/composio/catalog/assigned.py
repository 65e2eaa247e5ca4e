"""The names of the operations in an app's several descriptions, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["AssignedName", "AssignedNames"]


@dataclass(frozen=True, slots=True)
class AssignedName:
    """One operation's identity, slug, further names, and names that it shares with others."""

    identity: str
    slug: str
    aliases: Sequence[str]
    shared: Sequence[str]


@dataclass(frozen=True, slots=True)
class AssignedNames:
    """The names of all operations, and the slugs of the important ones. ``warnings`` are about errors in the app's file."""

    by_place: Mapping[tuple[str, str, str], AssignedName]
    """By the description's name, method and path."""
    important: frozenset[str]
    warnings: tuple[str, ...]
