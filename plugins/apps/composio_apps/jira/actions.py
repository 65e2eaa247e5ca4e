"""Jira issues and comments with Markdown and plain fields.

Jira itself wants texts in the Atlassian Document Format, and a transition's id for a status. Arguments of the operations that
v0.7 had under these names, `fields` and `update` above all, are taken too.
Source of the calls: https://developer.atlassian.com/cloud/jira/platform/rest/v3/
"""

from __future__ import annotations

from typing import Annotated, Any, TypedDict, Unpack
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute
from composio_apps.jira.document import document_of

__all__ = ["add_comment", "create_issue", "edit_issue", "transition_issue"]

IssueKey = Annotated[str, Field(description="The issue's key or id", min_length=1, examples=["ENG-123"])]
Description = Annotated[
    str | None, Field(description="The text, in Markdown", examples=["## Steps\n\n1. Open **settings**\n2. ..."])
]
Assignee = Annotated[
    str | None, Field(description="Account id of who does it, or their email address or name, which is looked up")
]
Priority = Annotated[str | None, Field(description="The priority's name, such as High")]
Labels = Annotated[list[str] | None, Field(description="Its labels; Jira takes none with a space")]
DueDate = Annotated[str | None, Field(description="When it is due, such as 2026-12-24", pattern=r"^\d{4}-\d\d-\d\d$")]
Parent = Annotated[str | None, Field(description="Key of the epic or issue that it is a part of")]
Fields = Annotated[
    dict[str, Any] | None,
    Field(description="Further fields as Jira's API takes them, such as customfield_10010; they count over the others"),
]
Update = Annotated[dict[str, Any] | None, Field(description="Operations on fields, as Jira's API takes them")]


def _issue(key: str, rest: str = "") -> str:
    return f"/rest/api/3/issue/{quote(key, safe='')}{rest}"


async def _account(execute: Execute, given: str) -> str:
    """Return an account's id by its user's address or name. Raises ``ValueError`` if it matches nobody, or several."""
    if ":" in given or (len(given) >= 24 and given.isalnum()):
        return given
    found: Any = await execute("/rest/api/3/user/search", query={"query": given, "maxResults": 20}) or ()
    people = [one for one in found if one.get("active", True) and one.get("accountType", "atlassian") == "atlassian"]
    wanted = given.strip().casefold()
    exact = [one for one in people if wanted in (str(one.get(key, "")).casefold() for key in ("emailAddress", "displayName"))]
    people = exact or people
    if len(people) == 1:
        return str(people[0]["accountId"])
    listed = ", ".join(f"{one.get('displayName')} is {one.get('accountId')}" for one in people)
    raise ValueError(
        f"{given!r:.80} is {'nobody' if not people else 'several people'}; give an account id{': ' if listed else ''}{listed}"
    )


class Plain(TypedDict, total=False):
    """An issue's plain fields besides its title and labels."""

    description: Description
    assignee: Assignee
    priority: Priority
    due_date: DueDate
    parent_key: Parent


async def _fields(execute: Execute, summary: str | None, labels: list[str] | None, plain: Plain) -> dict[str, Any]:
    """Return fields in Jira's form; None values are omitted."""
    if wrong := [label for label in labels or () if not label or any(char.isspace() for char in label)]:
        raise ValueError(f"The label {wrong[0]!r:.80} is empty or holds a space, which Jira refuses; use - or _ instead.")
    description, assignee, priority = plain.get("description"), plain.get("assignee"), plain.get("priority")
    parent_key = plain.get("parent_key")
    fields = {
        "summary": None if summary is None else " ".join(summary.split()),
        "description": None if description is None else document_of(description),
        "assignee": None if assignee is None else {"accountId": await _account(execute, assignee)},
        "priority": None if priority is None else {"name": priority},
        "labels": labels,
        "duedate": plain.get("due_date"),
        "parent": None if parent_key is None else {"key": parent_key},
    }
    return {name: value for name, value in fields.items() if value is not None}


@action(toolname="jira", tags=["important"])
async def create_issue(
    execute_request: Execute,
    project_key: Annotated[str | None, Field(description="The project's key, such as ENG")] = None,
    summary: Annotated[str | None, Field(description="The title, one line", max_length=255)] = None,
    issue_type: Annotated[str, Field(description="Name of its type, such as Task, Bug or Story", min_length=1)] = "Task",
    labels: Labels = None,
    fields: Fields = None,
    update: Update = None,
    **plain: Unpack[Plain],
) -> dict[str, Any]:
    """Create an issue with a text in Markdown. Returns its id and key."""
    given = fields or {}
    if not (project_key or given.get("project")) or not (summary or given.get("summary")):
        raise ValueError("An issue needs project_key and summary; JIRA_SEARCH_PROJECTS lists the projects' keys.")
    values = await _fields(execute_request, summary, labels, plain)
    if project_key:
        values["project"] = {"key": project_key}
    values = {"issuetype": {"name": issue_type}, **values, **given}
    body: dict[str, Any] = {"fields": values, **({"update": update} if update else {})}
    return await execute_request("/rest/api/3/issue", method="POST", body=body)


@action(toolname="jira", tags=["important"])
async def edit_issue(
    execute_request: Execute,
    issueIdOrKey: IssueKey,  # noqa: N803 - v0.7 called it so
    summary: Annotated[str | None, Field(description="The title, one line", max_length=255)] = None,
    labels: Annotated[list[str] | None, Field(description="Its labels, in place of those that it has")] = None,
    fields: Fields = None,
    update: Update = None,
    notifyUsers: Annotated[bool | None, Field(description="Whether those who watch it get an email")] = None,  # noqa: N803 - as above
    **plain: Unpack[Plain],
) -> dict[str, Any]:
    """Change an issue; what is left out stays. For its status use JIRA_TRANSITION_ISSUE."""
    values = await _fields(execute_request, summary, labels, plain)
    values |= fields or {}
    if not values and not update:
        raise ValueError("There is nothing to change; give summary, description or another field.")
    body = {**({"fields": values} if values else {}), **({"update": update} if update else {})}
    query = {} if notifyUsers is None else {"notifyUsers": str(notifyUsers).lower()}
    await execute_request(_issue(issueIdOrKey), method="PUT", body=body, query=query)
    return {"key": issueIdOrKey, "changed": sorted({*values, *(update or {})})}


@action(toolname="jira", tags=["important"])
async def add_comment(
    execute_request: Execute,
    issueIdOrKey: IssueKey,  # noqa: N803 - v0.7 called it so
    body: Annotated[
        str | dict[str, Any], Field(description="The text, in Markdown; or an Atlassian document", examples=["**Done** in 1.2"])
    ],
    visibility: Annotated[
        dict[str, Any] | None, Field(description="Who alone sees it: type (group or role) and value, as Jira's API takes it")
    ] = None,
) -> dict[str, Any]:
    """Comment on an issue, in Markdown. Returns the comment."""
    if not body or (isinstance(body, str) and not body.strip()):
        raise ValueError("The comment is empty; give its text in body.")
    comment: dict[str, Any] = {"body": document_of(body) if isinstance(body, str) else body}
    if visibility:
        comment["visibility"] = visibility
    return await execute_request(_issue(issueIdOrKey, "/comment"), method="POST", body=comment)


@action(toolname="jira", tags=["important"])
async def transition_issue(
    execute_request: Execute,
    issueIdOrKey: IssueKey,  # noqa: N803 - v0.7 called it so
    status: Annotated[
        str | None, Field(description="The status that it is to have, or the transition's name, such as Done")
    ] = None,
    comment: Annotated[str | None, Field(description="A comment that goes with it, in Markdown")] = None,
    transition: Annotated[dict[str, Any] | None, Field(description="Instead of status: the transition's id, as {id}")] = None,
    fields: Fields = None,
    update: Update = None,
) -> dict[str, Any]:
    """Move an issue to another status."""
    if (status is None) == (transition is None):
        raise ValueError("Give status, such as Done, or transition.")
    chosen = transition
    if chosen is None:
        found = await execute_request(_issue(issueIdOrKey, "/transitions"))
        chosen = {"id": _transition(str(status), found.get("transitions") or [])}
    changes = dict(update or {})
    if comment:
        changes["comment"] = [*changes.get("comment", []), {"add": {"body": document_of(comment)}}]
    body = {"transition": chosen, **({"fields": fields} if fields else {}), **({"update": changes} if changes else {})}
    await execute_request(_issue(issueIdOrKey, "/transitions"), method="POST", body=body)
    return {"key": issueIdOrKey, "transition": chosen}


def _transition(status: str, transitions: list[dict[str, Any]]) -> str:
    """Return the id of the transition that leads to a status, or has that name."""
    wanted = status.strip().casefold()
    leads = [one for one in transitions if str((one.get("to") or {}).get("name", "")).casefold() == wanted]
    found = leads or [one for one in transitions if str(one.get("name", "")).casefold() == wanted]
    if not found:
        names = ", ".join(repr(str((one.get("to") or {}).get("name") or one.get("name"))) for one in transitions)
        raise ValueError(
            f"The issue can't be moved to {status!r:.80} from where it is. It can be moved to: {names or 'nothing'}"
        )
    return str(found[0]["id"])
