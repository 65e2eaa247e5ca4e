"""Labels for the data that an action reads and whether it sends data out.

Stored as tags, so that they travel with definitions.

An app's file declares them under ``flows:``. ``readsUntrusted`` is data that strangers can write, such as mail or web pages,
and ``readsPrivate`` data that not everyone may see. ``sendsOutside`` marks actions that send data to other people, and each
``sendsTo:PATH`` an argument that names the recipients.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["PRIVATE", "UNTRUSTED", "Flow", "is_label", "make_labels", "read_flow"]

UNTRUSTED: Final = "readsUntrusted"
PRIVATE: Final = "readsPrivate"
_SENDS: Final = "sendsOutside"
_TO: Final = "sendsTo:"
_READS: Final = {"untrusted": UNTRUSTED, "private": PRIVATE}


@dataclass(frozen=True, slots=True)
class Flow:
    """An action's labels. ``to`` are paths of the arguments that name recipients, such as ``message.to.*.address``."""

    reads: tuple[str, ...] = ()
    sends: bool = False
    to: tuple[str, ...] = ()


def read_flow(tags: Iterable[str]) -> Flow:
    """Return the labels among an action's tags."""
    found = tuple(tags)
    to = tuple(one.removeprefix(_TO) for one in found if one.startswith(_TO))
    return Flow(tuple(one for one in (UNTRUSTED, PRIVATE) if one in found), _SENDS in found or bool(to), to)


def make_labels(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags for one entry of ``flows:``, such as ``{reads: [untrusted], sends: outside, to: [cc]}``."""
    reads, to = _as_list(said.get("reads")), _as_list(said.get("to"))
    sends = [_SENDS] if "sends" in said else []
    return (*(_READS[one] for one in reads), *sends, *(f"{_TO}{one}" for one in to))


def is_label(tag: str) -> bool:
    """Return whether a tag is a label and not a tag of the API's description."""
    return tag in {UNTRUSTED, PRIVATE, _SENDS} or tag.startswith(_TO)


def _as_list(value: str | Sequence[str] | None) -> Sequence[str]:
    return () if value is None else [value] if isinstance(value, str) else value
