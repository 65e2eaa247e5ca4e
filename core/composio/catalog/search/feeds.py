"""Decide whether one action's result is another one's input: a pull request that was listed, by one that merges it.

It compares requirements, method and path or RPC name, and which actions find which ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from composio.catalog.search.words import stems

__all__ = ["Endpoint", "endpoint_of", "feeds"]

_PARAMETER = re.compile(r"\{[^{}]*\}")
_VERSION = re.compile(r"v\d+(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an action requires of an API.

    ``fixed`` are the parts of its path without parameters, each with whether a parameter follows; ``is_rpc`` is set if the
    last of them is a verb, as in ``conversations.invite``. ``producers`` are the ids of actions that find the ids it needs.
    """

    parts: tuple[tuple[str, bool], ...] = ()
    is_rpc: bool = False
    producers: frozenset[int] = frozenset()


def endpoint_of(operation: str, producers: str) -> Endpoint:
    """Parse an action's endpoint from the catalog: ``GET /boxes/{id}/toys``, ``POST gmail.users.messages.modify``."""
    method, _, path = operation.partition(" ")
    found = frozenset(map(int, producers.split()))
    if method == "function" or not path:
        return Endpoint(producers=found)
    names = path.partition("?")[0].removesuffix(".json").strip("/").split("/")
    if "." in names[-1] and "{" not in names[-1]:
        parts = [*names[:-1], *names[-1].split(".")]
        return Endpoint(tuple((_thing(part), False) for part in parts), is_rpc=True, producers=found)
    told = [
        (_thing(name), at + 1 < len(names) and bool(_PARAMETER.search(names[at + 1])))
        for at, name in enumerate(names)
        if not _PARAMETER.search(name) and not _VERSION.fullmatch(name)
    ]
    return Endpoint(tuple(told), producers=found)


def feeds(action: int, first: Endpoint, then: Endpoint) -> bool:
    """Return whether ``then`` may use an id from the result of ``action``, whose endpoint is ``first``."""
    if action in then.producers:
        return True
    if not first.parts or not then.parts:
        return False
    if first.is_rpc and then.is_rpc:
        resource = first.parts[:-1]
        return bool(resource) and then.parts[: len(resource)] == resource and then.parts != first.parts
    thing = first.parts[-1][0]
    return bool(thing) and any(part == thing and is_followed for part, is_followed in then.parts)


def _thing(part: str) -> str:
    words = stems(part)
    return words[-1] if words else ""
