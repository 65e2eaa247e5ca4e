"""The dashboard of an embedded home: what it shows is the home's, and nobody comes in but by the link."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from composio.cli.main import app as command_line
from composio.embedded import EmbeddedBackend
from composio.model.call import ToolCall, Who
from composio.model.connection import NewConnection
from composio.model.logged import CallFilter
from composio_server.dashboard.local import ENTER_SECONDS, Door, create_local
from composio_server.services.local import open_local
from composio_server.settings import Settings
from tests.peers.acme_api import Acme
from tests.peers.listening import listening
from tests.peers.visitor import Visitor
from tests.peers.walker import text_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def embedded(home: Path) -> Iterator[EmbeddedBackend]:
    """What a program of this machine's uses: alice is connected, and a call of hers was logged."""
    acme = Acme(home)
    backend = EmbeddedBackend(home=home, environ={"COMPOSIO_LOG_CALLS": "on"})
    asked = NewConnection(app="acme", entity_id="alice", values={"api_key": "k-secret-1"})
    backend.run(lambda: backend.accounts.initiate(asked))
    backend.run(lambda: backend.execute(ToolCall(action="ACME_GET_ME", who=Who(entity_id="alice"))))
    yield backend
    backend.close()
    acme.close()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Here:
    """The dashboard on its port."""

    def __init__(self, url: str, door: Door, clock: Clock) -> None:
        self.url, self.door, self.clock = url, door, clock
        self.visitors: list[Visitor] = []

    def enter(self) -> Visitor:
        visitor = Visitor(self.url, "", "local")
        self.visitors.append(visitor)
        answer = visitor.client.get(self.url + self.door.path)
        assert answer.status_code == 303, answer.text
        return visitor


@pytest.fixture
def here(home: Path, embedded: EmbeddedBackend, tmp_path: Path) -> Iterator[Here]:
    folder, clock = tmp_path / "beside", Clock()
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as on:
        port = on.getsockname()[1]
        environ = {"COMPOSIO_LOG_CALLS": "on"}
        settings = Settings(home=home, port=port, public_url=f"http://127.0.0.1:{port}", environ=environ)
        services, person = open_local(settings, folder)
        door = Door(clock)
        with listening(create_local(services, person, door), on=on, lifespan="on") as url:
            made = Here(url, door, clock)
            yield made
            for visitor in made.visitors:
                visitor.client.close()


def test_its_pages_have_their_logos(here: Here) -> None:
    visitor = here.enter()
    [image] = re.findall(r'<img src="([^"]+)"', visitor.get("apps", q="slackbot").text)[:1]
    assert visitor.client.get(here.url + image).status_code == 200


def test_it_shows_what_programs_of_this_machine_made(here: Here) -> None:
    visitor = here.enter()
    places = visitor.places()
    assert len(places) >= 10
    for place in places:
        page = visitor.get(place)
        assert page.status_code == 200, place
        assert "k-secret-1" not in page.text
    assert "alice" in text_of(visitor.get("connections"))
    log = visitor.get("calls")
    assert "ACME_GET_ME" in text_of(log)
    call = log.text.partition("/projects/local/calls/")[2].partition('"')[0]
    shown = visitor.get(f"calls/{call}")
    assert "alice" in text_of(shown)
    assert "toolset = ComposioToolSet()" in shown.text
    settings = text_of(visitor.get("settings"))
    assert "API keys" not in settings
    assert "People" not in settings
    first = visitor.client.get(f"{here.url}/")
    assert first.headers["location"] == "/projects/local/start"


def test_a_call_of_the_playground_is_the_home_s_and_logged_once(here: Here, embedded: EmbeddedBackend) -> None:
    visitor = here.enter()
    form = visitor.get("playground", action="ACME_GET_ME")
    assert '"path": "/me"' in text_of(visitor.post(form, "/playground", entity="alice"))
    logged: list[Any] = []
    while len(logged) < 2 or any(one.status == "started" for one in logged):  # it is completed a moment later
        logged = embedded.run(lambda: embedded.logs.list_calls(CallFilter()))
    assert [one.status for one in logged] == ["done", "done"]


def test_a_user_connects_by_a_link(here: Here, embedded: EmbeddedBackend) -> None:
    visitor = here.enter()
    [integration] = embedded.run(embedded.accounts.integrations)
    made = visitor.post(visitor.get("connections/new"), "/connections/new", entity="bob", integration=str(integration.id))
    link = next(word for word in text_of(made).split() if word.startswith(f"{here.url}/link/"))
    user = httpx.Client(trust_env=False, timeout=60, follow_redirects=True)
    with user:
        form = user.get(link)
        csrf = form.text.partition('name="csrf" value="')[2].partition('"')[0]
        done = user.post(str(form.url), data={"csrf": csrf, "f.api_key": "k-bob"})
        assert "is connected" in text_of(done)
    found = {one.entity_id: one for one in embedded.run(embedded.accounts.connections)}
    assert found["bob"].is_usable


def test_nothing_of_a_server_s_stays_in_the_home(here: Here, home: Path, embedded: EmbeddedBackend) -> None:
    here.enter().get("settings")
    with sqlite3.connect(home / "accounts.sqlite3") as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "composio_connections" in tables
    assert not tables & {"composio_projects", "composio_people", "composio_web_sessions", "composio_api_keys", "composio_links"}


def test_the_link_works_once(here: Here) -> None:
    visitor = here.enter()
    again = httpx.get(here.url + here.door.path, trust_env=False)
    assert again.status_code == 403
    assert "works once" in text_of(again)
    assert visitor.get("start").status_code == 200


def test_the_link_works_for_a_minute(here: Here) -> None:
    here.clock.now += ENTER_SECONDS
    assert httpx.get(here.url + here.door.path, trust_env=False).status_code == 403
    here.clock.now -= ENTER_SECONDS
    assert httpx.get(here.url + here.door.path, trust_env=False).status_code == 403  # late is used up, too


def test_neither_a_guess_nor_a_browser_that_looks_ahead_uses_it_up(here: Here) -> None:
    for token in ("x", "A" * 43, "%00", "é"):
        assert httpx.get(f"{here.url}/enter/{token}", trust_env=False).status_code == 403
    ahead = httpx.get(here.url + here.door.path, headers={"sec-purpose": "prefetch"}, trust_env=False)
    assert ahead.status_code == 204
    here.enter()


def test_the_session_is_a_new_one_of_this_port(here: Here) -> None:
    port = here.url.rpartition(":")[2]
    chosen = {f"composio-session-{port}": "A" * 43, "composio-session": "B" * 43}
    with httpx.Client(cookies=chosen, trust_env=False) as client:
        answer = client.get(here.url + here.door.path)
    cookie = answer.headers["set-cookie"]
    assert re.match(rf"composio-session-{port}=[A-Za-z0-9]{{43}};", cookie)
    assert "A" * 43 not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age" not in cookie
    for name, value in chosen.items():  # neither is a session
        with httpx.Client(cookies={name: value}, trust_env=False) as client:
            page = client.get(f"{here.url}/projects/local/start")
        assert page.headers["location"].startswith("/sign-in")


def test_without_the_link_there_is_nothing(here: Here) -> None:
    page = httpx.get(f"{here.url}/projects/local/connections", trust_env=False, follow_redirects=True)
    assert page.status_code == 403
    assert "alice" not in page.text
    assert "composio dashboard" in text_of(page)
    assert httpx.get(f"{here.url}/projects/local/apps/acme", trust_env=False).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:80"},
        {"host": "127.0.0.1"},
        {"host": "127.0.0.1:1"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:1"},
    ],
)
def test_another_name_or_origin_is_refused(here: Here, headers: dict[str, str]) -> None:
    visitor = here.enter()
    for path in ("/", "/projects/local/connections", "/pages/x", here.door.path):
        answer = visitor.client.get(here.url + path, headers=headers)
        assert answer.status_code == 403
        assert "alice" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/apps", "/api/v3/tools", "/openapi.json", "/metrics", "/readyz", "/mcp/x", "/cli"])
def test_there_is_no_api(here: Here, path: str) -> None:
    assert here.enter().client.get(here.url + path).status_code == 404


def test_a_form_of_another_site_changes_nothing(here: Here, embedded: EmbeddedBackend) -> None:
    visitor = here.enter()
    csrf = visitor.get("start").text.partition('name="csrf" value="')[2].partition('"')[0]
    [one] = embedded.run(embedded.accounts.connections)
    where = f"{here.url}/projects/local/connections/{one.id}/delete"
    assert visitor.client.post(where, data={"csrf": "0" * 64}).status_code == 403
    assert visitor.client.post(where, data={"csrf": csrf}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert visitor.client.post(where, data={"csrf": csrf}, headers={"sec-fetch-site": "same-site"}).status_code == 403
    assert embedded.run(embedded.accounts.connections)


@pytest.mark.parametrize(
    "path", ["mcp/new", "sessions", "settings/keys", "settings/members", "start/key", "mcp/x/sign", "sessions/x/delete"]
)
def test_what_only_a_server_has_is_not_there(here: Here, path: str) -> None:
    visitor = here.enter()
    csrf = visitor.get("start").text.partition('name="csrf" value="')[2].partition('"')[0]
    typed = {"csrf": csrf, "name": "x", "toolkits": "acme", "user": "u", "scope.read": "on", "role": "owner", "key": "k"}
    answer = visitor.client.post(f"{here.url}/projects/local/{path}", data=typed)
    assert answer.status_code == 404
    assert "Only a server has this" in answer.text


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSIO_")}
    return subprocess.Popen(
        [sys.executable, "-m", "composio.cli", "dashboard", *arguments],
        env={**environ, "COMPOSIO_HOME": str(home), "TMPDIR": str(home.parent)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_command_serves_until_it_is_stopped_and_leaves_nothing(home: Path, embedded: EmbeddedBackend) -> None:
    with start(home, "--json", "--no-open") as running:
        assert running.stdout is not None
        said = json.loads(running.stdout.readline())
        assert said["opened"] is False
        visitor = Visitor(said["url"].partition("/enter/")[0], "", "local")
        assert visitor.client.get(said["url"]).status_code == 303
        assert "alice" in text_of(visitor.get("connections"))
        visitor.client.close()
        running.send_signal(signal.SIGINT)
        running.wait(60)
    assert list(home.parent.glob("composio-dashboard-*")) == []


def test_a_port_that_is_taken_is_said(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(command_line, ["dashboard", "--no-open", "--port", str(port)])
    assert done.exit_code == 1
    assert f"Port {port}" in done.output


def test_with_a_server_its_own_dashboard_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_BASE_URL", "https://tools.example.com/composio")
    monkeypatch.setenv("COMPOSIO_API_KEY", "ck_x")
    done = CliRunner().invoke(command_line, ["dashboard", "--no-open", "--json"])
    assert json.loads(done.output) == {"url": "https://tools.example.com/composio/", "opened": False}
