"""Whether an API no longer takes the token that a call was made with, whatever status it says so with. Pure.

Sources: RFC 6750, 3.1 (``invalid_token``, ``insufficient_scope``); Slack, "Web API, errors"; WeChat, DingTalk and Lark, "global
error codes"; Facebook, "Handling errors" (code 190).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import httpx

from composio.engine.hints import as_refused, insufficient_scope, invalid_token
from composio.model.app import AppModel
from composio.model.call import Outcome
from composio.model.error_text import error_text

__all__ = ["is_refused", "mark_refused"]

# Codes that can mean nothing else, without case and punctuation.
_CODES: Final = frozenset(
    {
        *("invalidtoken", "invalidaccesstoken", "accesstokeninvalid", "tokeninvalid", "tokenexpired", "expiredtoken"),
        *("accesstokenexpired", "expiredaccesstoken", "tokenrevoked", "accesstokenrevoked", "invalidauth", "accountinactive"),
        *("invalidsessionid", "badoauthtoken", "oauthtokenexpired"),
    }
)
# What GraphQL servers write into a 200; with a status of its own the same word may stand for a missing permission.
_IN_A_200: Final = _CODES | {"unauthenticated", "authentication"}
# Numbers mean something only under the name that they stand under.
_NUMBERS: Final[Mapping[str, frozenset[str]]] = {
    "errcode": frozenset({"40001", "40014", "42001"}),  # WeChat, DingTalk
    "code": frozenset({"99991663", "99991668", "99991677"}),  # Lark
}
_FACEBOOK: Final = "190"


def is_refused(app: AppModel, headers: httpx.Headers, outcome: Outcome) -> bool:
    """True for an answer that says: this token is expired, revoked or none. What lacks a scope is taken all the same."""
    data, status = outcome.data, outcome.status
    if app.expired_token_errors and isinstance(data, Mapping | list) and _is_declared(app, data):
        return True
    if status is None or status < 400:
        says_no = isinstance(data, Mapping) and _says_no(data, outcome)
        return says_no and not insufficient_scope(headers, data) and _is_known(data, _IN_A_200)
    if insufficient_scope(headers, data):
        return False
    known = status < 500 and (invalid_token(headers) or (isinstance(data, Mapping) and _is_known(data, _CODES)))
    return status == 401 or known


def mark_refused(outcome: Outcome) -> Outcome:
    """``outcome`` as an unsuccessful one that says what helps, whatever its status was."""
    said = outcome.error or error_text(outcome.data) or "The API did not take the credentials."
    return replace(outcome, successful=False, error=as_refused(said))


def _is_declared(app: AppModel, data: Any) -> bool:
    from composio.auth.said import matches, read_error

    found = read_error(data)
    return any(matches(entry, data, found) for entry in app.expired_token_errors)


def _says_no(data: Mapping[str, Any], outcome: Outcome) -> bool:
    """Whether an answer with a good status says that it is none: most results are data, and cost no more than this."""
    if not outcome.successful or data.get("ok") is False or data.get("success") is False:
        return True
    number = data.get("errcode", data.get("code") if "msg" in data else None)
    if isinstance(number, int | str) and re.fullmatch(r"-?[1-9]\d*", str(number)):
        return True
    return bool(data.get("errors")) and not data.get("data")


def _is_known(data: Mapping[str, Any], known: frozenset[str]) -> bool:
    from composio.auth.said import normal, read_error

    found = read_error(data)
    codes = {normal(text) for _, text in found.codes}
    if any("scope" in code or "permission" in code for code in codes):
        return False
    by_number = any(text in _NUMBERS.get(name, ()) for name, text in found.codes)
    return by_number or not codes.isdisjoint(known) or ("oauth" in codes and ("code", _FACEBOOK) in found.codes)
