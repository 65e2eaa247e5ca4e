"""What a value may have been meant as: text that holds another type, an option in other letters, a name in another case."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = ["WRAPPERS", "folded", "from_text", "json_in", "names_like", "options_like"]

# Models put the arguments one level down under these names.
WRAPPERS = frozenset(
    (
        *("args", "arguments", "body", "data", "input", "inputs", "json", "kwargs", "parameters", "params", "payload"),
        *("properties", "query", "request", "action_input", "tool_input"),
    )
)
# JSON's numbers, without those whose leading zero tells that they are names, and those that Python refuses for their length.
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,2})?")
_FENCE = re.compile(r"```[\w-]*\s*\n?(.*?)\n?\s*```", re.DOTALL)
_APART = re.compile(r"[\W_]+")
# How often JSON text may be text in JSON again.
_ENCODINGS = 3


def json_in(text: str) -> Any:
    """What ``text`` holds as JSON, also in a Markdown fence or encoded more than once; None where it holds none."""
    found: Any = text
    for _ in range(_ENCODINGS):
        plain = found.strip()
        if plain.startswith("```") and (fenced := _FENCE.fullmatch(plain)):
            plain = fenced[1].strip()
        if plain[:1] not in ("{", "[", '"'):
            return None
        try:
            found = json.loads(plain, strict=False)  # raw line breaks inside strings are unmistakable
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, str):
            return found
    return None


def from_text(text: str, wanted: set[str]) -> Iterator[Any]:
    """``text`` as one of the ``wanted`` types of JSON Schema, the likeliest first."""
    plain = text.strip()
    if len(plain) > 2 and plain[0] == plain[-1] == '"' and "string" not in wanted and json_in(plain) is None:
        plain = plain[1:-1].strip()  # "5", quotes and all
    if wanted & {"integer", "number"} and _NUMBER.fullmatch(plain):
        number = json.loads(plain)
        if isinstance(number, int) or "number" in wanted:
            yield number
        elif number.is_integer():
            yield int(number)
    if "boolean" in wanted and plain.casefold() in ("true", "false"):
        yield plain.casefold() == "true"
    if "null" in wanted and plain.casefold() in ("null", "none"):
        yield None
    if wanted & {"object", "array"} and (found := json_in(text)) is not None:
        if ("object" if isinstance(found, dict) else "array") in wanted:
            yield found
        elif isinstance(found, dict):
            yield [found]


def options_like(value: Any, options: Sequence[Any]) -> list[Any]:
    """The one option that ``value`` spells otherwise; none where several could be meant.

    Letters' case first, then what stands between words: ``In Progress`` is ``in_progress``.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return []
    known = [option for option in options if isinstance(option, str | int | float) and not isinstance(option, bool)]
    text = str(value).strip()
    for fold in (str, str.casefold, folded):
        if not (meant := fold(text)):
            return []
        found = [option for option in known if fold(str(option)) == meant]
        if found:
            return found if len(found) == 1 else []
    return []


def names_like(name: str, known: Iterable[str]) -> list[str]:
    """The one of ``known`` that ``name`` is in another case: ``issueNumber``, ``issue-number`` for ``issue_number``."""
    meant = folded(name)
    found = [other for other in known if meant and folded(other) == meant]
    return found if len(found) == 1 else []


def folded(name: str) -> str:
    """``name`` in small letters and without what stands between its words; "" where it has no word."""
    return _APART.sub("", name).casefold()
