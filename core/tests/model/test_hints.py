"""What is said of an action before it runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from composio.model.action import ActionModel, Body, FunctionBinding, GraphqlOperation, HttpBinding
from composio.model.hints import Hints, find_hints


def http(slug: str, method: str, *, tags: Sequence[str] = (), graphql: str = "") -> ActionModel:
    body = Body("application/json", "graphql", graphql=GraphqlOperation("do", graphql)) if graphql else None
    return ActionModel(slug=slug, app="acme", tags=tuple(tags), binding=HttpBinding(method=method, path="/", body=body))


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (http("ACME_GET", "get"), Hints(True, None, True, True)),
        (http("ACME_REPLACE", "PUT"), Hints(False, True, True, True, updates=True)),
        (http("ACME_CHANGE", "PATCH"), Hints(False, True, False, True, updates=True)),
        (http("ACME_GONE", "DELETE"), Hints(False, True, True, True)),
        (http("ACME_CREATE_ISSUE", "POST"), Hints(False, False, False, True)),
        (http("ACME_RUN", "POST"), Hints(False, None, False, True)),
        (http("ACME_RENAME_ISSUE", "POST"), Hints(False, True, False, True)),
        (http("ACME_RESOLVE_COMMENT", "POST"), Hints(False, None, False, True)),
        (http("ACME_CHAT_DELETE", "POST"), Hints(False, True, False, True)),
        (http("ACME_USER", "POST", graphql="query q { user"), Hints(True, None, True, True)),
        (http("ACME_ISSUE_REMOVE", "POST", graphql="mutation m { m"), Hints(False, True, False, True)),
        (http("ACME_SEARCH", "POST", tags=["readOnlyHint"]), Hints(True, None, False, True)),
        (ActionModel(slug="MINE", app="mine", binding=FunctionBinding(reference="here:mine")), Hints()),
    ],
    ids=lambda value: value.slug if isinstance(value, ActionModel) else "",
)
def test_hints_follow_from_method_name_and_tags(action: ActionModel, expected: Hints) -> None:
    assert find_hints(action) == expected
