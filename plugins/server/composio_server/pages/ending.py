"""Where a user goes after connecting succeeded or failed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from litestar import Response

from composio.callback.page import destination, is_web_address
from composio_server.pages.render import Site, headers_of, page, send_away
from composio_server.services.branding import Branding

__all__ = ["find_goal", "show_connected", "show_failed"]

_OWN = "connected_account_id"


def _without_halves(text: str) -> str:
    """Return ``text`` without characters that UTF-8 cannot encode: unpaired surrogates."""
    return text.encode("utf-8", "replace").decode()


def find_goal(url: str | None, *, ok: bool, connection_id: str, app: str) -> str | None:
    """Return the developer's URL with the outcome, in v0.7's and v3's form; None if there is none.

    The parameters are ``status=success|failed``, ``connectedAccountId`` and ``connected_account_id``, and ``appName``.
    """
    if not url:
        return None
    url, connection_id, app = map(_without_halves, (url, connection_id, app))
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets without a valid address
        return None
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] != _OWN]
    named = urlunsplit(parts._replace(query="&".join([*kept, f"{_OWN}={quote(connection_id, safe='')}"])))
    goal = destination(named, ok=ok, connection_id=connection_id, app=app)
    return goal if is_web_address(goal) else None


def show_connected(goal: str | None, app_name: str, branding: Branding, *, site: Site, redirect: bool = False) -> Response[Any]:
    """The user is connected. ``redirect`` says that no form led here, so that browsers follow a redirect anywhere."""
    if goal is None:
        message = f"{app_name} is connected. You can close this window."
        return page("message", branding=branding, site=site, title="Connected", message=message, ok=True, again=None)
    if redirect:
        return _redirect(goal, branding, site=site)
    return send_away(goal, title="Connected", message=f"{app_name} is connected. One moment.", branding=branding, site=site)


def show_failed(
    goal: str | None, message: str, branding: Branding, *, site: Site, status: int = 400, again: str | None = None
) -> Response[Any]:
    """The user could not be connected. They go to ``goal``, or see why and may try ``again``."""
    if goal is not None:
        return _redirect(goal, branding, site=site)
    return page(
        "message",
        status=status,
        branding=branding,
        site=site,
        title="Not connected",
        message=message,
        ok=False,
        again=again,
    )


def _redirect(goal: str, branding: Branding, *, site: Site) -> Response[Any]:
    headers = {**headers_of(branding, site=site), "location": goal}
    return Response(b"", status_code=302, media_type="text/html", headers=headers)
