"""The inverted index: which action has which word, and its impact. Written when an app is compiled.

An app's actions are a *segment*: for each word one row with their ids and impacts. Segments are merged when there are many, so
that a query reads few rows. Ids only grow, so a merge is a concatenation. A recompiled app leaves unused ids behind; readers
filter by the ids that they want, and the next merge drops them.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from composio.catalog.search import vectors
from composio.catalog.search.meaning import kind_of_name
from composio.catalog.search.producers import Shape, ids_given_by, shape_of
from composio.catalog.search.vectors import Intervals
from composio.catalog.search.words import each_stem, stems
from composio.model.action import ActionModel, HttpBinding
from composio.model.flows import is_label

__all__ = ["TABLES", "Index", "Postings", "kept", "move", "name_words", "remove", "unpacked", "within"]

TABLES = """
CREATE TABLE segments (segment INTEGER PRIMARY KEY, app TEXT NOT NULL, actions INTEGER NOT NULL);
CREATE TABLE postings (
    segment INTEGER NOT NULL, word TEXT NOT NULL, found BLOB NOT NULL, PRIMARY KEY (segment, word)
) WITHOUT ROWID;
"""

Postings = tuple["array[int]", bytes]  # ids in order, each with its impact from 1 to 255

# BM25F: each field's weight, its usual number of words, and the penalty for longer ones.
_FIELDS: Mapping[str, tuple[float, float, float]] = {
    "name": (2.0, 4.2, 0.5),
    "aliases": (1.0, 1.0, 0.5),
    "app": (2.0, 1.7, 0.0),
    "description": (1.0, 15.0, 0.75),
    "path": (1.0, 6.0, 0.5),
    "tags": (0.5, 1.6, 0.5),
    "parameters": (0.3, 8.5, 0.75),
    "parameter descriptions": (0.5, 32.0, 0.75),
    "response": (0.5, 25.0, 0.75),
}
_SATURATION = 1.2
_DESCRIPTION, _PARAMETER = 1200, 200  # characters indexed
_PARAMETERS, _PROPERTIES, _DEPTH = 80, 60, 1
_FULL = 255
_MOST_SEGMENTS = 8
_HASH = re.compile(r"(?=.*\d)[0-9A-F]{8}")  # marks a truncated name; no query contains it


@dataclass(slots=True)
class Index:
    """The words of an app's actions before they are written to the tables. ``title`` is the app's name."""

    app: str
    title: str
    found: dict[str, tuple[array[int], bytearray]] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    _answers: dict[int, tuple[Any, list[str]]] = field(default_factory=dict)

    def add(self, action: ActionModel, responses: Iterable[Any], shared: Mapping[str, Any]) -> None:
        """Add the next action. ``responses`` are its schemas, with references into ``shared``."""
        number = len(self.shapes)
        self.shapes.append(shape_of(action))
        for word, impact in self._impacts(action, self._words_of_answer(responses, shared)).items():
            if (known := self.found.get(word)) is None:
                known = self.found[word] = array("I"), bytearray()
            known[0].append(number)
            known[1].append(impact)

    def write(self, connection: sqlite3.Connection, ids: Mapping[int, int]) -> None:
        """Write the index of actions with ``ids``, by their position here; the others were replaced."""
        cursor = connection.execute("INSERT INTO segments (app, actions) VALUES (?, ?)", (self.app, len(ids)))
        rows = []
        shift = ids.get(0, 0)
        is_plain = len(ids) == len(self.shapes) and all(number + shift == identity for number, identity in ids.items())
        for word, (numbers, impacts) in sorted(self.found.items()):  # in the table's form
            if is_plain:  # none was replaced
                rows.append((cursor.lastrowid, word, _pack(array("I", [n + shift for n in numbers]), bytes(impacts))))
            elif pairs := sorted((ids[n], i) for n, i in zip(numbers, impacts, strict=True) if n in ids):
                rows.append((cursor.lastrowid, word, _pack(array("I", [p[0] for p in pairs]), bytes(p[1] for p in pairs))))
        connection.executemany("INSERT INTO postings (segment, word, found) VALUES (?, ?, ?)", rows)
        shapes = {ids[number]: shape for number, shape in enumerate(self.shapes) if number in ids}
        connection.executemany(
            "UPDATE actions SET producers = ? WHERE id = ?",
            ((" ".join(map(str, given)), action) for action, given in ids_given_by(shapes)),
        )
        _merge(connection)

    def _words_of_answer(self, responses: Iterable[Any], shared: Mapping[str, Any]) -> list[str]:
        """Return the stems of the property names in the first response, shared by all actions with one result type."""
        schema = next(iter(responses), None)
        reference = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
        named = shared.get(reference.removeprefix("#/$defs/")) if isinstance(reference, str) else None
        if named is None:
            return each_stem(_property_names([schema], shared))
        known = self._answers.get(id(named))
        if known is None:  # stored with the schema, so that no other one gets its id
            known = self._answers[id(named)] = named, each_stem(_property_names([named], shared))
        return known[1]

    def _impacts(self, action: ActionModel, answer: list[str]) -> dict[str, int]:
        """Return each word's impact: BM25F without the word's rarity, from 1 to 255."""
        weighed: dict[str, float] = {}
        for name, words in self._fields(action, answer).items():
            if not words:
                continue
            weight, usual, by_length = _FIELDS[name]
            one = weight / (1 - by_length + by_length * len(words) / usual)
            for word, times in Counter(words).items():
                weighed[word] = weighed.get(word, 0.0) + times * one
        found = {word: max(1, round(_FULL * value / (_SATURATION + value))) for word, value in weighed.items()}
        method = action.binding.method if isinstance(action.binding, HttpBinding) else ""
        return found | {f"={kind}": _FULL for kind in kind_of_name(name_words(action.slug, self.app), method)}

    def _fields(self, action: ActionModel, answer: list[str]) -> dict[str, list[str]]:
        name = dict.fromkeys((*stems(action.display_name), *name_words(action.slug, self.app)))
        aliases = dict.fromkeys(word for alias in action.aliases for word in name_words(alias, self.app))
        parameters: Mapping[str, Any] = action.parameters.get("properties") or {}
        listed = list(parameters.items())[:_PARAMETERS]
        descriptions = (node.get("description") for _, node in listed if isinstance(node, dict))
        path = action.binding.path if isinstance(action.binding, HttpBinding) else ""
        return {
            "name": list(name),
            "aliases": [word for word in aliases if word not in name],
            "app": list(dict.fromkeys(stems(f"{self.app} {self.title}"))),
            "description": stems(action.description[:_DESCRIPTION]),
            "path": each_stem(path.split("/")),
            "tags": each_stem(one for one in action.tags if not is_label(one)),
            "parameters": each_stem(key for key, _ in listed),
            "parameter descriptions": each_stem(text[:_PARAMETER] for text in descriptions if isinstance(text, str)),
            "response": answer,
        }


@lru_cache(maxsize=20_000)
def name_words(slug: str, app: str) -> tuple[str, ...]:
    """Return the stems of a slug without the app's name, which all of its actions have."""
    own = slug.upper().removeprefix(f"{app.upper()}_").split("_")
    return tuple(stems(" ".join(word for word in own if not _HASH.fullmatch(word)).lower()))


def _property_names(schemas: Iterable[Any], shared: Mapping[str, Any]) -> list[str]:
    """Return the property names of a response, including those of nested objects."""
    found: dict[str, None] = {}
    waiting = [(schema, _DEPTH) for schema in schemas][:1]
    seen = 0
    while waiting and len(found) < _PROPERTIES and seen < 4 * _PROPERTIES:
        node, depth = waiting.pop(0)
        seen += 1
        if isinstance(node, dict) and isinstance(reference := node.get("$ref"), str):
            node = shared.get(reference.removeprefix("#/$defs/"))
        if not isinstance(node, dict):
            continue
        for key in ("allOf", "anyOf", "oneOf"):
            branches = node.get(key)
            waiting += [(branch, depth) for branch in branches[:4]] if isinstance(branches, list) else []
        if "items" in node:
            waiting.append((node["items"], depth))
        properties = node.get("properties")
        for name, inner in properties.items() if isinstance(properties, dict) else ():
            found.setdefault(str(name))
            if depth:
                waiting.append((inner, depth - 1))
    return list(found)[:_PROPERTIES]


def remove(connection: sqlite3.Connection, app: str) -> None:
    """Remove an app's own segment; the merged part is left to the next merge."""
    for (segment,) in connection.execute("SELECT segment FROM segments WHERE app = ?", (app,)).fetchall():
        _drop(connection, [segment])


def move(connection: sqlite3.Connection, source: sqlite3.Connection, app: str, ids: tuple[int, int], shift: int) -> None:
    """Copy an app's actions from another catalog, whose ids there are from the first to the last of ``ids``."""
    rows: dict[str, list[Postings]] = {}
    for word, blob in source.execute("SELECT word, found FROM postings"):
        own, impacts = within(unpacked(blob), [ids])
        if own:
            rows.setdefault(word, []).append((array("I", (one + shift for one in own)), impacts))
    (count,) = source.execute("SELECT count(*) FROM actions WHERE app = ?", (app,)).fetchone()
    segment = connection.execute("INSERT INTO segments (app, actions) VALUES (?, ?)", (app, count)).lastrowid
    everywhere = [(ids[0] + shift, ids[1] + shift)]
    connection.executemany(
        "INSERT INTO postings (segment, word, found) VALUES (?, ?, ?)",
        ((segment, *row) for word, parts in rows.items() for row in _join(word, parts, everywhere)),
    )
    _merge(connection)
    vectors.move(connection, source, app, shift)


def _drop(connection: sqlite3.Connection, segments: Iterable[int]) -> None:
    for segment in segments:
        connection.execute("DELETE FROM postings WHERE segment = ?", (segment,))
        connection.execute("DELETE FROM segments WHERE segment = ?", (segment,))


def _merge(connection: sqlite3.Connection) -> None:
    """Merge the smallest segments if there are many, or all of them if many ids are unused."""
    segments = connection.execute("SELECT actions, segment FROM segments ORDER BY actions, segment").fetchall()
    (live,) = connection.execute("SELECT count(*) FROM actions").fetchone()
    total = sum(actions for actions, _ in segments)
    if total > live + live // 4:
        merged = len(segments)
    elif len(segments) <= _MOST_SEGMENTS:
        return
    else:  # each remaining one is at least as large as all that are merged
        merged, size = 1, segments[0][0]
        while merged < len(segments) and (segments[merged][0] < size or len(segments) - merged >= _MOST_SEGMENTS // 2):
            size += segments[merged][0]
            merged += 1
    chosen = [segment for _, segment in segments[:merged]]
    alive = kept(connection.execute("SELECT min(id), max(id) FROM actions GROUP BY app"))
    query = f"SELECT word, found FROM postings WHERE segment IN ({','.join('?' * len(chosen))}) ORDER BY word"  # noqa: S608 - marks
    rows = list(_concatenate(connection.execute(query, chosen), alive))
    _drop(connection, chosen)
    size = sum(actions for actions, segment in segments if segment in set(chosen))
    cursor = connection.execute("INSERT INTO segments (app, actions) VALUES ('', ?)", (min(size, live),))
    connection.executemany(
        "INSERT INTO postings (segment, word, found) VALUES (?, ?, ?)", ((cursor.lastrowid, word, blob) for word, blob in rows)
    )


def _concatenate(rows: Iterable[tuple[str, bytes]], alive: Intervals) -> Iterator[tuple[str, bytes]]:
    word = ""
    parts: list[Postings] = []
    for next_word, blob in rows:
        if next_word != word:
            if parts:
                yield from _join(word, parts, alive)
            word, parts = next_word, []
        parts.append(unpacked(blob))
    if parts:
        yield from _join(word, parts, alive)


def _join(word: str, parts: list[Postings], alive: Intervals) -> Iterator[tuple[str, bytes]]:
    ids, impacts = array("I"), bytearray()
    for own, values in sorted((part for part in parts if part[0]), key=lambda part: part[0][0]):
        if ids and own[0] < ids[-1]:  # segments overlap if one of them was merged before: sort
            pairs = sorted([*zip(ids, impacts, strict=True), *zip(own, values, strict=True)])
            ids, impacts = array("I", [p[0] for p in pairs]), bytearray(p[1] for p in pairs)
        else:
            ids.extend(own)
            impacts.extend(values)
    live_ids, live_impacts = within((ids, bytes(impacts)), alive)
    if live_ids:
        yield word, _pack(live_ids, live_impacts)


def kept(rows: Iterable[tuple[int, int]]) -> Intervals:
    """Return intervals of ids in order; adjacent ones are joined."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(rows):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def within(postings: Postings, intervals: Intervals) -> Postings:
    """Return the part of ``postings`` with ids in ``intervals``."""
    ids, impacts = postings
    if not ids or (len(intervals) == 1 and intervals[0][0] <= ids[0] and ids[-1] <= intervals[0][1]):
        return postings
    chosen, values, at = array("I"), bytearray(), 0
    for first, last in intervals:
        start = bisect_left(ids, first, at)
        at = bisect_left(ids, last + 1, start)
        if at > start:
            chosen.extend(ids[start:at])
            values.extend(impacts[start:at])
    return chosen, bytes(values)


def _pack(ids: array[int], impacts: bytes) -> bytes:
    """Encode ids as little-endian 32-bit numbers, then the impacts."""
    if sys.byteorder == "big":
        ids = array("I", ids)
        ids.byteswap()
    return ids.tobytes() + impacts


def unpacked(blob: bytes) -> Postings:
    """Decode them. Raises ``sqlite3.DatabaseError`` for a blob of another length."""
    count, rest = divmod(len(blob), 5)
    if rest:
        raise sqlite3.DatabaseError("the search index is damaged")
    ids = array("I", blob[: 4 * count])
    if sys.byteorder == "big":
        ids.byteswap()
    return ids, blob[4 * count :]
