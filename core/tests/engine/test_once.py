"""Keys under which APIs make a call once, and outcomes that nobody knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.engine.blocking import drive
from composio.errors import InvalidRequest
from composio.functions.decorator import action
from composio.functions.registry import REGISTRY
from composio.model.call import ToolCall

Send = Callable[[httpx.Request], httpx.Response]
ANSWER = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}


def operation(summary: str, **properties: Any) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}
    return {"summary": summary, "responses": ANSWER, "requestBody": body}


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """Makes a toolset on apps whose files say ``idempotency``, over an API that a function answers for."""
    made: list[EmbeddedBackend] = []

    def toolset(answer: Send, **declared: Any) -> ComposioToolSet[Any]:
        folder = tmp_path / "apps" / "till"
        folder.mkdir(parents=True)
        more = f"idempotency: {json.dumps(declared)}\n" if declared else ""
        (folder / "integration.yaml").write_text(
            f"name: Till\nunique_key: till\nspec: {{file: openapi.json}}\n{more}auth_schemes: [{{auth_mode: NO_AUTH}}]\n"
        )
        document = {
            "openapi": "3.0.3",
            "info": {"title": "Till", "version": "1"},
            "servers": [{"url": "https://till.example"}],
            "paths": {
                "/payments": {
                    "post": operation("Create payment", amount={"type": "number"}, once_key={"type": "string"}),
                    "get": {"summary": "List payments", "responses": ANSWER},
                },
                "/search": {"post": operation("Search payments", q={"type": "string"})},
                "/plain": {"post": operation("Create plain", amount={"type": "number"})},
            },
        }
        (folder / "openapi.json").write_text(json.dumps(document))
        made.append(EmbeddedBackend(home=tmp_path, transport=httpx.MockTransport(answer)))
        return ComposioToolSet(backend=made[-1])

    yield toolset
    for one in made:
        one.close()


class Api:
    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(200, json={"ok": True})


def test_a_key_goes_into_the_header_that_the_app_declares(make: Any) -> None:
    api = Api()
    toolset = make(api, header="Idempotency-Key")
    for key, entity in (("order-1", "alice"), ("order-1", "alice"), ("order-2", "alice"), ("order-1", "bob")):
        assert toolset.execute_action("TILL_CREATE_PAYMENT", {"amount": 5}, idempotency_key=key, entity_id=entity)["successful"]
    keys = [one.headers["idempotency-key"] for one in api.seen]
    assert len(set(keys)) == len(keys) == 3, (
        "neither another key nor another entity's is the same, and the same is not sent again"
    )
    assert "order" not in keys[0]
    assert toolset.execute_action("TILL_LIST_PAYMENTS", idempotency_key="order-1")["successful"]
    assert "idempotency-key" not in api.seen[-1].headers
    toolset.execute_action("TILL_CREATE_PAYMENT", {"amount": 5})
    assert "idempotency-key" not in api.seen[-1].headers


def test_a_key_goes_into_the_argument_that_the_app_declares(make: Any) -> None:
    api = Api()
    toolset = make(api, argument="once_key")
    arguments = {"amount": 5, "once_key": "a model's own"}
    assert toolset.execute_action("TILL_CREATE_PAYMENT", arguments, idempotency_key="order-1")["successful"]
    sent = json.loads(api.seen[0].content)
    assert len(sent["once_key"]) == 32
    assert sent["amount"] == 5
    assert toolset.execute_action("TILL_CREATE_PLAIN", {"amount": 5}, idempotency_key="order-1")["successful"]
    assert set(json.loads(api.seen[1].content)) == {"amount"}, "this one takes none: it is kept here alone"


def test_an_engine_that_keeps_no_key_refuses_one_that_its_api_does_not_take_either(make: Any) -> None:
    toolset = make(Api())
    engine, io = toolset.backend.engine, toolset.backend.runtime.blocking
    call = ToolCall(action="TILL_CREATE_PLAIN", arguments={"amount": 5}, idempotency_key="order-1")
    with pytest.raises(InvalidRequest, match="TILL_CREATE_PLAIN takes no idempotency key"):
        drive(engine.execute(call, io))


def test_a_function_is_called_once_under_a_key(make: Any) -> None:
    called: list[int] = []

    @action(toolname="till_helper")
    def helper(number: int) -> str:
        """Helps."""
        called.append(number)
        return f"helped {number}"

    toolset = make(Api())
    try:
        first, second = (toolset.execute_action(helper, {"number": 5}, idempotency_key="order-1") for _ in range(2))
        assert dict(first) == dict(second)
        assert (first.outcome, second.outcome, called) == ("done", "replayed", [5])
    finally:
        REGISTRY.discard(helper)


def test_a_key_that_can_not_be_meant_is_refused(make: Any) -> None:
    api = Api()
    toolset = make(api)
    for wrong in ("", " ", 5, "x" * 501):
        with pytest.raises(InvalidRequest, match="idempotency_key"):
            toolset.execute_action("TILL_CREATE_PAYMENT", idempotency_key=wrong)
    assert api.seen == []


def failing(error: Exception | int) -> Send:
    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(error, int):
            return httpx.Response(error, json={"message": "no"})
        raise error

    return answer


@pytest.mark.parametrize(
    ("action_name", "error", "outcome"),
    [
        ("TILL_CREATE_PAYMENT", httpx.ReadTimeout("late"), "unknown"),
        ("TILL_CREATE_PAYMENT", httpx.RemoteProtocolError("cut"), "unknown"),
        ("TILL_CREATE_PAYMENT", 504, "unknown"),
        ("TILL_CREATE_PAYMENT", 502, "unknown"),
        ("TILL_CREATE_PAYMENT", 500, "failed"),
        ("TILL_CREATE_PAYMENT", 422, "failed"),
        ("TILL_CREATE_PAYMENT", httpx.ConnectError("refused"), "failed"),
        ("TILL_CREATE_PAYMENT", httpx.ConnectTimeout("late"), "failed"),
        ("TILL_SEARCH_PAYMENTS", httpx.ReadTimeout("late"), "failed"),
        ("TILL_LIST_PAYMENTS", 504, "failed"),
    ],
    ids=str,
)
def test_what_was_sent_and_got_no_answer_is_unknown(make: Any, action_name: str, error: Exception | int, outcome: str) -> None:
    result = make(failing(error)).execute_action(action_name)
    assert not result["successful"]
    assert result.outcome == outcome
    assert ("not known whether" in result["error"]) is (outcome == "unknown")
    assert ("TILL_LIST_PAYMENTS shows it." in result["error"]) is (outcome == "unknown")


def test_what_was_done_is_done(make: Any) -> None:
    assert make(Api()).execute_action("TILL_CREATE_PAYMENT", {"amount": 5}).outcome == "done"
