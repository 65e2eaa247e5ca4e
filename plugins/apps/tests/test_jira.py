"""Jira's own actions: issues and comments in Markdown, people and statuses by name, against the API's description."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from composio_apps._markdown import parse, plain
from composio_apps.jira.document import document_of

SEARCH, TRANSITIONS = "JIRA_FIND_USERS", "JIRA_GET_TRANSITIONS"
PEOPLE = [
    {"accountId": "5b10a2844c20165700ede21g", "displayName": "Ada L", "emailAddress": "ada@example.com", "active": True},
    {"accountId": "5b10a2844c20165700ede22h", "displayName": "Ada M", "active": True},
]


def test_an_issue_is_made_of_markdown_and_plain_fields(described: Callable[[str], Any]) -> None:
    api = described("jira")
    api.upstream.reply(SEARCH, json=PEOPLE)
    api.run(
        "JIRA_CREATE_ISSUE",
        project_key="ENG",
        summary="It\nbreaks",
        issue_type="Bug",
        description="## Steps\n\n1. **Open**",
        assignee="ada@example.com",
        labels=["ui"],
        priority="High",
        due_date="2026-12-24",
        parent_key="ENG-1",
        fields={"customfield_10010": 3},
    )
    sent = api.upstream.requests[-1].body["fields"]
    assert sent["summary"] == "It breaks"
    assert sent["assignee"] == {"accountId": PEOPLE[0]["accountId"]}
    assert (sent["project"], sent["issuetype"], sent["priority"]) == ({"key": "ENG"}, {"name": "Bug"}, {"name": "High"})
    assert (sent["labels"], sent["duedate"], sent["parent"]) == (["ui"], "2026-12-24", {"key": "ENG-1"})
    assert sent["customfield_10010"] == 3
    assert sent["description"]["content"][0]["type"] == "heading"


def test_an_issue_in_v0_7_s_way_is_taken(described: Callable[[str], Any]) -> None:
    api = described("jira")
    fields = {"project": {"key": "ENG"}, "summary": "s", "issuetype": {"id": "10001"}}
    api.run("JIRA_CREATE_ISSUE", fields=fields)
    assert api.upstream.requests[-1].body == {"fields": fields}
    assert "needs project_key and summary" in api.refused("JIRA_CREATE_ISSUE", summary="s")
    assert "holds a space" in api.refused("JIRA_CREATE_ISSUE", project_key="ENG", summary="s", labels=["a b"])


def test_several_people_of_a_name_are_listed(described: Callable[[str], Any]) -> None:
    api = described("jira")
    api.upstream.reply(SEARCH, json=PEOPLE)
    error = api.refused("JIRA_EDIT_ISSUE", issueIdOrKey="ENG-1", assignee="Ada")
    assert "several people; give an account id: Ada L is 5b10a2844c20165700ede21g" in error
    assert {request.method for request in api.upstream.requests} == {"GET"}


def test_an_issue_is_changed_and_commented(described: Callable[[str], Any]) -> None:
    api = described("jira")
    changed = api.run("JIRA_EDIT_ISSUE", issueIdOrKey="ENG/1", description="new", notifyUsers=False)
    assert changed["changed"] == ["description"]
    assert api.upstream.requests[-1].raw.target == "/rest/api/3/issue/ENG%2F1?notifyUsers=false"
    assert "nothing to change" in api.refused("JIRA_EDIT_ISSUE", issueIdOrKey="ENG-1")
    api.run("JIRA_ADD_COMMENT", issueIdOrKey="ENG-1", body="*Done*")
    (paragraph,) = api.upstream.requests[-1].body["body"]["content"]
    assert paragraph["content"] == [{"type": "text", "text": "Done", "marks": [{"type": "em"}]}]
    document = document_of("as it is")
    api.run("JIRA_ADD_COMMENT", issueIdOrKey="ENG-1", body=document)
    assert api.upstream.requests[-1].body["body"] == document
    assert "comment is empty" in api.refused("JIRA_ADD_COMMENT", issueIdOrKey="ENG-1", body=" ")


def test_an_issue_moves_to_a_status_by_its_name(described: Callable[[str], Any]) -> None:
    api = described("jira")
    there = [
        {"id": "31", "name": "Close", "to": {"name": "Done"}},
        {"id": "21", "name": "Start", "to": {"name": "In Progress"}},
    ]
    api.upstream.reply(TRANSITIONS, json={"transitions": there})
    api.run("JIRA_TRANSITION_ISSUE", issueIdOrKey="ENG-1", status="done", comment="Shipped")
    body = api.upstream.requests[-1].body
    assert body["transition"] == {"id": "31"}
    assert body["update"]["comment"][0]["add"]["body"]["type"] == "doc"
    api.run("JIRA_TRANSITION_ISSUE", issueIdOrKey="ENG-1", transition={"id": "5"})
    assert api.upstream.requests[-1].body == {"transition": {"id": "5"}}
    assert "It can be moved to: 'Done', 'In Progress'" in api.refused(
        "JIRA_TRANSITION_ISSUE", issueIdOrKey="ENG-1", status="Doing"
    )


# Source: the nodes' pages of "Atlassian Document Format".
MAY_HOLD = {
    "doc": {"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule", "table"},
    "paragraph": {"text", "hardBreak"},
    "heading": {"text", "hardBreak"},
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": {"paragraph", "bulletList", "orderedList", "codeBlock"},
    "blockquote": {"paragraph", "bulletList", "orderedList", "codeBlock"},
    "codeBlock": {"text"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "tableHeader": {"paragraph"},
    "tableCell": {"paragraph"},
}
LINES = st.tuples(
    st.sampled_from(
        [
            "",
            "# ",
            "- ",
            "  - ",
            "    - ",
            "1. ",
            "   1. ",
            "> ",
            ">> ",
            "- [ ] ",
            "- > ",
            "- # ",
            "```\n",
            "| a |\n|-|\n| ",
            "---\n",
        ]
    ),
    st.sampled_from(["", "a", "**b** `c`", "[d](https://example.com) *e*", "~~f~~"]),
).map("".join)


def check(node: dict[str, Any]) -> list[str]:
    """Every word of a node, in order; fails where it holds what it may not."""
    if node["type"] == "text":
        assert node["text"]
        marks = {mark["type"] for mark in node.get("marks", [])}
        assert "code" not in marks or marks <= {"code", "link"}
        return re.findall(r"\w+", node["text"])
    children = node.get("content", [])
    assert {child["type"] for child in children} <= MAY_HOLD.get(node["type"], set())
    if node["type"] in ("listItem", "blockquote", "bulletList", "orderedList"):
        assert children
    return [word for child in children for word in check(child)]


def said(blocks: Any) -> list[str]:
    words: list[str] = []
    for block in blocks:
        words += re.findall(r"\w+", "\n".join([plain(block.spans), *(plain(cell) for row in block.rows for cell in row)]))
        words += said(block.children)
    return words


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, max_size=10), st.sampled_from(["\n", "\n\n"]))
def test_every_markdown_is_a_document_that_jira_takes_with_all_its_words(lines: list[str], between: str) -> None:
    text = between.join(lines)
    assert check(document_of(text)) == said(parse(text))
