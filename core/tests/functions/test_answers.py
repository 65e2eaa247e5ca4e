"""A custom tool's data is what it returned, and answers the key under which v0.7 had it."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.model.answers import answering
from composio.testing import FakeTransport


@pytest.fixture
def toolset(tmp_path: Any) -> Any:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = {"method": request.method, "path": request.url.path, "query": request.url.query.decode()}
        return httpx.Response(200, json={**asked, "body": json.loads(request.content or b"null")})

    backend = EmbeddedBackend(home=tmp_path, transport=FakeTransport(answer))
    with ComposioToolSet(backend=backend) as made:
        yield made
    backend.close()


def run(toolset: Any, function: Any, **params: Any) -> Any:
    done = toolset.execute_action(function, params)
    assert done["successful"], done
    return done["data"]


@pytest.mark.parametrize("value", [5, 2.5, "text", [1, 2], {"a": 1}, {}, [], "", 0])
def test_data_answers_the_name_in_the_docstring(toolset: Any, own_functions: None, value: Any) -> None:
    @action
    def compute(a: int) -> Any:
        """Compute.

        :param a: anything
        :return outcome: what came out
        """
        return value

    data = run(toolset, compute, a=1)
    assert data == value
    assert data["outcome"] == data.get("outcome") == value
    assert data.get("other", "none") == "none"
    assert json.loads(json.dumps(data)) == value
    assert type(value)(data) == value
    assert repr(data) == repr(value)
    for twin in (copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert twin == value
        assert twin["outcome"] == value


def test_without_a_name_it_was_result(toolset: Any, own_functions: None) -> None:
    @action
    def add(a: int, b: int) -> int:
        """Adds.

        Returns:
            The sum.
        """
        return a + b

    @action
    def topics(owner: str) -> dict[str, Any]:
        """Topics of an owner."""
        return {"topics": [owner]}

    assert run(toolset, add, a=1, b=2)["result"] == 3
    data = run(toolset, topics, owner="ada")
    assert data == {"topics": ["ada"]}
    assert "result" not in data


def test_a_key_that_the_data_has_is_its_own(toolset: Any, own_functions: None) -> None:
    @action
    def topics(owner: str) -> dict[str, Any]:
        """Topics.

        :return topics: them
        """
        return {"topics": [owner]}

    data = run(toolset, topics, owner="ada")
    assert data["topics"] == ["ada"]
    assert list(data) == ["topics"]
    assert "topics" in data
    with pytest.raises(KeyError):
        data["missing"]


def test_a_model_is_its_fields(toolset: Any, own_functions: None) -> None:
    class Sum(BaseModel):
        total: int

    @action
    def add(a: int) -> Sum:
        """Adds.

        :return total: it
        """
        return Sum(total=a)

    assert run(toolset, add, a=3)["total"] == 3


@pytest.mark.parametrize("value", [True, False, None])
def test_what_python_cannot_extend_stays(value: Any) -> None:
    assert answering(value, "result") is value


@pytest.mark.parametrize(
    "send",
    [
        lambda send: send("/items", "POST", {"a": 1}, [{"in": "query", "name": "q", "value": "1"}]),
        lambda send: send(endpoint="/items", method="POST", body={"a": 1}, parameters={"q": "1"}),
    ],
)
def test_the_injected_request_takes_v0_7s_positions(toolset: Any, own_functions: None, send: Callable[[Any], Any]) -> None:
    @action(toolname="hackernews")
    def ask(execute_request: Any) -> Any:
        """Ask."""
        return send(execute_request)

    data = run(toolset, ask)
    assert (data["method"], data["query"], data["body"]) == ("POST", "q=1", {"a": 1})
    assert data["path"].endswith("/items")
