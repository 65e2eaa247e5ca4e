"""The ``arcade-*-api`` wheels: a JSON file for each tool, which holds the operation that it stands for.

Method, path, parameters, body and scopes are those of the vendor's own description; only the tool's name is not. What a tool answers
names the operation. Where a file is sent, or a body is of no JSON, the files say too little: such operations are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from composio.catalog.sources.readers.python import Node, Paths, primitive, schema_of

__all__ = ["read"]

_TOOLS: Final = "/wrapper_tools/"
_OPERATION: Final = re.compile(r"'(\w+)'")
# ``https://api.acme.com/v1/things``, or ``{acme_server_url}/v1/things``, whose server the app's file names.
_URL: Final = re.compile(r"(https?://[^/{}]+|\{\w+\})(/[^?#]*)")
_MARKUP: Final = re.compile(r"<[^>]+>")
# What a tool's text says after the operation's own.
_ADVICE: Final = re.compile(r"\n\n\s*(?:Use|Call) this\b.*", re.DOTALL)
_METHODS: Final = frozenset(("get", "post", "put", "patch", "delete"))
_PLACES: Final = frozenset(("path", "query", "header"))
_FILES: Final = frozenset(("attachment", "document", "file", "image", "receipt"))
_JSON: Final = "application/json"


def read(files: Mapping[str, str]) -> tuple[Node, list[str]]:
    """The OpenAPI document that the tools stand for, and a line for each that was left out."""
    paths, servers, scopes = Paths(), dict[str, None](), dict[str, str]()
    for name in sorted(files):
        if _TOOLS not in f"/{name}":
            continue
        try:
            server, method, path, operation = _read_tool(json.loads(files[name]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            paths.left_out.append(f"{name.rpartition('/')[2]}: {_explain(error)}; left out")
            continue
        servers |= {server: None} if server else {}
        for requirement in operation.get("security", ()):
            scopes |= dict.fromkeys(requirement["oauth2"], "")
        paths.add(operation["operationId"], method, path, operation)
    document = paths.document("", list(servers))
    if scopes:
        flow = {"authorizationUrl": "/", "tokenUrl": "/", "scopes": scopes}
        schemes = {"oauth2": {"type": "oauth2", "flows": {"authorizationCode": flow}}}
        document.setdefault("components", {})["securitySchemes"] = schemes
    return document, paths.left_out


def _explain(error: Exception) -> str:
    return str(error) if isinstance(error, _Unsure) else f"it is not what a tool's file holds ({type(error).__name__})"


class _Unsure(ValueError):
    """Why an operation is left out."""


def _read_tool(tool: Any) -> tuple[str, str, str, Node]:
    """The server, "" where the app's file names it, the method, the path and the operation."""
    endpoint = tool["http_endpoint"]
    method = str(endpoint["http_method"]).lower()
    found = _URL.fullmatch(endpoint["url"])
    if found is None or method not in _METHODS:
        raise _Unsure(f"{method.upper()} {endpoint['url']!r:.80} is no method and URL")
    operation: Node = {"operationId": _name(tool), "summary": _name(tool).replace("_", " ").capitalize()}
    operation["description"] = _plain(_ADVICE.sub("", str(tool.get("description") or "")))
    operation["parameters"] = [_parameter(one) for one in endpoint["parameters"] if one["accepted_as"] in _PLACES]
    if (body := _body(endpoint)) is not None:
        operation["requestBody"] = body
    if tool.get("deprecation_message"):
        operation["deprecated"] = True
    authorization = (tool.get("requirements") or {}).get("authorization") or {}
    if scopes := [str(one) for one in (authorization.get("oauth2") or {}).get("scopes") or ()]:
        operation["security"] = [{"oauth2": scopes}]
    operation["responses"] = {"200": {"description": "The answer"}}
    server, path = found.groups()
    return "" if server.startswith("{") else server, method, path, operation


def _name(tool: Any) -> str:
    """What the vendor calls the operation, which the text about the answer quotes; else the tool's name."""
    said = _OPERATION.search(str((tool.get("output") or {}).get("description") or ""))
    return said[1] if said else str(tool["name"])


def _parameter(given: Any) -> Node:
    place, required = given["accepted_as"], bool(given.get("required"))
    schema = _schema(given["value_schema"])
    schema.pop("description", None)
    found: Node = {"name": given["name"], "in": place, "required": required or place == "path", "schema": schema}
    if text := _plain(str(given.get("description") or "")):
        found["description"] = text
    if given.get("default") is not None:
        schema["default"] = given["default"]
    return found


def _body(endpoint: Any) -> Node | None:
    """The request's body, as the vendor's description has it where the file holds that. Raises ``_Unsure``."""
    parts = [one for one in endpoint["parameters"] if one["accepted_as"] == "body"]
    if given := endpoint.get("request_body_spec"):
        body: Node = {"required": True, **json.loads(given)}
        if list(body["content"]) != [_JSON]:
            raise _Unsure(f"its body is {', '.join(body['content'])}")
    elif not parts:
        return None
    else:
        whole = [one for one in parts if one["name"] == "requestBody"]
        schema = _schema(whole[0]["value_schema"]) if whole else _object(parts)
        body = {"required": any(one.get("required") for one in parts), "content": {_JSON: {"schema": schema}}}
    if sent := sorted(_FILES.intersection(body["content"][_JSON]["schema"].get("properties") or ())):
        raise _Unsure(f"its body holds a file ({', '.join(sent)})")
    return body


def _object(parts: Iterable[Any]) -> Node:
    properties = {one["name"]: _schema(one["value_schema"]) for one in parts}
    return {"type": "object", "properties": properties, "required": [one["name"] for one in parts if one.get("required")]}


def _schema(given: Any) -> Node:
    """A value's schema; ``json`` may be anything where no properties are named."""
    kind, text = str(given.get("val_type") or ""), _plain(str(given.get("description") or ""))
    if kind == "json":
        properties = {str(name): _schema(one) for name, one in (given.get("properties") or {}).items()}
        found: Node = {"type": "object", "properties": properties} if properties else {}
        return found | ({"description": text} if text else {})
    found = schema_of(primitive(kind), text)
    if kind == "array" and given.get("inner_val_type"):
        inner = {"val_type": given["inner_val_type"], "properties": given.get("inner_properties"), "enum": given.get("enum")}
        return found | {"items": _schema(inner)}
    return found | ({"enum": list(given["enum"])} if given.get("enum") else {})


def _plain(text: str) -> str:
    return " ".join(_MARKUP.sub("", text).split())
