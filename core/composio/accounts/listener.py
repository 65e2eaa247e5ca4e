"""The listener on this machine that callbacks go to where nobody configured a redirect URI. Started on first use."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from composio.errors import AuthorizationError, ComposioError
from composio.model.connection import Connection

if TYPE_CHECKING:
    from composio.accounts.loopback import CallbackResult, LoopbackListener

__all__ = ["Listener"]

log = logging.getLogger("composio.accounts")


class Listener:
    """Gives a redirect URI on this machine and finishes what comes back to it. ``answer`` completes a callback's URL."""

    def __init__(self, answer: Callable[[str], Connection], environ: Mapping[str, str]) -> None:
        self._answer, self._environ = answer, environ
        self._lock = threading.Lock()
        self._listener: LoopbackListener | None = None

    @property
    def usual_uri(self) -> str:
        """What to register with a provider; nothing is started."""
        return self._made().usual_uri

    def expect(self) -> str:
        """The redirect URI, where somebody listens from now on."""
        uri = self._made().redirect_uri
        log.info("waiting for the user at %s; set COMPOSIO_REDIRECT_URI where users come back to your own application", uri)
        return uri

    def listen_for(self, redirect_uri: str) -> None:
        """Listen, where a configured redirect URI is this listener's own."""
        if redirect_uri == self.usual_uri:
            self.expect()

    def _made(self) -> LoopbackListener:
        from composio.accounts.loopback import LoopbackListener

        with self._lock:
            if self._listener is None:
                self._listener = LoopbackListener(self._complete, environ=self._environ)
            return self._listener

    def _complete(self, url: str) -> CallbackResult:
        from composio.accounts.loopback import CallbackResult

        try:
            one = self._answer(url)
        except ComposioError as error:
            goal = error.redirect_url if isinstance(error, AuthorizationError) else None
            goto = _with(goal, status="failed") if goal else None
            return CallbackResult(title="Not connected", message=str(error), ok=False, goto=goto)
        goto = (
            _with(one.redirect_url, status="success", connectedAccountId=one.id, appName=one.app) if one.redirect_url else None
        )
        message = f"{one.app} is connected. You can close this window."
        return CallbackResult(title="Connected", message=message, ok=True, goto=goto)

    def close(self) -> None:
        """Stop listening."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()


def _with(url: str, **parameters: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(parameters))))))
