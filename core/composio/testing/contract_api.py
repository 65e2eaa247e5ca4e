"""A small API whose description is as awkward as real ones are, built in code. The contract suite's upstream."""

from __future__ import annotations

from typing import Any

__all__ = ["APP", "HOSTILE", "LONG_SLUG", "hostile_values", "openapi"]

APP = "contract"
# Names that are methods of a framework's class, keywords of Python, or refused by a provider. Each has a number, by which the
# suite finds it again under whatever spelling it went out.
HOSTILE = (
    "self",
    "cls",
    "config",
    "from",
    "class",
    "run_manager",
    "callbacks",
    "tool_input",
    "kwargs",
    "args",
    "name",
    "description",
    "model_config",
    "_private",
    "with space",
    "ünïcode",
    "$top",
    "page[size]",
    "a_property_whose_name_is_seventy_characters_long_to_go_beyond_limits_xx",
)
_QUERY = ("$top", "page[size]", "from", "config")
_LONG_SUMMARY = "Get the resource whose summary is so long that no provider would ever take it as a name of a tool"
LONG_SLUG = f"{APP}_{_LONG_SUMMARY}".replace(" ", "_").upper()

_ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["customer", "items"],
    "properties": {
        "customer": {"$ref": "#/components/schemas/Customer"},
        "items": {"type": "array", "minItems": 1, "maxItems": 5, "items": {"$ref": "#/components/schemas/Item"}},
        "priority": {"type": "string", "enum": ["low", "high"], "default": "low", "description": "How urgent it is."},
        "note": {"type": "string", "nullable": True, "minLength": 1, "maxLength": 80},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_SCHEMAS: dict[str, Any] = {
    "Customer": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "description": "Full name."},
            "address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}},
        },
    },
    "Item": {
        "type": "object",
        "required": ["sku"],
        "properties": {
            "sku": {"type": "string", "pattern": "^[A-Z]{3}[0-9]+$"},
            "quantity": {"type": "integer", "minimum": 1, "maximum": 99, "default": 1},
        },
    },
    "Node": {
        "type": "object",
        "required": ["label"],
        "properties": {
            "label": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    },
}


def hostile_values() -> dict[str, int]:
    """A value for each hostile name; it is also the number in the property's description."""
    return {name: 101 + index for index, name in enumerate(HOSTILE)}


def openapi() -> dict[str, Any]:
    """The description, OpenAPI 3.0."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Contract", "version": "1", "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "https://contract.example.com"}],
        "paths": {
            "/status": {"get": _operation("Get status")},
            "/items/{item_id}": {"get": _operation("Get item", parameters=[_parameter("path", "item_id", "integer")])},
            "/echo": {"post": _operation("Echo", body=_object({"text": {"type": "string"}}))},
            "/orders": {"post": _operation("Create order", body=_ORDER)},
            "/trees": {"post": _operation("Save tree", body={"$ref": "#/components/schemas/Node"})},
            "/hostile": {"post": _hostile()},
            "/long": {"get": _operation(_LONG_SUMMARY)},
        },
        "components": {"schemas": _SCHEMAS},
    }


def _hostile() -> dict[str, Any]:
    values = hostile_values()
    told = {
        name: {"type": "integer", "description": f"Value number {number} of the awkward ones."}
        for name, number in values.items()
    }
    parameters = [
        {"in": "query", "name": name, "schema": told[name], "description": told[name]["description"]} for name in _QUERY
    ]
    body = _object({name: schema for name, schema in told.items() if name not in _QUERY})
    return _operation("Send awkward names", parameters=parameters, body=body)


def _parameter(place: str, name: str, kind: str) -> dict[str, Any]:
    return {"in": place, "name": name, "required": True, "schema": {"type": kind}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _operation(
    summary: str, *, parameters: list[dict[str, Any]] | None = None, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    answer = {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean", "enum": [True]}}}
    operation: dict[str, Any] = {
        "summary": summary,
        "description": f"{summary}. Part of the contract that every adapter keeps.",
        "operationId": summary.lower().replace(" ", "_"),
        "parameters": parameters or [],
        "responses": {"200": {"description": "Done.", "content": {"application/json": {"schema": answer}}}},
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation
