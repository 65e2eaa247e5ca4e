"""A value that a schema allows, made up but always the same for the same seed. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from composio.schema.validate import compile_validator
from composio.testing.upstream.patterns import matching
from composio.testing.upstream.schemas import SchemaView

__all__ = ["generate"]

_DEEP = 4  # from here on optional properties and items are left out
_DEEPEST = 12  # from here on nothing is descended into
_FORMATS = {
    "date-time": "2024-01-31T12:00:00Z",
    "date": "2024-01-31",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "octocat@example.com",
    "hostname": "api.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://api.example.com/thing",
    "url": "https://api.example.com/thing",
    "uri-template": "https://api.example.com/thing{/id}",
    "uuid": "3f0c5a86-7f5b-4d34-9a1d-6f4f0c7c2b11",
    "byte": "aGVsbG8=",
    "binary": "data:text/plain;base64,aGVsbG8=",  # a file, as an argument names one
}


def generate(schema: Mapping[str, Any], seed: str) -> Any:
    """A valid value wherever one is found: from the schema's own examples, else from its keywords, else with less in it."""
    validator = compile_validator(schema)
    first: Any = None
    tries = [
        (True, 0, _DEEP),
        (False, 0, _DEEP),
        (False, 1, _DEEP),
        *((False, turn, deep) for deep in reversed(range(_DEEP)) for turn in (0, 1)),
    ]
    for attempt, (examples, turn, deep) in enumerate(tries):
        made = _Maker(schema, seed, examples=examples, turn=turn, deep=deep).value(schema, "value", 0)
        if validator.is_valid(made):
            return made
        first = made if attempt == 0 else first
    return first


class _Maker:
    def __init__(self, root: Mapping[str, Any], seed: str, *, examples: bool, turn: int, deep: int) -> None:
        self.view = SchemaView(root)
        self.rng = random.Random(seed)
        self.examples = examples
        self.turn = turn
        self.deep = deep

    def value(self, schema: Any, name: str, depth: int) -> Any:
        resolved = self.view.resolve(schema)
        if "const" in resolved:
            return resolved["const"]
        if self.examples and resolved.get("format") != "binary":  # an example of a file is text about one
            for found in (*(resolved.get("examples") or ())[:1], *([resolved["example"]] if "example" in resolved else ())):
                return found
        if resolved.get("enum"):
            return resolved["enum"][self.turn % len(resolved["enum"])]
        for keyword in ("oneOf", "anyOf"):
            if resolved.get(keyword):
                return self._branch(resolved, keyword, name, depth)
        return self._make_of_type(resolved, self._type(resolved, depth), name, depth)

    def _branch(self, resolved: dict[str, Any], keyword: str, name: str, depth: int) -> Any:
        rest = {key: value for key, value in resolved.items() if key != keyword}
        branches = [self.view.resolve(branch) for branch in resolved[keyword]]
        if depth >= self.deep:
            branches.sort(key=lambda branch: branch.get("type") in ("object", "array") or "properties" in branch)
        order = branches[self.turn % len(branches) :] + branches[: self.turn % len(branches)]
        first: Any = None
        for index, branch in enumerate(order):
            made = self.value({"allOf": [rest, branch]} if rest else branch, name, depth)
            first = made if index == 0 else first
            # A value may fit two branches of a oneOf; then the next branch has its turn.
            if keyword == "anyOf" or compile_validator(self.view.part({"oneOf": resolved[keyword]})).is_valid(made):
                return made
        return first

    def _type(self, resolved: dict[str, Any], depth: int) -> str:
        types = resolved.get("type")
        if isinstance(types, str):
            return types
        if types:
            plain = [kind for kind in types if kind != "null"] or ["null"]
            return "null" if "null" in types and depth >= self.deep else str(plain[0])
        if "properties" in resolved or "additionalProperties" in resolved:
            return "object"
        return "array" if "items" in resolved else "string"

    def _make_of_type(self, resolved: dict[str, Any], kind: str, name: str, depth: int) -> Any:
        match kind:
            case "object":
                return self._object(resolved, depth)
            case "array":
                return self._array(resolved, name, depth)
            case "integer" | "number":
                return self._number(resolved, whole=kind == "integer")
            case "boolean":
                return True
            case "null":
                return None
        return self._text(resolved, name)

    def _object(self, resolved: dict[str, Any], depth: int) -> dict[str, Any]:
        properties, required = resolved.get("properties") or {}, resolved.get("required") or []
        if depth >= _DEEPEST:
            return {}
        possible = [name for name, child in properties.items() if child is not False]
        names = list(required) if depth >= self.deep else list(dict.fromkeys([*required, *possible]))
        names = names[: resolved.get("maxProperties")]
        made = {name: self.value(properties.get(name), name, depth + 1) for name in names}
        extra = resolved.get("additionalProperties")
        least = int(
            resolved.get("minProperties") or (1 if isinstance(extra, dict) and not properties and depth < self.deep else 0)
        )
        while len(made) < least:
            made[f"key{len(made)}"] = self.value(extra, "value", depth + 1)
        return made

    def _array(self, resolved: dict[str, Any], name: str, depth: int) -> list[Any]:
        first = [self.value(item, name, depth + 1) for item in resolved.get("prefixItems") or []]
        least = int(resolved.get("minItems") or 0)
        most = resolved.get("maxItems")
        count = max(least, 0 if depth >= self.deep else 1)
        count = min(count, int(most)) if most is not None else count
        if depth >= _DEEPEST or resolved.get("items") is False:
            return first
        made = first
        for _ in range(50):  # a unique item may take more than one try
            if len(made) >= count:
                break
            item = self.value(resolved.get("items"), name.removesuffix("s"), depth + 1)
            if not resolved.get("uniqueItems") or item not in made:
                made.append(item)
            self.turn += 1
        return made

    def _number(self, resolved: dict[str, Any], *, whole: bool) -> int | float:
        step = resolved.get("multipleOf") or (1 if whole else 0.5)
        low = resolved.get("exclusiveMinimum", resolved.get("minimum"))
        high = resolved.get("exclusiveMaximum", resolved.get("maximum"))
        if low is None:
            low = 1 if high is None or high > 1 else high - 100 * step
        value = math.ceil(low / step) * step
        if "exclusiveMinimum" in resolved and value <= low:
            value += step
        room = 100 if high is None else int((high - value) / step) - ("exclusiveMaximum" in resolved)
        value += self.rng.randint(0, max(0, min(room, 100))) * step
        return int(value) if whole else value

    def _text(self, resolved: dict[str, Any], name: str) -> str:
        if resolved.get("pattern"):
            found = matching(str(resolved["pattern"]), self.rng)
            if found is not None:
                return found
        text = _FORMATS.get(str(resolved.get("format")))
        if text is None:
            text = f"{name}-{self.rng.randint(1, 999)}"
        least, most = int(resolved.get("minLength") or 0), resolved.get("maxLength")
        text = text.ljust(least, "x")
        return text if most is None else text[: int(most)]
