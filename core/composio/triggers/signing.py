"""Standard Webhooks: sign deliveries, and verify them in receivers.

Source: the Standard Webhooks specification, 1.0.0.
"""

from __future__ import annotations

import base64
import hmac
import json
import math
import secrets as random
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from composio.errors import InvalidRequest, SignatureRefused
from composio.triggers.signatures.check import check, decode_key
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.rules import Hmac, Timestamp

__all__ = ["PREFIX", "new_secret", "sign", "verify"]

PREFIX = "whsec_"
_LEAST, _MOST = 24, 64  # bytes, by the specification
_RULE = Hmac(
    header=("webhook-signature",),
    encoding="base64",
    prefix="v1,",
    separator=" ",
    over="{header.webhook-id}.{timestamp}.{body}",
    key="whsec",
    timestamp=Timestamp(header="webhook-timestamp"),
)


def new_secret() -> str:
    """Generate a secret of 32 random bytes, written as ``whsec_`` and base64."""
    return PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def sign(event_id: str, body: bytes, secrets: Sequence[str], *, now: float) -> dict[str, str]:
    """Return the three headers of a delivery, with one signature for each of ``secrets``: the current one first.

    ``event_id`` is the same for retries of a delivery, ``now`` (seconds since 1970) is not. Raises InvalidRequest if
    the id has a dot or a space in it, or a secret is not 24 to 64 bytes as base64.
    """
    if not event_id or not event_id.isascii() or not event_id.isprintable() or set(event_id) & {".", " "}:
        raise InvalidRequest("The event's id must be ASCII without dots and spaces, because it is part of the signed text.")
    if not secrets:
        raise InvalidRequest("There is no secret to sign with; make one with composio.triggers.new_secret().")
    timestamp = str(math.floor(now))
    message = f"{event_id}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(_key(secret), message, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def verify(
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
    body: bytes | str,
    secret: str | Sequence[str],
    *,
    tolerance: float = 300.0,
    now: float | None = None,
) -> Any:
    """Verify a delivery signed with ``secret`` and return its payload.

    ``headers`` are the request's headers, in any case. ``body`` is the raw body: parsing and serializing JSON changes its
    bytes. ``secret`` is the destination's (``whsec_...``), or both during a rotation. ``tolerance`` is the allowed clock
    difference in seconds. Raises SignatureRefused with a ``reason`` if the delivery is forged, modified, too old or malformed.

    Example::

        event = composio.triggers.verify(request.headers, await request.body(), os.environ["WEBHOOK_SECRET"])
    """
    raw = body.encode() if isinstance(body, str) else body
    rule = _RULE if tolerance == _RULE.timestamp.tolerance else _with_tolerance(tolerance)  # type: ignore[union-attr] # it has one
    request = Incoming.of(headers, raw)
    check([rule], request, [secret] if isinstance(secret, str) else secret, now=time.time() if now is None else now)
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise SignatureRefused("the body is signed, but it is not JSON") from None


def _with_tolerance(tolerance: float) -> Hmac:
    from dataclasses import replace

    return replace(_RULE, timestamp=Timestamp(header="webhook-timestamp", tolerance=tolerance))


def _key(secret: str) -> bytes:
    try:
        key = decode_key(secret, "whsec")
    except SignatureRefused:
        key = b""
    if not _LEAST <= len(key) <= _MOST:
        raise InvalidRequest(
            f"A secret is {PREFIX} and {_LEAST} to {_MOST} bytes as base64; make one with composio.triggers.new_secret()."
        )
    return key
