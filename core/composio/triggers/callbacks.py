"""Callback URLs: the addresses for a project's or an instance's events, and their signing secrets."""

from __future__ import annotations

import secrets as random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from composio.errors import InvalidRequest, nearest
from composio.model.dump import Dumps
from composio.model.secret import Secret
from composio.model.trigger_event import Destination
from composio.store.records import place_of
from composio.store.triggers import deliveries, outcomes
from composio.triggers.delivery import Mailbox
from composio.triggers.shapes import DEFAULT_SHAPE, check_shape
from composio.triggers.signing import new_secret

if TYPE_CHECKING:
    from composio.store.projects import Partition
    from composio.store.records import Sealed
    from composio.vault.vault import Vault

__all__ = ["CallbackUrl", "CallbackUrls"]

# How long a replaced secret signs beside the new one.
_BOTH_SECONDS: Final = 86400.0
_LONGEST_URL: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackUrl(Dumps):
    """A callback URL as its project sees it. ``secret`` is None unless requested."""

    destination: Destination
    secret: Secret | None = field(default=None, repr=False)

    def listing(self) -> dict[str, Any]:
        """Return a JSON-ready dict, with the secret if it is set."""
        one = self.destination
        shown = {
            "id": one.id,
            "url": one.url,
            "trigger_id": one.instance_id or None,
            "format": one.format,
            "ordered": one.ordered,
            "enabled": one.enabled,
            "reason": one.reason,
            "failing_since": one.failing_since,
        }
        return shown if self.secret is None else {**shown, "secret": self.secret.reveal()}


class CallbackUrls:
    """The callback URLs of each project. Blocking.

    ``part`` returns a project's rows and ``vault`` decrypts its secrets. ``guarded`` returns whether a project's addresses come
    from a tenant, not the operator; ``judge`` raises ``UpstreamRefused`` for a forbidden one.
    """

    def __init__(
        self,
        part: Callable[[str], Partition],
        vault: Callable[[str], Vault],
        *,
        guarded: Callable[[str], bool] = bool,
        judge: Callable[[str], None] = lambda _: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._part, self._vault, self._guarded, self._judge, self._now = part, vault, guarded, judge, now

    def set(
        self,
        project: str,
        url: str,
        *,
        instance_id: str = "",
        format: str = DEFAULT_SHAPE,  # noqa: A002 - the field's name
        ordered: bool = False,
    ) -> CallbackUrl:
        """Send the project's events, or one instance's, to ``url``. An existing URL is replaced and keeps its secret.

        ``format`` is ``v1`` (v0.7's), ``v2`` or ``v3``. ``ordered`` delivers events strictly in order. Returns the secret.
        Raises InvalidRequest if ``url`` is not a URL.
        """
        address, shape = self._check(project, url), check_shape(format)
        part, now = self._part(project), self._now()
        present = deliveries.list_destinations(part, instance_id=instance_id)
        if present:
            id_ = present[0].id
            deliveries.update_destination(part, id_, now=now, url=address, format=shape, ordered=ordered)
            outcomes.switch_on(part, id_, now=now)
            return self.get(project, id_, secret=True)
        made = Destination(
            id=f"cb_{random.token_hex(12)}",
            url=address,
            instance_id=instance_id,
            format=shape,
            ordered=ordered,
            created_at=now,
            updated_at=now,
            project=project,
        )
        secret = new_secret()
        deliveries.add_destination(part, made, self._vault(project).seal({"current": secret}, place_of(made)))
        return CallbackUrl(destination=made, secret=Secret(secret))

    def list(self, project: str) -> list[CallbackUrl]:
        """List callback URLs, oldest first, without secrets."""
        return [CallbackUrl(destination=one) for one in deliveries.list_destinations(self._part(project))]

    def get(self, project: str, id: str, *, secret: bool = False) -> CallbackUrl:  # noqa: A002 - the field's name, as below
        """Return one, with its secret if requested. Raises InvalidRequest for an unknown id."""
        destination, sealed = self._find(project, id)
        return CallbackUrl(destination=destination, secret=self._open(project, destination, sealed)[0] if secret else None)

    def rotate(self, project: str, id: str) -> CallbackUrl:  # noqa: A002
        """Replace the secret and return the new one. The former one also signs for a day."""
        destination, sealed = self._find(project, id)
        current = self._open(project, destination, sealed)[0]
        now, secret = self._now(), new_secret()
        values = {"current": secret, "former": current.reveal(), "former_until": str(now + _BOTH_SECONDS)}
        sealed_anew = self._vault(project).seal(values, place_of(destination))
        deliveries.update_destination(self._part(project), id, now=now, sealed=sealed_anew)
        return CallbackUrl(destination=replace(destination, updated_at=now), secret=Secret(secret))

    def enable(self, project: str, id: str) -> CallbackUrl:  # noqa: A002
        """Resume sending after it was paused, disabled or gone."""
        self._find(project, id)
        outcomes.switch_on(self._part(project), id, now=self._now())
        return self.get(project, id)

    def disable(self, project: str, id: str, reason: str = "switched off by hand") -> CallbackUrl:  # noqa: A002
        """Stop sending, and drop its pending deliveries."""
        self._find(project, id)
        outcomes.switch_off(self._part(project), id, now=self._now(), reason=reason)
        return self.get(project, id)

    def remove(self, project: str, id: str) -> None:  # noqa: A002
        """Delete it with its pending deliveries."""
        self._find(project, id)
        deliveries.delete_destination(self._part(project), id)

    def open(self, project: str, destination_id: str) -> Mailbox | None:
        """Return it for the deliverer, with the current secrets."""
        found = deliveries.get_destination(self._part(project), destination_id)
        if found is None:
            return None
        destination, sealed = found
        secrets = self._open(project, destination, sealed)
        return Mailbox(destination=destination, secrets=secrets, guarded=self._guarded(project))

    def _open(self, project: str, destination: Destination, sealed: Sealed) -> tuple[Secret, ...]:
        values: Mapping[str, str] = self._vault(project).open(sealed, place_of(destination))
        current = Secret(values["current"])
        is_both = "former" in values and self._now() < float(values["former_until"])
        return (current, Secret(values["former"])) if is_both else (current,)

    def _find(self, project: str, id_: str) -> tuple[Destination, Sealed]:
        part = self._part(project)
        found = deliveries.get_destination(part, id_)
        if found is None:
            close = nearest(id_, [one.id for one in deliveries.list_destinations(part)])
            hint = f" Did you mean {close[0]}?" if close else ""
            raise InvalidRequest(f"There is no callback URL {id_!r:.80}.{hint} `composio triggers callbacks` lists them.")
        return found

    def _check(self, project: str, url: str) -> str:
        address = str(url).strip()
        try:
            parts = urlsplit(address)
            _ = parts.port
            is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and not address.isspace()
        except ValueError:
            is_one, parts = False, urlsplit("")
        if not is_one or len(address) > _LONGEST_URL or not address.isprintable() or " " in address:
            raise InvalidRequest(f"A callback URL is https://host/path, at most {_LONGEST_URL} long; got {address!r:.100}.")
        if parts.username is not None or parts.password is not None:
            raise InvalidRequest("A callback URL can't hold a user name or password; put a token into its path or query.")
        if self._guarded(project):
            self._judge(address)
        return address
