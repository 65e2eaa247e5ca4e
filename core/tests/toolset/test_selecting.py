"""``_select``: a model asks for a part of an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidArguments
from composio.model.call import NOTHING_LOCAL
from composio.testing import FakeUpstream
from composio.toolset.selecting import take_selection
from tests.peers.described import openapi, write_app

LIST, PAGE, TIME, SEND = "SHOP_LIST_ORDERS", "SHOP_GET_PAGE", "SHOP_GET_TIME", "SHOP_CREATE_ORDER"
ORDERS = [{"id": n, "buyer": {"name": f"ada {n}"}, "price": n * 10} for n in (1, 2, 3)]


def described() -> dict[str, Any]:
    order = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "buyer": {"type": "object", "properties": {"name": {"type": "string"}}},
            "price": {"type": "number"},
        },
    }
    orders = {"type": "array", "items": order}

    def operation(summary: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
        content = {"application/json": {"schema": schema}}
        return {"summary": summary, "responses": {"200": {"description": "ok", "content": content}}, **more}

    page = {"type": "object", "properties": {"orders": orders, "total": {"type": "integer"}}}
    body = {"content": {"application/json": {"schema": order}}}
    return openapi(
        "Shop",
        "https://shop.example",
        {
            "/orders": {"get": operation("List orders", orders), "post": operation("Create order", order, requestBody=body)},
            "/page": {"get": operation("Get page", page)},
            "/time": {"get": operation("Get time", {"type": "object", "properties": {"now": {"type": "string"}}})},
        },
    )


class Shop:
    def __init__(self, backend: EmbeddedBackend, api: FakeUpstream) -> None:
        self.api = api
        self.toolset: Any = ComposioToolSet(backend=backend, select=True)
        self.toolset.add_auth("shop", [{"name": "X-Key", "value": "k", "in": "header"}], base_url=api.url)
        self.tools = self.toolset.get_tools(actions=[LIST, PAGE, TIME, SEND], check_connected_accounts=False)

    def call(self, name: str, **arguments: Any) -> Any:
        [result] = self.toolset.handle_tool_calls({"name": name, "arguments": arguments}, tools=self.tools)
        return result


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    write_app(tmp_path, "shop", described())
    backend = EmbeddedBackend(home=tmp_path)
    with FakeUpstream.of(backend, "shop") as api:
        api.reply(LIST, json=ORDERS)
        api.reply(PAGE, json={"orders": ORDERS, "total": 3})
        yield Shop(backend, api)
        assert api.violations == []
    backend.close()


def test_reads_of_more_than_a_few_values_take_it(shop: Shop) -> None:
    offered = {one["name"]: one["parameters"]["properties"].get("_select", {}) for one in shop.tools}
    assert {name for name, found in offered.items() if found} == {LIST, PAGE}
    assert offered[LIST]["description"].endswith("such as [*].{id: id}")
    assert offered[PAGE]["description"].endswith("such as orders[*].{id: id}")
    plain = ComposioToolSet(backend=shop.toolset.backend).get_tools(actions=[LIST], check_connected_accounts=False)
    assert "_select" not in str(plain)


@pytest.mark.parametrize(
    ("name", "expression", "data"),
    [
        (LIST, "[*].id", [1, 2, 3]),
        (LIST, "[?price > `10`].{who: buyer.name}", [{"who": "ada 2"}, {"who": "ada 3"}]),
        (LIST, "[0].buyer", {"name": "ada 1"}),
        (LIST, "[1:].price", [20, 30]),
        (LIST, "length(@)", 3),
        (PAGE, "orders[].buyer.name | [0]", "ada 1"),
        (PAGE, "{n: total, ids: orders[*].id}", {"n": 3, "ids": [1, 2, 3]}),
        (PAGE, "*", [ORDERS, 3]),
        (PAGE, "", {"orders": ORDERS, "total": 3}),
    ],
)
def test_what_it_selects_is_the_data(shop: Shop, name: str, expression: str, data: Any) -> None:
    assert shop.call(name, _select=expression) == {"successful": True, "data": data, "error": None}
    assert all("_select" not in str(one.query) for one in shop.api.requests)


@pytest.mark.parametrize(
    ("name", "expression", "said"),
    [
        (LIST, "[?", "expected a JMESPath expression"),
        (LIST, "[*].pirce", "did you mean price?"),
        (LIST, "[*].{a: id, b: buyer.nme}", "did you mean name?"),
        (LIST, "orders[*].id", "the answer is a list there"),
        (PAGE, "orders.id", "the answer is a list there"),
        (PAGE, "order[*].id", "did you mean orders?"),
        (PAGE, 7, "expected a JMESPath expression"),
        (PAGE, "a" * 3_000, "expected a JMESPath expression"),
    ],
)
def test_what_can_not_be_meant_is_refused_before_anything_is_sent(shop: Shop, name: str, expression: Any, said: str) -> None:
    result = shop.call(name, _select=expression)
    assert not result["successful"]
    assert said in result["error"]
    assert shop.api.requests == []


@pytest.mark.parametrize("expression", ["nothing_like_it", "orders[*].id | [9]", "sum(orders)"])
def test_what_selects_nothing_says_what_there_is(shop: Shop, expression: str) -> None:
    result = shop.call(PAGE, _select=expression)
    assert not result["successful"]
    assert "The answer has: orders, total." in result["error"]


def test_a_failure_is_shown_whole(shop: Shop) -> None:
    shop.api.reply(LIST, status=404, json={"message": "gone"})
    assert "gone" in str(shop.call(LIST, _select="[*].id"))


@pytest.mark.parametrize("written", ["{}", "```json\n{}\n```"])
def test_it_is_taken_from_json_text_and_asynchronously(shop: Shop, written: str) -> None:
    text = written.replace("{}", json.dumps({"_select": "[*].id"}))
    call = {"name": LIST, "arguments": text}
    [result] = asyncio.run(shop.toolset.ahandle_tool_calls(call, tools=shop.tools))
    assert result["data"] == [1, 2, 3]


def test_what_is_selected_of_a_long_answer_is_trimmed_like_any_other(shop: Shop) -> None:
    shop.api.reply(LIST, json=[{"id": n, "buyer": {"name": "x" * 50}, "price": n} for n in range(200)])
    short = ComposioToolSet(backend=shop.toolset.backend, select=True, max_result_chars=1_500)
    short.add_auth("shop", [{"name": "X-Key", "value": "k", "in": "header"}], base_url=shop.api.url)
    tools = short.get_tools(actions=[LIST], check_connected_accounts=False)
    for expression, whole in (("[*].price", True), ("[*].buyer.name", False), ("{all: [*].buyer}", False)):
        [result] = short.handle_tool_calls({"name": LIST, "arguments": {"_select": expression}}, tools=tools)
        assert result["successful"], result["error"]
        assert len(json.dumps(result)) <= 1_600
        assert (result["data"] == list(range(200))) is whole


@given(st.text(max_size=40))
def test_any_text_is_refused_or_applied(text: str) -> None:
    schema = {"type": "object", "properties": {"orders": {"type": "array", "items": {"properties": {"id": {}}}}}}
    try:
        rest, local = take_selection({"a": 1, "_select": text}, "SHOP_GET_PAGE", NOTHING_LOCAL, lambda: schema)
    except InvalidArguments:
        return
    assert rest == {"a": 1}
    for select in local.processors.post.get("SHOP_GET_PAGE", ()):
        assert set(select({"successful": True, "data": {"orders": [{"id": 1}]}, "error": None})) == {
            "successful",
            "data",
            "error",
        }
