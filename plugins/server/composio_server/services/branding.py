"""The look of a project's pages: name, logo, colour, domain, and the redirect URI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from composio.errors import InvalidRequest

__all__ = ["CALLBACK", "Branding"]

CALLBACK: Final = "/api/v1/auth-apps/add"
"""The path of providers' redirects, as in the documentation's redirect URIs."""
_COLOR = re.compile(r"#[0-9a-f]{6}\Z")
_LONGEST = 100
_LONGEST_URL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """White label. Empty values mean the server's own.

    ``logo_url`` is an https URL of an image, ``color`` is ``#rrggbb``. ``domain`` is a host name that leads to this server
    and begins the project's links. ``redirect_uri`` replaces ``https://<domain>/api/v1/auth-apps/add`` at providers.
    """

    name: str = ""
    logo_url: str = ""
    color: str = ""
    domain: str = ""
    redirect_uri: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Branding:
        """Read ``branding`` from a project's settings. Invalid values are ignored."""
        try:
            return cls.check(settings.get("branding") or {})
        except InvalidRequest:
            return cls()

    @classmethod
    def check(cls, given: object) -> Branding:
        """Parse an admin's values. Raises ``InvalidRequest`` for values that no page could show."""
        if not isinstance(given, Mapping):
            raise InvalidRequest("branding is an object.")
        known = cls.__slots__
        if unknown := [str(name) for name in given if name not in known]:
            raise InvalidRequest(f"branding has no {unknown[0]!r:.60}; it has {', '.join(known)}.")
        texts = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
        for name, value in texts.items():
            if not isinstance(value, str) or len(value) > (_LONGEST if name == "name" else _LONGEST_URL):
                raise InvalidRequest(f"branding.{name} is a string of at most {_LONGEST_URL} characters.")
        made = cls(**{**texts, "color": texts.get("color", "").lower(), "domain": texts.get("domain", "").lower()})
        made._check()
        return made

    def _check(self) -> None:
        if self.color and not _COLOR.match(self.color):
            raise InvalidRequest("branding.color is like #1a7f37.")
        if self.logo_url and _origin(self.logo_url) is None:
            raise InvalidRequest("branding.logo_url is the https:// address of an image.")
        if self.domain and _origin(f"https://{self.domain}") != f"https://{self.domain}":
            raise InvalidRequest("branding.domain is a host name such as connect.example.com.")
        if self.redirect_uri and (_origin(self.redirect_uri) is None or urlsplit(self.redirect_uri).fragment):
            raise InvalidRequest("branding.redirect_uri is an https:// address without a fragment.")

    def as_settings(self) -> dict[str, str]:
        """Return what to store in a project's settings."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def logo_origin(self) -> str | None:
        """The origin of the logo, for the content security policy of pages."""
        return _origin(self.logo_url) if self.logo_url else None

    def base_url(self, public_url: str) -> str:
        """Return the start of the project's links."""
        return f"https://{self.domain}" if self.domain else public_url

    def callback(self, public_url: str) -> str:
        """Return the redirect URI for integrations without one of their own."""
        return self.redirect_uri or self.base_url(public_url) + CALLBACK


def _origin(url: str) -> str | None:
    """Return the origin of an https URL that is valid in a policy; None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    plain = url.isascii() and all(" " < c < "\x7f" and c not in "\"'<>;,\\`" for c in url)
    if (
        parts.scheme != "https"
        or parts.username is not None
        or not plain
        or not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", host)
    ):
        return None
    return f"https://{host}" if port is None else f"https://{host}:{port}"
