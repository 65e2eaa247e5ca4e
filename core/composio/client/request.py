"""A connection that was begun, as the one who waits for it sees it.

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

# Seconds between two looks: the first ones soon, for tests and quick users, then ever fewer.
_FIRST_LOOK, _SLOWER, _LAST_LOOK = 0.1, 1.5, 2.0


class _HasBackend(Protocol):
    @property
    def backend(self) -> Backend: ...


class ConnectionRequest(Dumps):
    """What ``initiate_connection`` returns.

    ``redirectUrl`` is where the user goes, None where nothing is left to do; ``user_code`` is what the user types there, for
    apps on devices without a browser. ``connectionStatus`` is as it was last seen here. Printing one shows no secret.
    """

    def __init__(self, backend: Backend, started: ConnectionStarted) -> None:
        self.backend = backend
        self._started = started

    @property
    def connection(self) -> Connection:
        """The connection, as it was last seen here."""
        return self._started.connection

    @property
    def connected_account_id(self) -> str:
        """The connection's id: keep it with your user."""
        return self.connection.id

    @property
    def connection_status(self) -> str:
        """``INITIATED`` while the user is away, then ``ACTIVE`` or ``FAILED``."""
        return str(self.connection.status)

    @property
    def redirect_url(self) -> str | None:
        """Where the user's browser goes."""
        return self._started.redirect_url

    @property
    def user_code(self) -> str | None:
        """What the user types at :attr:`redirect_url`, where the app asks for that."""
        return self._started.user_code

    @property
    def expires_at(self) -> float | None:
        """When the offer ends, in seconds since 1970."""
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
        """JSON-ready."""
        return {
            "connectedAccountId": self.id,
            "connectionStatus": self.connection_status,
            "redirectUrl": self.redirect_url,
            "user_code": self.user_code,
            "expires_at": self.expires_at,
        }

    async def await_until_active(self, client: _HasBackend | None = None, timeout: float = 60.0) -> Connection:  # noqa: ASYNC109 - the documented name
        """The connection once it is active, whoever finished it, in whichever process.

        ``client`` is ``toolset.client``, as documented; without it the one that this came from is asked. Raises
        :class:`~composio.errors.ConnectionTimeout`, which is a ``TimeoutError``, after ``timeout`` seconds, and
        :class:`~composio.errors.AuthorizationError` at once where the user or the provider said no.
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
                raise ConnectionTimeout(self._missing(found, timeout), code="timeout")
            await anyio.sleep(min(pause, left))
            pause = min(pause * _SLOWER, _LAST_LOOK)

    async def asave_user_access_data(
        self,
        client: _HasBackend | None = None,
        field_inputs: Mapping[str, Any] | None = None,
        redirect_url: str | None = None,
        entity_id: str | None = None,
    ) -> ConnectionRequest:
        """Hand over what the user typed, for a connection that waits for it; the request as it is then.

        ``entity_id`` is who the caller knows it is: another entity's connection is not filled. ``redirect_url`` is where the
        user goes once it is done.
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

    def _missing(self, found: Connection, waited: float) -> str:
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
