"""A Realtime session through the real client, against a loopback server that speaks its events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from websockets.asyncio.server import ServerConnection, serve

from composio.testing import FakeUpstream
from composio_openai import ComposioToolSet

ACTION = "GITHUB_GET_THE_AUTHENTICATED_USER"


class Session:
    """The server's side: asks for every tool it was given once, then says what the last answer told."""

    def __init__(self, status: str = "completed") -> None:
        self.received: list[dict[str, Any]] = []
        self._status = status

    async def serve(self, connection: ServerConnection) -> None:
        await self._send(connection, "session.created", session={"type": "realtime"})
        async for text in connection:
            event = json.loads(text)
            self.received.append(event)
            if event["type"] == "response.create":
                await self._send(connection, "response.done", response=self._response())

    def _response(self) -> dict[str, Any]:
        answers = [event["item"] for event in self.received if event["type"] == "conversation.item.create"]
        if answers:
            said = json.loads(answers[-1]["output"])["data"]["login"]
            content = [{"type": "output_text", "text": f"You are {said}."}]
            output = [{"id": "item_2", "type": "message", "role": "assistant", "status": "completed", "content": content}]
        else:
            tools = self.received[0]["session"]["tools"]
            output = [
                {"id": "item_1", "type": "function_call", "call_id": f"call_{n}", "name": tool["name"], "arguments": "{}"}
                for n, tool in enumerate(tools)
            ]
        return {"id": "resp_1", "object": "realtime.response", "status": self._status, "output": output}

    @staticmethod
    async def _send(connection: ServerConnection, kind: str, **fields: Any) -> None:
        await connection.send(json.dumps({"type": kind, "event_id": "event_1", **fields}))


@asynccontextmanager
async def connected(session: Session) -> AsyncIterator[Any]:
    async with serve(session.serve, "127.0.0.1", 0) as server:
        (listening,) = server.sockets
        url = f"ws://127.0.0.1:{listening.getsockname()[1]}"
        async with openai.AsyncOpenAI(api_key="none", websocket_base_url=url) as client:
            realtime = getattr(client, "realtime", None) or client.beta.realtime
            async with realtime.connect(model="gpt-realtime") as connection:
                yield connection


@pytest.fixture
def toolset(home: Path, github: FakeUpstream, token: str) -> Iterator[ComposioToolSet]:
    with ComposioToolSet(api="realtime", home=home) as toolset:
        toolset.add_auth("github", [{"in": "header", "name": "Authorization", "value": token}], base_url=github.url)
        yield toolset


async def converse(toolset: ComposioToolSet, session: Session) -> str:
    """The final text; what the README shows."""
    async with connected(session) as connection:
        tools = await toolset.aget_tools(actions=[ACTION])
        await connection.send({"type": "session.update", "session": {"type": "realtime", "tools": tools}})
        await connection.send({"type": "response.create"})
        async for event in connection:
            if event.type != "response.done":
                continue
            results = await toolset.ahandle_tool_calls(event)
            if not results:
                return str(event.response.output[0].content[0].text) if event.response.status == "completed" else "Nothing."
            for answer in toolset.tool_messages(event, results):
                await connection.send(answer)
            await connection.send({"type": "response.create"})
    raise AssertionError("the session ended early")


def test_a_session_gets_the_username(toolset: ComposioToolSet, github: FakeUpstream) -> None:
    session = Session()
    assert asyncio.run(converse(toolset, session)) == "You are octocat."
    (request,) = github.requests
    assert request.path == "/user"
    (tool,) = session.received[0]["session"]["tools"]
    assert set(tool) == {"type", "name", "description", "parameters"}, "a session's tools know no `strict`"
    (answer,) = (event["item"] for event in session.received if event["type"] == "conversation.item.create")
    assert (answer["type"], answer["call_id"]) == ("function_call_output", "call_0")


def test_calls_of_a_cancelled_response_are_not_carried_out(toolset: ComposioToolSet, github: FakeUpstream) -> None:
    assert asyncio.run(converse(toolset, Session("cancelled"))) == "Nothing."
    assert github.requests == []


def test_one_item_of_a_session_can_be_handled_as_it_comes(toolset: ComposioToolSet) -> None:
    item = {"type": "function_call", "call_id": "call_7", "name": ACTION, "arguments": "{}"}
    event = {"type": "response.output_item.done", "item": item}
    toolset.get_tools(actions=[ACTION])
    results = toolset.handle_tool_calls(event)
    assert [(result["successful"], result.call_id) for result in results] == [(True, "call_7")]
    (answer,) = toolset.tool_messages(event, results)
    assert (answer["type"], answer["item"]["call_id"]) == ("conversation.item.create", "call_7")


@pytest.mark.parametrize("api", ["chat", "responses", "realtime"])
def test_v0_7s_name_gives_the_tools_from_any_toolset(home: Path, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_of_nobody")
    with ComposioToolSet(api=api, home=home) as toolset, ComposioToolSet(api="realtime", home=home) as own:
        tools = toolset.get_realtime_tools(actions=[ACTION])
        assert tools == own.get_tools(actions=[ACTION]) == asyncio.run(toolset.aget_realtime_tools([ACTION]))
        assert set(tools.offers) == {ACTION}
