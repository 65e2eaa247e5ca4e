"""The Python blocks of the documentation's pages, run as written against the doubles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from tests.docs.pages import REFERENCE, pages
from tests.docs.running import Incomplete, leave, run_page

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the documentation's reference is not part of a user's clone")

USERNAME = "GITHUB_GET_THE_AUTHENTICATED_USER"


PAGES: dict[str, list[Incomplete]] = {
    "Introduction": [],
    "Quickstart": [],
    "Introduction 2": [],
    "Fetching Tools": [
        Incomplete("apps=[App.GITHUB]", "the page uses App without importing it", "from composio_openai import App"),
    ],
    "Executing Tools": [
        Incomplete('entity_id="user-from-my-db-123"', "`params={...}` is a placeholder, a set that holds an Ellipsis"),
        Incomplete('connected_account_id="conn_abc123xyz"', "`params={...}` is a placeholder, a set that holds an Ellipsis"),
    ],
    "Creating Custom Tools": [
        Incomplete(
            '"calculator_multiply"                # Custom',
            "the page uses toolset and Action before it defines them",
            "from composio_openai import Action, ComposioToolSet\ntoolset = ComposioToolSet()",
        ),
    ],
    "Processing Tools": [
        Incomplete("Action.SOME_ACTION", "a conceptual sketch: the action does not exist and the processors have no bodies"),
    ],
}
EXPECTED_OUTPUT = {
    "Quickstart": ["'login': 'octocat'"],
    "Introduction 2": ["Fetched 1 tool(s) for the LLM.", "LLM requested tool use", "'login': 'octocat'"],
    "Fetching Tools": [
        "tools for GitHub.",
        "Jira tools tagged with 'Issues'",
        "for the use case.",
        '"name": "GOOGLECALENDAR_LIST_CALENDARS"',
    ],
    "Executing Tools": ["Successfully created issue!", "Issue URL: https://github.com/octocat/Hello-World/issues/1347"],
}


@pytest.fixture(scope="module")
def doubles() -> Iterator[tuple[FakeUpstream, ScriptedModel]]:
    script = [Calls([{"name": USERNAME, "arguments": {}}]), Say("Your GitHub username is octocat.")]
    with FakeUpstream.for_app("github") as github, ScriptedModel(script) as model:
        github.require(header="Authorization")
        yield github, model


@pytest.fixture
def environment(doubles: tuple[FakeUpstream, ScriptedModel], monkeypatch: pytest.MonkeyPatch) -> FakeUpstream:
    github, model = doubles
    github.requests.clear()
    monkeypatch.setenv("COMPOSIO_GITHUB_BASE_URL", github.url)
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_documentation")
    # The pages suppose that these apps were connected; fetching their tools asks for it.
    for name in ("JIRA_SUBDOMAIN", "JIRA_EMAIL", "JIRA_API_TOKEN", "GOOGLE_ACCESS_TOKEN", "NOTION_API_KEY"):
        monkeypatch.setenv(name, "documentation")
    monkeypatch.setenv("OPENAI_BASE_URL", model.openai_url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-documentation")
    monkeypatch.setenv("COMPOSIO_API_KEY", "the-docs-set-one")
    return github


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the page's own clients are never closed
@pytest.mark.parametrize("title", PAGES)
def test_a_pages_blocks_run_as_written_in_one_namespace(
    title: str, environment: FakeUpstream, capsys: pytest.CaptureFixture[str]
) -> None:
    namespace = run_page(title, PAGES[title])
    output = capsys.readouterr().out
    assert "An error occurred" not in output
    for text in EXPECTED_OUTPUT.get(title, []):
        assert text in output
    check = globals().get("check_" + title.lower().replace(" ", "_"))
    if check:
        check(namespace, environment)
    leave(namespace)


def check_executing_tools(namespace: dict[str, Any], github: FakeUpstream) -> None:
    created = [r for r in github.requests if r.method == "POST"]
    assert [r.path for r in created] == ["/repos/composiohq/agi/issues", "/repos/target-owner/target-repo/issues"]
    assert created[0].headers["authorization"] == "Bearer ghp_documentation"
    assert created[1].headers["authorization"] == "Bearer gho_YourTemporaryOrManagedToken"
    assert github.violations == []


def check_creating_custom_tools(namespace: dict[str, Any], github: FakeUpstream) -> None:
    from composio import ComposioToolSet

    with ComposioToolSet() as toolset:
        names = [tool["function"]["name"] for tool in namespace["tools"]]
        assert names == [USERNAME, "add_numbers", "calculator_multiply"]
        assert toolset.execute_action("calculator_multiply", {"a": 6, "b": "7"})["data"] == 42
        topics = toolset.execute_action(namespace["get_github_repo_topics"], {"owner": "composiohq", "repo": "composio"})
        assert topics == {"successful": True, "data": {"topics": ["octocat", "atom", "electron", "api"]}, "error": None}
    assert github.requests[-1].path == "/repos/composiohq/composio/topics"
    assert github.requests[-1].headers["authorization"] == "Bearer ghp_documentation"


def check_processing_tools(namespace: dict[str, Any], github: FakeUpstream) -> None:
    from composio import Action, ComposioToolSet

    shown = ComposioToolSet().get_tools(
        actions=[Action.GMAIL_SEND_EMAIL],
        processors={"schema": {Action.GMAIL_SEND_EMAIL: namespace["simplify_gmail_send_schema"]}},
    )
    properties = shown[0]["parameters"]["properties"]
    assert not {"recipient_email", "attachment"} & set(properties)
    assert {"subject", "body"} <= set(properties)


def test_every_page_is_there() -> None:
    assert set(PAGES) <= set(pages())
