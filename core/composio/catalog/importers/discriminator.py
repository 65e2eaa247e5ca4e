"""Convert discriminators to plain JSON Schema: which value selects which branch, visible to models and validators.

Source: OpenAPI 3.1 and 3.2, "Discriminator Object".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from composio.catalog.importers.pointers import Pointers
from composio.catalog.importers.subtypes import Family, Subtype, Subtypes, declared_property, discriminator_of

__all__ = ["Discriminators"]

Schema = dict[str, Any]
# Maximum number of values in a description.
_FEW = 20


class Discriminators:
    """The discriminators of one document. ``is_foreign`` tells whether a property belongs to the other direction."""

    def __init__(self, document: Pointers, subtypes: Subtypes, is_foreign: Callable[[Any], bool]) -> None:
        self._document, self._subtypes, self._is_foreign = document, subtypes, is_foreign
        self._values: dict[int, dict[tuple[str, ...], list[str]]] = {}

    def tag(self, holder: Mapping[str, Any], keyword: str, branch: Any) -> Schema | None:
        """Return the schema that distinguishes ``branch`` from others below ``holder``'s ``keyword``; None if there is none.

        It comes from the holder's own discriminator, or from a base that the branch and others extend. A property that already
        has one value is left unchanged, and so is one whose values contradict the mapping.
        """
        if not isinstance(branch, dict) or (tokens := self._document.tokens(branch.get("$ref"))) is None:
            return None
        own = discriminator_of(holder)
        found = own or (self._subtypes.inherited(self._document.follow(branch)) if _references(holder[keyword]) > 1 else None)
        if found is None:
            return None
        mapped = self._by_target(found.mapping).get(tokens, [])
        declared = declared_property(self._document, branch, found.name)
        if declared is None and not (own and mapped):
            return None
        if found.default is not None and self._leads_to(found.default, tokens):
            return None  # other values select it as well, or none does
        below = self._subtypes.values_below(self._document.follow(branch), found.name)
        values = _narrow(list(dict.fromkeys([*(mapped or [tokens[-1]]), *below])), declared or {})
        if not values or self._is_foreign(declared):
            return None
        said: Schema = {"properties": {found.name: {"enum": values}}}
        return {**said, "required": [found.name]} if own and mapped else said

    def of(self, node: Any) -> list[Schema]:
        """Return the discriminator values of ``node`` in the bases that it extends, explicit or by default."""
        found: list[Schema] = []
        for name, values, stated in self._subtypes.tags(node):
            declared = declared_property(self._document, node, name) or {}
            if self._is_foreign(declared):
                continue
            if stated:
                found.append({"properties": {name: {"enum": list(values)}}})
            elif declared and not declared.keys() & {"enum", "const", "default"}:
                found.append({"properties": {name: {"default": values[0]}}})
        return found

    def of_subtype(self, family: Family, subtype: Subtype) -> list[Schema]:
        """Return what distinguishes a subtype from its base's other subtypes."""
        if not subtype.values or subtype.is_default or self._is_hidden(subtype.node, family.name):
            return []
        return [{"properties": {family.name: {"enum": list(subtype.values)}}, "required": [family.name]}]

    def of_base(self, family: Family) -> list[Schema]:
        """Return what distinguishes the base itself from its subtypes."""
        if any(not one.values or one.is_default or self._is_hidden(one.node, family.name) for one in family.subtypes):
            return []
        return [{"properties": {family.name: {"enum": list(family.own)} if family.own else False}}]

    def hint(self, holder: Mapping[str, Any], found: Schema) -> None:
        """Add the values of a base's discriminator to the description of its property if no enum lists them."""
        own = discriminator_of(holder)
        declared = found["properties"].get(own.name) if own and isinstance(found.get("properties"), dict) else None
        if own is None or not isinstance(declared, dict) or declared.keys() & {"enum", "const", "$ref"}:
            return
        if 0 < len(own.mapping) <= _FEW:
            said = f"One of {', '.join(map(str, own.mapping))}."
            text = declared.get("description")
            declared["description"] = f"{text.strip()} {said}" if isinstance(text, str) and text.strip() else said

    def _is_hidden(self, node: Any, name: str) -> bool:
        return self._is_foreign(declared_property(self._document, node, name))

    def _leads_to(self, target: str, tokens: tuple[str, ...]) -> bool:
        return (self._document.tokens(target) or ("components", "schemas", target)) == tokens

    def _by_target(self, mapping: Mapping[Any, Any]) -> dict[tuple[str, ...], list[str]]:
        known = self._values.get(id(mapping))
        if known is None:
            known = self._values[id(mapping)] = {}
            for value, target in mapping.items():
                tokens = self._document.tokens(target) or ("components", "schemas", str(target))
                known.setdefault(tokens, []).append(str(value))
        return known


def _references(branches: Any) -> int:
    return sum(isinstance(branch, dict) and "$ref" in branch for branch in branches)


def _narrow(values: list[str], declared: Mapping[str, Any]) -> list[str]:
    """Return those of ``values`` that the property allows; none if its schema lists them or it is not a string."""
    allowed = declared.get("enum")
    if "const" in declared or (isinstance(allowed, list) and len(allowed) == 1):
        return []
    if declared.get("type") not in (None, "string", ["string"]):
        return []
    return [value for value in values if not isinstance(allowed, list) or value in allowed]
