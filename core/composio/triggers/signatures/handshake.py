"""What a provider sends to see whether an address is ours, and what it wants to hear.

Declared as ``handshake:`` of a ``triggers.yaml``. An answer echoes nothing but short text of plain characters, as
``text/plain`` or JSON that no browser takes for a page.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from composio.errors import SignatureRefused
from composio.triggers.signatures.check import check
from composio.triggers.signatures.compare import same_as_any
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.paths import find_all
from composio.triggers.signatures.rules import Rule

__all__ = ["Handshake", "Reply", "answer_handshake", "handshakes_from"]

_ECHOED = re.compile(r"[\x20-\x7e]{1,2048}")
# Narrower than any body is: else whoever asks would get signatures of bodies that they choose.
_SIGNED = re.compile(r"[A-Za-z0-9+/=_.~-]{1,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """One question.

    ``echo`` gives back a value, ``sign`` its HMAC beside it, ``ok`` only 200, ``keep`` also says that the value is the secret
    from now on. The value is in a ``query`` parameter, a ``header`` or a ``field`` of the body; ``when`` are values that the
    query or the body must have for it to be this question. ``token`` is the query parameter that must have the secret.
    ``signed`` is false where the provider signs no questions. ``reply`` is the name the value gets in a JSON answer, ``signed_reply`` that
    of its HMAC; without ``reply`` the answer is text, or the same header.
    """

    kind: Literal["echo", "sign", "ok", "keep"]
    method: str = "POST"
    query: str = ""
    header: str = ""
    field: str = ""
    when: tuple[tuple[str, Any], ...] = ()
    token: str = ""
    signed: bool = False
    reply: str = ""
    signed_reply: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer. ``secret`` is one to keep for the subscription, where the question brought it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    secret: str | None = field(default=None, repr=False)


def handshakes_from(data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> tuple[Handshake, ...]:
    """The questions of ``handshake:``, whose form its schema has checked."""
    listed = [data] if isinstance(data, Mapping) else data
    return tuple(Handshake(**{**raw, "when": tuple(raw.get("when", {}).items())}) for raw in listed)


def answer_handshake(
    handshakes: Sequence[Handshake],
    rules: Sequence[Rule],
    request: Incoming,
    secrets: Sequence[str],
    *,
    now: float,
    values: Mapping[str, str] | None = None,
) -> Reply | None:
    """The answer where ``request`` is a question, None where it is an event. Raises SignatureRefused for a forged question."""
    for handshake in handshakes:
        if handshake.method != request.method or (value := _value(handshake, request)) is None:
            continue
        if handshake.signed:
            check(rules, request, secrets, now=now, values=values)
        return _reply(handshake, request, value, [secret for secret in secrets if secret])
    return None


def _value(handshake: Handshake, request: Incoming) -> str | None:
    """The value to answer with; empty where the question has none, None where it is not this question."""
    if handshake.header:
        return request.header(handshake.header)
    if handshake.query:
        value = request.query(handshake.query)
        return value if all(request.query(name) == wanted for name, wanted in handshake.when) else None
    if not handshake.field and not handshake.when:
        return ""
    try:
        body = request.json()
    except SignatureRefused:
        return None
    if not isinstance(body, Mapping):
        return None
    if any(body.get(name) != wanted for name, wanted in handshake.when):
        return None
    try:
        found = find_all(body, handshake.field) if handshake.field else [""]
    except SignatureRefused:
        return None
    return found[0] if isinstance(found[0], str) else None


def _reply(handshake: Handshake, request: Incoming, value: str, secrets: Sequence[str]) -> Reply:
    if handshake.token:
        given = request.query(handshake.token) or ""
        if not same_as_any(secrets, given):
            raise SignatureRefused(f"the query parameter {handshake.token} does not match the agreed token")
    if handshake.kind == "ok":
        return Reply()
    if not (_SIGNED if handshake.kind == "sign" else _ECHOED).fullmatch(value):
        raise SignatureRefused("the challenge is empty, too long, or has invalid characters")
    if handshake.kind == "keep":
        if secrets:  # else anyone could replace the secret of a subscription that works
            raise SignatureRefused("a secret was agreed already")
        headers = ((handshake.header, value),) if handshake.header else ()
        return Reply(headers=headers, secret=value)
    if handshake.kind == "sign":
        if not secrets:
            raise SignatureRefused("no secret is known for it")
        digest = hmac.digest(secrets[0].encode(), value.encode(), "sha256")
        written = digest.hex() if handshake.encoding == "hex" else base64.b64encode(digest).decode()
        plain = {handshake.reply: value} if handshake.reply else {}
        return _json({**plain, handshake.signed_reply: f"{handshake.prefix}{written}"})
    if handshake.reply:
        return _json({handshake.reply: value})
    return Reply(
        headers=(("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")), body=value.encode()
    )


def _json(value: Mapping[str, str]) -> Reply:
    headers = (("content-type", "application/json"), ("x-content-type-options", "nosniff"))
    return Reply(headers=headers, body=json.dumps(value).encode())
