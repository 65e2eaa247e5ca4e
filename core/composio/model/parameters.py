"""``execute_request``'s ``parameters``, for the toolset's method and the injected function. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from composio.errors import InvalidRequest
from composio.model.auth import CustomAuthParameter

__all__ = ["RequestParameters", "place"]

RequestParameters = Mapping[str, Any] | Iterable[CustomAuthParameter | Mapping[str, Any]]


def place(endpoint: str, parameters: RequestParameters | None) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Return the endpoint with its path filled, the query, and the headers.

    A dict is the query. A list has ``CustomAuthParameter`` or ``{"name", "value", "in"}`` items, as in v0.7.
    """
    query: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if parameters is None:
        return endpoint, query, headers
    if isinstance(parameters, Mapping):
        return endpoint, {str(name): value for name, value in parameters.items()}, headers
    if isinstance(parameters, str | bytes):  # iterable, but over characters
        raise InvalidRequest(f"execute_request: parameters takes a dict or a list, not {type(parameters).__name__}.")
    for name, value, where in map(_read, parameters):
        if where == "query":
            query[name] = value
        elif where == "header":
            headers[name] = str(value)
        elif where == "path" and f"{{{name}}}" in endpoint:
            endpoint = endpoint.replace(f"{{{name}}}", quote(str(value), safe=""))
        elif where == "path":
            raise InvalidRequest(
                f"execute_request: the endpoint {endpoint!r} has no {{{name}}} for the path parameter {name!r}."
            )
        else:
            raise InvalidRequest(
                f"execute_request: the parameter {name!r} goes into {where!r}; query, header and path are known. Credentials go"
                " into auth=."
            )
    return endpoint, query, headers


def _read(parameter: object) -> tuple[str, Any, str]:
    if isinstance(parameter, CustomAuthParameter):
        return parameter.name, parameter.value, str(parameter.in_)
    if isinstance(parameter, Mapping) and {"name", "value"} <= set(parameter):
        where = parameter.get("in") or parameter.get("in_") or "query"
        return str(parameter["name"]), parameter["value"], str(where).lower()
    raise InvalidRequest(
        'execute_request: a parameter is a dict {"name": ..., "value": ..., "in": "query" | "header" | "path"}.'
    )
