"""Twenty tasks in people's own words: an agent that has only the four discovery tools is led to the right call.

The agent is scripted, so that the tools are what is tested: it takes the action that the task needs if the search named it, reads
its schema where the search did not show it, and runs it against the fake upstream of the app's own description, which refuses
what does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError
from composio.functions.registry import REGISTRY
from composio.testing import FakeUpstream

SEARCH, DESCRIBE, EXECUTE = "COMPOSIO_SEARCH_TOOLS", "COMPOSIO_GET_TOOL_SCHEMAS", "COMPOSIO_MULTI_EXECUTE_TOOL"
REPO = {"owner": "octocat", "repo": "hello-world"}
# What the user says, what it takes, with what, and the request that this has to become.
TASKS: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "open an issue on GitHub in octocat/hello-world: the login page is broken",
        "GITHUB_CREATE_AN_ISSUE",
        {**REPO, "title": "Login is broken"},
        "POST /repos/octocat/hello-world/issues",
    ),
    (
        "star the octocat/hello-world repo on github",
        "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER",
        REPO,
        "PUT /user/starred/octocat/hello-world",
    ),
    (
        "what pull requests are open in octocat/hello-world on GitHub?",
        "GITHUB_LIST_PULL_REQUESTS",
        REPO,
        "GET /repos/octocat/hello-world/pulls",
    ),
    (
        "post 'the deploy is done' as a message to a channel on Slack",
        "SLACK_CHAT_POST_MESSAGE",
        {"channel": "C0000001", "text": "The deploy is done."},
        "POST /chat.postMessage",
    ),
    (
        "make a new slack channel called launch-week",
        "SLACK_CONVERSATIONS_CREATE",
        {"name": "launch-week"},
        "POST /conversations.create",
    ),
    (
        "email ana@example.com that I'm running late, with Gmail",
        "GMAIL_SEND_EMAIL",
        {"recipient_email": "ana@example.com", "body": "Running late."},
        "POST /gmail/v1/users/me/messages/send",
    ),
    (
        "find the unread mails from my boss in gmail",
        "GMAIL_USERS_MESSAGES_LIST",
        {"userId": "me", "q": "is:unread from:boss@example.com"},
        "GET /gmail/v1/users/me/messages",
    ),
    ("which google calendars do I have?", "GOOGLECALENDAR_CALENDAR_CALENDAR_LIST_LIST", {}, "GET /users/me/calendarList"),
    (
        "put 'lunch with Bob tomorrow at noon' on my Google Calendar",
        "GOOGLECALENDAR_CALENDAR_EVENTS_QUICK_ADD",
        {"calendarId": "primary", "text": "Lunch with Bob tomorrow at noon"},
        "POST /calendars/primary/events/quickAdd",
    ),
    (
        "write my meeting notes into a new Notion page",
        "NOTION_CREATE_A_PAGE",
        {"parent": {"page_id": "7d2f9c3e-6d0c-4c7e-9a3f-0a1b2c3d4e5f"}, "properties": {}},
        "POST /v1/pages",
    ),
    (
        "file a bug in Jira project ABC: checkout crashes",
        "JIRA_CREATE_ISSUE",
        {"fields": {"project": {"key": "ABC"}, "issuetype": {"name": "Bug"}, "summary": "Checkout crashes"}},
        "POST /rest/api/3/issue",
    ),
    (
        "add a comment to the Jira issue ABC-12",
        "JIRA_ADD_COMMENT",
        {"issueIdOrKey": "ABC-12", "body": {"type": "doc", "version": 1, "content": []}},
        "POST /rest/api/3/issue/ABC-12/comment",
    ),
    (
        "add jo@example.com as a contact in HubSpot",
        "HUBSPOT_CREATE_A_CONTACT",
        {"properties": {"email": "jo@example.com"}, "associations": []},
        "POST /contacts",
    ),
    (
        "create a deal called Big Fish in hubspot",
        "HUBSPOT_CREATE_A_DEAL",
        {"properties": {"dealname": "Big Fish"}},
        "POST /objects/0-3",
    ),
    (
        "create a customer for jo@example.com in Stripe",
        "STRIPE_POST_CUSTOMERS",
        {"email": "jo@example.com"},
        "POST /v1/customers",
    ),
    ("refund the Stripe charge ch_123", "STRIPE_POST_REFUNDS", {"charge": "ch_123"}, "POST /v1/refunds"),
    (
        "append a row to my google sheet",
        "GOOGLESHEETS_SHEETS_SPREADSHEETS_VALUES_APPEND",
        {"spreadsheetId": "s1", "range": "A1", "valueInputOption": "RAW", "values": [["a", "b"]]},
        "POST /v4/spreadsheets/s1/values/A1:append",
    ),
    ("add a card to my Trello list", "TRELLO_ADD_CARDS", {"idList": "l1", "name": "Buy milk"}, "POST /cards"),
    (
        "open a ticket in Zendesk about a lost parcel",
        "ZENDESK_CREATE_TICKET",
        {"ticket": {"subject": "Lost parcel", "comment": {"body": "It never came."}}},
        "POST /api/v2/tickets",
    ),
    (
        "post a message in a Discord channel",
        "DISCORD_CREATE_MESSAGE",
        {"channel_id": "1", "content": "Hello"},
        "POST /channels/1/messages",
    ),
]


@pytest.fixture(scope="module")
def backend(home: Path) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(home=home)
    with suppress(ComposioError):  # an app that can't be compiled fails where it is asked for
        made.catalog.update(sorted({slug.partition("_")[0].lower() for _, slug, _, _ in TASKS}), only_changed=True)
    yield made
    made.close()


class Agent:
    """Has the four tools and nothing else."""

    def __init__(self, toolset: ComposioToolSet[Any]) -> None:
        self.toolset, self.tools = toolset, toolset.discovery_tools()

    def call(self, name: str, **arguments: Any) -> Any:
        (result,) = self.toolset.handle_tool_calls({"name": name, "arguments": arguments}, tools=self.tools)
        assert result["successful"], result["error"]
        return result["data"]

    def do(self, task: str, wanted: str, arguments: dict[str, Any]) -> Any:
        """Carry ``task`` out with the action that it takes; fails if the search does not lead there."""
        found = self.call(SEARCH, queries=[{"use_case": task}])
        (result,) = found["results"]
        named = [*result["primary_tool_slugs"], *result["related_tool_slugs"]]
        assert wanted in named, f"{task!r} leads to {named}"
        shown = found["tool_schemas"].get(wanted, {"hasFullSchema": False})
        if not shown["hasFullSchema"]:
            shown = self.call(DESCRIBE, tool_slugs=[wanted])["tool_schemas"][wanted]
        assert arguments.keys() <= shown["input_schema"].get("properties", {}).keys()
        (done,) = self.call(EXECUTE, tools=[{"tool_slug": wanted, "arguments": arguments}])["results"]
        return done["response"]


@pytest.mark.parametrize(("task", "wanted", "arguments", "request_line"), TASKS, ids=[slug for _, slug, _, _ in TASKS])
def test_a_task_in_a_users_words_becomes_the_right_request(
    backend: EmbeddedBackend, task: str, wanted: str, arguments: dict[str, Any], request_line: str
) -> None:
    app = wanted.partition("_")[0].lower()
    with FakeUpstream.of(backend, app) as api:
        toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
        toolset.add_auth(app, [{"in": "header", "name": "Authorization", "value": "Bearer a-token"}], base_url=api.url)
        response = Agent(toolset).do(task, wanted, arguments)
    assert response["successful"], response["error"]
    assert api.violations == []
    method, _, path = request_line.partition(" ")
    assert (api.requests[-1].method, api.requests[-1].path[-len(path) :]) == (method, path)


def test_an_apps_function_that_a_program_has_imported_is_still_the_apps(backend: EmbeddedBackend) -> None:
    from composio_apps.gmail import actions

    assert actions.send_email.is_shipped
    assert REGISTRY.function("GMAIL_SEND_EMAIL", lambda _name: True) is None
    described = Agent(ComposioToolSet(backend=backend)).call(DESCRIBE, tool_slugs=["GMAIL_SEND_EMAIL"])
    assert described["not_found"] == {}


def test_most_tasks_find_their_action_among_the_first(backend: EmbeddedBackend) -> None:
    agent = Agent(ComposioToolSet(backend=backend))
    first = 0
    for task, wanted, _, _ in TASKS:
        (result,) = agent.call(SEARCH, queries=[{"use_case": task}])["results"]
        first += wanted in result["primary_tool_slugs"]
    assert first >= 16  # with every app compiled; 17 among the most used
