"""Full text over actions: a sentence in, slugs out. SQLite finds candidates by bm25; their names then decide the order.

bm25 alone prefers short texts that repeat one word; what a user describes is mostly the action's name in other words.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence

__all__ = ["search", "words"]

_WORD = re.compile(r"[^\W_]+")
_LONGEST_QUERY = 40
_CANDIDATES = 200


def _set(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


_STOP = _set(
    "a about all an and any are as at be been by can could do does for from give has have how if in into is it its just let like "
    "make need not of on one or our out please so some tell than that the their them then there these they this to up us use "
    "using want was we what when where which will with would you your"
)
# What people say and what APIs call it. Every word of a row stands for the row's others.
_SAME = tuple(
    _set(row)
    for row in (
        "get fetch retrieve read show view see find lookup list info",
        "create add new open post make insert start",
        "delete remove drop erase destroy",
        "update edit change modify set rename close patch",
        "send post",
        "search find query lookup",
        "repo repository repositories project",
        "email mail message",
        "channel channels conversation conversations",
        "user username profile account",
        "me my i mine myself who am authenticated current",
    )
)
_PHRASES = {"pr": ("pull", "request"), "prs": ("pull", "requests")}
# A verb that half of all actions share says less than what it is done to.
_WEAK = _SAME[0] | _SAME[9]
# The weights are by column as the table has them: slug, display name, tags, description, app.
_SEARCH = """
SELECT actions.slug, actions.app, actions.important, actions.deprecated, search.display_name,
       bm25(search, 5.0, 4.0, 2.0, 1.0, 0.5) AS rank
FROM search JOIN actions ON actions.id = search.rowid
WHERE search MATCH ? AND actions.app IN (SELECT value FROM json_each(?))
ORDER BY rank, actions.id LIMIT ?
"""


def words(text: str) -> list[str]:
    """The words that count, in lower case, each once; all of them where none would be left."""
    found = [w.lower() for w in _WORD.findall(text)]
    said = [part for w in found for part in _PHRASES.get(w, (w,))]
    return list(dict.fromkeys([w for w in said if w not in _STOP] or said))[:_LONGEST_QUERY]


def search(connection: sqlite3.Connection, use_case: str, apps: Sequence[str], limit: int) -> list[str]:
    """Slugs of the actions of ``apps`` that share words with ``use_case``, best first, deprecated ones last."""
    said = words(use_case)
    named = {part for app in apps for part in app.split("_")}
    wanted = [w for w in said if w not in named] or said
    if not wanted or limit < 1:
        return []
    groups = {word: frozenset().union(*(row for row in _SAME if word in row)) - {word} for word in wanted}
    # Quoted, a word is only ever a word: nothing that a user types is query syntax.
    match = " OR ".join(f'"{word}"' for word in sorted({*said, *wanted, *(w for g in groups.values() for w in g)}))
    rows = connection.execute(_SEARCH, (match, json.dumps(list(apps)), max(_CANDIDATES, limit))).fetchall()
    best = min((rank for *_, rank in rows), default=-1.0) or -1.0
    weighed = {_stem(word): (0.4 if word in _WEAK else 1.0, {_stem(w) for w in group}) for word, group in groups.items()}
    scored = [
        (deprecated, -_likeness(weighed, slug, app, name) - 0.15 * important - 0.6 * rank / best, slug)
        for slug, app, important, deprecated, name, rank in rows
    ]
    return [slug for _, _, slug in sorted(scored)[:limit]]


def _likeness(wanted: dict[str, tuple[float, set[str]]], slug: str, app: str, display_name: str) -> float:
    """How much of what is wanted an action's name says (0 to 2), and how much of the name is wanted (0 to 1)."""
    text = display_name.lower() if " " in display_name else slug.lower().removeprefix(f"{app}_")
    name = {_stem(w) for w in _WORD.findall(text.replace("_", " ")) if w not in _STOP and w != app} or {""}
    total = said = 0.0
    matched: set[str] = set()
    for word, (weight, others) in wanted.items():
        total += weight
        if word in name:
            said += weight
            matched.add(word)
        elif alike := others & name:
            said += 0.7 * weight
            matched |= alike
    return 2 * said / total + len(matched) / len(name)


def _stem(word: str) -> str:
    """A plural or verb form without its ending: enough to compare two names, which SQLite's own stemmer is not open for."""
    for ending in ("ies", "ing", "ers", "ed", "es", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)] + ("y" if ending == "ies" else "")
            return stem.rstrip("e") if len(stem) > 3 else stem
    return word.rstrip("e") if len(word) > 3 else word
