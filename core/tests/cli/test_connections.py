"""``composio connections``, ``integrations`` and ``vault`` over the real accounts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from composio.store.store import Store

KEY = "k3y-of-notes-0123456789"
GIVEN = ("--field", f"api_key={KEY}", "--field", "subdomain=acme")


@pytest.fixture
def connected(connecting: Any) -> Any:
    """``connecting`` with alice and bob connected, alice with a label."""
    for entity, label in (("alice", "work"), ("bob", "home")):
        assert connecting("add", "notes", *GIVEN, "-e", entity, "-l", label).exit_code == 0
    connecting.bob, connecting.alice = connecting.json("connections")
    return connecting


def test_nobody_is_connected(connecting: Any) -> None:
    done = connecting("connections")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "composio add" in done.stderr
    assert connecting.json("connections") == []
    assert not (connecting.home / "accounts.sqlite3").exists()


def test_they_are_listed_newest_first_without_secrets(connected: Any) -> None:
    shown = connected("connections")
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert lines[0] == ["ID", "APP", "ENTITY", "STATUS", "AUTH", "SINCE", "LABELS"]
    assert [line[2:5] for line in lines[1:]] == [["bob", "ACTIVE", "API_KEY"], ["alice", "ACTIVE", "API_KEY"]]
    assert KEY not in shown.stdout + connected("connections", "--json").stdout


def test_a_renewal_whose_answer_was_lost_is_shown_wherever_the_connection_is(connected: Any) -> None:
    store = Store(lambda: connected.home / "accounts.sqlite3")
    store.update_connection(connected.bob["id"], now=1.0, renewal_sent_at=1_700_000_000.0, renewal_lost_at=1_700_000_060.0)
    store.close()
    said = "The answer to the renewal that was sent at 2023-11-14T22:13:20Z was lost."
    shown = connected("connections")
    assert [" ".join(line.split()[3:6]) for line in shown.stdout.splitlines()[1:]] == [
        "ACTIVE (answer lost)",
        f"ACTIVE API_KEY {connected.alice['created_at']}",
    ]
    assert f"{connected.bob['id']}: {said}" in shown.stderr
    bob, alice = connected.json("connections")
    assert bob["diagnostic"].startswith(said)
    assert (bob["status"], bob["renewal_sent_at"], bob["renewal_lost_at"]) == (
        "ACTIVE",
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:14:20Z",
    )
    assert (alice["diagnostic"], alice["renewal_sent_at"], alice["renewal_lost_at"]) == (None, None, None)
    assert said in connected("connections", "get", connected.bob["id"]).stdout


@pytest.mark.parametrize(
    ("options", "entities"),
    [
        (("--app", "notes"), ["bob", "alice"]),
        (("-e", "alice"), ["alice"]),
        (("-e", "alice", "-e", "bob"), ["bob", "alice"]),
        (("-l", "home"), ["bob"]),
        (("--limit", "1"), ["bob"]),
        (("-e", "carol"), []),
        (("--active",), ["alice"]),
    ],
)
def test_what_is_listed_can_be_narrowed(connected: Any, options: tuple[str, ...], entities: list[str]) -> None:
    if "--active" in options:
        connected("connections", "disable", connected.bob["id"])
    assert [one["entity_id"] for one in connected.json("connections", *options)] == entities
    if not entities:
        assert "No connection matches" in connected("connections", *options).stderr


def test_an_app_that_is_not_known_is_an_error(connected: Any) -> None:
    done = connected("connections", "--app", "notse")
    assert done.exit_code == 1
    assert "Did you mean notes" in done.stderr


def test_one_is_shown_without_its_secrets(connected: Any) -> None:
    done = connected("connections", "get", connected.alice["id"])
    assert f"Id              {connected.alice['id']}" in done.stdout
    assert "Entity id       alice" in done.stdout
    assert KEY not in done.stdout
    assert connected.json("connections", "get", connected.alice["id"]) == connected.alice


def test_it_is_switched_off_and_on(connected: Any) -> None:
    assert connected.json("connections", "disable", connected.alice["id"])["enabled"] is False
    assert "ACTIVE (disabled)" in connected("connections").stdout
    refused = connected("execute", "NOTES_GET_ME", "--entity-id", "alice")
    assert refused.exit_code == 1
    assert "disabled" in refused.stderr
    assert connected.json("connections", "enable", connected.alice["id"])["enabled"] is True
    assert connected("execute", "NOTES_GET_ME", "--entity-id", "alice").exit_code == 0


def test_it_is_removed_and_calls_say_how_to_connect(connected: Any) -> None:
    done = connected("connections", "remove", connected.alice["id"])
    assert done.stdout.startswith(f"Removed {connected.alice['id']}: alice no longer uses it for notes")
    assert connected.json("connections") == [connected.bob]
    refused = connected("execute", "NOTES_GET_ME", "--entity-id", "alice")
    assert "composio add notes" in refused.output
    assert connected.json("connections", "remove", connected.bob["id"])["removed"] == connected.bob["id"]


@pytest.mark.parametrize("command", ["get", "remove", "refresh", "enable", "disable"])
def test_an_unknown_id_names_those_that_were_likely_meant(connected: Any, command: str) -> None:
    alice, bob = connected.alice["id"], connected.bob["id"]
    begun = connected("connections", command, alice[:20])
    assert begun.exit_code == 1
    assert f"Did you mean {alice}?" in begun.stderr
    of_app = connected("connections", command, "notes")
    assert f"Did you mean {bob}, {alice}?" in of_app.stderr
    far = connected("connections", command, "zzz")
    assert "Did you mean" not in far.stderr
    assert "`composio connections` lists them" in far.stderr
    assert len(connected.json("connections")) == 2


def test_an_integration_is_disabled_and_enabled(connected: Any) -> None:
    (integration,) = connected.json("integrations")
    assert "is disabled" in connected("integrations", "disable", integration["id"]).stdout
    assert "(disabled)" in connected("integrations").stdout
    assert connected.json("integrations", "disable", integration["id"])["enabled"] is False
    assert connected.json("integrations", "enable", integration["id"])["enabled"] is True
    refused = connected("integrations", "enable", "notes")
    assert (refused.exit_code, integration["id"] in refused.stderr) == (1, True)


def test_integrations_are_listed_and_shown(connected: Any) -> None:
    (integration,) = connected.json("integrations", "--app", "notes")
    assert connected("integrations").stdout.split()[:8] == ["ID", "APP", "NAME", "AUTH", "CLIENT", "LIMITED", "TO", "SINCE"]
    assert integration["id"] in connected("integrations", "get", integration["id"]).stdout
    assert connected.json("integrations", "get", integration["id"]) == integration
    assert connected.json("integrations", "--auth-mode", "oauth2") == []
    assert "No integration matches" in connected("integrations", "-a", "oauth2").stderr


def test_an_integration_is_removed_only_when_it_was_said_twice(connected: Any) -> None:
    (integration,) = connected.json("integrations")
    refused = connected("integrations", "remove", integration["id"])
    assert refused.exit_code == 1
    assert "carries 2 active connections" in refused.stderr
    assert "--yes" in refused.stderr
    done = connected.json("integrations", "remove", integration["id"], "--yes")
    assert sorted(done["connections"]) == sorted([connected.alice["id"], connected.bob["id"]])
    assert connected.json("integrations") == []
    unusable = connected("execute", "NOTES_GET_ME", "--entity-id", "alice")
    assert "was removed" in unusable.output
    assert "composio add notes" in unusable.output


@pytest.mark.parametrize("command", ["get", "remove"])
def test_an_unknown_integration_names_those_that_were_likely_meant(connected: Any, command: str) -> None:
    (integration,) = connected.json("integrations")
    for given in (integration["id"][:15], "notes"):
        done = connected("integrations", command, given)
        assert done.exit_code == 1
        assert f"Did you mean {integration['id']}?" in done.stderr


def test_the_vault_says_where_its_key_is_and_never_the_key(connected: Any) -> None:
    status = connected.json("vault", "status")
    assert status["master_key"] == "environment"
    assert (status["under_older_keys"], status["missing_keys"]) == (0, [])
    assert status["secrets"] >= 3
    shown = connected("vault", "status").stdout
    assert "in COMPOSIO_ENCRYPTION_KEY" in shown
    assert "0" * 20 not in shown + json.dumps(status)


def test_a_master_key_is_rotated_and_everything_still_opens(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = connected.json("vault", "status")["secrets"]
    refused = connected("vault", "rotate")
    assert refused.exit_code == 1
    assert "before the old one" in refused.stderr
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32 + "," + "00" * 32)
    assert connected.json("vault", "status")["under_older_keys"] == secrets
    assert connected("vault", "rotate").stdout == f"Wrapped {secrets} secrets under a new master key.\n"
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    assert connected("execute", "NOTES_GET_ME", "--entity-id", "alice").exit_code == 0


def test_a_wrong_master_key_is_said_and_nothing_is_changed(connected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "22" * 32)
    status = connected("vault", "status")
    assert status.exit_code == 0
    assert "can't be read" in status.stderr
    refused = connected("execute", "NOTES_GET_ME", "--entity-id", "alice")
    assert refused.exit_code == 1
    assert "master key" in refused.output
    assert connected("add", "notes", *GIVEN, "-e", "carol").exit_code == 1
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "00" * 32)
    assert connected("execute", "NOTES_GET_ME", "--entity-id", "alice").exit_code == 0
    assert len(connected.json("connections")) == 2


def test_without_secrets_there_is_no_key_to_change(connecting: Any) -> None:
    assert "no key to change" in connecting("vault", "rotate").stdout
    assert connecting.json("vault", "rotate") == {"rotated": 0}


def test_a_call_whose_stored_key_is_refused_says_how_to_connect_again(connected: Any) -> None:
    connected("add", "notes", "--field", "api_key=a-key-that-ended", "--field", "subdomain=acme", "-e", "carol o'hara")
    refused = connected("execute", "NOTES_GET_ME", "--entity-id", "carol o'hara")
    assert refused.exit_code == 1
    error = json.loads(refused.stdout)["error"]
    (carol,) = connected.json("connections", "-e", "carol o'hara")
    assert f"The connection {carol['id']} of" in error
    assert "was not accepted, and has never worked" in error
    assert """composio add notes -e 'carol o'"'"'hara' --force""" in error
    assert "environment variables" not in error


def test_a_backup_is_restored_where_nothing_is_stored(connected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, key = tmp_path / "b", tmp_path / "k"
    done = connected("vault", "backup", str(file), "--key-file", str(key))
    assert done.stdout == f"Backed up 2 connections and 1 integration to {file}.\n"
    assert f"The key is in {key}: keep it apart" in done.stderr
    assert connected("vault", "backup", str(file)).exit_code == 1
    assert "not overwritten" in connected("vault", "restore", str(file)).stderr
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "33" * 32)
    (connected.home / "accounts.sqlite3").rename(tmp_path / "away")
    assert "--key-file" in connected("vault", "restore", str(file)).stderr
    assert connected.json("connections") == []
    restored = connected("vault", "restore", str(file), "--key-file", str(key))
    assert restored.stdout == f"Restored 2 connections and 1 integration from {file}.\n"
    assert "in COMPOSIO_ENCRYPTION_KEY" in restored.stderr
    assert connected("execute", "NOTES_GET_ME", "--entity-id", "alice").exit_code == 0


def test_a_backup_says_where_its_key_is(connected: Any, tmp_path: Path) -> None:
    assert "in COMPOSIO_ENCRYPTION_KEY: keep a copy apart" in connected("vault", "backup", str(tmp_path / "b")).stderr
    done = connected.json("vault", "backup", str(tmp_path / "c"), "--include-key")
    assert done["key_written_to"] == "backup"
    assert "0" * 20 not in json.dumps(done)
