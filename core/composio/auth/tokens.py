"""A token endpoint's answer as a grant: what to keep, how long it is good, when to renew it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import httpx

from composio.auth.answers import Answer, failed
from composio.auth.flow import FlowContext, Grant
from composio.errors import TokenRequestFailed
from composio.model.secret import SecretValues

__all__ = ["LONGEST", "grant", "lifetime", "metadata_name", "metadata_of", "refresh_time"]

# Seconds. Longer than this is a mistake, or "never": ten years.
LONGEST: Final = 10 * 365 * 86400.0
_AHEAD: Final = 60.0
_NAME: Final = re.compile(r"\W")
# Half of a surrogate pair, which JSON can escape and no database can store.
_HALF: Final = re.compile("[\ud800-\udfff]")


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
    if not answer.ok:
        raise failed(context, answer, what, *secrets, expires=renewal)
    inside = context.scheme.extra.get("token_response_path", "")
    prefix = "" if answer.text("access_token") or not inside else f"{inside}."
    # None of them is ever a variable of its own: tracebacks may show those.
    texts = {name: answer.text(prefix + name) for name in ("access_token", "refresh_token", "token_type", "scope")}
    if isinstance(listed := answer.at(f"{prefix}scope"), list):  # Twitch's way
        texts["scope"] = " ".join(one for one in listed if isinstance(one, str)) or None
    values = SecretValues.of(texts)
    del texts
    metadata = metadata_of(context, answer)
    if wrong := _wrong(values, metadata, answer):
        message = f"{context.app.name}: {what} was answered {wrong} (status {answer.status})."
        raise TokenRequestFailed(message, code="invalid_response", status=answer.status)
    values = SecretValues(metadata) | values
    if renewal and "refresh_token" not in values and "refresh_token" in context.values:
        values = values | {"refresh_token": context.values["refresh_token"]}
    seconds = lifetime(answer, prefix, context.now)
    expires_at = None if seconds is None else context.now + seconds
    granted = tuple(part for part in re.split(r"[\s,]+", values.get("scope", "")) if part)
    return Grant(
        values=values,
        expires_at=expires_at,
        refresh_at=refresh_time(context.now, expires_at) if renewable or "refresh_token" in values else None,
        scopes=granted or context.scopes,
    )


def _wrong(values: SecretValues, metadata: Mapping[str, str], answer: Answer) -> str:
    """How an answer was made whose token is of no use; empty for one that is."""
    if "access_token" not in values:
        return "without an access_token" if answer.readable else "with something that is not JSON"
    if not (values["access_token"].isascii() and values["access_token"].isprintable()):
        return "with an access_token that no header can carry"
    if any(_HALF.search(text) for text in (values | metadata).values()):
        return "with text that is not valid Unicode"
    return ""


def refresh_time(now: float, expires_at: float | None) -> float | None:
    """A minute before the end, or the last tenth of a short life: tokens of five seconds are of use too."""
    return None if expires_at is None else expires_at - min(_AHEAD, 0.1 * (expires_at - now))


def lifetime(answer: Answer, prefix: str, now: float) -> float | None:
    """Seconds that a token is good for; None where the answer does not say, or says what can't be.

    ``expires_in`` counts from now on whatever the provider's clock says, so ``expires_at`` is the second choice, and one that
    lies in the past tells of two clocks and not of the token.
    """
    seconds = _number(answer.text(f"{prefix}expires_in"))
    if seconds is None and (moment := answer.text(f"{prefix}expires_at")) is not None:
        at = _number(moment)
        at = _moment(moment) if at is None else at / 1000 if at > 1e11 else at  # milliseconds, from Java's people
        seconds = None if at is None else at - now
    return seconds if seconds is not None and 0 < seconds <= LONGEST else None


def _number(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _moment(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo is not None else None


def metadata_name(path: str) -> str:
    """What templates call the value at a path of ``token_response_metadata``: ``team.id`` is ``team_id``."""
    return _NAME.sub("_", path)


def metadata_of(context: FlowContext, answer: Answer) -> Mapping[str, str]:
    """The values that ``token_response_metadata`` names; a provider can't put others into a connection."""
    paths = context.scheme.extra.get("token_response_metadata", ())
    return SecretValues({metadata_name(path): text for path in paths if (text := answer.text(path)) is not None})
