"""Attacks on sessions that are MCP servers: an agent that leaves its session's bounds, and strangers who come into one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from composio.model.connection import ConnectionQuery, NewConnection, NewIntegration
from composio_server.services.keys import Scope
from composio_server.services.mcp import McpServerConfig
from composio_server.services.oauth import Target
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.services.session_config import EMPTY
from composio_server.services.sessions import Session
from composio_server.wire.oauth import target_of
from tests.peers.acme import Provider
from tests.peers.acme_server import acme, app, compiled_home, connect_keyed, home, listening, provider, services, settings, url
from tests.peers.acme_server import at_its_port as public_url
from tests.peers.granting import grant
from tests.peers.handshake import ACCEPT, READY, hello

__all__ = ["acme", "app", "compiled_home", "home", "listening", "provider", "public_url", "services", "settings", "url"]

MULTI, CONNECT = "COMPOSIO_MULTI_EXECUTE_TOOL", "COMPOSIO_MANAGE_CONNECTIONS"
SEARCH, DESCRIBE = "COMPOSIO_SEARCH_TOOLS", "COMPOSIO_GET_TOOL_SCHEMAS"


@dataclass(frozen=True, kw_only=True)
class World:
    """Two projects with Ann's and Bob's accounts, and sessions of Ann's."""

    services: Services
    project: Project
    foreign: Project
    url: str
    accounts: Mapping[str, str]
    bounded: Session
    """One tool of one app: ``KEYED_GET_ME``."""
    other: Session
    key: str
    """May run actions and connect users."""
    runner: str
    """May run actions alone."""
    reader: str
    stranger: str
    tokens: Mapping[str, str] = field(repr=False)

    def address(self, session: Session | None = None, **query: str) -> str:
        return f"{self.url}/composio/session/{(session or self.bounded).id}?{urlencode(query)}"


@pytest.fixture(scope="module")
def world(services: Services, url: str) -> World:
    project, foreign = services.projects.create("first"), services.projects.create("foreign")
    accounts: dict[str, str] = {}
    for owner, users in ((project, ("ann", "bob")), (foreign, ("ann",))):
        backend = services.backends.of(owner.id)
        for user in users:
            accounts[f"{user}-{owner.name}"] = connect_keyed(backend, user, f"key-of-{user}-{owner.name}")
    only = {**EMPTY, "toolkits": {"enabled": ["keyed"]}, "tools": {"keyed": {"enabled": ["KEYED_GET_ME"]}}}
    bounded, other = services.sessions.create(project.id, "ann", only), services.sessions.create(project.id, "bob", EMPTY)
    elsewhere = services.sessions.create(foreign.id, "ann", EMPTY)
    tokens = {
        "mine": grant(services, project, Target("session", bounded.id), "ann"),
        "other": grant(services, project, Target("session", other.id), "bob"),
        "foreign": grant(services, foreign, Target("session", elsewhere.id), "ann"),
    }

    def key(owner: Project, *scopes: Scope) -> str:
        return services.keys.create(owner.id, "k", list(scopes))[1].reveal()

    return World(
        services=services,
        project=project,
        foreign=foreign,
        url=url,
        accounts=accounts,
        bounded=bounded,
        other=other,
        key=key(project, Scope.EXECUTE, Scope.CONNECT),
        runner=key(project, Scope.EXECUTE),
        reader=key(project, Scope.READ, Scope.CONNECT),
        stranger=key(foreign, Scope.ADMIN),
        tokens={name: one["access"] for name, one in tokens.items()},
    )


@pytest.fixture
def raw() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60, headers=ACCEPT) as client:
        yield client


def call(raw: httpx.Client, address: str, headers: Mapping[str, str], tool: str, arguments: Any) -> httpx.Response:
    """One call of a client that never introduced itself, in the protocol without sessions."""
    return ask(raw, address, {**headers, "mcp-name": tool}, "tools/call", {"name": tool, "arguments": arguments})


def ask(raw: httpx.Client, address: str, headers: Mapping[str, str], method: str, params: Any) -> httpx.Response:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    about = {"mcp-protocol-version": "2026-07-28", "mcp-method": method}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    return raw.post(address, json=body, headers={**headers, **about})


# An agent within its session


LEAVING: dict[str, tuple[str, Any]] = {
    "another tool of the app": (MULTI, {"tools": [{"tool_slug": "KEYED_LIST_THINGS"}]}),
    "another tool, in lower case": (MULTI, {"tools": [{"tool_slug": "keyed_list_things"}]}),
    "another tool, between spaces": (MULTI, {"tools": [{"tool_slug": " KEYED_LIST_THINGS\t"}]}),
    "another tool, by its operation": (MULTI, {"tools": [{"tool_slug": "list_things"}]}),
    "another tool, as v1 called it": (MULTI, {"tools": [{"tool_slug": "keyed.list_things"}]}),
    "another tool, beside the allowed one": (
        MULTI,
        {"tools": [{"tool_slug": "KEYED_LIST_THINGS", "arguments": {"tool_slug": "KEYED_GET_ME"}}]},
    ),
    "a tool of another app": (MULTI, {"tools": [{"tool_slug": "OPEN_GET_ME"}]}),
    "itself, with another tool inside": (
        MULTI,
        {"tools": [{"tool_slug": MULTI, "arguments": {"tools": [{"tool_slug": "KEYED_LIST_THINGS"}]}}]},
    ),
    "the tool itself, which is not listed": ("KEYED_LIST_THINGS", {}),
    "the allowed tool, which is not listed either": ("KEYED_GET_ME", {}),
    "a tool that no session has": ("COMPOSIO_REMOTE_BASH_TOOL", {"command": "id"}),
    "a tool of v3's that is off": ("COMPOSIO_WAIT_FOR_CONNECTIONS", {"toolkits": ["open"]}),
    "an account in the place of a tool": (MULTI, {"tools": [{"tool_slug": "KEYED_GET_ME", "connected_account_id": "BOB"}]}),
    "a user beside the tools": (MULTI, {"tools": [{"tool_slug": "KEYED_GET_ME"}], "user_id": "bob"}),
    "another user beside the tools": (MULTI, {"tools": [{"tool_slug": "KEYED_GET_ME"}], "composio_calling": {"who": "bob"}}),
    "more tools than are taken": (MULTI, {"tools": [{"tool_slug": "KEYED_LIST_THINGS"}] * 10_000}),
}


@pytest.mark.parametrize("name", list(LEAVING))
def test_an_agent_does_not_leave_its_session(world: World, raw: httpx.Client, provider: Provider, name: str) -> None:
    tool, arguments = LEAVING[name]
    said = json.loads(json.dumps(arguments).replace('"BOB"', json.dumps(world.accounts["bob-first"])))
    answer = call(raw, world.address(), {"x-api-key": world.key}, tool, said)
    assert answer.status_code in {200, 400, 404}
    assert "key-of-bob" not in answer.text
    assert provider.seen == []


def test_what_an_agent_may_run_acts_as_its_user(world: World, raw: httpx.Client, provider: Provider) -> None:
    arguments = {"tools": [{"tool_slug": "KEYED_GET_ME", "arguments": {}}]}
    for headers in ({"x-api-key": world.key}, {"authorization": f"Bearer {world.tokens['mine']}"}):
        answer = call(raw, world.address(user_id="bob"), headers, MULTI, arguments)
        assert answer.status_code == 200
    assert {request.headers["x-api-key"] for request in provider.seen} == {"key-of-ann-first"}


def test_an_agent_hears_of_nothing_outside_of_its_session(world: World, raw: httpx.Client) -> None:
    for tool, arguments in (
        (SEARCH, {"queries": [{"use_case": "list things with keyed"}, {"use_case": "get me with open"}]}),
        (DESCRIBE, {"tool_slugs": ["KEYED_LIST_THINGS", "OPEN_GET_ME", "open_get_me"]}),
    ):
        answer = call(raw, world.address(), {"x-api-key": world.key}, tool, arguments)
        data = answer.json()["result"]["structuredContent"]["data"]
        assert not {"KEYED_LIST_THINGS", "OPEN_GET_ME"} & set(data.get("tool_schemas") or {})
        assert "primary_tool_slugs" not in data or "OPEN_GET_ME" not in json.dumps(data["results"])


@pytest.mark.parametrize("toolkit", ["acme", "ACME", " acme ", "acme_oauth"])
def test_an_agent_connects_its_user_to_no_other_app(world: World, raw: httpx.Client, toolkit: str) -> None:
    answer = call(raw, world.address(), {"x-api-key": world.key}, CONNECT, {"toolkits": [toolkit]})
    (found,) = answer.json()["result"]["structuredContent"]["data"]["results"].values()
    assert found["status"] == "failed"
    assert "redirect_url" not in found


def test_an_agent_lists_its_own_users_connections_alone(world: World, raw: httpx.Client) -> None:
    for session, listed in ((world.bounded, "ann-first"), (world.other, "bob-first")):
        answer = call(raw, world.address(session), {"x-api-key": world.key}, CONNECT, {})
        results = answer.json()["result"]["structuredContent"]["data"]["results"]
        assert {app: one["connected_account_id"] for app, one in results.items()} == {"keyed": world.accounts[listed]}


def test_an_agent_waits_for_its_own_user_alone(world: World, raw: httpx.Client) -> None:
    """Bob's and another project's Ann begin to connect, and neither is what this agent waits for, or hears of."""
    begun = []
    for project, user in ((world.project, "bob"), (world.foreign, "ann")):
        backend = world.services.backends.of(project.id)
        made = backend.run(partial(backend.accounts.create_integration, NewIntegration(app="acme")))
        new = NewConnection(integration_id=made.id, entity_id=user)
        begun.append(backend.run(partial(backend.accounts.initiate, new)).connection.id)
    session = world.services.sessions.create(world.project.id, "ann", {**EMPTY, "toolkits": {"enabled": ["acme"]}})
    answer = call(raw, world.address(session), {"x-api-key": world.key}, CONNECT, {"toolkits": ["acme"], "wait_seconds": 1})
    found = answer.json()["result"]["structuredContent"]["data"]["results"]["acme"]
    assert found["status"] == "initiated"
    assert found["connected_account_id"] not in begun
    assert not [one for one in begun if one in answer.text]


def test_an_agent_is_never_given_a_providers_own_address(world: World, raw: httpx.Client) -> None:
    """Whoever opens that is connected as the user; the page lets in one browser. Asking again is no way around it."""
    session = world.services.sessions.create(world.project.id, "dora", {**EMPTY, "toolkits": {"enabled": ["acme"]}})
    config = McpServerConfig(toolkits=["acme"], allowed_tools=["ACME_GET_ME"], auth_configs={}, managed=True)
    server = world.services.mcp_servers.create(world.project.id, "Acme", config)
    backend = world.services.backends.of(world.project.id)
    for where, user in (
        (world.address(session), "dora"),
        (f"{world.url}/composio/server/{server.id}?user_id=emma", "emma"),
    ):
        found: dict[str, Any] = {}
        for anew in (False, False, True):
            arguments = {"toolkits": ["acme"], "reinitiate_all": anew}
            answer = call(raw, where, {"x-api-key": world.key}, CONNECT, arguments)
            found = answer.json()["result"]["structuredContent"]["data"]["results"]["acme"]
            assert found["status"] == "initiated"
            assert found["redirect_url"].startswith(f"{world.url}/link/lk_")
        link = world.services.links.find(found["redirect_url"].rpartition("/")[2])
        assert link is not None
        assert (link.user_id, link.connection_id) == (user, found["connected_account_id"])
        begun = backend.run(partial(backend.accounts.page_connections, ConnectionQuery(entity_ids=[user]))).items
        assert [one.id for one in begun] == [found["connected_account_id"]]  # the same one, each time


def test_an_account_of_another_auth_config_is_neither_used_nor_called_connected(
    world: World, raw: httpx.Client, provider: Provider
) -> None:
    backend = world.services.backends.of(world.project.id)
    pinned = backend.run(lambda: backend.accounts.create_integration(NewIntegration(app="keyed", name="second"))).id
    config = McpServerConfig(toolkits=["keyed"], allowed_tools=["KEYED_GET_ME"], auth_configs={"keyed": pinned}, managed=True)
    server = world.services.mcp_servers.create(world.project.id, "Keyed", config)
    where = f"{world.url}/composio/server/{server.id}?user_id=ann"
    refused = call(raw, where, {"x-api-key": world.key}, "KEYED_GET_ME", {})
    assert CONNECT in refused.json()["result"]["structuredContent"]["error"]
    # What it says to do has to lead somewhere.
    for arguments in ({"toolkits": ["keyed"]}, {"toolkits": ["keyed"], "wait_seconds": 1}):
        answer = call(raw, where, {"x-api-key": world.key}, CONNECT, arguments)
        found = answer.json()["result"]["structuredContent"]["data"]["results"]["keyed"]
        assert found["status"] == "initiated"
    assert provider.seen == []


def test_a_key_that_may_not_connect_users_connects_none_over_mcp(world: World, raw: httpx.Client) -> None:
    config = McpServerConfig(toolkits=["acme"], allowed_tools=["ACME_GET_ME"], auth_configs={})
    server = world.services.mcp_servers.create(world.project.id, "Acme", config)
    asking = f"{world.url}/composio/server/{server.id}?user_id=ann&include_composio_helper_actions=true"
    session = world.services.sessions.create(world.project.id, "ann", EMPTY)
    for where in (asking, world.address(session)):
        refused = call(raw, where, {"x-api-key": world.runner}, CONNECT, {"toolkits": ["acme"]})
        assert "Unknown tool" in refused.json()["error"]["message"]
        assert "result" in call(raw, where, {"x-api-key": world.key}, CONNECT, {"toolkits": ["acme"]}).json()


def test_a_url_asks_for_what_results_are_like(world: World, raw: httpx.Client) -> None:
    config = McpServerConfig(toolkits=["keyed"], allowed_tools=["KEYED_GET_ME"], auth_configs={})
    server = world.services.mcp_servers.create(world.project.id, "Keyed", config)
    for where in (f"{world.url}/composio/server/{server.id}?user_id=ann", world.address(user_id="ann")):
        for query, told in (("", False), ("&include_output_schemas=true", True), ("&include_output_schemas=false", False)):
            listed = ask(raw, where + query, {"x-api-key": world.key}, "tools/list", {}).json()["result"]["tools"]
            assert {"outputSchema" in tool for tool in listed} == {told}


@pytest.mark.parametrize(
    "query", ["&".join(f"a{n}=1" for n in range(100)), "user_id=a&user_id=b", "user_id=", "expires=1e9&signature=x"]
)
def test_a_query_that_can_not_be_meant_is_refused(world: World, raw: httpx.Client, query: str) -> None:
    config = McpServerConfig(toolkits=["keyed"], allowed_tools=["KEYED_GET_ME"], auth_configs={})
    server = world.services.mcp_servers.create(world.project.id, "Keyed", config)
    where = f"{world.url}/composio/server/{server.id}?{query}"
    assert call(raw, where, {"x-api-key": world.key}, "KEYED_GET_ME", {}).status_code == 400


# Strangers


@dataclass(frozen=True)
class Attempt:
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


STRANGERS: dict[str, Callable[[World], Attempt]] = {
    "nobody": lambda w: Attempt(w.address()),
    "nobody who names the user": lambda w: Attempt(w.address(user_id="ann")),
    "nobody with a signature": lambda w: Attempt(w.address(user_id="ann", signature="x")),
    "a key in the query": lambda w: Attempt(w.address(api_key=w.key)),
    "a key that may not run actions": lambda w: Attempt(w.address(), {"x-api-key": w.reader}),
    "a key of another project": lambda w: Attempt(w.address(), {"x-api-key": w.stranger}),
    "a token of another session": lambda w: Attempt(w.address(), _bearer(w.tokens["other"])),
    "a token of another projects session": lambda w: Attempt(w.address(), _bearer(w.tokens["foreign"])),
    "a token as a key": lambda w: Attempt(w.address(), {"x-api-key": w.tokens["mine"]}),
    "a token at another session": lambda w: Attempt(w.address(w.other), _bearer(w.tokens["mine"])),
    "a token beside a strangers key": lambda w: Attempt(
        w.address(w.other), {**_bearer(w.tokens["mine"]), "x-api-key": w.stranger}
    ),
    "a token at a path that leads elsewhere": lambda w: Attempt(
        f"{w.url}/composio/session/{w.bounded.id}/../{w.other.id}", _bearer(w.tokens["mine"])
    ),
    "a token at an escaped path": lambda w: Attempt(
        f"{w.url}/composio/session/{w.bounded.id}%2F..%2F{w.other.id}", _bearer(w.tokens["mine"])
    ),
    "a session as an MCP server": lambda w: Attempt(f"{w.url}/composio/server/{w.bounded.id}", {"x-api-key": w.key}),
    "another name of this machine": lambda w: Attempt(w.address(), {"x-api-key": w.key, "host": "evil.example"}),
    "a page of another origin": lambda w: Attempt(w.address(), {"x-api-key": w.key, "origin": "https://evil.example"}),
}
RUN = {"tools": [{"tool_slug": "KEYED_GET_ME", "arguments": {}}]}


@pytest.mark.parametrize("name", list(STRANGERS))
def test_a_stranger_comes_into_no_session(world: World, raw: httpx.Client, provider: Provider, name: str) -> None:
    attempt = STRANGERS[name](world)
    assert call(raw, attempt.address, attempt.headers, MULTI, RUN).status_code in {400, 401, 403, 404, 421}
    assert raw.post(attempt.address, json=hello(), headers=dict(attempt.headers)).status_code in {400, 401, 403, 404, 421}
    with raw.stream("GET", attempt.address, headers=dict(attempt.headers)) as stream:
        assert stream.status_code in {400, 401, 403, 404, 421}
    assert provider.seen == []


def test_a_stream_of_another_session_is_not_taken_up_again(world: World, raw: httpx.Client) -> None:
    """``Last-Event-ID`` names an event of somebody else's: nothing is repeated here, whoever asks."""
    mine, bobs = {"x-api-key": world.key}, world.address(world.other)
    opened = raw.post(bobs, json=hello(), headers=mine)
    bob = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
    raw.post(bobs, json=READY, headers={**mine, **bob})
    taken = raw.get(world.address(), headers={**mine, **bob, "last-event-id": "1"})
    assert taken.status_code == 404
    own = raw.post(world.address(), json=hello(), headers=mine)
    ann = {"mcp-session-id": own.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
    with raw.stream("GET", world.address(), headers={**mine, **ann, "last-event-id": bob["mcp-session-id"]}) as stream:
        assert stream.status_code == 200
        assert stream.headers["mcp-session-id"] == ann["mcp-session-id"]


# What a program's token opens besides


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v3.1/grants"),
        ("DELETE", "/api/v3.1/grants/{grant}"),
        ("GET", "/api/v3/mcp/servers"),
        ("GET", "/api/v3/connected_accounts"),
        ("GET", "/api/v3/tool_router/session"),
        ("POST", "/api/v3/tool_router/session/{session}/execute"),
        ("POST", "/api/v3/tools/execute/KEYED_GET_ME"),
        ("GET", "/api/v1/connectedAccounts"),
    ],
)
@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
def test_a_token_opens_no_route_of_the_api(
    world: World, raw: httpx.Client, provider: Provider, method: str, path: str, header: str
) -> None:
    token = world.tokens["mine"]
    where = path.format(grant=token.split("_")[1], session=world.bounded.id)
    body = {"user_id": "ann", "arguments": {}, "tool_slug": "KEYED_GET_ME"}
    sent = {header: f"Bearer {token}" if header == "authorization" else token}
    more: Any = {"json": body} if method == "POST" else {}
    assert raw.request(method, world.url + where, headers=sent, **more).status_code == 401
    assert provider.seen == []


def test_access_is_listed_and_ended_by_its_own_project_alone(world: World, raw: httpx.Client) -> None:
    admin = world.services.keys.create(world.project.id, "a", [Scope.ADMIN])[1].reveal()
    listed = raw.get(f"{world.url}/api/v3.1/grants", headers={"x-api-key": admin}).json()["grants"]
    mine = {one["id"] for one in listed}
    assert {one["session_id"] for one in listed} == {world.bounded.id, world.other.id}
    theirs = raw.get(f"{world.url}/api/v3.1/grants", headers={"x-api-key": world.stranger}).json()["grants"]
    assert mine.isdisjoint(one["id"] for one in theirs)
    for query in ({"session_id": world.bounded.id}, {"mcp_server_id": world.bounded.id}):
        found = raw.get(f"{world.url}/api/v3.1/grants", params=query, headers={"x-api-key": world.stranger}).json()
        assert found["grants"] == []
    for grant_id in mine:
        where = f"{world.url}/api/v3.1/grants/{grant_id}"
        assert raw.delete(where, headers={"x-api-key": world.stranger}).status_code == 404
        assert raw.delete(where, headers={"x-api-key": world.key}).status_code == 403
    assert call(raw, world.address(), _bearer(world.tokens["mine"]), MULTI, RUN).status_code == 200


# Whom a token is for, in other words


def test_an_audience_is_an_address_and_not_what_looks_like_one(world: World) -> None:
    mine = f"{world.url}/composio/session/{world.bounded.id}"
    parts = urlsplit(mine)
    for good in (mine, f"{mine}/", f"{mine}?transport=sse"):
        assert target_of(world.services, good) == Target("session", world.bounded.id)
    for bad in (
        mine.replace("http://", "https://"),
        mine.replace("http://", "HTTP://"),
        mine.replace("http://", "http://user@"),
        mine.replace(f":{parts.port}", ""),
        mine.replace(f":{parts.port}", f":{parts.port}0"),
        mine.replace("127.0.0.1", "127.0.0.1.evil.example"),
        mine.replace("127.0.0.1", "localhost"),
        mine.replace("127.0.0.1", "127.1"),
        f"{mine}#fragment",
        f"https://evil.example/?{mine}",
        f"https://evil.example/{mine}",
        mine.replace("/composio/", "/Composio/"),
        mine.replace("/session/", "/session/../session/"),
        mine.replace("/session/", "/%73ession/"),
        f"{mine}//",
        f"{mine}/messages",
        mine.upper(),
        f"{mine}\r\n",
        f" {mine}",
        f"{mine}%00",
    ):
        target = target_of(world.services, bad)
        assert target is None or world.services.sessions.project_of(target.id) is None, bad
