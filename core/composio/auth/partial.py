"""The flows that a scheme has no use for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx

from composio.auth import bearer
from composio.auth.flow import Flow, FlowContext, Grant, Pending
from composio.errors import AuthorizationError
from composio.model.app import AuthScheme
from composio.model.secret import SecretValues

__all__ = ["PartialScheme"]


class PartialScheme:
    """Signs with a bearer token; nobody comes back, nothing is polled, nothing can be revoked. Subclasses add what they have."""

    def sign(self, request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]:
        """As ``bearer``."""
        yield from bearer.sign(request, scheme, values)

    def complete(self, context: FlowContext, pending: SecretValues, callback: Mapping[str, str]) -> Flow[Grant]:  # noqa: ARG002 - the protocol's arguments, here and below
        """Raises ``AuthorizationError``."""
        yield from ()
        raise AuthorizationError(f"{context.app.name}: {context.scheme.auth_mode} has no callback.", code="unsupported")

    def poll(self, context: FlowContext, pending: SecretValues) -> Flow[Grant | Pending]:  # noqa: ARG002 - as above
        """Raises ``AuthorizationError``."""
        yield from ()
        raise AuthorizationError(f"{context.app.name}: {context.scheme.auth_mode} has no flow for devices.", code="unsupported")

    def revoke(self, context: FlowContext) -> Flow[None]:  # noqa: ARG002 - as above
        """Does nothing: the provider has no revocation endpoint."""
        yield from ()
