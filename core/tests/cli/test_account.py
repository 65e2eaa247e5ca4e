from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from composio.embedded import EmbeddedBackend
from tests.peers.served import serve

Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize("command", ["login", "logout", "whoami"])
def test_embedded_there_is_no_account_and_that_is_no_error(shell: Shell, command: str) -> None:
    done = shell(command)
    assert (done.returncode, done.stderr) == (0, "")
    assert "on this machine" in done.stdout


def test_whoami_says_where_everything_is_kept(shell: Shell, tmp_path: Path) -> None:
    assert json.loads(shell("whoami", "--json").stdout) == {
        "mode": "embedded",
        "account": None,
        "entity_id": "default",
        "home": str(tmp_path / "home"),
    }


def test_a_key_of_a_server_s_is_not_needed_nor_shown(shell: Shell) -> None:
    done = shell("login", COMPOSIO_API_KEY="k3y-of-a-server")
    assert done.returncode == 0
    assert "COMPOSIO_API_KEY is set but not needed" in done.stderr
    assert "k3y" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["login", "whoami", "apps", "connections"])
def test_a_server_that_was_asked_for_is_not_passed_over(shell: Shell, command: str) -> None:
    done = shell(command, COMPOSIO_BASE_URL="http://127.0.0.1:9", COMPOSIO_API_KEY="k3y-of-a-server")
    assert done.returncode == 1
    assert "The Composio server http://127.0.0.1:9 can't be reached" in done.stderr
    assert "Traceback" not in done.stderr
    assert "k3y" not in done.stdout + done.stderr
    without_key = shell(command, COMPOSIO_BASE_URL="http://127.0.0.1:9")
    assert without_key.returncode == 1
    assert "API key" in without_key.stderr


def test_logging_in_keeps_what_later_commands_use_until_logging_out(shell: Shell, tmp_path: Path) -> None:
    backend = EmbeddedBackend(home=tmp_path / "server")
    with serve(backend, scopes=("read", "execute")) as address:
        key = address.key.reveal()
        done = shell("login", "--url", f"{address.url}/api/", COMPOSIO_API_KEY=key)
        assert (done.returncode, done.stderr) == (0, "")
        assert "project 'tests'" in done.stdout
        file = tmp_path / "home" / "user_data.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert json.loads(file.read_text()) == {"api_key": key, "base_url": address.url}
        found = json.loads(shell("whoami", "--json").stdout)
        assert found["mode"] == "server"
        assert found["account"]["key"]["scopes"] == ["execute", "read"]
        assert json.loads(shell("connections", "--json").stdout) == []
        for command in (("vault", "status"), ("apps", "export", "x"), ("apps", "vectors")):
            refused = shell(*command)
            assert (refused.returncode, "on the server's machine" in refused.stderr) == (1, True), refused.stderr
        not_allowed = shell("integrations", "remove", "in_1", "--yes")
        assert not_allowed.returncode == 1
        assert "Logged out" in shell("logout").stdout
        assert not file.exists()
        assert json.loads(shell("whoami", "--json").stdout)["mode"] == "embedded"
        wrong = shell("login", "--url", address.url, "--key", "ck_wr0ng")
        assert wrong.returncode == 1
        assert "not an API key" in wrong.stderr
        assert not file.exists()
        everything = [done, wrong, not_allowed]
        assert key not in "".join(one.stdout + one.stderr for one in everything)
    backend.close()
