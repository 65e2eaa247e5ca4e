"""Find the apps that a task names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from composio.model.app import AppModel

__all__ = ["find_mentioned"]

_WORDS = re.compile(r"[^\W_]+")
# A name this short counts only after a word that announces an app.
_SHORT = 3
_BEFORE = frozenset({"in", "on", "to", "from", "with", "via", "using", "into", "my", "our", "the"})


def find_mentioned(task: str, apps: Iterable[AppModel]) -> list[str]:
    """Return the keys of the apps that ``task`` names, in order. Of overlapping names the longest counts."""
    words = [one.casefold() for one in _WORDS.findall(task)]
    names: dict[tuple[str, ...], str] = {}
    for app in apps:
        for name in (app.key.replace("_", " "), app.name):
            names.setdefault(tuple(one.casefold() for one in _WORDS.findall(name)), app.key)
    longest = max((len(one) for one in names), default=0)
    found: dict[str, None] = {}
    at = 0
    while at < len(words):
        for length in range(longest, 0, -1):
            part = tuple(words[at : at + length])
            if len(part) == length and part in names and _is_meant(part, words[at - 1] if at else ""):
                found.setdefault(names[part])
                at += length - 1
                break
        at += 1
    return list(found)


def _is_meant(name: tuple[str, ...], before: str) -> bool:
    return len(name) > 1 or len(name[0]) > _SHORT or before in _BEFORE
