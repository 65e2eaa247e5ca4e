"""A token endpoint's answer as a grant: what to keep, how long it is good, when to renew it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from composio.auth.answers import Answer, explain_failure
from composio.auth.claims import claims_of
from composio.auth.flow import FlowContext, Grant
from composio.auth.kept import fitting
from composio.errors import TokenRequestFailed
from composio.model.kept import METADATA, read_declared
from composio.model.secret import Secret, SecretValues

__all__ = ["FIELDS", "LONGEST", "find", "grant", "lifetime", "metadata_of", "own_lifetime", "refresh_time"]

# Seconds. Longer than this is a mistake, or "never": ten years.
LONGEST: Final = 10 * 365 * 86400.0
_AHEAD: Final = 300.0
_DRESSED: Final = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) ?s(?:ec(?:ond)?s?)?|/Date\((\d{1,15})(?:[+-]\d{4})?\)/", re.IGNORECASE)
# Half of a surrogate pair, which JSON can escape and no database can store.
_HALF: Final = re.compile("[\ud800-\udfff]")
# What ``token_response_fields`` may place elsewhere, and the names under which each is looked for otherwise.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "access_token": ("access_token", "accessToken", "AccessToken"),
    "refresh_token": ("refresh_token", "refreshToken", "RefreshToken"),
    "token_type": ("token_type", "tokenType", "TokenType"),
    "scope": ("scope", "scopes", "Scope"),
    "expires_in": ("expires_in", "expiresIn", "expireIn", "expire_in", "ExpiresIn", "expires_in_seconds"),
    "expires_at": (
        *("expires_at", "expiresAt", "expires_on", "expiresOn", "expires", "expiry", "expiry_date", "expiration", ".expires"),
        *("expire_time", "expireTime", "expirationDate", "expiration_date", "expiresTime", "expires_time"),
    ),
}
# Objects that tokens lie in so often that nobody has to declare them.
_USUAL: Final = ("data", "body", "result", "response")


def grant(
    context: FlowContext,
    response: httpx.Response,
    what: str,
    *secrets: SecretValues,
    renewal: bool = False,
    renewable: bool = False,
) -> Grant:
    """The tokens in ``response``. ``what`` names the request in errors, which hold none of ``secrets``.

    A renewal without a new refresh token keeps the old one (RFC 6749, 6). ``renewable`` says that new tokens can be had
    without one. Raises ``TokenRequestFailed``, and of a renewal ``GrantExpired``.
    """
    answer = Answer(response)
    if answer.status >= 300 or answer.said.no:
        raise explain_failure(context, answer, what, *secrets, expires=renewal)
    prefix = _prefix(context, answer)
    # None of them is ever a variable of its own: tracebacks may show those.
    texts = {name: find(context, answer, name, prefix) for name in ("access_token", "refresh_token", "token_type", "scope")}
    values = SecretValues.of(texts)
    del texts
    if "access_token" not in values and (not answer.ok or answer.verdict(context)):
        raise explain_failure(context, answer, what, *secrets, expires=renewal)
    metadata = metadata_of(context, answer, strict=not renewal)
    if wrong := _wrong(values, metadata, answer):
        message = f"{context.app.name}: {what} was answered {wrong} (status {answer.status})."
        raise TokenRequestFailed(message, code="invalid_response", status=answer.status)
    values = SecretValues(metadata) | values
    if renewal and "refresh_token" not in values and "refresh_token" in context.values:
        values = values | {"refresh_token": context.values["refresh_token"]}
    seconds = lifetime(context, answer, prefix)
    expires_at = None if seconds is None else context.now + seconds
    refresh_at = refresh_time(context.now, expires_at) if expires_at is not None else _guess_renewal(values, context.now)
    granted = tuple(part for part in re.split(r"[\s,]+", values.get("scope", "")) if part)
    return Grant(
        values=values,
        expires_at=expires_at,
        refresh_at=refresh_at if renewable or "refresh_token" in values else None,
        scopes=granted or context.scopes,
    )


def _prefix(context: FlowContext, answer: Answer) -> str:
    """The object that has the tokens, with a dot behind it: the answer itself before what the file names."""
    inside = context.scheme.extra.get("token_response_path", "")
    for one in ("", *((inside,) if inside else _USUAL)):
        prefix = f"{one}." if one else ""
        if find(context, answer, "access_token", prefix) is not None:
            return prefix
    return f"{inside}." if inside else ""


def find(context: FlowContext, answer: Answer, name: str, prefix: str, usual: tuple[str, ...] = ()) -> str | None:
    """A token answer's value by its name in ``FIELDS``: at the declared path, else under one of its ``usual`` names."""
    for path in _places(context, name, prefix, usual):
        if name == "scope" and isinstance(listed := answer.at(path), list):  # Twitch's way
            return " ".join(one for one in listed if isinstance(one, str)) or None
        if (text := answer.text(path)) is not None:
            return text
    return None


def _places(context: FlowContext, name: str, prefix: str, usual: tuple[str, ...]) -> Iterator[str]:
    """Where to look for a value, the declared path alone where there is one; a path counts from either."""
    fields: Mapping[str, str] = context.scheme.extra.get("token_response_fields", {})
    if (path := fields.get(name)) is not None:
        yield path
        yield prefix + path
        return
    yield from (prefix + one for one in usual or FIELDS[name])
    if "access_token" in fields:  # the others lie beside it, more often than not
        for start in (fields["access_token"].rpartition(".")[0], context.scheme.extra.get("token_response_path", "")):
            yield from (f"{start}.{one}" for one in (usual or FIELDS[name]) if start)


def _wrong(values: SecretValues, metadata: Mapping[str, str], answer: Answer) -> str:
    """How an answer was made whose token is of no use; empty for one that is."""
    if "access_token" not in values:
        hint = "; token_response_fields in integration.yaml says where it is" if answer.readable else ""
        return f"without an access_token{hint}" if answer.readable else "with something that is not JSON"
    if not (values["access_token"].isascii() and values["access_token"].isprintable()):
        return "with an access_token that no header can carry"
    if any(_HALF.search(text) for text in (values | metadata).values()):
        return "with text that is not valid Unicode"
    return ""


def refresh_time(now: float, expires_at: float | None) -> float | None:
    """Five minutes before the end, or the last tenth of a short life: tokens of five seconds are of use too.

    Renewed beside the calls, so early that a slow provider, or a lost answer, is over before the token is.
    """
    return None if expires_at is None else expires_at - min(_AHEAD, 0.1 * (expires_at - now))


def lifetime(context: FlowContext, answer: Answer, prefix: str) -> float | None:
    """Seconds that a token is good for; None where the answer does not say, or says what can't be.

    ``expires_in`` counts from now on whatever the provider's clock says, so ``expires_at`` is the second choice, and one that
    lies in the past tells of two clocks and not of the token. Numbers may be strings, and either may hold the other's kind.
    """
    for name in ("expires_in", "expires_at"):
        seconds = _seconds(find(context, answer, name, prefix), context.now)
        if seconds is not None:
            return seconds if 0 < seconds <= LONGEST else None
    return None


def own_lifetime(token: SecretValues, now: float) -> float | None:
    """What an access token that is a JSON Web Token says of its own life; None for any other.

    Source: RFC 7519, 4.1.4; RFC 9068, 2.2.
    """
    begins, ends = _claim(token, now)
    # From its own beginning on, whatever the provider's clock says.
    return _possible(ends - begins)


def _guess_renewal(token: SecretValues, now: float) -> float | None:
    """When to renew a token of whose end its answer says nothing: ahead of the end that it says itself; None if it does not.

    It may have been handed out before, so that less than its whole life is left.
    """
    begins, ends = _claim(token, now)
    seconds = _possible(ends - begins)
    return None if seconds is None else refresh_time(now, now + min(seconds, _possible(ends - now) or seconds))


def _claim(token: SecretValues, now: float) -> tuple[float, float]:
    """When a token says that it begins and ends; the same moment twice where it says nothing."""
    claims = claims_of(token, "access_token")
    try:
        return float(claims.get("iat", now)), float(claims["exp"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return now, now


def _possible(seconds: float) -> float | None:
    return seconds if 0 < seconds <= LONGEST else None


def _seconds(text: str | None, now: float) -> float | None:
    """Seconds from now until a moment, or a duration as it is; None for what is neither."""
    if text is None:
        return None
    number = _number(text)
    if number is None:
        moment = _moment(text)
        return None if moment is None else moment - now
    if number <= LONGEST:
        return number
    if number > 1e14:
        return None
    return (number / 1000 if number > 1e11 else number) - now  # milliseconds, from Java's people


def _number(text: str) -> float | None:
    """A number as it is, of seconds with their unit (Google's durations), or in ASP.NET's ``/Date(1700000000000)/``."""
    dressed = _DRESSED.fullmatch(text.strip())
    try:
        found = float((dressed[1] or dressed[2]) if dressed else text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _moment(text: str) -> float | None:
    """RFC 3339, or the date of RFC 9110 that ASP.NET writes. One without a zone could mean any."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
        found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return found.timestamp() if found.tzinfo is not None else None


def metadata_of(context: FlowContext, answer: Answer, *, strict: bool = True) -> Mapping[str, str]:
    """The values that ``token_response_metadata`` names; a provider can't put others into a connection.

    Raises ``TokenRequestFailed`` for one that is not what the file allows. Without ``strict`` it is left out, as a renewal's new
    tokens must not be lost over it.
    """
    kept = SecretValues()
    for one in read_declared(context.scheme.extra, METADATA):
        value = Secret(answer.text(one.source) or "")
        if not value:
            continue
        taken = fitting(one, value, from_answer=True)
        if taken is not None:
            kept = kept | {one.name: taken.reveal()}
        elif strict:
            message = f"{context.app.name}: the answer's {one.source!r} is not {one.expected}."
            raise TokenRequestFailed(message, code="invalid_response", status=answer.status)
    return kept
