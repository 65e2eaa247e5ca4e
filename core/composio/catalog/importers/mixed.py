"""Accept Swagger 2.0 syntax in OpenAPI 3 documents, from tools and people that migrated halfway.

Source: Swagger 2.0, "Parameter Object", "Security Scheme Object".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["FLOWS", "body_of", "declared_in", "flows_of", "own_schema", "requirements"]

FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}
"""OpenAPI 3's names of flows that Swagger 2.0 names differently."""

_JSON, _FORM, _PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
# Keys next to a parameter's name that are not part of its schema.
_BESIDE = frozenset(("name", "in", "required", "description", "collectionFormat", "style", "explode", "deprecated", "schema"))


def own_schema(node: Mapping[str, Any]) -> Any:
    """Return the schema of a parameter; without one, its own type keywords."""
    if "schema" in node or "type" not in node:
        return node.get("schema", {})
    found = {key: value for key, value in node.items() if key not in _BESIDE}
    return {**found, "type": "string", "format": "binary"} if found["type"] == "file" else found


def body_of(parameters: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the request body for parameters with ``in: body`` or ``in: formData``; empty if there are none.

    Of duplicates the first counts.
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


def declared_in(root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document's security schemes by name: OpenAPI's, else those at Swagger 2.0's place."""
    components = root.get("components")
    inside = components if isinstance(components, dict) else {}
    places = (inside.get("securitySchemes"), inside.get("securityDefinitions"), root.get("securityDefinitions"))
    return next((found for found in map(_by_name, places) if found), {})


def _by_name(given: Any) -> Mapping[str, Any]:
    if isinstance(given, list):
        return {name: node for one in given if isinstance(one, dict) for name, node in one.items()}
    return given if isinstance(given, dict) else {}


def flows_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``flows`` of a scheme with a single flow in Swagger 2.0's form; empty without one."""
    flow = node.get("flow")
    if not isinstance(flow, str):
        return {}
    given = node.get("scopes")
    scopes = given if isinstance(given, dict) else dict.fromkeys(given, "") if isinstance(given, list) else {}
    scopes = {str(name): text for name, text in scopes.items() if not str(name).startswith("x-")}
    addresses = {key: node[key] for key in ("authorizationUrl", "tokenUrl") if key in node}
    return {"flows": {FLOWS.get(flow, flow): {**addresses, "scopes": scopes}}}


def requirements(holder: Mapping[str, Any]) -> list[Any] | None:
    """Return the security requirements of a document or an operation; None if it declares none.

    A single requirement, or names in place of objects, are read as a list of objects.
    """
    said = holder.get("security")
    if isinstance(said, dict) and said:
        said = [said]
    if not isinstance(said, list):
        return None
    return [{one: []} if isinstance(one, str) else one for one in said]
