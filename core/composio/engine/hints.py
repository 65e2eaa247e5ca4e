"""What to do about an upstream's refusal, in one sentence, for a model or its developer. Pure.

Only scopes, permissions and times are quoted. Sources: RFC 6750, 3.1 (insufficient_scope); GitHub, "Troubleshooting the
REST API"; Google API errors (google.rpc.ErrorInfo); Slack, "missing_scope".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from composio.accounts.book import reconnect
from composio.model.call import Outcome
from composio.model.connection import Connection
from composio.transport.waits import in_words, rate_limit_wait

__all__ = ["as_refused", "for_connection", "hint", "insufficient_scope", "invalid_token", "missing_scopes"]

_SCOPE = re.compile(r"[A-Za-z0-9_.:/*=+-]{1,120}")
_CHALLENGE_SCOPE = re.compile(r'\bscope="([^"]{1,500})"', re.IGNORECASE)
_INVALID_TOKEN = re.compile(r'\berror\s*=\s*"?invalid_token\b|"invalid_token"', re.IGNORECASE)
_CHALLENGE_LACKS = re.compile(r'\berror\s*=\s*"?insufficient_scope\b', re.IGNORECASE)
_MOST_SCOPES = 8
# Words for bad credentials in a response with another status (Slack's 200).
_REFUSED = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"})
# Words for too many requests with another status (Google's 403).
_LIMITED = frozenset({"rateLimitExceeded", "rate_limited", "ratelimited", "userRateLimitExceeded", "RESOURCE_EXHAUSTED"})
_INSUFFICIENT = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficient_scope", "missing_scope"})
_BY_STATUS = {
    304: "It has not changed: the earlier response is still valid.",
    400: "Correct the arguments that the message names.",
    401: "The credentials are missing, wrong or expired: check auth=, add_auth or the app's environment variables.",
    403: "The credentials are valid but not allowed to do this.",
    404: "It does not exist, or these credentials may not see it: check the names and ids in the arguments.",
    405: "The API does not allow this here: choose another action.",
    409: "It conflicts with the current state: read that, then try again with your changes.",
    410: "It is gone for good.",
    412: "It changed in the meantime: read it again first.",
    413: "It is too large: send less.",
    422: "Correct the arguments that the message names.",
    429: "Too many requests: wait before the next one.",
}


def hint(status: int, headers: httpx.Headers, data: Any, scopes: Sequence[str] = ()) -> str:
    """Return one sentence, empty if there is nothing to add. ``scopes`` are those in the description."""
    if status < 500 and invalid_token(headers):
        return _BY_STATUS[401]
    limited = status in {429, 503} or (status == 403 and headers.get("x-ratelimit-remaining") == "0")
    if limited or (status >= 400 and "retry-after" in headers) or not _LIMITED.isdisjoint(_codes(data)):
        wait = rate_limit_wait(headers, data)
        if wait is not None and (when := in_words(wait)):
            return f"Try again {when}."
        if limited or status < 400 or not _LIMITED.isdisjoint(_codes(data)):
            return _BY_STATUS[429] if status != 503 else "The API is not available now: try again later."
    if not _REFUSED.isdisjoint(_codes(data)):
        return _BY_STATUS[401]
    if status == 404:  # GitHub's word for resources beyond a token's scopes
        return _compare_scopes(headers) or _BY_STATUS[404]
    if status == 403 or insufficient_scope(headers, data):
        return _about_scopes(headers, data, scopes) or _BY_STATUS[403]
    return _BY_STATUS.get(status) or ("The failure is the API's own: try again later." if status >= 500 else "")


def invalid_token(headers: httpx.Headers) -> bool:
    """Return whether a response challenges for another token.

    Examples: ``Bearer error="invalid_token"``, Facebook's ``OAuth ... "invalid_token"``.
    """
    return _INVALID_TOKEN.search(headers.get("www-authenticate", "")) is not None


def insufficient_scope(headers: httpx.Headers, data: Any) -> bool:
    """Return whether a response says that the token is valid and lacks a scope."""
    return _CHALLENGE_LACKS.search(headers.get("www-authenticate", "")) is not None or _says_scope(data)


def as_refused(error: str) -> str:
    """Replace the advice in ``error`` by that for rejected credentials, whatever its status suggests."""
    said = next((error.removesuffix(advice).rstrip() for advice in _BY_STATUS.values() if error.endswith(advice)), error)
    return f"{said} {_BY_STATUS[401]}" if said.endswith((".", "!", "?")) else f"{said}. {_BY_STATUS[401]}"


def for_connection(outcome: Outcome, connection: Connection | None) -> Outcome:
    """Add to ``outcome`` that the user must connect again, if stored credentials were refused."""
    if connection is None or outcome.error is None or _BY_STATUS[401] not in outcome.error:
        return outcome
    worked = connection.worked_at is not None
    what = "is no longer taken." if worked else "was not accepted, and has never worked: check its credentials."
    said = f"The connection {connection.id} of {connection.entity_id!r} {what} {reconnect(connection)}"
    return replace(outcome, error=outcome.error.replace(_BY_STATUS[401], said))


def _about_scopes(headers: httpx.Headers, data: Any, declared: Sequence[str]) -> str:
    """Return what the credentials lack, as far as the response or the description says."""
    granted = _list(headers.get("x-oauth-scopes", ""))
    if lacking := _compare_scopes(headers):
        return lacking
    if permissions := _list(headers.get("x-accepted-github-permissions", "").replace(";", ",")):
        return _explain_missing(permissions, [], "the permissions")
    if challenged := _CHALLENGE_SCOPE.search(headers.get("www-authenticate", "")):
        return _explain_missing(_list(challenged[1].replace(" ", ",")), granted, "the scopes")
    if isinstance(data, Mapping) and isinstance(data.get("needed"), str):  # Slack
        return _explain_missing(_list(data["needed"]), _list(str(data.get("provided") or "")), "the scope")
    if declared and (_says_scope(data) or granted):
        return _explain_missing(_list(",".join(declared)), granted, "the scopes")
    if declared:
        return f"The credentials may lack the scopes that this needs: {', '.join(declared[:_MOST_SCOPES])}."
    return ""


def missing_scopes(status: int, headers: httpx.Headers, data: Any, declared: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the scopes that the credentials lack, according to the response; () if it does not report a missing scope."""
    granted = _list(headers.get("x-oauth-scopes", ""))
    if status in {403, 404} and _compare_scopes(headers):
        return tuple(_list(headers.get("x-accepted-oauth-scopes", ""))[:1])  # any of them is enough
    if not insufficient_scope(headers, data):
        return ()
    needed = data.get("needed") if isinstance(data, Mapping) else None
    if challenged := _CHALLENGE_SCOPE.search(headers.get("www-authenticate", "")):
        named = _list(challenged[1].replace(" ", ","))
    elif isinstance(needed, str):
        named = _list(needed)
    else:
        named = list(declared)
    return tuple(one for one in named if one not in granted)


def _compare_scopes(headers: httpx.Headers) -> str:
    """Read GitHub's pair of headers: accepted scopes, any of which is enough, and the token's scopes."""
    granted = _list(headers.get("x-oauth-scopes", ""))
    accepted = _list(headers.get("x-accepted-oauth-scopes", ""))
    if not accepted or "x-oauth-scopes" not in headers or set(accepted) & set(granted):
        return ""
    return _explain_missing(accepted, granted, "one of the scopes" if len(accepted) > 1 else "the scope")


def _explain_missing(needed: Sequence[str], granted: Sequence[str], what: str) -> str:
    has = f"; they have {', '.join(granted)}" if granted else ""
    return f"The credentials lack {what} {', '.join(needed)}{has}." if needed else ""


def _list(text: str) -> list[str]:
    """Split a comma-separated list of scopes; anything that does not look like one is dropped."""
    found = [one.strip() for one in text.split(",")]
    return [one for one in found if _SCOPE.fullmatch(one)][:_MOST_SCOPES]


def _says_scope(data: Any) -> bool:
    """Return whether the response itself reports a missing scope."""
    return not _INSUFFICIENT.isdisjoint(_codes(data))


def _codes(data: Any) -> Iterator[str]:
    if not isinstance(data, Mapping):
        return
    error = data.get("error")
    inner = error if isinstance(error, Mapping) else {}
    details = inner.get("details")
    found = [error, inner.get("status")]
    found += [one.get("reason") for named in (details, inner.get("errors")) for one in _mappings(named)]
    yield from (code for code in found if isinstance(code, str))


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
