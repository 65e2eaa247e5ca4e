"""Without the plugin that speaks MCP a server says what to install, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

import httpx
import pytest
from litestar import Litestar

from composio.plugin import hookimpl
from composio.plugin.manager import PluginManager
from composio_server.services.mcp_endpoint import load_endpoint
from composio_server.settings import Settings

INSTALL = "pip install opencomposio-mcp"


@pytest.fixture(autouse=True)
def without_plugin(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state, "mcp", None)


def test_what_would_serve_mcp_says_what_to_install(api: Callable[..., Any], client: httpx.Client) -> None:
    assert INSTALL in str(api("POST", "/mcp/servers", {"name": "n", "apps": ["keyed"]}, status=501))
    assert INSTALL in str(api("POST", "/mcp/servers/generate", {"mcp_server_id": "x"}, status=501))
    for path in ("/composio/server/x", "/composio/session/x"):
        for method in ("GET", "POST"):
            answer = client.request(method, path)
            assert (answer.status_code, INSTALL in answer.text) == (501, True)
    assert client.post("/composio/server/x/y/z").status_code == 404


def test_what_only_reads_goes_on(api: Callable[..., Any]) -> None:
    assert api("GET", "/mcp/servers") == {"items": [], "total_pages": 0, "current_page": 1}
    assert api("GET", "/mcp/app/keyed")["items"] == []
    api("GET", "/mcp/nothing", status=404)
    api("PATCH", "/mcp/nothing", {"name": "n"}, status=404)
    api("DELETE", "/mcp/nothing", status=404)


@pytest.mark.parametrize("reference", ["", "no_such_package:Endpoint", "composio.errors:Endpoint", "json:loads"])
def test_a_plugin_that_does_not_load_keeps_no_server_from_starting(reference: str) -> None:
    class Broken:
        @hookimpl
        def register_endpoints(self, register: Callable[[str, str], None]) -> None:
            if reference:
                register("mcp", reference)

    manager = PluginManager(list[metadata.EntryPoint]())
    manager.register(Broken())
    assert load_endpoint(manager, Settings(public_url="http://localhost:1")) is None
