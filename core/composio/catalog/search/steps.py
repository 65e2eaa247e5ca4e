"""A task of several steps into its steps: ``find the budget sheet and share it with Kim`` has two."""

from __future__ import annotations

import re

from composio.catalog.search.meaning import is_verb

__all__ = ["refers_back", "split_steps"]

_MOST_STEPS = 12
# Words that say what to do where they begin a step, and mostly something else where they do not.
_BEGIN = frozenset(
    [
        "announce",
        "ask",
        "assign",
        "call",
        "comment",
        "crop",
        "draft",
        "email",
        "flag",
        "forward",
        "label",
        "link",
        "list",
        "log",
        "mail",
        "mention",
        "merge",
        "message",
        "note",
        "notify",
        "ping",
        "pin",
        "play",
        "point",
        "print",
        "queue",
        "read",
        "record",
        "rename",
        "report",
        "request",
        "schedule",
        "set",
        "sign",
        "sum",
        "summarize",
        "sync",
        "tag",
        "tell",
        "text",
        "translate",
        "transcribe",
        "tweet",
        "vote",
        "warn",
    ]
)
_SAID_SO = re.compile(
    r"\s*(?:;|(?:(?<=[^\W\d])|(?<=\w\w))[.!?]\s+(?=\w)|,?\s+(?:and\s+)?(?:then|afterwards|after\s+that|next)\s*,?\s+|\n+(?:\s*(?:\d+[.)]|[-*])\s+)?|\s+\d+[.)]\s+(?=[a-z]))\s*",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:,\s*and|,|\band(?:\s+also)?)\s+(?=([^\W\d_]+))", re.IGNORECASE)
_FIRST = re.compile(r"^(?:\d+[.)]|[-*]|first(?:ly)?|please|and|finally|then)\s*,?\s+", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:it|them|that|those|these|this|there|him|her|its|their|one|ones|each|result|results)\b", re.IGNORECASE
)


def split_steps(text: str) -> list[str]:
    """The steps of a task in their order, at least one. ``and`` and commas part steps where a verb follows."""
    found: list[str] = []
    for part in _SAID_SO.split(text.strip()):
        at = 0
        for joint in _JOINED.finditer(part):
            if (is_verb(joint[1]) or joint[1].lower() in _BEGIN) and part[at : joint.start()].strip():
                found.append(part[at : joint.start()])
                at = joint.end()
        found.append(part[at:])
    steps = [_FIRST.sub("", step.strip(" \t,.;")).strip() for step in found]
    kept = [step for step in steps if re.search(r"[^\W_]", step)] or [text.strip()]
    return [*kept[: _MOST_STEPS - 1], "; ".join(kept[_MOST_STEPS - 1 :])] if len(kept) > _MOST_STEPS else kept


def refers_back(step: str) -> bool:
    """Whether a step speaks of what the one before it was about."""
    return bool(_PRONOUN.search(step))
