"""An action's effect: it reads, changes or deletes."""

from __future__ import annotations

import re
from enum import StrEnum

from composio.model.action import ActionModel, FunctionBinding, HttpBinding
from composio.model.call import CALLING

__all__ = ["ADD_WORDS", "CHANGE_WORDS", "DESTRUCTIVE_WORDS", "GRAPHQL_READ", "SAFE_METHODS", "Effect", "find_effect"]


class Effect(StrEnum):
    """``READ`` changes nothing, ``WRITE`` adds or changes, ``DESTRUCTIVE`` deletes, or its effect is unknown."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Source: RFC 9110, 9.2.1; QUERY is draft-ietf-httpbis-safe-method-w-body.
SAFE_METHODS = _words("GET HEAD OPTIONS QUERY TRACE")
_READ_WORDS = _words("CHECK COUNT DESCRIBE FETCH FIND GET LIST LOOKUP QUERY READ RETRIEVE SEARCH SHOW VIEW")
# Verbs that only add; verbs that change; and other verbs of writing, several of which are nouns too.
ADD_WORDS = _words("ADD APPEND CREATE INSERT POST REPLY SEND UPLOAD")
CHANGE_WORDS = _words("ASSIGN EDIT MARK MODIFY PATCH PUT RENAME SAVE SET UPDATE UPSERT")
_WRITE_WORDS = ADD_WORDS | CHANGE_WORDS | _words("COMMENT COPY DRAFT FORWARD INVITE PUBLISH SENDS SHARE")
DESTRUCTIVE_WORDS = _words(
    "ARCHIVE BAN CANCEL CLEAR CLOSE DEACTIVATE DELETE DELETES DESTROY DISABLE DROP EMPTY EXPIRE KICK KILL LEAVE MERGE OVERWRITE"
    " PURGE REFUND REMOVE REMOVES REPLACE RESET REVOKE TERMINATE TRANSFER TRASH UNINSTALL UNPUBLISH VOID WIPE"
)
GRAPHQL_READ = re.compile(r"\s*(query|subscription)\b|\s*\{")
_SEVERITY = (Effect.READ, Effect.WRITE, Effect.DESTRUCTIVE)
_READ_ONLY, _DESTROYS = "readOnlyHint", "destructiveHint"


def find_effect(action: ActionModel) -> Effect:
    """Return the effect of an action: from its tags, else from its method and names. An unknown one is destructive.

    The tags are MCP's hints, ``readOnlyHint`` and ``destructiveHint``, declared by a custom tool or an app's file. All of an
    action's names count, so that an alias changes nothing. A GET with a delete verb is destructive too, and a POST, or a tool
    of an MCP server, reads only if its names say so.
    """
    if _DESTROYS in action.tags:
        return Effect.DESTRUCTIVE
    binding = action.binding
    if isinstance(binding, FunctionBinding):
        known = CALLING in binding.injected or _READ_ONLY in action.tags
        return Effect.READ if known else _of_function(action, binding)
    return _of_request(action, binding)


def _of_function(action: ActionModel, binding: FunctionBinding) -> Effect:
    """Return whether the name of an app's own function is conclusive; a user's function may have any name."""
    is_shipped = binding.function is None or getattr(binding.function, "app", None) is not None
    return _of_names(_names(action)) if is_shipped else Effect.DESTRUCTIVE


def _of_request(action: ActionModel, binding: HttpBinding) -> Effect:
    method, names = binding.method.upper(), _names(action)
    if binding.peer is not None:  # an MCP server's hints are only claims, as the specification says
        return _of_names(names)
    graphql = binding.body.graphql if binding.body is not None else None
    if graphql is not None:
        if GRAPHQL_READ.match(graphql.head):
            return Effect.READ
        return max(_of_names(names), Effect.WRITE, key=_SEVERITY.index)
    if method in SAFE_METHODS:
        return _of_safe(names, binding.path)
    if method == "DELETE" or any(DESTRUCTIVE_WORDS.intersection(words) for words in names):
        return Effect.DESTRUCTIVE
    if method in {"PUT", "PATCH"}:
        return Effect.WRITE
    if method != "POST":
        return Effect.DESTRUCTIVE
    return Effect.READ if _READ_ONLY in action.tags else _of_names(names)


def _of_safe(names: list[list[str]], path: str) -> Effect:
    """Return the effect of a GET, whose nouns may look like verbs: closed issues, the archive, refunds.

    Its verb is first or last.
    """
    last = {one.upper() for one in re.split(r"[^a-z]+", path.rsplit("/", 1)[-1].lower())}
    first = {words[0] for words in names if words}
    if first & DESTRUCTIVE_WORDS or last & {"DELETE", "DESTROY", "REMOVE"}:
        return Effect.DESTRUCTIVE
    return Effect.WRITE if first & _WRITE_WORDS else Effect.READ


def _of_names(names: list[list[str]]) -> Effect:
    """Return the strictest effect that the names state; names without a verb do not count if another has one."""
    known = [found for words in names if (found := _of_words(words)) is not None]
    return max(known, key=_SEVERITY.index, default=Effect.DESTRUCTIVE)


def _of_words(words: list[str]) -> Effect | None:
    if DESTRUCTIVE_WORDS.intersection(words):
        return Effect.DESTRUCTIVE
    if len(words) > 1 and words[0] == "POST" and words[1] in _READ_WORDS:  # the method, which operations' ids repeat
        words = words[1:]
    if _WRITE_WORDS.intersection(words):
        return Effect.WRITE
    return Effect.READ if words and words[0] in _READ_WORDS else None


def _names(action: ActionModel) -> list[list[str]]:
    """Return the words of each name, without the app's."""
    app = [one for one in action.app.upper().replace("-", "_").split("_") if one]
    found = [[one for one in name.split("_") if one] for name in sorted(action.names)]
    return [words[len(app) :] if app and words[: len(app)] == app else words for words in found]
