"""Shared by the core's tests: a backend small enough to see through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from composio.backend import ActionQuery
from composio.catalog.search.steps import split_steps
from composio.errors import ActionNotFound, AppNotFound, ConnectionNotFound, InvalidArguments, Problem, nearest
from composio.functions.registry import REGISTRY
from composio.model.action import ActionModel, HttpBinding, JsonSchema
from composio.model.app import AppModel
from composio.model.call import NOTHING_LOCAL, Local, Outcome, RawRequest, ToolCall, Who
from composio.plugin.manager import PluginManager, plugins
from composio.process.portal import Portal
from tests.peers.served import Served, serving

T = TypeVar("T")


def an_action(slug: str, *, tags: tuple[str, ...] = (), important: bool = True, **properties: Any) -> ActionModel:
    """An HTTP action of the app that its slug begins with; every property is required."""
    return ActionModel(
        slug=slug,
        app=slug.partition("_")[0].lower(),
        display_name=slug.replace("_", " ").capitalize(),
        description=f"Does {slug}.",
        tags=tags,
        important=important,
        parameters=JsonSchema(type="object", properties=properties, required=list(properties)),
        binding=HttpBinding("GET", "/"),
    )


TEXT = {"type": "string"}


@dataclass
class LittleBackend:
    """Echoes every call: ``data`` is ``{"action", "arguments", "entity_id"}``. ``seen`` has the calls as they came."""

    known: Sequence[ActionModel] = (
        an_action("GITHUB_GET_USER", tags=("users",), login=TEXT),
        an_action("GITHUB_LIST_ISSUES", tags=("Issues",), owner=TEXT, repo=TEXT),
        an_action("GITHUB_DELETE_ALL", important=False),
        an_action("SLACK_SEND", tags=("chat",), channel=TEXT, text=TEXT, ts=TEXT),
    )
    connected: set[str] = field(default_factory=lambda: {"github", "slack"})
    seen: list[ToolCall] = field(default_factory=list)
    requests: list[RawRequest] = field(default_factory=list)
    asked: list[tuple[str, Who]] = field(default_factory=list)
    closed: int = 0
    # Called with each call before it is answered: to wait, to fail.
    before: Callable[[ToolCall], Coroutine[Any, Any, None]] | None = None
    portal: Portal = field(default_factory=Portal)
    plugins: PluginManager = field(default_factory=plugins)
    operator: None = None
    can_block: bool = False

    def is_app(self, name: str) -> bool:
        return name.lower() in {a.app for a in self.known}

    def resolve(self, name: str | ActionModel) -> ActionModel:
        if isinstance(name, ActionModel):
            return name
        found = next((a for a in self.known if name.upper() in a.names), None) or REGISTRY.find(name, self.is_app)
        if found is None:
            raise ActionNotFound(name, nearest(name, [a.slug for a in self.known]))
        return found

    async def actions(self, query: ActionQuery) -> list[ActionModel]:
        found = [self.resolve(name) for name in query.names]
        apps = [app.lower() for app in query.apps]
        if apps or query.tags:
            of_apps = [a for a in self.known if not apps or a.app in apps]
            wanted = (
                [a for a in of_apps if set(a.tags) & set(query.tags)]
                if query.tags
                else [a for a in of_apps if a.important or query.everything]
            )
            found += wanted[: query.limit]
        return found

    async def apps(self) -> list[AppModel]:
        return [AppModel(key=key, name=key.title(), compiled=True) for key in sorted({a.app for a in self.known})]

    async def app(self, name: str) -> AppModel:
        for app in await self.apps():
            if app.key == name.lower():
                return app
        raise AppNotFound(name)

    async def chain(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        found = [name for step in split_steps(use_case) for name in (await self.search(step, apps=apps, limit=1))]
        return found[:limit]

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        words = use_case.upper().split()
        found = [a for a in self.known if any(w in a.slug for w in words) and (not apps or a.app in [p.lower() for p in apps])]
        return [a.slug for a in found][:limit]

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        self.seen.append(call)
        action = self.resolve(local.action or call.action)
        if self.before is not None:
            await self.before(call)
        if isinstance(call.arguments, str):
            return Outcome(successful=False, error=str(InvalidArguments(action.slug, [Problem("", "a JSON object", "text")])))
        arguments = local.processors.apply("pre", action, dict(call.arguments))
        data = {"action": action.slug, "arguments": arguments, "entity_id": call.who.entity_id}
        shown = local.processors.apply("post", action, {"successful": True, "data": data, "error": None})
        return Outcome(successful=shown["successful"], data=shown["data"], error=shown["error"])

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        return self.run(lambda: self.execute(call, local))

    async def request(self, request: RawRequest) -> Outcome:
        self.requests.append(request)
        return Outcome(successful=True, data={"endpoint": request.endpoint})

    def request_sync(self, request: RawRequest) -> Outcome:
        return self.run(lambda: self.request(request))

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None:
        for app in apps:
            if app not in self.connected and who.auth_for(app) is None and app not in who.app_connections:
                raise ConnectionNotFound(app, f"No credentials for {app} of {who.entity_id}.")

    async def auth_params(self, app: str, who: Who) -> dict[str, Any]:
        self.asked.append((app, who))
        return {"base_url": f"https://{app}.example.com", "headers": {}, "query_params": {}, "fields": {}}

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return self.portal.run(work)

    async def aclose(self) -> None:
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        self.closed += 1
        self.portal.close()


@pytest.fixture
def little() -> Iterator[LittleBackend]:
    """A :class:`LittleBackend` with four actions of GitHub and Slack, both connected."""
    backend = LittleBackend()
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """A server; tests say what it stands on."""
    with serving() as made:
        yield made


@pytest.fixture(params=["embedded", "remote"])
def over(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Any], Any]]:
    """Gives a backend as it is, and a client of a server that stands on it. Without the server's plugin the latter is skipped."""
    made: list[Any] = []

    def give(backend: Any) -> Any:
        if request.param == "embedded":
            return backend
        from composio.remote.backend import RemoteBackend

        served: Served = request.getfixturevalue("served")
        served.on(backend)
        made.append(RemoteBackend(served.address(), home=tmp_path / "caller"))
        return made[-1]

    yield give
    for one in made:
        one.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
