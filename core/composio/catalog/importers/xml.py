"""The rules for an XML body, from a schema's ``xml`` objects; :mod:`composio.engine.xml` applies them.

Source: OpenAPI 3.1 and 3.2, "XML Object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from composio.catalog.importers.document import Document

__all__ = ["xml_rules"]

Rule = dict[str, Any]
_DEPTH = 24


def xml_rules(document: Document, schema: Any) -> dict[str, Any]:
    """Return ``{"root": rule, "nodes": {name: rule}}``.

    Empty if the root element has no name and the document cannot be written.

    The root's name is ``xml.name``, else its component's name.
    """
    reader = _Reader(document)
    root = reader.rule(schema, 0)
    if "ref" in root:
        root = {"name": root["ref"].rpartition("/")[2], **reader.nodes[root["ref"]], "ref": root["ref"]}
    return {"root": root, "nodes": reader.nodes} if root.get("name") else {}


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self.nodes: dict[str, Rule] = {}

    def rule(self, schema: Any, depth: int) -> Rule:
        if not isinstance(schema, dict) or depth > _DEPTH:
            return {}
        ref = schema.get("$ref")
        if not isinstance(ref, str):
            return self._own(schema, depth)
        if ref not in self.nodes:
            self.nodes[ref] = {}  # before it is read: it may refer to itself
            self.nodes[ref] = self._own(self._document.follow(schema), depth)
        return {"ref": ref}

    def _own(self, schema: Mapping[str, Any], depth: int) -> Rule:
        xml = schema.get("xml")
        said = xml if isinstance(xml, dict) else {}
        found: Rule = {k: said[k] for k in ("name", "prefix", "namespace") if isinstance(said.get(k), str)}
        found |= {k: True for k in ("attribute", "wrapped") if said.get(k) is True}
        if said.get("nodeType") in ("attribute", "text", "cdata"):  # 3.2's form
            found["attribute" if said["nodeType"] == "attribute" else "text"] = True
        if said.get("nodeType") == "element" and "items" in schema:
            found["wrapped"] = True
        if "items" in schema:
            found["items"] = self.rule(schema["items"], depth + 1)
        if properties := dict(self._properties(schema, depth)):
            found["properties"] = properties
        return found

    def _properties(self, schema: Mapping[str, Any], depth: int, read: set[int] | None = None) -> Iterator[tuple[str, Rule]]:
        # Each part is read once, as nested sharing would take exponential time.
        read = set() if read is None else read
        for keyword in ("allOf", "anyOf", "oneOf"):
            listed = schema.get(keyword)
            for part in listed if isinstance(listed, list) and depth < _DEPTH else ():
                node = self._document.follow(part) if isinstance(part, dict) else part
                if isinstance(part, dict) and id(node) not in read:
                    read.add(id(node))
                    yield from self._properties(node, depth + 1, read)
        own = schema.get("properties")
        for name, child in own.items() if isinstance(own, dict) else ():
            yield str(name), self.rule(child, depth + 1)
