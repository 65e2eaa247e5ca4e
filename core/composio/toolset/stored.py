"""Serialize tools between the web request that shows them to a model and the one that runs the calls.

The model's answer may reach another process. That process knows the model's tools only from what the app stored: names and the
entity, never credentials. A signed string may pass through the browser.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from composio.errors import InvalidRequest
from composio.toolset.offers import Offer, Whose

__all__ = ["StoredTools", "dump", "load"]

_VERSION = 1
_AUDIENCE = "composio:tools"
_SHORTEST_SECRET = 16
_MOST_TOOLS = 10_000


@dataclass(frozen=True, slots=True)
class StoredTools:
    """Tools handed out together: the names of their actions, the entity, and the limit of results."""

    actions: tuple[str, ...]
    whose: Whose
    max_result_chars: int | None = None


def dump(
    offers: Iterable[Offer], own_entity: str | None, *, secret: str | bytes | None = None, expires_in: float | None = None
) -> str:
    """Return JSON text, or with ``secret`` a JWT that expires after ``expires_in`` seconds (None: never)."""
    if expires_in is not None and (secret is None or expires_in <= 0):
        raise InvalidRequest(
            "save_tools: expires_in is a number of seconds above 0, and needs secret=: plain text can be edited."
        )
    together: dict[tuple[Whose, int | None], list[str]] = {}
    for offer in offers:
        whose = offer.whose if offer.whose.entity_id else Whose(own_entity, offer.whose.connected_account_id)
        together.setdefault((whose, offer.options.max_result_chars), []).append(offer.slug)
    tools = [
        {"actions": names, "entity_id": w.entity_id, "connected_account_id": w.connected_account_id, "max_result_chars": most}
        for (w, most), names in together.items()
    ]
    content: dict[str, Any] = {"v": _VERSION, "tools": tools}
    if secret is None:
        return json.dumps(content, separators=(",", ":"))
    import jwt

    content |= {"aud": _AUDIENCE} | ({} if expires_in is None else {"exp": int(time.time() + expires_in)})
    return jwt.encode(content, _key(secret), algorithm="HS256")


def load(stored: object, secret: str | bytes | None = None) -> list[StoredTools]:
    """Read the output of :func:`dump`. Raises ``InvalidRequest`` if it is invalid, expired, or signed with another secret."""
    if not isinstance(stored, str):
        raise InvalidRequest(f"load_tools takes the string that save_tools returned, not {type(stored).__name__}.")
    content = _read_plain(stored) if secret is None else _read_signed(stored, secret)
    try:
        if content["v"] != _VERSION:
            raise InvalidRequest("load_tools: another version of Composio stored these tools; call get_tools again.")
        read = [_group(group) for group in content["tools"]]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRequest("load_tools: this is not what save_tools returned.") from error
    if sum(len(group.actions) for group in read) > _MOST_TOOLS:
        raise InvalidRequest(f"load_tools: more than {_MOST_TOOLS} tools.")
    return read


def _read_plain(stored: str) -> Any:
    try:
        return json.loads(stored)
    except (ValueError, RecursionError) as error:
        signed = stored.count(".") == 2 and not stored.lstrip().startswith("{")
        hint = (
            "it is signed: pass the secret= that save_tools was given." if signed else "this is not what save_tools returned."
        )
        raise InvalidRequest(f"load_tools: {hint}") from error


def _read_signed(stored: str, secret: str | bytes) -> Any:
    import jwt

    try:
        return jwt.decode(stored, _key(secret), algorithms=["HS256"], audience=_AUDIENCE)
    except jwt.ExpiredSignatureError as error:
        raise InvalidRequest("load_tools: the stored tools have expired; call get_tools again.") from error
    except jwt.InvalidTokenError as error:
        raise InvalidRequest("load_tools: this was not signed with this secret.") from error


def _key(secret: str | bytes) -> bytes:
    raw = secret.encode() if isinstance(secret, str) else secret
    if len(raw) < _SHORTEST_SECRET:
        raise InvalidRequest(f"secret= has at least {_SHORTEST_SECRET} characters: short ones are guessed.")
    # Apps sign other things with the same secret. A derived key makes none of those valid here.
    return hashlib.sha256(f"{_AUDIENCE}:".encode() + raw).digest()


def _group(group: Any) -> StoredTools:
    actions, most = group["actions"], group["max_result_chars"]
    entity, connection = group["entity_id"], group["connected_account_id"]
    if not isinstance(actions, list) or not all(isinstance(name, str) for name in actions):
        raise ValueError("actions")
    if not all(value is None or isinstance(value, str) for value in (entity, connection)):
        raise ValueError("whose")
    if most is not None and (not isinstance(most, int) or isinstance(most, bool)):
        raise ValueError("max_result_chars")
    return StoredTools(tuple(actions), Whose(entity, connection), most)
