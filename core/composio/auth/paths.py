"""Paths into JSON, as ``integration.yaml`` writes them: ``data.access_token``, ``accounts[0].token``, ``errors[].code``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["every", "text_of"]

_PART: Final = re.compile(r"\[(?:\"([^\"]*)\"|'([^']*)'|(-?\d+|\*?))\]|([^.\[\]]+)")


def every(data: Any, path: str) -> Iterator[Any]:
    """Every value at ``path``. ``[0]`` and ``[-1]`` pick an item; ``[]``, ``[*]`` or nothing means each item of a list.

    A leading ``$.`` is allowed. A name that has dots itself is found first.
    """
    if isinstance(data, Mapping) and path in data:
        yield data[path]
        return
    parts = tuple(quoted or single or index or name for quoted, single, index, name in _PART.findall(path))
    yield from _walk(data, parts[1:] if path.startswith(("$.", "$[")) else parts)


def _walk(here: Any, parts: tuple[str, ...]) -> Iterator[Any]:
    if not parts:
        yield here
    elif isinstance(here, Mapping):
        for count in range(len(parts), 0, -1):
            if (name := ".".join(parts[:count])) in here:
                yield from _walk(here[name], parts[count:])
                return
    elif isinstance(here, list):
        first = parts[0]
        if re.fullmatch(r"-?\d{1,9}", first):
            index = int(first)
            if -len(here) <= index < len(here):
                yield from _walk(here[index], parts[1:])
            return
        rest = parts[1:] if first in {"", "*"} else parts
        for item in here:
            yield from _walk(item, rest)


def text_of(value: Any) -> str | None:
    """A string, number or boolean as text; None for what is empty, or is more than one value."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) and value != "" else None
