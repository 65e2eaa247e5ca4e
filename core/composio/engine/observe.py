"""Step 10: one frozen, redacted record of a call, for observers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from composio.engine.decode import scrubbed, without
from composio.engine.send import Trace
from composio.model.action import ActionModel
from composio.model.call import Outcome, Record, ToolCall

__all__ = ["cleaner_of", "observe"]

log = logging.getLogger("composio")


def observe(hook: Any, action: ActionModel, call: ToolCall, outcome: Outcome, trace: Trace, seconds: float) -> None:
    """Notify all implementations of ``hook``. An observer that raises is logged and changes nothing."""
    request = trace.request
    record = Record(
        action=action.slug,
        app=action.app,
        entity_id=call.who.entity_id,
        successful=outcome.successful,
        status=outcome.status,
        error=outcome.error,
        method=request.method if request else "",
        url=_hide(trace),
        attempts=trace.attempts,
        seconds=seconds,
        clean=cleaner_of(trace),
    )
    for implementation in hook.get_hookimpls():
        try:
            implementation.function(record)
        except Exception:
            log.exception("observer %s failed", implementation.plugin_name)


def cleaner_of(trace: Trace) -> Callable[[Outcome], Outcome]:
    """Return what removes the credentials of a call, once it has some, from an outcome that is to be stored."""

    def clean(outcome: Outcome) -> Outcome:
        return outcome if trace.credentials is None else without(outcome, trace.credentials.secrets())

    return clean


def _hide(trace: Trace) -> str:
    """Return the URL without its query, and without a credential that some APIs require in the path."""
    if trace.request is None:
        return ""
    sent = trace.request.url
    # From its parts: httpx would parse a copy again, which takes as long as signing a request.
    url = f"{sent.scheme}://{sent.netloc.decode('ascii')}{sent.raw_path.partition(b'?')[0].decode('ascii')}"
    return scrubbed(url, trace.credentials.secrets(url)) if trace.credentials else url
