"""Shorten text that is too long for a name, the most faithful form first.

A summary loses dispensable parts: further sentences, articles, the app's own name, fillers. An identifier or a path keeps its
words and loses some in the middle. Pure: a form depends only on the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from composio.schema.names import slugify
from composio.schema.prose import clean

__all__ = ["fold_identifier", "fold_path", "fold_summary", "is_plain", "lighten_summary"]


def _split(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ARTICLES = _split("A AN THE")
_FILLERS = _split(
    "ANY ASSOCIATED CERTAIN CURRENT CURRENTLY EXISTING GIVEN ITS NEW OUR PARTICULAR PROVIDED RELATED REQUESTED SINGLE SPECIFIC "
    "SPECIFIED THAT THEIR THESE THIS THOSE WHICH YOUR"
)
_SMALL = _split(
    "AND ARE AS AT BE BEEN BY CAN FOR FROM HAS HAVE IN INTO IS OF ON OR TO USING VIA WAS WERE WHOSE WILL WITH WITHIN"
)
# Only abbreviations that everyone reads easily.
_SHORT = {
    "ADMINISTRATION": "ADMIN",
    "ADMINISTRATOR": "ADMIN",
    "ADMINISTRATORS": "ADMINS",
    "APPLICATION": "APP",
    "APPLICATIONS": "APPS",
    "AUTHENTICATION": "AUTH",
    "CONFIGURATION": "CONFIG",
    "CONFIGURATIONS": "CONFIGS",
    "DATABASE": "DB",
    "DIRECTORY": "DIR",
    "DOCUMENTATION": "DOCS",
    "ENVIRONMENT": "ENV",
    "ENVIRONMENTS": "ENVS",
    "IDENTIFIER": "ID",
    "IDENTIFIERS": "IDS",
    "INFORMATION": "INFO",
    "MAXIMUM": "MAX",
    "MINIMUM": "MIN",
    "ORGANISATION": "ORG",
    "ORGANISATIONS": "ORGS",
    "ORGANIZATION": "ORG",
    "ORGANIZATIONS": "ORGS",
    "PARAMETERS": "PARAMS",
    "REPOSITORIES": "REPOS",
    "REPOSITORY": "REPO",
    "SPECIFICATION": "SPEC",
    "STATISTICS": "STATS",
    "TEMPORARY": "TEMP",
}
_VERBS = _split(
    "ACCEPT ACKNOWLEDGE ACTIVATE ADD ADVANCE AGGREGATE ANALYZE ANNOTATE APPEND APPLY APPROVE ARCHIVE ASK ASSIGN ASSOCIATE ATTACH "
    "AUTHENTICATE AUTHORIZE BATCH BIND BLOCK BULK CALCULATE CALL CANCEL CAPTURE CHANGE CHECK CLAIM CLASSIFY CLEAR CLONE CLOSE "
    "COMMIT COMPARE COMPLETE COMPOSE COMPUTE CONFIGURE CONFIRM CONNECT CONVERT COPY COUNT CREATE DEACTIVATE DECLINE DECODE "
    "DECRYPT DELETE DENY DEPLOY DEPRECATE DESCRIBE DESTROY DETACH DETECT DETERMINE DISABLE DISASSOCIATE DISCARD DISCONNECT "
    "DISMISS DOWNLOAD DUPLICATE EDIT EMPTY ENABLE ENCODE ENCRYPT END ENFORCE ENQUEUE ESTIMATE EVALUATE EXCHANGE EXECUTE EXPIRE "
    "EXPLAIN EXPORT EXTEND EXTRACT FETCH FILTER FIND FINALIZE FINISH FLAG FOLLOW FORCE FORK FORWARD GENERATE GET GRANT HANGUP "
    "HEAD HIDE IMPORT INCREMENT INDEX INITIATE INSERT INSPECT INSTALL INVITE INVOKE JOIN KICK LAUNCH LEAVE LINK LIST LOAD LOCK "
    "LOGIN LOGOUT LOOKUP MANAGE MARK MERGE MIGRATE MODERATE MODIFY MONITOR MOVE MUTATE MUTE NOTIFY OBTAIN OPEN OPTIONS PATCH PAUSE PAY "
    "PERFORM PIN POLL POST PREDICT PREVIEW PROCESS PROMOTE PROVISION PUBLISH PULL PURGE PUSH PUT QUERY QUEUE READ REACT REBOOT "
    "REBUILD RECEIVE RECORD RECOVER REDELIVER REDIRECT REFRESH REFUND REGENERATE REGISTER REINDEX REJECT RELEASE REMOVE RENAME "
    "RENDER RENEW REOPEN REORDER REPEAT REPLACE REPLAY REPLY REPORT REQUEST RERUN RESEND RESERVE RESET RESIZE RESOLVE RESTART "
    "RESTORE RESUME RETRIEVE RETRY RETURN REVERSE REVIEW REVOKE ROTATE RUN SAVE SCALE SCAN SCHEDULE SEARCH SEND SET SHARE SHOW "
    "SIGN SKIP SNOOZE SORT SPLIT STAR START STOP STORE STREAM SUBMIT SUBSCRIBE SUGGEST SUMMARIZE SUSPEND SWITCH SYNC SYNCHRONIZE "
    "TAG TERMINATE TEST TRACK TRAIN TRANSCRIBE TRANSFER TRANSFORM TRANSLATE TRIGGER UNARCHIVE UNASSIGN UNBLOCK UNFOLLOW "
    "UNDELETE UNDEPLOY UNINSTALL UNLINK UNLOCK UNMUTE UNPIN UNPUBLISH UNREGISTER UNSET UNSTAR UNSUBSCRIBE UNWATCH UPDATE UPGRADE UPLOAD UPSERT "
    "USE VALIDATE VERIFY VIEW VOID VOTE WAIT WATCH WITHDRAW WRITE"
)
_SENTENCE = re.compile(r"[.!?](?=\s|$)|\n|;\s")
_PARAMETER = re.compile(r"\{([^{}]*)\}")
_ASIDE = re.compile(r"\([^()]*\)")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_.:/ -]+[A-Za-z0-9]+)*")
_SEPARATED = re.compile(r"[^A-Za-z0-9]+")
_VERSION = re.compile(r"V?\d+((ALPHA|BETA|P)\d+)*")
_OPAQUE = re.compile(r"(?=.*\d)(?=.*[A-F])[0-9A-F]{4,}|\d{5,}")
_FEW = 2
# Characters examined, and parts at each end: descriptions are untrusted, and the work is quadratic.
_LONGEST, _MOST = 1_000, 12

Words = tuple[str, ...]


def lighten_summary(text: str, app: Sequence[str], room: int) -> str | None:
    """Return ``text``'s first sentence in at most ``room`` characters.

    Drops articles and the words of ``app`` if necessary. None if it does not fit, or does not begin with a verb and may not be
    a headline.
    """
    words = _headline(text)
    if not words or not is_verb(words[0]):
        return None
    for form in (words, lighter := _without(words, _ARTICLES), _without_app(lighter, app)):
        if (name := "_".join(form)) and len(name) <= room:
            return name
    return None


def fold_summary(text: str, app: Sequence[str], room: int) -> Iterator[str]:
    """Yield shorter forms of ``text``'s first sentence: without fillers and with abbreviations, then without small words."""
    words = _without_app(_without(_headline(text), _ARTICLES), app)
    shorter = tuple(_SHORT.get(word, word) for word in _without(words, _FILLERS))
    for form in (shorter, _once(_without(shorter, _SMALL))):
        if len(form) >= _FEW and len(name := "_".join(form)) <= room:
            yield name


def is_plain(identifier: str) -> bool:
    """Return whether an operationId is readable: at least two words with a verb, not generated."""
    if len(identifier) > _LONGEST or not _PLAIN.fullmatch(identifier):
        return False
    words = _words(identifier)
    return len(words) >= _FEW and any(map(is_verb, words)) and not any(map(_OPAQUE.fullmatch, words))


def is_verb(word: str) -> bool:
    """Return whether ``word``, in upper case, is a common verb of APIs: ``CREATE``, ``Lists``."""
    ends = (word, word.removesuffix("S"), word.removesuffix("ES"), f"{word[:-3]}Y" if word.endswith("IES") else word)
    return not _VERBS.isdisjoint(ends)


def fold_identifier(identifier: str, app: Sequence[str], room: int) -> Iterator[str]:
    """Yield forms of an operationId within ``room``: with abbreviations, then without middle parts, the outermost first."""
    parts = [_words(part) for part in _SEPARATED.split(identifier[:_LONGEST]) if part]
    yield from _fold([(word,) for word in parts[0]] if len(parts) == 1 else parts, app, room)


def fold_path(method: str, path: str, app: Sequence[str], room: int) -> Iterator[str]:
    """Yield forms of a method and a path within ``room``: parameters lose repeated words, then parts are dropped as above."""
    segments = [segment for segment in path[:_LONGEST].split("/") if segment]
    for with_middle in (False, True):
        parts = [_words(method)]
        for index, segment in enumerate(segments):
            parts.append(_words(_PARAMETER.sub(" ", segment)))
            if with_middle or index == len(segments) - 1:
                said = {_singular(word) for part in parts for word in part}
                own = tuple(word for name in _PARAMETER.findall(segment) for word in _words(name))
                parts.append(tuple(word for word in own if _singular(word) not in said) or own)
        yield from _fold([part for part in parts if part], app, room)


def _fold(given: Sequence[Words], app: Sequence[str], room: int) -> Iterator[str]:
    parts = [tuple(_SHORT.get(word, word) for word in part) for part in (*given[:_MOST], *given[_MOST:][-_MOST:])]
    own = [part for part in (_without_app(part, app) for part in parts) if part]
    for told in (own, parts) if own != parts else (parts,):  # the app's name may be what distinguishes two of its operations
        once = [part for part in _skip_repeats(told) if part]
        timeless = [part for part in once if not (len(part) == 1 and _VERSION.fullmatch(part[0]))]
        for kept in (told, once, timeless):
            words = [word for part in kept for word in part]
            if len(words) >= _FEW and len(name := "_".join(words)) <= room:
                yield name
        singles: list[Words] = [(word,) for part in once for word in part]
        for kept in (told, once, singles):
            yield from _shorten(kept, room)


def _shorten(parts: Sequence[Words], room: int) -> Iterator[str]:
    """Return ``parts`` without some adjacent ones: the outermost first, as few as possible, never the verb or the last."""
    last, verb = len(parts) - 1, _verb(parts)
    texts = ["_".join(part) for part in parts]
    ends = list(accumulate((len(text) + 1 for text in texts), initial=0))
    surplus = ends[-1] - 1 - room
    # Where to begin, and where to end at the earliest.
    fewest = [(start, bisect_left(ends, ends[start] + surplus)) for start in range(last)]
    for more in range(last):
        for start, first_end in fewest:
            end = max(first_end, start + 1) + more
            if end <= last and not start <= verb < end and "_" in (name := "_".join((*texts[:start], *texts[end:]))):
                yield name


def _verb(parts: Sequence[Words]) -> int:
    """Return the index of the verb: ``CREATE`` at the beginning, else ``LIST`` at the end, else the first possible one."""
    if parts and parts[0][0] in _VERBS:
        return 0
    verbs = [index for index, part in enumerate(parts) if any(map(is_verb, part))]
    last = len(parts) - 1
    return last if last in verbs else min(verbs, default=last)


def _skip_repeats(parts: Sequence[Words]) -> Iterator[Words]:
    """Drop words that repeat the previous one: ``CUSTOMERS_CUSTOMER``."""
    before = ""
    for part in parts:
        kept = []
        for word in part:
            if _singular(word) != before:
                kept.append(word)
            before = _singular(word)
        yield tuple(kept)


def _headline(text: str) -> Words:
    """Return the words of the first sentence, without parentheses."""
    plain = clean(text)
    first = next((part for part in _SENTENCE.split(plain) if part.strip()), "")
    return _words(_ASIDE.sub(" ", first))


@lru_cache(maxsize=4096)
def _words(text: str) -> Words:
    return tuple(word for word in slugify(text).split("_") if word)


def _without(words: Words, dropped: frozenset[str]) -> Words:
    return words[:1] + tuple(word for word in words[1:] if word not in dropped)


def _without_app(words: Words, app: Sequence[str]) -> Words:
    """Drop the app's name, with which each of its names begins, including a possessive S."""
    found: list[str] = []
    index = 0
    while index < len(words):
        if words[index : index + len(app)] == tuple(app):
            index += len(app)
            index += words[index : index + 1] == ("S",)
        else:
            found.append(words[index])
            index += 1
    return tuple(found)


def _once(words: Words) -> Words:
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(_singular(word), word)
    return tuple(found.values())


def _singular(word: str) -> str:
    if word.endswith("IES"):
        return f"{word[:-3]}Y"
    return word[:-2] if word.endswith(("XES", "CHES", "SHES", "SSES")) else word.removesuffix("S")
