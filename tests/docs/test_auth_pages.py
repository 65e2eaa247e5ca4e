"""The pages on authentication, run as written: a real provider, a user who opens what is printed, an API that wants a token."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from composio import ComposioToolSet
from composio.catalog.sources.integration import load_integration
from composio.embedded import EmbeddedBackend
from composio.plugin.manager import PluginManager
from composio.process.home import Home
from composio.testing import FakeUpstream
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.docs.pages import REFERENCE
from tests.docs.running import Incomplete, leave, run_page
from tests.peers.acme import KEY, write_app
from tests.peers.oidc import NATIVE, OidcPeer, packages_folder, served

pytestmark = [
    pytest.mark.skipif(not REFERENCE.exists(), reason="the documentation's reference is not part of a user's clone"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the pages never close their toolsets
]

URL = re.compile(r"http://127\.0\.0\.1:\d+/auth\?\S+")
ENDPOINTS = {"AUTHORIZATION_URL": "/auth", "TOKEN_URL": "/token", "REVOCATION_URL": "/token/revocation"}


class User(io.TextIOBase):
    """Reads what a page prints, opens the provider's addresses and says yes there."""

    def __init__(self, oidc: OidcPeer) -> None:
        self._oidc, self._text = oidc, ""
        self.shown: Any = None
        self._browsers: list[threading.Thread] = []
        self.pages: list[httpx.Response] = []
        self.failed: list[BaseException] = []
        self._seen: set[str] = set()

    def write(self, text: str) -> int:
        self._text += text
        for url in URL.findall(self._text):
            if url not in self._seen and "\n" in self._text[self._text.index(url) :]:
                self._seen.add(url)
                self._browsers.append(threading.Thread(target=self._visit, args=(url,)))
                self._browsers[-1].start()
        return int(self.shown.write(text))

    def flush(self) -> None:
        self.shown.flush()

    def _visit(self, url: str) -> None:
        try:
            callback = self._oidc.drive_login(url, user="octocat")
            self.pages.append(httpx.get(callback, trust_env=False, timeout=30))
        except BaseException as error:
            self.failed.append(error)

    def leave(self) -> None:
        for browser in self._browsers:
            browser.join(60)
        assert self.failed == []
        assert [(page.status_code, "connected" in page.text) for page in self.pages] == [(200, True)] * len(self.pages)


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcPeer]:
    """A provider that knows a scope of Google's too: it consents to nothing else than what it knows."""
    scope = "openid repo https://www.googleapis.com/auth/gmail.modify"
    with served(packages_folder(), (NATIVE,), {"scope": scope}) as peer:
        yield peer


@pytest.fixture(scope="module")
def github() -> Iterator[FakeUpstream]:
    with FakeUpstream.for_app("github") as api:
        yield api


@pytest.fixture
def home(tmp_path: Path, github: FakeUpstream, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, with the catalog that ``github`` had compiled: that takes a while."""
    made = tmp_path / "home"
    made.mkdir()
    for file in Home().path.glob("catalog.sqlite3*"):
        shutil.copy(file, made / file.name)
    # The page's Shopify wants a key alone: this one takes the place of the one that is shipped, which wants the shop as well.
    write_app(made, "shopify", KEY)
    shipped = PluginManager.app_folders
    monkeypatch.setattr(PluginManager, "app_folders", lambda self: [one for one in shipped(self) if one.name != "shopify"])
    return made


@pytest.fixture
def surroundings(home: Path, provider: OidcPeer, github: FakeUpstream, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    github.reset()
    github.require(header="Authorization")
    named = {
        "COMPOSIO_HOME": str(home),
        "COMPOSIO_API_KEY": "the-docs-set-one",
        "COMPOSIO_ENCRYPTION_KEY": "44" * 32,
        "COMPOSIO_REDIRECT_PORT": "0",
        "COMPOSIO_GITHUB_BASE_URL": github.url,
    }
    for app in ("GITHUB", "GMAIL"):
        named[f"COMPOSIO_OAUTH_{app}_CLIENT_ID"] = NATIVE.client_id
        named |= {f"COMPOSIO_OAUTH_{app}_{name}": provider.issuer + path for name, path in ENDPOINTS.items()}
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    return named


@contextmanager
def page(title: str, user: User, *listed: Incomplete) -> Iterator[dict[str, Any]]:
    user.shown = sys.stdout
    try:
        with redirect_stdout(user):
            namespace = run_page(title, listed)
    finally:
        user.leave()
    try:
        yield namespace
    finally:
        leave(namespace)


@pytest.fixture
def user(provider: OidcPeer, surroundings: dict[str, str]) -> User:
    return User(provider)


def token_of(home: Path, entity: str, app: str = "github") -> str:
    backend = EmbeddedBackend(home=home)
    try:
        with ComposioToolSet(backend=backend) as toolset:
            one = toolset.get_entity(entity).get_connection(app)
            return str(toolset.client.connected_accounts.info(one.id).values["access_token"])
    finally:
        backend.close()


def test_introduction(user: User, oidc: OidcPeer, github: FakeUpstream, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with page("Introduction 3", user) as namespace:
        assert namespace["active_connection"].status == "ACTIVE"
    said = capsys.readouterr().out
    assert "Please direct the user to visit: http://127.0.0.1" in said
    assert "Connection successful! ID: conn_" in said
    assert "GitHub username: octocat" in said
    assert "Successfully fetched GitHub username: octocat" in said
    tokens = [request.headers["authorization"] for request in github.requests if request.path == "/user"]
    alice, example = token_of(home, "user-alice-456"), token_of(home, "user-quickstart-py-example")
    assert tokens == [f"Bearer {alice}", f"Bearer {alice}", f"Bearer {example}"]
    assert alice != example
    assert github.violations == []


def test_integrations_setup(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    with page("Integrations Setup", user) as namespace:
        found = namespace["toolset"].get_integrations(app="github")
        assert capsys.readouterr().out == f"{namespace['integration'].id}\n" == f"{found[0].id}\n"


CONNECTED = """
integration = toolset.create_integration(App.GITHUB, "OAUTH2")
YOUR_INTEGRATION_ID = integration.id
begun = entity.initiate_connection(integration=integration)
print(begun.redirectUrl)
begun.wait_until_active(client=toolset.client)
"""


def test_connecting_users_overview(user: User, github: FakeUpstream, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issue = 'params={"owner": "octocat", "repo": "Hello-World", "title": "Found a bug"}'
    listed = [
        Incomplete(
            "YOUR_INTEGRATION_ID", "the page has no integration, and nobody connects", CONNECTED, {"params={...}": issue}
        ),
        Incomplete("1d28bbbb", "an example's id", put={'"1d28bbbb-91d0-4181-b4e5-088bab0d7779"': "connections[0].id"}),
    ]
    with page("Connecting Users Overview", user, *listed):
        pass
    said = capsys.readouterr().out
    assert "Found 1 active connections for user_7a9f3b_db_id:" in said
    assert re.search(r"- App: github, ID: conn_\w+, Status: ACTIVE", said)
    assert re.search(r"Details for conn_\w+: App=github, Status=ACTIVE", said)
    token = token_of(home, "user_7a9f3b_db_id")
    made = [(request.method, request.path, request.headers["authorization"]) for request in github.requests]
    assert made == [("POST", "/repos/octocat/Hello-World/issues", f"Bearer {token}")] * 2


GMAIL = "toolset = ComposioToolSet()\ngoogle_app = toolset.create_integration(App.GMAIL, 'OAUTH2')"


def test_connecting_to_oauth_apps(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    listed = [
        Incomplete(
            "int_google_xxxxxxxx",
            "an example's id",
            "from composio_openai import ComposioToolSet, App\n" + GMAIL,
            {'"int_google_xxxxxxxx..."': "google_app.id"},
        )
    ]
    with page("Connecting to OAuth Apps", user, *listed) as namespace:
        assert namespace["active_connection"].appName == "gmail"
        assert namespace["active_connection"].entityId == "your_user_unique_id"
    said = capsys.readouterr().out
    assert "Received redirect URL: http://127.0.0.1" in said
    assert "Success! Connection is ACTIVE. ID: conn_" in said
    assert "Please re-authenticate your Gmail account: http://127.0.0.1" in said
    assert "Initial status: INITIATED" in said


def test_connecting_to_token_and_api_key_apps(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    make = (
        "from composio_openai import ComposioToolSet, App\nshop = ComposioToolSet().create_integration(App.SHOPIFY, 'API_KEY')"
    )
    listed = [
        Incomplete("int_shopify_xxxxxxxx", "an example's id", make, {'"int_shopify_xxxxxxxx..."': "shop.id"}),
        Incomplete("int_shopify_yyyyyyyy", "an example's id", put={'"int_shopify_yyyyyyyy..."': "shop.id"}),
    ]
    with page("Connecting to Token/API Key Apps", user, *listed) as namespace:
        request = namespace["connection_request"]
        assert (request.connectionStatus, request.redirectUrl) == ("ACTIVE", None)
        stored = namespace["toolset"].client.connected_accounts.info(request.connectedAccountId)
        assert stored.values["api_key"] == "sk_live_xxxxxxxxxxxxxxx"
    said = capsys.readouterr().out
    assert "Required fields for SHOPIFY (API_KEY): ['api_key', 'region']" in said
    assert "Connection initiation response: ConnectionRequest(" in said
    assert "sk_live" not in said


def test_white_labelling(user: User, capsys: pytest.CaptureFixture[str]) -> None:
    with page("White-labelling", user) as namespace:
        asked = httpx.URL(namespace["conn_req"].redirect_url)
        assert asked.host == "accounts.google.com"
        assert asked.params["client_id"] == "12345678"
        assert asked.params["redirect_uri"] == "https://yourapp.com/redirect"
        assert asked.params["code_challenge_method"] == "S256"
        # The second step names an app and no integration: the developer's own client is found.
        assert namespace["conn_req"].connection.integration_id == namespace["integration"].id
        assert namespace["conn_req"].connection.redirect_url == "https://yourapp.com/thread/{thread_id}"
    said = capsys.readouterr().out
    assert str(asked) in said
    assert "client_secret" not in said


def test_injecting_custom_credentials(
    user: User, github: FakeUpstream, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def outbound(request: Request) -> Response:
        assert request.path == "/v1/mgmt/outbound/app/user/token"
        assert request.headers["authorization"] == "Bearer your_project_id:your_management_key"
        return Response.of_json({"token": {"accessToken": "from-descope"}})

    with Loopback(outbound) as descope:
        monkeypatch.setenv("DESCOPE_BASE_URL", descope.url)
        with page("Injecting Custom Credentials", user) as namespace:
            assert namespace["result"]["successful"]
            assert namespace["toolset"].execute_action("GITHUB_GET_THE_AUTHENTICATED_USER", {})["successful"]
    assert "An error occurred" not in capsys.readouterr().out
    sent = [request.headers["authorization"] for request in github.requests]
    assert sent == ["Bearer ghp_YourPersonalAccessToken...", "Bearer from-descope"]


@pytest.mark.skipif(os.name == "nt", reason="the browser is a shell script")
def test_the_quickstarts_commands(
    home: Path, surroundings: dict[str, str], provider: OidcPeer, github: FakeUpstream, tmp_path: Path
) -> None:
    text = REFERENCE.read_text("utf-8")
    start = text.index("title: Quickstart")
    commands = re.findall(r"```bash\n(composio [^\n]+)\n```", text[start : start + 8000])
    assert commands[:2] == ["composio login", "composio add github"]
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    env = {**os.environ, "BROWSER": f"{browser} %s"}
    said = [shell(commands[0], env), shell(commands[1], env, lambda process: visit(provider, opened, process))]
    assert "✔ github added successfully with ID: int_" in said[1]
    # And what the page does then: the default entity's connection is there.
    with ComposioToolSet(home=home) as toolset:
        assert toolset.execute_action("GITHUB_GET_THE_AUTHENTICATED_USER", {})["data"]["login"] == "octocat"
    assert github.requests[-1].headers["authorization"] == f"Bearer {token_of(home, 'default')}"


Shell = subprocess.Popen[str]


def shell(command: str, env: dict[str, str], meanwhile: Callable[[Shell], None] = lambda _process: None) -> str:
    program = [sys.executable, "-m", "composio.cli", *command.split()[1:]]
    with subprocess.Popen(program, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            meanwhile(process)
            said, _ = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 0, said
    return said


def visit(oidc: OidcPeer, opened: Path, process: Shell) -> None:
    """Go on in the browser from where it was opened; the command that ends before is somebody else's to explain."""
    until = time.monotonic() + 60
    while not opened.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    if opened.exists():
        assert httpx.get(oidc.drive_login(opened.read_text()), trust_env=False, timeout=30).status_code == 200


def test_adding_your_own_app(tmp_path: Path) -> None:
    """The page has an ``integration.yaml`` in pieces: put together they are one that loads."""
    text = REFERENCE.read_text("utf-8")
    start = text.index("### Integration YAML Configuration")
    blocks = re.findall(r"```yaml\n(.*?)```", text[start : text.index("### Usage of Custom Fields")], re.DOTALL)
    read = [yaml.safe_load(textwrap.dedent(block)) for block in blocks]
    fields = [one for part in read for one in part.get("fields", ())]
    proxies = [part["proxy"] for part in read if "proxy" in part]
    assert [one["name"] for one in fields] == ["api_key", "instanceUrl", "subdomain"]
    assert len(proxies) == 3
    (tmp_path / "openapi.json").write_text('{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}}')
    more = [{"name": name, "type": "string"} for name in ("base_url", "username", "password", "access_token")]
    for proxy in proxies:
        definition = {
            "name": "Your own",
            "unique_key": "your_own",
            "description": "Brief description of the app.",
            "categories": ["productivity", "crm"],
            "spec": {"file": "openapi.json"},
            "get_current_user_endpoint": "/me",
            "auth_schemes": [{"name": "your_own_key", "auth_mode": "API_KEY", "fields": [*fields, *more], "proxy": proxy}],
        }
        (tmp_path / "integration.yaml").write_text(yaml.safe_dump(definition))
        app = load_integration(tmp_path).app
        assert app.auth_schemes[0].proxy.headers == {name: str(value) for name, value in proxy["headers"].items()}
        assert {one.name: one.default for one in app.auth_schemes[0].fields}["subdomain"] == "app"
