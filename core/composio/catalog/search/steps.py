"""Split a task into steps: ``find the budget sheet and share it with Kim`` has two."""

from __future__ import annotations

import re

from composio.catalog.search.meaning import is_verb

__all__ = ["changes_something", "first_word", "part_taken", "refers_back", "split_steps"]

_MOST_STEPS = 12
# Verbs that begin a step, and mostly mean something else elsewhere.
_BEGIN = frozenset(
    [
        "accept",
        "acknowledge",
        "activate",
        "adjust",
        "allow",
        "analyze",
        "announce",
        "append",
        "approve",
        "ask",
        "assign",
        "associate",
        "authorize",
        "back",
        "balance",
        "ban",
        "block",
        "book",
        "calculate",
        "call",
        "capture",
        "categorize",
        "collect",
        "comment",
        "compress",
        "compute",
        "configure",
        "confirm",
        "convert",
        "crop",
        "deactivate",
        "decline",
        "decrease",
        "define",
        "deliver",
        "deny",
        "deploy",
        "describe",
        "detach",
        "discard",
        "dispatch",
        "distribute",
        "downvote",
        "draft",
        "email",
        "encrypt",
        "enroll",
        "erase",
        "escalate",
        "evict",
        "execute",
        "export",
        "extract",
        "fax",
        "finish",
        "flag",
        "follow",
        "forward",
        "gather",
        "grab",
        "grant",
        "group",
        "hand",
        "highlight",
        "increase",
        "install",
        "invoice",
        "invoke",
        "kill",
        "label",
        "launch",
        "link",
        "list",
        "log",
        "lower",
        "mail",
        "mention",
        "merge",
        "message",
        "note",
        "notify",
        "pay",
        "pin",
        "ping",
        "play",
        "point",
        "prepare",
        "print",
        "promote",
        "provision",
        "publish",
        "purge",
        "push",
        "queue",
        "raise",
        "read",
        "reassign",
        "reboot",
        "rebuild",
        "record",
        "refund",
        "register",
        "reject",
        "release",
        "rename",
        "renew",
        "reorder",
        "report",
        "request",
        "rerun",
        "reschedule",
        "resend",
        "resolve",
        "respond",
        "restart",
        "restock",
        "retry",
        "rotate",
        "route",
        "run",
        "scale",
        "scan",
        "schedule",
        "scrape",
        "set",
        "sign",
        "silence",
        "skip",
        "snooze",
        "sort",
        "split",
        "stop",
        "sum",
        "summarize",
        "suspend",
        "sync",
        "tag",
        "tell",
        "terminate",
        "text",
        "transcribe",
        "transform",
        "translate",
        "tweet",
        "unassign",
        "unblock",
        "undo",
        "unpublish",
        "untag",
        "upgrade",
        "upvote",
        "validate",
        "verify",
        "void",
        "vote",
        "wait",
        "warn",
        "wipe",
        "withdraw",
    ]
)
# Those of them that change nothing.
_READS = frozenset(
    [
        "analyze",
        "calculate",
        "collect",
        "compute",
        "describe",
        "gather",
        "grab",
        "list",
        "play",
        "print",
        "read",
        "report",
        "scan",
        "scrape",
        "validate",
        "verify",
    ]
)
_SAID_SO = re.compile(
    r"\s*(?:;|(?:(?<=[^\W\d])|(?<=\w\w))[.!?]\s+(?=\w)|,?\s+(?:and\s+)?(?:then|afterwards|after\s+that|followed\s+by)\s*,?\s+|(?:,\s*|,?\s+and\s+)next\s*,?\s+|\n+(?:\s*(?:\d+[.)]|[-*])\s+)?|\s+\d+[.)]\s+(?=[a-z]))\s*",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:,\s*and|,|\band(?:\s+also)?)\s+(?=([^\W\d_]+))", re.IGNORECASE)
_FIRST = re.compile(r"^(?:\d+[.)]|[-*]|first(?:ly)?|please|and|finally|then)\s*,?\s+", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:it|them|that|those|these|this|there|him|her|its|their|one|ones|each|both|two|result|results)\b"
    r"|\bthe (?:very )?(?:best|first|former|last|latest|latter|longest|most recent|newest|next|oldest|other|others|rest|same|second|shortest|top|worst)"
    r"(?=\W*$|,|\s+(?:and|by|from|in|into|of|on|to|with)\b)",
    re.IGNORECASE,
)


def split_steps(text: str) -> list[str]:
    """Return the steps of a task in order, at least one. ``and`` and commas separate steps if a verb follows."""
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


# Parts that are read separately from their owner: a part of a mail, a meeting or a document that a later step uses.
_PART = re.compile(
    r"\b(?:its|their)\s+((?:[^\W\d_]+\s+)?(?:attach|comment|content|file|guest|invitee|item|member|participant|recording|repl|row|transcript)"
    r"[a-z]*)",
    re.IGNORECASE,
)


def part_taken(step: str) -> str:
    """Return the part of the previous step's subject that this one uses, which must be read first.

    Example: ``attachment`` of ``save its attachment``.
    """
    found = _PART.search(step)
    return found[1].lower() if found else ""


def first_word(step: str) -> str:
    """Return a step's first word in lower case: mostly a verb."""
    found = re.match(r"\W*(?:after\s+|once\s+)?([^\W\d_]+)", step, re.IGNORECASE)
    return found[1].lower() if found else ""


def changes_something(step: str) -> bool:
    """Return whether a step begins with a verb that creates or changes something: ``tag them as VIP``."""
    word = first_word(step)
    return word in _BEGIN and word not in _READS


def refers_back(step: str) -> bool:
    """Return whether a step refers to the previous one's subject."""
    return bool(_PRONOUN.search(step))
