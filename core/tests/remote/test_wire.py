"""What a server that is away, another one, older, newer, busy or rude makes of a request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.errors import ActionNotFound, ComposioError, InvalidRequest, KeyRefused, ServerUnavailable
from composio.model.secret import Secret
from composio.remote.address import ServerAddress
from composio.remote.backend import RemoteBackend
from composio.remote.problems import write_error
from composio.testing import FakeTransport

KEY = "ck_hush-hush"
OURS = {"x-composio-protocol": "1", "x-composio-version": "0.8.0"}
Answer = tuple[int, dict[str, str], Any]


class Server:
    """Answers in turn with what it was given, the last one for ever. ``requests`` are those that came."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers, self.requests = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        status, headers, body = found
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, headers=headers, content=content)


def said(status: int, message: str, error: ComposioError | None = None, **headers: str) -> Answer:
    body: dict[str, Any] = {"error": {"message": message}}
    if error is not None:
        body["error"]["exception"] = write_error(error)
    return status, OURS | {name.replace("_", "-"): value for name, value in headers.items()}, body


GOOD: Answer = (200, OURS, {"successful": True, "data": 1})
APPS: Answer = (200, OURS, {"apps": [{"key": "acme", "name": "Acme"}]})
Make = Callable[..., "ComposioToolSet[Any]"]


@pytest.fixture
def toolset(tmp_path: Path) -> Make:
    def make(server: Server) -> ComposioToolSet[Any]:
        address = ServerAddress("https://tools.example/team", Secret(KEY), "COMPOSIO_BASE_URL")
        return ComposioToolSet(backend=RemoteBackend(address, home=tmp_path, transport=FakeTransport(server)))

    return make


def execute(toolset: ComposioToolSet[Any]) -> Any:
    return toolset.execute_action("ACME_ME", {})


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        ((200, {}, {"hello": "world"}), ServerUnavailable, r"not a Composio server of this kind.*COMPOSIO_BASE_URL"),
        ((404, {}, b"<html>"), ServerUnavailable, r"status 404.*not a Composio server"),
        ((200, {**OURS, "x-composio-protocol": "2"}, {}), ServerUnavailable, r"too old for it: pip install -U"),
        ((200, {**OURS, "x-composio-protocol": "0"}, {}), ServerUnavailable, r"runs version 0.8.0.*update the server"),
        ((200, OURS, b"{"), ServerUnavailable, r"not JSON"),
        (said(404, "Not Found"), ServerUnavailable, r"older than this version"),
        (said(405, "Method Not Allowed"), ServerUnavailable, r"older than this version"),
        (said(401, "This API key was revoked."), KeyRefused, r"tools.example/team: This API key was revoked"),
        (said(403, "This key may read."), KeyRefused, r"This key may read"),
        (said(400, "who: unknown field"), InvalidRequest, r"unknown field"),
        (said(500, "The server failed", x_request_id="req_1"), ServerUnavailable, r"status 500, request req_1"),
        (said(404, "x", ActionNotFound("X", ["ACME_ME"])), ActionNotFound, r"Did you mean ACME_ME"),
        ((307, {"location": "https://evil.example/x?k=1"}, b""), ServerUnavailable, r"redirects to 'https://evil.example/x'"),
    ],
)
def test_each_wrong_answer_is_one_clear_error(toolset: Make, answer: Answer, kind: type[Exception], message: str) -> None:
    server = Server(answer)
    with pytest.raises(kind, match=message) as caught:
        execute(toolset(server))
    assert KEY not in str(caught.value)
    assert {request.url.host for request in server.requests} == {"tools.example"}
    assert len(server.requests) == 1


def test_a_server_that_is_away_is_said_to_be_and_asked_again_first(toolset: Make) -> None:
    away = Server(httpx.ConnectError("refused"))
    with pytest.raises(ServerUnavailable, match=r"https://tools.example/team can't be reached") as caught:
        execute(toolset(away))
    assert caught.value.sent is False
    assert len(away.requests) == 2
    with pytest.raises(ServerUnavailable, match=r"TLS certificate is not valid"):
        execute(toolset(Server(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))))
    slow = Server(httpx.ReadTimeout("slow"))
    with pytest.raises(ServerUnavailable, match=r"does not answer within"):
        execute(toolset(slow))
    assert len(slow.requests) == 1


def test_a_broken_off_call_is_sent_once_more_under_the_same_id(toolset: Make) -> None:
    server = Server(httpx.RemoteProtocolError("gone"), GOOD)
    assert execute(toolset(server))["data"] == 1
    first, second = (request.headers["x-request-id"] for request in server.requests)
    assert first == second
    broken = Server(httpx.ReadError("reset"))
    with pytest.raises(ServerUnavailable, match="closed the connection") as caught:
        execute(toolset(broken))
    assert caught.value.sent
    assert len(broken.requests) == 2


def test_two_calls_have_two_ids(toolset: Make) -> None:
    server = Server(GOOD)
    made = toolset(server)
    execute(made)
    execute(made)
    assert len({request.headers["x-request-id"] for request in server.requests}) == 2


def test_what_changes_something_is_not_sent_twice_without_an_id(toolset: Make) -> None:
    server = Server(httpx.ReadError("reset"))
    with pytest.raises(ServerUnavailable):
        toolset(server).delete_connection("ca_1")
    assert len(server.requests) == 1


def test_what_only_reads_is_asked_three_times(toolset: Make) -> None:
    server = Server(httpx.ReadError("reset"), (502, {}, b"a proxy's"), APPS)
    assert [app.key for app in toolset(server).client.apps.get()] == ["acme"]
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_waited_for_as_long_as_it_says(toolset: Make, status: int) -> None:
    server = Server(said(status, "busy", retry_after="0"), GOOD)
    assert execute(toolset(server))["successful"]
    assert len(server.requests) == 2
    patient = Server(said(status, "busy for an hour", retry_after="3600"))
    with pytest.raises(ServerUnavailable, match="busy for an hour"):
        execute(toolset(patient))
    assert len(patient.requests) == 1


def test_a_models_call_gets_a_result_whatever_the_server_does(toolset: Make) -> None:
    definition = {"slug": "ACME_ME", "app": "acme", "parameters": {"type": "object"}, "binding": {"method": "GET", "path": "/"}}
    server = Server((200, OURS, {"actions": [definition]}), said(500, "The server failed"))
    made = toolset(server)
    made.get_tools(actions=["ACME_ME"], check_connected_accounts=False)
    (result,) = made.handle_tool_calls([{"name": "ACME_ME", "arguments": {}}])
    assert not result["successful"]
    assert "The server failed" in result["error"]


@pytest.mark.anyio
async def test_asynchronous_callers_get_the_same(toolset: Make) -> None:
    server = Server(httpx.RemoteProtocolError("gone"), said(503, "busy", retry_after="0"), GOOD)
    made = toolset(server)
    assert (await made.aexecute_action("ACME_ME", {}))["successful"]
    assert len({request.headers["x-request-id"] for request in server.requests}) == 1
    with pytest.raises(KeyRefused):
        await toolset(Server(said(401, "no"))).aexecute_action("ACME_ME", {})


def test_the_key_shows_nowhere(toolset: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    server = Server(GOOD)
    made = toolset(server)
    execute(made)
    (request,) = server.requests
    assert request.headers["x-api-key"] == KEY
    assert str(request.url) == "https://tools.example/team/api/v3.1/calls"
    backend: Any = made.backend
    shown = [repr(backend), repr(backend.wire), repr(vars(backend.wire)), repr(request), caplog.text]
    assert KEY not in "".join(shown)


def test_cookies_of_a_server_are_not_kept(toolset: Make) -> None:
    server = Server((200, {**OURS, "set-cookie": "a=b"}, {"successful": True}))
    made = toolset(server)
    execute(made)
    execute(made)
    assert "cookie" not in server.requests[1].headers


def test_an_answer_of_another_shape_is_an_error_of_the_servers(toolset: Make) -> None:
    bodies: list[Any] = [[], {"successful": "yes"}, {"apps": 5}, None]
    for body in bodies:
        with pytest.raises(ServerUnavailable, match="can't be read"):
            execute(toolset(Server((200, OURS, body))))
        with pytest.raises(ServerUnavailable, match="can't be read"):
            toolset(Server((200, OURS, body))).client.apps.get()
