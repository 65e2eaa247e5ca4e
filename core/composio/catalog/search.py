"""Full text over actions: a sentence in, slugs out. The index ranks by bm25; the words are stemmed by SQLite."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence

__all__ = ["search", "words"]

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_QUERY = 40
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a about all an and any are as at be been by can do does for from get give has have how i if in into is it its just let "
        "like make me my need not of on one or our out please so some tell than that the their them then there these they this "
        "to up us use using want was we what when where which who will with would you your",
    )
)
# The weights are by column as the table has them: slug, display name, tags, description, app.
_SEARCH = """
SELECT actions.slug FROM search JOIN actions ON actions.id = search.rowid
WHERE search MATCH ? AND actions.app IN (SELECT value FROM json_each(?))
ORDER BY actions.deprecated, bm25(search, 5.0, 4.0, 2.0, 1.0, 0.5), actions.id LIMIT ?
"""


def words(text: str) -> list[str]:
    """The words that count, in lower case, each once; all of them where none would be left."""
    found = [w.lower() for w in _WORD.findall(_CAMEL.sub(" ", text))]
    return list(dict.fromkeys([w for w in found if w not in _STOP] or found))[:_LONGEST_QUERY]


def search(connection: sqlite3.Connection, use_case: str, apps: Sequence[str], limit: int) -> list[str]:
    """Slugs of the actions of ``apps`` that share words with ``use_case``, best first, deprecated ones last."""
    wanted = words(use_case)
    if not wanted or limit < 1:
        return []
    # Quoted, a word is only ever a word: nothing that a user types is query syntax.
    match = " OR ".join(f'"{word}"' for word in wanted)
    rows = connection.execute(_SEARCH, (match, json.dumps(list(apps)), limit))
    return [slug for (slug,) in rows]
