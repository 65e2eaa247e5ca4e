"""Styles and scripts: files of their own, named by what is in them, so that browsers may keep them for ever."""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from typing import Any, Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from composio_server.pages.colors import accents_of

__all__ = ["asset_url", "serve_accent", "serve_asset"]

_FOLDER = Path(__file__).with_name("static")
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
_ACCENT = re.compile(r"([0-9a-f]{6})\.css\Z")


@functools.cache
def _assets() -> dict[str, tuple[bytes, str]]:
    """Each file under its name with the hash of its content, and its type."""
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            name = f"{path.stem}-{hashlib.sha256(content).hexdigest()[:16]}{path.suffix}"
            found[name] = content, _TYPES[path.suffix]
    return found


@functools.cache
def asset_url(name: str) -> str:
    """The address of a file in ``static``, such as ``pages.css``."""
    stem, dot, suffix = name.rpartition(".")
    return next(f"/pages/{one}" for one in _assets() if one.startswith(f"{stem}-") and one.endswith(dot + suffix))


@get("/pages/{name:str}", include_in_schema=False, sync_to_thread=False)
def serve_asset(name: FromPath[str]) -> Response[Any]:
    """A style or a script."""
    found = _assets().get(name)
    if found is None:
        raise NotFoundException("There is no such file.")
    return Response(found[0], media_type=found[1], headers=_HEADERS)


@get("/pages/accent/{name:str}", include_in_schema=False, sync_to_thread=False)
def serve_accent(name: FromPath[str]) -> Response[Any]:
    """A project's colour, as the styles use it; it says nothing of whose it is."""
    found = _ACCENT.match(name)
    if found is None:
        raise NotFoundException("A colour is like 1a7f37.css.")
    return Response(accents_of(found[1]).encode(), media_type="text/css", headers=_HEADERS)
