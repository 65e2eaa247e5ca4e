"""``composio triggers listen|logs|resend|callbacks`` over a home of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend
from composio.store.triggers import events
from tests.peers.triggering import message


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(home=tmp_path_factory.mktemp("home"), environ={})
    yield made
    made.close()


def run(backend: EmbeddedBackend, *arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, ["triggers", *arguments], obj=Session(lambda: backend))
    assert done.exit_code == code, done.output
    return done


def read(backend: EmbeddedBackend, *arguments: str) -> Any:
    return json.loads(run(backend, *arguments, "--json").stdout)


def emit(backend: EmbeddedBackend, id_: str, **changes: Any) -> None:
    made = message(id_, **{"payload": {"text": f"text of {id_}"}} | changes)
    events.record(backend.keeping.store.for_project("").part(), [made], now=time.time())


def test_a_callback_url_is_set_shown_changed_and_removed(backend: EmbeddedBackend) -> None:
    assert "set https://..." in run(backend, "callbacks").stderr
    assert "There is no callback URL yet" in run(backend, "callbacks", "get", code=1).stderr
    made = read(backend, "callbacks", "set", "http://localhost:8000/webhook")
    assert (made["url"], made["format"], made["secret"][:6]) == ("http://localhost:8000/webhook", "v2", "whsec_")
    assert made["secret"] in run(backend, "callbacks", "get").stdout
    listed = run(backend, "callbacks").stdout
    assert "http://localhost:8000/webhook" in listed
    assert made["secret"] not in listed
    assert read(backend, "callbacks", "rotate", made["id"])["secret"] != made["secret"]
    assert (
        "off: switched off by hand" in (run(backend, "callbacks", "disable", made["id"]), run(backend, "callbacks"))[1].stdout
    )
    assert read(backend, "callbacks", "enable", made["id"])["enabled"] is True
    assert "There is no callback URL" in run(backend, "callbacks", "rotate", "cb_x", code=1).stderr
    run(backend, "callbacks", "remove", made["id"], "--yes")
    assert read(backend, "callbacks") == []
    assert "https://host/path" in run(backend, "callbacks", "set", "webhook", code=1).stderr
    assert "v1 (v0.7's), v2 and v3" in run(backend, "callbacks", "set", "https://a.example", "--format", "v9", code=1).stderr


def test_logs_list_what_came_and_show_one_event_in_full(backend: EmbeddedBackend) -> None:
    emit(backend, "ev_old", received_at=time.time() - 7200)
    emit(backend, "ev_star", trigger="GITHUB_STAR_ADDED_EVENT", app="github")
    assert [one["id"] for one in read(backend, "logs", "--app", "slack")] == ["ev_old"]
    assert [one["id"] for one in read(backend, "logs", "--since", "1h")] == ["ev_star"]
    assert [one["id"] for one in read(backend, "logs", "--search", "of ev_star")] == ["ev_star"]
    assert "GITHUB_STAR_ADDED_EVENT" in run(backend, "logs", "--limit", "1").stdout
    assert json.loads(run(backend, "logs", "ev_star").stdout)["payload"] == {"text": "text of ev_star"}
    assert "No event matches" in run(backend, "logs", "--entity", "nobody").stderr
    assert "--since is" in run(backend, "logs", "--since", "yesterday", code=1).stderr
    assert "There is no event" in run(backend, "logs", "ev_none", code=1).stderr


def test_resend_says_how_many_deliveries_go_out_again(backend: EmbeddedBackend) -> None:
    made = read(backend, "callbacks", "set", "http://127.0.0.1:1/refuses")
    emit(backend, "ev_sent")
    assert read(backend, "logs", "--search", "ev_sent")[0]["deliveries"][0]["status"] == "pending"
    run(backend, "callbacks", "disable", made["id"])
    assert "1 delivery is queued again" in run(backend, "resend", "ev_sent").stdout
    run(backend, "callbacks", "disable", made["id"])
    assert read(backend, "resend", "--failed", "--callback", made["id"]) == {"deliveries": 1}
    assert "Nothing to resend" in run(backend, "resend", "ev_star").stderr
    assert "There is no event 'ev_gone'" in run(backend, "resend", "ev_sent", "ev_gone", code=1).stderr
    assert "cb_gone" in run(backend, "resend", "--failed", "--callback", "cb_gone", code=1).stderr
    for wrong in ((), ("ev_sent", "--failed")):
        assert "Name events, or give --failed" in run(backend, "resend", *wrong, code=1).stderr
    run(backend, "callbacks", "remove", made["id"], "--yes")


def test_listen_prints_the_events_that_fit_as_they_come(backend: EmbeddedBackend) -> None:
    emit(backend, "ev_a", entity_id="listen")
    emit(backend, "ev_b")
    emit(backend, "ev_c", entity_id="listen")
    lines = run(backend, "listen", "--after", "0", "--entity", "listen", "--count", "2", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["ev_a", "ev_c"]
    shown = run(backend, "listen", "--after", "0", "--trigger", "GITHUB_STAR_ADDED_EVENT", "-n", "1").stdout
    assert "GITHUB_STAR_ADDED_EVENT  jane  ev_star" in shown
    assert "TRIGGER" in run(backend, "listen", "--trigger", "SCHEDULE_NO_SUCH", code=1).stderr.upper()
