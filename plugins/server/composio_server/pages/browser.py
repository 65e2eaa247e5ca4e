"""Read a browser's request: forms, cookies, and whether one of this server's pages sent it.

A form's token is derived from a cookie that scripts and other sites cannot read. Source: OWASP's cheat sheet on cross-site
request forgery, "signed double submit cookie" and "fetch metadata".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Request, Response
from litestar.datastructures import Cookie, UploadFile
from litestar.exceptions import ClientException

from composio_server.access import get_services
from composio_server.pages.render import Site
from composio_server.services.ids import make_token

__all__ = [
    "BROWSER",
    "HTMX",
    "SESSION",
    "FormRefused",
    "Upload",
    "cookie_of",
    "csrf_token",
    "drop_cookie",
    "is_prefetched",
    "keep_cookie",
    "make_browser",
    "read_form",
    "read_upload",
    "site_of",
]

BROWSER, SESSION = "composio-browser", "composio-session"
HTMX = "hx-request"
"""The header of a request for a part of a page."""
_FORM_BYTES = 256 * 1024
_MOST_FIELDS = 2_000
_COOKIE = re.compile(r"[A-Za-z0-9]{43}\Z")
_PREFETCH = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_TYPE, _FILES_TYPE = "application/x-www-form-urlencoded", "multipart/form-data"


class FormRefused(Exception):
    """A form that no page of this server sent, or that cannot be read. The message is for the person."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file of a form."""

    name: str
    content: bytes


def site_of(request: Request[Any, Any, Any]) -> Site:
    """Return how browsers reach this server."""
    return Site.of(get_services(request).settings.public_url)


def is_prefetched(request: Request[Any, Any, Any]) -> bool:
    """Return whether a browser prefetches the page."""
    return any("prefetch" in request.headers.get(name, "").lower() for name in _PREFETCH)


def _name(request: Request[Any, Any, Any], name: str) -> str:
    services = get_services(request)
    if services.is_local:  # cookies ignore ports, and other programs on this machine have theirs
        return f"{name}-{services.settings.port}"
    # A browser accepts such a cookie from this host only, and only over https.
    return f"__Host-{name}" if site_of(request).secure else name


def cookie_of(request: Request[Any, Any, Any], name: str) -> str | None:
    """Return a cookie of this server; None if there is none, or it is malformed."""
    value = request.cookies.get(_name(request, name), "")
    return value if _COOKIE.match(value) else None


def keep_cookie(
    request: Request[Any, Any, Any], response: Response[Any], name: str, value: str, seconds: int | None = None
) -> None:
    """Set a cookie to ``value``, for ``seconds`` or the browser's session."""
    response.set_cookie(
        Cookie(
            key=_name(request, name),
            value=value,
            path="/",
            httponly=True,
            samesite="lax",
            secure=site_of(request).secure,
            max_age=seconds,
        )
    )


def drop_cookie(request: Request[Any, Any, Any], response: Response[Any], name: str) -> None:
    """Delete a cookie."""
    keep_cookie(request, response, name, "", 0)


def make_browser() -> str:
    """Return a new secret that identifies a browser."""
    return make_token()


def csrf_token(secret: str) -> str:
    """Return the token that forms for the browser with this cookie must contain."""
    return hmac.new(secret.encode(), b"composio form", hashlib.sha256).hexdigest()


async def read_form(request: Request[Any, Any, Any], secret: str | None) -> dict[str, str]:
    """Return a form's fields. ``secret`` is the cookie of its browser. Raises ``FormRefused``."""
    _check_sender(request, _TYPE)
    body = await request.body()
    if len(body) > _FORM_BYTES:
        raise FormRefused("The form's values are too long.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise FormRefused("The form can't be read.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormRefused("The form has a field twice.")
    _check_token(fields.pop("csrf", ""), secret)
    return fields


async def read_upload(request: Request[Any, Any, Any], secret: str | None, field: str) -> tuple[dict[str, str], Upload | None]:
    """Return the fields of a form with a file input ``field``, and the file; None if none was chosen.

    Raises ``FormRefused``.

    The server's settings limit the length of a request's body.
    """
    _check_sender(request, _FILES_TYPE)
    try:
        sent = await request.form()
    except (ClientException, UnicodeDecodeError, LookupError):  # an unknown encoding is a LookupError
        raise FormRefused("The form can't be read.") from None
    pairs = list(sent.multi_items())
    fields = {name: value for name, value in pairs if isinstance(value, str)}
    files = [(name, value) for name, value in pairs if isinstance(value, UploadFile)]
    try:
        if len(fields) + len(files) != len(pairs) or any(name != field for name, _ in files) or len(files) > 1:
            raise FormRefused("The form has a field twice, or a file that it does not take.")
        _check_token(fields.pop("csrf", ""), secret)
        found = [Upload(value.filename, await value.read()) for _, value in files]
    finally:
        for _, value in files:
            await value.close()
    return fields, next(iter(found), None)


def _check_token(sent: str, secret: str | None) -> None:
    if secret is None or not hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), csrf_token(secret).encode()):
        raise FormRefused("This form is too old, or the browser keeps no cookies. Open the page again.")


def _check_sender(request: Request[Any, Any, Any], kind: str) -> None:
    """Raise ``FormRefused`` for a form from another site, according to the browser, or with another media type."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        fits = site.lower() in {"same-origin", "none"}
    else:
        # Pages with a no-referrer policy make the browser send "null" instead.
        origin = request.headers.get("origin", "null").lower()
        own = {request.headers.get("host", "").lower(), urlsplit(get_services(request).settings.public_url).netloc.lower()}
        fits = origin == "null" or urlsplit(origin).netloc in own
    if not fits:
        raise FormRefused("This form was sent by another site's page.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise FormRefused("This page accepts only its own form.")
