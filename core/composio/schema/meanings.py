"""Interpret a model's value: text with another type's value, an option or a name in another spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = ["WRAPPERS", "entries_in", "fold", "from_text", "json_in", "names_like", "options_like"]

# Models nest the arguments under these names, here in the form of :func:`folded`.
WRAPPERS = frozenset(
    (
        *("args", "arguments", "body", "data", "input", "inputs", "json", "kwargs", "parameters", "params", "payload"),
        *("properties", "query", "request", "actioninput", "toolinput", "path", "pathparams", "pathparameters"),
        *("queryparams", "queryparameters", "requestbody"),
    )
)
# JSON's numbers, without those with a leading zero, which are identifiers, and those too long for Python.
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,2})?")
_FENCE = "```"
_LANGUAGE = re.compile(r"[\w+-]*")
# Python literals that differ from JSON, and a trailing comma; strings are matched as a whole, to be skipped. An unterminated
# one reaches to the end of the text, which keeps this linear.
_SLIP = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*+(?:"|\Z))|'(?P<single>(?:[^'\\]|\\.)*+)(?P<end>'|\Z)|(?P<comma>,(?=\s*+[\]}]))"""
    r"|\b(?P<word>True|False|None)\b",
    re.DOTALL,
)
_WORDS = {"True": "true", "False": "false", "None": "null"}
_QUOTE = re.compile(r"""\\(.)|(")""", re.DOTALL)
# One item of a comma-separated string: a name, an id, an address.
_ENTRY = re.compile(r"[\w@#.:/+-]+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_APART = re.compile(r"[\W_]+")
# Maximum levels of JSON text inside JSON text.
_ENCODINGS = 3


def json_in(text: str) -> Any:
    """Return the JSON value in ``text``; None if there is none.

    Also in a Markdown fence with or without words around it, encoded more than once, or as a Python literal:
    ``{'a': True}``.
    """
    found: Any = text
    for _ in range(_ENCODINGS):
        plain = _strip_fence(found.strip())
        if plain[:1] not in ("{", "[", '"'):
            return None
        try:
            found = _load(plain)
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, str):
            return found
    return None


def _strip_fence(text: str) -> str:
    start, end = text.find(_FENCE), text.rfind(_FENCE)
    if text[:1] in ("{", "[", '"') or start < 0 or end <= start:
        return text
    inner = text[start + len(_FENCE) : end]
    language = _LANGUAGE.match(inner)
    return inner[language.end() if language else 0 :].strip()


def _load(text: str) -> Any:
    try:
        return json.loads(text, strict=False)  # raw line breaks inside strings are unambiguous
    except ValueError:
        return json.loads(_SLIP.sub(_as_json, text), strict=False)


def _as_json(slip: re.Match[str]) -> str:
    if slip["comma"]:
        return ""
    if slip["word"]:
        return _WORDS[slip["word"]]
    if slip["single"] is None or not slip["end"]:
        return slip[0]
    return f'"{_QUOTE.sub(_quote, slip["single"])}"'


def _quote(found: re.Match[str]) -> str:
    if found[2]:
        return '\\"'
    return "'" if found[1] == "'" else found[0]


def from_text(text: str, wanted: set[str]) -> Iterator[Any]:
    """Return ``text`` as one of the ``wanted`` types of JSON Schema, the likeliest first."""
    plain = text.strip()
    if len(plain) > 2 and plain[0] == plain[-1] == '"' and "string" not in wanted and json_in(plain) is None:
        plain = plain[1:-1].strip()  # "5", with its quotes
    if wanted & {"integer", "number"} and _NUMBER.fullmatch(plain):
        number = json.loads(plain)
        if isinstance(number, int) or "number" in wanted:
            yield number
        elif number.is_integer():
            yield int(number)
    if "boolean" in wanted and plain.casefold() in _FLAGS:
        yield _FLAGS[plain.casefold()]
    if "null" in wanted and plain.casefold() in ("null", "none"):
        yield None
    if wanted & {"object", "array"} and (found := json_in(text)) is not None:
        if ("object" if isinstance(found, dict) else "array") in wanted:
            yield found
        elif isinstance(found, dict):
            yield [found]


def entries_in(text: str) -> list[str]:
    """Return the items of a comma-separated list; empty if a comma may be part of an item."""
    entries = [entry.strip() for entry in text.split(",")]
    are_links = {"://" in entry for entry in entries}
    if len(entries) < 2 or len(are_links) > 1 or not all(map(_ENTRY.fullmatch, entries)) or _THOUSANDS.fullmatch(text.strip()):
        return []
    return entries


def options_like(value: Any, options: Sequence[Any]) -> list[Any]:
    """Return the one option that ``value`` spells differently; empty if several are possible.

    Case is compared first, then separators: ``In Progress`` is ``in_progress``.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return []
    known = [option for option in options if isinstance(option, str | int | float) and not isinstance(option, bool)]
    text = str(value).strip()
    for spell in (str, str.casefold, fold):
        if not (meant := spell(text)):
            return []
        found = [option for option in known if spell(str(option)) == meant]
        if found:
            return found if len(found) == 1 else []
    return []


def names_like(name: str, known: Iterable[str]) -> list[str]:
    """Return the one of ``known`` that ``name`` spells differently: ``issueNumber``, ``issue-number`` for ``issue_number``."""
    meant = fold(name)
    found = [other for other in known if meant and fold(other) == meant]
    return found if len(found) == 1 else []


def fold(name: str) -> str:
    """Return ``name`` in lower case without separators; "" if it has no word."""
    return _APART.sub("", name).casefold()
