"""Rank actions for a query: BM25F over its words, then producers.

Informative words produce the candidates; common ones are looked up for these only.
"""

from __future__ import annotations

import heapq
import json
import math
import re
import sqlite3
from array import array
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from composio.catalog.search.index import Postings, kept, name_words, unpacked, within
from composio.catalog.search.meaning import in_full, is_about_asker, is_weak, kind_of_request, other_words, phrases, whose
from composio.catalog.search.models import installed, loaded
from composio.catalog.search.stems import stem
from composio.catalog.search.vectors import Intervals, Matrix, have_vectors
from composio.catalog.search.words import asked

__all__ = ["CANDIDATES", "Question", "State", "add_names", "best", "has_value", "lend", "share_of"]

CANDIDATES = 60
_LONGEST = 20_000  # characters of a query that are read
_MOST_WORDS = 64
_OTHER_WORD = 0.5  # weight of a synonym relative to the original word
_WEAK = 0.3  # weight of a verb that says little
_TOLD = 0.3  # weight of a word from the step before
_KIND = 1.5  # bonus for an operation of the requested kind
_NAME = 2.5  # bonus for a name with only requested words
_LOCAL = 0.25  # weight, in a search of few apps, of a word's rarity among their actions
_SAID = {1.0: 1.0, _OTHER_WORD: 0.6, _WEAK: 0.6}
_COMMON = 600  # maximum actions of a synonym for it to produce candidates
_ENOUGH = 2_500  # postings read for candidates
_KEPT = 250  # candidates compared by all words
_SHORT = 100  # postings that are found as fast without a table
_SPARSE = 4  # maximum ids per action for a table
_FEW = 64
_MOST_BYTES = 24_000_000
_CONSUMERS, _LENT = 6, 0.95
# A name, a number, a quotation: something that must be looked up before its id can be used.
_VALUE = re.compile(r"[\"'“”‘`#@]\w|\d|(?<=[\w,;:] )[A-Z]\w|\w/\w|\w\.\w")


# Words in an operation's name that identify the caller.
_WHO_ASKS = {**dict.fromkeys(map(stem, ("authenticated", "current", "me", "user")), 1.0), stem("profile"): 0.5}


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed query: words with their weights, the kind of operation, whether it contains a value."""

    words: Mapping[str, float]
    kind: str = ""
    has_value: bool = False
    text: str = ""

    @classmethod
    def of(cls, text: str) -> Question:
        """Parse a sentence. In a long one the most frequent words count."""
        read = text[:_LONGEST]
        said = asked(read)
        if len(said) > _MOST_WORDS:
            said = [word for word, _ in Counter(asked(read, once=False)).most_common(_MOST_WORDS)]
        said = in_full(said)
        meant, used = phrases(read)
        others = [*other_words(word for word in said if word not in used), *whose(read), *meant]
        words = {word: _WEAK if word in used or is_weak(word) else 1.0 for word in said}
        words |= {word: _OTHER_WORD for word in others if word not in words}
        if is_about_asker(read):  # "username" and "profile" are in a response rather than in an operation's name
            words = dict.fromkeys(words, _WEAK) | _WHO_ASKS
        return cls(words, kind_of_request(read), bool(_VALUE.search(read)), read)

    def after(self, before: Question) -> Question:
        """Return the query of a step that refers to the one ``before`` it, whose subject counts a little."""
        told = {word: _TOLD * weight for word, weight in before.words.items() if word not in self.words}
        return Question({**self.words, **told}, self.kind, self.has_value or before.has_value, self.text)


def has_value(text: str, names: Iterable[str] = ()) -> bool:
    """Return whether a sentence contains a value to look up. Apps' ``names``, in their spelling, do not count."""
    for word in {word for name in names for word in re.findall(r"\w+", name)}:
        text = re.sub(rf"\b{re.escape(word.removesuffix('s'))}", word.lower().removesuffix("s"), text, flags=re.IGNORECASE)
    return bool(_VALUE.search(text[:_LONGEST]))


@dataclass(slots=True)
class State:
    """The content of the catalog's file: each app's ids, the segments, the number of actions. Reads are cached."""

    apps: Mapping[str, tuple[int, int]]
    segments: Sequence[int]
    actions: int
    _matrices: Mapping[str, Matrix] | None = None
    _intervals: dict[tuple[str, ...], Intervals] = field(default_factory=dict)
    _postings: OrderedDict[str, _Word] = field(default_factory=OrderedDict)
    _bytes: int = 0

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> State:
        """Read it."""
        rows = connection.execute("SELECT app, min(id), max(id), count(*) FROM actions GROUP BY app").fetchall()
        segments = [segment for (segment,) in connection.execute("SELECT segment FROM segments ORDER BY segment")]
        return cls({app: (first, last) for app, first, last, _ in rows}, segments, sum(row[3] for row in rows))

    def matrices(self, connection: sqlite3.Connection) -> Mapping[str, Matrix]:
        """Return the file's vectors for each installed model."""
        if self._matrices is None:
            found: dict[str, Matrix] = {}
            for name in installed() if have_vectors(connection) else ():
                model = loaded(name)
                matrix = Matrix.of(connection, name, model.size, self.apps) if model else None
                if matrix is not None:
                    found[name] = matrix
            self._matrices = found
        return self._matrices

    def intervals(self, apps: Iterable[str]) -> Intervals:
        """Return the id ranges of ``apps``. An app is written in one transaction, so its ids are consecutive."""
        asked_for = tuple(apps)
        found = self._intervals.get(asked_for)
        if found is None:
            if len(self._intervals) >= _FEW:
                self._intervals.clear()
            found = self._intervals[asked_for] = kept(self.apps[app] for app in asked_for if app in self.apps)
        return found

    def words(self, connection: sqlite3.Connection, words: Sequence[str]) -> dict[str, _Word]:
        """Return the index entries of each word. The most recent ones are cached, up to some megabytes."""
        missing = [word for word in words if word not in self._postings]
        if missing:
            read = _read(connection, self.segments, missing)
            for word in missing:
                ids, impacts = read.get(word, (array("I"), b""))
                self._keep(word, _Word(ids, impacts, max(impacts, default=0)))
        found = {word: self._postings[word] for word in words if self._postings[word].ids}
        for word in found:
            self._postings.move_to_end(word)
        while self._bytes > _MOST_BYTES and len(self._postings) > len(words):
            self._bytes -= self._postings.popitem(last=False)[1].size
        return found

    def table(self, word: str) -> bytearray | None:
        """Return each id's impact of a word, None if a table would be mostly empty."""
        own = self._postings[word]
        if own.table is None and len(own.ids) > _SHORT and own.ids[-1] < _SPARSE * self.actions:
            own.table = table = bytearray(own.ids[-1] + 1)
            for i, impact in zip(own.ids, own.impacts, strict=True):
                table[i] = impact
            self._bytes += len(table)
        return own.table

    def _keep(self, word: str, own: _Word) -> None:
        self._postings[word] = own
        self._bytes += own.size


@dataclass(slots=True)
class _Word:
    ids: array[int]
    impacts: bytes
    most: int
    table: bytearray | None = None

    @property
    def size(self) -> int:
        return 5 * len(self.ids) + len(self.table or b"") + 200


def best(
    connection: sqlite3.Connection, question: Question, state: State, allowed: Intervals, count: int, *, local: bool = False
) -> dict[int, float]:
    """Return the ``count`` best ids of ``allowed`` with their scores, unordered.

    ``local`` is set if all requested apps are in it: then words that few of their actions have count more.

    Candidates come from the most informative words, until there are enough; further words only add to their scores.
    """
    scores: dict[int, float] = {}
    rest: list[_Term] = []
    read = 0
    for term in _terms(connection, question, state, allowed, local=local):
        weight, (ids, impacts) = term.weight, term.postings
        if not term.counts or (read and read + len(ids) > _ENOUGH):
            rest.append(term)
        elif scores:
            known = scores.get
            for i, impact in zip(ids, impacts, strict=True):
                scores[i] = known(i, 0.0) + weight * impact
        else:
            scores = dict(zip(ids, map(weight.__mul__, impacts), strict=True))
        read += 0 if rest else len(ids)
    most = max(_KEPT, 4 * count)
    if len(scores) > most:
        scores = _best_of(scores, most)
    for term in rest:
        _add(scores, term, state)
    return _best_of(scores, count) if len(scores) > count else scores


def _best_of(scores: Mapping[int, float], count: int) -> dict[int, float]:
    least = heapq.nlargest(count, scores.values())[-1]
    found = {i: score for i, score in scores.items() if score > least}
    for i, score in scores.items():  # of equal ones the first
        if len(found) >= count:
            break
        if score == least:
            found[i] = score
    return found


def _add(scores: dict[int, float], term: _Term, state: State) -> None:
    """Add a word's score to those that have one."""
    weight, (ids, impacts) = term.weight, term.postings
    if (table := state.table(term.word)) is not None:
        end = len(table)
        for i in scores:
            if i < end and (impact := table[i]):
                scores[i] += weight * impact
    elif len(ids) > 8 * len(scores):
        last = len(ids)
        for i in scores:
            at = bisect_left(ids, i)
            if at < last and ids[at] == i:
                scores[i] += weight * impacts[at]
    else:
        known = scores.get
        for i, impact in zip(ids, impacts, strict=True):
            if (score := known(i)) is not None:
                scores[i] = score + weight * impact


def share_of(connection: sqlite3.Connection, state: State, word: str, own: Intervals) -> float:
    """Return the share of the actions with a word that are in ``own``."""
    found = next(iter(state.words(connection, [stem(word)]).values()), None)
    return len(within((found.ids, found.impacts), own)[0]) / len(found.ids) if found else 0.0


@dataclass(frozen=True, slots=True)
class _Term:
    word: str
    postings: Postings
    weight: float  # of one step of impact
    most: float
    counts: bool  # whether an action is a candidate for this alone


def _terms(connection: sqlite3.Connection, question: Question, state: State, allowed: Intervals, *, local: bool) -> list[_Term]:
    """Return the weights of the query's words, the most influential first; kinds of operation last."""
    kind = f"={question.kind}" if question.kind else ""
    found: list[_Term] = []
    there = sum(last + 1 - first for first, last in allowed) if local else 0
    for word, own in state.words(connection, [*question.words, *([kind] if kind else [])]).items():
        rare = len(own.ids)
        ids, impacts = within((own.ids, own.impacts), allowed)
        if not ids:
            continue
        worth = _KIND if word == kind else question.words[word] * _worth(rare, state.actions, len(ids), there)
        weight = worth / 255
        counts = word != kind and (question.words[word] >= 1 or len(ids) <= _COMMON)
        found.append(_Term(word, (ids, impacts), weight, weight * own.most, counts))
    return sorted(found, key=lambda term: (not term.counts, -term.most))


def _worth(many: int, of_all: int, few: int, of_those: int) -> float:
    """Return a word's weight by its rarity among all actions and, for a search of few apps, among theirs."""
    overall = math.log(1 + max(of_all - many + 0.5, 0.5) / (many + 0.5))
    if not of_those:
        return overall
    return (1 - _LOCAL) * overall + _LOCAL * math.log(1 + max(of_those - few + 0.5, 0.5) / (few + 0.5))


def _read(connection: sqlite3.Connection, segments: Sequence[int], words: Sequence[str]) -> dict[str, Postings]:
    query = "SELECT word, found FROM postings WHERE segment = ? AND word IN (SELECT value FROM json_each(?))"
    wanted = json.dumps(words)
    parts: dict[str, list[Postings]] = {}
    for segment in segments:
        for word, blob in connection.execute(query, (segment, wanted)):
            parts.setdefault(word, []).append(unpacked(blob))
    return {word: merged(own) for word, own in parts.items()}


def merged(parts: list[Postings]) -> Postings:
    """Merge the postings of several segments, in the order of their ids."""
    if len(parts) == 1:
        return parts[0]
    parts.sort(key=lambda part: part[0][0])
    ids, impacts = parts[0][0], bytearray(parts[0][1])
    in_order = True
    for more, values in parts[1:]:
        in_order = in_order and more[0] > ids[-1]
        ids.extend(more)
        impacts.extend(values)
    if not in_order:
        pairs = sorted(zip(ids, impacts, strict=True))
        return array("I", [pair[0] for pair in pairs]), bytes(pair[1] for pair in pairs)
    return ids, bytes(impacts)


def add_names(
    question: Question, scores: Mapping[int, float], rows: Iterable[tuple[int, str, str]], weight: float = _NAME
) -> dict[int, float]:
    """Add to ``scores`` for how much of each action's name was requested. ``rows`` are ids, slugs and apps."""
    found = dict(scores)
    for action, slug, app in rows:
        words = [word for word in dict.fromkeys(name_words(slug, app)) if word != app]
        if words:
            found[action] = found.get(action, 0.0) + weight * sum(
                _SAID.get(question.words.get(word, 0.0), 0.0) for word in words
            ) / len(words)
    return found


def lend(connection: sqlite3.Connection, scores: Mapping[int, float], allowed: Intervals) -> dict[int, float]:
    """Return the bonus of operations that find the ids needed by the best few of ``scores``."""
    first = heapq.nsmallest(_CONSUMERS, scores.items(), key=lambda item: (-item[1], item[0]))
    rows = connection.execute(
        "SELECT id, producers FROM actions WHERE producers <> '' AND id IN (SELECT value FROM json_each(?))",
        (json.dumps([action for action, _ in first]),),
    )
    lent: dict[int, float] = {}
    for consumer, producers in rows.fetchall():
        for producer in map(int, producers.split()):
            if any(start <= producer <= end for start, end in allowed):
                lent[producer] = max(lent.get(producer, 0.0), _LENT * scores[consumer])
    return {producer: score for producer, score in lent.items() if score > scores.get(producer, 0.0)}
