"""Stem English words. Source: the Snowball project's "English (Porter2) stemming algorithm".

SQLite's own stemmer needs a table, and queries are parsed before any table is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["stem"]

_LONGEST = 40  # anything longer is not a word
_VOWEL = "[aeiouy]"
_REGION = re.compile(f"{_VOWEL}[^aeiouy]")
_FIRST_REGION = re.compile("^(?:gener|commun|arsen|past|univers|later|emerg|organ|inter)")
_SHORT_END = re.compile("(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy]|^past)$")
_DOUBLE = re.compile("(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$")
_CONSONANT_Y = re.compile("(?<=[aeiouy])y|^y")
_WHOLE = {
    "skis": "ski",
    "skies": "sky",
    "idly": "idl",
    "gently": "gentl",
    "ugly": "ugli",
    "early": "earli",
    "only": "onli",
    "singly": "singl",
    "sky": "sky",
    "news": "news",
    "howe": "howe",
    "atlas": "atlas",
    "cosmos": "cosmos",
    "bias": "bias",
    "andes": "andes",
}
_LEFT_AFTER_S = frozenset(("inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"))
_STEP_2 = (
    ("ization", "ize"),
    ("ational", "ate"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("iveness", "ive"),
    ("tional", "tion"),
    ("biliti", "ble"),
    ("lessli", "less"),
    ("entli", "ent"),
    ("ation", "ate"),
    ("alism", "al"),
    ("aliti", "al"),
    ("ousli", "ous"),
    ("iviti", "ive"),
    ("fulli", "ful"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("abli", "able"),
    ("izer", "ize"),
    ("ator", "ate"),
    ("alli", "al"),
    ("bli", "ble"),
)
_STEP_3 = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("alize", "al"),
    ("icate", "ic"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
)
_ENDINGS_4 = (
    *(
        "ement",
        "ance",
        "ence",
        "able",
        "ible",
        "ment",
        "ant",
        "ent",
        "ism",
        "ate",
        "iti",
        "ous",
        "ive",
        "ize",
        "al",
        "er",
        "ic",
    ),
)
_STEP_4 = tuple((ending, "") for ending in _ENDINGS_4)
# Most words have no such ending, and testing for all of them takes one call.
_ENDINGS_2, _ENDINGS_3 = tuple(ending for ending, _ in _STEP_2), tuple(ending for ending, _ in _STEP_3)
_PAST_OR_ING = ("eed", "eedly", "ed", "edly", "ing", "ingly")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a lower-case word; a word with other than English letters stays unchanged."""
    if len(word) <= 2 or len(word) > _LONGEST or not (word.isascii() and word.isalpha()):
        return word
    if word in _WHOLE:
        return _WHOLE[word]
    word = _CONSONANT_Y.sub("Y", word)
    first, second = _regions(word)
    word = _plural(word)
    if word not in _LEFT_AFTER_S:
        word = _past(word, first)
        if len(word) > 2 and word[-1] in "yY" and word[-2] not in "aeiouy":
            word = f"{word[:-1]}i"
        word = _derive(word, first, second)
    return word.replace("Y", "y")


def _regions(word: str) -> tuple[int, int]:
    """Return where R1 and R2 begin."""
    if found := _FIRST_REGION.match(word):
        first = found.end()
    else:
        found = _REGION.search(word)
        first = found.end() if found else len(word)
    found = _REGION.search(word, first)
    return first, found.end() if found else len(word)


def _plural(word: str) -> str:
    """Step 1a."""
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("ied", "ies")):
        return word[: -2 if len(word) > 4 else -1]
    if word.endswith("s") and not word.endswith(("us", "ss")) and re.search(_VOWEL, word[:-2]):
        return word[:-1]
    return word


def _past(word: str, first: int) -> str:
    """Step 1b."""
    if not word.endswith(_PAST_OR_ING):
        return word
    for ending in ("eedly", "eed"):
        if word.endswith(ending):
            return f"{word[: -len(ending)]}ee" if len(word) - len(ending) >= first else word
    for ending in ("ingly", "edly", "ing", "ed"):
        if word.endswith(ending):
            kept = word[: -len(ending)]
            if not re.search(_VOWEL, kept):
                return word
            if ending == "ing" and re.fullmatch("[^aeiouy]y", kept):  # dying, lying
                return f"{kept[0]}ie"
            if kept.endswith(("at", "bl", "iz")):
                return f"{kept}e"
            if _DOUBLE.search(kept):
                return kept if re.fullmatch("[aeo](?:bb|dd|ff|gg|mm|nn|pp|rr|tt)", kept) else kept[:-1]
            return f"{kept}e" if len(kept) <= first and _SHORT_END.search(kept) else kept
    return word


def _derive(word: str, first: int, second: int) -> str:
    """Step 2, and those after it."""
    if word.endswith(_ENDINGS_2):
        word = _replace(word, _STEP_2, first)
    elif word.endswith("ogi") and len(word) - 3 >= first and word[-4:-3] == "l":
        word = word[:-1]
    elif word.endswith("ogist") and len(word) - 5 >= first:
        word = word[:-3]
    elif word.endswith("li") and len(word) - 2 >= first and word[-3:-2] in tuple("cdeghkmnrt"):
        word = word[:-2]
    return _strip_final(_shorten(word, first, second), first, second)


def _shorten(word: str, first: int, second: int) -> str:
    """Steps 3 and 4."""
    if word.endswith(_ENDINGS_3):
        word = _replace(word, _STEP_3, first)
    elif word.endswith("ative") and len(word) - 5 >= second:
        word = word[:-5]
    if word.endswith(_ENDINGS_4):
        word = _replace(word, _STEP_4, second)
    elif word.endswith(("sion", "tion")) and len(word) - 3 >= second:
        word = word[:-3]
    return word


def _replace(word: str, endings: Iterable[tuple[str, str]], region: int) -> str:
    """Replace the first of ``endings`` that ``word`` has, if it is in the region."""
    ending, instead = next(one for one in endings if word.endswith(one[0]))
    return word[: -len(ending)] + instead if len(word) - len(ending) >= region else word


def _strip_final(word: str, first: int, second: int) -> str:
    """Step 5."""
    if word.endswith("e"):
        at = len(word) - 1
        if at >= second or (at >= first and not _SHORT_END.search(word[:-1])):
            return word[:-1]
    elif word.endswith("ll") and len(word) - 1 >= second:
        return word[:-1]
    return word
