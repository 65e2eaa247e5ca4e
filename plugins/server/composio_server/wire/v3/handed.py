"""Credentials that a client passes with a call, in the form of a connection; used once and not stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from composio.auth.flow import signer
from composio.auth.urls import render_url
from composio.errors import InvalidRequest, MissingFields
from composio.model.app import AuthField, AuthScheme
from composio.model.auth import CustomAuth, CustomAuthParameter
from composio_server.access import Here
from composio_server.wire.v3.wire import NotOffered, Wire

__all__ = ["HandedConnection", "as_custom_auth", "name_values"]

# Clients send a key under one of these names; an app's scheme has its own.
_KEYS = ("generic_api_key", "api_key", "token", "bearer_token", "access_token", "generic_token", "generic_secret")
_EACH = frozenset({"OAUTH1", "AWS_SIGV4"})  # every request is signed anew


class HandedConnection(Wire, kw_only=True):
    """A scheme's values, for one toolkit."""

    auth_scheme: str = msgspec.field(name="authScheme")
    toolkit_slug: str = msgspec.field(name="toolkitSlug")
    val: dict[str, Any]


async def as_custom_auth(asked: Here, given: HandedConnection) -> CustomAuth:
    """Return what the app's scheme makes of the values: headers, query parameters, and its base URL if they are in it."""
    app = await asked.backend.app(given.toolkit_slug)
    mode = given.auth_scheme.upper()
    scheme = next((one for one in app.auth_schemes if one.auth_mode == mode), None)
    if scheme is None:
        listed = ", ".join(dict.fromkeys(one.auth_mode for one in app.auth_schemes)) or "NO_AUTH"
        raise InvalidRequest(f"custom_connection_data.authScheme: {app.key} has no {mode:.40}; it has {listed}.")
    if mode in _EACH:
        raise NotOffered(f"custom_connection_data with {mode} is not offered: connect the user, and name the account.")
    values = _complete(app.key, scheme, given.val)
    request = httpx.Request("GET", "https://composio.invalid/")
    reference = asked.backend.plugins.auth_schemes().get(mode)
    names = list(signer(reference)(request, scheme, values)) if reference is not None else []
    parameters = [CustomAuthParameter(name=name, value=request.headers[name], in_="header") for name in names]
    parameters += [CustomAuthParameter(name=name, value=value, in_="query") for name, value in request.url.params.multi_items()]
    base = scheme.proxy.base_url
    return CustomAuth(
        parameters=tuple(parameters),
        base_url=render_url(base, values, f"{scheme.name}.proxy.base_url") if base and "{" in base else None,
    )


def _complete(app: str, scheme: AuthScheme, given: Mapping[str, Any]) -> dict[str, str]:
    fields = {one.name: one for one in scheme.fields}
    named = name_values(given, list(fields.values()), keep=True)
    values = {name: one.default for name, one in fields.items() if one.default is not None}
    values |= {name: str(value) for name, value in named.items() if not isinstance(value, (dict, list))}
    left = {name: one.about for name, one in fields.items() if one.required and not values.get(name)}
    if scheme.auth_mode in {"OAUTH2", "BEARER_TOKEN"}:
        token = values.get("access_token") or values.get("token") or values.get("bearer_token")
        if not token and not left:
            left["access_token"] = "the token"  # noqa: S105 - the name of a field
        values |= {"access_token": token or "", "token": token or ""}
        left = {name: what for name, what in left.items() if name not in values or not values[name]}
    if left:
        raise MissingFields(app, f"a call with {scheme.auth_mode}", left)
    return values


def name_values(given: Mapping[str, Any], fields: Sequence[AuthField], *, keep: bool = False) -> dict[str, Any]:
    """Return values under the names in the app's scheme. Clients use one set of names for all apps' keys.

    ``keep`` drops those that the scheme does not have.
    """
    values = {name: value for name, value in given.items() if value not in (None, "")}
    known = {one.name for one in fields}
    secrets = [one.name for one in fields if one.is_secret] or [one.name for one in fields if one.required]
    for name in [one for one in _KEYS if one in values and one not in known]:
        if len(secrets) == 1 and secrets[0] not in values:
            values[secrets[0]] = values[name]
        if not keep:
            del values[name]
    return values
