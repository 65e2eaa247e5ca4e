"""A trigger: its app's event, how it is obtained, and its payload."""

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

    ``path`` is relative to the app's base URL, or an absolute URL of one of its servers. Strings may contain ``{{ expression
    }}``.
    """

    action: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    path: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """How to register a URL for events at a provider, and how to remove it.

    ``secret`` says who chooses the secret: ``ours``, the provider's ``answer`` (``keep`` then has an expression ``secret``),
    its ``handshake``, or the ``app``'s own, from its integration. ``keep`` are expressions over the answer (``response``).
    ``lasts`` is how many seconds a subscription is valid unless ``keep`` has ``expires``; ``renew`` extends it, else it is
    created again.
    """

    create: Request
    delete: Request | None = None
    renew: Request | None = None
    secret: Literal["ours", "answer", "handshake", "app"] = "ours"  # noqa: S105 - says who chooses it
    keep: Mapping[str, str] = field(default_factory=dict)
    lasts: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSource:
    """How an app's requests become this trigger's events.

    ``when``, ``items``, ``id``, ``match`` and ``payload`` are expressions.

    ``verify`` and ``handshake`` are as their modules in :mod:`composio.triggers.signatures` read them. ``console`` are the
    steps for a person if the provider has no API to subscribe. ``form`` says that the body is a form. ``limit`` is in bytes.
    ``match`` are the config fields and connection values that an event must have. ``fetch`` gets data that the event only
    references, and ``keep`` are expressions over the answer (``fetched``) whose values the subscription stores.
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
    """Where an answer has the next page (``next``, an expression), and the argument or query parameter for it.

    ``into: url`` says that it is the next page's full URL.
    """

    next: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How to request items, and which of them are new. ``items``, ``id``, ``when``, ``time``, ``token`` are expressions.

    An item that is not a mapping is passed to them as ``index`` and ``value``. With ``time`` the cursor is the latest item's
    time; ``overlap`` is how many seconds before it are requested again. With ``token`` the provider's own token is the cursor,
    and ``start`` is the request that returns the first one. With neither, the ids seen are remembered. ``changes`` is a
    fingerprint per id: an item is an event whenever it changes. With ``gone`` it is one when it is no longer listed.
    ``reconciles`` says that its ids are those of the webhook's events, so that a slow poll can find missed ones. ``reset`` are
    statuses for an expired cursor. ``each`` gets the full item. ``schedule`` needs no request.
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
    """One trigger. ``kind`` says how its events arrive: by ``webhook``, by ``poll``, or either way.

    A connection needs all of ``scopes``; of those with ``|`` between them, one.
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
        """Return whether a poll at any time finds events of an instance that gets them by ``source``: "webhook" or "poll"."""
        return self.poll is not None and not self.poll.schedule and (source == "poll" or self.poll.reconciles)

    @property
    def name(self) -> str:
        """The slug, under the documentation's name."""
        return self.slug

    appName = FormerName[str]("app")  # noqa: N815 - v0.7's name
    appKey = FormerName[str]("app")  # noqa: N815 - v0.7's name
    appId = FormerName[str]("app")  # noqa: N815 - v0.7's; apps have no other id here

    @property
    def names(self) -> frozenset[str]:
        """All names of this trigger, in upper case."""
        return frozenset((self.slug.upper(), *(alias.upper() for alias in self.aliases)))

    @property
    def requests(self) -> tuple[Request, ...]:
        """Return every request that it may make, to subscribe or to poll."""
        found: list[Request | None] = []
        if self.webhook is not None:
            found.append(self.webhook.fetch)
            if (subscribe := self.webhook.subscribe) is not None:
                found += [subscribe.create, subscribe.delete, subscribe.renew]
        if self.poll is not None:
            found += [self.poll.request, self.poll.start, self.poll.each]
        return tuple(request for request in found if request is not None)

    def listing(self) -> dict[str, Any]:
        """Return what users see of it, as new, JSON-ready dicts and lists."""
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
