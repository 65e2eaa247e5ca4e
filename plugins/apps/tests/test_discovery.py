"""Forty tasks in people's own words: an agent that has only the four discovery tools is led to the right call.

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
        "GOOGLECALENDAR_QUICK_ADD",
        {"text": "Lunch with Bob tomorrow at noon"},
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
BASE, CARD = "appZ0x1y2w3v4u5t6", "5f0c0a1b2c3d4e5f6a7b8c9d"
# The same of apps with actions made by hand, of GraphQL and of those that are described by hand.
MORE: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "add a row for Acme with status Lead to my Airtable base",
        "AIRTABLE_CREATE_RECORD",
        {"baseId": BASE, "tableIdOrName": "Leads", "fields": {"Name": "Acme", "Status": "Lead"}},
        f"POST /v0/{BASE}/Leads",
    ),
    (
        "which rows of my airtable table have status Todo?",
        "AIRTABLE_LIST_RECORDS",
        {"baseId": BASE, "tableIdOrName": "Tasks", "where": {"Status": "Todo"}},
        f"GET /v0/{BASE}/Tasks",
    ),
    (
        "what tables and fields does my Airtable base have",
        "AIRTABLE_GET_BASE_SCHEMA",
        {"baseId": BASE},
        f"GET /bases/{BASE}/tables",
    ),
    (
        "move the Trello card 'Fix the login' to Done",
        "TRELLO_MOVE_CARD",
        {"card": CARD, "to_list": CARD, "to_board": CARD},
        f"PUT /cards/{CARD}",
    ),
    (
        "comment 'shipped' on a trello card",
        "TRELLO_ADD_COMMENT",
        {"card": CARD, "text": "Shipped"},
        f"POST /cards/{CARD}/actions/comments",
    ),
    (
        "upload a file to my OneDrive Documents folder",
        "ONE_DRIVE_ONEDRIVE_UPLOAD_FILE",
        {"file": "data:text/plain,hello", "name": "a.txt"},
        "PUT /items/root:/a.txt:/content",
    ),
    (
        "make a Google Doc from these markdown notes",
        "GOOGLEDOCS_CREATE_DOCUMENT_MARKDOWN",
        {"title": "Notes", "markdown_text": "# Notes"},
        "POST :batchUpdate",
    ),
    ("find the file called roadmap in Google Drive", "GOOGLEDRIVE_FIND_FILE", {"query": "roadmap"}, "GET /files"),
    (
        "move the Jira ticket ABC-12 to In Progress",
        "JIRA_TRANSITION_ISSUE",
        {"issueIdOrKey": "ABC-12", "transition": {"id": "21"}},
        "POST /rest/api/3/issue/ABC-12/transitions",
    ),
    (
        "create a contact in HubSpot for jo@example.com",
        "HUBSPOT_CREATE_CONTACT",
        {"email": "jo@example.com"},
        "POST /crm/v3/objects/contacts",
    ),
    ("create an item on my monday.com board", "MONDAY_CREATE_ITEM", {"board_id": "1", "item_name": "Launch"}, "POST /"),
    ("create a task in a ClickUp list", "CLICKUP_CREATE_TASK", {"list_id": 1, "name": "Write"}, "POST /v2/list/1/task"),
    ("cancel my Calendly meeting", "CALENDLY_CANCEL_EVENT", {"uuid": "e1"}, "POST /scheduled_events/e1/cancellation"),
    (
        "open a merge request on GitLab",
        "GITLAB_CREATE_A_MERGE_REQUEST",
        {"id": "1", "source_branch": "fix", "target_branch": "main", "title": "Fix"},
        "POST /projects/1/merge_requests",
    ),
    (
        "run a SQL query on my Supabase project",
        "SUPABASE_V1_RUN_A_QUERY",
        {"ref": "abcdefghijklmnopqrst", "query": "select 1"},
        "POST /v1/projects/abcdefghijklmnopqrst/database/query",
    ),
    (
        "send a WhatsApp message to a customer",
        "WHATSAPP_SEND_MESSAGE",
        {"phone_number_id": "1", "to_number": "15551234567", "text": "Hello"},
        "POST /1/messages",
    ),
    ("look up a lead in Salesforce", "SALESFORCE_GET_LEAD", {"id": "00Q1"}, "GET /Lead/00Q1"),
    ("post a tweet on X", "TWITTER_CREATE_TWEET", {"text": "Hello"}, "POST /2/tweets"),
    (
        "search the web with Tavily for the newest Python release",
        "TAVILY_TAVILY_SEARCH",
        {"query": "Python release"},
        "POST /search",
    ),
    ("who is on call in PagerDuty right now", "PAGERDUTY_LIST_ALL_OF_THE_ON_CALLS", {}, "GET /oncalls"),
]
ALL = [*TASKS, *MORE]


def app_of(slug: str) -> str:
    return "one_drive" if slug.startswith("ONE_DRIVE_") else slug.partition("_")[0].lower()


@pytest.fixture(scope="module")
def backend(home: Path) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(home=home)
    with suppress(ComposioError):  # an app that can't be compiled fails where it is asked for
        made.catalog.update(sorted({app_of(slug) for _, slug, _, _ in ALL}), only_changed=True)
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


@pytest.mark.parametrize(("task", "wanted", "arguments", "request_line"), ALL, ids=[slug for _, slug, _, _ in ALL])
def test_a_task_in_a_users_words_becomes_the_right_request(
    backend: EmbeddedBackend, task: str, wanted: str, arguments: dict[str, Any], request_line: str
) -> None:
    app = app_of(wanted)
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
