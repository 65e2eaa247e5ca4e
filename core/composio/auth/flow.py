"""The interface of authentication schemes: pure protocol, no I/O.

A flow is a generator that yields requests and is sent their responses, read to their end; whoever drives it decides how they
travel. So one implementation serves synchronous callers, asynchronous ones and tests.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import httpx

from composio.model.app import AppModel, AuthScheme
from composio.model.secret import NO_VALUES, SecretValues

__all__ = ["Begun", "ConnectingScheme", "Flow", "FlowContext", "Grant", "Pending", "Signer", "connecting", "signer"]

T = TypeVar("T")
Flow: TypeAlias = Generator[httpx.Request, httpx.Response, T]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowContext:
    """The connecting user's values and the app.

    ``client`` holds the integration's own values (``client_id``, ``client_secret``, fields that customers do not fill),
    ``values`` the connection's (fields and tokens). ``scopes`` are those to ask for, ``redirect_uri`` where the provider sends
    the user back, ``now`` seconds since 1970.
    """

    app: AppModel
    scheme: AuthScheme
    client: SecretValues = NO_VALUES
    values: SecretValues = NO_VALUES
    scopes: tuple[str, ...] = ()
    redirect_uri: str = ""
    now: float = 0.0

    @property
    def all_values(self) -> SecretValues:
        """What templates may use."""
        return self.client | self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The result of a flow: values to store over the connection's own.

    ``expires_at`` is when the access token ends, ``refresh_at`` when it is to be renewed; None for tokens that never end.
    ``scopes`` are what was granted, as far as the provider said.
    """

    values: SecretValues
    expires_at: float | None = None
    refresh_at: float | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A connection that was begun: either ``grant`` is there at once, or the user goes to ``redirect_url``.

    ``pending`` is kept, sealed, until the user comes back: a PKCE verifier, a request token's secret, a device code.
    ``interval`` is how many seconds lie between two polls of a device flow, None for flows that come back by redirect.
    """

    grant: Grant | None = None
    redirect_url: str | None = None
    pending: SecretValues = NO_VALUES
    user_code: str | None = None
    interval: float | None = None
    expires_in: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The user has not answered a device flow yet; ask again after ``interval`` seconds."""

    interval: float


class Signer(Protocol):
    """Puts credentials into a request in place; yields the names of the headers that were set."""

    def __call__(self, request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]: ...


@runtime_checkable
class ConnectingScheme(Protocol):
    """A scheme with more than typed values. Registered like a signer, as ``module:object``.

    Flows raise ``AuthorizationError`` where the user or the provider said no, ``TokenRequestFailed`` where the endpoint could
    not be understood, and ``GrantExpired`` where only connecting again helps.
    """

    def sign(self, request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]: ...

    def begin(self, context: FlowContext, state: str) -> Flow[Begun]:
        """Start a connection. ``state`` must come back with the user, as the parameter ``state`` of the callback."""
        ...

    def complete(self, context: FlowContext, pending: SecretValues, callback: Mapping[str, str]) -> Flow[Grant]:
        """Finish it with the callback's parameters."""
        ...

    def poll(self, context: FlowContext, pending: SecretValues) -> Flow[Grant | Pending]:
        """Ask whether a device flow's user has answered."""
        ...

    def renew(self, context: FlowContext) -> Flow[Grant]:
        """New tokens for those in ``context.values``."""
        ...

    def revoke(self, context: FlowContext) -> Flow[None]:
        """Revoke the connection at the provider; does nothing if that is not supported."""
        ...


def _object(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


@lru_cache(maxsize=64)
def signer(reference: str) -> Signer:
    """The signing part of what is registered as ``module:object``."""
    found = _object(reference)
    sign: Signer = found.sign if isinstance(found, ConnectingScheme) else found
    return sign


@lru_cache(maxsize=64)
def connecting(reference: str) -> ConnectingScheme | None:
    """The connecting scheme that is registered as ``module:object``; None where its connections are typed values."""
    found = _object(reference)
    return found if isinstance(found, ConnectingScheme) else None
