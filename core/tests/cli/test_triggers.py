"""``composio triggers``: listed, shown, enabled, and how each stands."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from composio.cli.main import app
from composio.cli.session import Session
from composio.cli.triggers import read_config
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest
from composio.store.triggers import instances
from tests.peers.acme import OPEN, write_app
from tests.peers.triggering import write_triggers


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    home = tmp_path_factory.mktemp("home")
    write_app(home, "open", OPEN)
    write_triggers(home / "apps" / "open")
    made = EmbeddedBackend(home=home, environ={})
    yield made
    made.close()


def run(backend: EmbeddedBackend, *arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, ["triggers", *arguments], obj=Session(lambda: backend), env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done


def read(backend: EmbeddedBackend, *arguments: str) -> Any:
    return json.loads(run(backend, *arguments, "--json").stdout)


def test_triggers_are_listed_and_shown_with_what_their_config_takes(backend: EmbeddedBackend) -> None:
    listed = run(backend, "--app", "open").stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == ["OPEN_NEW_THING", "OPEN_PUSHED", "OPEN_POLLED"]
    assert "owner*, size, kind" in listed
    assert [one["name"] for one in read(backend, "--app", "open")] == ["OPEN_NEW_THING", "OPEN_PUSHED", "OPEN_POLLED"]
    shown = run(backend, "show", "open_new_thing").stdout
    assert "owner (required)" in shown
    assert "1. Paste the URL of your webhook." in shown
    assert "OPEN_NEW_THING" in run(backend, "show", "OPEN_NEW_THINGS", code=1).stderr


def test_a_trigger_is_enabled_seen_disabled_and_deleted(backend: EmbeddedBackend) -> None:
    made = read(backend, "enable", "OPEN_NEW_THING", "-c", "owner=o", "-c", "size=7", "-e", "ada")
    assert (made["status"], made["isNew"], made["config"]) == ("success", True, {"owner": "o", "size": 7})
    id_ = made["triggerId"]
    assert id_ in run(backend, "enable", "OPEN_NEW_THING", "-c", "owner=o", "-c", "size=7", "-e", "ada").stdout
    assert [one["id"] for one in read(backend, "--active")] == [id_]
    assert read(backend, "get", id_)["trigger"] == "OPEN_NEW_THING"
    [stands] = read(backend, "status", "-e", "ada")
    assert {"last_poll", "next_poll", "last_event", "last_error"} <= stands.keys()
    assert id_ in run(backend, "status").stdout
    assert "Disabled" in run(backend, "disable", id_).stdout
    assert read(backend, "--active") == []
    assert "disabled" in run(backend, "status", "--app", "open").stdout
    assert id_ in run(backend, "get", id_[:8], code=1).stderr, "the nearest id is named"
    assert read(backend, "delete", id_)["deleted"] == id_
    assert "Nothing is enabled" in run(backend, "status").stderr


def test_the_steps_in_a_provider_s_console_name_the_instance_s_own_url(tmp_path: Path) -> None:
    write_app(tmp_path, "open", OPEN)
    write_triggers(tmp_path / "apps" / "open")
    with closing(EmbeddedBackend(home=tmp_path, environ={"COMPOSIO_WEBHOOK_URL": "https://tunnel.example"})) as reachable:
        made = read(reachable, "enable", "OPEN_PUSHED")
        url, secret = made["setup"]["url"], made["setup"]["secret"]
        assert url.startswith("https://tunnel.example/webhooks/open/hook_")
        for shown in (("show", "OPEN_PUSHED"), ("get", made["id"]), ("enable", "OPEN_PUSHED")):
            said = run(reachable, *shown).stdout
            assert f"1. Paste {url}." in said, shown
            assert secret in said
        assert read(reachable, "show", "OPEN_PUSHED")["setups"] == {made["id"]: made["setup"]}
        assert read(reachable, "get", made["id"])["setup"] == made["setup"]
        run(reachable, "disable", made["id"])
        assert "1. Paste the URL of your webhook." in run(reachable, "show", "OPEN_PUSHED").stdout
        assert read(reachable, "get", made["id"])["setup"] is None


def test_a_poll_that_is_late_shows_in_the_listing(tmp_path: Path) -> None:
    write_app(tmp_path, "open", OPEN)
    write_triggers(tmp_path / "apps" / "open")
    with closing(EmbeddedBackend(home=tmp_path, environ={})) as quiet:
        made = read(quiet, "enable", "OPEN_POLLED")
        assert read(quiet, "status")[0]["late_seconds"] is None
        part = quiet.keeping.store.for_project("").part()
        instances.update(part, made["id"], time.time(), next_poll=time.time() - 3600)
        assert 3600 <= read(quiet, "status")[0]["late_seconds"] < 3700
        shown = run(quiet, "status")
        assert "poll, late" in shown.stdout
        assert "1 of them are overdue for a poll" in shown.stderr
        run(quiet, "disable", made["id"])
        assert "late" not in run(quiet, "status").stdout


def test_what_is_enabled_is_polled_at_once(backend: EmbeddedBackend) -> None:
    made = read(backend, "enable", "OPEN_POLLED")
    assert read(backend, "poll", made["id"])["id"] == made["id"]
    assert "OPEN_POLLED for default is polled next" in run(backend, "poll", made["id"]).stdout
    assert made["id"] in run(backend, "poll", made["id"][:-1], code=1).stderr  # the nearest is named


def test_a_test_event_is_in_the_log_with_made_up_values(backend: EmbeddedBackend) -> None:
    made = read(backend, "enable", "OPEN_POLLED")
    event = read(backend, "test", made["id"])["event"]
    shown = read(backend, "logs", event)
    assert (shown["trigger_id"], shown["payload"]) == (made["id"], {"title": "<title>"})
    assert "made up" in shown["warning"]
    assert f"composio triggers logs {event[:3]}" in run(backend, "test", made["id"]).stdout
    run(backend, "disable", made["id"])
    assert "is disabled: enable it to send a test event" in run(backend, "test", made["id"], code=1).stderr


def test_what_does_not_fit_is_said(backend: EmbeddedBackend) -> None:
    assert "owner" in run(backend, "enable", "OPEN_NEW_THING", code=1).stderr
    assert "NAME=VALUE" in run(backend, "enable", "OPEN_NEW_THING", "-c", "owner", code=1).stderr


def test_a_config_is_read_as_text_but_for_arrays_and_objects() -> None:
    assert read_config(["a=1", "b=[1, 2]", 'c={"d": 3}', "e=[x", "f=a=b"]) == {
        "a": "1",
        "b": [1, 2],
        "c": {"d": 3},
        "e": "[x",
        "f": "a=b",
    }
    with pytest.raises(InvalidRequest, match="twice"):
        read_config(["a=1", "a=2"])
