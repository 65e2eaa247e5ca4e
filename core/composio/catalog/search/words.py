"""Tokenise a string: its words, split as in code (``createPullRequest``, ``pull_request``), stemmed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

from composio.catalog.search.stems import stem

__all__ = ["asked", "each_stem", "stems"]

_WORD = re.compile(r"[^\W_]+")
# fooBar, HTTPServer and v2Thing have two words each.
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’](?:s|t|d|m|re|ve|ll)\b", re.IGNORECASE)
_STOP = frozenset(
    [
        "a",
        "about",
        "all",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "by",
        "can",
        "could",
        "do",
        "does",
        "for",
        "from",
        "give",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "let",
        "like",
        "make",
        "me",
        "my",
        "need",
        "not",
        "of",
        "on",
        "one",
        "or",
        "our",
        "out",
        "please",
        "so",
        "some",
        "tell",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "up",
        "us",
        "use",
        "using",
        "want",
        "was",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


def stems(text: str) -> list[str]:
    """Return the stems of ``text`` in order. A word in camel case yields its parts, then itself."""
    return list(_stems(text)) if len(text) < 500 else _find(text)


def each_stem(texts: Iterable[str]) -> list[str]:
    """Return the stems of several short strings, such as names, in sequence."""
    return list(chain.from_iterable(map(_stems, texts)))


@lru_cache(maxsize=20_000)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(_find(text))


def _find(text: str) -> list[str]:
    return list(chain.from_iterable(map(_stems_of_word, _WORD.findall(text))))


@lru_cache(maxsize=50_000)
def _stems_of_word(word: str) -> tuple[str, ...]:
    lower = word.lower()
    if word.islower() or word.isupper() or word[1:].islower():
        return () if lower in _STOP else (stem(lower),)
    parts = [part.lower() for part in _PARTS.findall(word)]
    several = [stem(part) for part in parts if part not in _STOP] if len(parts) > 1 else []
    return (*several, stem(lower))


def asked(text: str, *, once: bool = True) -> list[str]:
    """Return a query's stems in order, each once by default; its stop words if it has nothing else."""
    text = _APOSTROPHE.sub("", text)
    found = stems(text) or [stem(word.lower()) for word in _WORD.findall(text)]
    return list(dict.fromkeys(found)) if once else found
