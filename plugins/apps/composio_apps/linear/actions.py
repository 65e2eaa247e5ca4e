"""Linear's issues, comments and lists with plain fields, under the names that v0.7 had.

Source of the calls: https://linear.app/developers/graphql and the types of @linear/sdk.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field

from composio import action
from composio_apps._execute import Execute
from composio_apps._graphql import ask

__all__ = [
    "create_linear_attachment",
    "create_linear_comment",
    "create_linear_issue",
    "create_linear_issue_details",
    "create_linear_label",
    "get_attachments",
    "get_cycles_by_team_id",
    "get_linear_issue",
    "list_linear_issues",
    "list_linear_labels",
    "list_linear_projects",
    "list_linear_states",
    "list_linear_teams",
]

_URL = "https://api.linear.app/graphql"
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ISSUE = (
    "id identifier title description priority priorityLabel estimate dueDate url branchName createdAt updatedAt "
    "state { id name type } assignee { id name email } team { id key name } project { id name } "
    "cycle { id number name } parent { id identifier } labels { nodes { id name } }"
)
_PAGE = "pageInfo { hasNextPage endCursor }"

IssueId = Annotated[str, Field(description="The issue's id, or its identifier such as ENG-123")]
TeamId = Annotated[str, Field(description="The team's id")]
First = Annotated[int, Field(description="How many to answer at once", ge=1, le=250)]
After = Annotated[str | None, Field(description="endCursor of the answer before")]


async def _list(execute: Execute, field: str, fields: str, filter_type: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Return one page of a list: ``{field: [...], "page_info": {...}}``."""
    accepted = "filter: $filter, " if filter_type else ""
    declared = f"$filter: {filter_type}, " if filter_type else ""
    document = (
        f"query({declared}$first: Int, $after: String) "
        f"{{ {field}({accepted}first: $first, after: $after) {{ nodes {{ {fields} }} {_PAGE} }} }}"
    )
    found = (await ask(execute, _URL, document, variables)).get(field) or {}
    return {field: found.get("nodes", []), "page_info": found.get("pageInfo", {})}


async def _list_of_team(
    execute: Execute, field: str, fields: str, filter_type: str, team_id: str, first: int, after: str | None
) -> dict[str, Any]:
    variables = {"filter": {"team": _is(team_id)}, "first": first, "after": after}
    return await _list(execute, field, fields, filter_type, variables)


async def _change(
    execute: Execute, mutation: str, input_type: str, given: dict[str, Any] | None, selection: str
) -> dict[str, Any]:
    """Return a mutation's result, with the fields of ``selection``."""
    document = f"mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ success {selection} }} }}"
    changed: dict[str, Any] = (await ask(execute, _URL, document, {"input": given}))[mutation]
    return changed


def _only(filters: dict[str, Any]) -> dict[str, Any] | None:
    """Return the filter for given values; None if there are none."""
    return {name: value for name, value in filters.items() if value is not None} or None


def _is(value: str | None) -> dict[str, Any] | None:
    """Return a filter by id; None for None."""
    return None if value is None else {"id": {"eq": value}}


async def _team(execute: Execute, given: str) -> str:
    """Return a team's id by its key or name. Raises ``ValueError`` naming the existing teams."""
    if _ID.fullmatch(given):
        return given
    document = "query($first: Int) { teams(first: $first) { nodes { id key name } } }"
    teams = ((await ask(execute, _URL, document, {"first": 250})).get("teams") or {}).get("nodes") or []
    wanted = given.strip().casefold()
    by_key = [one for one in teams if str(one.get("key", "")).casefold() == wanted]
    found = by_key or [one for one in teams if str(one.get("name", "")).casefold() == wanted]
    if len(found) != 1:
        listed = ", ".join(f"{one.get('key')} ({one.get('name')})" for one in found or teams)
        raise ValueError(f"{given!r:.80} is {'several teams' if found else 'no team'}; the teams are: {listed or 'none'}")
    return str(found[0]["id"])


@action(toolname="linear", tags=["important"])
async def create_linear_issue(
    execute_request: Execute,
    title: Annotated[str, Field(description="The title", min_length=1)],
    team_id: Annotated[str, Field(description="The team's id, key or name", min_length=1, examples=["ENG"])],
    description: Annotated[str | None, Field(description="The text, in Markdown")] = None,
    assignee_id: Annotated[str | None, Field(description="Id of the user who does it")] = None,
    project_id: Annotated[str | None, Field(description="Id of its project")] = None,
    state_id: Annotated[str | None, Field(description="Id of its state; the team's first if left out")] = None,
    priority: Annotated[int | None, Field(description="0 none, 1 urgent, 2 high, 3 normal, 4 low", ge=0, le=4)] = None,
    label_ids: Annotated[list[str] | None, Field(description="Ids of its labels")] = None,
    parent_id: Annotated[str | None, Field(description="Id of the issue that it is a part of")] = None,
    cycle_id: Annotated[str | None, Field(description="Id of its cycle")] = None,
    estimate: Annotated[int | None, Field(description="How large it is", ge=0)] = None,
    due_date: Annotated[str | None, Field(description="When it is due, such as 2026-12-24")] = None,
) -> dict[str, Any]:
    """Create an issue in a team. Returns the issue."""
    given = _only(
        {
            "title": title,
            "teamId": await _team(execute_request, team_id),
            "description": description,
            "assigneeId": assignee_id,
            "projectId": project_id,
            "stateId": state_id,
            "priority": priority,
            "labelIds": label_ids,
            "parentId": parent_id,
            "cycleId": cycle_id,
            "estimate": estimate,
            "dueDate": due_date,
        }
    )
    return await _change(execute_request, "issueCreate", "IssueCreateInput", given, f"issue {{ {_ISSUE} }}")


@action(toolname="linear", tags=["important"])
async def get_linear_issue(execute_request: Execute, issue_id: IssueId) -> dict[str, Any]:
    """Read an issue with its comments and attachments."""
    document = (
        f"query($id: String!) {{ issue(id: $id) {{ {_ISSUE} comments {{ nodes {{ id body createdAt user {{ id name }} }} }} "
        "attachments { nodes { id title url } } } }"
    )
    return {"issue": (await ask(execute_request, _URL, document, {"id": issue_id}))["issue"]}


@action(toolname="linear", tags=["important"])
async def list_linear_issues(
    execute_request: Execute,
    project_id: Annotated[str | None, Field(description="Only issues of this project")] = None,
    team_id: Annotated[str | None, Field(description="Only issues of this team")] = None,
    assignee_id: Annotated[str | None, Field(description="Only issues of this user")] = None,
    first: First = 50,
    after: After = None,
) -> dict[str, Any]:
    """List issues, newest first. Returns them and where the next page begins."""
    wanted = _only({"project": _is(project_id), "team": _is(team_id), "assignee": _is(assignee_id)})
    return await _list(execute_request, "issues", _ISSUE, "IssueFilter", {"filter": wanted, "first": first, "after": after})


@action(toolname="linear", tags=["important"])
async def create_linear_comment(
    execute_request: Execute,
    issue_id: IssueId,
    body: Annotated[str, Field(description="The text, in Markdown", min_length=1)],
) -> dict[str, Any]:
    """Comment on an issue. Returns the comment."""
    given = {"issueId": issue_id, "body": body}
    return await _change(execute_request, "commentCreate", "CommentCreateInput", given, "comment { id body url createdAt }")


@action(toolname="linear", tags=["important"])
async def list_linear_teams(
    execute_request: Execute,
    project_id: Annotated[str | None, Field(description="Answer of each team's projects only this one")] = None,
    first: First = 50,
    after: After = None,
) -> dict[str, Any]:
    """List the teams, with their members and projects."""
    project = "(filter: $project)" if project_id else ""
    declared = "$project: ProjectFilter, " if project_id else ""
    document = (
        f"query({declared}$first: Int, $after: String) {{ teams(first: $first, after: $after) {{ nodes {{ id key name description "
        f"members {{ nodes {{ id name email }} }} projects{project} {{ nodes {{ id name }} }} }} {_PAGE} }} }}"
    )
    variables = {"project": _is(project_id), "first": first, "after": after}
    found = (await ask(execute_request, _URL, document, variables)).get("teams") or {}
    return {"teams": found.get("nodes", []), "page_info": found.get("pageInfo", {})}


@action(toolname="linear", tags=["important"])
async def list_linear_projects(execute_request: Execute, first: First = 50, after: After = None) -> dict[str, Any]:
    """List the projects."""
    fields = "id name description url progress startDate targetDate lead { id name } teams { nodes { id key } }"
    return await _list(execute_request, "projects", fields, "", {"first": first, "after": after})


@action(toolname="linear", tags=["important"])
async def list_linear_states(
    execute_request: Execute, team_id: TeamId, first: First = 50, after: After = None
) -> dict[str, Any]:
    """List the states that issues of a team can be in."""
    fields = "id name type color position description"
    return await _list_of_team(execute_request, "workflowStates", fields, "WorkflowStateFilter", team_id, first, after)


@action(toolname="linear", tags=["important"])
async def list_linear_labels(
    execute_request: Execute, team_id: TeamId, first: First = 50, after: After = None
) -> dict[str, Any]:
    """List the labels of a team."""
    fields = "id name color description"
    return await _list_of_team(execute_request, "issueLabels", fields, "IssueLabelFilter", team_id, first, after)


@action(toolname="linear")
async def create_linear_label(
    execute_request: Execute,
    name: Annotated[str, Field(description="The label's name", min_length=1)],
    team_id: TeamId,
    color: Annotated[str | None, Field(description="Such as #5e6ad2", pattern="^#[0-9a-fA-F]{6}$")] = None,
    description: Annotated[str | None, Field(description="What it is for")] = None,
) -> dict[str, Any]:
    """Create a label for the issues of a team. Returns the label."""
    given = _only({"name": name, "teamId": team_id, "color": color, "description": description})
    selection = "issueLabel { id name color description }"
    return await _change(execute_request, "issueLabelCreate", "IssueLabelCreateInput", given, selection)


@action(toolname="linear")
async def create_linear_attachment(
    execute_request: Execute,
    issue_id: IssueId,
    url: Annotated[str, Field(description="The page's address", min_length=1)],
    title: Annotated[str, Field(description="What the link is called", min_length=1)],
    subtitle: Annotated[str | None, Field(description="A second line")] = None,
) -> dict[str, Any]:
    """Link a page to an issue. Returns the attachment."""
    given = _only({"issueId": issue_id, "url": url, "title": title, "subtitle": subtitle})
    selection = "attachment { id title subtitle url }"
    return await _change(execute_request, "attachmentCreate", "AttachmentCreateInput", given, selection)


@action(toolname="linear")
async def get_attachments(execute_request: Execute, issue_id: IssueId) -> dict[str, Any]:
    """List the attachments of an issue."""
    document = (
        "query($id: String!) { issue(id: $id) { id title attachments { nodes "
        "{ id title subtitle url sourceType metadata createdAt } } } }"
    )
    issue = (await ask(execute_request, _URL, document, {"id": issue_id}))["issue"]
    return {"issue": {"id": issue["id"], "title": issue["title"]}, "attachments": issue["attachments"]["nodes"]}


@action(toolname="linear")
async def get_cycles_by_team_id(
    execute_request: Execute, team_id: TeamId, first: First = 50, after: After = None
) -> dict[str, Any]:
    """List the cycles of a team."""
    fields = "id number name startsAt endsAt completedAt progress"
    return await _list_of_team(execute_request, "cycles", fields, "CycleFilter", team_id, first, after)


@action(toolname="linear")
async def create_linear_issue_details(execute_request: Execute, team_id: TeamId) -> dict[str, Any]:
    """Get what an issue of a team can be made of: its states, labels, members, projects and cycles."""
    document = (
        "query($id: String!) { team(id: $id) { id key name states { nodes { id name type } } labels { nodes { id name } } "
        "members { nodes { id name email } } projects { nodes { id name } } cycles { nodes { id number name } } } }"
    )
    return {"team": (await ask(execute_request, _URL, document, {"id": team_id}))["team"]}
