"""What is sent for a GraphQL operation, and what an answer means."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from composio.engine.graphql import payload, read_answer
from composio.errors import ConfigurationError
from composio.model.action import Body, GraphqlOperation
from composio.model.call import Outcome

TOY = GraphqlOperation("toy", "query toy($id: ID!, $at: Date) { toy(id: $id, at: $at)", "{ id name }", "selection")
BODY = Body("application/json", "graphql", properties={"id": "id", "when": "at"}, graphql=TOY)


def test_arguments_travel_as_variables_and_never_in_the_text() -> None:
    value = '"}) { secret } #'
    assert payload(BODY, TOY, {"id": value, "when": None}) == {
        "query": "query toy($id: ID!, $at: Date) { toy(id: $id, at: $at) { id name } }",
        "variables": {"id": value, "at": None},
        "operationName": "toy",
    }


@pytest.mark.parametrize("chosen", [None, ""])
def test_without_a_choice_the_main_fields_are_asked_for(chosen: Any) -> None:
    assert "{ id name } }" in payload(BODY, TOY, {"id": "1", "selection": chosen})["query"]


@pytest.mark.parametrize(
    "chosen", ["{ id owner { login } }", "id owner { login }", "  {\n id, owner { login }\n}\n", "#c\n id owner{login}"]
)
def test_a_choice_replaces_them(chosen: str) -> None:
    sent = payload(BODY, TOY, {"id": "1", "selection": chosen})
    assert " ".join(sent["query"].split()).endswith("toy(id: $id, at: $at) { id owner { login } } }")
    assert sent["variables"] == {"id": "1"}


@pytest.mark.parametrize(
    "chosen",
    [
        "{ id } } mutation m { deleteAll",
        "{ id } mutation m { deleteAll }",
        "id } other { id",
        "id } } query q { toy",
        "fragment f on Toy { id } { id }",
        "{ id",
        "}",
        "{}",
        "é",
        "{" * 9_000,
        "{ a" * 6_000,
        "x" * 30_000,
    ],
)
def test_a_choice_that_would_be_more_than_one_is_refused(chosen: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        payload(BODY, TOY, {"id": "1", "selection": chosen})


def test_a_text_in_a_choice_keeps_its_lines() -> None:
    import graphql

    sent = payload(BODY, TOY, {"id": "1", "selection": '{ find(text: "a\\n  b") { id } }'})["query"]
    [field] = graphql.parse(sent).definitions[0].selection_set.selections  # type: ignore[attr-defined]  # it is an operation
    assert field.selection_set.selections[0].arguments[0].value.value == "a\n  b"


def test_only_a_choice_needs_the_library_and_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphql", None)
    assert payload(BODY, TOY, {"id": "1"})["variables"] == {"id": "1"}
    with pytest.raises(ConfigurationError, match=r'pip install "opencomposio-core\[graphql\]"'):
        payload(BODY, TOY, {"id": "1", "selection": "id"})


@pytest.mark.parametrize("chosen", ["mutation { deleteAll }", "id } #", "query q { toy }"])
def test_what_looks_like_more_is_fields_of_these_names(chosen: str) -> None:
    sent = " ".join(payload(BODY, TOY, {"id": "1", "selection": chosen})["query"].split())
    assert sent.startswith("query toy($id: ID!, $at: Date) { toy(id: $id, at: $at) { ")
    assert sent.count("{") == sent.count("}")


def test_an_answer_is_its_data() -> None:
    assert read_answer(Outcome(successful=True, data={"data": {"toy": None}}, status=200)).result() == {
        "successful": True,
        "data": {"toy": None},
        "error": None,
    }


def test_errors_are_a_failure_that_keeps_what_there_is() -> None:
    errors = [{"message": "no such toy", "path": ["toys", 0, "owner"]}, {"message": "and that"}, {}, "odd", 7, {"message": "x"}]
    found = read_answer(Outcome(successful=True, data={"data": {"toys": [None]}, "errors": errors}, status=200))
    assert not found.successful
    assert found.data == {"toys": [None]}
    assert found.error == "toys.0.owner: no such toy; and that; an error without a message; odd; 7 (1 more)"


def test_a_failure_over_http_with_graphql_errors_keeps_what_helps() -> None:
    data = {"errors": [{"message": "Bad credentials"}], "data": None}
    error = "HTTP 401 Unauthorized: Bad credentials. To connect again: `composio add toys -e alice --force`."
    found = read_answer(Outcome(successful=False, data=data, error=error, status=401))
    assert (found.error, found.data, found.status, found.successful) == (error, None, 401, False)


def test_any_other_failure_stays_what_it_is() -> None:
    failed = Outcome(successful=False, data="<html>", error="HTTP 502", status=502)
    assert read_answer(failed) == failed


@pytest.mark.parametrize("data", [{}, [], None, "text", {"message": "hello"}])
def test_an_answer_that_is_no_graphql_is_a_failure(data: Any) -> None:
    found = read_answer(Outcome(successful=True, data=data, status=200))
    assert not found.successful
    assert "not with a GraphQL response" in str(found.error)
