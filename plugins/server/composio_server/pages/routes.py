"""The routes of all pages."""

from __future__ import annotations

from litestar import Router

from composio_server.pages.assets import serve_accent, serve_asset
from composio_server.pages.callback import receive_callback
from composio_server.pages.consent import ask_for_consent, decide
from composio_server.pages.errors import show_error
from composio_server.pages.home import show_home
from composio_server.pages.letting_in import ask_to_let_in, let_in
from composio_server.pages.link import open_link, submit_link, tell_status
from composio_server.pages.logos import serve_logo
from composio_server.pages.signing_in import finish_openid, go_to_openid, show_sign_in, sign_in, sign_out

__all__ = ["PAGES"]

PAGES: list[Router] = [
    Router(
        "/",
        route_handlers=[
            *(serve_asset, serve_accent, serve_logo),
            *(open_link, submit_link, tell_status, receive_callback),
            *(ask_to_let_in, let_in),
            *(ask_for_consent, decide),
            *(show_home, show_sign_in, sign_in, go_to_openid, finish_openid, sign_out),
        ],
        exception_handlers={Exception: show_error},
    )
]
