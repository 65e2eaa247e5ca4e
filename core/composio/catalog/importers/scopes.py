"""Which of several scopes opens least, where any of them would do. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["by_privilege"]

_WORD: Final = re.compile(r"[a-z]+")
# Scopes that open a part of what a call may ask for: with one of those, calls for the rest are refused or find nothing.
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
    """Each scope to what sorts it, the least privileged first: that of one of the ``methods`` is the least of its scopes.

    A scope that opens only a part comes last, as with it a call may find nothing; one to read with comes before one to write
    with, the ``api``'s own before one for all of a provider's, one that opens few methods before one that opens many.
    """
    count = Counter(scope for scopes in methods for scope in scopes)
    return {scope: _rank(scope, number, api) for scope, number in count.items()}


def _rank(scope: str, opens: int, api: str) -> tuple[bool, bool, bool, int]:
    last = scope.rstrip("/").rpartition("/")[2]
    words = set(_WORD.findall(last.lower().replace("read-only", "readonly").replace("read_only", "readonly")))
    return bool(words & _PARTIAL), not words & _READS, api not in last, opens
