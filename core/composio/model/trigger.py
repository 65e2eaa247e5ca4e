"""What a trigger is: which event of an app it stands for, how it is obtained, and what its payload holds."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from composio.model.action import JsonSchema
from composio.model.dump import Dumps, FormerName

__all__ = ["Pages", "Polling", "Request", "Subscription", "TriggerModel", "WebhookSource"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with the instance's connection: an ``action`` with ``arguments``, or a ``method`` and ``path``.

    ``path`` is relative to the app's base URL, or a whole URL of one of its servers. Strings may hold ``{{ expression }}``.
    """

    action: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    path: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """How a provider learns the address to send events to, and forgets it again.

    ``secret`` says who chooses the secret: ``ours``, the provider's ``answer`` (where ``keep`` has an expression ``secret``), its
    ``handshake``, or the ``app``'s own, which its integration holds. ``keep`` are expressions over the answer (``response``).
    ``lasts`` is how many seconds a subscription holds unless ``keep`` has ``expires``; ``renew`` prolongs it, else it is made again.
    """

    create: Request
    delete: Request | None = None
    renew: Request | None = None
    secret: Literal["ours", "answer", "handshake", "app"] = "ours"  # noqa: S105 - says who chooses it
    keep: Mapping[str, str] = field(default_factory=dict)
    lasts: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSource:
    """How an app's requests become this trigger's events. ``when``, ``items``, ``id``, ``match`` and ``payload`` are expressions.

    ``verify`` and ``handshake`` are as their files in :mod:`composio.triggers.signatures` read them. ``console`` are the steps
    for a person where the provider has no API to subscribe. ``form`` says that the body is a form. ``limit`` is in bytes.
    ``match`` are the config fields and connection values that an event has to have. ``fetch`` gets what the event only names,
    and ``keep`` are expressions over the answer (``fetched``) whose values the subscription keeps from then on.
    """

    verify: tuple[Mapping[str, Any], ...]
    handshake: tuple[Mapping[str, Any], ...] = ()
    subscribe: Subscription | None = None
    console: tuple[str, ...] = ()
    form: bool = False
    limit: int = 262_144
    when: str = ""
    items: str = ""
    id: str = ""
    match: Mapping[str, str] = field(default_factory=dict)
    fetch: Request | None = None
    keep: Mapping[str, str] = field(default_factory=dict)
    payload: str | Mapping[str, str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where an answer has the next page (``next``, an expression), and the argument or query parameter that takes it.

    ``into: url`` says that it is the next page's whole address.
    """

    next: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How items are asked for and which of them are new. ``items``, ``id``, ``when``, ``time``, ``token`` are expressions.

    An item that is no mapping is given to them as ``index`` and ``value``. With ``time`` the cursor is the latest item's time;
    ``overlap`` is how many seconds before it are asked for again. With ``token`` the provider's own mark is the cursor, and
    ``start`` is the request whose answer has the first one. With neither, the ids that were seen are remembered.
    ``changes`` is a fingerprint per id: an item is an event whenever it changes. With ``gone`` it is one when it is not listed
    any more. ``reconciles`` says that its ids are those of the webhook's events, so that a slow poll can find what a webhook missed.
    ``reset`` are statuses that say that the cursor is too old. ``each`` gets the item in full. ``schedule`` needs no
    request.
    """

    request: Request | None = None
    schedule: Mapping[str, str] = field(default_factory=dict)
    read: Literal["json", "feed"] = "json"
    items: str = ""
    id: str = ""
    when: str = ""
    time: str = ""
    token: str = ""
    start: Request | None = None
    order: Literal["newest", "oldest", "none"] = "none"
    overlap: float = 0.0
    changes: str = ""
    gone: bool = False
    reconciles: bool = False
    pages: Pages | None = None
    each: Request | None = None
    reset: tuple[int, ...] = ()
    interval: float = 60.0
    payload: str | Mapping[str, str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerModel(Dumps):
    """One trigger, complete. ``kind`` says how its events come: by ``webhook``, by ``poll``, or either way.

    ``scopes`` are what a connection has to be granted: all of them; of those with ``|`` between them, one.
    """

    slug: str
    app: str
    display_name: str = ""
    description: str = ""
    kind: Literal["webhook", "poll", "both"] = "webhook"
    config: JsonSchema = field(default_factory=JsonSchema)
    payload: JsonSchema = field(default_factory=JsonSchema)
    aliases: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    instructions: str = ""
    webhook: WebhookSource | None = field(default=None, repr=False)
    poll: Polling | None = field(default=None, repr=False)

    def can_poll(self, source: str) -> bool:
        """Whether a poll at any time finds events of an instance whose events come by ``source``: "webhook" or "poll"."""
        return self.poll is not None and not self.poll.schedule and (source == "poll" or self.poll.reconciles)

    @property
    def name(self) -> str:
        """The slug, under the name the documentation uses."""
        return self.slug

    appName = FormerName[str]("app")  # noqa: N815 - v0.7's name
    appKey = FormerName[str]("app")  # noqa: N815 - v0.7's name
    appId = FormerName[str]("app")  # noqa: N815 - v0.7's; apps have no other id here

    @property
    def names(self) -> frozenset[str]:
        """Every name that means this trigger, in upper case."""
        return frozenset((self.slug.upper(), *(alias.upper() for alias in self.aliases)))

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request that it may make, to subscribe as to poll."""
        found: list[Request | None] = []
        if self.webhook is not None:
            found.append(self.webhook.fetch)
            if (subscribe := self.webhook.subscribe) is not None:
                found += [subscribe.create, subscribe.delete, subscribe.renew]
        if self.poll is not None:
            found += [self.poll.request, self.poll.start, self.poll.each]
        return tuple(request for request in found if request is not None)

    def listing(self) -> dict[str, Any]:
        """What a user sees of it, as fresh, JSON-ready dicts and lists."""
        return {
            "name": self.slug,
            "display_name": self.display_name,
            "description": self.description,
            "instructions": self.instructions,
            "kind": self.kind,
            "config": deepcopy(dict(self.config)),
            "payload": deepcopy(dict(self.payload)),
            "appName": self.app,
            "appKey": self.app,
            "appId": self.app,
            "aliases": list(self.aliases),
            "scopes": list(self.scopes),
        }
