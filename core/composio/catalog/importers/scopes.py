"""Choose the scope with the least access if any of several is enough. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["by_privilege"]

_WORD: Final = re.compile(r"[a-z]+")
# Scopes for a part of the data: with one of them, calls for the rest are refused or find nothing.
_PARTIAL: Final = frozenset(
    [
        "addons",
        "appcreateddata",
        "appdata",
        "created",
        "file",
        "freebusy",
        "meet",
        "metadata",
        "owned",
        "photos",
        "public",
        "scripts",
    ]
)
_READS: Final = frozenset(("readonly", "read"))


def by_privilege(api: str, methods: Iterable[list[str]]) -> Mapping[str, tuple[bool, bool, bool, int]]:
    """Return the sort key of each scope, least privileged first, according to the ``methods`` that accept it.

    A scope for a part of the data comes last, as a call with it may find nothing. Read scopes come before write scopes, the
    ``api``'s own before a provider's general ones, and scopes of few methods before those of many.
    """
    count = Counter(scope for scopes in methods for scope in scopes)
    return {scope: _rank(scope, number, api) for scope, number in count.items()}


def _rank(scope: str, opens: int, api: str) -> tuple[bool, bool, bool, int]:
    last = scope.rstrip("/").rpartition("/")[2]
    words = set(_WORD.findall(last.lower().replace("read-only", "readonly").replace("read_only", "readonly")))
    return bool(words & _PARTIAL), not words & _READS, api not in last, opens
