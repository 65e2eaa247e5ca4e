"""Resolve a document's references, as an interface for modules that need no more of the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

__all__ = ["Pointers"]


class Pointers(Protocol):
    """See :class:`composio.catalog.importers.document.Document`."""

    @property
    def root(self) -> Mapping[str, Any]:
        """The whole document."""

    def tokens(self, ref: object) -> tuple[str, ...] | None:
        """Return the steps of a local JSON pointer, None for any other reference."""

    def at(self, tokens: Iterable[str]) -> Any:
        """Return the node at a pointer, None if there is none."""

    def follow(self, node: Any) -> dict[str, Any]:
        """Return ``node``, or its reference's target."""
