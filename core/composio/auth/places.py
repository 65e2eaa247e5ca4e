"""A scheme's URLs and parameters, filled with a connection's values, which may not lead them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from composio.auth.flow import FlowContext
from composio.auth.template import render
from composio.auth.urls import render_url
from composio.errors import ConfigurationError, InvalidRequest

__all__ = ["nest", "optional_url", "params", "require", "url"]

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def url(context: FlowContext, name: str) -> str:
    """The URL that the scheme calls ``name``. Raises ``ConfigurationError`` where it has none."""
    found = optional_url(context, name)
    if found is None:
        raise ConfigurationError(f"{context.app.key}: {context.scheme.name}.{name} is missing in integration.yaml.")
    return found


def optional_url(context: FlowContext, name: str) -> str | None:
    """As :func:`url`; None where the scheme has none.

    Values can't leave their place, see :mod:`composio.auth.urls`. A URL that a value decides on is https, so that nobody has
    the developer's secret travel in the clear.
    """
    template = context.scheme.extra.get(name)
    if not template:
        return None
    where = f"{context.app.key}: {context.scheme.name}.{name}"
    if template.startswith("/"):
        raise ConfigurationError(f"{where}: {template} is relative, and nothing says where the API is; add proxy.base_url.")
    if "{" not in template:
        return str(template)
    made = render_url(template, context.all_values, where)
    parts = urlsplit(made)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise InvalidRequest(
            f"{where}: must be an https URL, as secrets are sent there; this connection's values make it http."
        )
    return made


def params(context: FlowContext, name: str) -> dict[str, str]:
    """The scheme's parameters ``name``, filled; those that come out empty are left out."""
    where = f"{context.app.key}: {context.scheme.name}.{name}"
    templates: Mapping[str, str] = context.scheme.extra.get(name, {})
    made = {key: render(template, context.all_values, f"{where}.{key}") for key, template in templates.items()}
    return {key: value for key, value in made.items() if value}


def nest(context: FlowContext, name: str) -> dict[str, Any]:
    """As :func:`params`, where a JSON body may nest: ``user: {email: ...}``."""
    return _fill(context.scheme.extra.get(name, {}), context, f"{context.app.key}: {context.scheme.name}.{name}")


def _fill(given: Mapping[str, Any], context: FlowContext, where: str) -> dict[str, Any]:
    made = {
        key: _fill(value, context, f"{where}.{key}")
        if isinstance(value, Mapping)
        else render(value, context.all_values, f"{where}.{key}")
        for key, value in given.items()
    }
    return {key: value for key, value in made.items() if value}


def require(context: FlowContext, name: str) -> str:
    """One value that this scheme can't do without. Raises ``ConfigurationError`` naming the field."""
    found = context.all_values.get(name)
    if not found:
        raise ConfigurationError(
            f"{context.app.key}: {context.scheme.name} needs a value for {name!r}; the connection has none."
        )
    return found
