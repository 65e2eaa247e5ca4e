"""Select a description's operations by the patterns of ``include`` and ``exclude``.

A pattern is a path (``/me/messages/**``), a method and a path (``GET /users/*``), or an operationId (``admin_*``). In paths
``*`` matches anything but a slash, ``**`` anything, ``/**`` at the end the path itself and all below it, and ``{}`` any
placeholder. In operationIds ``*`` matches anything. ``exclude`` wins over ``include``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from composio.catalog.definition import SpecSource

__all__ = ["Selection"]

_WITH_METHOD: Final = re.compile(r"([A-Za-z]+) +(.+)")
_TOKEN: Final = re.compile(r"/\*\*$|/\*\*(?=/)|\*\*|\*|\{\}")
_EXPRESSIONS: Final = {"**": ".*", "*": "[^/]*", "{}": r"\{[^{}]*\}", "/**": "(?:/.*)?"}


class Selection:
    """The patterns of ``source``, and which of them never matched."""

    def __init__(self, source: SpecSource) -> None:
        self._include = [_Pattern(text) for text in source.include]
        self._exclude = [_Pattern(text) for text in source.exclude]

    @property
    def unused(self) -> Iterator[tuple[str, str]]:
        """Return each pattern that matched nothing, with its field."""
        yield from (("include", one.text) for one in self._include if not one.used)
        yield from (("exclude", one.text) for one in self._exclude if not one.used)

    def takes(self, method: str, path: str, name: str) -> bool:
        """Return whether an operation is included; ``name`` is its operationId."""
        # Every pattern is tried, as one that overlaps with another is still of use.
        included = [one.matches(method, path, name) for one in self._include]
        excluded = [one.matches(method, path, name) for one in self._exclude]
        return (any(included) or not included) and not any(excluded)


class _Pattern:
    """One pattern, and whether it ever matched."""

    def __init__(self, text: str) -> None:
        self.text, self.used = text, False
        found = _WITH_METHOD.fullmatch(text.strip())
        method, rest = found.groups() if found and _is_path(found[2]) else ("", text.strip())
        self._method, self._is_path = method.upper(), _is_path(rest)
        self._wanted = re.compile(_path_expression(rest) if self._is_path else ".*".join(map(re.escape, rest.split("*"))))

    def matches(self, method: str, path: str, name: str) -> bool:
        if not self._is_path:
            found = bool(name) and self._wanted.fullmatch(name) is not None
        else:
            # If operations share a path, importers append a # and an id.
            where = path.partition("#")[0]
            found = self._method in {"", method.upper()} and self._wanted.fullmatch(where) is not None
        self.used = self.used or found
        return found


def _is_path(text: str) -> bool:
    return text.startswith(("/", "{", "**"))


def _path_expression(pattern: str) -> str:
    made, end = "", 0
    for token in _TOKEN.finditer(pattern):
        made += re.escape(pattern[end : token.start()]) + _EXPRESSIONS[token[0]]
        end = token.end()
    return made + re.escape(pattern[end:])
