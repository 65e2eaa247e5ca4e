"""Styles and scripts: separate files, named by their hash, so that browsers can cache them without limit.

The build adds ``htmx.js``: see ``hatch_build.py``.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from composio_server.pages.colors import accents_of

__all__ = ["ASSET_HEADERS", "asset_url", "has_asset", "serve_accent", "serve_asset"]

_FOLDER = Path(__file__).with_name("static")
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
ASSET_HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
_ACCENT = re.compile(r"([0-9a-f]{6})\.css\Z")


class Asset(NamedTuple):
    """A file, plain and gzipped, and its type."""

    content: bytes
    packed: bytes
    type: str


@functools.cache
def _assets() -> dict[str, Asset]:
    """Each file under its name with the hash of its content."""
    found = {}
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            name = f"{path.stem}-{hashlib.sha256(content).hexdigest()[:16]}{path.suffix}"
            found[name] = Asset(content, gzip.compress(content, mtime=0), _TYPES[path.suffix])
    return found


@functools.cache
def asset_url(name: str) -> str:
    """Return the URL of a file in ``static``, such as ``pages.css``."""
    stem, dot, suffix = name.rpartition(".")
    return next(f"/pages/{one}" for one in _assets() if one.startswith(f"{stem}-") and one.endswith(dot + suffix))


def has_asset(name: str) -> bool:
    """Return False for files of the build if the package was not built: pages work without them."""
    return (_FOLDER / name).is_file()


@get("/pages/{name:str}", include_in_schema=False, sync_to_thread=False)
def serve_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """Return a style or a script, compressed if the browser accepts it: nothing in it is secret."""
    found = _assets().get(name)
    if found is None:
        raise NotFoundException("There is no such file.")
    headers = {**ASSET_HEADERS, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.type, headers={**headers, "content-encoding": "gzip"})
    return Response(found.content, media_type=found.type, headers=headers)


@get("/pages/accent/{name:str}", include_in_schema=False, sync_to_thread=False)
def serve_accent(name: FromPath[str]) -> Response[Any]:
    """Return a project's colour as a style sheet, which does not identify the project."""
    found = _ACCENT.match(name)
    if found is None:
        raise NotFoundException("A colour is like 1a7f37.css.")
    return Response(accents_of(found[1]).encode(), media_type="text/css", headers=ASSET_HEADERS)
