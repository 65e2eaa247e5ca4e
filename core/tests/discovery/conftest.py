"""A toolset whose apps are Acme's, and one with things that can be made, found and deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.model.call import ToolResult
from composio.testing import FakeTransport
from tests.peers.acme import KEY, OAUTH, write_app
from tests.peers.tracker import Ask, World, write_tracker


@pytest.fixture
def provider() -> World:
    return World()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose apps are compiled: that takes longer than all that these tests do with it."""
    home = tmp_path_factory.mktemp("discovery") / "home"
    write_app(home, "acme", OAUTH)
    write_app(home, "keyed", KEY)
    write_app(home, "lonely", {**OAUTH, "name": "lonely_oauth"})
    write_tracker(home)
    backend = EmbeddedBackend(home=home)
    backend.catalog.update(["acme", "keyed", "lonely", "tracker"])
    backend.close()
    return home


@pytest.fixture
def toolset(tmp_path: Path, compiled: Path, provider: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[ComposioToolSet[Any]]:
    home = tmp_path / "home"
    shutil.copytree(compiled, home)
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "44" * 32)
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_ID", "operator")
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_SECRET", "operator-secret")
    monkeypatch.setenv("COMPOSIO_REDIRECT_URI", "https://app.example/callback")
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")
    backend = EmbeddedBackend(home=home, transport=FakeTransport(provider))
    yield ComposioToolSet(backend=backend, entity_id="alice")
    backend.close()


@pytest.fixture
def ask(toolset: ComposioToolSet[Any]) -> Ask:
    """Calls one of the four tools as a model would: ``ask("search", {...})``, over what ``discovery_tools`` is given."""
    names = {
        "search": "COMPOSIO_SEARCH_TOOLS",
        "describe": "COMPOSIO_GET_TOOL_SCHEMAS",
        "execute": "COMPOSIO_MULTI_EXECUTE_TOOL",
        "connect": "COMPOSIO_MANAGE_CONNECTIONS",
    }

    def call(tool: str, arguments: Any, **options: Any) -> ToolResult:
        tools = toolset.discovery_tools(**options)
        return toolset.handle_tool_calls({"name": names[tool], "arguments": arguments}, tools=tools)[0]

    return call
