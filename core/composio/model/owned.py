"""An app that a project of a server's added itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["OwnApp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApp:
    """``url`` is where its description came from; None for one that was sent along. ``warnings`` say what was not read as it is written."""

    key: str
    name: str = ""
    actions: int = 0
    auth_schemes: tuple[str, ...] = ()
    url: str | None = None
    base_url: str | None = None
    auth: tuple[str, ...] = ()
    updated_at: str = ""
    warnings: tuple[str, ...] = ()

    def listing(self) -> dict[str, Any]:
        """As JSON has it."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
