"""Which apps a sentence names, and what that does to what is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.search.named import apps_named

Open = Callable[..., Catalog]
APPS = {
    "googlecalendar": "Google Calendar",
    "microsoft_todo": "Microsoft To Do",
    "monday": "Monday.com",
    "cal": "Cal.com",
    "close": "Close",
    "slack": "Slack",
    "googlesheets": "Google Sheets",
}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("book a room in Google Calendar", {"googlecalendar": ""}),
        ("what is in my googlecalendar", {"googlecalendar": "googlecalendar"}),
        ("is there anything in my calendar", {"googlecalendar": "calendar"}),
        ("put milk on my Microsoft To Do", {"microsoft_todo": ""}),
        ("add a line to monday.com", {"monday": ""}),
        ("call me on monday", {}),
        ("when am I free on cal.com", {"cal": ""}),
        ("close the ticket and tell Slack", {"slack": "slack"}),
        ("Close all tickets of last year", {}),
        ("log a call with a lead in close", {"close": "close"}),
        ("from Close the leads of last year", {"close": "close"}),
        ("what did Close the deal say", {"close": "close"}),
        ("make a Google Sheet", {"googlesheets": ""}),
        ("close deals", {"close": "close"}),
        ("list the issues of slack/close", {}),
        ("read https://slack.com/close", {"slack": "slack", "close": "close"}),
        ("nothing of the kind", {}),
        ("", {}),
    ],
)
def test_an_app_is_named_by_its_key_its_name_and_what_people_call_it(text: str, named: dict[str, str]) -> None:
    assert apps_named(text, APPS) == named


def test_the_app_that_a_task_names_comes_before_others_that_do_the_same(open_catalog: Open, make: Any) -> None:
    send = make.document(
        {"/messages": {"post": make.operation("Send a message to a channel", description="Send to a channel.")}}
    )
    post = make.document({"/chat": {"post": make.operation("Post to a conversation")}})
    catalog = open_catalog({"other": send, "slack": post, "another": send})
    assert catalog.search("send a message to the channel")[0] != "SLACK_POST_TO_A_CONVERSATION"
    assert catalog.search("send a message to the channel with Slack")[0] == "SLACK_POST_TO_A_CONVERSATION"


def test_a_name_that_is_an_everyday_word_decides_nothing(open_catalog: Open, make: Any) -> None:
    tickets = {f"/{i}": {"post": make.operation(f"Close ticket {i}")} for i in range(20)}
    others = {f"/{i}": {"get": make.operation(f"Count penguins {i}")} for i in range(150)}
    leads = {"/leads": {"get": make.operation("List leads")}}
    catalog = open_catalog({"desk": make.document(tickets), "close": make.document(leads), "zoo": make.document(others)})
    catalog.search("penguins", ["desk", "close", "zoo"])
    assert catalog.search("close the ticket")[0].startswith("DESK_CLOSE_TICKET")
