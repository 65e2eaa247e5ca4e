"""The entry point of search: a sentence and apps in, slugs out."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from composio.catalog.search.feeds import Endpoint, endpoint_of, feeds
from composio.catalog.search.fuse import fuse, similar
from composio.catalog.search.index import name_words
from composio.catalog.search.named import apps_named
from composio.catalog.search.rank import CANDIDATES, Question, State, add_names, best, has_value, lend, share_of
from composio.catalog.search.stems import stem
from composio.catalog.search.steps import changes_something, first_word, part_taken, refers_back, split_steps
from composio.catalog.search.vectors import Intervals
from composio.errors import InvalidRequest

__all__ = ["Hit", "Searcher", "check"]

_OF_A_NAME = 6.0  # weight of a name when names are compared
# An unknown name begins with its verb, as known names do: factor for those with the same verb.
_SAME_VERB = 1.15
_ALIKE_VERB = 1.1
_OFTEN_MEANT = 1.05  # factor for the most used actions
_VERBS = (
    ("add", "create", "insert", "make", "new", "post"),
    ("post", "send", "write"),
    ("fetch", "find", "get", "list", "read", "retrieve", "search", "show"),
    ("change", "edit", "modify", "patch", "set", "update"),
    ("delete", "destroy", "remove"),
)
_ALIKE = {verb: frozenset(chain.from_iterable(kind for kind in _VERBS if verb in kind)) for kind in _VERBS for verb in kind}
_NAMED = 0.9  # bonus for the actions of a named app
_IMPORTANT = 1.2  # factor for the most used actions
_STAYS = 0.15  # share of the best score: bonus if the step before has the same app
_TOGETHER = 0.2  # and that the others could
_ELSEWHERE = 2.2  # factor of the best of the task's apps that another app must exceed, for a step without an app
_FED = 0.15  # bonus if it uses the result of an earlier step to which its words refer
_UNMET = 0.1  # and penalty if it needs an id that no earlier step returns and no value of the step may be
_AGAIN = 0.2  # share of the best score: penalty for an action that an earlier step has already
_UNSAID = 0.05  # and for each word of its name that the step does not contain
_VERB = 0.05  # and bonus for a name with the step's first verb
_FEW_APPS = 5  # maximum requested apps for which words that few of their actions have count more
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")  # a title or a name, even if an app has that name
# Share of the score, in a search of few apps: penalty per unrequested word of a name, up to so many.
_MORE, _MOST_MORE = 0.04, 4
_LETTER = re.compile(r"[^\W_]")


def check(use_case: str) -> None:
    """Raise ``InvalidRequest`` for an empty query, or one without a letter or digit."""
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
    """A found action: its id, its slug, its app's key, and its score for the query."""

    action: int
    slug: str
    app: str
    score: float


_Step = tuple[Question, bool, list[Hit]]


class Searcher:
    """Answers queries to one catalog. As thread-safe as its connection."""

    def __init__(self) -> None:
        self._state: tuple[object, State] | None = None

    def search(
        self, connection: sqlite3.Connection, version: object, use_case: str, apps: Mapping[str, str], limit: int
    ) -> list[Hit]:
        """Return the actions of ``apps`` that match a sentence, best first, deprecated ones last. ``apps`` maps keys to names.

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
        """Return the actions for a task's steps, in call order.

        Each step's action is preceded by those that find the ids it needs, unless the step refers to the result of an earlier
        one of that app. A step without an app of its own stays with the previous one if that has a nearly equally good action.
        """
        check(use_case)
        state = self._state_of(connection, version)
        allowed = state.intervals(apps)
        steps = _steps(connection, use_case, state, apps)
        chain: dict[int, Hit] = {}
        app = ""
        for chosen, (question, is_about_it, _) in zip(_choose(connection, steps), steps, strict=True):
            has_it = is_about_it and chosen.app == app
            part = part_taken(question.text) if app and chosen.app != app else ""
            if part and (read := _read_part(connection, state, part, {app: apps[app]})) is not None:
                chain.setdefault(read.action, read)
            lent = lend(connection, {chosen.action: chosen.score}, allowed) if question.has_value and not has_it else {}
            for action, slug, of, *_ in _rows(connection, lent):
                chain.setdefault(action, Hit(action, slug, of, lent[action]))
            chain.setdefault(chosen.action, chosen)
            app = chosen.app
        return list(chain.values())[: max(limit, 0)]

    def search_name(
        self, connection: sqlite3.Connection, version: object, words: str, apps: Mapping[str, str], limit: int
    ) -> list[str]:
        """Return slugs of the actions of ``apps`` whose names mean the same as an unknown name's words, best first."""
        if not _LETTER.search(words):
            return []
        state = self._state_of(connection, version)
        allowed = state.intervals(apps)
        question = Question.of(words)
        scores = best(connection, question, state, allowed, CANDIDATES) if allowed else {}
        rows = _rows(connection, scores)
        scores = add_names(question, scores, [row[:3] for row in rows], weight=_OF_A_NAME)
        verb = words.split()[0]
        order = []
        for i, slug, app, deprecated, important in rows:
            likely = _alike(verb, slug.removeprefix(apps[app])) * (_OFTEN_MEANT if important else 1)
            order.append((deprecated, -scores[i] * likely, i, slug))
        return [slug for *_, slug in sorted(order)[:limit]]

    def _state_of(self, connection: sqlite3.Connection, version: object) -> State:
        if self._state is None or self._state[0] != version:
            self._state = version, State.of(connection)
        return self._state[1]


def _alike(verb: str, name: str) -> float:
    """Return the factor for how a name begins."""
    own = name.partition("_")[0].lower()
    return _SAME_VERB if own == verb else _ALIKE_VERB if own in _ALIKE.get(verb, ()) else 1


def _steps(connection: sqlite3.Connection, use_case: str, state: State, apps: Mapping[str, str]) -> list[_Step]:
    """A task's steps: each query, whether it refers to the result of the previous one, and its matches, best first."""
    named = (apps_named(_QUOTED.sub(" ", use_case), apps) or apps_named(use_case, apps)) if len(apps) > 1 else {}
    steps: list[_Step] = []
    told: Mapping[str, str] = {}
    for step in split_steps(use_case):
        question, is_about_it = Question.of(step), bool(steps) and refers_back(step)
        own = {app: word for app, word in apps_named(step, apps).items() if app in named} if named else {}
        kind = question.kind or ("create" if changes_something(step) else "")
        question = replace(question, kind=kind, has_value=has_value(step, [apps[app] for app in own]))
        if is_about_it and (not own or own.keys() & told.keys()):  # these words say nothing about another app's objects
            question = question.after(steps[-1][0])
        found = _rank(connection, question, state, apps, CANDIDATES)
        if named and not own:
            near = _rank(connection, question, state, {app: apps[app] for app in named}, CANDIDATES)
            found = _near(question, found, near, may_leave=not is_about_it)
        if found:
            steps.append((question, is_about_it, found))
            told = own or told
    return steps


def _choose(connection: sqlite3.Connection, steps: Sequence[_Step]) -> list[Hit]:
    """Choose each step's action: the best, or one nearly as good that fits the other steps and the step's first word."""
    most = [{hit.app: hit.score / found[0].score for hit in reversed(found)} for *_, found in steps]
    support = Counter[str]()
    for own in most:
        support.update(own)
    chosen: list[Hit] = []
    endpoints = _endpoints(connection, (hit.action for *_, found in steps for hit in found))
    for (question, is_about_it, found), own in zip(steps, most, strict=True):
        before = [hit for hit in chosen if is_about_it]

        def worth(
            hit: Hit,
            question: Question = question,
            own: Mapping[str, float] = own,
            best: float = found[0].score,
            before: Sequence[Hit] = before,
        ) -> float:
            others = (support[hit.app] - own[hit.app]) / max(len(steps) - 1, 1)
            stays = bool(chosen) and hit.app == chosen[-1].app
            again = any(hit.action == one.action for one in chosen)
            told = hit.score / best + _weigh_name(question, hit)
            fed = any(one.app == hit.app and feeds(one.action, endpoints[one.action], endpoints[hit.action]) for one in before)
            unmet = not question.has_value and not fed and bool(endpoints[hit.action].producers)
            return told + _STAYS * stays + _TOGETHER * others + _FED * fed - _UNMET * unmet - _AGAIN * again

        chosen.append(max(found, key=worth))
    return chosen


def _endpoints(connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Endpoint]:
    """Return the API requirements of actions, by their ids."""
    rows = connection.execute(
        "SELECT id, operation, producers FROM actions WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(set(ids))),),
    )
    return {action: endpoint_of(operation, producers) for action, operation, producers in rows}


def _weigh_name(question: Question, hit: Hit) -> float:
    """Return the weight of an action's name: for a verb more specific than ``create`` or ``get``, against unrequested words."""
    verb = first_word(question.text)
    is_said = verb not in _ALIKE and stem(verb) in name_words(hit.slug, hit.app)
    return _VERB * is_said - _UNSAID * _unsaid(question, hit.slug, hit.app)


def _unsaid(question: Question, slug: str, app: str) -> int:
    """Return the number of unrequested words in an action's name."""
    return sum(word not in question.words for word in name_words(slug, app))


def _rank(connection: sqlite3.Connection, question: Question, state: State, apps: Mapping[str, str], count: int) -> list[Hit]:
    """Return the matches for a query, best first, deprecated actions after the others."""
    allowed = state.intervals(apps)
    if not allowed:
        return []
    words = apps_named(question.text, apps) if len(apps) > 1 else {}
    named = {app: own for app in words if (own := state.intervals([app]))}
    scores = best(connection, question, state, allowed, max(CANDIDATES, count))
    for own in (allowed,) if len(apps) <= _FEW_APPS else named.values():
        here = best(connection, question, state, own, max(CANDIDATES, count))
        scores |= _scale(best(connection, question, state, own, max(CANDIDATES, count), local=True), here)
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
        if len(apps) <= _FEW_APPS:
            scores[row[0]] *= 1 - _MORE * min(_unsaid(question, row[1], row[2]), _MOST_MORE)
    if question.has_value:
        lent = lend(connection, scores, allowed)
        rows += _rows(connection, lent.keys() - scores.keys())
        scores |= lent
    ordered = sorted(rows, key=lambda row: (row[3], -scores[row[0]], row[0]))
    return [Hit(action, slug, app, scores[action]) for action, slug, app, *_ in ordered]


def _read_part(connection: sqlite3.Connection, state: State, part: str, apps: Mapping[str, str]) -> Hit | None:
    """Return the action that reads a part which the next step uses elsewhere: the attachment of a found mail."""
    found = _rank(connection, Question.of(f"get {part}"), state, apps, CANDIDATES)
    wanted = stem(part.split()[-1])
    return next((hit for hit in found if wanted in name_words(hit.slug, hit.app)), None)


def _scale(scores: Mapping[int, float], like: Mapping[int, float]) -> dict[int, float]:
    """Scale ``scores`` to the maximum of ``like``."""
    most = max(like.values(), default=0.0) / max(max(scores.values(), default=1.0), 1e-9)
    return {one: most * score for one, score in scores.items()}


def _near(question: Question, anywhere: list[Hit], named: list[Hit], *, may_leave: bool) -> list[Hit]:
    """Return the matches for a step without an app: from the apps of its task, unless another one fits far better.

    If the best match's name has no word of the step, and other apps' names have some, another app is meant, if the step
    ``may_leave`` the previous one's subject.
    """
    if not named or not anywhere:
        return named or anywhere
    own = {hit.app for hit in named}
    most = next((hit.score for hit in anywhere if hit.app in own), 0.0)  # the scores of one query share a scale
    is_elsewhere = 0 < _ELSEWHERE * most < anywhere[0].score or (
        may_leave and not _is_told(question, named[0]) and anywhere[0].app not in own and _is_told(question, anywhere[0])
    )
    return anywhere if is_elsewhere else named


def _is_told(question: Question, hit: Hit) -> bool:
    """Return whether an informative word of the query is in an action's name."""
    return any(question.words.get(word, 0.0) >= 1.0 for word in name_words(hit.slug, hit.app))


def _is_in(action: int, intervals: Intervals) -> bool:
    return any(first <= action <= last for first, last in intervals)


def _rows(connection: sqlite3.Connection, ids: Iterable[int]) -> list[tuple[int, str, str, bool, bool]]:
    """Return ids, slugs, apps, whether each is deprecated, and whether it is among the most used."""
    return connection.execute(
        "SELECT id, slug, app, deprecated, important FROM actions WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    ).fetchall()
