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
# A gateway that got no answer from the API behind it.
_GATEWAY = frozenset({502, 504})
_HINT = " It is not known whether it was done: look before you try it again."


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key goes, a header or an argument, and the key as it is sent."""

    value: str
    header: str = ""
    argument: str = ""


def takes_key(app: AppModel, action: ActionModel, call: ToolCall) -> bool:
    """Whether the API takes ``call``'s key, and so makes it once itself."""
    try:
        return isinstance(action.binding, HttpBinding) and find_place(app, action, replace(call, once=None)) is not None
    except InvalidRequest:
        return False


def find_place(app: AppModel, action: ActionModel, call: ToolCall) -> KeyPlace | None:
    """Where the API takes ``call``'s key; None for what changes nothing. Raises ``InvalidRequest`` where it takes none.

    The key is sent as a hash of it, of the entity and of the action: whoever chooses keys for one of them can't meet another's.
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
    if call.once is not None:  # then it is made once here, whatever the API knows of keys
        return None
    raise refuse_key(action)


def refuse_key(action: ActionModel) -> InvalidRequest:
    """Why a call with a key is not made: one that is sent nowhere would promise what nobody keeps."""
    return InvalidRequest(
        f"{action.slug} takes no idempotency key: the file of {action.app} declares none for it. Nothing was sent; leave"
        " idempotency_key= out, or declare `idempotency:` in the app's integration.yaml."
    )


def mark_unknown(outcome: Outcome, method: str, action: ActionModel | None, error: UpstreamError | None = None) -> Outcome:
    """``outcome``, of a failed request, as unknown where it may have changed something all the same."""
    if method.upper() in _SAFE or isinstance(error, UpstreamRefused):
        return outcome
    if action is not None and find_effect(action) is Effect.READ:
        return outcome
    unanswered = error is not None and error.sent and error.status is None
    if not unanswered and outcome.status not in _GATEWAY:
        return outcome
    return replace(outcome, error=f"{outcome.error or ''}{_HINT}".lstrip(), is_unknown=True)
