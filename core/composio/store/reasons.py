"""Classify why a database can't be used, by its driver's error."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

__all__ = ["HINTS", "reason_of"]

# Codes of SQLSTATE, whole or their first two characters. Source: PostgreSQL's documentation, appendix A.
_STATES = {
    "08": "away",
    "22": "value",
    "23": "value",
    "25006": "read-only",
    "53100": "full",
    "53300": "away",
    "55000": "away",  # a database that takes no connections
    "57P": "away",
}
_NAMES = {
    "SQLITE_FULL": "full",
    "SQLITE_READONLY": "read-only",
    "SQLITE_BUSY": "away",
    "SQLITE_CANTOPEN": "away",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
    "SQLITE_TOOBIG": "value",
    "SQLITE_CONSTRAINT": "value",
    "SQLITE_MISMATCH": "value",
}
HINTS = {
    "full": "Free space on its disk.",
    "read-only": "Let this user write to it: the file, its folder, and the file system.",
    "damaged": "It is damaged; nothing was changed. Restore it from a backup, or move it away to start over.",
}


def reason_of(error: Exception) -> str:
    """Return a ``StoreError``'s ``reason``."""
    if isinstance(error, UnicodeError | OverflowError):
        return "value"
    if isinstance(error, sa.exc.TimeoutError):  # every connection of the pool is in use
        return "away"
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    if state:
        return next((_STATES[state[:size]] for size in (5, 3, 2) if state[:size] in _STATES), "")
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    if isinstance(error, sa.exc.IntegrityError | sa.exc.DataError) or type(cause).__name__ == "DataError":
        return "value"
    # A driver's error that has no code.
    return "away" if type(cause).__name__ in {"OperationalError", "InterfaceError"} else ""


def _of_sqlite(error: sqlite3.Error) -> str:
    name: str = getattr(error, "sqlite_errorname", None) or ""
    return next((reason for begin, reason in _NAMES.items() if name.startswith(begin)), "")
