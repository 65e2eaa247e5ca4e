"""``composio add`` as people use it: in a terminal, with a real provider whose pages somebody walks through."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from composio.embedded import EmbeddedBackend
from composio.errors import InvalidState
from tests.peers.burst import environment, write_app
from tests.peers.oidc import DEVICE, NATIVE, OidcPeer, PeerClient
from tests.peers.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")

ADD = (sys.executable, "-m", "composio.cli", "add", "peer")
ROOT = Path(__file__).parents[2]
URL = r"http://127\.0\.0\.1:\d+/auth\?\S+"


class Shell:
    """A home with the app ``peer``, and commands in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {**os.environ, "COMPOSIO_HOME": str(home), "COMPOSIO_ENCRYPTION_KEY": "00" * 32}
        self.env |= {"COMPOSIO_REDIRECT_PORT": "0"}
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "COMPOSIO_REDIRECT_URI"):
            self.env.pop(name, None)

    def client(self, client: PeerClient, **scheme: Any) -> None:
        """The app's users connect as those of a client of the provider, and come back to this machine."""
        self.env |= {name: value for name, value in environment(client).items() if "REDIRECT" not in name}
        file = self.home / "apps" / "peer" / "integration.yaml"
        definition = yaml.safe_load(file.read_text())
        definition["auth_schemes"][0].update(scheme)
        file.write_text(yaml.safe_dump(definition))

    def terminal(self, *arguments: str, **env: str) -> Terminal:
        return Terminal(*ADD, *arguments, env={**self.env, **env})

    def json(self, *arguments: str) -> Any:
        command = [sys.executable, "-m", "composio.cli", *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120, check=True)
        return json.loads(done.stdout)


@pytest.fixture
def shell(tmp_path: Path, oidc: OidcPeer) -> Shell:
    made = Shell(tmp_path)
    write_app(tmp_path, oidc)
    made.client(NATIVE)
    return made


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=30)


def test_a_user_connects_and_acts(shell: Shell, oidc: OidcPeer) -> None:
    with shell.terminal("--no-browser", "-e", "alice", "-l", "work") as terminal:
        terminal.expect("To connect Peer, open:")
        url = terminal.expect(URL)[0]
        terminal.expect("Waiting for you to allow it")
        page = get(oidc.drive_login(url, user="alice"))
        assert page.status_code == 200
        assert "connected" in page.text
        integration = terminal.expect(r"✔ peer added successfully with ID: (int_\w+)")[1]
        connection = terminal.expect(r"Connection: (\w+) \(entity alice, OAUTH2\)")[1]
        assert terminal.ended() == 0
    assert "Warning" not in terminal.shown
    (made,) = shell.json("connections", "--active", "--json")
    assert (made["id"], made["integration_id"], made["labels"]) == (connection, integration, ["work"])
    assert shell.json("execute", "PEER_GET_ME", "--entity-id", "alice")["data"]["sub"] == "alice"
    with shell.terminal("-e", "alice") as again:
        again.expect(f"already connected for entity alice: {connection}")
        assert again.ended() == 0


def test_a_browser_is_opened(shell: Shell, oidc: OidcPeer, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    with shell.terminal(BROWSER=f"{browser} %s") as terminal:
        terminal.expect("Your browser opens to connect Peer")
        url = terminal.expect(URL)[0]
        terminal.expect("Waiting")
        assert opened.read_text() == url
        assert get(oidc.drive_login(url)).status_code == 200
        terminal.expect("added successfully")
        assert terminal.ended() == 0


def test_who_says_no_is_told_so_in_the_browser_and_in_the_terminal(shell: Shell, oidc: OidcPeer) -> None:
    with shell.terminal("--no-browser") as terminal:
        page = get(oidc.drive_login(terminal.expect(URL)[0], deny=True))
        assert page.status_code == 400
        assert "Not connected" in page.text
        terminal.expect("Error: peer was not connected: ")
        terminal.expect("Try again: composio add peer")
        assert terminal.ended() == 1
    assert shell.json("connections", "--active", "--json") == []


def test_a_strange_callback_neither_connects_nor_disturbs(shell: Shell, oidc: OidcPeer) -> None:
    with shell.terminal("--no-browser") as terminal:
        back = httpx.URL(oidc.drive_login(terminal.expect(URL)[0]))
        for query in ({"state": "made-up", "code": "x"}, {"code": back.params["code"]}, {}):
            page = get(str(back.copy_with(params=query)))
            assert page.status_code == 400
            assert "Not connected" in page.text
        assert get(str(back.copy_with(host="localhost"))).status_code == 200
        terminal.expect("added successfully")
        assert terminal.ended() == 0


def test_a_callback_works_once(shell: Shell, oidc: OidcPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    with shell.terminal("--no-browser") as terminal:
        back = oidc.drive_login(terminal.expect(URL)[0])
        get(back)
        terminal.expect("added successfully")
        assert terminal.ended() == 0
    for name in ("COMPOSIO_ENCRYPTION_KEY", *(name for name in shell.env if name.startswith("COMPOSIO_OAUTH_"))):
        monkeypatch.setenv(name, shell.env[name])
    backend = EmbeddedBackend(home=shell.home)
    try:
        with pytest.raises(InvalidState, match="used before"):
            backend.run(lambda: backend.accounts.complete(back))
    finally:
        backend.close()
    assert len(shell.json("connections", "--active", "--json")) == 1


def test_an_address_from_another_machine_s_browser_is_pasted(shell: Shell, oidc: OidcPeer) -> None:
    with shell.terminal("--no-browser") as terminal:
        back = httpx.URL(oidc.drive_login(terminal.expect(URL)[0]))
        terminal.expect("Is your browser on another machine")
        terminal.enter("what do you mean?")
        terminal.expect("Not the expected address")
        terminal.enter(str(back.copy_merge_params({"state": "made-up"})))
        terminal.expect("`state` is unknown")
        terminal.enter(str(back))
        terminal.expect("added successfully")
        assert terminal.ended() == 0


def test_nobody_comes_back(shell: Shell) -> None:
    with shell.terminal("--no-browser", "--timeout", "1") as terminal:
        terminal.expect("Nobody allowed it within 1 seconds")
        assert terminal.ended() == 1
    assert shell.json("connections", "--json") == []


def test_an_interrupt_leaves_nothing_behind(shell: Shell) -> None:
    with shell.terminal("--no-browser") as terminal:
        terminal.expect("Waiting")
        terminal.interrupt()
        terminal.expect("Cancelled; nothing was connected")
        assert terminal.ended() == 130
    assert "Traceback" not in terminal.shown
    assert shell.json("connections", "--json") == []


def test_a_device_shows_its_code(shell: Shell, oidc: OidcPeer) -> None:
    shell.client(DEVICE, grant_type="device_code")
    with shell.terminal("--no-browser") as terminal:
        url = terminal.expect(r"http://127\.0\.0\.1:\d+/device\S*")[0]
        code = terminal.expect(r"enter the code (\S+)")[1]
        oidc.drive_device(url.partition("?")[0], code)
        terminal.expect("added successfully")
        assert terminal.ended() == 0


def test_secrets_are_asked_for_and_not_shown_while_they_are_typed(shell: Shell) -> None:
    file = shell.home / "apps" / "peer" / "integration.yaml"
    definition = yaml.safe_load(file.read_text())
    definition.pop("get_current_user_endpoint", None)
    fields = [{"name": "api_key", "description": "From the settings page"}, {"name": "subdomain"}]
    proxy = {"headers": {"X-Key": "{{api_key}}", "X-Where": "{{subdomain}}"}}
    definition["auth_schemes"] = [{"name": "peer_key", "auth_mode": "API_KEY", "fields": fields, "proxy": proxy}]
    file.write_text(yaml.safe_dump(definition))
    with shell.terminal() as terminal:
        terminal.expect("api_key: From the settings page")
        terminal.expect(r"api_key: ")
        terminal.enter("hidden-k3y-123")
        terminal.expect(r"subdomain: ")
        terminal.enter("acme")
        terminal.expect("added successfully")
        assert terminal.ended() == 0
    assert "hidden-k3y" not in terminal.shown
    assert "acme" in terminal.shown


def test_removing_an_integration_is_asked_for_with_what_hangs_on_it(shell: Shell, oidc: OidcPeer) -> None:
    with shell.terminal("--no-browser") as terminal:
        get(oidc.drive_login(terminal.expect(URL)[0]))
        integration = terminal.expect(r"int_\w+")[0]
        assert terminal.ended() == 0
    command = (sys.executable, "-m", "composio.cli", "integrations", "remove", integration)
    for answer, code in (("n", 1), ("y", 0)):
        with Terminal(*command, env=shell.env) as asked:
            asked.expect(f"Remove {integration} of peer and its 1 active connections?")
            asked.enter(answer)
            assert asked.ended() == code
        assert len(shell.json("integrations", "--json")) == code


def test_a_master_key_is_changed_with_a_bar_that_goes_away(shell: Shell, oidc: OidcPeer) -> None:
    del shell.env["COMPOSIO_ENCRYPTION_KEY"]
    shell.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    with shell.terminal("--no-browser") as terminal:
        get(oidc.drive_login(terminal.expect(URL)[0]))
        assert terminal.ended() == 0
    before = shell.json("vault", "status", "--json")
    with Terminal(sys.executable, "-m", "composio.cli", "vault", "rotate", env=shell.env) as rotating:
        rotating.expect(f"Wrapped {before['secrets']} secrets under a new master key")
        assert rotating.ended() == 0
    after = shell.json("vault", "status", "--json")
    assert (after["master_key"], after["secrets"], after["under_older_keys"]) == ("file", before["secrets"], 0)
    assert after["key_id"] != before["key_id"]
    assert shell.json("execute", "PEER_GET_ME")["data"]["sub"] == "alice"


def test_json_is_all_that_is_on_standard_output(shell: Shell, oidc: OidcPeer) -> None:
    walked: Callable[[str], httpx.Response] = lambda url: get(oidc.drive_login(url))  # noqa: E731 - one line, used once
    command = [*ADD, "--no-browser", "--json"]
    with subprocess.Popen(command, env=shell.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        found = next(match for line in process.stderr if (match := re.search(URL, line)))
        assert walked(found[0]).status_code == 200
        result = json.loads(process.stdout.read())
        process.stderr.read()
        assert process.wait(60) == 0
    assert result["connection"]["status"] == "ACTIVE"
    assert result["warning"] is None


def test_the_recorded_session_is_what_is_shown(shell: Shell, oidc: OidcPeer) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    recorded = readme.partition("<!-- recorded:")[2].partition("```console\n")[2].partition("```")[0]
    shown = []
    wide = {**shell.env, "COLUMNS": "100"}  # a listing leaves columns out where they don't fit
    for line in re.findall(r"^\$ composio (.*)$", recorded, re.MULTILINE):
        with Terminal(sys.executable, "-m", "composio.cli", *line.split(), env=wide) as terminal:
            if line.startswith("add"):
                url = terminal.expect(URL)[0]
                terminal.expect("Waiting")
                get(oidc.drive_login(url, user="alice"))
            assert terminal.ended() == 0
        shown.append(f"$ composio {line}\n{terminal.shown}")
    assert steady("".join(shown)) == steady(recorded)


def steady(text: str) -> list[str]:
    """What is the same in every run: no ids, ports, codes, times, and of what moves on a line only the last."""
    lines = [line.rstrip().rpartition("\r")[2] for line in text.split("\n")]
    lines = [line for line in lines if line.strip() and not line.startswith("Compiling")]
    changing = (
        r"(conn|int)_\w+",
        r"127\.0\.0\.1(:|%3A)\d+",
        r"(state|code_challenge)=[\w-]+",
        r"\d{4}-\S+Z",
        "[\u2801-\u28ff]",
    )
    return [re.sub("|".join(changing), "*", line) for line in lines]
