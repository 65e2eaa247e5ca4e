"""Attacks on an MCP server of a Composio server, over each transport: none reaches an API, none lists a tool.

Every row is tried with the published client, which goes as far as it is let. What it must not do is seen at the API behind.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import httpx2
import pytest
from mcp.client import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest
from composio_server.services.keys import Scope
from composio_server.services.mcp import McpServer, McpServerConfig, Signed
from composio_server.services.oauth import Target
from composio_server.services.oauth_clients import OAuthClients
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.services.session_config import EMPTY
from tests.peers.acme import Provider
from tests.peers.acme_server import acme, app, compiled_home, connect_keyed, listening, provider, services, settings, url
from tests.peers.acme_server import at_its_port as public_url
from tests.peers.acme_server import home as server_home
from tests.peers.granting import grant
from tests.peers.handshake import ACCEPT, READY, hello

__all__ = ["acme", "app", "compiled_home", "home", "listening", "provider", "public_url", "services", "settings", "url"]

home = server_home
pytestmark = pytest.mark.anyio
TRANSPORTS = ("http", "http-legacy", "sse")
TOOL = "KEYED_GET_ME"


@dataclass(frozen=True, kw_only=True)
class World:
    """A project with Ann's and Bob's accounts, and what an attacker may have got hold of."""

    services: Services
    project: Project
    url: str
    accounts: Mapping[str, str]
    server: McpServer
    other: McpServer
    """Of the same project and apps."""
    key: str
    """May run actions, for whomever a URL names."""
    reader: str
    stranger: str
    """Of another project, with every right there."""
    tokens: Mapping[str, str] = field(repr=False)

    def address(self, server: McpServer | None = None, **query: str) -> str:
        return f"{self.url}/composio/server/{(server or self.server).id}?{urlencode(query)}"

    def signed(self, server: McpServer | None = None, expires: int | None = None, **named: str) -> str:
        where = server or self.server
        signature = self.services.mcp_servers.sign(where, Signed(expires=expires, **named))
        until = {} if expires is None else {"expires": str(expires)}
        return self.address(where, **named, **until, signature=signature)


@pytest.fixture(scope="module")
def world(services: Services, url: str) -> World:
    project, foreign = services.projects.create("first"), services.projects.create("foreign")
    accounts = {}
    for owner, users in ((project, ("ann", "bob")), (foreign, ("ann",))):
        backend = services.backends.of(owner.id)
        for user in users:
            accounts[user if owner is project else "foreign"] = connect_keyed(backend, user)
    config = McpServerConfig(toolkits=["keyed"], allowed_tools=[TOOL], auth_configs={})
    server, other, elsewhere = (services.mcp_servers.create(one.id, "Keyed", config) for one in (project, project, foreign))
    session = services.sessions.create(project.id, "ann", {**EMPTY, "toolkits": {"enabled": ["keyed"]}})
    grants = {
        "mine": grant(services, project, Target("server", server.id), "ann"),
        "other": grant(services, project, Target("server", other.id), "ann"),
        "session": grant(services, project, Target("session", session.id), "ann"),
        "foreign": grant(services, foreign, Target("server", elsewhere.id), "ann"),
        "ended": grant(services, project, Target("server", server.id), "ann"),
    }
    ended = services.oauth_grants.verify(grants["ended"]["access"])
    assert services.oauth_grants.end(project.id, ended.id)
    tokens = {f"{name}-{kind}": token for name, kinds in grants.items() for kind, token in kinds.items()}

    def key(owner: Project, *scopes: Scope) -> str:
        return services.keys.create(owner.id, "k", list(scopes))[1].reveal()

    return World(
        services=services,
        project=project,
        url=url,
        accounts=accounts,
        server=server,
        other=other,
        key=key(project, Scope.EXECUTE),
        reader=key(project, Scope.READ, Scope.CONNECT),
        stranger=key(foreign, Scope.ADMIN),
        tokens=tokens,
    )


@dataclass(frozen=True)
class Attempt:
    """Where an attacker goes, and with what."""

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    tool: str = TOOL


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _with(address: str, **more: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **more})))


ATTACKS: dict[str, Callable[[World], Attempt]] = {
    # A forged user_id
    "no key at all": lambda w: Attempt(w.address(user_id="ann")),
    "another user than was signed for": lambda w: Attempt(_with(w.signed(user_id="ann"), user_id="bob")),
    "a second user_id behind the signed one": lambda w: Attempt(w.signed(user_id="ann") + "&user_id=bob"),
    "an account beside the signed user": lambda w: Attempt(
        _with(w.signed(user_id="ann"), connected_account_id=w.accounts["bob"])
    ),
    "another account than was signed for": lambda w: Attempt(
        _with(w.signed(connected_account_id=w.accounts["ann"]), connected_account_id=w.accounts["bob"])
    ),
    "a user in the place of the signed account": lambda w: Attempt(
        w.signed(connected_account_id=w.accounts["ann"]).replace("connected_account_id=", "user_id=")
    ),
    "a signature of another server": lambda w: Attempt(w.signed(w.other, user_id="ann").replace(w.other.id, w.server.id)),
    "a signature that has expired": lambda w: Attempt(w.signed(user_id="ann", expires=1)),
    "a signature whose end was moved": lambda w: Attempt(_with(w.signed(user_id="ann", expires=1), expires="99999999999")),
    "a signature whose end was taken away": lambda w: Attempt(w.signed(user_id="ann", expires=1).replace("expires=1&", "")),
    "an empty signature": lambda w: Attempt(w.address(user_id="ann", signature="")),
    "a signature beside a good key": lambda w: Attempt(w.address(user_id="ann", signature="x"), {"x-api-key": w.key}),
    "an account of another user": lambda w: Attempt(
        w.address(user_id="ann", connected_account_id=w.accounts["bob"]), {"x-api-key": w.key}
    ),
    "an account of another project": lambda w: Attempt(
        w.address(connected_account_id=w.accounts["foreign"]), {"x-api-key": w.key}
    ),
    "an empty user_id": lambda w: Attempt(w.address(user_id=" "), {"x-api-key": w.key}),
    # Keys
    "a key that may not run actions": lambda w: Attempt(w.address(user_id="ann"), {"x-api-key": w.reader}),
    "a key of another project": lambda w: Attempt(w.address(user_id="ann"), {"x-api-key": w.stranger}),
    "a key with another end": lambda w: Attempt(w.address(user_id="ann"), {"x-api-key": w.key[:-1] + "?"}),
    "a key in the query": lambda w: Attempt(_with(w.address(user_id="ann"), api_key=w.key)),
    "the users own key of the API": lambda w: Attempt(w.address(user_id="ann"), _bearer("key-of-ann")),
    # Tokens for something else
    "a token of another server": lambda w: Attempt(w.address(), _bearer(w.tokens["other-access"])),
    "a token of a session": lambda w: Attempt(w.address(), _bearer(w.tokens["session-access"])),
    "a token of another projects server": lambda w: Attempt(w.address(), _bearer(w.tokens["foreign-access"])),
    "a token for another user": lambda w: Attempt(w.address(user_id="bob"), _bearer(w.tokens["mine-access"])),
    "a token with anothers account": lambda w: Attempt(
        w.address(connected_account_id=w.accounts["bob"]), _bearer(w.tokens["mine-access"])
    ),
    "a token that was ended": lambda w: Attempt(w.address(), _bearer(w.tokens["ended-access"])),
    "a refresh token": lambda w: Attempt(w.address(), _bearer(w.tokens["mine-refresh"])),
    "a code": lambda w: Attempt(w.address(), _bearer(w.tokens["mine-code"])),
    "a token as a key": lambda w: Attempt(w.address(), {"x-api-key": w.tokens["mine-access"]}),
    "a token with another end": lambda w: Attempt(w.address(), _bearer(w.tokens["mine-access"][:-1] + "A")),
    # Other names and other pages
    "another host": lambda w: Attempt(w.signed(user_id="ann"), {"host": "evil.example"}),
    "a host that begins as ours": lambda w: Attempt(w.signed(user_id="ann"), {"host": "127.0.0.1.evil.example"}),
    "a host that ends as ours": lambda w: Attempt(w.signed(user_id="ann"), {"host": "evil.example:127.0.0.1"}),
    "a page of another origin": lambda w: Attempt(w.signed(user_id="ann"), {"origin": "https://evil.example"}),
    "a page without an origin": lambda w: Attempt(w.signed(user_id="ann"), {"origin": "null"}),
    "a page of a host that begins as ours": lambda w: Attempt(
        w.signed(user_id="ann"), {"origin": "http://127.0.0.1.evil.example"}
    ),
    # Tools that were not listed
    "a tool that is not allowed": lambda w: Attempt(w.signed(user_id="ann"), tool="KEYED_LIST_THINGS"),
    "a tool of another app": lambda w: Attempt(w.signed(user_id="ann"), tool="OPEN_GET_ME"),
    "a tool by another spelling": lambda w: Attempt(w.signed(user_id="ann"), tool="keyed_get_me"),
    "the tool that connects users": lambda w: Attempt(w.signed(user_id="ann"), tool="COMPOSIO_MANAGE_CONNECTIONS"),
    "the tool that runs others": lambda w: Attempt(w.signed(user_id="ann"), tool="COMPOSIO_MULTI_EXECUTE_TOOL"),
    # Servers that are none
    "another projects server": lambda w: Attempt(
        w.address().replace(w.server.id, "00000000-0000-0000-0000-000000000000"), {"x-api-key": w.key}
    ),
    "a path behind a servers": lambda w: Attempt(w.signed(user_id="ann").replace("?", "/../x?")),
}
CONTROLS: dict[str, Callable[[World], Attempt]] = {
    "a key": lambda w: Attempt(w.address(user_id="ann"), {"x-api-key": w.key}),
    "a signed URL": lambda w: Attempt(w.signed(user_id="ann")),
    "a token": lambda w: Attempt(w.address(), _bearer(w.tokens["mine-access"])),
}


@asynccontextmanager
async def reached(transport: str, attempt: Attempt) -> Any:
    headers = dict(attempt.headers)
    if transport == "sse":
        async with Client(sse_client(attempt.address, headers=headers), mode="legacy") as client:
            yield client
        return
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as http:
        made = streamable_http_client(attempt.address, http_client=http)
        async with Client(made, mode="legacy" if transport == "http-legacy" else "auto") as client:
            yield client


async def go_as_far_as_let(transport: str, attempt: Attempt) -> str | None:
    """What the tool says; None where something was in the way."""
    try:
        async with asyncio.timeout(60), reached(transport, attempt) as client:
            called = await client.call_tool(attempt.tool, {})
            return None if called.is_error else json.dumps(called.structured_content)
    except TimeoutError:
        raise AssertionError("neither let in nor turned away") from None
    except Exception:
        return None


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("name", list(CONTROLS))
async def test_who_may_gets_through(world: World, provider: Provider, name: str, transport: str) -> None:
    assert await go_as_far_as_let(transport, CONTROLS[name](world)) is not None
    assert [request.headers["x-api-key"] for request in provider.seen] == ["key-of-ann"]
    # What opens the server never goes on to an API.
    sent = str([(request.url, request.headers.raw, request.content) for request in provider.seen])
    assert not [secret for secret in (world.key, "signature", *world.tokens.values()) if secret in sent]


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("name", list(ATTACKS))
async def test_who_may_not_reaches_nothing(world: World, provider: Provider, name: str, transport: str) -> None:
    assert await go_as_far_as_let(transport, ATTACKS[name](world)) is None
    assert provider.seen == []


# Requests that no client makes: what belongs to others who are connected


@pytest.fixture
def raw(world: World) -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60, headers=ACCEPT) as client:
        yield client


CALL = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": TOOL, "arguments": {}}}
HELLO = hello()
THIEVES: dict[str, Callable[[World], Attempt]] = {
    "nobody": lambda w: Attempt(w.address(user_id="ann")),
    "a key of another project": lambda w: Attempt(w.address(user_id="ann"), {"x-api-key": w.stranger}),
    "a signed URL of the same user": lambda w: Attempt(w.signed(user_id="ann")),
    "a token of the same user": lambda w: Attempt(w.address(user_id="ann"), _bearer(w.tokens["mine-access"])),
    "another user of the same key": lambda w: Attempt(w.address(user_id="bob"), {"x-api-key": w.key}),
    "the same key at another server": lambda w: Attempt(w.address(w.other, user_id="ann"), {"x-api-key": w.key}),
    "the same key as a bearer": lambda w: Attempt(w.address(user_id="ann"), _bearer(w.key)),
    "the same key with more in the URL": lambda w: Attempt(w.address(user_id="ann", a="b"), {"x-api-key": w.key}),
}


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
@pytest.mark.parametrize("name", list(THIEVES))
def test_a_session_is_of_whom_began_it(world: World, provider: Provider, raw: httpx.Client, name: str, method: str) -> None:
    mine = {"x-api-key": world.key}
    where = world.address(user_id="ann")
    opened = raw.post(where, json=HELLO, headers=mine)
    session = {"mcp-session-id": opened.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
    raw.post(where, json=READY, headers={**mine, **session})
    thief = THIEVES[name](world)
    body = {"json": CALL} if method == "POST" else {}
    refused = raw.request(method, thief.address, headers={**thief.headers, **session}, **body)  # type: ignore[arg-type]
    assert refused.status_code in {401, 404}
    assert provider.seen == []
    assert raw.post(where, json=CALL, headers={**mine, **session}).status_code == 200
    assert len(provider.seen) == 1


@pytest.mark.parametrize("name", [name for name in THIEVES if "more in the URL" not in name and "another user" not in name])
async def test_a_stream_takes_messages_of_whom_opened_it(world: World, provider: Provider, name: str) -> None:
    """Its messages bring no query: at another user's URL the same key is the same client, which acts as the stream's user."""
    mine, where = {"x-api-key": world.key}, world.address(user_id="ann")
    async with (
        httpx.AsyncClient(trust_env=False, timeout=60) as client,
        client.stream("GET", where, headers={**mine, "accept": "text/event-stream"}) as stream,
    ):
        lines = stream.aiter_lines()
        target = ""
        while not target:
            line = await anext(lines)
            target = world.url + line.removeprefix("data: ") if line.startswith("data: ") else ""
        thief = THIEVES[name](world)
        number = urlsplit(target).query
        aim = f"{thief.address.partition('?')[0]}/messages?{number}"
        for body in (HELLO, CALL):
            assert (await client.post(aim, json=body, headers=dict(thief.headers))).status_code in {401, 404}
        assert provider.seen == []
        assert (await client.post(target, json=HELLO, headers=mine)).status_code == 202


# Addresses that describe a program: what a stranger makes the server fetch


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/client.json",
        "https://localhost/client.json",
        "https://[::1]/client.json",
        "https://[::ffff:127.0.0.1]/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/client.json",
        "https://192.168.1.1/client.json",
        "https://0.0.0.0/client.json",
        "https://2130706433/client.json",
        "https://0x7f000001/client.json",
        "https://127.1/client.json",
        "https://user@client.example/client.json",
        "https://client.example/../client.json",
        "https://client.example/client.json#a",
        "https://client.example",
        "https://client.example:99999/client.json",
        "https://client.example/client.json\r\nx: y",
        "https://рypal.example/client.json",
    ],
)
async def test_no_address_inside_is_fetched_for_a_stranger(services: Services, tmp_path: Any, address: str) -> None:
    backend = EmbeddedBackend(home=tmp_path)
    clients = OAuthClients(services.database, lambda: backend.awaiting)
    try:
        with pytest.raises(InvalidRequest, match=r"client_id: .*(refused|ambiguous form|is like https)"):
            await clients.find(address)
    finally:
        backend.close()
