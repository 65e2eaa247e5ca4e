"""Extract an upstream's own message from its error document, in any format. Pure.

There is no list of vendors: keys are recognised by purpose, whatever their case and separators. Some are messages (``message``,
``detail``), some hold further errors (``errors``, ``violations``), some name an error's subject (``field``, ``loc``,
``source.pointer``). A mapping without any of these maps field names to their errors.
Sources: RFC 9457; JSON:API, "Error Objects"; OData JSON Format 4.01, 21; google.rpc.BadRequest; GraphQL, "Response Format";
the real responses in the test's table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

from composio.model.error_words import (
    CODES,
    HOLDS,
    INNER,
    LAST,
    LISTS,
    LOOSE,
    MAIN,
    MAYBE_CODES,
    NAMELESS,
    PLACES,
    PLACES_INSIDE,
    PLURAL,
    RULES,
    SAYS,
    SIGNS,
    SKIPPED,
    STACKS,
)

__all__ = ["error_text", "plain"]

LIMIT: Final = 800
# Characters of one sentence, sentences of one list, values that are visited, levels.
_SENTENCE, _MOST, _VALUES, _DEPTH = 500, 6, 2000, 12
_STATUS = re.compile(
    r"(?:http )?(?:status )?(?:[1-5]\d\d)?\W*(?:error|errors|fail|failed|failure|false|unknown error|an error occurred|no message available|"
    + "|".join(re.escape(status.phrase.lower()) for status in HTTPStatus)
    + r")?\W*(?:error)?"
)
_CODE = re.compile(r"[A-Za-z][\w.\-/:]*")
_CLASS = re.compile(r"[\w.]*(?:Error|Exception)")
_TAG = re.compile(r"<[^<>]{0,500}>")


def error_text(data: Any, limit: int = LIMIT) -> str:
    """Return the error in ``data`` and its subject, on one line of at most ``limit`` characters; empty if there is none."""
    reader = _Reader()
    if isinstance(data, str):
        return plain(data, limit)
    data = _unwrap(data)
    found = reader.value(data, 0).flat() if isinstance(data, Mapping | list) else ""
    return plain(found or reader.anywhere(data), limit)


def _unwrap(data: Any) -> Any:
    """Unwrap ``{"response": {...}}`` and other envelopes."""
    for _ in range(_DEPTH):
        name, inner = next(iter(data.items())) if isinstance(data, Mapping) and len(data) == 1 else ("", None)
        if not isinstance(inner, Mapping) or _fold(name) in {*SAYS, *HOLDS, *INNER} or _is_map(data, ""):
            break
        data = inner
    return data


def plain(text: str, limit: int = _SENTENCE) -> str:
    """Put ``text`` on one line, without control characters and invisible marks, cut at ``limit`` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 8]).split())
    return line if len(line) <= limit else f"{line[: limit - 3].rstrip()}..."


@dataclass(slots=True)
class _Found:
    """The message of an error, and those of its parts."""

    lead: str = ""
    parts: list[str] = field(default_factory=list)

    def flat(self) -> str:
        lead, parts = self.lead, [part for part in dict.fromkeys(self.parts) if part]
        for part in parts:  # a duplicate with its location
            if lead and part.casefold().endswith(f": {lead.casefold()}"):
                lead = part
        parts = [part for part in parts if not _is_in(part, lead)]
        if not lead and len(parts) == 1:
            return parts[0]
        inside = "; ".join(part.rstrip(".") for part in parts)
        return f"{lead.rstrip('.:')} ({inside})" if lead and inside else lead or inside


class _Reader:
    def __init__(self) -> None:
        self._left = _VALUES

    def value(self, value: Any, depth: int, *, name: str = "", item: bool = False) -> _Found:
        """Read an error or a container of errors: the value of the key ``name``, or an ``item`` of several."""
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            return _Found()
        if isinstance(value, str):
            return _Found(self._sentence(value, depth))
        if isinstance(value, list):
            return _Found(parts=self._list(value, depth))
        if not isinstance(value, Mapping):
            return _Found()
        if not _is_translated(_fold_keys(value)) and _is_map(value, name):
            return _Found(parts=self._map(value, depth))
        return self._object(value, depth, codes=name not in {"extensions", "data"}, item=item)

    def _sentence(self, text: str, depth: int) -> str:
        """Read a string, which may contain another error as JSON or markup."""
        text = text.strip()
        if text[:1] in {"{", "["} and len(text) < 50_000:
            try:
                inner = json.loads(text)
            except (ValueError, RecursionError):
                inner = None
            if isinstance(inner, dict | list) and (said := self.value(inner, depth + 1).flat()):
                return said
        return plain(_TAG.sub(" ", text[:5000]) if text[:1] == "<" else text)

    def _object(self, node: Mapping[str, Any], depth: int, *, codes: bool, item: bool = True) -> _Found:
        known = _fold_keys(node)
        if _is_translated(known):
            return _Found(plain(str(known.get("value") or known.get("text"))))
        said, parts = self._read(known, depth)
        found = _Found(_join(said), parts)
        for name, value in known.items():
            if name in SAYS and isinstance(value, str):
                continue
            if name in LOOSE:
                is_map = isinstance(value, Mapping) and bool(value) and all(map(_is_faults, value.values()))
                found.parts += self._map(value, depth) if is_map else _loose(value, found.lead)
            elif isinstance(value, str) and (name in HOLDS - RULES or name == "cause"):
                found.parts.append(self._sentence(value, depth))
            elif (
                isinstance(value, Mapping | list) and not _is_skipped(name, value) and not (name in SAYS and name not in HOLDS)
            ):
                self._inside(found, name, value, depth)
        hidden = (
            PLACES_INSIDE
            if depth == 0 or not (found.lead or (item and found.parts))
            else ()
            if item
            else PLACES_INSIDE - {"fields", "target"}
        )
        place = _place(known, hidden)
        if not found.lead and place:
            found = _Found("; ".join(found.parts))
        if not found.lead and not found.parts and depth and codes:
            found.lead = next((code for name in CODES if (code := _code(known.get(name)) or _sentence_in(known.get(name)))), "")
        if depth == 0 and not found.parts and " " not in found.lead:  # only a code, or nothing
            found.parts += [text for name, value in known.items() if name not in SKIPPED and (text := _sentence_in(value))]
        found.lead = _name_place(place, found.lead)
        return found

    def _read(self, known: Mapping[str, Any], depth: int) -> tuple[list[tuple[str, str]], list[str]]:
        """Return the messages by key, and the parts of those that are not strings."""
        said: list[tuple[str, str]] = []
        parts: list[str] = []
        for name in (*SAYS, "data") if depth else SAYS:
            value = known.get(name)
            if name == "data" and not isinstance(value, str):
                continue
            if isinstance(value, list) and name not in HOLDS:
                said.append((name, "; ".join(self._list(value, depth + 1))))
            elif isinstance(value, str) or (isinstance(value, Mapping) and name not in HOLDS - {"error"}):
                found = self.value(value, depth + 1, name=name)
                said.append((name, found.lead))
                parts += found.parts
        return said, parts

    def _inside(self, found: _Found, name: str, value: Any, depth: int) -> None:
        """Add the messages of a key with a list or a mapping."""
        if name == "constraints" and isinstance(value, Mapping):
            found.parts += self._list(list(value.values()), depth + 1)
        elif name in HOLDS and not (name == "error" and isinstance(value, Mapping)):
            inner = self.value(value, depth + 1, name=name)
            if name == "details" and isinstance(value, Mapping):  # the same message under another key
                inner.parts = [p for p in inner.parts if p.rpartition(": ")[2].casefold() not in found.lead.casefold()]
            found.parts += [inner.flat()] if inner.lead else inner.parts
        elif name in INNER and name != "error" and (depth or name not in {"data", "extensions"}):
            inner = self.value(value, depth + 1, name=name)
            if found.lead:
                found.parts.append(inner.lead)
            else:
                found.lead = inner.lead
            found.parts += inner.parts
        elif name == "data" and found.lead and isinstance(value, Mapping) and value and all(map(_is_fault, value.values())):
            found.parts += self._map(value, depth + 1)
        elif name != "error":
            found.parts += self._find_hidden(value, depth + 1)

    def _find_hidden(self, value: Any, depth: int) -> Iterator[str]:
        """Return errors below a key without a meaning of its own."""
        self._left -= 1
        if depth > _DEPTH or self._left < 0:
            return
        if isinstance(value, list):
            for item in value[:_MOST]:
                yield from self._find_hidden(item, depth + 1)
        known = _fold_keys(value) if isinstance(value, Mapping) else {}
        if not SIGNS.isdisjoint(known) and any(isinstance(known.get(name), str) for name in MAIN):
            yield self._object(value, depth, codes=False).flat()
            return
        for name, inner in known.items():
            if isinstance(inner, str) and (name == "error" or (name in MAIN and name.startswith("err"))):
                yield self._sentence(inner, depth)
            if name in LOOSE and isinstance(inner, Mapping) and all(isinstance(v, str) and " " in v for v in inner.values()):
                yield from self._map(inner, depth + 1)  # WordPress's
            if not isinstance(inner, Mapping | list) or name in SKIPPED:
                continue
            if name in HOLDS or (name in INNER and name != "data"):
                yield self.value(inner, depth + 1, name=name).flat()
            else:
                yield from self._find_hidden(inner, depth + 1)

    def _list(self, items: list[Any], depth: int) -> list[str]:
        """Return each item's message. Most lists of errors are short; of long ones the number is given."""
        return _first([said for item in items[:200] if (said := self.value(item, depth + 1, item=True).flat())])

    def _map(self, node: Mapping[Any, Any], depth: int, above: str = "") -> list[str]:
        """Read the errors by field: ``{"title": ["is too short"]}``."""
        found: list[str] = []
        for name, value in islice(node.items(), 50):
            if _fold(name) in STACKS:
                continue
            unnamed = _fold(name) in NAMELESS or (above and str(name).startswith("_"))
            place = above if unnamed else f"{above}.{name}" if above else str(name)
            self._left -= 1
            if depth > _DEPTH or self._left < 0:
                break
            maps = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)]
            if maps and all(_is_entry(one, isinstance(value, list)) for one in maps if one):
                for one in maps[:_MOST]:
                    found += self._map(one, depth + 1, place)
            else:
                inner = (
                    self._list(value, depth + 1)
                    if isinstance(value, list)
                    else [self.value(value, depth + 1, item=True).flat()]
                )
                found.append(_name_place(_path(place), ", ".join(part for part in inner if part)))
        return [part for part in found if part] if above else _first([part for part in found if part])

    def anywhere(self, data: Any) -> str:
        """Return any message, at any level."""
        level, said = [data], list[str]()
        for _ in range(_DEPTH):
            inside: list[Any] = []
            for value in level[:200]:
                known = _fold_keys(value) if isinstance(value, Mapping) else {}
                said += [plain(text) for name in (*MAIN, *LAST) if isinstance(text := known.get(name), str) and text.strip()]
                inside += [inner for name, inner in known.items() if name not in SKIPPED and isinstance(inner, Mapping | list)]
                inside += [inner for inner in value if isinstance(inner, Mapping | list)] if isinstance(value, list) else []
            level = inside
        return "; ".join(dict.fromkeys(said[:_MOST]))


def _first(found: list[str]) -> list[str]:
    found = list(dict.fromkeys(found))
    more = len(found) - _MOST
    return [*found[:_MOST], f"and {more} more"] if more > 0 else found


@lru_cache(maxsize=1024)
def _fold_text(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.split(r"[:.]", key)[-1].lower())


def _fold(key: Any) -> str:
    """Return a key without prefix, case and separators: ``hydra:title``, ``error_description``, ``ErrorMessage``."""
    text = str(key)
    return _fold_text(text) if len(text) < 60 else text


def _fold_keys(node: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in islice(node.items(), 200):
        found.setdefault(_fold(key), value)
    return found


def _is_translated(known: Mapping[str, Any]) -> bool:
    """Unwrap ``{"lang": "en", "value": "..."}``, the string form of OData 2, SOAP 1.2 and XML with attributes."""
    text = known.get("value", known.get("text"))
    return len(known) <= 2 and known.keys() <= {"lang", "locale", "value", "text", "type"} and isinstance(text, str)


def _is_map(node: Mapping[Any, Any], name: str) -> bool:
    """Return whether a mapping's keys are field names. ``name`` is its own key, empty for the whole response."""
    known = _fold_keys(node)
    if not known or any(isinstance(known.get(main), str) for main in MAIN if name not in PLURAL):
        return False
    if all(map(_is_map_value, known.items())) and any(node.values()) and (name in PLURAL or not known.keys() <= HOLDS):
        return True  # lists of strings: their keys may be any field names, including "title" and "message"
    if name not in PLURAL and name not in SAYS:
        return False
    if any(name in HOLDS - NAMELESS and isinstance(value, Mapping | list) and value for name, value in known.items()):
        return False
    scalars = {key: value for key, value in known.items() if isinstance(value, str | int)}
    if name not in PLURAL:
        told = any(isinstance(value, list) or (isinstance(value, str) and " " in value) for value in known.values())
        errors = any(isinstance(value, Mapping) and key in SAYS for key, value in known.items())
        return (told or name in HOLDS) and not errors and scalars.keys().isdisjoint({*SAYS, *CODES, *INNER})
    if not known.keys() <= {*SAYS, *CODES, *PLACES, *SKIPPED, *INNER, "statuscode"} or len(known) == 1:
        return True
    if scalars.keys().isdisjoint(SAYS):
        return known.keys() != {"source", "keys"} and (
            len(scalars) < len(known) or any(" " in str(v) for v in scalars.values())
        )
    coded = any(_code(scalars.get(key)) for key in (*CODES, "statuscode"))
    return not coded and scalars.keys().isdisjoint({*MAIN, "detail"})


def _is_entry(node: Mapping[Any, Any], listed: bool) -> bool:
    """Return whether the value of a field name is another mapping of field names, and not an error itself."""
    known = _fold_keys(node)
    return not (len(known) > 1 and any(isinstance(known.get(main), str) for main in MAIN)) and _is_map(
        node, "" if listed else "errors"
    )


def _is_map_value(item: tuple[str, Any]) -> bool:
    name, value = item
    if isinstance(value, list):
        return all(isinstance(one, str) or (isinstance(one, Mapping) and all(map(_is_map_value, one.items()))) for one in value)
    if not isinstance(value, Mapping) or not value or name in SAYS or name in INNER:
        return False
    return all(_is_map_value((str(key), inner)) for key, inner in value.items())


def _is_fault(value: Any) -> bool:
    """Return whether a value describes the error of its field: sentences, or one with a code."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, str) for one in value)
    known = _fold_keys(value) if isinstance(value, Mapping) else {}
    return any(isinstance(known.get(name), str) for name in MAIN) and known.keys() <= {*SAYS, *CODES, *SKIPPED}


def _is_faults(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and _says(one) for one in value)


def _says(node: Mapping[Any, Any]) -> bool:
    return not _fold_keys(node).keys().isdisjoint(MAIN)


def _is_skipped(name: str, value: Any) -> bool:
    """Return whether a key is internal to the server and contains no errors, unlike Miro's ``context``."""
    if name != "context" or not isinstance(value, Mapping):
        return name in SKIPPED
    return not any(key in HOLDS and _is_faults(inner) for key, inner in _fold_keys(value).items())


def _sentence_in(value: Any) -> str:
    """Return whether a value is a sentence of several words, not a URL or markup."""
    is_one = isinstance(value, str) and value.strip().count(" ") >= 2 and "://" not in value and value[:1] not in "<{["
    return plain(value) if is_one and not _STATUS.fullmatch(value.strip().casefold()) else ""


def _join(said: list[tuple[str, str]]) -> str:
    """Join sentences, without those that repeat another or only say what the status says."""
    kept = [(name, text) for name, text in said if text]
    kept = [(name, text) for name, text in kept if not _STATUS.fullmatch(text.casefold())] or kept
    kept = [(name, text) for name, text in kept if name not in MAYBE_CODES or not _CODE.fullmatch(text)] or kept
    texts: list[str] = []
    for _, text in kept:
        if not any(_is_in(text, other) for other in texts):
            texts = [*(other for other in texts if not _is_in(other, text)), text]
    return ": ".join([*(text.rstrip(".:") for text in texts[:-1][:2]), *texts[-1:]])


def _is_in(text: str, other: str) -> bool:
    """Return whether ``other`` contains ``text``, in whole words."""
    text, other = text.casefold().rstrip("."), other.casefold()
    return text in other and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", other) is not None


def _loose(value: Any, lead: str) -> Iterator[str]:
    """Return the parameters of a message that it does not contain."""
    named = value.items() if isinstance(value, Mapping) else ()
    for name, one in islice(named, 3):
        texts = [str(item) for item in (one if isinstance(one, list) else [one])[:5] if isinstance(item, str | int)]
        if any(text.casefold() not in lead.casefold() for text in texts):
            yield plain(f"{name}: {', '.join(texts)}", 200)
    for one in value[:3] if isinstance(value, list) else ():
        if isinstance(one, str) and one.casefold() not in lead.casefold():
            yield plain(one, 200)


def _code(value: Any) -> str:
    """Return a code if it is one: not a URL or a sentence."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).rpartition("#")[2]
    return text if len(text) <= 80 and "/" not in text and (text.lstrip("-").isdecimal() or _CODE.fullmatch(text)) else ""


def _place(known: Mapping[str, Any], hidden: Collection[str] = ()) -> str:
    """Return an error's subject from any key except the ``hidden`` ones."""
    for name in PLACES:
        value = known.get(name)
        if value in (None, "", []) or name in hidden:
            continue
        if isinstance(value, Mapping):
            place = _place(_fold_keys(value)) if name == "source" else ""
        elif isinstance(value, list):
            parts = [str(part) for part in value[:8] if isinstance(part, str | int)]
            place = (", " if name in LISTS else ".").join(parts)
        else:
            place = value if isinstance(value, str) else ""
        if name == "name" and _CLASS.fullmatch(place):
            continue
        if place := plain(place, 100) if name in LISTS and isinstance(value, list) else _path(place):
            return place
    return ""


def _path(text: str) -> str:
    """Normalise a path: JSON Pointer, JSONPath and names become ``user.name``; empty if it is not one."""
    if not text or len(text) > 200 or "://" in text or any(c.isspace() for c in text.strip()):
        return ""
    text = text.strip().removeprefix("#").removeprefix("$")
    if text.startswith("/"):
        text = text[1:].replace("/", ".").replace("~1", "/").replace("~0", "~")
    return plain(text.strip("."), 100)


def _name_place(place: str, text: str) -> str:
    """Return ``text`` after its subject, unless it contains the subject."""
    if not place or not text:
        return text
    parts = [part for part in re.split(r"[.\[\]]+", place) if part]
    if not parts or parts[-1].isdecimal():
        return f"{place}: {text}"
    # A word may also be the name of a nested field: it counts as the subject if it is quoted, or with all of its parents.
    named = rf"(?<!\w){re.escape(parts[-1])}(?!\w)"
    if len(parts) > 1 and not all(part.casefold() in text.casefold() for part in parts):
        named = rf"(?:^|[\"'`\[(.]|\b(?:the|field|property|param|parameter|attribute|value|key|column) ){re.escape(parts[-1])}(?!\w)"
    return text if re.search(named, text, re.IGNORECASE) else f"{place}: {text}"
