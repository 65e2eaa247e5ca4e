"""Every page's routes, and what a person sees of an error."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router
from litestar.exceptions import HTTPException

from composio.errors import ConnectedAccountNotFound, IntegrationNotFound, StoreError
from composio_server.pages.assets import serve_accent, serve_asset
from composio_server.pages.browser import FormRefused, is_secure
from composio_server.pages.callback import receive_callback
from composio_server.pages.consent import ask_for_consent, decide
from composio_server.pages.home import show_home
from composio_server.pages.letting_in import ask_to_let_in, let_in
from composio_server.pages.link import explain, open_link, submit_link, tell_status
from composio_server.pages.render import page
from composio_server.pages.signing_in import finish_openid, go_to_openid, show_sign_in, sign_in, sign_out

__all__ = ["PAGES"]

_WORDS = {404: ("Nothing is here", "Check the address."), 413: ("This is too large", "Type less.")}


def show_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A page that says what happened, and no more than that."""
    status = error.status_code if isinstance(error, HTTPException) else _status_of(error)
    if isinstance(error, HTTPException):
        title, message = _WORDS.get(status, ("That did not work", "Go back, and try again."))
    else:
        title, message = "That did not work", explain(error)
    shown = page("message", status=status, secure=is_secure(request), title=title, message=message, ok=False, again=None)
    if status == 503:
        shown.headers["retry-after"] = "5"
    return shown


def _status_of(error: Exception) -> int:
    if isinstance(error, FormRefused):
        return 403
    if isinstance(error, ConnectedAccountNotFound | IntegrationNotFound):
        return 404
    return 503 if isinstance(error, StoreError) else 500


PAGES: list[Router] = [
    Router(
        "/",
        route_handlers=[
            *(serve_asset, serve_accent),
            *(open_link, submit_link, tell_status, receive_callback),
            *(ask_to_let_in, let_in),
            *(ask_for_consent, decide),
            *(show_home, show_sign_in, sign_in, go_to_openid, finish_openid, sign_out),
        ],
        exception_handlers={Exception: show_error},
    )
]
