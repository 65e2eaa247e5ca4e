"""The data that search uses besides words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["SearchModel"]


@dataclass(frozen=True, slots=True)
class SearchModel:
    """A model that finds actions by the meaning of a sentence.

    It has vectors for ``actions`` ``of`` the compiled actions.
    """

    name: str
    installed: bool
    actions: int
    of: int

    def listing(self) -> dict[str, Any]:
        """Return a plain dict."""
        return asdict(self)
