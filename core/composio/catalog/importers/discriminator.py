"""Discriminators as plain JSON Schema: which value says which branch, where a model and a validator can see it.

Source: OpenAPI 3.1, "Discriminator Object".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from composio.catalog.importers.document import Document

__all__ = ["Discriminators"]

Schema = dict[str, Any]
# How far up bases are looked for, and how many values are named where nothing but a text says them.
_DEPTH, _FEW = 8, 20


class Discriminators:
    """Those of one document. ``is_foreign`` tells a property that the schemas' direction does not carry."""

    def __init__(self, document: Document, is_foreign: Callable[[Any], bool]) -> None:
        self._document, self._is_foreign = document, is_foreign
        self._values: dict[int, dict[tuple[str, ...], list[str]]] = {}

    def tag(self, holder: Mapping[str, Any], keyword: str, branch: Any) -> Schema | None:
        """What tells ``branch`` from the others below ``holder``'s ``keyword``, to be said beside it; None where nothing does.

        That is the holder's own discriminator, or one of a base that the branch and others extend. A property that already
        has one value is left as it is, and so is one whose values contradict the mapping.
        """
        if not isinstance(branch, Mapping) or (tokens := self._document.tokens(branch.get("$ref"))) is None:
            return None
        own = _discriminator(holder)
        found = own or (self._inherited(branch) if _references(holder[keyword]) > 1 else None)
        if found is None:
            return None
        name, mapping = found
        mapped = self._by_target(mapping).get(tokens, [])
        declared = self._property(branch, name)
        if declared is None and not (own and mapped):
            return None
        values = _narrowed(mapped or [tokens[-1]], declared or {})
        if not values or self._is_foreign(declared):
            return None
        said: Schema = {"properties": {name: {"enum": values}}}
        return {**said, "required": [name]} if own and mapped else said

    def hint(self, holder: Mapping[str, Any], found: Schema) -> None:
        """Name the values of a base's discriminator in the description of its property, where no enum does."""
        own = _discriminator(holder)
        declared = found["properties"].get(own[0]) if own and isinstance(found.get("properties"), dict) else None
        if own is None or not isinstance(declared, dict) or declared.keys() & {"enum", "const", "$ref"}:
            return
        if 0 < len(own[1]) <= _FEW:
            said = f"One of {', '.join(map(str, own[1]))}."
            text = declared.get("description")
            declared["description"] = f"{text.strip()} {said}" if isinstance(text, str) and text.strip() else said

    def _by_target(self, mapping: Mapping[Any, Any]) -> dict[tuple[str, ...], list[str]]:
        known = self._values.get(id(mapping))
        if known is None:
            known = self._values[id(mapping)] = {}
            for value, target in mapping.items():
                tokens = self._document.tokens(target) or ("components", "schemas", str(target))
                known.setdefault(tokens, []).append(str(value))
        return known

    def _inherited(self, branch: Mapping[str, Any], depth: int = 0) -> tuple[str, Mapping[Any, Any]] | None:
        for base in self._bases(branch) if depth < _DEPTH else ():
            if (found := _discriminator(base) or self._inherited(base, depth + 1)) is not None:
                return found
        return None

    def _bases(self, node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        listed = self._document.follow(node).get("allOf")
        for part in listed if isinstance(listed, list) else ():
            if isinstance(part, Mapping) and "$ref" in part:
                yield self._document.follow(part)

    def _property(self, node: Any, name: str, depth: int = 0) -> Mapping[str, Any] | None:
        """The property ``name`` of an object or of what it extends, its reference followed."""
        target = self._document.follow(node)
        properties = target.get("properties")
        if isinstance(properties, Mapping) and name in properties:
            return self._document.follow(properties[name])
        listed = target.get("allOf")
        for part in listed if isinstance(listed, list) and depth < _DEPTH else ():
            if (found := self._property(part, name, depth + 1)) is not None:
                return found
        return None


def _discriminator(node: Mapping[str, Any]) -> tuple[str, Mapping[Any, Any]] | None:
    found = node.get("discriminator")
    if not isinstance(found, Mapping) or not isinstance(name := found.get("propertyName"), str):
        return None
    mapping = found.get("mapping")
    return name, mapping if isinstance(mapping, Mapping) else {}


def _references(branches: Any) -> int:
    return sum(isinstance(branch, Mapping) and "$ref" in branch for branch in branches)


def _narrowed(values: list[str], declared: Mapping[str, Any]) -> list[str]:
    """Those of ``values`` that the property allows; none where it says so itself or is no text."""
    allowed = declared.get("enum")
    if "const" in declared or (isinstance(allowed, list) and len(allowed) == 1):
        return []
    if declared.get("type") not in (None, "string", ["string"]):
        return []
    return [value for value in values if not isinstance(allowed, list) or value in allowed]
