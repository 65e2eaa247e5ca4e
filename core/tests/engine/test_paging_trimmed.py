"""Pages that do not fit: what is asked for again, what never is, and what models are told, through the whole call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.call import Record
from composio.plugin import hookimpl
from composio.plugin.manager import PluginManager
from composio.schema.dialect import IDENTIFIERS, PLAIN, Dialect
from composio.testing import FakeTransport
from tests.peers.described import home_with

INTEGER, TEXT = {"type": "integer"}, {"type": "string"}


def listing(summary: str, properties: dict[str, Any], method: str = "get") -> dict[str, Any]:
    node: dict[str, Any] = {"summary": summary, "responses": {"200": {"description": "ok"}}}
    if method == "get":
        parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]
        return {method: {**node, "parameters": parameters}}
    content = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    return {method: {**node, "requestBody": {"content": content}}}


PAGEABLE = {"type": "object", "properties": {"page": INTEGER, "size": INTEGER, "sort": {"type": "array", "items": TEXT}}}
DESCRIPTION = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://api.example.com"}],
    "paths": {
        "/a": listing("By cursor", {"cursor": TEXT, "limit": INTEGER}),
        "/b": listing("Begin jobs", {"cursor": TEXT, "limit": INTEGER}, "post"),
        "/c": listing("Search jobs", {"cursor": TEXT, "limit": INTEGER}, "post"),
        "/jobs/search": listing("Get or create jobs", {"cursor": TEXT, "limit": INTEGER}, "post"),
        "/d": listing("By page alone", {"page": INTEGER}),
        "/e": listing("By bracket", {"page[after]": TEXT, "page[size]": INTEGER, "q": TEXT}),
        "/f": listing("By spring", {"pageable": PAGEABLE}),
        "/g": listing("By keyword", {"from": INTEGER, "size": INTEGER}),
        "/h": listing("By day", {"since": TEXT, "limit": INTEGER, "access_token": TEXT, "callback_url": TEXT}),
    },
}
ITEMS = [{"id": n, "text": "x" * 50} for n in range(20)]


def by_cursor(request: httpx.Request) -> Any:
    """Twenty items by ``cursor`` and ``limit``, from the query or the body."""
    asked = {**dict(request.url.params), **json.loads(request.content or b"{}")}
    start, size = (
        int(asked.get("cursor") or asked.get("page[after]") or 0),
        int(asked.get("limit") or asked.get("page[size]") or 20),
    )
    end = start + size
    return {"items": ITEMS[start:end], "next_cursor": str(end) if end < len(ITEMS) else None}


class Observer:
    """Keeps the records of calls."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    @hookimpl
    def observe(self, record: Record) -> None:
        self.records.append(record)


Opened = tuple[ComposioToolSet[Any], FakeTransport, Observer]
Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_with(tmp_path_factory.mktemp("home"), "things", DESCRIPTION)


@pytest.fixture
def open_toolset(home: Path) -> Iterator[Open]:
    opened: list[Any] = []

    def make(answer: Any, **options: Any) -> Opened:
        transport, observer, manager = FakeTransport(answer), Observer(), PluginManager()
        manager.register(observer, "observer")
        backend = EmbeddedBackend(home=home, transport=transport, plugin_manager=manager)
        opened.append(backend)
        return ComposioToolSet(backend=backend, **options), transport, observer

    yield make
    for backend in opened:
        backend.close()


def test_where_only_the_api_has_the_cursor_the_part_that_fits_is_asked_for_once_more(open_toolset: Open) -> None:
    toolset, transport, observer = open_toolset(by_cursor)
    result = toolset.execute_action("THINGS_BY_CURSOR", {"limit": 20}, auth=[], max_result_chars=1000)
    kept = len(result["data"]["items"])
    assert result["data"]["items"] == ITEMS[:kept]
    assert result.more is not None
    assert result.more["next"] == {"cursor": str(kept), "limit": kept}
    assert (result.more["shown"], result.more["of"]) == (kept, 20)
    assert [request.url.params["limit"] for request in transport.requests] == ["20", str(kept)]
    assert [record.attempts for record in observer.records] == [2]


def test_what_fits_is_asked_for_once(open_toolset: Open) -> None:
    toolset, transport, _ = open_toolset(by_cursor)
    result = toolset.execute_action("THINGS_BY_CURSOR", {"limit": 3}, auth=[], max_result_chars=1000)
    assert (result.more, len(transport.requests)) == ({"next": {"cursor": "3"}}, 1)


def test_a_post_that_only_reads_is_asked_again_and_one_that_may_do_something_never(open_toolset: Open) -> None:
    toolset, transport, _ = open_toolset(by_cursor)
    read = toolset.execute_action("THINGS_SEARCH_JOBS", {}, auth=[], max_result_chars=900)
    assert len(transport.requests) == 2
    assert read.more is not None
    assert read.more["next"]["cursor"] == str(len(read["data"]["items"]))
    transport.requests.clear()
    done = toolset.execute_action("THINGS_BEGIN_JOBS", {}, auth=[], max_result_chars=900)
    assert len(transport.requests) == 1
    assert [item["id"] for item in done["data"]["items"]] == list(range(20))  # a part of each
    transport.requests.clear()
    none = toolset.execute_action("THINGS_BEGIN_JOBS", {}, auth=[], max_result_chars=400)
    assert len(transport.requests) == 1
    assert none["data"]["items"] == []
    assert none.more is not None
    assert set(none.more["next"]) == {"limit"}


def test_a_name_that_also_does_something_is_not_one_that_only_reads(open_toolset: Open) -> None:
    toolset, transport, _ = open_toolset(by_cursor)
    toolset.execute_action("THINGS_GET_OR_CREATE_JOBS", {}, auth=[], max_result_chars=400)
    assert len(transport.requests) == 1


def test_an_api_that_does_not_care_for_the_size_is_not_asked_for_ever(open_toolset: Open) -> None:
    toolset, transport, _ = open_toolset(lambda request: {"items": ITEMS, "next_cursor": "n"})
    result = toolset.execute_action("THINGS_BY_CURSOR", {}, auth=[], max_result_chars=1000)
    assert len(transport.requests) == 2
    assert [item["id"] for item in result["data"]["items"]] == list(range(20))
    assert result.more is not None
    assert result.more["next"] == {"cursor": "n"}


@pytest.mark.parametrize("second", [(500, {}), (429, {}, {"retry-after": "1000"}), (200, {"items": []}), (200, "?"), (404, "")])
def test_what_the_second_request_brings_never_spoils_the_first(open_toolset: Open, second: Any) -> None:
    toolset, transport, observer = open_toolset({"/a": [(200, {"items": ITEMS, "next_cursor": "n"}), second]})
    result = toolset.execute_action("THINGS_BY_CURSOR", {}, auth=[], max_result_chars=1000)
    assert result["successful"]
    assert len(transport.requests) >= 2
    assert result["data"]["items"][0]["id"] == 0
    assert [record.successful for record in observer.records] == [True]


def test_a_part_of_each_item_is_shown_where_pages_have_no_size(open_toolset: Open) -> None:
    toolset, _, _ = open_toolset(lambda request: {"items": ITEMS, "total": 60})
    result = toolset.execute_action("THINGS_BY_PAGE_ALONE", {}, auth=[], max_result_chars=1000)
    assert [item["id"] for item in result["data"]["items"]] == list(range(20))
    assert result.more is not None
    assert result.more["next"] == {"page": 2}
    assert result.more["hint"].startswith("Long parts were shortened to fit.")


def test_nothing_is_skipped_where_not_even_parts_fit_and_no_call_begins_inside_the_page(open_toolset: Open) -> None:
    items = [{"id": n} for n in range(200)]
    toolset, _, _ = open_toolset(lambda request: {"items": items, "total": 600})
    result = toolset.execute_action("THINGS_BY_PAGE_ALONE", {}, auth=[], max_result_chars=1000)
    assert result["data"]["items"] == items[: len(result["data"]["items"])]
    assert result.more is not None
    assert "next" not in result.more
    assert (result.more["shown"], result.more["of"]) == (len(result["data"]["items"]), 200)


def test_a_processor_that_leaves_items_out_does_not_move_where_the_rest_begins(open_toolset: Open) -> None:
    def even(result: dict[str, Any]) -> dict[str, Any]:
        items = [item for item in result["data"]["items"] if item["id"] % 2 == 0]
        return {**result, "data": {"items": items}}

    def by_offset(request: httpx.Request) -> Any:
        start, size = int(request.url.params.get("from", 0)), int(request.url.params.get("size", 20))
        return {"items": ITEMS[start : start + size], "total": 20}

    toolset, _, _ = open_toolset(by_offset, processors={"post": {"THINGS_BY_KEYWORD": even}})
    params: dict[str, Any] = {}
    seen: list[int] = []
    for _ in range(20):
        result = toolset.execute_action("THINGS_BY_KEYWORD", params, auth=[], max_result_chars=500)
        seen += [item["id"] for item in result["data"]["items"]]
        if not result.more or "next" not in result.more:
            break
        params |= result.more["next"]
    assert seen == list(range(0, 20, 2))


def test_items_that_a_processor_put_into_another_order_are_not_counted_on(open_toolset: Open) -> None:
    def backwards(result: dict[str, Any]) -> dict[str, Any]:
        return {**result, "data": {"items": result["data"]["items"][::-1]}}

    toolset, _, _ = open_toolset(
        lambda request: {"items": ITEMS, "total": 40}, processors={"post": {"THINGS_BY_KEYWORD": backwards}}
    )
    result = toolset.execute_action("THINGS_BY_KEYWORD", {}, auth=[], max_result_chars=500)
    assert result["data"]["items"][0]["id"] == 19
    assert result.more is not None
    assert "next" not in result.more or len(result["data"]["items"]) == 20


def test_an_argument_inside_another_keeps_what_stands_beside_it(open_toolset: Open) -> None:
    body = {"content": ITEMS[:5], "last": False, "totalPages": 4, "number": 0, "size": 5}
    toolset, transport, _ = open_toolset(lambda request: body)
    given = {"pageable": {"page": 0, "size": 5, "sort": ["a,asc", "b,desc"]}}
    result = toolset.execute_action("THINGS_BY_SPRING", given, auth=[])
    assert result.more == {"next": {"pageable": {"page": 1, "size": 5, "sort": ["a,asc", "b,desc"]}}}
    assert transport.requests[0].url.query == b"page=0&size=5&sort=a%2Casc&sort=b%2Cdesc"


class Shown(FrameworkAdapter[tuple[ToolSpec, Invoke]]):
    """A tool is its definition and what runs it."""

    name = "shown"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> tuple[ToolSpec, Invoke]:
        return spec, invoke


class ShownAsIdentifiers(Shown):
    dialect = IDENTIFIERS


@pytest.mark.parametrize(
    ("dialect", "slug", "given", "leads"),
    [
        (PLAIN, "THINGS_BY_BRACKET", {"page_size": 4}, "page_after"),
        (IDENTIFIERS, "THINGS_BY_BRACKET", {"page_size": 4}, "page_after"),
        (IDENTIFIERS, "THINGS_BY_KEYWORD", {"from_": 0, "size": 4}, "from_"),
        (PLAIN, "THINGS_BY_KEYWORD", {"from": 0, "size": 4}, "from"),
    ],
)
def test_a_model_reads_the_names_that_it_was_shown(
    open_toolset: Open, dialect: Dialect, slug: str, given: dict[str, Any], leads: str
) -> None:
    toolset, transport, _ = open_toolset(lambda request: {**by_cursor(request), "total": 60})
    toolset.adapter = Shown() if dialect is PLAIN else ShownAsIdentifiers()
    toolset.add_auth("things", [])
    [(spec, invoke)] = toolset.get_tools(actions=[slug])
    assert leads in spec.parameters["properties"]
    result = invoke(given)
    more = json.loads(result.to_json())["data"]["_more"]
    assert set(more["next"]) == {leads}
    invoke({**given, **more["next"]})
    assert transport.requests[-1].url.params.get(leads.replace("page_after", "page[after]").rstrip("_")) == str(
        more["next"][leads]
    )


def test_a_result_with_longer_names_still_fits(open_toolset: Open) -> None:
    toolset, _, _ = open_toolset(lambda request: {"items": ITEMS, "total": 20})
    toolset.adapter = ShownAsIdentifiers()
    toolset.add_auth("things", [])
    for limit in range(400, 700, 3):
        [(_, invoke)] = toolset.get_tools(actions=["THINGS_BY_KEYWORD"], max_result_chars=limit)
        assert len(invoke({}).to_json()) <= limit


def test_a_link_names_neither_credentials_nor_other_addresses_nor_another_host(open_toolset: Open) -> None:
    query = "since=2&limit=20&access_token=EAAB&callback_url=https://evil.example&extra=1"
    body = {"items": ITEMS, "next": f"https://evil.example/h?{query}"}
    toolset, transport, _ = open_toolset(lambda request: body)
    result = toolset.execute_action("THINGS_BY_DAY", {"limit": 20}, auth=[])
    assert result.more == {"next": {"since": "2"}}
    toolset.execute_action("THINGS_BY_DAY", {"limit": 20, **result.more["next"]}, auth=[])
    assert {request.url.host for request in transport.requests} == {"api.example.com"}


def test_a_credential_inside_a_cursor_is_not_repeated(open_toolset: Open) -> None:
    body = {"items": ITEMS, "next_cursor": "abc?token=sk-very-secret&x=1"}
    toolset, _, _ = open_toolset(lambda request: body)
    auth = {"parameters": [{"name": "Authorization", "value": "Bearer sk-very-secret", "in_": "header"}]}
    result = toolset.execute_action("THINGS_BY_CURSOR", {}, auth=auth)
    assert "sk-very-secret" not in str(result.more)
