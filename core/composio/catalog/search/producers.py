"""Find the operation that finds the id another one needs: ``GET /search`` or ``GET /artists`` for ``/artists/{id}/albums``.

Decided when an app is compiled, from paths and parameters alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from composio.catalog.search.words import stems
from composio.model.action import ActionModel, HttpBinding

__all__ = ["Shape", "ids_given_by", "shape_of"]

_PARAMETER = re.compile(r"\{([^{}]+)\}")
_IDENTIFIES = re.compile(
    r"[_-]?(?:gid|sid|uuid|guid|id_?or_?(?:name|slug|key)|ids|id|key|slug|username|number|hash)$|(?-i:^id(?=[A-Z]))",
    re.IGNORECASE,
)
_MYSELF = re.compile(r"(?:^|/)(?:me|user|myself|self|current[_-]?user)$")


@dataclass(frozen=True, slots=True)
class Shape:
    """The parts of an action that finding producers needs.

    ``needs`` are the things whose ids its path takes, each with its possible names; ``lists`` is the thing that it lists or
    searches, "" for a search over everything, None if it does neither. ``searches`` distinguishes a search from a list,
    ``parameters`` are the path's, ``required`` is the number of further required arguments.
    """

    needs: tuple[frozenset[str], ...] = ()
    lists: str | None = None
    searches: bool = False
    parameters: frozenset[str] = frozenset()
    required: int = 0
    is_me: bool = False


def shape_of(action: ActionModel) -> Shape:
    """Return the shape of an action; an empty one for a function, whose needs are unknown."""
    binding = action.binding
    if not isinstance(binding, HttpBinding) or action.deprecated:
        return Shape()
    parts = [part for part in binding.path.partition("?")[0].removesuffix(".json").split("/") if part]
    parameters = frozenset(name for part in parts for name in _PARAMETER.findall(part))
    needs = tuple(_thing(parts, at) for at, part in enumerate(parts) if _PARAMETER.fullmatch(part))
    fixed = [part for part in parts if "{" not in part]
    lists, searches = None, False
    if fixed and "{" not in parts[-1]:
        name = {*stems(action.display_name), *stems(fixed[-1])}
        searches = "search" in name and binding.method in {"GET", "POST"}
        if searches:
            things = [_last(part) for part in fixed if "search" not in stems(part)]
            lists = things[-1] if things else ""
        elif binding.method == "GET":
            lists = _last(fixed[-1])
    required = len(set(action.parameters.get("required") or ()) - parameters)
    is_me = binding.method == "GET" and not parameters and bool(_MYSELF.search(binding.path))
    return Shape(needs, lists, searches, parameters, required, is_me)


def _thing(parts: list[str], at: int) -> frozenset[str]:
    """Return the names of what ``{artistId}`` or ``artists/{id}`` identify."""
    name = _IDENTIFIES.sub("", parts[at][1:-1])
    before = next((part for part in reversed(parts[:at]) if "{" not in part), "")
    return frozenset(word for word in (_last(name), _last(before)) if word)


@lru_cache(maxsize=4096)
def _last(text: str) -> str:
    """Return the last word of a path's segment: all of it, or one of several words, as in ``liking_users``."""
    words = stems(text)
    return words[0] if len(words) == 1 else "_".join(words)


def ids_given_by(shapes: Mapping[int, Shape]) -> Iterator[tuple[int, list[int]]]:
    """Return each action that needs ids, with the actions that find the first and the last of them."""
    by_thing: dict[str, list[tuple[int, Shape]]] = {}
    me = next((action for action, shape in shapes.items() if shape.is_me), None)
    for action, shape in shapes.items():
        if shape.lists is not None:
            by_thing.setdefault(shape.lists, []).append((action, shape))
    for action, shape in shapes.items():
        found: dict[int, None] = {}
        for things in dict.fromkeys((shape.needs[:1] + shape.needs[-1:]) if shape.needs else ()):
            best = min(
                (
                    (2 if not other.searches else 1 if not thing else 0, len(other.parameters), other.required, candidate)
                    for thing in (*things, "")
                    for candidate, other in by_thing.get(thing, ())
                    if candidate != action
                    and other.parameters <= shape.parameters
                    and (other.searches or (thing and not other.required))
                ),
                default=None,
            )
            if best is not None:
                found[best[-1]] = None
            elif me is not None and me != action and "user" in things:
                found[me] = None
        if found:
            yield action, list(found)
