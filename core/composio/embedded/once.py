"""Calls that are made once per id: the first one's row holds the id, and the others get its result."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from composio.errors import InvalidRequest
from composio.model.call import Around, Outcome
from composio.model.effect import Effect, find_effect
from composio.model.logged import CallStatus
from composio.model.packed import unpack_outcome

if TYPE_CHECKING:
    from composio.model.action import ActionModel
    from composio.store.calls import CallRow
    from composio.store.store import Store

__all__ = ["claim", "digest_call", "recall"]

_LOOK: Final = 0.05  # seconds between two checks for the result of a running call
_PATIENCE: Final = 300.0  # seconds
_UNPROVEN: Final = 600.0  # seconds after which a call is over if its process cannot be checked


def digest_call(action: ActionModel, arguments: Mapping[str, Any], files: Mapping[str, str]) -> bytes:
    """Return what distinguishes two calls with one id. Raises ``InvalidRequest`` for excessive nesting."""
    try:
        text = json.dumps([action.key, arguments, files], sort_keys=True, default=str)
    except (RecursionError, TypeError, ValueError):
        raise InvalidRequest(f"{action.slug}: arguments that nest too deep can't be made once. Nothing was sent.") from None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def recall(store: Store, request_id: str, digest: bytes) -> Outcome | None:
    """Return the result of the call that holds an id, if it has this digest and its result is stored; else None."""
    first = store.find_call(request_id)
    if first is None or first.answer is None or first.digest != digest:
        return None
    return None if (first.request_until or 0.0) < time.time() else _replay(first)


async def claim(
    store: Callable[[], Store], row: Mapping[str, Any], action: ActionModel, around: Around, *, safe: bool = False
) -> Outcome | None:
    """Start a call that ``row`` describes, with its ``request_id``; or return the result of the first call with that id.

    A call with an unknown outcome is started again if it only reads, or is ``safe`` to repeat.

    Raises ``InvalidRequest`` if the id was another call's, ``StoreError`` if nothing can be written: then nothing may be sent.
    """
    end = time.monotonic() + _PATIENCE
    while not await around.work(lambda: store().begin_call(row)):
        first = await around.work(lambda: store().find_call(str(row["request_id"])))
        if first is None:
            continue
        if first.request_until is not None and first.request_until < time.time():
            await around.work(lambda: store().release_call(first))  # noqa: B023 - it is called at once
            continue
        if first.digest != row["digest"]:
            raise InvalidRequest(
                f"{action.slug}: this id was used for a call with other arguments ({first.id}). Nothing was sent; each call has"
                " an id of its own."
            )
        if first.status is CallStatus.STARTED and await around.work(lambda: _is_running(store(), first)):  # noqa: B023 - as above
            if time.monotonic() > end:
                return Outcome(successful=False, error=f"The same call ({first.id}) still runs. It was not sent again.")
            await around.sleep(_LOOK)
            continue
        if first.answer is not None:
            return _replay(first)
        may_repeat = safe or find_effect(action) is Effect.READ
        if may_repeat and await around.work(lambda: store().release_call(first)):  # noqa: B023 - as above
            continue
        return _unknown(first, action)
    return None


def _is_running(store: Store, first: CallRow) -> bool:
    held = store.is_alive(first.owner)
    return held if held is not None else time.time() - first.started_at < _UNPROVEN


def _replay(first: CallRow) -> Outcome:
    assert first.answer is not None  # checked before
    return replace(unpack_outcome(bytes(first.answer)), is_replayed=True)


def _unknown(first: CallRow, action: ActionModel) -> Outcome:
    if first.status is CallStatus.DONE:
        said = f"This call ran ({first.id}), and its answer was too large to store. It was not sent again."
        return Outcome(successful=False, error=said)
    return Outcome(
        successful=False,
        error=(
            f"{action.slug} was begun ({first.id}), and its outcome is unknown: its program stopped, or no answer came. It"
            " was not sent again: look before you try it under another id."
        ),
        is_unknown=True,
    )
