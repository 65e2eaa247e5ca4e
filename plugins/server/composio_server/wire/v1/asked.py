"""Parse query and path parameters, once for all routes."""

from __future__ import annotations

from typing import Any

from litestar import Request

from composio.errors import AppNotFound, InvalidRequest
from composio.model.app import AppModel, AuthScheme
from composio_server.access import Here
from composio_server.wire.v1.shapes import app_id, wire_mode

__all__ = ["app_key", "find_app", "names", "number", "on", "page_of", "scheme_named"]

_LONGEST_LIST = 1000  # maximum names in one query


def names(request: Request[Any, Any, Any], *keys: str) -> list[str]:
    """Return a comma-separated or repeated list, under the first of ``keys`` that is present."""
    for key in keys:
        said = [part.strip() for value in request.query_params.getall(key, []) for part in str(value).split(",")]
        found = list(dict.fromkeys(part for part in said if part))
        if len(found) > _LONGEST_LIST:
            raise InvalidRequest(f"The query parameter {key} names {len(found)} things; {_LONGEST_LIST} are the most.")
        if found:
            return found
    return []


def number(request: Request[Any, Any, Any], key: str) -> int | None:
    """Return a whole number of at least 1; None if omitted. Clients send numbers of any size for "all"."""
    text = str(request.query_params.get(key, "")).strip().strip('"')
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 18 or int(text) < 1:
        raise InvalidRequest(f"The query parameter {key} is a whole number of at least 1; got {text[:40]!r}.")
    return int(text)


def on(request: Request[Any, Any, Any], key: str) -> bool:
    """Return whether a flag is set: ``true``, in any spelling of JSON and JavaScript, or ``1``."""
    return str(request.query_params.get(key, "")).strip().lower() in {"true", "1"}


def page_of(request: Request[Any, Any, Any], found: list[Any], *, usual: int | None = None) -> tuple[list[Any], dict[str, int]]:
    """Return the requested page of ``found`` (``page``, ``pageSize``), and the response's fields about pages."""
    size = number(request, "pageSize") or number(request, "limit") or usual or max(len(found), 1)
    page = number(request, "page") or 1
    pages = max(-(-len(found) // size), 1)
    return found[(page - 1) * size : page * size], {"page": page, "totalPages": pages}


async def app_key(here: Here, named: str) -> str:
    """Return the app's key for a key or an id, in any case. Raises ``AppNotFound``."""
    return (await find_app(here, named)).key


async def find_app(here: Here, named: str) -> AppModel:
    """Return the app for a key or an id."""
    text = named.strip()
    if len(text) == len(app_id("")) and text.count("-") == 4:
        wanted = text.lower()
        found = next((one for one in await here.backend.apps() if app_id(one.key) == wanted), None)
        if found is None:
            raise AppNotFound(text[:60])
        return found
    return await here.backend.app(text[:200])


def scheme_named(app: AppModel, named: str | None) -> str | None:
    """Return the core's name of the scheme that a client names by mode or name."""
    if named is None or not named.strip():
        return None
    asked = named.strip()
    own: list[AuthScheme] = [one for one in app.auth_schemes if one.auth_mode != wire_mode(one.auth_mode)]
    known = {one.auth_mode for one in app.auth_schemes}
    if asked.upper() not in known and own and asked.upper() == wire_mode(own[0].auth_mode):
        return own[0].name or own[0].auth_mode
    return asked
