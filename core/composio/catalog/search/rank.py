"""A question to the index: BM25F over what it says, then producers.

Only words that can still change who is best are read in full (MaxScore): common ones are looked up for the candidates alone.
"""

from __future__ import annotations

import heapq
import json
import math
import re
import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from composio.catalog.search.index import Intervals, Postings, kept, name_words, unpacked, within
from composio.catalog.search.meaning import in_full, kind_of_request, other_words, whose
from composio.catalog.search.words import asked

__all__ = ["CANDIDATES", "Question", "State", "add_names", "best", "lend"]

CANDIDATES = 60
_LONGEST = 20_000  # characters of a question that are read
_MOST_WORDS = 64
_OTHER_WORD = 0.5  # what another word counts for beside the one that was said
_TOLD = 0.3  # what a word of the step before counts for
_KIND = 1.5  # what it counts for that an operation is of the kind that was asked for
_NAME = 2.5  # what it counts for that a name says nothing but what was asked for
_SAID = {1.0: 1.0, _OTHER_WORD: 0.6}
_COMMON = 600  # actions of which a word that was not said makes no candidates
_MANY = 1000  # postings that are worth finding out first who needs them
_CONSUMERS, _LENT = 6, 0.95
# A name, a number, a quotation: something that has to be looked up before its id can be used.
_VALUE = re.compile(r"[\"'“”‘`#@]\w|\d|(?<=[\w,;:] )[A-Z]\w|\w/\w|\w\.\w")


@dataclass(frozen=True, slots=True)
class Question:
    """What a sentence asks for: words with their weights, the kind of operation, whether it holds a value."""

    words: Mapping[str, float]
    kind: str = ""
    has_value: bool = False

    @classmethod
    def of(cls, text: str) -> Question:
        """Read a sentence. Of a long one the words count that it has most often."""
        read = text[:_LONGEST]
        said = asked(read)
        if len(said) > _MOST_WORDS:
            said = [word for word, _ in Counter(asked(read, once=False)).most_common(_MOST_WORDS)]
        said = in_full(said)
        others = [*other_words(said), *(own for own in whose(read) if own not in said)]
        words = dict.fromkeys(said, 1.0) | dict.fromkeys(others, _OTHER_WORD)
        return cls(words, kind_of_request(read), bool(_VALUE.search(read)))

    def after(self, before: Question) -> Question:
        """The question of a step that refers back to the one ``before`` it: what that was about counts a little."""
        told = {word: _TOLD * weight for word, weight in before.words.items() if word not in self.words}
        return Question({**self.words, **told}, self.kind, self.has_value or before.has_value)


@dataclass(frozen=True, slots=True)
class State:
    """What is in the catalog's file: where each app's ids are, the segments, how many actions."""

    apps: Mapping[str, tuple[int, int]]
    segments: Sequence[int]
    actions: int

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> State:
        """Read it."""
        rows = connection.execute("SELECT app, min(id), max(id), count(*) FROM actions GROUP BY app").fetchall()
        segments = [segment for (segment,) in connection.execute("SELECT segment FROM segments ORDER BY segment")]
        return cls({app: (first, last) for app, first, last, _ in rows}, segments, sum(row[3] for row in rows))

    def intervals(self, apps: Iterable[str]) -> Intervals:
        """Where the ids of ``apps`` are. An app is written in one transaction, so its ids are consecutive."""
        return kept(self.apps[app] for app in apps if app in self.apps)


def best(connection: sqlite3.Connection, question: Question, state: State, allowed: Intervals, count: int) -> dict[int, float]:
    """The ``count`` best ids of ``allowed`` with their scores, in no order."""
    terms = _terms(connection, question, state, allowed)
    if not any(term.counts for term in terms):
        return {}
    scores: dict[int, float] = {}
    remaining = sum(term.most for term in terms)
    threshold = 0.0
    rest: list[_Term] = []
    for at, term in enumerate(terms):
        if scores and (not term.counts or threshold >= remaining):
            rest = terms[at:]
            break
        weight, (ids, impacts) = term.weight, term.postings
        if scores:
            known = scores.get
            for i, impact in zip(ids, impacts, strict=True):
                scores[i] = known(i, 0.0) + weight * impact
        else:
            scores = dict(zip(ids, map(weight.__mul__, impacts), strict=True))
        remaining -= term.most
        if len(scores) >= count and remaining < max(scores.values()):
            threshold = heapq.nlargest(count, scores.values())[-1]
    return _complete(scores, rest, count)


@dataclass(frozen=True, slots=True)
class _Term:
    postings: Postings
    weight: float  # of one step of impact
    most: float
    counts: bool  # whether an action is a candidate for this alone


def _terms(connection: sqlite3.Connection, question: Question, state: State, allowed: Intervals) -> list[_Term]:
    """What the question's words are worth, those that can change most first; kinds of operation last."""
    kind = f"={question.kind}" if question.kind else ""
    found: list[_Term] = []
    for word, postings in _read(connection, state.segments, [*question.words, *([kind] if kind else [])]).items():
        rare = len(postings[0])
        ids, impacts = within(postings, allowed)
        if not ids:
            continue
        if word == kind:
            weight = _KIND / 255
        else:
            weight = question.words[word] * math.log(1 + max(state.actions - rare + 0.5, 0.5) / (rare + 0.5)) / 255
        counts = word != kind and (question.words[word] >= 1 or rare <= _COMMON)
        found.append(_Term((ids, impacts), weight, weight * max(impacts), counts))
    return sorted(found, key=lambda term: (not term.counts, -term.most))


def _read(connection: sqlite3.Connection, segments: Sequence[int], words: Sequence[str]) -> dict[str, Postings]:
    query = "SELECT word, found FROM postings WHERE segment = ? AND word IN (SELECT value FROM json_each(?))"
    wanted = json.dumps(words)
    parts: dict[str, list[Postings]] = {}
    for segment in segments:
        for word, blob in connection.execute(query, (segment, wanted)):
            parts.setdefault(word, []).append(unpacked(blob))
    return {word: merged(own) for word, own in parts.items()}


def merged(parts: list[Postings]) -> Postings:
    """The postings of several segments as one, in the order of their ids."""
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
        return type(ids)("I", [pair[0] for pair in pairs]), bytes(pair[1] for pair in pairs)
    return ids, bytes(impacts)


def _complete(scores: dict[int, float], rest: Sequence[_Term], count: int) -> dict[int, float]:
    """The best of ``scores`` after the terms that were left, which bring no further candidates."""
    for at, term in enumerate(rest):
        remaining = sum(one.most for one in rest[at:])
        if len(scores) > 4 * count and (at % 4 == 0 or len(term.postings[0]) > _MANY):
            threshold = heapq.nlargest(count, scores.values())[-1]
            scores = {i: score for i, score in scores.items() if score + remaining >= threshold}
        ids, impacts = term.postings
        if len(ids) > 8 * len(scores):
            end = len(ids)
            for i in scores:
                at_id = bisect_left(ids, i)
                if at_id < end and ids[at_id] == i:
                    scores[i] += term.weight * impacts[at_id]
        else:
            own = dict(zip(ids, impacts, strict=True))
            for i in scores:
                if (impact := own.get(i)) is not None:
                    scores[i] += term.weight * impact
    if len(scores) <= count:
        return scores
    return dict(heapq.nlargest(count, scores.items(), key=lambda item: item[1]))


def add_names(
    question: Question, scores: Mapping[int, float], rows: Iterable[tuple[int, str, str]], weight: float = _NAME
) -> dict[int, float]:
    """``scores`` with what it counts for how much of each action's name was asked for. ``rows`` are ids, slugs and apps."""
    found = dict(scores)
    for action, slug, app in rows:
        words = [word for word in dict.fromkeys(name_words(slug, app)) if word != app]
        if words:
            found[action] += weight * sum(_SAID.get(question.words.get(word, 0.0), 0.0) for word in words) / len(words)
    return found


def lend(connection: sqlite3.Connection, scores: Mapping[int, float], allowed: Intervals) -> dict[int, float]:
    """What the operations have for it that they find the ids which the best few of ``scores`` need."""
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
