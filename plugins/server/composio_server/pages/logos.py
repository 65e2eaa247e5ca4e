"""Apps' logos: one colour and one path each, which the build takes from Simple Icons. See ``hatch_build.py``."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from composio_server.pages.assets import ASSET_HEADERS

__all__ = ["logo_url", "read_logos", "serve_logo"]

_HEADERS: Final = {**ASSET_HEADERS, "content-security-policy": "default-src 'none'; sandbox"}


@functools.cache
def _names() -> dict[str, str]:
    """The logo of each app that has one."""
    text = files("composio_server.pages").joinpath("logos.tsv").read_text("utf-8")
    return dict(line.split("\t") for line in text.splitlines())


@functools.cache
def _read_built() -> tuple[str, dict[str, list[str]]]:
    """Return the build's logos and their digest; empty in a package that was not built."""
    file = files("composio_server.pages").joinpath("static", "logos.json")
    content = file.read_bytes() if file.is_file() else b"{}"
    return hashlib.sha256(content).hexdigest()[:16], json.loads(content)


@functools.cache
def read_logos() -> Mapping[str, str]:
    """Return each app's logo as an SVG image."""
    built = _read_built()[1]
    return {app: _draw(*built[icon]) for app, icon in _names().items() if icon in built}


def logo_url(app: str) -> str:
    """Return the URL of an app's logo; "" if it has none."""
    digest, built = _read_built()
    icon = _names().get(app, "")
    return f"/pages/logos/{digest}-{icon}.svg" if icon in built else ""


@get("/pages/logos/{name:str}", include_in_schema=False, sync_to_thread=False)
def serve_logo(name: FromPath[str]) -> Response[bytes]:
    """Return a logo, the same for all visitors."""
    digest, built = _read_built()
    icon = name.removeprefix(f"{digest}-").removesuffix(".svg")
    if icon not in built or name != f"{digest}-{icon}.svg":
        raise NotFoundException("There is no such logo.")
    return Response(_draw(*built[icon]).encode(), media_type="image/svg+xml", headers=_HEADERS)


def _draw(color: str, path: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#{color}" d="{path}"/></svg>'
