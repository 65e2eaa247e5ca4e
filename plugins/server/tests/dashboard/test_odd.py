"""Addresses that nobody's link has: each gets a page that says what is wrong, or that nothing is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from composio.model.connection import Connection
from composio.model.trigger_instance import TriggerInstance
from composio_server.dashboard.calls import arguments_of
from composio_server.dashboard.show import as_json
from composio_server.settings import Settings
from tests.peers.visitor import Visitor

HUGE, LONG = "9" * 40, "x" * 5_000
ODD = (
    *(("calls", {"before": one}) for one in (HUGE, "-1", "1.5", "²")),
    *(("events", {"before": one}) for one in (HUGE, "x", "²")),
    *((place, {"after": one}) for place in ("apps", "apps/acme") for one in (HUGE, "-5", "²", "\0", LONG)),
    *((place, {"before": one}) for place in ("triggers", "mcp") for one in (HUGE, "-5", "²", "\0", LONG)),
    *(
        (place, {"q": text, "app": text, "entity": text, "trigger": text})
        for place in ("calls", "events", "triggers", "apps", "connections", "integrations", "search")
        for text in ("\0", "\ud7ff\U0001f600", LONG, "%", "_", "'", "\\")
    ),
    *(
        (place, {"q": text, "app": text, "entity": text, "user": text, "after": text, "hours": text, "before": text})
        for place in ("mcp", "sessions", "figures")
        for text in ("\0", "\ud7ff\U0001f600", LONG, HUGE, "-1", "²", "%", "'", "\\")
    ),
    ("mcp/new", {"app": "\0"}),
    ("mcp/%00", {}),
    ("sessions/%00", {}),
    ("connections", {"after": "not a cursor"}),
    ("connections", {"integration": "\0"}),
    ("playground", {"action": "\0"}),
    ("playground", {"action": "NO_SUCH_ACTION"}),
    ("playground", {"call": "\0"}),
    ("integrations/new", {"app": "nothing"}),
    ("integrations/new", {}),
    ("integrations/new", {"app": "acme", "mode": "NOTHING"}),
    ("triggers/new", {"trigger": "NOTHING"}),
    ("apps/%00", {}),
    ("calls/%00", {}),
    ("events/%00", {}),
    ("connections/%00", {}),
    ("triggers/%00", {}),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Over both databases: each has values of its own that it can't take."""
    given = {"COMPOSIO_HOME": str(tmp_path / "home")}
    if request.param == "postgresql":
        given["COMPOSIO_DATABASE_URL"] = request.getfixturevalue("database_url")
    return Settings.of(given)


def test_odd_addresses_get_a_page_and_no_server_error(owner: Visitor, connection: Connection, trigger: TriggerInstance) -> None:
    wrong = {}
    for path, query in ODD:
        answer = owner.get(path, **query)
        if answer.status_code >= 500 or "<h1>" not in answer.text:
            wrong[path, str(query)[:60]] = answer.status_code
    assert wrong == {}


def test_odd_deeds_change_nothing(owner: Visitor, connection: Connection, trigger: TriggerInstance) -> None:
    csrf = owner.get("start").text.partition('name="csrf" value="')[2].partition('"')[0]
    deeds = (
        f"connections/{connection.id}/explode",
        f"integrations/{connection.integration_id}/explode",
        f"triggers/{trigger.id}/explode",
        "settings/webhooks/cb_0/explode",
        "settings/webhooks/cb_0/rotate",
        "settings/keys/nothing/revoke",
        "settings/members/nothing/remove",
        "events/ev_0/resend",
        "mcp/nothing/rotate",
        "mcp/nothing/explode",
        "sessions/nothing/delete",
        "triggers/new",
        "playground",
    )
    for path in deeds:
        answer = owner.client.post(f"{owner.project}/{path}", data={"csrf": csrf, "action": "X", "trigger": "X"})
        assert answer.status_code in {404, 422}, (path, answer.status_code)
        assert "<h1>" in answer.text
    assert owner.client.get(f"{owner.project}/connections/{connection.id}/delete").status_code in {404, 405}


@pytest.mark.parametrize("depth", [900, 100_000])
def test_what_is_nested_deep_is_shown_as_it_came(depth: int) -> None:
    """An app's answer may be: laying it out goes less deep than reading it."""
    text = "[" * depth + "]" * depth
    assert "".join(as_json(text).split()) == text
    assert arguments_of(text) is None


def test_a_value_nested_deeper_than_python_goes_has_a_sentence() -> None:
    value: list[object] = []
    for _ in range(20_000):
        value = [value]
    assert "nested too deep" in as_json({"data": value})
