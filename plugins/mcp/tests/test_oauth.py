"""OAuth for MCP servers: a published client's own flow from 401 to a call, and sixty ways that lead nowhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import httpx2
import pytest
import sqlalchemy as sa
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from pydantic import AnyUrl
from typer.testing import CliRunner

from composio.cli.main import app as cli
from composio.cli.session import Session as CliSession
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest
from composio.model.connection import ConnectionQuery
from composio.model.secret import Secret
from composio.testing import FakeTransport
from composio_server.services.keys import Scope
from composio_server.services.mcp import McpServer, McpServerConfig
from composio_server.services.oauth import Target
from composio_server.services.oauth_clients import OAuthClient, OAuthClients
from composio_server.services.people import Person, Role
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.services.session_config import EMPTY
from composio_server.services.sessions import Session
from composio_server.store.tables import audit, oauth_clients, oauth_grants
from tests.peers.acme import Provider
from tests.peers.acme_server import acme, app, compiled_home, connect_keyed, listening, provider, services, settings, url
from tests.peers.acme_server import at_its_port as public_url
from tests.peers.acme_server import home as server_home
from tests.peers.walker import Walker, goal_of, text_of

__all__ = ["acme", "app", "compiled_home", "home", "listening", "provider", "public_url", "services", "settings", "url"]

home = server_home
BACK = "http://127.0.0.1:7777/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PASSWORD = Secret("correct horse battery")


@pytest.fixture(scope="module")
def project(services: Services) -> Project:
    made = services.projects.create("first")
    backend = services.backends.of(made.id)
    for user in ("ann@example.com", "bob"):
        connect_keyed(backend, user)
    return made


@pytest.fixture(scope="module")
def ann(services: Services, project: Project) -> Person:
    """A developer of the project."""
    return _person(services, project, "ann@example.com", Role.DEVELOPER)


def _person(services: Services, project: Project, name: str, role: Role) -> Person:
    services.people.add_member(project.id, name, role)
    # Whoever has a password set by an operator and is known stays what they were: no admin.
    return services.people.set_password(name, PASSWORD)


def make_server(services: Services, project: Project, name: str = "Mail") -> McpServer:
    config = McpServerConfig(toolkits=["keyed"], allowed_tools=["KEYED_GET_ME"], auth_configs={})
    return services.mcp_servers.create(project.id, name, config)


@pytest.fixture(scope="module")
def server(services: Services, project: Project) -> McpServer:
    return make_server(services, project)


@pytest.fixture
def browser(url: str, services: Services, ann: Person) -> Iterator[Walker]:
    """Ann's, signed in."""
    made = Walker(url)
    made.client.cookies.set("composio-session", services.web_sessions.begin(ann).reveal())
    yield made
    made.client.close()


@pytest.fixture(scope="module")
def http(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as made:
        yield made


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One program's way to tokens, whose steps tests take one by one, and take wrongly."""

    http: httpx.Client
    browser: Walker
    resource: str
    client_id: str
    redirect_uri: str = BACK

    def ask(self, **more: str | None) -> httpx.Response:
        """The page that a person gets; None leaves a parameter out."""
        return self.browser.get(f"/oauth/authorize?{urlencode(self.asked(**more))}")

    def asked(self, **more: str | None) -> dict[str, str]:
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "state": "st&te",
            "resource": self.resource,
            **more,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def code(self, user_id: str | None = None, **more: str | None) -> str:
        values = {"decision": "allow", "user_id": "ann@example.com" if user_id is None else user_id}
        return back(self.browser.submit(self.ask(**more), values))["code"]

    def trade(self, code: str, **more: str | None) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
            "resource": self.resource,
            **more,
        }
        return self.http.post("/oauth/token", data={name: value for name, value in form.items() if value is not None})

    def tokens(self, **more: str | None) -> dict[str, Any]:
        answer = self.trade(self.code(**more))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refresh(self, token: str, **more: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id, **more}
        return self.http.post("/oauth/token", data=form)


def back(page: httpx.Response) -> dict[str, str]:
    """What the program is told at its redirect_uri."""
    goal = goal_of(page)
    assert goal.startswith(BACK), goal
    return dict(parse_qsl(urlsplit(goal).query))


def register(http: httpx.Client, *uris: str, **more: Any) -> httpx.Response:
    return http.post("/oauth/register", json={"client_name": "Claude", "redirect_uris": list(uris or (BACK,)), **more})


@pytest.fixture
def flow(http: httpx.Client, browser: Walker, server: McpServer, url: str) -> Flow:
    client_id = register(http).json()["client_id"]
    return Flow(http=http, browser=browser, resource=f"{url}/composio/server/{server.id}", client_id=client_id)


def call(
    http: httpx.Client,
    server: McpServer | Session,
    token: str,
    query: str = "",
    name: str = "KEYED_GET_ME",
    kind: str = "server",
) -> httpx.Response:
    """A call as a client makes it."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": {}, "_meta": meta}}
    headers = {
        "authorization": f"Bearer {token}",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": name,
    }
    return http.post(f"/composio/{kind}/{server.id}{query}", json=body, headers=headers)


def who(answer: httpx.Response) -> str:
    """Whose account a call used."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["result"]["structuredContent"]["data"]["who"])


# The way that is meant


class Kept(TokenStorage):
    tokens: Any = None
    client: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client_info: Any) -> None:
        self.client = client_info


async def _sign_in_and_call(where: str, browser: Walker) -> tuple[list[str], Any]:
    """The tools at a URL, and what a call says, for a published client that knows nothing but that."""
    answers: list[dict[str, str]] = []

    async def open_page(address: str) -> None:
        page = browser.get(address)
        assert "Claude" in text_of(page)
        answers.append(back(browser.submit(page, {"decision": "allow", "user_id": "bob"})))

    async def wait() -> AuthorizationCodeResult:
        said = answers[-1]
        return AuthorizationCodeResult(code=said["code"], state=said.get("state"), iss=said.get("iss"))

    metadata = OAuthClientMetadata(client_name="Claude", redirect_uris=[AnyUrl(BACK)])
    auth = OAuthClientProvider(where, metadata, Kept(), redirect_handler=open_page, callback_handler=wait)
    async with (
        httpx2.AsyncClient(auth=auth, trust_env=False, timeout=60) as http,
        Client(streamable_http_client(where, http_client=http)) as client,
    ):
        names = [tool.name for tool in (await client.list_tools()).tools]
        done = await client.call_tool("KEYED_GET_ME", {})
    assert len(answers) == 1
    return names, done.structured_content


@pytest.mark.anyio
async def test_a_published_client_finds_its_way_from_a_url_alone(url: str, browser: Walker, server: McpServer) -> None:
    names, said = await _sign_in_and_call(f"{url}/composio/server/{server.id}?transport=http", browser)
    assert names == ["KEYED_GET_ME"]
    assert said["data"]["who"] == "key-of-bob"


def test_an_unknown_caller_is_told_where_to_learn_more(http: httpx.Client, server: McpServer, url: str) -> None:
    answer = http.post(f"/composio/server/{server.id}", json={})
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    where = challenge.partition('resource_metadata="')[2].partition('"')[0]
    about = http.get(where).json()
    assert about["resource"] == f"{url}/composio/server/{server.id}"
    (issuer,) = about["authorization_servers"]
    found = http.get(f"{issuer}/.well-known/oauth-authorization-server").json()
    assert found["issuer"] == issuer
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["token_endpoint_auth_methods_supported"] == ["none"]


def test_the_page_says_who_asks_for_what_and_where_the_answer_goes(flow: Flow) -> None:
    said = text_of(flow.ask())
    for part in (
        "Claude",
        "Mail",
        "keyed",
        "a program on this computer",
        "ann@example.com",
        "Any program can use that name",
    ):
        assert part in said


def test_a_person_signs_in_first_and_comes_back(url: str, flow: Flow) -> None:
    stranger = Walker(url)
    page = replace(flow, browser=stranger).ask()
    assert "Sign in" in text_of(page)
    page = stranger.submit(page, {"name": "ann@example.com", "password": PASSWORD.reveal()})
    assert "Claude" in text_of(page)
    assert back(stranger.submit(page, {"decision": "allow", "user_id": "ann"}))["state"] == "st&te"
    stranger.client.close()


def test_a_program_acts_as_the_user_that_was_picked(flow: Flow, server: McpServer) -> None:
    assert who(call(flow.http, server, flow.tokens()["access_token"])) == "key-of-ann@example.com"
    assert who(call(flow.http, server, flow.tokens(user_id="bob")["access_token"])) == "key-of-bob"


def test_tokens_are_renewed(flow: Flow, server: McpServer) -> None:
    first = flow.tokens()
    second = flow.refresh(first["refresh_token"]).json()
    assert second["token_type"] == "Bearer"
    assert second["expires_in"] == 3600
    assert call(flow.http, server, first["access_token"]).status_code == 401
    assert who(call(flow.http, server, second["access_token"])).startswith("key-of")


def test_a_program_gives_its_access_back(flow: Flow, server: McpServer) -> None:
    tokens = flow.tokens()
    other = register(flow.http).json()["client_id"]
    for client_id, status in ((other, 200), (flow.client_id, 401)):
        done = flow.http.post("/oauth/revoke", data={"token": tokens["refresh_token"], "client_id": client_id})
        assert done.status_code == 200
        assert call(flow.http, server, tokens["access_token"]).status_code == status


def test_nothing_that_opens_is_stored_or_logged(flow: Flow, services: Services, caplog: pytest.LogCaptureFixture) -> None:
    code = flow.code()
    tokens = flow.trade(code).json()
    services.audit.write("", "test", "flush", {}, status=200, request_id="")
    stored = repr([tuple(row) for table in (oauth_grants, audit) for row in services.database.rows(sa.select(table))])
    for secret in (code, tokens["access_token"], tokens["refresh_token"]):
        assert secret.rpartition("_")[2] not in stored
        assert secret not in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_program_on_this_computer_may_listen_at_any_port(http: httpx.Client, flow: Flow, host: str) -> None:
    client_id = register(http, f"http://{host}/callback").json()["client_id"]
    asked = replace(flow, client_id=client_id, redirect_uri=f"http://{host}:50123/callback")
    assert "Claude" in text_of(asked.ask())


def test_an_apps_own_scheme_is_sent_back_to(http: httpx.Client, flow: Flow) -> None:
    own = "cursor://anysphere.cursor-retrieval/oauth/callback"
    asked = replace(flow, client_id=register(http, own).json()["client_id"], redirect_uri=own)
    page = asked.ask()
    assert "the app for cursor: addresses" in text_of(page)
    assert goal_of(asked.browser.submit(page, {"decision": "allow", "user_id": "ann"})).startswith(f"{own}?code=gc_")


def test_a_person_who_says_no_is_believed(flow: Flow) -> None:
    said = back(flow.browser.submit(flow.ask(), {"decision": "deny"}))
    assert (said["error"], said["state"]) == ("access_denied", "st&te")
    assert said["iss"] == flow.browser.url
    assert "code" not in said


# Ways that lead nowhere


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": None},
        {"client_id": "oc_0000000000000000"},
        {"client_id": "' OR 1=1 --"},
        {"client_id": "http://127.0.0.1/client.json"},
        {"client_id": "https://127.0.0.1/client.json"},
        {"client_id": "https://169.254.169.254/latest/meta-data"},
        {"client_id": "https://client.example"},
        {"client_id": "https://client.example/../client.json"},
        {"client_id": "https://user@client.example/client.json"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": f"{BACK}/more"},
        {"redirect_uri": f"{BACK}?more=1"},
        {"redirect_uri": "http://127.0.0.1:7777@evil.example/callback"},
        {"redirect_uri": "http://evil.example@127.0.0.1:7777/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example:7777/callback"},
        {"redirect_uri": "http://127.0.0.1:7777/x/../callback"},
        {"redirect_uri": "http://localhost:7777/callback"},
        {"redirect_uri": "https://127.0.0.1:7777/callback"},
        {"redirect_uri": "http://127.0.0.1:7777/call\tback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"state": "a" * 2001},
    ],
    ids=str,
)
def test_nobody_is_sent_to_who_is_not_known(flow: Flow, wrong: dict[str, str | None]) -> None:
    page = flow.ask(**wrong)
    assert page.status_code == 400
    assert not page.has_redirect_location
    assert "refresh" not in page.text


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"resource": None}, "invalid_target"),
        ({"resource": "https://other.example/composio/server/1"}, "invalid_target"),
        ({"resource": "https://evil.example"}, "invalid_target"),
    ],
    ids=str,
)
def test_a_request_that_does_not_fit_is_refused_to_the_program(flow: Flow, wrong: dict[str, str | None], error: str) -> None:
    said = back(flow.ask(**wrong))
    assert (said["error"], said["state"]) == (error, "st&te")


def test_a_request_that_does_not_fit_sends_nobody_away_who_is_not_signed_in(url: str, flow: Flow) -> None:
    stranger = Walker(url)
    for wrong in ({"response_type": "token"}, {"client_id": "https://client.example/client.json"}, {"redirect_uri": "x"}):
        assert "Sign in" in text_of(replace(flow, browser=stranger).ask(**wrong))
    stranger.client.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": CHALLENGE},
        {"code_verifier": "v" * 42},
        {"client_id": "oc_0000000000000000"},
        {"redirect_uri": "http://127.0.0.1:7778/callback"},
        {"resource": "other"},
        {"code": "gc_0000000000000000_" + "a" * 43},
        {"code": "nonsense"},
    ],
    ids=str,
)
def test_a_stolen_code_is_of_no_use(flow: Flow, services: Services, project: Project, url: str, wrong: dict[str, str]) -> None:
    code = flow.code()
    if wrong.get("resource") == "other":
        wrong = {"resource": f"{url}/composio/server/{make_server(services, project).id}"}
    answer = flow.trade(wrong.get("code", code), **{name: value for name, value in wrong.items() if name != "code"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    if "code" not in wrong:
        # Who tried had the code: it ends for everybody.
        assert flow.trade(code).json()["error"] == "invalid_grant"


def test_a_code_that_is_used_twice_ends_what_it_gave(flow: Flow, server: McpServer) -> None:
    code = flow.code()
    tokens = flow.trade(code).json()
    assert flow.trade(code).json()["error"] == "invalid_grant"
    assert call(flow.http, server, tokens["access_token"]).status_code == 401
    assert flow.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_token_that_is_used_twice_ends_the_others(flow: Flow, server: McpServer) -> None:
    first = flow.tokens()
    second = flow.refresh(first["refresh_token"]).json()
    assert flow.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert call(flow.http, server, second["access_token"]).status_code == 401
    assert flow.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_token_is_of_no_use_to_another_program_or_server(
    flow: Flow, services: Services, project: Project, url: str
) -> None:
    token = flow.tokens()["refresh_token"]
    other = register(flow.http).json()["client_id"]
    assert flow.refresh(token, client_id=other).json()["error"] == "invalid_grant"
    elsewhere = f"{url}/composio/server/{make_server(services, project).id}"
    assert flow.refresh(token, resource=elsewhere).json()["error"] == "invalid_grant"
    assert flow.refresh(token, resource="https://evil.example").json()["error"] == "invalid_target"
    assert flow.refresh(token).status_code == 200


@pytest.mark.parametrize(
    "token",
    ["ga_", "ga_0000000000000000_" + "a" * 43, "gr", "gc", "twisted", "ga_ga_ga", "ga_%C3%A9"],
)
def test_a_forged_token_opens_nothing(flow: Flow, server: McpServer, provider: Provider, token: str) -> None:
    real = flow.tokens()
    twisted = {
        "gr": real["refresh_token"],  # one of another kind
        "gc": f"gc_{real['access_token'][3:]}",
        "twisted": real["access_token"][:-1] + ("a" if real["access_token"][-1] != "a" else "b"),
    }
    provider.seen.clear()
    answer = call(flow.http, server, twisted.get(token, token))
    assert answer.status_code == 401
    assert "resource_metadata" in answer.headers["www-authenticate"]
    assert provider.seen == []


def test_a_token_is_for_one_mcp_server(flow: Flow, services: Services, project: Project, provider: Provider) -> None:
    token = flow.tokens()["access_token"]
    provider.seen.clear()
    others = [make_server(services, project), make_server(services, services.projects.create("other"))]
    for other in others:
        answer = call(flow.http, other, token)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert provider.seen == []


@pytest.mark.parametrize("query", ["?user_id=bob", "?user_id=ann@example.com&user_id=bob", "?user_id=%20"])
def test_a_token_is_for_one_user(flow: Flow, server: McpServer, provider: Provider, query: str) -> None:
    token = flow.tokens()["access_token"]
    provider.seen.clear()
    assert call(flow.http, server, token, query).status_code in {400, 403}
    assert provider.seen == []
    assert call(flow.http, server, token, "?user_id=ann%40example.com").status_code == 200


def test_a_token_does_not_reach_anothers_account(flow: Flow, server: McpServer, services: Services, project: Project) -> None:
    accounts = services.backends.of(project.id).accounts
    (bobs,) = services.backends.of(project.id).run(lambda: accounts.page_connections(ConnectionQuery(entity_ids=["bob"]))).items
    answer = call(flow.http, server, flow.tokens()["access_token"], f"?connected_account_id={bobs.id}")
    assert answer.status_code == 404


def test_a_token_is_no_key(flow: Flow, server: McpServer) -> None:
    token = flow.tokens()["access_token"]
    for path in ("/api/v3/mcp/servers", "/api/v3/tools", f"/api/v3/mcp/{server.id}", "/composio/session/trs_1"):
        for headers in ({"authorization": f"Bearer {token}"}, {"x-api-key": token}):
            assert flow.http.get(path, headers=headers).status_code == 401
    assert call(flow.http, server, token, name="KEYED_LIST_THINGS").status_code == 400  # not among the allowed tools


@pytest.mark.parametrize("role", [Role.VIEWER, None])
def test_who_may_only_look_or_is_no_member_can_not_let_anyone_in(
    url: str, services: Services, project: Project, flow: Flow, role: Role | None
) -> None:
    where = project if role is not None else services.projects.create("another")
    person = _person(services, where, f"{role}@example.com", role or Role.OWNER)
    other = Walker(url)
    other.client.cookies.set("composio-session", services.web_sessions.begin(person).reveal())
    page = replace(flow, browser=other).ask()
    assert page.status_code == 403
    assert "Mail" not in page.text
    other.client.close()


def test_access_ends_with_the_membership_and_with_the_server(
    url: str, services: Services, project: Project, flow: Flow, http: httpx.Client
) -> None:
    server = make_server(services, project)
    person = _person(services, project, "carl@example.com", Role.DEVELOPER)
    browser = Walker(url)
    browser.client.cookies.set("composio-session", services.web_sessions.begin(person).reveal())
    mine = replace(flow, browser=browser, resource=f"{url}/composio/server/{server.id}")
    token, other = mine.tokens(user_id="bob")["access_token"], flow.http
    assert call(other, server, token).status_code == 200
    services.people.add_member(project.id, person.name, Role.VIEWER)
    assert call(other, server, token).status_code == 401
    services.people.add_member(project.id, person.name, Role.DEVELOPER)
    assert call(other, server, token).status_code == 200
    services.mcp_servers.delete(project.id, server.id)
    assert call(other, server, token).status_code == 401
    assert services.oauth_grants.list_grants(project.id, Target("server", server.id)) == []
    browser.client.close()


def test_a_project_takes_access_back(flow: Flow, services: Services, project: Project, server: McpServer) -> None:
    token = flow.tokens()["access_token"]
    grant = services.oauth_grants.verify(token)
    assert grant in services.oauth_grants.list_grants(project.id, Target("server", server.id))
    assert not services.oauth_grants.end(services.projects.create("other").id, grant.id)
    assert services.oauth_grants.end(project.id, grant.id)
    assert call(flow.http, server, token).status_code == 401


# Sessions of the tool router


SESSION_CONFIG = {**EMPTY, "toolkits": {"enabled": ["keyed"]}, "preload": {"tools": ["KEYED_GET_ME"]}}


@pytest.fixture
def session(services: Services, project: Project) -> Session:
    """Bob's."""
    return services.sessions.create(project.id, "bob", SESSION_CONFIG)


@pytest.fixture
def session_flow(flow: Flow, session: Session, url: str) -> Flow:
    return replace(flow, resource=f"{url}/composio/session/{session.id}")


@pytest.mark.anyio
async def test_a_published_client_finds_its_way_into_a_session(url: str, browser: Walker, session: Session) -> None:
    names, said = await _sign_in_and_call(f"{url}/composio/session/{session.id}", browser)
    assert {"KEYED_GET_ME", "COMPOSIO_SEARCH_TOOLS"} <= set(names)
    assert said["data"]["who"] == "key-of-bob"


def test_an_unknown_caller_of_a_session_is_told_where_to_learn_more(http: httpx.Client, session: Session, url: str) -> None:
    refused = http.post(f"/composio/session/{session.id}", json={})
    assert refused.status_code == 401
    where = f"{url}/.well-known/oauth-protected-resource/composio/session/{session.id}"
    assert f'resource_metadata="{where}"' in refused.headers["www-authenticate"]
    said = http.get(urlsplit(where).path).json()
    assert said["resource"] == f"{url}/composio/session/{session.id}"
    assert http.get("/.well-known/oauth-protected-resource/composio/session/trs_nothing").status_code == 404


def test_a_session_is_for_its_user_whatever_a_form_says(session_flow: Flow, session: Session) -> None:
    page = text_of(session_flow.ask())
    assert "It acts as the user bob" in page
    token = session_flow.tokens(user_id="ann@example.com")["access_token"]
    assert who(call(session_flow.http, session, token, kind="session")) == "key-of-bob"


def test_a_token_of_a_session_opens_nothing_else_and_none_else_opens_it(
    flow: Flow, session_flow: Flow, session: Session, services: Services, project: Project, server: McpServer
) -> None:
    token, other = session_flow.tokens()["access_token"], flow.tokens()["access_token"]
    second = services.sessions.create(project.id, "ann@example.com", SESSION_CONFIG)
    assert call(flow.http, server, token).status_code == 401
    assert call(flow.http, second, token, kind="session").status_code == 401
    assert call(flow.http, session, other, kind="session").status_code == 401
    code = session_flow.code()
    assert session_flow.trade(code, resource=flow.resource).status_code == 400
    refresh = session_flow.tokens()["refresh_token"]
    assert session_flow.refresh(refresh, resource=flow.resource).status_code == 400


def test_access_to_a_session_ends_with_it(
    session_flow: Flow, session: Session, services: Services, project: Project, http: httpx.Client
) -> None:
    token = session_flow.tokens()["access_token"]
    assert call(http, session, token, kind="session").status_code == 200
    services.sessions.delete(project.id, session.id)
    assert call(http, session, token, kind="session").status_code == 401
    assert services.oauth_grants.list_grants(project.id, Target("session", session.id)) == []


def test_a_key_opens_a_session_as_before(http: httpx.Client, services: Services, project: Project, session: Session) -> None:
    admin, reader = (services.keys.create(project.id, "k", [scope])[1].reveal() for scope in (Scope.ADMIN, Scope.READ))
    stranger = services.keys.create(services.projects.create("stranger").id, "k", [Scope.ADMIN])[1].reveal()
    assert who(call(http, session, admin, kind="session")) == "key-of-bob"
    assert call(http, session, reader, kind="session").status_code == 403
    assert call(http, session, stranger, kind="session").status_code == 404


# Who has access, over HTTP and on the command line


def test_access_is_listed_and_ended(
    flow: Flow,
    session_flow: Flow,
    services: Services,
    session: Session,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = services.projects.create("listed")
    services.people.add_member(project.id, "ann@example.com", Role.DEVELOPER)
    server, mine = make_server(services, project), services.sessions.create(project.id, "bob", SESSION_CONFIG)
    one = replace(flow, resource=f"{url}/composio/server/{server.id}").tokens(user_id="carl")["access_token"]
    two = replace(flow, resource=f"{url}/composio/session/{mine.id}").tokens()["access_token"]
    flow.tokens()  # of another project
    replace(flow, resource=f"{url}/composio/server/{server.id}").code()  # which nobody traded
    admin, reader = (services.keys.create(project.id, "k", [scope])[1].reveal() for scope in (Scope.ADMIN, Scope.READ))

    def ask(method: str, path: str = "", key: str = admin) -> httpx.Response:
        return flow.http.request(method, f"/api/v3.1/grants{path}", headers={"x-api-key": key})

    assert ask("GET", key=reader).status_code == 403
    found = ask("GET").json()["grants"]
    assert [(grant["user_id"], grant["person"], grant["client_name"]) for grant in found] == [
        ("carl", "ann@example.com", "Claude"),
        ("bob", "ann@example.com", "Claude"),
    ]
    assert [(grant["mcp_server_id"], grant["session_id"]) for grant in found] == [(server.id, None), (None, mine.id)]
    assert not {one, two} & set(json.dumps(found).split('"'))
    assert ask("GET", f"?session_id={mine.id}").json()["grants"] == found[1:]
    assert ask("GET", f"?mcp_server_id={server.id}&session_id={mine.id}").status_code == 400
    strangers = services.keys.create(services.projects.create("stranger").id, "k", [Scope.ADMIN])[1].reveal()
    assert ask("DELETE", f"/{found[0]['id']}", key=strangers).status_code == 404
    assert ask("DELETE", f"/{found[0]['id']}", key=reader).status_code == 403
    assert call(flow.http, server, one).status_code == 200

    monkeypatch.setenv("COMPOSIO_BASE_URL", url)
    monkeypatch.setenv("COMPOSIO_API_KEY", admin)
    monkeypatch.setenv("COMPOSIO_HOME", str(tmp_path))

    def composio(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["mcp", "grants", *arguments], obj=CliSession())

    assert json.loads(composio("list", "--json").stdout) == found
    shown = composio("list", "--server", server.id).stdout
    assert f"Claude (127.0.0.1:7777)  as carl  on {server.id}  allowed by ann@example.com" in shown
    assert composio("revoke", found[0]["id"]).exit_code == 0
    assert call(flow.http, server, one).status_code == 401
    again = composio("revoke", found[0]["id"])
    assert (again.exit_code, "grant" in again.stderr) == (1, True)
    assert ask("DELETE", f"/{found[1]['id']}").json() == {"removed": found[1]["id"]}
    assert call(flow.http, mine, two, kind="session").status_code == 401
    assert "No program has access" in composio("list").stdout


@pytest.mark.parametrize(
    "uris",
    [
        [],
        ["http://evil.example/callback"],
        ["https://app.example/callback#fragment"],
        ["https://user@app.example/callback"],
        ["javascript://127.0.0.1/%0aalert(1)"],
        ["data:text/html,x"],
        ["https://app.example/call back"],
        ["https://app.example\\@evil.example/"],
        ["/callback"],
        ["https://"],
        [f"https://app.example/{'a' * 2000}"],
        [BACK] * 11,
        [3],
        "https://app.example/callback",
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_program_can_not_register_an_address_that_is_not_safe(http: httpx.Client, uris: Any) -> None:
    answer = http.post("/oauth/register", json={"client_name": "x", "redirect_uris": uris})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"[" * 30_000, b"x" * 70_000])
def test_a_registration_that_can_not_be_read_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/oauth/register", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_a_programs_name_is_text(http: httpx.Client, flow: Flow) -> None:
    name = "<b>Mail</b>\n\u202eevil" + "x" * 200
    client_id = register(http, client_name=name).json()["client_id"]
    page = replace(flow, client_id=client_id).ask()
    assert "<b>" not in page.text
    assert "\u202e" not in page.text
    assert "x" * 101 not in page.text


def test_another_sites_form_lets_nobody_in(flow: Flow, url: str) -> None:
    page = flow.ask()
    form = {**flow.asked(), "decision": "allow", "user_id": "bob"}
    token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    for data, headers in (
        (form, {}),
        ({**form, "csrf": "0" * 64}, {}),
        ({**form, "csrf": token}, {"sec-fetch-site": "cross-site"}),
        ({**form, "csrf": token}, {"origin": "https://evil.example"}),
    ):
        assert flow.browser.client.post(f"{url}/oauth/authorize", data=data, headers=headers).status_code == 403
    assert page.headers["x-frame-options"] == "DENY"
    assert "form-action 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("user_id", ["", "  ", "a" * 201, "a\x00b"])
def test_a_program_acts_as_somebody(flow: Flow, user_id: str) -> None:
    page = flow.browser.submit(flow.ask(), {"decision": "allow", "user_id": user_id})
    assert page.status_code == 400
    assert "Name the user" in text_of(page)


def test_what_expires_ends(flow: Flow, services: Services, server: McpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    grants, now = services.oauth_grants, services.clock()
    code, tokens = flow.code(), flow.tokens()
    for later, token in ((121.0, code), (3601.0, tokens["access_token"])):
        monkeypatch.setattr(grants, "_now", lambda later=later: now + later)
        if token is code:
            assert flow.trade(code).json()["error"] == "invalid_grant"
        else:
            assert call(flow.http, server, token).status_code == 401
    monkeypatch.setattr(grants, "_now", lambda: now + 31 * 86_400)
    assert flow.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert grants.sweep() >= 1


def test_who_registers_again_and_again_keeps_nobody_out(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    now = services.clock()
    clients = OAuthClients(services.database, lambda: None, lambda: now)
    known = len(list(services.database.rows(sa.select(oauth_clients.c.id))))
    monkeypatch.setattr("composio_server.services.oauth_clients._MOST_CLIENTS", known + 3)
    mine = [clients.register("P", [BACK]) for _ in range(3)]
    clients.note_use(mine[0])
    with pytest.raises(InvalidRequest, match="ten minutes"):
        clients.register("P", [BACK])
    now += 601
    assert clients.register("P", [BACK]).name == "P"
    left = {row[0] for row in services.database.rows(sa.select(oauth_clients.c.id))}
    assert [one.id in left for one in mine] == [True, False, False]


def test_programs_that_nobody_lets_in_are_forgotten(flow: Flow, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    unused = register(flow.http).json()["client_id"]
    flow.tokens()
    now = services.clock()
    monkeypatch.setattr(services.oauth_clients, "_now", lambda: now + 86_401)
    assert services.oauth_clients.sweep() >= 1
    assert "not known" in text_of(replace(flow, client_id=unused).ask())
    assert "Claude" in text_of(flow.ask())


# Programs that an address describes


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, None),
        ({"client_id": "https://other.example/client.json"}, "describes another program"),
        ({"client_secret": "x"}, "no secret"),
        ({"token_endpoint_auth_method": "client_secret_post"}, "no secret"),
        ({"redirect_uris": ["http://evil.example/"]}, "redirect_uris"),
        ({"client_name": 3}, "client_name"),
        ("text", "not JSON"),
        ("large", "does not describe"),
        (404, "answered 404"),
        (302, "does not describe"),
    ],
    ids=str,
)
async def test_an_address_describes_a_program(services: Services, tmp_path: Path, said: Any, why: str | None) -> None:
    where = "https://client.example/client.json"
    document = {"client_id": where, "client_name": "Claude", "redirect_uris": [BACK]}

    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(said, int):
            return httpx.Response(said, headers={"location": "https://evil.example/client.json"})
        if isinstance(said, str):
            return httpx.Response(200, text="hello" if said == "text" else json.dumps({**document, "x": "y" * 6000}))
        return httpx.Response(200, json={**document, **said})

    backend = EmbeddedBackend(home=tmp_path, transport=FakeTransport(answer), egress_allow=["*.example"])
    clients = OAuthClients(services.database, lambda: backend.awaiting)
    try:
        if why is not None:
            with pytest.raises(InvalidRequest, match=why):
                await clients.find(where)
            return
        found = await clients.find(where)
        assert found is not None
        assert (found.host, found.name, found.redirect_uris) == ("client.example", "Claude", (BACK,))
        assert await clients.find(where) is found
    finally:
        backend.close()


def test_scopes_of_keys_are_as_before(http: httpx.Client, services: Services, project: Project, server: McpServer) -> None:
    key = services.keys.create(project.id, "reader", [Scope.READ])[1].reveal()
    assert call(http, server, key).status_code == 403


@pytest.mark.parametrize("address", ["http://127.0.0.1:5/cb", "http://127.0.0.1/cb", "http://127.0.0.1:1/cb"])
def test_a_program_comes_back_to_any_port_of_its_loopback_address(address: str) -> None:
    assert OAuthClient(id="a", name="a", redirect_uris=("http://127.0.0.1:1/cb",)).accepts(address)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:5/cb\n", "http://127.0.0.1:5/c\tb", "http://127.0.0.1\r\n:5/cb", " http://127.0.0.1:5/cb"]
)
def test_a_loopback_address_with_what_parsing_drops_is_another(address: str) -> None:
    assert not OAuthClient(id="a", name="a", redirect_uris=("http://127.0.0.1:1/cb",)).accepts(address)
