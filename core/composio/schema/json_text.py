"""Parse untrusted JSON: limited in depth, and in pieces that let other threads run. Pure.

Python's parser holds the GIL from the first character to the last, a second for 50 MB, on whichever thread it runs. A long text
is therefore parsed in pieces: as many values at a time as fit into a window.
Source: RFC 8259; RFC 7464 (sequences).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from composio.schema.collector import collector_paused

__all__ = ["DEPTH", "NotJson", "mend_escapes", "parse", "parse_sequence"]

# Levels: far more than any API uses, few enough for recursive code that processes the data.
DEPTH: Final = 200
# Characters parsed at once, and the length from which a string counts as long.
_WINDOW, _LONG = 64 * 1024, 512 * 1024
# Budget of failed attempts, in lengths of the text, before only the smallest pieces are tried.
_PATIENCE, _SMALLEST = 4, 256
_SPACE = re.compile(r"[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_AFTER = re.compile(r"[ \t\n\r]*([,\]}]?)[ \t\n\r]*")
# Half a surrogate pair; the first half at the end of a string, the second at the beginning.
_HALF = re.compile(
    r"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD])[c-fC-F][0-9a-fA-F]{2})"
)
_HIGH, _LOW = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z"), re.compile(r"\\u[dD][c-fC-F]")
# Possible exponents beyond floats. Two patterns, as those that begin with a letter are searched far faster.
_LARGE = (re.compile(r"e[+0-9][0-9]{2}"), re.compile(r"E[+0-9][0-9]{2}"))
_LONGEST = 12  # maximum characters that any of these patterns matches, in both directions
_DIGITS = 640  # of an integer that Python converts whatever its limit is set to


class NotJson(ValueError):
    """Invalid JSON. The message is like "breaks off or is malformed at character 7: ...".

    ``cut`` is set if the text only ends too early, ``deep`` if it nests beyond :data:`DEPTH`.
    """

    def __init__(self, problem: str, *, cut: bool = False, deep: bool = False) -> None:
        super().__init__(problem)
        self.cut, self.deep = cut, deep


def parse(text: str) -> Any:
    """Return the value of a JSON text. Raises :class:`NotJson`, also for NaN and infinities, which JSON does not have.

    Half a surrogate pair becomes U+FFFD; numbers that Python cannot hold stay strings; of duplicate keys the last one counts.
    """
    text = mend_escapes(text)
    decoder = _WITH_LARGE_FLOATS if any(_occurs(pattern, text) for pattern in _LARGE) else _USUAL
    try:
        try:
            value = _parse(text, decoder)
        except (json.JSONDecodeError, NotJson):
            raise
        except ValueError:  # an integer with more digits than Python converts
            value = _parse(text, _WITH_LARGE_NUMBERS)
    except json.JSONDecodeError as error:
        cut = error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip())
        raise NotJson(f"breaks off or is malformed at character {error.pos}: {error.msg}", cut=cut) from None
    except RecursionError:
        raise _too_deep() from None
    if text.count("[") + text.count("{") > DEPTH and _is_deep(value):
        raise _too_deep()
    return value


def parse_sequence(text: str) -> tuple[list[Any], str]:
    """Return the values of ndjson or of a JSON text sequence, and a note if the last one is incomplete.

    Raises :class:`NotJson` if any other value is invalid.
    """
    found: list[Any] = []
    records = [record for record in _records(text) if record.strip()]
    for index, record in enumerate(records):
        try:
            found.append(parse(record))
        except NotJson as error:
            if not (error.cut and found and index == len(records) - 1):
                raise
            return found, f"The last of {len(records)} records breaks off and was left out."
    return found, ""


def _records(text: str) -> Iterator[str]:
    if "\x1e" in text:
        yield from text.split("\x1e")
        return
    lines = text.split("\n")
    if len(lines) > 1 and all(_is_closed(line) for line in lines[:-1]):
        yield from lines
        return
    at = _end(_SPACE, text, 0)  # values over several lines, or several on one
    while at < len(text):
        try:
            _, end = _USUAL.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = len(text)
        yield text[at:end]
        at = _end(_SPACE, text, end)


def _is_closed(line: str) -> bool:
    """Return whether a line may hold a complete value."""
    line = line.strip()
    return not line or line[-1] in "]}" or line[0] not in "[{"


def _occurs(pattern: re.Pattern[str], text: str) -> bool:
    if len(text) <= _WINDOW:
        return pattern.search(text) is not None
    return any(pattern.search(text, at, at + _WINDOW + _LONGEST) for at in range(0, len(text), _WINDOW))


def mend_escapes(text: str) -> str:
    """Replace each unpaired escaped surrogate in JSON ``text`` by U+FFFD, as many parsers refuse it. No escape may be split."""
    if not _occurs(_HALF, text) or "\0" in text:  # not JSON
        return text
    # An escaped backslash starts no escape, so it is replaced meanwhile.
    plain = text.replace(r"\\", "\0\0")
    return "".join(_HALF.sub(r"\\ufffd", piece) for piece in _pieces(plain)).replace("\0\0", r"\\")


def _pieces(text: str) -> Iterator[str]:
    """Yield ``text`` in short pieces, so that other threads can run; neither an escape nor a pair of them is split."""
    start = 0
    while start < len(text):
        end = start + _WINDOW
        while end < len(text) and (
            (text[end] != "\\" and "\\" in text[end - 5 : end])
            or (_LOW.match(text, end) is not None and _HIGH.search(text[end - 6 : end]) is not None)
        ):
            end += 1
        yield text[start:end]
        start = end


def _is_deep(value: Any) -> bool:
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(DEPTH):
        inside = (outer.values() if type(outer) is dict else outer for outer in level)
        level = [inner for values in inside for inner in values if type(inner) in _CONTAINERS]
    return bool(level)


_CONTAINERS = frozenset({dict, list})


def _too_deep() -> NotJson:
    return NotJson("is nested too deeply", deep=True)


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"holds {constant}, which JSON does not have")


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _DIGITS else digits


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


_USUAL = json.JSONDecoder(parse_constant=_refuse)
_WITH_LARGE_FLOATS = json.JSONDecoder(parse_constant=_refuse, parse_float=_number)
_WITH_LARGE_NUMBERS = json.JSONDecoder(parse_constant=_refuse, parse_float=_number, parse_int=_integer)


def _parse(text: str, decoder: json.JSONDecoder) -> Any:
    start = _end(_SPACE, text, 0)
    if len(text) < _LONG or text[start : start + 1] not in ("[", "{"):
        return decoder.decode(text)
    with collector_paused():
        value, end = _Long(text, decoder).container(start, 1)
    if (rest := _end(_SPACE, text, end)) < len(text):
        raise json.JSONDecodeError("Extra data", text, rest)
    return value


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


class _Long:
    """Parse containers that are too large for a window; smaller ones are left to Python's parser."""

    def __init__(self, text: str, decoder: json.JSONDecoder) -> None:
        self._text, self._scan = text, decoder.raw_decode
        self._patience = _PATIENCE * len(text)

    def container(self, start: int, depth: int) -> tuple[Any, int]:
        """Return the list or object that begins at ``start``, and where it ends."""
        if depth > DEPTH:
            raise _too_deep()
        text, is_list = self._text, self._text[start] == "["
        made: Any = [] if is_list else {}
        at, done, by_batch = _end(_SPACE, text, start + 1), False, True
        if text[at : at + 1] == ("]" if is_list else "}"):
            return made, at + 1
        while not done:
            at = _end(_SPACE, text, at)
            window = text[at : at + (_WINDOW if self._patience > 0 else _SMALLEST)]
            taken = self._batch(made, window, is_list) if by_batch else 0
            by_batch = bool(taken)
            if not taken:
                taken, done = self._singles(made, window, is_list)
            if not taken:
                taken, done = self._single(made, at, is_list, depth)
            at += taken
        return made, at

    def _batch(self, made: Any, window: str, is_list: bool) -> int:
        """Take all values up to the last apparent separator; return the length consumed, 0 if that was no separator."""
        first = window if is_list else window[_end(_COLON, window, window.find('"', 1) + 1) :]
        mark = {"{": "},", "[": "],", '"': '",'}.get(first[:1], ",")
        cut = window.rfind(mark) + len(mark) - 1
        if cut < len(mark):
            return 0
        try:
            values, end = self._scan(f"[{window[:cut]}]" if is_list else f"{{{window[:cut]}}}", 0)
        except json.JSONDecodeError:
            end = 0
        if end != cut + 2:
            self._patience -= cut
            return 0
        made.extend(values) if is_list else made.update(values)
        return cut + 1

    def _singles(self, made: Any, window: str, is_list: bool) -> tuple[int, bool]:
        """Take the complete values in ``window`` one by one; return the length consumed, and whether the container ends."""
        at, closed = 0, "]" if is_list else "}"
        while True:
            try:
                key, start = (None, at) if is_list else self._key(window, at)
                value, end = self._scan(window, start)
            except json.JSONDecodeError:  # the window ends inside it, or it is malformed
                break
            after = _AFTER.match(window, end)
            if after is None or after[1] not in (",", closed) or (after[1] == "," and after.end() == len(window)):
                break
            _add(made, key, value)
            if after[1] == closed:
                return after.end(1), True
            at = after.end()
        self._patience -= len(window) - at
        return at, False

    def _single(self, made: Any, at: int, is_list: bool, depth: int) -> tuple[int, bool]:
        """Take one value that is larger than a window, or malformed."""
        text, closed = self._text, "]" if is_list else "}"
        key, start = (None, at) if is_list else self._key(text, at)
        if text[start : start + 1] in ("[", "{"):
            value, end = self.container(start, depth + 1)
        else:
            value, end = self._scan(text, start)
        _add(made, key, value)
        after = _AFTER.match(text, end)
        if after is None or after[1] not in (",", closed):
            raise json.JSONDecodeError("Expecting ',' delimiter", text, _end(_SPACE, text, end))
        return (after.end(1) if after[1] == closed else after.end()) - at, after[1] == closed

    def _key(self, text: str, at: int) -> tuple[str, int]:
        """Return the key at ``at``, and where its value begins."""
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        key, end = self._scan(text, at)
        colon = _COLON.match(text, end)
        if colon is None:
            raise json.JSONDecodeError("Expecting ':' delimiter", text, end)
        return key, colon.end()


def _add(made: Any, key: str | None, value: Any) -> None:
    if key is None:
        made.append(value)
    else:
        made[key] = value
