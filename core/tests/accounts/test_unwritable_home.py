"""A home that can't be written: what must be kept is refused, what is there is read, and calls go out."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.accounts.service import DATABASE
from composio.backend import OperatorService
from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError, ConfigurationError, ConnectionNotFound, StoreError
from composio.store import readonly
from composio.testing import FakeTransport
from composio.vault.keys import FILE
from tests.peers.acme import KEY, OAUTH, OPEN, Provider, came_back, write_app
from tests.peers.earlier import bring_back

Open = Callable[[Path], ComposioToolSet[Any]]


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a read-only mount; modes won't do, since root ignores them."""

    def refuse(**_: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)


@pytest.fixture
def open_(provider: Provider) -> Iterator[Open]:
    made: list[EmbeddedBackend] = []

    def make(home: Path) -> ComposioToolSet[Any]:
        made.append(EmbeddedBackend(home=home, transport=FakeTransport(provider)))
        return ComposioToolSet(backend=made[-1])

    yield make
    for one in made:
        one.close()


@pytest.fixture
def filled(tmp_path: Path, open_: Open) -> Path:
    """A home with an app of each kind, and a connection."""
    home = tmp_path / "home"
    write_app(home, "keyed", KEY)
    write_app(home, "open", OPEN)
    write_app(home, "acme", OAUTH)
    toolset = open_(home)
    toolset.initiate_connection(app="keyed", entity_id="ada", connected_account_params={"api_key": "ada's key"})
    toolset.backend.close()
    return home


def everything(home: Path) -> dict[str, bytes]:
    return {str(one.relative_to(home)): one.read_bytes() for one in home.rglob("*") if one.is_file()}


@pytest.fixture
def untouched(filled: Path, read_only: None) -> Iterator[Path]:
    """The same, which nothing may be written to."""
    before = everything(filled)
    yield filled
    assert everything(filled) == before


def test_calls_go_out_with_the_connections_that_are_there(
    untouched: Path, open_: Open, caplog: pytest.LogCaptureFixture
) -> None:
    toolset = open_(untouched)
    assert toolset.execute_action("KEYED_GET_ME", {}, entity_id="ada")["data"]["who"] == "ada's key"
    assert toolset.execute_action("OPEN_GET_ME", {})["successful"]
    assert [one.app for one in toolset.get_connected_accounts(entity_id="ada")] == ["keyed"]
    with pytest.raises(ConnectionNotFound):
        toolset.execute_action("KEYED_GET_ME", {}, entity_id="eve")
    [message] = caplog.messages
    assert "can't be written" in message


def _operator(toolset: ComposioToolSet[Any]) -> OperatorService:
    operator = toolset.backend.operator
    assert operator is not None
    return operator


def with_token(home: Path, open_: Open, provider: Provider, monkeypatch: pytest.MonkeyPatch, seconds: float) -> str:
    """A connection of ada's to ``acme`` whose token is due for renewal and ends so soon."""
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_ID", "operator")
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_CLIENT_SECRET", "operator-secret")
    monkeypatch.setenv("COMPOSIO_REDIRECT_URI", "https://app.example/callback")
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")
    toolset = open_(home)
    started = toolset.initiate_connection(app="acme", entity_id="ada")
    one = toolset.complete_connection(came_back(started.redirectUrl))
    backend: Any = toolset.backend
    book = backend.accounts._book()
    now = book.now()
    book.store.update_connection(one.id, now=now, expires_at=now + seconds, refresh_at=now - 1)
    backend.close()
    provider.calls.clear()
    return str(one.id)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_token_that_is_due_early_is_used_where_no_new_one_could_be_kept(
    filled: Path,
    open_: Open,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    asynchronous: bool,
    request: pytest.FixtureRequest,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with_token(filled, open_, provider, monkeypatch, 200)
    request.getfixturevalue("read_only")
    before = everything(filled)
    toolset = open_(filled)
    backend: Any = toolset.backend
    for _ in range(3):
        call = partial(toolset.aexecute_action, "ACME_GET_ME", {}, entity_id="ada")
        found = asyncio.run(call()) if asynchronous else toolset.execute_action("ACME_GET_ME", {}, entity_id="ada")
        assert found["data"]["user"] == "code-1"
        assert backend.runtime.background.wait(30)
    # Nothing was sent whose answer would have been lost.
    assert provider.calls == []
    assert everything(filled) == before
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("why", ["ended", "refused"])
def test_a_token_that_ended_where_no_new_one_could_be_kept_says_what_to_do(
    filled: Path,
    open_: Open,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    why: str,
) -> None:
    connection_id = with_token(filled, open_, provider, monkeypatch, -1 if why == "ended" else 3000)
    provider.tokens.clear()
    request.getfixturevalue("read_only")
    toolset = open_(filled)
    said = (
        rf"{connection_id} to acme needs a new token, .* Set COMPOSIO_HOME .*`composio connections refresh {connection_id}`\."
    )
    for _ in range(2):
        with pytest.raises(StoreError, match=said):
            toolset.execute_action("ACME_GET_ME", {}, entity_id="ada")
    assert provider.calls == []


WRITES: dict[str, Callable[[ComposioToolSet[Any]], object]] = {
    "connect": lambda t: t.initiate_connection(app="keyed", connected_account_params={"api_key": "x"}),
    "integration": lambda t: t.create_integration(app="keyed", auth_mode="API_KEY", force_new_integration=True),
    "label": lambda t: t.set_connection_labels(t.get_connected_accounts(entity_id="ada")[0].id, ["new"]),
    "disable": lambda t: t.disable_connection(t.get_connected_accounts(entity_id="ada")[0].id),
    "delete": lambda t: t.delete_connection(t.get_connected_accounts(entity_id="ada")[0].id),
    "rotate": lambda t: t.backend.run(_operator(t).rotate_master_key),
    "remove app": lambda t: _operator(t).remove_app("keyed"),
    "update app": lambda t: _operator(t).update_apps(["keyed"]),
    "add app": lambda t: _operator(t).add_app("other", str(_operator(t).home / "apps/keyed/openapi.json")),
}


@pytest.mark.parametrize("what", WRITES)
def test_what_must_be_kept_is_refused_with_the_variable_that_helps(untouched: Path, open_: Open, what: str) -> None:
    with pytest.raises(ConfigurationError, match=r"can't be (written|kept|changed).*COMPOSIO_HOME"):
        WRITES[what](open_(untouched))


@pytest.mark.usefixtures("read_only")
@pytest.mark.parametrize("key", [None, "11" * 32])
def test_nothing_is_connected_where_nothing_was_stored_yet(
    tmp_path: Path, open_: Open, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    if key:
        monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", key)
    write_app(tmp_path, "keyed", KEY)
    toolset = open_(tmp_path)
    with pytest.raises(ComposioError, match="COMPOSIO_HOME"):
        toolset.initiate_connection(app="keyed", connected_account_params={"api_key": "x"})
    assert not (tmp_path / DATABASE).exists()
    assert not (tmp_path / FILE).exists()


def test_a_home_that_can_be_no_folder_refuses_too(tmp_path: Path, open_: Open) -> None:
    (tmp_path / "file").touch()
    toolset = open_(tmp_path / "file" / "home")
    with pytest.raises(ComposioError, match="COMPOSIO_HOME"):
        toolset.create_integration(app="github", auth_mode="BEARER_TOKEN")


def test_what_others_store_meanwhile_is_seen(filled: Path, open_: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A volume that one container mounts to write and others to read."""
    monkeypatch.setattr(readonly, "_LOOK", 0.0)
    writer = open_(filled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "TemporaryFile", lambda **_: (_ for _ in ()).throw(OSError(30, "Read-only file system")))
        reader = open_(filled)
        assert len(reader.get_connected_accounts(entity_id="ada")) == 1
    for number in range(3):
        writer.initiate_connection(app="keyed", entity_id=f"user {number}", connected_account_params={"api_key": "x"})
        assert len(reader.get_connected_accounts(entity_id=f"user {number}")) == 1
    assert reader.execute_action("KEYED_GET_ME", {}, entity_id="user 2")["successful"]
    copies = list(reader.backend.home.path.glob(f"{DATABASE}.copy-*"))  # type: ignore[attr-defined]
    assert len([one for one in copies if one.suffix.count("-") == 2]) == 1


def test_an_earlier_versions_connections_are_read_too(filled: Path, read_only: None, open_: Open) -> None:
    """Whose tables can't be brought up to date where they are."""
    with closing(sqlite3.connect(filled / DATABASE)) as connection:
        bring_back(connection)
    before = everything(filled)
    assert open_(filled).execute_action("KEYED_GET_ME", {}, entity_id="ada")["data"]["who"] == "ada's key"
    assert everything(filled) == before


def test_connections_of_somebody_elses_are_left_out_and_calls_go_without(
    untouched: Path, open_: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith(DATABASE) and access(path, mode))
    toolset = open_(untouched)
    for _ in range(2):
        assert toolset.execute_action("OPEN_GET_ME", {})["successful"]
        assert toolset.get_connected_accounts(entity_id="ada") == []
    assert caplog.text.count("can't be read by this user") == 1


def test_downloads_stay_when_the_process_has_ended(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code = (
        "import sys; from composio.process.home import Home; home = Home(sys.argv[1]); "
        "folder = home.outputs(); (folder / 'x').touch(); assert home.outputs() == folder; print(folder, home.path)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "file" / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    outputs, home = (Path(one) for one in done.stdout.split())
    assert (outputs / "x").exists()
    assert not home.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_that_ends_leaves_its_parents_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code = (
        "import os, sys; from composio.process.home import Home; home = Home(sys.argv[1]); folder = home.path\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait(); print(folder.exists())"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "file" / "home")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"
