"""A result that fits: data cut to a number of characters as JSON text, with a note of what was left out and how to get it. Pure.

Long texts are shortened first, as a list of all items tells more than a few whole ones; then items are left out from the end;
then whatever else is large. What comes out is always JSON, and never longer than asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from composio.engine.paging import Parameters
from composio.model.action import ActionModel, HttpBinding
from composio.model.call import Outcome

__all__ = ["trim"]

# Characters that a text keeps when all long ones are shortened.
_TEXTS = (2000, 400)
_DEPTH = 16
_FIELDS = ("fields", "select", "fieldmask", "include", "properties")
_ROUNDS = 6
# Characters: below the first a property, an object is taken property by property as long as these are below the second.
_CROWDED, _SMALL = 40, 400


def trim(
    outcome: Outcome, limit: int, action: ActionModel | None = None, arguments: Mapping[str, Any] | None = None
) -> Outcome:
    """``outcome`` whose result is at most ``limit`` characters of JSON text (at least 400)."""
    if len(outcome.result().to_json()) <= limit:
        return outcome
    error = outcome.error
    if error is not None and _size(error) > limit // 2:
        error = _cut(error, limit // 2)
    outcome = replace(outcome, error=error)
    parameters = Parameters(action, arguments or {}) if action and isinstance(action.binding, HttpBinding) else None
    budget = limit - len(replace(outcome, data=None, more=None).result().to_json())
    for _ in range(_ROUNDS):
        found = _fitted(outcome, budget, parameters)
        if len(found.result().to_json()) <= limit:
            return found
        budget = budget * 3 // 4
    return replace(outcome, data=None, more={"hint": "The data is too large to be shown."})


def _fitted(outcome: Outcome, budget: int, parameters: Parameters | None) -> Outcome:
    data = outcome.data
    most = _main_list(data)
    # The note is written with the largest numbers first, so that what it takes is known before what is left for the data.
    room = budget - max(_size(_note(outcome, most, kept, parameters)) for kept in (len(most), len(most) - 1)) - 40
    fitted = data
    for length in _TEXTS if len(most) > 1 else ():
        fitted = _shortened(data, length, 0)
        if _size(fitted) <= room:
            break
    fitted = _fit(fitted, room, 0)
    kept = _main_list_after(data, most, fitted)
    return replace(outcome, data=fitted, more=_note(outcome, most, kept, parameters))


def _note(outcome: Outcome, items: list[Any], kept: int, parameters: Parameters | None) -> dict[str, Any]:
    """What was left out, and the arguments that give it. The next page is only next where all of this one is shown."""
    if len(items) < 2 or kept >= len(items):
        return {**(outcome.more or {}), "hint": f"Long parts were shortened to fit. {_narrower(parameters)}"}
    note: dict[str, Any] = {"shown": kept, "of": len(items)}
    if kept and parameters is not None and (leads := _rest(items, kept, parameters)):
        shown = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in leads.items())
        return {
            **note,
            "next": leads,
            "hint": f"Only the first {kept} of {len(items)} items fit. For the others call again with {shown}.",
        }
    return {**note, "hint": f"Only the first {kept} of {len(items)} items fit. {_narrower(parameters, kept)}"}


def _narrower(parameters: Parameters | None, kept: int = 0) -> str:
    size = parameters.size if parameters else None
    fields = parameters.named(*_FIELDS) if parameters else None
    ways = [f"fewer items ({size}{f'={kept}' if kept else ''})" if size else "", f"fewer fields ({fields})" if fields else ""]
    return f"Ask for less: {' or '.join(filter(None, ways)) or 'a single item, or a narrower filter'}."


def _rest(items: list[Any], kept: int, parameters: Parameters) -> dict[str, Any]:
    """The arguments of a call that begins after the items that were kept; empty where the API has no such call."""
    before = parameters.named("endingbefore")
    if before and parameters.given.get(before):  # the API takes one of the two, and the items before are not the others here
        return {}
    after = parameters.named("startingafter")
    last = items[kept - 1].get("id") if isinstance(items[kept - 1], dict) else None
    if after and isinstance(last, str) and len(last) < 100:
        return {after: last}
    if parameters.offset:
        return {parameters.offset: parameters.number(parameters.offset, 0) + kept}
    if parameters.page and parameters.size:
        return _by_page(kept, len(items), parameters.page, parameters.size, parameters)
    return {}


def _by_page(kept: int, of: int, page: str, size: str, parameters: Parameters) -> dict[str, Any]:
    """Smaller pages, as large as fits and so that one of them begins at an item that was left out, or before it."""
    before = (max(1, parameters.number(page, 1)) - 1) * parameters.number(size, of)
    smaller = next(length for length in range(kept, 0, -1) if before % length == 0)
    return {size: smaller, page: before // smaller + 2}


def _main_list(data: Any, depth: int = 0) -> list[Any]:
    """The longest list near the top: the items that a model asked for."""
    if isinstance(data, list):
        return data
    if not isinstance(data, dict) or depth > 2:
        return []
    return max((_main_list(value, depth + 1) for value in data.values()), key=len, default=[])


def _main_list_after(data: Any, items: list[Any], fitted: Any) -> int:
    """How many of ``items`` are left in ``fitted``, which has the shape of ``data`` as far as it goes."""
    if data is items:
        return len(fitted) if isinstance(fitted, list) else 0
    if isinstance(data, dict) and isinstance(fitted, dict):
        return max((_main_list_after(value, items, fitted[key]) for key, value in data.items() if key in fitted), default=0)
    return 0


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str))


def _shortened(value: Any, length: int, depth: int) -> Any:
    """``value`` with every text of more than ``length`` characters cut."""
    if isinstance(value, str):
        return value if len(value) <= length else f"{value[:length]}… ({len(value) - length} more characters)"
    if depth > _DEPTH:
        return value
    if isinstance(value, dict):
        return {key: _shortened(inner, length, depth + 1) for key, inner in value.items()}
    return [_shortened(inner, length, depth + 1) for inner in value] if isinstance(value, list) else value


def _fit(value: Any, room: int, depth: int) -> Any:
    """``value``, or as much of it as takes at most ``room`` characters; None where not even that fits."""
    if _size(value) <= room:
        return value
    if isinstance(value, str):
        return _cut(value, room)
    if depth > _DEPTH or room < 4:
        return None
    if isinstance(value, list):
        return _fit_list(value, room, depth)
    return _fit_dict(value, room, depth) if isinstance(value, dict) else None


def _fit_list(value: list[Any], room: int, depth: int) -> list[Any]:
    """The first items that fit, or a part of the first one."""
    kept: list[Any] = []
    left = room - 2
    for item in value:
        cost = _size(item) + 2
        if cost > left:
            break
        kept.append(item)
        left -= cost
    return kept if kept or left < 20 else [_fit(value[0], left - 2, depth + 1)]


def _fit_dict(value: dict[Any, Any], room: int, depth: int) -> dict[Any, Any]:
    """Small properties whole, large ones in what is left for each; those whose names don't fit are left out."""
    sizes = {key: _size(inner) for key, inner in value.items()}
    names = {key: _size(str(key)) + 4 for key in value}
    left = room - 2
    fitted: dict[Any, Any] = {}
    if left // len(value) < _CROWDED:  # what comes first says most: ids and names, in the APIs that there are
        for key, inner in value.items():
            cost = names[key] + sizes[key]
            if cost <= min(left, _SMALL):
                fitted[key] = inner
                left -= cost
        if fitted:
            return fitted
    waiting = sorted(value, key=lambda key: sizes[key])
    for index, key in enumerate(waiting):
        share = left // (len(waiting) - index) - names[key]
        if share < 4:
            break
        inner = value[key] if sizes[key] <= share else _fit(value[key], share, depth + 1)
        fitted[key] = inner
        left -= names[key] + _size(inner)
    return {key: fitted[key] for key in value if key in fitted}


def _cut(text: str, room: int) -> str:
    """The beginning of ``text`` that takes at most ``room`` characters as JSON, and how much is missing."""
    length = max(0, min(len(text), room - 2))
    while length > 0:
        shown = f"{text[:length]}… ({len(text) - length} more characters)"
        over = _size(shown) - room
        if over <= 0:
            return shown
        # Escapes make a text longer than its characters, at most twelvefold.
        length -= max(1, over // 12, min(over, length // 4))
    return ""
