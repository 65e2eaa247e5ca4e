"""Sessions and MCP servers from Python: over a server, and what of them there is without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import AppNotFound, IntegrationNotFound, InvalidRequest, NotAvailable, NotFoundError
from composio.model.connection import NewConnection
from composio.testing import FakeTransport
from composio_server.services.keys import Scope
from composio_server.services.services import Services
from tests.peers.acme import Provider
from tests.peers.acme_server import acme, app, compiled_home, connect_keyed, listening, services, settings, url
from tests.peers.acme_server import at_its_port as public_url
from tests.peers.acme_server import home as server_home

__all__ = ["acme", "app", "compiled_home", "home", "listening", "public_url", "services", "settings", "url"]

home = server_home
NAMES = ["COMPOSIO_SEARCH_TOOLS", "COMPOSIO_GET_TOOL_SCHEMAS", "COMPOSIO_MULTI_EXECUTE_TOOL", "COMPOSIO_MANAGE_CONNECTIONS"]


@pytest.fixture
def remote(services: Services, url: str) -> Iterator[ComposioToolSet[Any]]:
    """A toolset of a project on the server, where Ann and Bob have accounts of the app with a key."""
    project = services.projects.create("first")
    key = services.keys.create(project.id, "admin", [Scope.ADMIN])[1].reveal()
    with ComposioToolSet(base_url=url, api_key=key) as toolset:
        _connect(toolset)
        yield toolset


@pytest.fixture
def local(
    compiled_home: Path, acme: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ComposioToolSet[Any]]:
    """The same without a server."""
    import shutil

    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    own = Path(shutil.copytree(compiled_home, tmp_path / "home"))
    backend = EmbeddedBackend(home=own, transport=FakeTransport(acme), egress_allow=["*.example"])
    with ComposioToolSet(backend=backend) as toolset:
        _connect(toolset)
        yield toolset
    backend.close()


def _connect(toolset: ComposioToolSet[Any]) -> None:
    for user in ("ann", "bob"):
        connect_keyed(toolset.backend, user)


@pytest.fixture(params=["local", "remote"])
def toolset(request: pytest.FixtureRequest) -> ComposioToolSet[Any]:
    found: ComposioToolSet[Any] = request.getfixturevalue(request.param)
    return found


def run(session: Any, slug: str) -> Any:
    """What a model's call of a tool through the session's own comes to."""
    arguments = {"tools": [{"tool_slug": slug, "arguments": {}}]}
    calls = [{"name": "COMPOSIO_MULTI_EXECUTE_TOOL", "arguments": arguments}]
    (result,) = session.toolset.handle_tool_calls(calls)
    return result


def test_a_sessions_tools_act_for_its_user_within_its_bounds(toolset: ComposioToolSet[Any]) -> None:
    for user in ("ann", "bob"):
        session = toolset.create_session(user, toolkits=["keyed"])
        assert [tool["name"] for tool in session.tools()] == NAMES
        assert f"key-of-{user}" in str(run(session, "KEYED_GET_ME"))
        assert "OPEN_GET_ME" in str(run(session, "OPEN_GET_ME")["error"] or run(session, "OPEN_GET_ME")["data"])
        assert "key-of" not in str(run(session, "OPEN_GET_ME"))


def test_single_tools_bound_a_session(toolset: ComposioToolSet[Any], acme: Provider) -> None:
    session = toolset.create_session("ann", tools=["KEYED_LIST_THINGS"])
    session.tools()
    acme.seen.clear()
    run(session, "KEYED_GET_ME")
    assert acme.seen == []
    run(session, "KEYED_LIST_THINGS")
    assert [one.url.path for one in acme.seen] == ["/things"]


@pytest.mark.anyio
async def test_a_session_begins_asynchronously_too(toolset: ComposioToolSet[Any]) -> None:
    session = await toolset.acreate_session("ann", toolkits="keyed")
    assert [tool["name"] for tool in await session.atools()] == NAMES


def test_a_mistyped_name_is_said_at_once(toolset: ComposioToolSet[Any]) -> None:
    with pytest.raises(AppNotFound, match="keyed"):
        toolset.create_session("ann", toolkits=["keyedd"])


def test_without_a_server_there_is_no_url_and_the_error_says_what_to_do(local: ComposioToolSet[Any]) -> None:
    session = local.create_session("ann", toolkits=["keyed"])
    assert session.id is None
    with pytest.raises(NotAvailable, match="composio mcp serve"):
        _ = session.mcp
    with pytest.raises(NotAvailable, match="COMPOSIO_BASE_URL"):
        local.create_mcp_server("Mail", ["keyed"])
    with pytest.raises(NotAvailable):
        local.client.mcp.list()


def test_an_auth_config_stands_for_the_users_account_of_it(toolset: ComposioToolSet[Any]) -> None:
    accounts = toolset.backend.accounts
    (usual,) = toolset.backend.run(lambda: accounts.connections(app="keyed", entity_ids=["ann"]))
    own = toolset.create_integration("keyed", force_new_integration=True)
    new = NewConnection(integration_id=own.id, entity_id="ann", values={"api_key": "key-of-their-own"})
    toolset.backend.run(lambda: accounts.initiate(new))
    for user, chosen, key in (
        ("ann", own.id, "key-of-their-own"),
        ("ann", usual.integration_id, "key-of-ann"),
        ("bob", own.id, "key-of-bob"),
    ):
        session = toolset.create_session(user, toolkits=["keyed"], auth_configs={"keyed": chosen})
        assert [tool["name"] for tool in session.tools()] == NAMES
        assert key in str(run(session, "KEYED_GET_ME"))


def test_an_auth_config_of_another_app_is_refused(toolset: ComposioToolSet[Any]) -> None:
    other = toolset.create_integration("acme", auth_config={"client_id": "ours", "client_secret": "secret"})
    with pytest.raises(InvalidRequest, match=f"auth_configs.*{other.id}.*acme"):
        toolset.create_session("ann", toolkits=["keyed"], auth_configs={"keyed": other.id})
    with pytest.raises(IntegrationNotFound):
        toolset.create_session("ann", toolkits=["keyed"], auth_configs={"keyed": "int_none"})


def test_a_session_takes_the_address_that_its_user_goes_on_to(toolset: ComposioToolSet[Any]) -> None:
    session = toolset.create_session("ann", toolkits=["keyed"], callback_url="https://example.com/done")
    assert [tool["name"] for tool in session.tools()] == NAMES


@pytest.mark.anyio
async def test_a_sessions_url_is_an_mcp_server_of_its_own(remote: ComposioToolSet[Any]) -> None:
    session = await remote.acreate_session("bob", toolkits=["keyed"])
    assert session.id is not None
    assert session.id in session.mcp.url
    assert "ck_" not in repr(session.mcp)
    async with (
        httpx2.AsyncClient(headers=session.mcp.headers, trust_env=False, timeout=60) as http,
        Client(streamable_http_client(session.mcp.url, http_client=http)) as client,
    ):
        assert [tool.name for tool in (await client.list_tools()).tools] == NAMES
        arguments = {"tools": [{"tool_slug": "KEYED_GET_ME", "arguments": {}}]}
        done = await client.call_tool("COMPOSIO_MULTI_EXECUTE_TOOL", arguments)
    assert "key-of-bob" in str(done.structured_content)


@pytest.mark.anyio
async def test_mcp_servers_are_made_changed_and_removed(remote: ComposioToolSet[Any]) -> None:
    servers = remote.client.mcp
    made = await remote.acreate_mcp_server("Mail", ["keyed"], allowed_tools=["KEYED_GET_ME"])
    assert (made.name, made.toolkits, made.allowed_tools) == ("Mail", ("keyed",), ("KEYED_GET_ME",))
    assert [one.id for one in await servers.alist()] == [made.id]
    assert await servers.aget(made.id) == made
    changed = await servers.aupdate(made.id, name="Post", allowed_tools=["KEYED_GET_ME", "KEYED_LIST_THINGS"])
    assert (changed.name, len(changed.allowed_tools)) == ("Post", 2)
    urls = await servers.agenerate(made.id, user_ids=["ann"], expires_in=600)
    (signed,) = urls.user_ids_url
    assert "signature" not in repr(urls)
    async with Client(signed) as client:
        done = await client.call_tool("KEYED_GET_ME", {})
    assert done.structured_content["data"]["who"] == "key-of-ann"
    await servers.adelete(made.id)
    with pytest.raises(NotFoundError):
        await servers.aget(made.id)


def test_a_toolkit_names_the_integration_that_users_connect_through(remote: ComposioToolSet[Any]) -> None:
    one = remote.create_integration(app="keyed", force_new_integration=True)
    made = remote.client.mcp.create("Mail", {"toolkit": "keyed", "auth_config_id": one.id})
    assert made.auth_config_ids == (one.id,)
    with pytest.raises(InvalidRequest, match="authConfigId"):
        remote.client.mcp.create("Mail", [{"toolkit": "keyed", "authConfigId": one.id}])


def test_the_documented_example_runs(remote: ComposioToolSet[Any], url: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "mcp.md").read_text("utf-8")
    example = text.partition("```py\n")[2].partition("```")[0]
    names: dict[str, Any] = {"ComposioToolSet": ComposioToolSet}
    for written, here in (("http://localhost:9899", url), ("<YOUR_API_KEY>", str(remote.api_key)), ("gmail", "keyed")):
        assert written in example
        example = example.replace(written, here)
    exec(example, names)
    assert names["url"].startswith(url)
    assert len(names["urls"].user_ids_url) == 1
    names["toolset"].close()
