"""A project's own rate limits and log settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from composio.errors import ConfigurationError, InvalidRequest
from composio_server.services.limits import KINDS, read_rates

__all__ = ["Upkeep"]

_MOST_CHARS: Final = 1_000_000
_MOST_DAYS: Final = 3_650


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """None means the server's default.

    ``rates`` are by ``project``, ``key`` and ``entity``, such as ``50/s:200``. ``log_payloads`` keeps calls' input and output,
    ``log_chars`` limits their length, and ``log_days`` is how long calls stay in the log.
    """

    rates: Mapping[str, str] = field(default_factory=dict)
    log_payloads: bool = True
    log_chars: int | None = None
    log_days: int | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Upkeep:
        """Read a project's settings."""
        return cls(
            rates=dict(settings.get("rates") or {}),
            log_payloads=bool(settings.get("log_payloads", True)),
            log_chars=settings.get("log_chars"),
            log_days=settings.get("log_days"),
        )

    def check(self) -> Upkeep:
        """Parse them. Raises ``InvalidRequest`` that names the invalid field."""
        try:
            read_rates(self.rates)
        except ConfigurationError as error:
            raise InvalidRequest(f"rates: {error}") from None
        for name, value, most in (("log_chars", self.log_chars, _MOST_CHARS), ("log_days", self.log_days, _MOST_DAYS)):
            if value is not None and not 1 <= value <= most:
                raise InvalidRequest(f"{name} is a number from 1 to {most:,}; got {value:,}.")
        return self

    def as_settings(self) -> dict[str, Any]:
        """Return what to store in a project's settings, None for defaults."""
        return {
            "rates": {kind: self.rates[kind].strip() for kind in KINDS if self.rates.get(kind, "").strip()} or None,
            "log_payloads": None if self.log_payloads else False,
            "log_chars": self.log_chars,
            "log_days": self.log_days,
        }
