"""Limits on the size and duration of one HTTP exchange."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one exchange. Sizes are in bytes, after decompression.

    ``response`` limits data, ``error`` the body of an unsuccessful response; ``download`` and ``upload`` are per file.
    ``seconds`` limits the whole exchange, including retries and redirects. ``token_seconds`` limits a token request; calls do
    not wait for it while the old token is valid, nor longer than they would for an API's response.
    """

    response: int = 16 * _MIB
    error: int = _MIB
    download: int = 1024 * _MIB
    upload: int = 1024 * _MIB
    seconds: float = 300.0
    token_seconds: float = 60.0
