"""Build an XML document from arguments, according to the description's ``xml`` objects. Pure.

A rule is a dict: ``name``, and if they apply ``prefix``, ``namespace``, ``attribute``, ``text``, ``wrapped``, ``items`` (a
rule), ``properties`` (rules by property), ``ref`` (the name of a rule in ``nodes``, as descriptions are recursive). The body's
``xml`` is ``{"root": rule, "nodes": {name: rule}}``. Source: OpenAPI 3.1, "XML Object"; XML 1.0, sections 2.2 and 2.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from composio.engine.serialise import scalar

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["document"]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Narrower than the specification's letters, as parsers of its earlier editions require.
_NAME = re.compile(r"[A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff][A-Za-z0-9_.\-\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]*")
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DEPTH = 100


def document(value: Any, rules: Mapping[str, Any]) -> str:
    """Return ``value`` as an XML document. Raises ``ValueError`` for names and characters that XML does not allow."""
    from xml.etree.ElementTree import tostring

    writer = _Writer(rules.get("nodes") or {})
    roots = list(writer.elements(value, rules["root"], rules["root"]["name"], 0))
    if len(roots) != 1:
        raise ValueError("an XML document has exactly one root element")
    return _HEAD + tostring(roots[0], encoding="unicode")


class _Writer:
    def __init__(self, nodes: Mapping[str, Any]) -> None:
        self._nodes = nodes

    def _rule(self, rule: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a rule merged with its reference; its own keys win."""
        named = self._nodes.get(rule.get("ref", ""))
        return {**named, **rule} if named else rule

    def elements(self, value: Any, rule: Mapping[str, Any], name: str, depth: int) -> Iterator[Element]:
        """Return the elements of one property: none for null, several for an unwrapped list."""
        if depth > _DEPTH:
            raise ValueError("the value nests too deeply")
        rule = self._rule(rule)
        if value is None:
            return
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            yield from self._list(value, rule, name, depth)
            return
        element = _element(rule, rule.get("name", name))
        if isinstance(value, Mapping):
            self._fill(element, value, rule, depth)
        else:
            element.text = _legal(scalar(value))
        yield element

    def _list(self, value: Sequence[Any], rule: Mapping[str, Any], name: str, depth: int) -> Iterator[Element]:
        # The specification's own examples: a list's name is its wrapper's, and its items' if they have none.
        wrapped = rule.get("wrapped") is True
        outer = rule.get("name", name) if wrapped else name
        items = [one for item in value for one in self.elements(item, rule.get("items") or {}, outer, depth + 1)]
        if not wrapped:
            yield from items
            return
        element = _element(rule, outer)
        element.extend(items)
        yield element

    def _fill(self, element: Element, value: Mapping[str, Any], rule: Mapping[str, Any], depth: int) -> None:
        known = rule.get("properties") or {}
        for name, item in value.items():
            inner = self._rule(known.get(name) or {})
            if item is None:
                continue
            if inner.get("text") is True:
                element.text = _legal(scalar(item))
            elif inner.get("attribute") is True:
                element.set(_qualify(element, inner, inner.get("name", name)), _legal(scalar(item)))
            else:
                element.extend(list(self.elements(item, inner, name, depth + 1)))


def _element(rule: Mapping[str, Any], name: str) -> Element:
    from xml.etree.ElementTree import Element

    element = Element("_")
    element.tag = _qualify(element, rule, name)
    return element


def _qualify(element: Element, rule: Mapping[str, Any], name: str) -> str:
    """Return ``prefix:name``, with the namespace declared on ``element``."""
    prefix, namespace = rule.get("prefix"), rule.get("namespace")
    for part in (name, prefix or name):
        if not _NAME.fullmatch(part):
            raise ValueError(f"{part!r} is no XML name")
    if namespace:
        element.set(f"xmlns:{prefix}" if prefix else "xmlns", _legal(namespace))
    return f"{prefix}:{name}" if prefix else name


def _legal(text: str) -> str:
    found = _ILLEGAL.search(text)
    if found is not None:
        raise ValueError(f"XML can't carry the character {found[0]!r}")
    return text
