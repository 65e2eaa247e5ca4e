"""The names that the operations of an app's several descriptions have, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["AssignedName", "AssignedNames"]


@dataclass(frozen=True, slots=True)
class AssignedName:
    """One operation's: what it is known by, its slug, further names, and those that others would have as well."""

    identity: str
    slug: str
    aliases: Sequence[str]
    shared: Sequence[str]


@dataclass(frozen=True, slots=True)
class AssignedNames:
    """The names of all operations, and the slugs of the important ones. ``warnings`` is what the app's file says wrongly."""

    by_place: Mapping[tuple[str, str, str], AssignedName]
    """By the description's name, method and path."""
    important: frozenset[str]
    warnings: tuple[str, ...]
