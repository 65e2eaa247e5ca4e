"""What Swagger 2.0 writes, in documents that call themselves OpenAPI 3: generators and people that moved halfway.

Source: Swagger 2.0, "Parameter Object".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["body_of", "own_schema"]

_JSON, _FORM, _PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
# What stands beside a parameter's name and is no part of its schema.
_BESIDE = frozenset(("name", "in", "required", "description", "collectionFormat", "style", "explode", "deprecated", "schema"))


def own_schema(node: Mapping[str, Any]) -> Any:
    """The schema of a parameter; where it has none, what it says itself of its type."""
    if "schema" in node or "type" not in node:
        return node.get("schema", {})
    found = {key: value for key, value in node.items() if key not in _BESIDE}
    return {**found, "type": "string", "format": "binary"} if found["type"] == "file" else found


def body_of(parameters: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The request body that parameters with ``in: body`` or ``in: formData`` stand for; empty where there are none.

    Of several with one name the first counts.
    """
    fields: dict[str, Mapping[str, Any]] = {}
    for node in parameters:
        if node.get("in") == "body" and "schema" in node:
            more = {"description": node["description"]} if "description" in node else {}
            return {"required": node.get("required") is True, "content": {_JSON: {"schema": node["schema"]}}, **more}
        if node.get("in") == "formData" and isinstance(node.get("name"), str):
            fields.setdefault(node["name"], node)
    if not fields:
        return {}
    about = {n: {"description": node["description"]} if "description" in node else {} for n, node in fields.items()}
    required = [name for name, node in fields.items() if node.get("required") is True]
    schema = {
        "type": "object",
        "properties": {name: {**own_schema(node), **about[name]} for name, node in fields.items()},
        "required": required,
    }
    media_type = _PARTS if any(node.get("type") == "file" for node in fields.values()) else _FORM
    return {"required": bool(required), "content": {media_type: {"schema": schema}}}
