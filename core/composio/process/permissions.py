"""Restrict files to their owner: report and remove the permissions of others."""

from __future__ import annotations

import logging
import stat
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["PRIVATE", "READABLE", "keep_from_others"]

# The permissions left to others: none, or read only.
PRIVATE, READABLE = 0o700, 0o755
_READ, _WRITE = 0o044, 0o022
_log = logging.getLogger("composio")


def keep_from_others(path: Path, what: str, advice: str, *, leave: int = PRIVATE) -> None:
    """Restrict ``path`` to the permissions ``leave`` for others. One warning says what they could do.

    ``what`` names it in the warning; ``advice`` says what its user should do. Does nothing without the file, and on Windows,
    which has another permission model.
    """
    if sys.platform == "win32":
        return
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return
    taken = mode & (_READ | _WRITE) & ~leave
    if not taken:
        return
    # In a sticky folder others can't replace what is there, and it is not ours alone, as /tmp is not.
    if not mode & stat.S_ISVTX:
        with suppress(OSError):  # another user's file, such as a container's secrets
            path.chmod(mode & leave)
    now = stat.S_IMODE(path.stat().st_mode)
    could = " and ".join(word for word, bits in (("read", _READ), ("write", _WRITE)) if taken & bits)
    became = f"and is now {now:o}" if now != mode else "and could not be changed"
    _log.warning("Others could %s %s %s: its mode was %o, %s. %s", could, what, path, mode, became, advice)
