"""A backend in memory, and the command run in this process against it."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from composio.backend import AccountService, ActionQuery, EventService, TriggerService
from composio.catalog.search.steps import split_steps
from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotFound, AppNotFound, UsageError, nearest
from composio.model.action import ActionModel, HttpBinding, JsonSchema
from composio.model.app import AppModel, AuthField, AuthScheme, Provenance
from composio.model.call import NOTHING_LOCAL, Local, Outcome, RawRequest, ToolCall, Who
from composio.model.operating import NO_CHOICES, Choices, ServedTool
from composio.model.search import SearchModel
from composio.plugin.manager import PluginManager, plugins
from composio.testing import FakeTransport

T = TypeVar("T")
Shell = Callable[..., "subprocess.CompletedProcess[str]"]


def pet_action(slug: str, **more: Any) -> ActionModel:
    return ActionModel(slug=slug, app="pets", binding=HttpBinding("GET", "/"), **more)


ADOPT = pet_action(
    "PETS_ADOPT_A_PET",
    display_name="Adopt a pet",
    description="Takes a pet home.",
    tags=("Pets", "important"),
    important=True,
    aliases=("PETS_ADOPT",),
    parameters=JsonSchema(
        type="object",
        required=["pet_id", "terms"],
        properties={
            "note": {"type": ["string", "null"], "description": "Anything \x1b[31mred\x1b[0m to say."},
            "pet_id": {"type": "integer", "examples": [42]},
            "terms": {"enum": ["monthly", "for life"], "type": "string"},
            "names": {"type": "array", "items": {"type": "string"}},
        },
    ),
)
LIST = pet_action("PETS_LIST_PETS", display_name="List pets")


class MemoryOperator:
    def __init__(self, backend: MemoryBackend) -> None:
        self.backend, self.calls = backend, list[tuple[Any, ...]]()
        self.wrong: dict[str, Exception] = {}
        self.choices = NO_CHOICES

    def add_app(
        self, name: str, spec: str, base_url: str | None = None, *, choices: Choices, **more: Sequence[str]
    ) -> AppModel:
        self.calls.append(("add", name, spec, base_url, *more.pop("allow_refs", ()), *more.pop("auth", ())))
        assert not more
        self.choices = choices
        schemes = (AuthScheme("key", "API_KEY"),) if name == "zoo" else ()
        return AppModel(key=name, name=name.title(), auth_schemes=schemes, compiled=True, actions=3)

    def make_vectors(self, names: Sequence[str] = (), *, models: Sequence[str] = ()) -> int:
        self.calls.append(("vectors", *names))
        return 7

    def search_models(self) -> list[SearchModel]:
        return [SearchModel("minilm", True, 5, 9)]

    def update_apps(self, names: Sequence[str] = (), *, choices: Choices, everything: bool = False) -> list[AppModel]:
        self.calls.append(("update", *names))
        self.choices = choices
        return [a for a in self.backend.known if everything or a.key in names or (not names and a.compiled)]

    def export_catalog(self, target: Path) -> int:
        target.write_bytes(bytes(2_500_000))
        return 2

    def broken_apps(self) -> dict[str, str]:
        return {key: str(error) for key, error in self.wrong.items()}

    def app_changes(self, app: str) -> list[str]:
        return []

    def app_tools(self, app: str) -> list[ServedTool]:
        return []

    def is_unread(self, app: str) -> bool:
        return False

    def app_warnings(self, app: str) -> list[str]:
        return [f"{app}: warning \x1b[0m{number}" for number in range(7)] if app == "zoo" else []

    def remove_app(self, name: str) -> None:
        if name == "pets":
            raise UsageError("pets came with a package, so it can't be removed; uninstall the package.")
        self.calls.append(("remove", name))


class MemoryBackend:
    """Two apps, one of them compiled; executions are answered by ``outcome`` and kept in ``calls``."""

    def __init__(self) -> None:
        self.operator: Any = MemoryOperator(self)
        self.logs: Any = None
        self.own_apps: Any = None
        self.approvals: Any = None
        self.hosted = None
        self.plugins: PluginManager = plugins()
        self.calls: list[ToolCall] = []
        self.queries: list[ActionQuery] = []
        self.closed = False
        self.outcome: Outcome | Exception = Outcome(successful=True, data={"name": "Zoë"}, status=200)
        self.known = [
            AppModel(
                key="pets",
                name="Pets",
                categories=("animals",),
                auth_schemes=(
                    AuthScheme(
                        "key", "API_KEY", (AuthField("key", env=("PETS_KEY", "PETS_TOKEN")), AuthField("x", required=False))
                    ),
                ),
                compiled=True,
                actions=2,
                provenance=Provenance(source="npm:pets@1"),
            ),
            AppModel(key="plants", name="Plants"),
        ]

    async def actions(self, query: ActionQuery) -> list[ActionModel]:
        self.queries.append(query)
        named = [self._named(name) for name in query.names]
        return named + ([ADOPT, LIST][: query.limit] if "pets" in query.apps else [])

    def _named(self, name: str) -> ActionModel:
        for action in (ADOPT, LIST):
            if name.upper() in action.names:
                return action
        raise ActionNotFound(name, nearest(name, [ADOPT.slug, LIST.slug]))

    async def apps(self) -> list[AppModel]:
        return self.known

    async def app(self, name: str) -> AppModel:
        for known in self.known:
            if known.key == name:
                return known
        raise AppNotFound(name, nearest(name, [known.key for known in self.known]))

    async def chain(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        found = [name for step in split_steps(use_case) for name in (await self.search(step, apps=apps, limit=1))]
        return found[:limit]

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return [LIST.slug] if "list" in use_case else []

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        self.calls.append(call)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    async def request(self, request: RawRequest) -> Outcome:
        raise NotImplementedError

    async def auth_params(self, app: str, who: Who) -> dict[str, Any]:
        raise NotImplementedError

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None: ...

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        return asyncio.run(self.execute(call, local))

    def request_sync(self, request: RawRequest) -> Outcome:
        raise NotImplementedError

    @property
    def accounts(self) -> AccountService:
        raise NotImplementedError

    @property
    def triggers(self) -> TriggerService:
        raise NotImplementedError

    @property
    def events(self) -> EventService:
        raise NotImplementedError

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return asyncio.run(work())

    async def aclose(self) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="session", autouse=True)
def commands_made_once() -> Iterator[None]:
    """Typer makes its tree of commands anew for each run in a process, which takes as long as a command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", functools.cache(get_command))
        yield


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def composio(backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """``composio("apps", "--json")`` gives the result with ``exit_code``, ``stdout`` and ``stderr``."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, stdin: str | None = None) -> Any:
        return CliRunner().invoke(app, list(arguments), obj=Session(lambda: backend), input=stdin)

    return run


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """The command in a process of its own, over a home of the test's."""

    def run(*arguments: str, home: Path | None = None, stdin: str | None = None, **environment: str):  # type: ignore[no-untyped-def] # said by Shell
        return subprocess.run(
            [sys.executable, "-m", "composio.cli", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "COMPOSIO_HOME": str(home or tmp_path / "home"), **environment},
        )

    return run


NOTES = {
    "name": "Notes",
    "unique_key": "notes",
    "docs": "https://notes.example/docs",
    "spec": {"file": "openapi.json"},
    "get_current_user_endpoint": "/me",
    "auth_schemes": [
        {
            "name": "notes_key",
            "auth_mode": "API_KEY",
            "fields": [
                {"name": "api_key", "description": "From the settings page"},
                {"name": "subdomain", "description": "Before .notes.example"},
                {"name": "color", "required": False},
                {"name": "plan", "default": "free"},
            ],
            "proxy": {"headers": {"X-Key": "{{api_key}}", "X-Plan": "{{plan}}"}},
        },
        {
            "name": "notes_oauth",
            "auth_mode": "OAUTH2",
            "authorization_url": "https://notes.example/authorize",
            "token_url": "https://notes.example/token",
            "default_scopes": ["read"],
        },
    ],
}
DESCRIPTION = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "servers": [{"url": "https://notes.example/api"}],
    "paths": {"/me": {"get": {"summary": "Get me", "responses": {"200": {"description": "You"}}}}},
}
KEY = "k3y-of-notes-0123456789"


@dataclass
class Connecting:
    """The command over the real embedded backend in a home of its own. ``api`` has the requests that apps got."""

    home: Path
    api: FakeTransport

    def __call__(self, *arguments: str, stdin: str | None = None) -> Any:
        session = Session(lambda: EmbeddedBackend(home=self.home, transport=self.api))
        return CliRunner().invoke(app, list(arguments), obj=session, input=stdin)

    def json(self, *arguments: str) -> Any:
        done = self(*arguments, "--json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    def define(self, definition: Mapping[str, Any]) -> None:
        """Make an app known."""
        folder = self.home / "apps" / definition["unique_key"]
        folder.mkdir(parents=True)
        (folder / "integration.yaml").write_text(yaml.safe_dump(dict(definition)), "utf-8")
        (folder / "openapi.json").write_text(json.dumps(DESCRIPTION), "utf-8")


@pytest.fixture
def connecting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connecting:
    """The app ``notes``, which takes one API key and knows OAuth, and nobody is connected to it."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "00" * 32)
    monkeypatch.setenv("COMPOSIO_REDIRECT_PORT", "0")
    monkeypatch.delenv("COMPOSIO_REDIRECT_URI", raising=False)
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"COMPOSIO_OAUTH_NOTES_{name}", raising=False)

    def me(request: httpx.Request) -> Any:
        return (200, {"id": 7}) if request.headers.get("x-key") == KEY else (401, {"message": "no such key"})

    made = Connecting(tmp_path / "home", FakeTransport({("GET", "/api/me"): me}))
    made.define(NOTES)
    return made
