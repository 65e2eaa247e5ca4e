"""Linear's own actions: one GraphQL request each, with what was given and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio.errors import UpstreamError
from composio_apps.linear.actions import (
    create_linear_issue,
    get_attachments,
    list_linear_issues,
    list_linear_projects,
    list_linear_states,
    list_linear_teams,
)

TEAM = "11111111-2222-4333-8444-555555555555"


class Api:
    """Stands in for the injected ``execute_request``: answers with ``data`` and records the requests."""

    def __init__(self, data: Any, **more: Any) -> None:
        self.answer = {"data": data, **more}
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        assert (endpoint, method, query) == ("https://api.linear.app/graphql", "POST", None)
        self.bodies.append(body)
        return self.answer


def test_an_issue_is_created_of_what_was_given() -> None:
    api = Api({"issueCreate": {"success": True, "issue": {"id": "i1"}}})
    made = asyncio.run(create_linear_issue(api, "Broken", TEAM, priority=0, label_ids=["l1"]))
    assert made == {"success": True, "issue": {"id": "i1"}}
    (body,) = api.bodies
    assert body["variables"] == {"input": {"title": "Broken", "teamId": TEAM, "priority": 0, "labelIds": ["l1"]}}
    assert "$input: IssueCreateInput!" in body["query"]


def test_a_list_is_filtered_only_by_what_was_given_and_says_where_it_goes_on() -> None:
    api = Api({"issues": {"nodes": [{"id": "i1"}], "pageInfo": {"hasNextPage": True, "endCursor": "c"}}})
    found = asyncio.run(list_linear_issues(api, project_id="p1", first=1, after="b"))
    assert found == {"issues": [{"id": "i1"}], "page_info": {"hasNextPage": True, "endCursor": "c"}}
    assert api.bodies[0]["variables"] == {"filter": {"project": {"id": {"eq": "p1"}}}, "first": 1, "after": "b"}
    asyncio.run(list_linear_issues(api))
    assert api.bodies[1]["variables"] == {"first": 50}


@pytest.mark.parametrize(
    ("function", "arguments", "field"),
    [
        (list_linear_states, {"team_id": "t1"}, "workflowStates"),
        (list_linear_projects, {}, "projects"),
        (list_linear_teams, {"project_id": "p1"}, "teams"),
    ],
)
def test_every_variable_that_is_sent_is_declared(function: Any, arguments: dict[str, Any], field: str) -> None:
    graphql = pytest.importorskip("graphql")
    api = Api({field: {"nodes": [], "pageInfo": {}}})
    assert asyncio.run(function(api, **arguments))[field] == []
    (operation,) = graphql.parse(api.bodies[0]["query"]).definitions
    declared = {one.variable.name.value for one in operation.variable_definitions}
    assert set(api.bodies[0]["variables"]) <= declared


def test_errors_inside_a_200_are_raised_in_the_api_s_words() -> None:
    api = Api(None, errors=[{"message": "Entity not found: Issue"}])
    with pytest.raises(UpstreamError, match="Entity not found: Issue"):
        asyncio.run(get_attachments(api, "ENG-404"))


@pytest.mark.parametrize("given", ["ENG", "eng", "Engine room"])
def test_a_team_is_given_by_its_key_or_name(given: str) -> None:
    teams = {"nodes": [{"id": "t1", "key": "ENG", "name": "Engine room"}, {"id": "t2", "key": "OPS", "name": "eng"}]}
    api = Api({"teams": teams, "issueCreate": {"success": True}})
    asyncio.run(create_linear_issue(api, "Broken", given))
    assert api.bodies[-1]["variables"]["input"]["teamId"] == "t1"


def test_an_unknown_team_makes_no_issue_and_names_those_that_there_are() -> None:
    api = Api({"teams": {"nodes": [{"id": "t1", "key": "ENG", "name": "Engine room"}]}})
    with pytest.raises(ValueError, match=r"'Sales' is no team; the teams are: ENG \(Engine room\)"):
        asyncio.run(create_linear_issue(api, "Broken", "Sales"))
    assert len(api.bodies) == 1
