"""Text of others as a terminal may show it: characters that would drive the terminal, or hide, are escaped.

Sources: Unicode 16, "General Category" and "Default_Ignorable_Code_Point"; ECMA-48 for what C0, C1 and escape sequences do.
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
"""The names that we log under. A logger's filters are not asked for what its children log."""

_UNUSUAL = re.compile(r"[^\n\t -~]")
# Letters and marks that are not there to be seen: fillers, and the selectors that no emoji needs.
_HIDDEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef]")


def visible(text: str) -> str:
    r"""``text`` with everything escaped that is not shown as itself: controls, bidi marks, what has no width, separators.

    Written as JSON writes it (``\u009b``), so that JSON stays the same value. Line feeds, tabs and spaces stay.
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
    """Have our records hold only what a terminal may show, as most programs let them end on one. Once is enough."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_VISIBLE)
