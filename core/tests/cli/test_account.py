from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

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
    assert "COMPOSIO_API_KEY is set; it is not needed" in done.stderr
    assert "k3y" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["login", "logout", "whoami"])
def test_a_server_that_was_asked_for_is_not_passed_over(shell: Shell, command: str) -> None:
    done = shell(command, COMPOSIO_BASE_URL="https://composio.example")
    assert done.returncode == 1
    assert "COMPOSIO_BASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
