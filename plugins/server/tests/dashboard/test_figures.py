"""What is counted of calls, and how the page of figures shows it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import pytest

from composio.model.connection import Connection
from composio.model.figures import FigureFilter, Figures
from composio.model.logged import CallStatus
from composio.model.secret import Secret
from composio.store import calls as store
from composio.store import figures, forgetting, refreshes
from composio.store.calls import CallRow
from composio.store.database import Database
from composio.store.migrate import ACCOUNTS
from composio.store.projects import Partition
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.store.database import open_database
from tests.peers.axe import judge
from tests.peers.visitor import Visitor
from tests.peers.walker import text_of

NOW = 1_800_000_000.0  # 2027-01-15 08:00 UTC
HOUR = 3600.0


def row(number: int, at: float, **more: object) -> CallRow:
    """A call that took 0.2 seconds."""
    given = {"app": "acme", "entity_id": "alice", "status": CallStatus.DONE, "seconds": 0.2, "project_id": "p", **more}
    return CallRow(
        id=f"log_{number}",
        digest=b"d",
        owner="o",
        kind="action",
        action="ACME_GET_ME",
        started_at=at,
        **given,  # type: ignore[arg-type]  # each is as the row has it
    )


ROWS = [
    row(1, NOW - 30),
    row(2, NOW - HOUR - 0.3, seconds=3.0),  # its part of a second belongs to the hour before
    row(3, NOW - HOUR, status=CallStatus.FAILED, entity_id="bob"),
    row(4, NOW, status=CallStatus.UNKNOWN, seconds=None, app="other"),
    row(5, NOW, status=CallStatus.HELD),
    row(6, NOW, status=CallStatus.REPLAYED),
    row(7, NOW - 2 * HOUR, seconds=100.0),
    row(8, NOW, project_id="q"),
    row(9, NOW - 30 * HOUR),
]


def check(found: Figures) -> None:
    """The figures of :data:`ROWS` in three hours."""
    assert [one.at for one in found.periods] == [NOW - 2 * HOUR, NOW - HOUR, NOW]
    assert [one.calls for one in found.periods] == [2, 2, 1]
    assert [one.failed for one in found.periods] == [0, 1, 1]
    assert [one.half_within for one in found.periods] == [5.0, 0.25, None]
    assert [one.most_within for one in found.periods] == [None, 0.25, None]
    assert [(one.name, one.calls, one.failed) for one in found.apps] == [("acme", 4, 1), ("other", 1, 1)]
    assert [(one.name, one.calls) for one in found.entities] == [("alice", 4), ("bob", 1)]


def count(database: Database, **more: object) -> Figures:
    return figures.count(database, "p", FigureFilter(**{"hours": 3, **more}), NOW + 60)  # type: ignore[arg-type]  # as above


def renew(database: Database) -> None:
    """Renewals of two projects, in two hours."""
    for project, entity, at, done in (
        ("p", "alice", NOW - HOUR, True),
        ("p", "alice", NOW - 1, True),
        ("p", "alice", NOW - 1, False),
        ("p", "bob", NOW, False),
        ("q", "alice", NOW, True),
    ):
        refreshes.note(Partition(database, project), "acme", entity, at, done=done)


def check_renewals(database: Database) -> None:
    assert [(one.refreshed, one.unrefreshed) for one in count(database).periods] == [(0, 0), (2, 1), (0, 1)]
    assert [one.refreshed for one in count(database, entity_id="bob").periods] == [0, 0, 0]
    assert [one.unrefreshed for one in count(database, app="other").periods] == [0, 0, 0]
    assert sum(one.refreshed for one in count(database, hours=72).periods) == 2
    assert refreshes.prune(Partition(database, "p"), NOW) == 1
    assert [(one.refreshed, one.unrefreshed) for one in count(database).periods] == [(0, 0), (0, 0), (0, 1)]
    assert forgetting.forget(Partition(database, "p"), "bob") == {"calls": 1, "events": 0}
    assert [one.unrefreshed for one in count(database).periods] == [0, 0, 0]


def test_calls_are_counted_by_hour_app_and_entity(services: Services) -> None:
    store.write(services.database, ROWS)
    check(count(services.database))
    assert [one.calls for one in count(services.database, entity_id="bob").periods] == [0, 1, 0]
    assert [one.name for one in count(services.database, app="other").apps] == ["other"]
    by_day = count(services.database, hours=72)
    assert by_day.step == 86_400
    assert [one.calls for one in by_day.periods] == [0, 1, 5]


def test_postgresql_counts_alike(database_url: str, tmp_path: Path) -> None:
    database = open_database(Secret(database_url), tmp_path / "none", lineages=(ACCOUNTS,))
    try:
        store.write(database, ROWS)
        check(count(database))
        renew(database)
        check_renewals(database)
    finally:
        database.close()


def test_renewals_are_counted_and_forgotten(services: Services) -> None:
    store.write(services.database, ROWS)
    renew(services.database)
    check_renewals(services.database)


@pytest.mark.parametrize("hours", [0, -1, 100_000])
def test_hours_out_of_bounds_are_refused(client: httpx.Client, hours: int) -> None:
    answer = client.post("/api/v3.1/calls/log/figures", json={"hours": hours})
    assert answer.status_code == 400
    assert "hours" in answer.text


def test_the_page_says_what_the_api_says(
    owner: Visitor, connection: Connection, client: httpx.Client, project: Project, services: Services
) -> None:
    assert "No calls and no events" in text_of(owner.get("figures"))
    for entity in ("alice", "alice", "nobody"):
        owner.post(owner.get("playground", action="ACME_GET_ME"), "/playground", entity=entity)
    deadline, calls, failed = time.monotonic() + 60, 0, 0
    while (calls, failed) != (3, 1) and time.monotonic() < deadline:
        said = client.post("/api/v3.1/calls/log/figures", json={}).json()
        calls, failed = (sum(one.get(name, 0) for one in said["periods"]) for name in ("calls", "failed"))
        time.sleep(0.02)  # how a call ended is written a moment after the answer
    assert (calls, failed) == (3, 1)
    refreshes.note(Partition(services.database, project.id), "acme", "alice", time.time(), done=True)
    page = owner.get("figures")
    assert "Tokens were renewed 1 time; 0 attempts failed." in text_of(page)
    assert f"{calls} calls, {failed} of them failed." in text_of(page)
    assert re.search(r"<rect [^>]*><title>[^<]+ went well", page.text)
    assert "style=" not in page.text  # the policy allows none
    assert "alice" in text_of(page)
    assert "No calls and no events" in text_of(owner.get("figures", entity="bob"))
    assert "composio calls figures --hours 168 --app acme" in text_of(owner.get("figures", app="acme", hours="168"))
    assert owner.get("figures", hours="99999999999").status_code == 200


def test_the_page_passes_axe_and_fits_a_phone(owner: Visitor, connection: Connection) -> None:
    owner.post(owner.get("playground", action="ACME_GET_ME"), "/playground", entity="alice")
    session = {"composio-session": owner.client.cookies["composio-session"]}
    found = judge([(f"{owner.project}/figures", session), (f"{owner.project}/figures?hours=168", session)])
    assert {one["title"]: one["violations"] for one in found if one["violations"]} == {}
    assert [one["title"] for one in found if one["wide"]] == []


def test_a_project_s_backend_counts_what_is_asked(services: Services, project: Project) -> None:
    backend = services.backends.of(project.id)
    found = backend.run(lambda: backend.logs.figures(FigureFilter(hours=2)))
    assert [one.calls for one in found.periods] == [0, 0]
