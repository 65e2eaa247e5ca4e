"""Express a discriminator for flat arguments: as conditions for a validator, in words for a model. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from composio.catalog.importers.flatten import Choice, Fields

__all__ = ["conditions", "notes"]

Schema = dict[str, Any]
# Maximum number of values in one note.
_FEW = 4


def conditions(choice: Choice, whole: Fields, names: Mapping[str, str]) -> Iterator[Schema]:
    """Return an ``if`` and ``then`` schema for each case: its required properties, the ones it has, and their differences.

    ``names`` are the arguments by property; ``whole`` are the fields of all cases together.
    """
    if choice.name not in names:
        return
    special = _special(choice)
    for values, case in choice.cases:
        if not values:
            continue
        then: dict[str, Any] = {}
        for wire, name in names.items():
            if wire in case.properties and wire != choice.name:
                if case.properties[wire] != whole.properties[wire]:
                    then[name] = case.properties[wire]
                elif wire in special:
                    then[name] = {}
            elif wire in special and case.closed:
                then[name] = False
        required = [names[wire] for wire in names if wire in case.required and wire not in whole.required]
        condition = {"properties": {names[choice.name]: {"enum": list(values)}}, "required": [names[choice.name]]}
        said = {**({"properties": then} if then else {}), **({"required": required} if required else {})}
        if said:
            yield {"if": condition, "then": said}


def notes(choice: Choice, whole: Fields) -> Iterator[tuple[str, str]]:
    """Return the properties of only some cases, each with a sentence that says so."""
    for wire in _special(choice):
        having = [value for values, case in choice.cases for value in values if wire in case.properties]
        asking = [value for values, case in choice.cases for value in values if wire in case.required]
        if not having:
            continue
        if having == asking:
            yield wire, f"Required for {choice.name} {_list(having)}."
        else:
            needed = f"; required for {_list(asking)}" if asking else ""
            yield wire, f"For {choice.name} {_list(having)}{needed}."
    for wire in whole.properties:
        asking = [value for values, case in choice.cases for value in values if wire in case.required]
        if asking and wire not in whole.required and wire not in _special(choice) and wire != choice.name:
            yield wire, f"Required for {choice.name} {_list(asking)}."


def _special(choice: Choice) -> dict[str, None]:
    """Return the properties that not every case has."""
    cases = [case for _, case in choice.cases]
    names = dict.fromkeys(wire for case in cases for wire in case.properties)
    return {wire: None for wire in names if wire != choice.name and not all(wire in case.properties for case in cases)}


def _list(values: list[str]) -> str:
    if len(values) <= _FEW + 1:
        return ", ".join(values[:-1]) + (" or " if len(values) > 1 else "") + values[-1]
    return f"{', '.join(values[:_FEW])} or {len(values) - _FEW} more"
