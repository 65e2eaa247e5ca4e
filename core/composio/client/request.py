"""A started connection, as the waiting caller sees it.

Source: documentation pages "Connecting to OAuth Apps" and "Connecting to Token/API Key Apps"; the camel-case names are v0.7's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from composio.client.arguments import entity
from composio.client.owner import blocking
from composio.client.spellings import url_of, values_of
from composio.errors import AuthorizationError, ConnectionTimeout, InvalidRequest
from composio.model.connection import Connection, ConnectionStarted, ConnectionStatus
from composio.model.dump import Dumps
from composio.model.secret import veil

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["ConnectionRequest"]

# Seconds between two polls: short at first for tests and quick users, then longer.
_FIRST_LOOK, _SLOWER, _LAST_LOOK = 0.1, 1.5, 2.0


class _HasBackend(Protocol):
    @property
    def backend(self) -> Backend: ...


class ConnectionRequest(Dumps):
    """The return value of ``initiate_connection``.

    ``redirectUrl`` is the page for the user, None if nothing is left to do. ``user_code`` is the code to type there, for apps
    on devices without a browser. ``connectionStatus`` is the last known status. Its repr contains no secret.
    """

    def __init__(self, backend: Backend, started: ConnectionStarted) -> None:
        self.backend = backend
        self._started = started

    @property
    def connection(self) -> Connection:
        """The connection in its last known state."""
        return self._started.connection

    @property
    def connected_account_id(self) -> str:
        """The connection's id. Store it with your user."""
        return self.connection.id

    @property
    def connection_status(self) -> str:
        """``INITIATED`` until the user is done, then ``ACTIVE`` or ``FAILED``."""
        return str(self.connection.status)

    @property
    def redirect_url(self) -> str | None:
        """The page for the user's browser."""
        return self._started.redirect_url

    @property
    def user_code(self) -> str | None:
        """The code to type at :attr:`redirect_url`, if the app asks for one."""
        return self._started.user_code

    @property
    def expires_at(self) -> float | None:
        """When the request expires, in seconds since 1970."""
        return self._started.expires_at

    @property
    def id(self) -> str:
        """The same as :attr:`connected_account_id`."""
        return self.connection.id

    @property
    def connectedAccountId(self) -> str:  # noqa: N802 - v0.7's name, as the next ones
        return self.connection.id

    @property
    def connectionStatus(self) -> str:  # noqa: N802
        return self.connection_status

    @property
    def redirectUrl(self) -> str | None:  # noqa: N802
        return self._started.redirect_url

    def __repr__(self) -> str:
        shown = (
            f"connectedAccountId={self.id!r}, connectionStatus={self.connection_status!r}, redirectUrl={self.redirect_url!r}"
        )
        return f"ConnectionRequest({shown}{f', user_code={self.user_code!r}' if self.user_code else ''})"

    def listing(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "connectedAccountId": self.id,
            "connectionStatus": self.connection_status,
            "redirectUrl": self.redirect_url,
            "user_code": self.user_code,
            "expires_at": self.expires_at,
        }

    async def await_until_active(self, client: _HasBackend | None = None, timeout: float = 60.0) -> Connection:  # noqa: ASYNC109 - the documented name
        """Wait until the connection is active, no matter which process finishes it, and return it.

        ``client`` is ``toolset.client``, as documented, and defaults to the client that created this request. Raises
        :class:`~composio.errors.ConnectionTimeout`, which is a ``TimeoutError``, after ``timeout`` seconds, and
        :class:`~composio.errors.AuthorizationError` at once if the user or the provider declines.
        """
        import anyio

        accounts = self._ask(client).accounts
        until, pause = time.monotonic() + _seconds(timeout), _FIRST_LOOK
        while True:
            found = await accounts.advance(self.id)
            self._see(found)
            if found.status is ConnectionStatus.ACTIVE:
                return found
            if found.status is ConnectionStatus.FAILED:
                raise AuthorizationError(
                    f"{found.app}: the connection {found.id} failed: {(found.error or 'the provider gave no reason').rstrip('.')}."
                    " Begin again with initiate_connection or reinitiate_connection."
                )
            left = until - time.monotonic()
            if left <= 0:
                raise ConnectionTimeout(self._explain_missing(found, timeout), code="timeout")
            await anyio.sleep(min(pause, left))
            pause = min(pause * _SLOWER, _LAST_LOOK)

    async def asave_user_access_data(
        self,
        client: _HasBackend | None = None,
        field_inputs: Mapping[str, Any] | None = None,
        redirect_url: str | None = None,
        entity_id: str | None = None,
    ) -> ConnectionRequest:
        """Submit the values that the user typed, for a connection that waits for them. Returns the updated request.

        ``entity_id`` is the caller's user: the connection must belong to that entity. ``redirect_url`` is the page for the user
        afterwards.
        """
        field_inputs = veil(field_inputs)
        if field_inputs is None:
            raise InvalidRequest("save_user_access_data takes field_inputs={'api_key': ...}: what the user filled in.")
        known = None if entity_id is None else entity(entity_id)
        values = values_of(field_inputs, "field_inputs")
        after = url_of(redirect_url, "redirect_url")
        self._started = await self._ask(client).accounts.submit(self.id, values, entity_id=known, redirect_url=after)
        return self

    wait_until_active = blocking(await_until_active)
    save_user_access_data = blocking(asave_user_access_data)

    def _ask(self, client: _HasBackend | None) -> Backend:
        if client is None:
            return self.backend
        if not hasattr(client, "backend"):
            raise InvalidRequest(f"client= takes toolset.client, a Composio, not {type(client).__name__}.")
        return client.backend

    def _see(self, found: Connection) -> None:
        old = self._started
        url = None if found.status is ConnectionStatus.ACTIVE else old.redirect_url
        self._started = ConnectionStarted(
            connection=found, redirect_url=url, user_code=old.user_code, expires_at=old.expires_at
        )

    def _explain_missing(self, found: Connection, waited: float) -> str:
        said = f"{found.app}: the connection {found.id} is {found.status} and did not become active in {waited:g} seconds. "
        if self.expires_at is not None and self.expires_at < time.time():
            return said + "Its offer has ended since; begin again with initiate_connection."
        if self.user_code:
            return said + f"The user has not entered the code {self.user_code} at {self.redirect_url} yet."
        if self.redirect_url:
            return said + (
                "The user has not come back from the provider yet: send the browser to redirectUrl, and where it comes back to"
                " your own web app, call toolset.complete_connection(url) there."
            )
        return said + f"Reason: {found.error}." if found.error else said + "It waits for values: see save_user_access_data."


def _seconds(timeout: object) -> float:
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout < 0:
        raise InvalidRequest(f"timeout is how many seconds to wait, a number that is not negative; got {timeout!r:.60}.")
    return float(timeout)
