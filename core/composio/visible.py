"""Escape characters of foreign text that would control a terminal or stay invisible.

Sources: Unicode 16, "General Category" and "Default_Ignorable_Code_Point"; ECMA-48 for C0, C1 and escape sequences.
"""

from __future__ import annotations

import logging
import re
import unicodedata

__all__ = ["LOGGERS", "guard_logs", "visible"]

LOGGERS = (
    "composio",
    "composio.accounts",
    "composio.catalog",
    "composio.jobs",
    "composio.policy",
    "composio.store",
    "composio.triggers",
)
"""The names of our loggers. Python does not apply a logger's filters to records of its children."""

_UNUSUAL = re.compile(r"[^\n\t -~]")
# Invisible letters and marks: fillers, and variation selectors that no emoji needs.
_HIDDEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef]")


def visible(text: str) -> str:
    r"""Escape every character of ``text`` that is not visible: controls, bidi marks, zero-width characters, separators.

    Escapes have JSON's form (``\u009b``), so that escaped JSON has the same value. Line feeds, tabs and spaces stay.
    """
    return _UNUSUAL.sub(_show, text)


def _show(match: re.Match[str]) -> str:
    character = match[0]
    if (character.isprintable() or unicodedata.category(character) == "Zs") and not _HIDDEN.match(character):
        return character
    code = ord(character)
    units = [code] if code < 0x10000 else [0xD800 + ((code - 0x10000) >> 10), 0xDC00 + (code & 0x3FF)]
    return "".join(f"\\u{unit:04x}" for unit in units)


class _Visible(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if (shown := visible(message)) != message:
            record.msg, record.args = shown, ()
        if record.exc_info and not record.exc_text:  # a formatter takes what is there
            record.exc_text = visible(logging.Formatter().formatException(record.exc_info))
        return True


_VISIBLE = _Visible()


def guard_logs() -> None:
    """Filter our log records so that they are safe to show on a terminal. Calling it again has no effect."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_VISIBLE)
