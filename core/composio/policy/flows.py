"""The rule for flows: a run that read private and untrusted data may send it only to recipients that the run names."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from composio.model.flows import PRIVATE, UNTRUSTED, Flow
from composio.policy.conditions import values_at

__all__ = ["READS", "find_unnamed", "name_mark"]

READS: Final = (UNTRUSTED, PRIVATE)
_SEPARATORS: Final = re.compile(r"[,;\n]")
# A display name and an address, as mail has it. Source: RFC 5322, 3.4.
_WITH_NAME: Final = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")


def find_unnamed(flow: Flow, arguments: Mapping[str, Any], recipients: Sequence[str]) -> str | None:
    """Explain which recipients of a call nobody named; None if each one is in ``recipients``."""
    if not flow.to:
        return "its recipients can't be read from its arguments"
    named = [_pattern(one) for one in recipients]
    found_any = False
    for path in flow.to:
        for entry in _entries(values_at(arguments, path)):
            found_any = True
            if entry is None or not any(one.fullmatch(entry) for one in named):
                return f"{path} has a recipient that the run does not name"
    return None if found_any else "it names no recipient"


def name_mark(entity_id: str, run: str, label: str) -> str:
    """Return the key under which the store keeps that a run has read such data."""
    text = json.dumps(["flow", entity_id, run, label])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _pattern(named: str) -> re.Pattern[str]:
    # A wildcard covers a part of one address, and never a second address beside it.
    parts = (re.escape(one) for one in named.casefold().split("*"))
    return re.compile(r"[^\s@,;<>\"]*".join(parts))


def _entries(values: Iterable[Any]) -> Iterable[str | None]:
    """Yield each recipient, in small letters; None for a value that is no name."""
    for value in values:
        if isinstance(value, list | tuple):
            yield from _entries(value)
        elif isinstance(value, bool) or not isinstance(value, str | int):
            if value is not None:
                yield None
        else:
            for part in _SEPARATORS.split(str(value)):
                if text := part.strip():
                    address = _WITH_NAME.fullmatch(text)
                    yield (address[1] if address else text).casefold()
