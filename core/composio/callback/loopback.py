"""A listener on the loopback interface that receives a provider's callback when there is no web app.

Source: RFC 8252 sections 7.3 (loopback redirect) and 8.3 (loopback interface only, and only while a user is expected).
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import selectors
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from urllib.parse import urlsplit

from composio.callback.server import CallbackResult, CallbackServer
from composio.errors import ComposioError, ConfigurationError
from composio.process.forks import renew, rlock

__all__ = ["CALLBACK", "DEFAULT_PORT", "PORT_VARIABLE", "CallbackResult", "LoopbackListener", "choose_port"]

CALLBACK = "/callback"
# Fixed, so that one redirect URI can be registered with providers that compare the full URI.
DEFAULT_PORT = 8419
PORT_VARIABLE = "COMPOSIO_REDIRECT_PORT"
_LIFE = 600.0  # seconds a user may take: the lifetime of a state
_LAST_ANSWERS = 5.0  # seconds that closing waits for responses in progress
_REMEMBERED = 64  # callbacks whose response is kept for a browser that reloads the page
_HIGHEST_PORT = 65535
_log = logging.getLogger("composio")


def choose_port(environ: Mapping[str, str]) -> int:
    """Return the port to try first: ``COMPOSIO_REDIRECT_PORT``, else 8419; 0 means any free port."""
    text = environ.get(PORT_VARIABLE, "").strip()
    if not text:
        return DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and int(text) <= _HIGHEST_PORT):
        raise ConfigurationError(f"{PORT_VARIABLE}: expected a port from 1 to {_HIGHEST_PORT}, or 0 for any; got {text!r}.")
    return int(text)


class LoopbackListener:
    """Listen on 127.0.0.1 for providers' callbacks, on a separate thread, while users are expected.

    ``complete`` gets the full URL of the callback and returns the outcome. It is called on the threads of the requests, several
    at once, and once per URL: a reloaded page shows the first outcome. The page shows the message of a ``ComposioError``; of
    any other exception it only says that something failed.

    ``port`` is tried first, by default ``COMPOSIO_REDIRECT_PORT``, else 8419; 0 means any. If it is taken, any free port is
    used.
    """

    def __init__(
        self,
        complete: Callable[[str], CallbackResult],
        *,
        port: int | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._complete = complete
        self._port, self._environ = port, environ
        self._lock = rlock()
        self._running: _Running | None = None
        self._answers: OrderedDict[str, Future[CallbackResult]] = OrderedDict()
        renew(self)

    def before_fork(self) -> None:
        """Do nothing: the parent keeps listening."""

    def after_fork(self) -> None:
        """Forget the parent's thread, which does not exist in this child.

        A child that expects users starts its own listener.
        """
        self._running, self._answers = None, OrderedDict()

    @property
    def usual_uri(self) -> str:
        """Return the redirect URI to register, valid as long as its port is free. Starts nothing."""
        return f"http://127.0.0.1:{self._choose_port() or DEFAULT_PORT}{CALLBACK}"

    @property
    def redirect_uri(self) -> str:
        """Return ``http://127.0.0.1:PORT/callback``, after starting to listen there for at least ten minutes."""
        return f"http://127.0.0.1:{self._expecting(_LIFE).port}{CALLBACK}"

    def expect(self, seconds: float = _LIFE) -> None:
        """Listen for ``seconds``, within which a user may come back."""
        self._expecting(seconds)

    def answers(self, redirect_uri: str) -> bool:
        """Return whether ``redirect_uri`` leads to this listener, also as ``localhost``. If so, start to listen."""
        try:
            parts = urlsplit(redirect_uri)
            host, port = parts.hostname, parts.port or 80
        except ValueError:  # not a valid port
            return False
        if (parts.scheme, parts.path) != ("http", CALLBACK) or host not in {"127.0.0.1", "localhost"}:
            return False
        return self._expecting(_LIFE).port == port

    @property
    def listening(self) -> bool:
        """Return whether the listener is running."""
        running = self._running
        return running is not None and running.alive

    def close(self) -> None:
        """Stop listening after responses in progress are sent. The next use starts again.

        What ``complete`` needs must exist until this returns.
        """
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.close()

    def _expecting(self, seconds: float) -> _Running:
        with self._lock:
            if self._running is None or not self._running.extend(seconds):
                self._running = self._listen(seconds)
            return self._running

    def _choose_port(self) -> int:
        return choose_port(self._environ) if self._port is None else self._port

    def _listen(self, seconds: float) -> _Running:
        wanted = self._choose_port()
        try:
            return _Running(CallbackServer(wanted, CALLBACK, self._once), seconds)
        except OSError as error:
            if not wanted:
                raise ConfigurationError(
                    f"No port of 127.0.0.1 can be listened on ({error.strerror or error}), so no user can be sent back to this "
                    "process. Give the integration the redirect URI of your own web app, and call "
                    "`toolset.complete_connection(callback_url)` there."
                ) from None
        running = _Running(CallbackServer(0, CALLBACK, self._once), seconds)
        _log.warning(
            "Port %d is taken, so users come back to port %d. A provider that compares redirect URIs whole will refuse: stop "
            "what listens there, or set %s to the port that you registered.",
            wanted,
            running.port,
            PORT_VARIABLE,
        )
        return running

    def _once(self, url: str) -> CallbackResult:
        """Return the outcome of a callback. Browsers load pages twice, so a callback counts once and its page is kept."""
        key = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
        with self._lock:
            known = self._answers.get(key)
            mine = self._answers.setdefault(key, Future())
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        if known is None:
            try:
                mine.set_result(self._complete_callback(url))
            except BaseException as error:  # threads that wait for the outcome must not wait forever
                mine.set_exception(error)
                raise
        return mine.result()

    def _complete_callback(self, url: str) -> CallbackResult:
        try:
            return self._complete(url)
        except ComposioError as error:
            return CallbackResult("Not connected", f"{error}\n\nStart again from the program that sent you here.", ok=False)
        except Exception as error:
            # Not the exception's message: a library wrote it, about a request that holds secrets.
            _log.error("A callback could not be handled: unexpected %s.", type(error).__name__)
            return CallbackResult(
                "Not connected", "Something went wrong in the program that sent you here. Start again from there.", ok=False
            )


class _Running:
    """A server and its thread, until the time is over or it is closed. The thread sleeps unless a browser connects."""

    def __init__(self, server: CallbackServer, seconds: float) -> None:
        self._server = server
        self.port = server.port
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._over = False
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="composio-redirect", daemon=True)
        renew(self)
        # A script ends as soon as it sees its connection; the browser must still get its page.
        atexit.register(self.close)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return not self._over

    def extend(self, seconds: float) -> bool:
        """Listen for at least ``seconds`` from now; return False if the listener has ended."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)
            return not self._over

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._is_over():
                ready = selector.select(max(0.0, self._until - time.monotonic()))
                if any(key.fileobj is self._server for key, _ in ready):
                    self._server.handle_request()
        self._end()

    def _is_over(self) -> bool:
        with self._lock:
            self._over = self._over or time.monotonic() >= self._until
            return self._over

    def _end(self) -> None:
        """Stop accepting connections, and answer those that are open. Runs on the thread."""
        self._server.server_close()
        self._server.drain(_LAST_ANSWERS)
        with self._lock:
            self._wake.close()
            self._woken.close()
        atexit.unregister(self.close)

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        with self._lock:
            self._over = True
            if self._wake.fileno() >= 0:
                self._wake.send(b"x")
        if not self._server.is_answering_here():
            self._thread.join()

    def before_fork(self) -> None:
        """Do nothing: the parent keeps listening."""

    def after_fork(self) -> None:
        """Close the inherited port, which must not stay open here when the parent ends."""
        self._over = True
        self._server.forget()
        self._wake.close()
        self._woken.close()
        atexit.unregister(self.close)
