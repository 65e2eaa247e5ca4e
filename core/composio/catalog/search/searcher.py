"""The one door to search: a sentence and apps in, slugs out."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from composio.catalog.search.fuse import fuse, similar
from composio.catalog.search.index import Intervals
from composio.catalog.search.named import apps_named
from composio.catalog.search.rank import CANDIDATES, Question, State, add_names, best, lend, share_of
from composio.catalog.search.steps import refers_back, split_steps
from composio.errors import InvalidRequest

__all__ = ["Hit", "Searcher", "check"]

_OF_A_NAME = 6.0  # what a name counts for where names are compared
_NAMED = 0.9  # what more an app's actions count for that is named
_IMPORTANT = 1.2  # times the score, of what most people use
_STAYS = 0.75  # of the best score, what an action of the same app needs
_LETTER = re.compile(r"[^\W_]")


def check(use_case: str) -> None:
    """Raise ``InvalidRequest`` for what names nothing: no text, or one without a letter or digit."""
    if not use_case.strip():
        raise InvalidRequest(
            "The use case is empty. Describe a task in a few words, such as 'create an issue in a repository'."
        )
    if not _LETTER.search(use_case):
        raise InvalidRequest(
            "The use case has no words. Describe a task in a few words, such as 'create an issue in a repository'."
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """An action that was found: its id, its slug, its app's key, and what it scores beside others of the same question."""

    action: int
    slug: str
    app: str
    score: float


class Searcher:
    """Answers questions to one catalog. Thread-safe as far as its connection is."""

    def __init__(self) -> None:
        self._state: tuple[object, State] | None = None

    def search(
        self, connection: sqlite3.Connection, version: object, use_case: str, apps: Mapping[str, str], limit: int
    ) -> list[Hit]:
        """The actions of ``apps``, whose names are given by their keys, that fit a sentence, best first, deprecated ones last.

        ``version`` is the state of the file that ``connection`` reads. Raises ``InvalidRequest`` for a sentence without words.
        """
        check(use_case)
        if limit < 1:
            return []
        state = self._state_of(connection, version)
        found = _rank(connection, Question.of(use_case), state, apps, limit)
        return found[:limit]

    def chain(
        self, connection: sqlite3.Connection, version: object, use_case: str, apps: Mapping[str, str], limit: int
    ) -> list[Hit]:
        """The actions that do a task's steps, in the order in which they are called.

        Before each step's action stand those that find the ids which it needs, unless the step speaks of what an earlier one of
        that app gives. A step that names no other app stays with the one before where that has an action nearly as good.
        """
        check(use_case)
        state = self._state_of(connection, version)
        allowed = state.intervals(apps)
        chain: dict[int, Hit] = {}
        before: Question | None = None
        app = ""
        for step in split_steps(use_case):
            question = Question.of(step)
            is_about_it = before is not None and refers_back(step)
            if before is not None and is_about_it:
                question = question.after(before)
            found = _rank(connection, question, state, apps, CANDIDATES)
            if found:
                most = found[0].score
                chosen = next((one for one in found if one.app == app and one.score >= _STAYS * most), found[0])
                has_it = is_about_it and any(one.app == chosen.app for one in chain.values())
                lent = lend(connection, {chosen.action: chosen.score}, allowed) if question.has_value and not has_it else {}
                for action, slug, of, *_ in _rows(connection, lent):
                    chain.setdefault(action, Hit(action, slug, of, lent[action]))
                chain.setdefault(chosen.action, chosen)
                app = chosen.app
            before = question
        return list(chain.values())[: max(limit, 0)]

    def search_name(
        self, connection: sqlite3.Connection, version: object, words: str, apps: Mapping[str, str], limit: int
    ) -> list[str]:
        """Slugs of the actions of ``apps`` whose names mean what an unknown name's words do, best first."""
        if not _LETTER.search(words):
            return []
        state = self._state_of(connection, version)
        allowed = state.intervals(apps)
        question = Question.of(words)
        scores = best(connection, question, state, allowed, CANDIDATES) if allowed else {}
        rows = _rows(connection, scores)
        scores = add_names(question, scores, [row[:3] for row in rows], weight=_OF_A_NAME)
        return [slug for *_, slug in sorted((deprecated, -scores[i], i, slug) for i, slug, _, deprecated, _ in rows)[:limit]]

    def _state_of(self, connection: sqlite3.Connection, version: object) -> State:
        if self._state is None or self._state[0] != version:
            self._state = version, State.of(connection)
        return self._state[1]


def _rank(connection: sqlite3.Connection, question: Question, state: State, apps: Mapping[str, str], count: int) -> list[Hit]:
    """What fits a question, best first, deprecated actions after the others."""
    allowed = state.intervals(apps)
    if not allowed:
        return []
    words = apps_named(question.text, apps) if len(apps) > 1 else {}
    named = {app: own for app in words if (own := state.intervals([app]))}
    scores = best(connection, question, state, allowed, max(CANDIDATES, count))
    for own in named.values():
        scores |= best(connection, question, state, own, CANDIDATES)
    found, ids = similar(state.matrices(connection), question.text, allowed, scores, max(CANDIDATES, count))
    rows = _rows(connection, ids)
    scores = add_names(question, scores, [row[:3] for row in rows])
    if found:
        scores = fuse(scores, found, list(ids))
    for app, own in named.items():
        more = 1 + _NAMED * (share_of(connection, state, words[app], own) if words[app] else 1.0)
        scores = {one: more * score if _is_in(one, own) else score for one, score in scores.items()}
    for row in rows:
        scores[row[0]] *= _IMPORTANT if row[4] else 1.0
    if question.has_value:
        lent = lend(connection, scores, allowed)
        rows += _rows(connection, lent.keys() - scores.keys())
        scores |= lent
    ordered = sorted(rows, key=lambda row: (row[3], -scores[row[0]], row[0]))
    return [Hit(action, slug, app, scores[action]) for action, slug, app, *_ in ordered]


def _is_in(action: int, intervals: Intervals) -> bool:
    return any(first <= action <= last for first, last in intervals)


def _rows(connection: sqlite3.Connection, ids: Iterable[int]) -> list[tuple[int, str, str, bool, bool]]:
    """Ids, slugs, apps, whether each is deprecated, and whether it is among those that most people use."""
    return connection.execute(
        "SELECT id, slug, app, deprecated, important FROM actions WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    ).fetchall()
