"""What search has to go by, beside words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["SearchModel"]


@dataclass(frozen=True, slots=True)
class SearchModel:
    """A model that finds actions by what a sentence means, and for how many ``of`` the compiled ``actions`` it has vectors."""

    name: str
    installed: bool
    actions: int
    of: int

    def listing(self) -> dict[str, Any]:
        """As a plain dictionary."""
        return asdict(self)
