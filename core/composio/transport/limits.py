"""Limits on the size and duration of one HTTP exchange."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one exchange. Sizes are in bytes, after decompression.

    ``response`` limits data, ``error`` the body of an unsuccessful response; ``download`` and ``upload`` are per
    file. ``seconds`` is the whole exchange, its retries and redirects included. ``token_seconds`` is how long a provider may take
    to exchange tokens; calls don't wait for it while the old token holds, nor longer than they would for an API's answer.
    """

    response: int = 16 * _MIB
    error: int = _MIB
    download: int = 1024 * _MIB
    upload: int = 1024 * _MIB
    seconds: float = 300.0
    token_seconds: float = 60.0
