"""The call path as a whole, through the embedded backend, over the shipped fake transport."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.engine import trim as trimming
from composio.errors import AppNotFound, ComposioError, ConfigurationError, ConnectionNotFound, InvalidRequest
from composio.model.call import CallOptions, RawRequest, Record
from composio.plugin import hookimpl
from composio.plugin.manager import PluginManager, plugins
from composio.testing import FakeTransport
from tests.peers.described import home_with, openapi, secured

DESCRIPTION = openapi(
    "Shop",
    "https://api.shop.example/v1",
    {
        "/who": {"get": {"summary": "Say who", "security": [], "responses": {"200": {"description": "ok"}}}},
        "/items": {
            "get": {
                "summary": "List items",
                "parameters": [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("page", "per_page")],
                "responses": {"200": {"description": "ok"}},
            }
        },
        "/items/{id}": {
            "get": {
                "summary": "Get an item",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "page[size]", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                ],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}},
            }
        },
    },
    **secured({"type": "http", "scheme": "bearer"}),
)
LIST = "SHOP_LIST_ITEMS"
AUTH = {"parameters": [{"name": "Authorization", "value": "Bearer sk-secret-1", "in_": "header"}]}
WHO = contextvars.ContextVar("who", default="nobody")
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return home_with(tmp_path_factory.mktemp("home"), "shop", DESCRIPTION)


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport({("GET", "/v1/items/7"): (200, {"id": 7}), ("GET", "/v1/who"): (200, {"name": "bob"})})


@pytest.fixture
def toolset(home: Path, transport: FakeTransport) -> Iterator[ComposioToolSet[Any]]:
    backend = EmbeddedBackend(home=home, transport=transport)
    with ComposioToolSet(backend=backend) as made:
        yield made
    backend.close()


@pytest.fixture(params=["sync", "async", "sync inside a loop"])
def execute(request: pytest.FixtureRequest, toolset: ComposioToolSet[Any]) -> Run:
    """``execute_action``, each way it can be called."""

    async def inside(*args: Any, **more: Any) -> dict[str, Any]:
        return toolset.execute_action(*args, **more)

    async def outside(*args: Any, **more: Any) -> dict[str, Any]:
        return await toolset.aexecute_action(*args, **more)

    ways: dict[str, Run] = {
        "sync": toolset.execute_action,
        "async": lambda *a, **k: asyncio.run(outside(*a, **k)),
        "sync inside a loop": lambda *a, **k: asyncio.run(inside(*a, **k)),
    }
    return ways[request.param]


def test_a_call_arrives_signed_and_comes_back_as_data(execute: Run, transport: FakeTransport) -> None:
    assert execute("shop_get_an_item", {"id": "7", "page_size": 5}, auth=AUTH) == {
        "successful": True,
        "data": {"id": 7},
        "error": None,
    }
    sent = transport.requests[0]
    assert str(sent.url) == "https://api.shop.example/v1/items/7?page[size]=5"
    assert sent.headers["authorization"] == "Bearer sk-secret-1"


def test_arguments_may_be_json_text(toolset: ComposioToolSet[Any]) -> None:
    toolset.get_tools("SHOP_GET_AN_ITEM", check_connected_accounts=False)
    invoke = toolset.handle_tool_calls([{"name": "SHOP_GET_AN_ITEM", "arguments": '{"id": 7}'}])
    assert invoke[0]["error"] is not None  # no credentials: the model is told, nothing raises
    toolset.add_auth("shop", AUTH["parameters"])
    assert toolset.handle_tool_calls([{"name": "SHOP_GET_AN_ITEM", "arguments": '{"id": 7}'}])[0]["successful"]


def test_invalid_arguments_say_path_expected_and_got(execute: Run, transport: FakeTransport) -> None:
    result = execute("SHOP_GET_AN_ITEM", {"id": 7, "page_size": 500}, auth=AUTH)
    assert not result["successful"]
    assert "page" in result["error"]
    assert "100" in result["error"]
    assert "500" in result["error"]
    assert transport.requests == []


def test_without_credentials_it_raises_and_says_what_supplies_them(execute: Run) -> None:
    with pytest.raises(ConnectionNotFound, match="SHOP_TOKEN"):
        execute("SHOP_GET_AN_ITEM", {"id": 7})


def test_an_operation_that_asks_for_no_credentials_needs_none(execute: Run, transport: FakeTransport) -> None:
    assert execute("SHOP_SAY_WHO", {}) == {"successful": True, "data": {"name": "bob"}, "error": None}
    assert "authorization" not in transport.requests[0].headers
    execute("SHOP_SAY_WHO", {}, auth=AUTH)
    assert transport.requests[1].headers["authorization"] == "Bearer sk-secret-1"


def test_the_environment_signs_for_the_default_entity_only(
    execute: Run, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "from-env")
    assert execute("SHOP_GET_AN_ITEM", {"id": 7})["successful"]
    assert transport.requests[0].headers["authorization"] == "Bearer from-env"
    with pytest.raises(ConnectionNotFound, match="alice"):
        execute("SHOP_GET_AN_ITEM", {"id": 7}, entity_id="alice")


def test_the_operator_moves_an_apps_base_url(execute: Run, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_SHOP_BASE_URL", "https://shop.internal.example/v1")
    assert execute("SHOP_GET_AN_ITEM", {"id": 7}, auth=AUTH)["successful"]
    assert transport.requests[0].url.host == "shop.internal.example"


def test_a_failure_never_echoes_the_credential(home: Path) -> None:
    def leak(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"message": f"bad token {request.headers['authorization']}"})

    with ComposioToolSet(backend=EmbeddedBackend(home=home, transport=FakeTransport(leak))) as toolset:
        assert "sk-secret-1" not in json.dumps(toolset.execute_action("SHOP_GET_AN_ITEM", {"id": 7}, auth=AUTH))


# Python actions


def test_functions_run_both_ways_with_the_callers_context(execute: Run) -> None:
    @action
    def plain(x: int) -> str:
        """Says who."""
        return f"{WHO.get()} {x}"

    @action
    async def waiting(x: int) -> str:
        """Says who, later."""
        await asyncio.sleep(0)
        return f"{WHO.get()} {x}"

    token = WHO.set("alice")
    try:
        assert execute(plain, {"x": "1"})["data"] == "alice 1"
        assert execute(waiting, {"x": 2})["data"] == "alice 2"
    finally:
        WHO.reset(token)


def test_execute_request_acts_with_the_calls_own_credentials(execute: Run, transport: FakeTransport) -> None:
    @action(toolname="shop")
    def ask(execute_request: Callable[..., Any], entity_id: str) -> dict[str, Any]:
        """Asks who it is."""
        return {**execute_request(endpoint="/who", method="GET"), "for": entity_id}

    @action(toolname="shop")
    async def ask_later(execute_request: Callable[..., Coroutine[Any, Any, Any]], auth: dict[str, Any]) -> dict[str, Any]:
        """Asks who it is, later."""
        return {
            **await execute_request("/who", parameters=[{"name": "q", "value": "1", "in_": "query"}]),
            "base": auth["base_url"],
        }

    assert execute(ask, {}, auth=AUTH, entity_id="alice")["data"] == {"name": "bob", "for": "alice"}
    assert execute(ask_later, {}, auth=AUTH)["data"] == {"name": "bob", "base": "https://api.shop.example/v1"}
    assert [r.headers["authorization"] for r in transport.requests] == ["Bearer sk-secret-1"] * 2
    assert transport.requests[1].url.query == b"q=1"


def asking(parameters: Any) -> Any:
    @action(toolname="shop")
    def ask(execute_request: Callable[..., Any]) -> Any:
        """Asks."""
        return execute_request("/{what}", parameters=parameters)

    return ask


def test_the_parameters_of_an_injected_request_go_where_they_say(execute: Run, transport: FakeTransport) -> None:
    given = [{"name": "what", "value": "who", "in": "path"}, {"name": "q", "value": 1, "in": "Query"}]
    assert execute(asking(given), {}, auth=AUTH)["data"] == {"name": "bob"}
    assert transport.requests[0].url.raw_path == b"/v1/who?q=1"


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ([{"name": "nobody", "value": "x", "in": "path"}], "has no {nobody}"),
        ([{"name": "k", "value": "x", "in": "cookie"}], "query, header and path are known"),
        ([{"value": "x"}], "a parameter is a dict"),
        ("q=1", "a dict or a list, not str"),
    ],
)
def test_a_parameter_of_an_injected_request_is_never_dropped(
    execute: Run, transport: FakeTransport, parameters: Any, says: str
) -> None:
    assert says in execute(asking(parameters), {}, auth=AUTH)["error"]
    assert not transport.requests


def test_what_a_function_raises_is_its_tools_failure(execute: Run) -> None:
    @action
    def fails() -> None:
        """Fails."""
        raise ZeroDivisionError("by zero")

    assert execute(fails, {}) == {"successful": False, "data": None, "error": "ZeroDivisionError: by zero"}


def test_an_endpoint_can_not_carry_credentials_elsewhere(execute: Run, transport: FakeTransport) -> None:
    @action(toolname="shop")
    def stray(endpoint: str, execute_request: Callable[..., Any]) -> Any:
        """Goes where it is told."""
        return execute_request(endpoint=endpoint, method="GET")

    for endpoint in (
        "https://evil.example/who",
        "//evil.example/who",
        "/a/../../who",
        "/a/%2e%2e/who",
        "http://api.shop.example/v1/who",
    ):
        result = execute(stray, {"endpoint": endpoint}, auth=AUTH)
        assert not result["successful"], endpoint
    assert {r.url.host for r in transport.requests} <= {"api.shop.example"}


def test_a_tool_of_no_app_that_wants_to_send_requests_is_told_how(execute: Run) -> None:
    @action
    def lonely(execute_request: Callable[..., Any]) -> Any:
        """Has no app."""
        return execute_request(endpoint="/", method="GET")

    assert "toolname" in execute(lonely, {})["error"]


# Observers and hooks


def with_plugin(plugin: object) -> PluginManager:
    """The process's plugins and ``plugin``."""
    manager = PluginManager([])
    for each in (*plugins()._manager.get_plugins(), plugin):
        manager.register(each)
    return manager


def test_observers_get_one_redacted_record_a_call(home: Path, transport: FakeTransport) -> None:
    records: list[Record] = []

    class Observer:
        @hookimpl
        def observe(self, record: Record) -> None:
            records.append(record)
            raise RuntimeError("an observer's failure is its own")

    manager = with_plugin(Observer())
    with ComposioToolSet(backend=EmbeddedBackend(home=home, transport=transport, plugin_manager=manager)) as toolset:
        toolset.execute_action("SHOP_GET_AN_ITEM", {"id": 7, "page_size": 9}, auth=AUTH, entity_id="alice")
    (record,) = records
    assert (record.action, record.app, record.entity_id, record.successful, record.status) == (
        "SHOP_GET_AN_ITEM",
        "shop",
        "alice",
        True,
        200,
    )
    assert (record.method, record.url, record.attempts) == ("GET", "https://api.shop.example/v1/items/7", 1)
    assert "sk-secret-1" not in repr(record)


def test_a_record_shows_no_credential_that_the_path_holds(home: Path, transport: FakeTransport) -> None:
    records: list[Record] = []

    class Observer:
        @hookimpl
        def observe(self, record: Record) -> None:
            records.append(record)

    auth = {
        "base_url": "https://api.shop.example/bot{token}",
        "parameters": [{"name": "token", "value": "12:se-cr_et", "in": "path"}],
    }
    backend = EmbeddedBackend(home=home, transport=transport, plugin_manager=with_plugin(Observer()))
    with closing(backend), ComposioToolSet(backend=backend) as toolset:
        toolset.execute_action("SHOP_GET_AN_ITEM", {"id": 7}, auth=auth)
    assert str(transport.requests[0].url) == "https://api.shop.example/bot12:se-cr_et/items/7"
    assert records[0].url == "https://api.shop.example/bot***/items/7"


def test_a_record_counts_the_requests_that_failed_too(home: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    records: list[Record] = []

    class Observer:
        @hookimpl
        def observe(self, record: Record) -> None:
            records.append(record)

    manager = with_plugin(Observer())
    backend = EmbeddedBackend(home=home, transport=FakeTransport(refuse), plugin_manager=manager)
    with closing(backend), ComposioToolSet(backend=backend) as toolset:
        error = toolset.execute_action("SHOP_GET_AN_ITEM", {"id": 7}, auth=AUTH)["error"]
    assert "3 attempts" in error
    assert [record.attempts for record in records] == [3]


def test_a_hook_may_stop_a_call(home: Path, transport: FakeTransport) -> None:
    class Gate:
        @hookimpl
        def before_execute(self, call: Any, action: Any) -> None:
            raise InvalidRequest(f"{action.slug} is not allowed here.")

    manager = with_plugin(Gate())
    toolset = ComposioToolSet[Any](backend=EmbeddedBackend(home=home, transport=transport, plugin_manager=manager))
    with toolset, pytest.raises(InvalidRequest, match="not allowed"):
        toolset.execute_action("SHOP_GET_AN_ITEM", {"id": 7}, auth=AUTH)
    assert transport.requests == []


# Requests that no action describes


def test_execute_request_of_the_toolset(toolset: ComposioToolSet[Any], transport: FakeTransport) -> None:
    toolset.add_auth("shop", AUTH["parameters"])
    assert toolset.execute_request("/who", app="shop") == {"successful": True, "data": {"name": "bob"}, "error": None}
    missing = toolset.execute_request("/nowhere", "POST", body={"a": 1}, app="shop")
    assert not missing["successful"]
    assert json.loads(transport.requests[-1].content) == {"a": 1}
    with pytest.raises(AppNotFound, match="shop"):
        toolset.execute_request("/who", app="shopp")
    with pytest.raises(InvalidRequest, match="unknown method"):
        toolset.execute_request("/who", "FETCH", app="shop")


def test_many_threads_at_once(toolset: ComposioToolSet[Any], transport: FakeTransport) -> None:
    results: list[Any] = []

    def one(name: str) -> None:
        auth = {"parameters": [{"name": "Authorization", "value": f"Bearer token-{name}", "in_": "header"}]}
        results.append(toolset.execute_action("SHOP_GET_AN_ITEM", {"id": 7}, auth=auth)["successful"])

    threads = [threading.Thread(target=one, args=(str(n),)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 16
    assert sorted(r.headers["authorization"] for r in transport.requests) == sorted(f"Bearer token-{n}" for n in range(16))


def test_every_error_is_one_of_ours() -> None:
    assert issubclass(ConnectionNotFound, ComposioError)


MANY = [{"id": n, "text": "x" * 100} for n in range(200)]


def listing(home: Path, **options: Any) -> tuple[ComposioToolSet[Any], EmbeddedBackend]:
    link = {"link": '<https://api.example.com/?page=2>; rel="next"'}
    backend = EmbeddedBackend(home=home, transport=FakeTransport(lambda request: (200, MANY, link)))
    return ComposioToolSet(backend=backend, **options), backend


@pytest.mark.parametrize("where", ["toolset", "call", "tools", "environment", "backend"])
def test_a_result_is_trimmed_wherever_that_is_asked_for(home: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if where == "environment":
        monkeypatch.setenv("COMPOSIO_MAX_RESULT_CHARS", "2000")
    toolset, backend = listing(home, **({"max_result_chars": 2000} if where == "toolset" else {}))
    if where == "backend":
        backend.close()
        backend = EmbeddedBackend(home=home, transport=FakeTransport(lambda request: (200, MANY)), max_result_chars=2000)
        toolset = ComposioToolSet(backend=backend)
    toolset.add_auth("shop", [{"name": "Authorization", "value": "Bearer t", "in_": "header"}])
    if where == "tools":
        tools = toolset.get_tools(actions=[LIST], max_result_chars=2000)
        (result,) = toolset.handle_tool_calls([{"name": LIST, "arguments": {}}], tools=tools)
    else:
        result = toolset.execute_action(LIST, {}, max_result_chars=2000 if where == "call" else None)
    assert result["successful"], result
    assert set(result) == {"successful", "data", "error"}
    assert len(result.to_json()) <= 2000
    assert json.loads(result.to_json())["data"]["_more"]["of"] == 200
    assert 0 < len(result["data"]) < 200
    backend.close()


@pytest.mark.parametrize("text", ["x" * 600_000, "é" * 600_000])
@pytest.mark.parametrize("way", ["action", "request", "function"])
def test_a_large_answer_is_trimmed_beside_the_event_loop(
    home: Path, monkeypatch: pytest.MonkeyPatch, way: str, text: str
) -> None:
    data = {"items": [{"id": n, "text": text[:3000]} for n in range(400)], "whole": text}
    backend = EmbeddedBackend(home=home, transport=FakeTransport(lambda _request: (200, data)))
    real = trimming.trim
    turns: list[int] = []

    @action(toolname="shop")
    def give_much() -> Any:
        """Give much."""
        return data

    async def calls() -> Any:
        loop, turned = asyncio.get_running_loop(), threading.Event()

        def watched(*given: Any, **more: Any) -> Any:
            # While this runs the loop takes a hundred turns: it could not take one if it ran there.
            loop.call_soon_threadsafe(turn, 100)
            assert turned.wait(30)
            return real(*given, **more)

        def turn(left: int) -> None:
            turns.append(left)
            if left:
                loop.call_soon(turn, left - 1)
            else:
                turned.set()

        monkeypatch.setattr(trimming, "trim", watched)
        if way == "request":
            raw = RawRequest(app="shop", endpoint="/items", options=CallOptions(max_result_chars=500))
            return (await backend.request(raw)).result()
        name = LIST if way == "action" else give_much
        return await toolset.aexecute_action(name, {}, auth=AUTH, max_result_chars=500)

    with ComposioToolSet(backend=backend) as toolset, closing(backend):
        monkeypatch.setenv("SHOP_TOKEN", "sk-1")
        found = asyncio.run(calls())
    assert found["successful"], found
    assert len(found.to_json()) <= 500
    assert len(turns) == 101


def test_a_small_answer_is_trimmed_where_the_call_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toolset, backend = listing(home, max_result_chars=500)
    threads: set[int] = set()
    real = trimming.trim

    def watched(*given: Any, **more: Any) -> Any:
        threads.add(threading.get_ident())
        return real(*given, **more)

    monkeypatch.setattr(trimming, "trim", watched)
    with toolset, closing(backend):
        assert asyncio.run(toolset.aexecute_action(LIST, {}, auth=AUTH))["successful"]
    assert threads == {threading.get_ident()}


def test_a_post_processor_sees_the_whole_data_and_the_trim_comes_last(home: Path) -> None:
    seen: list[int] = []

    def count(result: dict[str, Any]) -> dict[str, Any]:
        seen.append(len(result["data"]))
        return {**result, "data": result["data"][:150]}

    toolset, backend = listing(home, max_result_chars=2000, processors={"post": {LIST: count}})
    result = toolset.execute_action(LIST, {}, auth=[])
    assert seen == [200]
    assert result.more is not None
    assert result.more["of"] == 150
    backend.close()


def test_without_a_limit_data_is_what_the_api_sent_and_the_next_page_is_beside_it(home: Path) -> None:
    toolset, backend = listing(home)
    result = toolset.execute_action(LIST, {}, auth=[])
    assert result == {"successful": True, "data": MANY, "error": None}
    assert result.more == {"next": {"page": 2}}
    assert json.loads(result.to_json())["data"] == {"items": MANY, "_more": {"next": {"page": 2}}}
    backend.close()


@pytest.mark.parametrize("chars", [0, 10, -1, True, "many"])
def test_a_limit_that_can_not_be_met_is_refused(home: Path, chars: Any) -> None:
    with pytest.raises(InvalidRequest, match="at least 400"):
        ComposioToolSet(home=home, max_result_chars=chars)


def test_a_variable_that_can_not_be_meant_is_the_operators_to_correct(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_MAX_RESULT_CHARS", "few")
    toolset, backend = listing(home)
    with pytest.raises(ConfigurationError, match="COMPOSIO_MAX_RESULT_CHARS: max_result_chars is a whole number"):
        toolset.execute_action(LIST, {}, auth=[])
    backend.close()


@pytest.mark.parametrize("where", ["output_folder", "output_dir", "environment", "default"])
def test_a_file_is_saved_where_that_is_asked_for(
    home: Path, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "environment":
        monkeypatch.setenv("COMPOSIO_OUTPUT_FOLDER", str(tmp_path))
    headers = {"content-type": "image/png", "content-disposition": 'attachment; filename="cat.png"'}
    backend = EmbeddedBackend(home=home, transport=FakeTransport(lambda request: (200, b"PNG", headers)))
    options: dict[str, Any] = {where: tmp_path} if where.startswith("output") else {}
    toolset = ComposioToolSet[Any](backend=backend, **options)
    folder = home / "output" if where == "default" else tmp_path
    for name, result in (
        ("SHOP_LIST_ITEMS", toolset.execute_action(LIST, {}, auth=[])),
        ("request", toolset.execute_request("/cat", app="shop", auth=[])),
    ):
        path = folder / "shop" / name / "cat.png"
        assert result["data"] == {"file": str(path), "name": "cat.png", "mimetype": "image/png", "size": 3}
        assert path.read_bytes() == b"PNG"
    backend.close()
