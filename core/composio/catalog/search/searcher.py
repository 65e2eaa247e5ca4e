"""The one door to search: a sentence and apps in, slugs out."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence

from composio.catalog.search.rank import CANDIDATES, Question, State, add_names, best, lend
from composio.errors import InvalidRequest

__all__ = ["Searcher", "check"]

_OF_A_NAME = 6.0  # what a name counts for where names are compared
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
        allowed = state.intervals(apps)
        question = Question.of(use_case)
        scores = best(connection, question, state, allowed, max(CANDIDATES, limit)) if allowed else {}
        rows = _rows(connection, scores)
        scores = add_names(question, scores, [row[:3] for row in rows])
        if question.has_value:
            lent = lend(connection, scores, allowed)
            rows += _rows(connection, lent.keys() - scores.keys())
            scores |= lent
        ordered = sorted((row[3], -scores[row[0]], row[0], row[1]) for row in rows)
        return [slug for *_, slug in ordered[:limit]]

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


def _rows(connection: sqlite3.Connection, ids: Iterable[int]) -> list[tuple[int, str, str, bool]]:
    """Ids, slugs, apps, and whether each is deprecated."""
    return connection.execute(
        "SELECT id, slug, app, deprecated FROM actions WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    ).fetchall()
