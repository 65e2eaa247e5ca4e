"""MCP servers of a Composio server: who acts over each transport, what they may call, and what ends it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import anyio
import anyio.to_thread
import httpx
import pytest
from mcp import MCPError
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult, ToolListChangedNotification
from typer.testing import CliRunner

from composio.cli.main import app as cli
from composio.cli.session import Session
from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.acme import Provider
from tests.peers.acme_server import acme, app, compiled_home, connect_keyed, listening, provider, services, settings, url
from tests.peers.acme_server import at_its_port as public_url
from tests.peers.acme_server import home as server_home
from tests.peers.walker import Walker, text_of

__all__ = ["acme", "app", "compiled_home", "home", "listening", "provider", "public_url", "services", "settings", "url"]

home = server_home
pytestmark = pytest.mark.anyio
TRANSPORTS = ("http", "http-legacy", "sse")
Api = Callable[..., Any]


@pytest.fixture(scope="module")
def project(services: Services) -> Project:
    return services.projects.create("first")


@pytest.fixture(scope="module")
def key(services: Services, project: Project) -> str:
    return services.keys.create(project.id, "admin", [Scope.ADMIN])[1].reveal()


@pytest.fixture(scope="module")
def accounts(services: Services, project: Project) -> dict[str, str]:
    """Ann's and Bob's accounts of the app with a key, by user."""
    backend = services.backends.of(project.id)
    return {user: connect_keyed(backend, user) for user in ("ann", "bob")}


@pytest.fixture(scope="module")
def client(url: str, key: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False, timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def api(client: httpx.Client) -> Api:
    """Sends a request to v3 and gives the JSON of its answer."""

    def send(method: str, path: str, body: Any = None, *, status: int | None = None, **query: Any) -> Any:
        answer = client.request(method, f"/api/v3{path}", json=body, params=query)
        expected = answer.is_success if status is None else answer.status_code == status
        assert expected, (answer.status_code, answer.text)
        return answer.json()

    return send


@pytest.fixture(scope="module")
def made(api: Api, accounts: dict[str, str]) -> dict[str, Any]:
    """An MCP server of the app with a key."""
    found: dict[str, Any] = api("POST", "/mcp/servers", {"name": "Keyed", "apps": ["keyed"], "auth_config_id": {}})
    return found


def with_query(address: str, **more: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **more})))


@asynccontextmanager
async def connected(transport: str, address: str, key: str | None, **more: Any) -> AsyncIterator[Client]:
    import httpx2

    headers = {} if key is None else {"x-api-key": key}
    if transport == "sse":
        async with Client(sse_client(address, headers=headers), mode="legacy", **more) as found:
            yield found
        return
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http:
        made = streamable_http_client(address, http_client=http)
        async with Client(made, mode="legacy" if transport == "http-legacy" else "auto", **more) as found:
            yield found


def test_a_server_is_made_as_the_page_says(made: dict[str, Any], public_url: str) -> None:
    assert made["name"] == "Keyed"
    assert made["allowed_tools"] == ["KEYED_GET_ME", "KEYED_LIST_THINGS"]
    assert made["toolkits"] == ["keyed"]
    assert made["mcp_url"] == f"{public_url}/composio/server/{made['id']}?transport=sse"
    assert made["commands"]["cursor"] == f'composio mcp setup "{made["mcp_url"]}" --client cursor'


def test_servers_are_listed_changed_and_removed(api: Api) -> None:
    one = api("POST", "/mcp/servers", {"name": "Small", "no_auth_apps": ["open"], "auth_config_ids": []})
    assert api("GET", f"/mcp/{one['id']}") == one
    assert [item["id"] for item in api("GET", "/mcp/servers", name="small")["items"]] == [one["id"]]
    assert one["id"] in [item["id"] for item in api("GET", "/mcp/app/open")["items"]]
    assert api("GET", "/mcp/servers", toolkits="desk") == {"items": [], "total_pages": 0, "current_page": 1}
    less = api("PATCH", f"/mcp/{one['id']}", {"name": "Smaller", "allowed_tools": ["open_get_me"]})
    assert (less["name"], less["allowed_tools"], less["toolkits"]) == ("Smaller", ["OPEN_GET_ME"], ["open"])
    moved = api("PATCH", f"/mcp/{one['id']}", {"toolkits": ["keyed"]})
    assert moved["allowed_tools"] == ["KEYED_GET_ME", "KEYED_LIST_THINGS"]
    assert api("DELETE", f"/mcp/{one['id']}") == {"id": one["id"], "deleted": True}
    api("GET", f"/mcp/{one['id']}", status=404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "n"}, 400),
        ({"name": " ", "apps": ["keyed"]}, 400),
        ({"name": "n" * 300, "apps": ["keyed"]}, 400),
        ({"name": "n", "apps": ["keyyed"]}, 404),
        ({"name": "n", "apps": ["keyed"], "allowed_tools": ["OPEN_GET_ME"]}, 400),
        ({"name": "n", "allowed_tools": ["KEYED_GET_YOU"]}, 404),
        ({"name": "n", "auth_config_ids": ["ac_nothing"]}, 404),
        ({"apps": ["keyed"]}, 400),
        ({"name": 7, "apps": ["keyed"]}, 400),
    ],
)
def test_a_server_that_can_not_be_meant_is_refused(api: Api, body: dict[str, Any], status: int) -> None:
    api("POST", "/mcp/servers", body, status=status)


def test_another_projects_servers_are_as_unknown_ones(made: dict[str, Any], services: Services, url: str) -> None:
    other = services.keys.create(services.projects.create("other").id, "admin", [Scope.ADMIN])[1].reveal()
    with httpx.Client(base_url=url, headers={"x-api-key": other}, trust_env=False) as stranger:
        assert stranger.get("/api/v3/mcp/servers").json()["items"] == []
        for method, path, body in (
            ("GET", f"/api/v3/mcp/{made['id']}", None),
            ("PATCH", f"/api/v3/mcp/{made['id']}", {"name": "mine"}),
            ("DELETE", f"/api/v3/mcp/{made['id']}", None),
            ("POST", "/api/v3/mcp/servers/generate", {"mcp_server_id": made["id"], "user_ids": ["ann"]}),
            ("POST", f"/composio/server/{made['id']}", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
        ):
            answer = stranger.request(method, path, json=body)
            assert answer.status_code == 404, (method, path, answer.text)
            assert made["id"] in answer.text


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("user", ["ann", "bob"])
async def test_a_key_acts_for_the_user_of_the_url_over_every_transport(
    made: dict[str, Any], accounts: dict[str, str], provider: Provider, key: str, transport: str, user: str
) -> None:
    async with connected(transport, with_query(made["mcp_url"], user_id=user), key) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["KEYED_GET_ME", "KEYED_LIST_THINGS"]
        done = await client.call_tool("KEYED_GET_ME", {})
    assert not done.is_error, done
    assert provider.seen[-1].headers["x-api-key"] == f"key-of-{user}"


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_signed_url_acts_for_its_user_without_a_key(
    made: dict[str, Any], accounts: dict[str, str], provider: Provider, api: Api, transport: str
) -> None:
    body = {"mcp_server_id": made["id"], "user_ids": ["ann", "bob"], "connected_account_ids": [accounts["bob"]]}
    urls = api("POST", "/mcp/servers/generate", body)
    for address, user in zip([*urls["user_ids_url"], *urls["connected_account_urls"]], ("ann", "bob", "bob"), strict=True):
        async with connected(transport, address, None) as client:
            assert not (await client.call_tool("KEYED_GET_ME", {})).is_error
        assert provider.seen[-1].headers["x-api-key"] == f"key-of-{user}"


def test_a_url_acts_for_nobody_that_it_was_not_signed_for(
    made: dict[str, Any], accounts: dict[str, str], api: Api, url: str
) -> None:
    other = api("POST", "/mcp/servers", {"name": "Other", "apps": ["keyed"]})
    body = {"mcp_server_id": made["id"], "user_ids": ["ann"], "connected_account_ids": [accounts["ann"]]}
    urls = api("POST", "/mcp/servers/generate", body)
    (ann,), (account,) = urls["user_ids_url"], urls["connected_account_urls"]
    forged = [
        made["mcp_url"],
        with_query(made["mcp_url"], user_id="ann"),
        with_query(ann, user_id="bob"),
        with_query(ann, user_id="ann "),
        with_query(ann, connected_account_id=accounts["bob"]),
        with_query(ann, connected_account_id=accounts["ann"]),
        with_query(account, connected_account_id=accounts["bob"]),
        with_query(account, user_id="bob"),
        with_query(ann, signature=""),
        with_query(ann, signature="é"),
        with_query(ann, signature=dict(parse_qsl(urlsplit(account).query))["signature"]),
        ann.replace(made["id"], other["id"]),
        ann.replace(made["id"], "00000000-0000-0000-0000-000000000000"),
        ann + "&user_id=bob",
        ann + "&signature=x",
        ann.replace("user_id=ann", ""),
        ann.replace("user_id=ann", "user_id="),
    ]
    with httpx.Client(trust_env=False, timeout=30) as client:
        for address in forged:
            for version in ({}, {"mcp-protocol-version": "2026-07-28"}):
                headers = {"accept": "application/json, text/event-stream", **version}
                answer = client.post(address, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers)
                assert answer.status_code in {400, 401}, (address, answer.status_code, answer.text)
            assert client.get(address, headers={"accept": "text/event-stream"}).status_code in {400, 401}, address


async def test_a_key_pins_an_account_of_the_named_user_only(
    made: dict[str, Any], accounts: dict[str, str], provider: Provider, key: str
) -> None:
    async with connected("http", with_query(made["mcp_url"], connected_account_id=accounts["bob"]), key) as client:
        assert not (await client.call_tool("KEYED_GET_ME", {})).is_error
    assert provider.seen[-1].headers["x-api-key"] == "key-of-bob"
    wrong = with_query(made["mcp_url"], user_id="ann", connected_account_id=accounts["bob"])
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(wrong, json={}, headers={"x-api-key": key})).status_code == 404


def test_a_key_that_may_not_run_actions_opens_nothing(made: dict[str, Any], services: Services, project: Project) -> None:
    reader = services.keys.create(project.id, "reader", [Scope.READ, Scope.CONNECT])[1].reveal()
    answer = httpx.post(made["mcp_url"], json={}, headers={"x-api-key": reader}, trust_env=False)
    assert answer.status_code == 403
    assert httpx.get(made["mcp_url"], headers={"x-api-key": reader}, trust_env=False).status_code == 403


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_allowed_tools_hold_at_the_call_and_after_a_change(
    made: dict[str, Any], api: Api, key: str, transport: str
) -> None:
    one = api("POST", "/mcp/servers", {"name": "One", "allowed_tools": ["OPEN_GET_ME", "OPEN_LIST_THINGS"]})
    async with connected(transport, one["mcp_url"], key) as client:
        assert not (await client.call_tool("OPEN_LIST_THINGS", {})).is_error
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("KEYED_GET_ME", {})
        api("PATCH", f"/mcp/{one['id']}", {"allowed_tools": ["OPEN_GET_ME"]})
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("OPEN_LIST_THINGS", {})
        api("DELETE", f"/mcp/{one['id']}")
        with pytest.raises(Exception, match=r"(?i)not found|mcp server|404|unknown|terminated"):
            await client.call_tool("OPEN_GET_ME", {})


@pytest.mark.parametrize("transport", ["http-legacy", "sse"])
async def test_a_changed_server_tells_its_clients(api: Api, key: str, transport: str) -> None:
    one = api("POST", "/mcp/servers", {"name": "One", "allowed_tools": ["OPEN_GET_ME", "OPEN_LIST_THINGS"]})
    told = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, ToolListChangedNotification):
            told.set()

    async with connected(transport, one["mcp_url"], key, message_handler=hear) as client:
        assert len((await client.list_tools()).tools) == 2
        api("PATCH", f"/mcp/{one['id']}", {"name": "Renamed"})  # which changes no tool
        await client.list_tools()
        api("PATCH", f"/mcp/{one['id']}", {"allowed_tools": ["OPEN_GET_ME"]})
        with anyio.fail_after(60):
            await told.wait()
        assert len((await client.list_tools()).tools) == 1


async def test_a_changed_server_tells_who_subscribed(api: Api, key: str) -> None:
    one = api("POST", "/mcp/servers", {"name": "One", "allowed_tools": ["OPEN_GET_ME", "OPEN_LIST_THINGS"]})
    async with connected("http", one["mcp_url"], key) as client, client.listen(tools_list_changed=True) as heard:
        api("PATCH", f"/mcp/{one['id']}", {"allowed_tools": ["OPEN_GET_ME"]})
        with anyio.fail_after(60):
            assert type(await anext(aiter(heard))).__name__ == "ToolsListChanged"
        assert len((await client.list_tools()).tools) == 1


def test_a_session_can_not_be_taken_over(made: dict[str, Any], services: Services, project: Project, key: str) -> None:
    second = services.keys.create(project.id, "second", [Scope.EXECUTE])[1].reveal()
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    begun = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    headers = {"accept": "application/json, text/event-stream"}
    ann = with_query(made["mcp_url"], user_id="ann")
    with httpx.Client(trust_env=False, headers=headers, timeout=30) as client:
        opened = client.post(ann, json=begun, headers={"x-api-key": key})
        session = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
        asked = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}}
        bob = with_query(made["mcp_url"], user_id="bob")
        for address, used in ((ann, second), (bob, key), (made["mcp_url"], key)):
            assert client.post(address, json=asked, headers={**session, "x-api-key": used}).status_code == 404
            assert client.delete(address, headers={**session, "x-api-key": used}).status_code == 404
        assert client.post(ann, json=asked, headers=session).status_code == 401
        assert client.post(ann, json=asked, headers={**session, "x-api-key": key}).status_code == 200


async def test_messages_to_a_stream_need_the_key_that_opened_it(
    made: dict[str, Any], services: Services, project: Project, key: str, public_url: str
) -> None:
    second = services.keys.create(project.id, "third", [Scope.EXECUTE])[1].reveal()
    ann = with_query(made["mcp_url"], user_id="ann")
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
        client.stream("GET", ann, headers={"x-api-key": key, "accept": "text/event-stream"}) as stream,
    ):
        lines = stream.aiter_lines()
        target = ""
        async for line in lines:
            if line.startswith("data: "):
                target = public_url + line.removeprefix("data: ")
                break
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        for headers in ({}, {"x-api-key": second}, {"authorization": f"Bearer {key}"}):
            assert (await client.post(target, json=ping, headers=headers)).status_code == 404
        elsewhere = target.replace(made["id"], "00000000-0000-0000-0000-000000000000")
        assert (await client.post(elsewhere, json=ping, headers={"x-api-key": key})).status_code == 404
        assert (await client.post(target, json=ping, headers={"x-api-key": key})).status_code == 202


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
def test_other_names_and_origins_are_turned_away(made: dict[str, Any], key: str, headers: dict[str, str]) -> None:
    more = {"x-api-key": key, "accept": "application/json, text/event-stream", **headers}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    with httpx.Client(trust_env=False) as client:
        assert client.post(made["mcp_url"], json=asked, headers=more).status_code in {403, 421}
        assert client.get(made["mcp_url"], headers=more).status_code in {403, 421}


async def test_an_agent_connects_its_user_on_a_page_of_the_servers(
    made: dict[str, Any], provider: Provider, key: str, public_url: str
) -> None:
    address = with_query(made["mcp_url"], user_id="carol", include_composio_helper_actions="true")
    async with connected("http", address, key) as client:
        assert [tool.name for tool in (await client.list_tools()).tools][-1] == "COMPOSIO_MANAGE_CONNECTIONS"
        missing = await client.call_tool("KEYED_GET_ME", {})
        assert "Call COMPOSIO_MANAGE_CONNECTIONS" in missing.structured_content["error"]
        begun = await client.call_tool("COMPOSIO_MANAGE_CONNECTIONS", {"toolkits": ["keyed", "open"]})
    results = begun.structured_content["data"]["results"]
    assert results["keyed"]["redirect_url"].startswith(f"{public_url}/link/")
    assert results["open"]["status"] == "failed"
    async with connected("http", with_query(made["mcp_url"], user_id="carol"), key) as client:
        without = await client.call_tool("KEYED_GET_ME", {})
    assert without.is_error
    assert "COMPOSIO_MANAGE_CONNECTIONS" not in without.structured_content["error"]


async def test_calls_are_on_the_record(
    made: dict[str, Any], accounts: dict[str, str], services: Services, project: Project, key: str
) -> None:
    from composio.store.calls import CallQuery

    async with connected("http", with_query(made["mcp_url"], user_id="ann"), key) as client:
        await client.call_tool("KEYED_GET_ME", {})
    newest = services.calls.list_calls(project.id, CallQuery())[0]
    assert (newest.action, newest.entity_id) == ("KEYED_GET_ME", "ann")


@pytest.mark.parametrize("transport", ["http", "http-legacy"])
async def test_a_session_of_the_tool_router_is_an_mcp_server(
    api: Api, accounts: dict[str, str], provider: Provider, key: str, transport: str
) -> None:
    body = {"user_id": "ann", "toolkits": {"enable": ["keyed"]}, "preload": {"tools": ["KEYED_GET_ME"]}}
    session = api("POST", "/tool_router/session", body)
    async with connected(transport, session["mcp"]["url"], key) as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        assert listed[-1] == "KEYED_GET_ME"
        assert "COMPOSIO_SEARCH_TOOLS" in listed
        assert not (await client.call_tool("KEYED_GET_ME", {})).is_error
        assert provider.seen[-1].headers["x-api-key"] == "key-of-ann"
        many = {"tools": [{"tool_slug": "KEYED_LIST_THINGS"}, {"tool_slug": "OPEN_GET_ME"}]}
        done = await client.call_tool("COMPOSIO_MULTI_EXECUTE_TOOL", many)
    good, bad = (one["response"]["successful"] for one in done.structured_content["data"]["results"])
    assert (good, bad) == (True, False)
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(session["mcp"]["url"], json={})).status_code == 401


def test_the_command_line_makes_lists_signs_and_removes(
    client: httpx.Client, public_url: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSIO_BASE_URL", public_url)
    monkeypatch.setenv("COMPOSIO_API_KEY", key)

    def composio(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["mcp", *arguments], obj=Session())

    made = json.loads(composio("create", "Mine", "--apps", "open,keyed", "--json").stdout)
    assert made["toolkits"] == ["open", "keyed"]
    assert made["id"] in composio("list").stdout
    signed = composio("url", made["id"], "--user-id", "ann, of course").stdout.strip()
    assert dict(parse_qsl(urlsplit(signed).query))["user_id"] == "ann, of course"
    assert httpx.post(signed, json={}).status_code != 401
    assert json.loads(composio("rotate", made["id"], "--json").stdout)["id"] == made["id"]
    assert httpx.post(signed, json={}).status_code == 401
    again = composio("url", made["id"], "--user-id", "ann, of course").stdout.strip()
    assert httpx.post(again, json={}).status_code != 401
    assert composio("remove", made["id"]).exit_code == 0
    gone = composio("remove", made["id"])
    assert (gone.exit_code, made["id"] in gone.stderr) == (1, True)
    assert "nosuch" in composio("create", "Mine", "--apps", "nosuch").stderr
    monkeypatch.setenv("COMPOSIO_API_KEY", f"ck_{'a' * 16}_{'b' * 43}")
    refused = composio("list")
    assert (refused.exit_code, "bbbb" in refused.stderr) == (1, False)
    monkeypatch.setenv("COMPOSIO_BASE_URL", "http://127.0.0.1:1")
    assert "can't be reached" in composio("list").stderr


async def test_a_file_is_a_link_of_the_servers_and_of_nobody_elses(services: Services) -> None:
    from composio_server.services.file_calls import find_link

    own = services.files.sign("GET", "fi_1")
    assert find_link(services.files, {"name": "a", "s3url": own}) == own
    others = ("https://evil.example/files/fi_1", own.replace("://", "://evil."), "", None, 3)
    assert [find_link(services.files, {"s3url": one}) for one in others] == [None] * len(others)
    assert find_link(services.files, own) is None


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
@pytest.mark.parametrize("pinned", [False, True])
async def test_a_client_that_opens_links_is_asked_to_and_the_call_goes_on(
    api: Api, services: Services, project: Project, url: str, transport: str, action: Any, pinned: bool
) -> None:
    user = f"new-{transport}-{action}-{pinned}"
    config = api("POST", "/auth_configs", {"toolkit": {"slug": "keyed"}})["auth_config"]["id"] if pinned else None
    body = {"name": "Keyed", "toolkits": ["keyed"], "auth_config_ids": [config] if config else []}
    server_id = api("POST", "/mcp/servers", body)["id"]
    asked = {"mcp_server_id": server_id, "user_ids": [user], "managed_auth_by_composio": True}
    (where,) = api("POST", "/mcp/servers/generate", asked)["user_ids_url"]
    opened: list[str] = []

    async def open_link(context: Any, params: Any) -> ElicitResult:
        opened.append(params.url)
        assert params.mode == "url"
        assert "keyed" in params.message
        if action == "accept":
            await anyio.to_thread.run_sync(_connect, params.url, f"key-of-{user}")
        return ElicitResult(action=action)

    made = {
        "http": lambda: Client(where, mode="auto", elicitation_callback=open_link),
        "http-legacy": lambda: Client(where, mode="legacy", elicitation_callback=open_link),
        "sse": lambda: Client(sse_client(where), mode="legacy", elicitation_callback=open_link),
    }
    async with made[transport]() as client:
        done = await client.call_tool("KEYED_GET_ME", {})
        assert [link.startswith(f"{url}/link/lk_") for link in opened] == [True]
        if action == "accept":
            assert done.structured_content["data"]["who"] == f"key-of-{user}"
            assert not (await client.call_tool("KEYED_GET_ME", {})).is_error
            assert len(opened) == 1
        else:
            assert done.is_error
            assert "did not open the link" in done.structured_content["error"]


def _connect(link: str, key: str) -> None:
    """What a user does in a browser."""
    walker = Walker(link.partition("/link/")[0])
    page = walker.submit(walker.get(link), {"f.api_key": key})
    assert "connected" in text_of(page).lower(), text_of(page)
    walker.client.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_client_that_opens_no_links_gets_the_next_step(api: Api, transport: str) -> None:
    server_id = api("POST", "/mcp/servers", {"name": "Keyed", "toolkits": ["keyed"]})["id"]
    asked = {"mcp_server_id": server_id, "user_ids": ["nobody"], "managed_auth_by_composio": True}
    (where,) = api("POST", "/mcp/servers/generate", asked)["user_ids_url"]
    made = {
        "http": lambda: Client(where, mode="auto"),
        "http-legacy": lambda: Client(where, mode="legacy"),
        "sse": lambda: Client(sse_client(where), mode="legacy"),
    }
    async with made[transport]() as client:
        done = await client.call_tool("KEYED_GET_ME", {})
    assert "COMPOSIO_MANAGE_CONNECTIONS" in done.structured_content["error"]


async def test_a_signed_url_ends_when_it_expires(
    api: Api, services: Services, accounts: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server_id = api("POST", "/mcp/servers", {"name": "Keyed", "toolkits": ["keyed"]})["id"]
    asked = {"mcp_server_id": server_id, "user_ids": ["ann"], "expires_in": 60}
    (signed,) = api("POST", "/mcp/servers/generate", asked)["user_ids_url"]
    parts = urlsplit(signed)
    query = dict(parse_qsl(parts.query))

    async def works(query: dict[str, str]) -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            where = urlunsplit(parts._replace(query=urlencode(query)))
            body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
            answer = await client.post(where, json=body, headers={"accept": "application/json, text/event-stream"})
        assert answer.status_code in {200, 400, 401}
        return answer.status_code != 401

    assert await works(query)
    later = str(int(query["expires"]) + 1)
    assert not await works({**query, "expires": later})
    assert not await works({name: value for name, value in query.items() if name != "expires"})
    monkeypatch.setattr(services.mcp_servers, "_now", lambda: float(query["expires"]))
    assert not await works(query)
    for wrong in (0, -1, 1e12):
        api("POST", "/mcp/servers/generate", {**asked, "expires_in": wrong}, status=400)
