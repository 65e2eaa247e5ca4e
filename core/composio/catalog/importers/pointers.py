"""What resolves a document's references: as much of the document as those need that it is made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

__all__ = ["Pointers"]


class Pointers(Protocol):
    """See :class:`composio.catalog.importers.document.Document`."""

    @property
    def root(self) -> Mapping[str, Any]:
        """The whole."""

    def tokens(self, ref: object) -> tuple[str, ...] | None:
        """The steps of a local JSON pointer, None for any other reference."""

    def at(self, tokens: Iterable[str]) -> Any:
        """The node at a pointer, None where there is nothing."""

    def follow(self, node: Any) -> dict[str, Any]:
        """``node`` itself, or what its reference leads to."""
