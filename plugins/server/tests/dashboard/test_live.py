"""Logs that are watched as they grow, sent again, and read by code."""

from __future__ import annotations

import ast
import html
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from composio.model.connection import Connection
from composio.model.trigger_instance import TriggerInstance
from composio.store.database import Reach
from composio.store.triggers import events
from composio.store.triggers.tables import deliveries
from composio_server.pages.assets import asset_url, has_asset
from composio_server.services.keys import Scope
from composio_server.services.people import Role
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.triggering import message
from tests.peers.visitor import Visitor
from tests.peers.walker import text_of

PART = {"hx-request": "true"}


@pytest.fixture
def emit(services: Services, project: Project, trigger: TriggerInstance) -> Callable[..., str]:
    """Stores an event of alice's schedule."""

    def make(id_: str) -> str:
        part = services.backends.shared.keeping.store.for_project(project.id).part()
        one = message(id_, instance_id=trigger.id, trigger=trigger.trigger, app=trigger.app, entity_id="alice")
        events.record(part, [one], now=time.time())
        return id_

    return make


def poll_of(page: httpx.Response) -> str:
    found = re.search(r'id="log" hx-get="([^"]*)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def test_a_watched_log_sends_what_is_new_and_nothing_else(owner: Visitor, emit: Callable[..., str]) -> None:
    first = emit("ev_first")
    assert "hx-get" not in owner.get("events").text
    page = owner.get("events", live="1", entity="alice")
    assert '<noscript><meta http-equiv="refresh"' in page.text
    poll = poll_of(page)
    assert "entity=alice" in poll
    assert owner.client.get(owner.base + poll, headers=PART).status_code == 204
    second = emit("ev_second")
    grown = owner.client.get(owner.base + poll, headers=PART)
    assert grown.text.startswith('<div id="log"')
    assert first in grown.text
    assert grown.text.index(second) < grown.text.index(first)
    assert owner.client.get(owner.base + poll_of(grown), headers=PART).status_code == 204
    # Without the header it is a page: whoever reloads the address that htmx asks for.
    assert "<h1>" in owner.client.get(owner.base + poll).text


def test_calls_are_watched_too_and_filters_hold(owner: Visitor, connection: Connection) -> None:
    poll = poll_of(owner.get("calls", live="1", status="failed"))
    form = owner.get("playground", action="ACME_GET_ME")
    owner.post(form, "/playground", entity="alice")
    assert owner.client.get(owner.base + poll, headers=PART).status_code == 204
    owner.post(form, "/playground", entity="nobody")
    deadline = time.monotonic() + 30
    while (answer := owner.client.get(owner.base + poll, headers=PART)).status_code == 204:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "nobody" in text_of(answer)
    assert "alice" not in text_of(answer)


def test_older_pages_do_not_grow(owner: Visitor, emit: Callable[..., str]) -> None:
    emit("ev_1")
    older = owner.get("events", before="1000000", live="1")
    assert "hx-get" not in older.text
    assert "Watch" not in text_of(older)


def test_whoever_is_signed_out_meanwhile_goes_to_the_sign_in_page(owner: Visitor, emit: Callable[..., str]) -> None:
    emit("ev_1")
    page = owner.get("events", live="1")
    owner.post(page, "/sign-out")
    answer = owner.client.get(owner.base + poll_of(page), headers=PART)
    assert answer.status_code == 200
    assert answer.headers["hx-redirect"].startswith("/sign-in?next=%2Fprojects%2F")
    assert answer.content == b""


def test_events_are_chosen_and_sent_again(owner: Visitor, services: Services, emit: Callable[..., str]) -> None:
    owner.post(owner.get("settings"), "/settings/webhooks", url="https://shop.example/events", format="v3")
    one, _ = emit("ev_one"), emit("ev_two")
    page = owner.get("events")
    assert page.text.count('type="checkbox"') == 2
    none = owner.post(page, "/events/resend", which="chosen")
    assert "Nothing to resend" in text_of(none)
    failed = owner.post(page, "/events/resend", which="failed")
    assert "Nothing to resend" in text_of(failed)  # none has failed for good
    send_until_sent(owner, page, one, services, which="failed")
    send_until_sent(owner, page, one, services, which="chosen", **{f"event.{one}": "1"})
    deadline, noted = time.monotonic() + 30, list[str]()
    while not {one, "failed"} <= set(noted) and time.monotonic() < deadline:
        entries = services.audit.list_entries(project_of(owner))
        noted = [str(entry.target["events"]) for entry in entries if entry.action == "resend events"]
        time.sleep(0.02)  # it is written a moment after the answer
    assert set(noted) == {one, "failed"}


def send_until_sent(owner: Visitor, page: httpx.Response, event: str, services: Services, **form: str) -> None:
    """Send an event again whose last try failed; the server's worker may have it in hand just then."""
    failed = sa.update(deliveries).where(deliveries.c.event_id == event).values(status="failed")
    deadline = time.monotonic() + 30
    while True:
        services.database.change(failed, Reach(project_of(owner)))
        if "being resent" in text_of(owner.post(page, "/events/resend", **form)):
            return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def project_of(visitor: Visitor) -> str:
    return visitor.project.rpartition("/")[2]


def test_a_viewer_chooses_nothing(visitor: Callable[..., Visitor], emit: Callable[..., str]) -> None:
    emit("ev_1")
    viewer = visitor(Role.VIEWER)
    page = viewer.get("events")
    assert "ev_1" in page.text
    assert "checkbox" not in page.text
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    answer = viewer.client.post(f"{viewer.project}/events/resend", data={"csrf": csrf, "which": "failed"})
    assert answer.status_code == 403


def code_on(page: httpx.Response) -> list[str]:
    return [html.unescape(one) for one in re.findall(r"<pre tabindex=\"0\"><code>(.*?)</code>", page.text, re.DOTALL)]


def test_a_log_is_read_by_the_command_that_its_page_shows(
    owner: Visitor, services: Services, project: Project, emit: Callable[..., str], url: str
) -> None:
    emit("ev_1")
    python, command = code_on(owner.get("events", entity="alice", q="ev_1"))
    compile(python, "listener.py", "exec")
    assert "filters={'entity_id': 'alice'}" in python
    key = services.keys.create(project.id, "reader", [Scope.ADMIN])[1].reveal()
    words = command.split()
    assert words[0] == "composio"
    done = subprocess.run(
        [sys.executable, "-m", "composio.cli", *words[1:]],
        env={**os.environ, "COMPOSIO_BASE_URL": url, "COMPOSIO_API_KEY": key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [one["id"] for one in json.loads(done.stdout)] == ["ev_1"]


@pytest.mark.parametrize("hostile", ["'; rm -rf ~; '", "$(touch /tmp/x)", '"""', "a b"])
def test_what_a_filter_says_stays_one_word_of_the_code(owner: Visitor, hostile: str) -> None:
    [command] = code_on(owner.get("calls", entity=hostile))
    assert shlex.split(command) == ["composio", "logs", "--entity-id", hostile, "--json"]
    python, command = code_on(owner.get("events", entity=hostile))
    assert shlex.split(command) == ["composio", "triggers", "logs", "--entity", hostile, "--json"]
    constants = [node.value for node in ast.walk(ast.parse(python)) if isinstance(node, ast.Constant)]
    assert hostile in constants


def test_htmx_is_there_packed_and_kept_for_ever(owner: Visitor) -> None:
    assert has_asset("htmx.js"), "opencomposio-server was installed before its build put htmx there: install it again"
    page = owner.get("events")
    assert f'<script src="{asset_url("htmx.js")}" defer></script>' in page.text
    assert '"allowEval": false' in page.text
    answer = owner.client.get(owner.base + asset_url("htmx.js"))
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 20_000
    assert "immutable" in answer.headers["cache-control"]
    plain = owner.client.get(owner.base + asset_url("htmx.js"), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


def test_pages_load_little(owner: Visitor, emit: Callable[..., str]) -> None:
    """The scripts and styles of a page together, as browsers get them."""
    emit("ev_1")
    page = owner.get("events")
    loaded = re.findall(r'<(?:script|link)[^>]* (?:src|href)="(/pages/[^"]+)"', page.text)
    assert len(loaded) >= 4
    sizes = [int(owner.client.get(owner.base + one).headers["content-length"]) for one in loaded]
    assert sum(sizes) + len(page.content) < 150 * 1024


def follow(visitor: Visitor, page: httpx.Response) -> httpx.Response:
    """The page that is linked as the next one."""
    found = re.search(r'<a [^>]*href="([^"]*)" rel="next">Look further back</a>', page.text)
    assert found, text_of(page)
    return visitor.client.get(visitor.base + html.unescape(found[1]))


def test_a_filter_looks_at_so_many_rows_and_goes_on_where_it_ended(
    owner: Visitor, connection: Connection, emit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio_server.dashboard.show._LOOKED_AT", 3)
    monkeypatch.setattr("composio_server.dashboard.show._LOOKED_AT_FOR_TEXT", 3)
    form = owner.get("playground", action="ACME_GET_ME")
    for number, entity in enumerate(("nobody", *["alice"] * 3)):
        emit(f"ev_{'needle' if number == 0 else number}")
        owner.post(form, "/playground", entity=entity)
    for first, there in (("calls?status=failed", "nobody"), ("events?q=needle", "ev_needle")):
        page = owner.client.get(f"{owner.project}/{first}")
        assert "of the newest" in text_of(page)
        older = follow(owner, page)
        assert there in text_of(older).partition("Filter")[2]
        assert "Look further back" not in older.text
    alices = owner.client.get(f"{owner.project}/calls?entity=alice&status=failed")
    assert "None of the newest calls matches" in text_of(alices)  # her three are as many as it looks at
    assert "No call matches" in text_of(follow(owner, alices))
