"""API keys: wherever the app's ``proxy`` puts them, or a placeholder of the URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import httpx

from composio.auth import template
from composio.errors import ConfigurationError
from composio.model.app import AuthScheme

__all__ = ["sign"]


def sign(request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]:
    """Sign as the scheme's ``proxy`` defines. Raises ``ConfigurationError`` if the request would carry no value."""
    yield from template.sign(request, scheme, values)
    if any("{" in text for text in (*scheme.proxy.headers.values(), *scheme.proxy.query_params.values())):
        return
    url = str(request.url)
    if not any(value and quote(value, safe="") in url for value in values.values()):
        raise ConfigurationError(
            f"{scheme.name}: nothing says where the key goes, so the request would go out without it. Add it to the scheme in"
            " integration.yaml, such as proxy: {headers: {X-Api-Key: '{{ api_key }}'}}."
        )
