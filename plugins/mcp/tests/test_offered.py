"""What a client is offered: by app, action, tag or task; the discovery tools; connecting; and mistakes, said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from mcp import MCPError
from mcp.client import Client

from composio.backend import Backend
from composio.embedded import EmbeddedBackend
from composio.model.action import ActionModel
from composio.model.call import Outcome, ToolCall, Who
from composio.policy import Policy, allow, confirm, deny
from composio.policy.guarded import guard
from composio_mcp import Selected, Selection, make_server
from tests.peers.hanging import Api

pytestmark = pytest.mark.anyio


async def names(backend: Backend, *, helpers: bool = False, **selection: Any) -> list[str]:
    async with Client(make_server(Selected(backend, Selection(**selection), helpers=helpers))) as client:
        return [tool.name for tool in (await client.list_tools()).tools]


async def test_a_selection_gives_what_it_names(backend: EmbeddedBackend) -> None:
    assert await names(backend, actions=("ACME_DELETE_ME", "ACME_GET_ME")) == ["ACME_DELETE_ME", "ACME_GET_ME"]
    assert "ACME_DELETE_ME" not in await names(backend, apps=("acme",))
    assert "ACME_DELETE_ME" in await names(backend, apps=("acme",), everything=True)
    assert "ACME_LIST_THINGS" in await names(backend, apps=("acme",), use_case="list my things")


async def test_a_policy_bounds_what_a_client_is_offered_and_may_run(backend: EmbeddedBackend, api: Api) -> None:
    guarded = guard(backend, Policy(deny("ACME_DELETE_*"), allow("ACME_LIST_*"), otherwise=confirm()))
    assert "ACME_DELETE_ME" not in await names(guarded, apps=("acme",), everything=True)
    async with Client(make_server(Selected(guarded, Selection(apps=("acme",))))) as client:
        listed = await client.call_tool("ACME_LIST_THINGS", {})
        waiting = await client.call_tool("ACME_GET_ME", {})
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("ACME_DELETE_ME", {})
    assert not listed.is_error
    assert waiting.is_error
    asked = waiting.structured_content["data"]["approval_required"]
    assert backend.approvals.get(asked["id"]).action == "ACME_GET_ME"
    async with Client(make_server(Selected(guarded))) as client:
        run = await client.call_tool("COMPOSIO_MULTI_EXECUTE_TOOL", {"tools": [{"tool_slug": "ACME_DELETE_ME"}]})
    assert not run.structured_content["data"]["success_count"]


async def test_helpers_come_only_for_apps_that_need_a_connection(backend: EmbeddedBackend) -> None:
    assert "COMPOSIO_MANAGE_CONNECTIONS" in await names(backend, apps=("keyed",), helpers=True)
    assert "COMPOSIO_MANAGE_CONNECTIONS" not in await names(backend, apps=("keyed",))


async def test_without_a_selection_a_client_finds_runs_and_connects_all(backend: EmbeddedBackend, api: Api) -> None:
    async with Client(make_server(Selected(backend, who=Who(entity_id="alice")))) as client:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        assert listed == [
            "COMPOSIO_SEARCH_TOOLS",
            "COMPOSIO_GET_TOOL_SCHEMAS",
            "COMPOSIO_MULTI_EXECUTE_TOOL",
            "COMPOSIO_MANAGE_CONNECTIONS",
        ]
        run = await client.call_tool("COMPOSIO_MULTI_EXECUTE_TOOL", {"tools": [{"tool_slug": "ACME_GET_ME"}]})
    (result,) = run.structured_content["data"]["results"]
    assert result["response"]["data"]["path"] == "/me"


async def test_an_agent_connects_its_user_to_the_selections_apps_only(backend: EmbeddedBackend) -> None:
    async with Client(make_server(Selected(backend, Selection(apps=("keyed",)), helpers=True))) as client:
        done = await client.call_tool("COMPOSIO_MANAGE_CONNECTIONS", {"toolkits": ["keyed", "acme"]})
    found = done.structured_content["data"]["results"]
    assert "values that the user has to give" in found["keyed"]["error_message"]
    assert found["acme"]["status"] == "failed"
    assert "not among the apps" in found["acme"]["error_message"]


async def test_a_call_acts_for_the_entity_of_the_offer(backend: EmbeddedBackend, api: Api) -> None:
    from composio.model.connection import NewConnection

    for entity, key in (("ann", "key-of-ann"), ("bob", "key-of-bob")):
        await backend.accounts.initiate(NewConnection(app="keyed", entity_id=entity, values={"api_key": key}))
    for entity in ("bob", "ann"):
        server = make_server(Selected(backend, Selection(apps=("keyed",)), who=Who(entity_id=entity)))
        async with Client(server) as client:
            # Whom it names itself is an argument like any other, and reaches nobody.
            done = await client.call_tool("KEYED_LIST_THINGS", {"entity_id": "ann"} if entity == "bob" else {})
        if entity == "ann":
            assert not done.is_error
            assert api.seen[-1].headers["x-api-key"] == "key-of-ann"
        else:
            assert done.is_error or api.seen[-1].headers["x-api-key"] == "key-of-bob"


class _Broken:
    key, instructions, has_output_schemas = "broken", "", False

    def __init__(self, inner: Selected, fails: str) -> None:
        self._inner, self._fails = inner, fails

    async def actions(self) -> Any:
        if self._fails == "actions":
            raise RuntimeError("the password is hunter2")
        return await self._inner.actions()

    async def run(self, call: ToolCall, action: ActionModel) -> Outcome:
        raise RuntimeError("the password is hunter2")

    def find_file(self, named: Any) -> None:
        return None


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_what_fails_here_is_in_the_log_and_not_in_the_answer(offered: Selected, mode: Any) -> None:
    async with Client(make_server(_Broken(offered, "run")), mode=mode) as client:
        done = await client.call_tool("ACME_GET_ME", {})
    assert done.is_error
    assert "hunter2" not in done.model_dump_json()
    async with Client(make_server(_Broken(offered, "actions")), mode=mode) as client:
        with pytest.raises(MCPError, match="its log says why") as failed:
            await client.list_tools()
    assert "hunter2" not in str(failed.value)


async def test_the_server_says_what_it_is_for(offered: Selected) -> None:
    async with Client(make_server(offered)) as client:
        assert client.instructions == "Be quick."
        assert client.server_info is not None
        assert client.server_info.name == "composio"


async def test_a_wrong_cursor_is_the_clients_mistake(offered: Selected) -> None:
    async with Client(make_server(offered)) as client:
        with pytest.raises(MCPError, match="cursor"):
            await client.list_tools(cursor="nonsense")


@pytest.mark.parametrize("path", ["/mcp", "/sse"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example:80"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost.evil.example:80"}, 403),
    ],
)
async def test_a_page_of_another_origin_and_a_rebound_name_are_turned_away(
    url: str, path: str, headers: dict[str, str], status: int
) -> None:
    more = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        for version in ({}, {"mcp-protocol-version": "2026-07-28"}):
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
            answer = await client.post(path, json=body, headers={**more, **headers, **version})
            assert answer.status_code == status
        assert (await client.get(path, headers=headers)).status_code == status


Send = Callable[[bytes], httpx.Response]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]',
        b'{"jsonrpc":"1.0","id":1,"method":"x"}',
        b'{"jsonrpc":"2.0","id":1,"method":"no/such"}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}',
        b"[" * 5000,
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"A","arguments":' + b"9" * 5_000_000 + b"}}",
    ],
    ids=["empty", "torn", "array", "null", "batch", "version", "method", "params", "deep", "large"],
)
@pytest.mark.parametrize("version", ["", "2025-11-25", "2026-07-28", "1999-01-01"])
async def test_hostile_messages_are_answered_and_the_server_goes_on(url: str, body: bytes, version: str) -> None:
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.post(
            "/mcp", content=body, headers=headers | ({"mcp-protocol-version": version} if version else {})
        )
        assert 400 <= answer.status_code < 500
        assert "Traceback" not in answer.text
        if version:
            return
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        begun = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
        assert (await client.post("/mcp", json=begun, headers=headers)).status_code == 200


async def test_a_client_that_checks_results_takes_all_of_them(backend: EmbeddedBackend) -> None:
    offered = Selected(backend, Selection(apps=("acme", "keyed")), helpers=True, has_output_schemas=True)
    async with Client(make_server(offered), mode="legacy") as client:
        assert all(tool.output_schema for tool in (await client.list_tools()).tools)
        assert not (await client.call_tool("ACME_GET_ME", {})).is_error  # of the client's own check, else
        assert (await client.call_tool("ACME_BREAK", {})).is_error
        assert not (await client.call_tool("COMPOSIO_MANAGE_CONNECTIONS", {"toolkits": ["keyed"]})).is_error
