"""The listener on this machine that receives callbacks if no redirect URI is configured. Started on first use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from composio.errors import AuthorizationError, ComposioError, ConfigurationError
from composio.model.connection import Connection
from composio.process.forks import lock

if TYPE_CHECKING:
    from composio.callback.loopback import CallbackResult, LoopbackListener

__all__ = ["CallbackListener", "Listener", "NoListener"]

log = logging.getLogger("composio.accounts")


class CallbackListener(Protocol):
    """Where users come back to if the caller does not send them elsewhere."""

    @property
    def usual_uri(self) -> str:
        """Return the redirect URI to register with a provider."""
        ...

    def expect(self) -> str:
        """Return the redirect URI, after starting to listen there."""
        ...

    def listen_for(self, redirect_uri: str) -> None:
        """Start to listen if a configured redirect URI is this listener's own."""
        ...

    def close(self) -> None: ...


class NoListener:
    """A host with an address of its own: users come back there, or the connection is not started."""

    usual_uri = "the redirect URI of your server"

    def expect(self) -> str:
        raise ConfigurationError(
            "Nobody listens for the user who comes back from the provider: say where that is. Pass redirect_uri with the "
            "integration, or set COMPOSIO_REDIRECT_URI."
        )

    def listen_for(self, redirect_uri: str) -> None:
        """Do nothing: something else listens there."""

    def close(self) -> None:
        """Do nothing: nothing is open."""


class Listener:
    """Provide a redirect URI on this machine and finish the callbacks that arrive there.

    ``answer`` completes a callback's URL.
    """

    def __init__(self, answer: Callable[[str], Connection], environ: Mapping[str, str]) -> None:
        self._answer, self._environ = answer, environ
        self._lock = lock()
        self._listener: LoopbackListener | None = None

    @property
    def usual_uri(self) -> str:
        """Return the redirect URI to register with a provider. Starts nothing."""
        return self._make().usual_uri

    def expect(self) -> str:
        """Return the redirect URI, after starting to listen there."""
        uri = self._make().redirect_uri
        log.info("waiting for the user at %s; set COMPOSIO_REDIRECT_URI where users come back to your own application", uri)
        return uri

    def listen_for(self, redirect_uri: str) -> None:
        """Start to listen if a configured redirect URI is this listener's own; some providers require ``localhost`` in it."""
        if redirect_uri.replace("//localhost:", "//127.0.0.1:", 1) == self.usual_uri:
            self.expect()

    def _make(self) -> LoopbackListener:
        from composio.callback.loopback import LoopbackListener

        with self._lock:
            if self._listener is None:
                self._listener = LoopbackListener(self._complete, environ=self._environ)
            return self._listener

    def _complete(self, url: str) -> CallbackResult:
        from composio.callback.loopback import CallbackResult
        from composio.callback.page import destination

        try:
            one = self._answer(url)
        except ComposioError as error:
            message = f"{error}\n\nClose this window, and start again where you began."
            return CallbackResult(title="Not connected", message=message, ok=False, goto=_goal(error))
        goto = destination(one.redirect_url, ok=True, connection_id=one.id, app=one.app) if one.redirect_url else None
        message = f"{one.app} is connected. You can close this window."
        return CallbackResult(title="Connected", message=message, ok=True, goto=goto)

    def close(self) -> None:
        """Stop listening."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()


def _goal(error: ComposioError) -> str | None:
    """Return the developer's page for users who could not be connected."""
    if not isinstance(error, AuthorizationError) or not error.redirect_url:
        return None
    from composio.callback.page import destination

    return destination(error.redirect_url, ok=False, connection_id=error.connection_id or "", app=error.app or "")
