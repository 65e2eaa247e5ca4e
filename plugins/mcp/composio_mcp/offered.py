"""What one client is offered: which actions, and how a call of one of them is run."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from composio.backend import ActionQuery, Backend
from composio.discovery import Login, Scope, discovery_actions, is_discovery
from composio.model.action import ActionModel
from composio.model.call import ANYONE, NO_OPTIONS, NOTHING_LOCAL, CallOptions, Local, Outcome, ToolCall, Who
from composio.policy.guarded import keep_offered

__all__ = ["CONNECT", "Offered", "Selected", "Selection", "helper_actions"]

CONNECT = "COMPOSIO_MANAGE_CONNECTIONS"
"""The tool with which an agent connects its user."""
_FOUND = 20  # actions for a task in words


class Offered(Protocol):
    """The tools of one client, and their user. A server creates one per request; it should be cheap and short-lived."""

    @property
    def key(self) -> Hashable:
        """Two offers with one key list the same tools."""
        ...

    @property
    def instructions(self) -> str:
        """The client's instructions for its model about all tools."""
        ...

    @property
    def has_output_schemas(self) -> bool:
        """Whether the list has output schemas, which make it several times as long."""
        ...

    async def actions(self) -> Sequence[ActionModel]:
        """Return the actions, in a stable order."""
        ...

    async def run(self, call: ToolCall, action: ActionModel) -> Outcome:
        """Run a call of one of them. ``call`` has the arguments; the offer determines the user.

        Raises ``ComposioError`` with a message for the client's model; ``ConnectionNotFound`` if the user is not connected, who
        is then asked to be if the list has :data:`CONNECT`.
        """
        ...

    def find_file(self, named: Any) -> Path | str | None:
        """Return the location of a result's file: a local path, or a URL; None if this offer did not save it.

        An API's own response may name a file too, which is not ours.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which actions: by name, of apps, by tag, or for a task in words.

    An empty selection means all, through the discovery tools.

    ``everything`` includes all of an app's actions instead of its important ones.
    """

    apps: Sequence[str] = ()
    actions: Sequence[str] = ()
    tags: Sequence[str] = ()
    use_case: str = ""
    everything: bool = False
    limit: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is empty."""
        return not (self.apps or self.actions or self.tags or self.use_case)

    async def find(self, backend: Backend) -> list[ActionModel]:
        """Return the actions. Raises the ``NotFoundError`` of the kind."""
        names, apps = tuple(self.actions), tuple(self.apps)
        if self.use_case:
            names = (*names, *(await backend.search(self.use_case, apps=apps, limit=self.limit or _FOUND)))
            apps = ()
            if not names:
                return []
        query = ActionQuery(names=names, apps=apps, tags=self.tags, everything=self.everything, limit=self.limit)
        return await backend.actions(query)


def helper_actions(backend: Backend, apps: Sequence[str], *, redirect_url: str | None = None) -> list[ActionModel]:
    """Return the tool with which an agent connects its user to ``apps``.

    It checks, creates links, and waits for their users.
    """
    scope = Scope(apps=frozenset(apps), app_rule=lambda key: key in apps)
    return [one for one in discovery_actions(backend, scope, Login(redirect_url=redirect_url)) if one.slug == CONNECT]


@dataclass(slots=True)
class Selected:
    """The actions of a selection from a backend, for one user; under a policy, those that it allows to offer.

    ``helpers`` adds the tool that connects the user to the selection's apps. Files of results are included if
    ``options.output_folder`` names the folder where they are saved.
    """

    backend: Backend
    selection: Selection = field(default_factory=Selection)
    who: Who = ANYONE
    options: CallOptions = NO_OPTIONS
    helpers: bool = False
    instructions: str = ""
    has_output_schemas: bool = False

    @property
    def key(self) -> Hashable:
        return id(self)

    async def actions(self) -> Sequence[ActionModel]:
        if self.selection.is_open:
            return keep_offered(self.backend, discovery_actions(self.backend, Scope()), self.who)
        found = keep_offered(self.backend, await self.selection.find(self.backend), self.who)
        apps = sorted({one.app for one in found if not one.no_auth})
        return [*found, *(helper_actions(self.backend, apps) if self.helpers and apps else ())]

    async def run(self, call: ToolCall, action: ActionModel) -> Outcome:
        call = replace(call, who=self.who, options=self.options)
        local = Local(action=action) if is_discovery(action) else NOTHING_LOCAL
        return await self.backend.execute(call, local)

    def find_file(self, named: Any) -> Path | None:
        folder = self.options.output_folder
        if folder is None or not isinstance(named, str):
            return None
        try:
            found = Path(named).resolve()
            return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
        except (OSError, ValueError):
            return None
