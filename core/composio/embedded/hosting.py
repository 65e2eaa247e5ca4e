"""What triggers need of a backend of this process: its database, vault, connections, and calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from composio.embedded.addressed import fetch_addressed
from composio.errors import ComposioError, ConnectedAccountNotFound, IntegrationNotFound
from composio.model.call import CallOptions, Outcome, RawRequest, ToolCall, Who
from composio.model.secret import SecretValues
from composio.model.trigger import Request
from composio.store.records import place_of
from composio.transport.deadline import deadline
from composio.transport.waits import retry_after
from composio.triggers.host import RequestOwner
from composio.triggers.polling import Answer

if TYPE_CHECKING:
    from composio.accounts.keeping import Keeping
    from composio.engine.io import Io
    from composio.jobs.port import Jobs
    from composio.model.job import Job
    from composio.model.trigger_instance import TriggerSubscription
    from composio.store.projects import Partition, Transaction
    from composio.store.records import Sealed
    from composio.triggers.known import KnownTriggers

__all__ = ["Hosting"]

# Nothing of a response is trimmed for a model.
_WHOLE: Final = CallOptions(max_result_chars=1_000_000_000)
# The time limit of a background request; agents' calls may take longer.
_SECONDS: Final = 60.0
# Bytes of a feed.
_LARGEST: Final = 8 * 1024 * 1024
# Values of an integration that may verify its app's requests; many vendors sign with the client's secret.
_SIGNING: Final = ("webhook_secret", "signing_secret", "verification_key", "client_secret")
_SECRET: Final = re.compile(r"token|secret|password|credential|(^|_)(api_?)?key", re.IGNORECASE)


class _Calls(Protocol):
    async def execute(self, call: ToolCall) -> Outcome: ...

    async def request(self, request: RawRequest) -> Outcome: ...


class Hosting:
    """See :class:`composio.triggers.host.TriggerHost`.

    ``calls`` gives the backend of a project, ``url`` the beginning of the addresses that providers send to, ``jobs`` keeps
    work.
    """

    def __init__(
        self,
        *,
        known: Callable[[], KnownTriggers],
        keeping: Keeping,
        calls: Callable[[str], _Calls],
        io: Io,
        url: Callable[[], str],
        jobs: Callable[[], Jobs],
    ) -> None:
        self._known, self._keeping, self._calls, self._io, self._url, self._jobs = known, keeping, calls, io, url, jobs

    @property
    def known(self) -> KnownTriggers:
        return self._known()

    def part(self, project: str | None) -> Partition:
        store = self._keeping.store
        return store.part() if project is None else store.for_project(project).part()

    def seal(self, subscription: TriggerSubscription, values: Mapping[str, str]) -> Sealed:
        return self._keeping.open_book(subscription.project).vault.seal(values, place_of(subscription))

    def open(self, subscription: TriggerSubscription, sealed: Sealed) -> SecretValues:
        return self._keeping.open_book(subscription.project).vault.open(sealed, place_of(subscription))

    def connection_values(self, project: str, connection_id: str) -> Mapping[str, str]:
        try:
            entry = self._keeping.open_book(project).entry(connection_id)
        except ConnectedAccountNotFound:
            return {}
        return {name: value for name, value in entry.values.items() if not _SECRET.search(name)}

    def app_secrets(self, project: str, integration_id: str) -> Sequence[str]:
        if not integration_id:
            return []
        try:
            config = self._keeping.open_book(project).integration(integration_id).config
        except IntegrationNotFound:
            return []
        return [config[name] for name in _SIGNING if config.get(name)]

    def address(self, app: str, subscription_id: str) -> str:
        return f"{self._url().rstrip('/')}/webhooks/{app}/{subscription_id}"

    def add_jobs(self, transaction: Transaction, jobs: Sequence[Job]) -> None:
        self._jobs().add_within(transaction, jobs)

    async def send(self, caller: RequestOwner, request: Request) -> Answer:
        try:
            if caller.text:
                return await self._read_text(request)
            with deadline(_SECONDS):
                return _answer(await self._call(caller, request))
        except ComposioError as error:
            wait = getattr(error, "retry_after", None)
            return Answer(error=str(error), status=getattr(error, "status", None), retry_after=wait)

    async def _call(self, caller: RequestOwner, request: Request) -> Outcome:
        who = Who(entity_id=caller.entity_id, connected_account_id=caller.connection_id or None)
        calls = self._calls(caller.project)
        if request.action:
            return await calls.execute(ToolCall(action=request.action, arguments=request.arguments, who=who, options=_WHOLE))
        raw = RawRequest(
            app=caller.app,
            endpoint=request.path,
            method=request.method,
            body=request.body,
            query=request.query,
            who=who,
            options=_WHOLE,
        )
        return await calls.request(raw)

    async def _read_text(self, request: Request) -> Answer:
        """Fetch a URL that a user named, such as a feed's: without credentials."""
        accept = "application/rss+xml, application/atom+xml, */*"
        got = await fetch_addressed(self._io, str(request.path), by="the trigger's config", most=_LARGEST, accept=accept)
        if 200 <= got.status < 300:
            return Answer(data=got.content, status=got.status)
        wait = retry_after(got.headers)
        return Answer(error=f"HTTP {got.status}", status=got.status, retry_after=wait)


def _answer(outcome: Outcome) -> Answer:
    if not outcome.successful:
        said = outcome.error or "The call failed."
        return Answer(error=said, status=outcome.status, data=outcome.data, retry_after=outcome.retry_after)
    return Answer(data=outcome.data, status=outcome.status, more=outcome.more)
