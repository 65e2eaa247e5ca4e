"""Error pages: what happened, and no internals."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from composio.errors import ConnectedAccountNotFound, IntegrationNotFound, StoreError
from composio_server.pages.browser import FormRefused, site_of
from composio_server.pages.link import explain
from composio_server.pages.render import page

__all__ = ["show_error"]

_WORDS = {404: ("Nothing is here", "Check the address."), 413: ("This is too large", "Type less.")}


def show_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return a page that says what happened, and no more."""
    status = error.status_code if isinstance(error, HTTPException) else _status_of(error)
    if isinstance(error, HTTPException):
        title, message = _WORDS.get(status, ("Something went wrong", "Go back, and try again."))
    elif status == 400:
        title, message = "Something went wrong", "The address or the form has a character or a number that can't be stored."
    else:
        title, message = "Something went wrong", explain(error)
    shown = page("message", status=status, site=site_of(request), title=title, message=message, ok=False, again=None)
    if status == 503:
        shown.headers["retry-after"] = "5"
    return shown


def _status_of(error: Exception) -> int:
    if isinstance(error, FormRefused):
        return 403
    if isinstance(error, ConnectedAccountNotFound | IntegrationNotFound):
        return 404
    if isinstance(error, StoreError):
        return 400 if error.reason == "value" else 503
    return 500
