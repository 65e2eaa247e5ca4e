"""Whom a toolset acts for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from composio.client import arguments as read
from composio.client.arguments import AppLike, AuthLike
from composio.errors import InvalidRequest
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY, Who
from composio.process.forks import lock
from composio.toolset.offers import Whose

__all__ = ["Acting"]


class Acting:
    """The entity, connections and credentials that a toolset was given. ``own_entity`` is None where it was given none."""

    def __init__(self, entity_id: str | None, connected_account_ids: object) -> None:
        self.own_entity = None if entity_id is None else read.entity(entity_id)
        self.app_connections = read.connections_by_app(connected_account_ids)
        self.app_auth: Mapping[str, CustomAuth] = MappingProxyType({})
        self._lock = lock()

    def choose(self, entity_id: str | None) -> str | None:
        """The entity that this call or else the toolset was given; None where nobody named one."""
        return self.own_entity if entity_id is None else read.entity(entity_id)

    def entity(self, entity_id: str | None = None) -> str:
        """The same, and the default entity where nobody named one."""
        return self.choose(entity_id) or DEFAULT_ENTITY

    def agree(self, entity_id: str) -> str:
        """The one that both the call and the toolset mean. Raises ``InvalidRequest`` if they name two; the default gives way."""
        given = read.entity(entity_id)
        if self.own_entity in (None, DEFAULT_ENTITY):
            return given
        if given not in (DEFAULT_ENTITY, self.own_entity):
            raise InvalidRequest(
                f"This toolset acts for {self.own_entity!r}; to act for {given!r}, make one with that entity_id."
            )
        return self.own_entity

    def whose(self, entity_id: str | None, connected_account_id: object) -> Whose:
        """What a call itself says of whom it is for."""
        return Whose(None if entity_id is None else read.entity(entity_id), read.connection(connected_account_id))

    def who(self, entity_id: str | None, connected_account_id: object = None, auth: AuthLike = None) -> Who:
        """Who acts in a call, with what this toolset was given."""
        named = self.choose(entity_id)
        return Who(
            entity_id=named or DEFAULT_ENTITY,
            connected_account_id=read.connection(connected_account_id),
            any_entity=named is None,
            app_connections=self.app_connections,
            auth=None if auth is None else CustomAuth.of(auth),
            app_auth=self.app_auth,
        )

    def add_auth(self, app: AppLike, auth: CustomAuth) -> None:
        """Use ``auth`` for every later call to ``app``."""
        with self._lock:
            self.app_auth = MappingProxyType({**self.app_auth, read.app_name(app).lower(): auth})
