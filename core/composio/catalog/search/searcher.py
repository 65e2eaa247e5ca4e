"""The one door to search: a sentence and apps in, slugs out."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from composio.catalog.search.index import Intervals
from composio.catalog.search.rank import CANDIDATES, Question, State, add_names, best, lend
from composio.catalog.search.steps import refers_back, split_steps
from composio.errors import InvalidRequest

__all__ = ["Searcher", "check"]

_OF_A_NAME = 6.0  # what a name counts for where names are compared
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


class Searcher:
    """Answers questions to one catalog. Thread-safe as far as its connection is."""

    def __init__(self) -> None:
        self._state: tuple[object, State] | None = None

    def search(
        self, connection: sqlite3.Connection, version: object, use_case: str, apps: Sequence[str], limit: int
    ) -> list[str]:
        """Slugs of the actions of ``apps`` that fit a sentence, best first, deprecated ones after the others.

        ``version`` is the state of the file that ``connection`` reads. Raises ``InvalidRequest`` for a sentence without words.
        """
        check(use_case)
        if limit < 1:
            return []
        state = self._state_of(connection, version)
        found = _rank(connection, Question.of(use_case), state, state.intervals(apps), limit)
        return [one.slug for one in found[:limit]]

    def chain(
        self, connection: sqlite3.Connection, version: object, use_case: str, apps: Sequence[str], limit: int
    ) -> list[str]:
        """Slugs of the actions that do a task's steps, in the order in which they are called.

        Before each step's action stand those that find the ids which it needs, where no earlier one does. A step that names
        no other app stays with the one before where that has an action nearly as good.
        """
        check(use_case)
        state = self._state_of(connection, version)
        allowed = state.intervals(apps)
        chain: dict[str, None] = {}
        before: Question | None = None
        app = ""
        for step in split_steps(use_case):
            question = Question.of(step)
            if before is not None and refers_back(step):
                question = question.after(before)
            found = _rank(connection, question, state, allowed, CANDIDATES)
            if found:
                most = found[0].score
                chosen = next((one for one in found if one.app == app and one.score >= _STAYS * most), found[0])
                lent = lend(connection, {chosen.action: 1.0}, allowed) if question.has_value else {}
                chain |= dict.fromkeys(slug for _, slug, _, _ in _rows(connection, lent))
                chain.setdefault(chosen.slug)
                app = chosen.app
            before = question
        return list(chain)[: max(limit, 0)]

    def search_name(
        self, connection: sqlite3.Connection, version: object, words: str, apps: Sequence[str], limit: int
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
        return [slug for *_, slug in sorted((deprecated, -scores[i], i, slug) for i, slug, _, deprecated in rows)[:limit]]

    def _state_of(self, connection: sqlite3.Connection, version: object) -> State:
        if self._state is None or self._state[0] != version:
            self._state = version, State.of(connection)
        return self._state[1]


@dataclass(frozen=True, slots=True)
class _Found:
    action: int
    slug: str
    app: str
    score: float


def _rank(connection: sqlite3.Connection, question: Question, state: State, allowed: Intervals, count: int) -> list[_Found]:
    """What fits a question, best first, deprecated actions after the others."""
    scores = best(connection, question, state, allowed, max(CANDIDATES, count)) if allowed else {}
    rows = _rows(connection, scores)
    scores = add_names(question, scores, [row[:3] for row in rows])
    if question.has_value:
        lent = lend(connection, scores, allowed)
        rows += _rows(connection, lent.keys() - scores.keys())
        scores |= lent
    ordered = sorted(rows, key=lambda row: (row[3], -scores[row[0]], row[0]))
    return [_Found(action, slug, app, scores[action]) for action, slug, app, _ in ordered]


def _rows(connection: sqlite3.Connection, ids: Iterable[int]) -> list[tuple[int, str, str, bool]]:
    """Ids, slugs, apps, and whether each is deprecated."""
    return connection.execute(
        "SELECT id, slug, app, deprecated FROM actions WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    ).fetchall()
