"""Calls that are made once: idempotency keys of APIs, and unknown outcomes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from composio.errors import InvalidRequest, UpstreamError, UpstreamRefused
from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AppModel
from composio.model.call import Outcome, ToolCall
from composio.model.effect import Effect, find_effect

__all__ = ["KeyPlace", "find_place", "mark_unknown", "refuse_key", "takes_key"]

# Source: RFC 9110, 9.2.1.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})
# Statuses of a gateway that got no answer from the API.
_GATEWAY = frozenset({502, 504})
_HINT = " It is not known whether it was done: look before you try it again."


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """The location of a key, a header or an argument, and the key as it is sent."""

    value: str
    header: str = ""
    argument: str = ""


def takes_key(app: AppModel, action: ActionModel, call: ToolCall) -> bool:
    """Return whether the API accepts ``call``'s key, and so deduplicates the call itself."""
    try:
        return isinstance(action.binding, HttpBinding) and find_place(app, action, replace(call, once=None)) is not None
    except InvalidRequest:
        return False


def find_place(app: AppModel, action: ActionModel, call: ToolCall) -> KeyPlace | None:
    """Return where the API accepts ``call``'s key; None for a read. Raises ``InvalidRequest`` if it accepts none.

    The key is sent as a hash of itself, the entity and the action, so that keys of different entities or actions never collide.
    """
    binding = action.binding
    if isinstance(binding, HttpBinding) and binding.method.upper() in _SAFE:
        return None
    named = "\n".join((call.who.entity_id, action.key, call.idempotency_key or ""))
    value = hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    if app.idempotency_header:
        return KeyPlace(value, header=app.idempotency_header)
    argument = app.idempotency_argument
    schema = action.validation or action.parameters
    if argument and argument in (schema.get("properties") or {}):
        return KeyPlace(value, argument=argument)
    if call.once is not None:  # then it is deduplicated here, whether or not the API supports keys
        return None
    raise refuse_key(action)


def refuse_key(action: ActionModel) -> InvalidRequest:
    """Return why a call with a key is not made: a key that is sent nowhere would promise deduplication that does not happen."""
    return InvalidRequest(
        f"{action.slug} takes no idempotency key: the file of {action.app} declares none for it. Nothing was sent; leave"
        " idempotency_key= out, or declare `idempotency:` in the app's integration.yaml."
    )


def mark_unknown(outcome: Outcome, method: str, action: ActionModel | None, error: UpstreamError | None = None) -> Outcome:
    """Mark ``outcome`` of a failed request as unknown if the request may have changed something."""
    if method.upper() in _SAFE or isinstance(error, UpstreamRefused):
        return outcome
    if action is not None and find_effect(action) is Effect.READ:
        return outcome
    unanswered = error is not None and error.sent and error.status is None
    if not unanswered and outcome.status not in _GATEWAY:
        return outcome
    return replace(outcome, error=f"{outcome.error or ''}{_HINT}".lstrip(), is_unknown=True)
