"""Render pages from templates. Every inserted value is escaped."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response

from composio_server.pages.assets import asset_url, has_asset
from composio_server.pages.logos import logo_url
from composio_server.services.branding import Branding

__all__ = ["Site", "headers_of", "page", "send_away"]


@dataclass(frozen=True, slots=True)
class Site:
    """How browsers reach this server: whether over https, and the path prefix of a proxy, "" or like ``/tools``."""

    secure: bool = False
    base: str = ""

    @classmethod
    @functools.cache
    def of(cls, public_url: str) -> Site:
        """Parse the server's public URL."""
        parts = urlsplit(public_url)
        return cls(parts.scheme == "https", parts.path.rstrip("/"))

    def to(self, path: str) -> str:
        """Return the URL of a page of this server; ``path`` begins with a slash."""
        return self.base + path


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def headers_of(branding: Branding, *, site: Site, script: bool = False) -> dict[str, str]:
    """Return the headers of every page. URLs of pages contain secrets, so they are never sent elsewhere.

    ``script`` says that the page has one.
    """
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": f"'self' {branding.logo_origin}" if branding.logo_origin else "'self'",
        **({"script-src": "'self'", "connect-src": "'self'"} if script else {}),
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        **({"strict-transport-security": "max-age=31536000"} if site.secure else {}),
    }


def _find_logo(site: Site, app: str) -> str:
    url = logo_url(app)
    return site.to(url) if url else ""


def page(
    template: str,
    *,
    status: int = 200,
    branding: Branding | None = None,
    site: Site,
    script: bool = False,
    **values: Any,
) -> Response[bytes]:
    """Return a whole page of ``templates/<template>.html``."""
    brand = branding or Branding()
    text = (
        _environment()
        .get_template(f"{template}.html")
        .render(
            brand=brand,
            script=script,
            to=site.to,
            asset=lambda name: site.to(asset_url(name)),
            has=has_asset,
            logo=functools.partial(_find_logo, site),
            **values,
        )
    )
    return Response(
        text.encode("utf-8", "replace"),
        status_code=status,
        media_type="text/html",
        headers=headers_of(brand, site=site, script=script),
    )


def send_away(
    url: str,
    *,
    title: str,
    message: str,
    branding: Branding | None = None,
    site: Site,
) -> Response[bytes]:
    """Return a page that immediately goes on to ``url``, which may be anywhere.

    Not a redirect: browsers limit those after a form to ``form-action``, which only allows this server.
    """
    return page("leave", branding=branding, site=site, url=url, title=title, message=message)
