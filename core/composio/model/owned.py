"""An app that a project of a server added itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["OwnApp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApp:
    """``url`` is the origin of its description; None for an uploaded one.

    ``warnings`` say what could not be read as written.
    """

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
        """Return it as JSON."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
