"""Batch the database lookups of requests that arrive together: each row once, and one query per kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from composio.model.secret import SecretValues
from composio.model.trigger_instance import TriggerInstance, TriggerSubscription
from composio.store.triggers import instances, subscriptions
from composio.triggers.host import TriggerHost

if TYPE_CHECKING:
    from composio.store.records import Sealed

__all__ = ["Lookups", "OpenSubscription"]


@dataclass(frozen=True, slots=True)
class OpenSubscription:
    """A subscription with its secrets."""

    subscription: TriggerSubscription
    secrets: SecretValues


class Lookups:
    """For the requests to the subscriptions ``ids``. Blocking."""

    def __init__(self, host: TriggerHost, ids: Collection[str]) -> None:
        self._host = host
        self._stored: dict[str, tuple[TriggerSubscription, Sealed]] = {}
        self._open: dict[str, OpenSubscription] = {}
        self._instances: dict[str, TriggerInstance] = {}
        self._meant: dict[tuple[str, ...], Sequence[TriggerInstance]] = {}
        everything, wanted = host.part(None), set(ids)
        if len(wanted) == 1:  # the most frequent lookup, so it is the fastest
            [id_] = wanted
            found = subscriptions.get(everything, id_)
            self._stored = {} if found is None else {id_: found}
        else:
            self._stored = {one.id: (one, sealed) for one, sealed in subscriptions.get_many(everything, wanted)}
        owners = {one.instance_id for one, _ in self._stored.values() if one.instance_id}
        if len(owners) > 1:
            self._instances = {one.id: one for one in instances.get_many(everything, owners)}

    def subscription(self, id: str) -> OpenSubscription | None:  # noqa: A002 - the field's name
        """Return one of the subscriptions; None if it is gone. Raises the error of decrypting its secrets."""
        if (known := self._open.get(id)) is not None:
            return known
        found = self._stored.get(id)
        if found is None:
            return None
        opened = self._open[id] = OpenSubscription(found[0], self._host.open(*found))
        return opened

    def forget(self, id: str) -> None:  # noqa: A002
        """Invalidate a changed subscription: the next lookup reads it again."""
        self._open.pop(id, None)
        self._stored.pop(id, None)
        if (found := subscriptions.get(self._host.part(None), id)) is not None:
            self._stored[id] = found

    def instance(self, subscription: TriggerSubscription) -> TriggerInstance | None:
        """Return the instance with that address; None if it is gone."""
        known = self._instances.get(subscription.instance_id)
        if known is None:
            known = instances.get(self._host.part(subscription.project), subscription.instance_id)
            if known is not None:
                self._instances[known.id] = known
        return known if known is not None and known.project == subscription.project else None

    def meant(self, subscription: TriggerSubscription, slugs: Sequence[str]) -> Sequence[TriggerInstance]:
        """Return the instances of these triggers that share an address."""
        key = subscription.project, subscription.app, subscription.integration_id, *slugs
        if (known := self._meant.get(key)) is None:
            part, integration = self._host.part(subscription.project), subscription.integration_id
            known = instances.fan_out(part, subscription.app, slugs, integration_id=integration)
            self._meant[key] = known
        return known
