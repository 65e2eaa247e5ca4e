"""The short way of calls gives the answers that the routes give, and takes nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.wire import shortcut
from tests.peers.acme import Provider

EXECUTE = "/api/v3.1/tools/execute/KEYED_GET_ME"
OWN = "/api/v3.1/calls"
_VARIES = re.compile(r"(log|req)_[a-z0-9]{16}|[0-9a-f]{32}")
ADA = {"user_id": "ada", "arguments": {}}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each request that was answered, whether it went the short way."""
    taken: list[bool] = []
    find, read = shortcut._find, shortcut._read

    def found(*given: Any) -> Any:
        taken.append(False)
        return find(*given)

    def was_read(*given: Any) -> Any:
        call = read(*given)
        taken[-1] = call is not None
        return call

    monkeypatch.setattr(shortcut, "_find", found)
    monkeypatch.setattr(shortcut, "_read", was_read)
    return taken


@pytest.fixture
def account(api: Callable[..., Any]) -> str:
    """Ada's, of the app that takes a key."""
    config = api("POST", "/auth_configs", {"toolkit": {"slug": "keyed"}})["auth_config"]["id"]
    state = {"authScheme": "API_KEY", "val": {"api_key": "k-secret-1"}}
    body = {"auth_config": {"id": config}, "connection": {"user_id": "ada", "state": state}}
    return str(api("POST", "/connected_accounts", body)["id"])


def shown(answer: httpx.Response) -> tuple[Any, ...]:
    """What a client sees, without what differs each time."""
    length = int(answer.headers["content-length"]) == len(answer.content)
    headers = {name: _VARIES.sub("", value) for name, value in answer.headers.items() if name not in {"date", "content-length"}}
    return answer.status_code, length, headers, _VARIES.sub("", answer.text.replace("?long=way", ""))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (EXECUTE, ADA),
        (EXECUTE.replace("v3.1", "v3"), ADA),
        (EXECUTE.replace("KEYED_GET_ME", "keyed_get_me"), ADA),
        (EXECUTE, {**ADA, "arguments": None, "unknown": 1}),
        (EXECUTE, {**ADA, "arguments": {"nonsense": 1}}),
        (EXECUTE, {"user_id": "eve"}),
        (EXECUTE, {"user_id": "eve", "connected_account_id": "conn_none"}),
        (EXECUTE.replace("GET_ME", "GET_MEE"), ADA),
        (EXECUTE.replace("GET_ME", "LIST_THINGS"), {"user_id": "ada"}),
        (OWN, {"action": "KEYED_GET_ME", "arguments": {}, "who": {"entity_id": "ada"}}),
        (OWN, {"action": "KEYED_GET_ME", "arguments": {"nonsense": 1}, "who": {"entity_id": "ada"}}),
        (OWN, {"action": "KEYED_GET_ME", "who": {"entity_id": "eve"}}),
        (OWN, {"action": "NO_SUCH"}),
    ],
)
def test_both_ways_answer_alike(
    client: httpx.Client, account: str, provider: Provider, short: list[bool], path: str, body: Any
) -> None:
    client.post(path, json=body)  # the server has read the key
    answers = [client.post(path, json=body), client.post(f"{path}?long=way", json=body)]
    assert short[-2:] == [True, False]
    assert shown(answers[0]) == shown(answers[1])
    assert len({one.request.headers["x-api-key"] for one in answers}) == 1


@pytest.mark.parametrize(
    ("path", "content", "headers"),
    [
        (EXECUTE, b"", {}),
        (EXECUTE, b"{", {}),
        (EXECUTE, b"[]", {}),
        (EXECUTE, b'{"user_id": 1}', {}),
        (EXECUTE, b"\xff", {}),
        (EXECUTE, b'{"arguments": ' + b"[" * 5000 + b"]" * 5000 + b"}", {}),
        (EXECUTE, b'{"text": "who am I"}', {}),
        (EXECUTE, b'{"user_id": "ada"}', {"content-type": "application/json; charset=utf-8"}),
        (EXECUTE, b'{"user_id": "ada"}', {"content-type": "text/plain"}),
        (EXECUTE, b'{"user_id": "ada"}', {"x-api-key": "ck_wrong"}),
        (EXECUTE, b'{"user_id": "ada"}', {"x-api-key": ""}),
        (EXECUTE, b'{"user_id": "ada"}', {"origin": "https://evil.example"}),
        (EXECUTE, b'{"user_id": "ada", "arguments": {"a": "' + b"x" * 300_000 + b'"}}', {}),
        (EXECUTE.replace("KEYED_GET_ME", "proxy"), b'{"endpoint": "/me", "method": "GET", "user_id": "ada"}', {}),
        (EXECUTE + "/input", b'{"text": "who am I"}', {}),
        (OWN, b'{"action": 1}', {}),
        (OWN, b'{"action": "KEYED_GET_ME", "more": 1}', {}),
        (OWN, b"[1]", {}),
        (OWN + "/with_files", b"{}", {}),
    ],
)
def test_what_is_not_plain_goes_the_long_way(
    client: httpx.Client,
    account: str,
    provider: Provider,
    short: list[bool],
    path: str,
    content: bytes,
    headers: dict[str, str],
) -> None:
    client.post(EXECUTE, json=ADA)
    given = {"content-type": "application/json", **headers}
    answers = [client.post(one, content=content, headers=given) for one in (path, f"{path}?long=way")]
    assert short[-2:] == [False, False]
    assert shown(answers[0]) == shown(answers[1])


def test_a_body_that_comes_in_parts_is_one(client: httpx.Client, account: str, short: list[bool]) -> None:
    client.post(EXECUTE, json=ADA)
    content = b'{"user_id": "ada", "arguments": {}}'
    headers = {"content-type": "application/json", "content-length": str(len(content))}
    answer = client.post(EXECUTE, content=iter((content[:9], content[9:])), headers=headers)
    assert short[-1]
    assert answer.json()["successful"]


def test_a_key_that_ends_or_may_not_do_it_is_refused(
    client: httpx.Client, account: str, services: Services, project: Project, short: list[bool]
) -> None:
    key, secret = services.keys.create(project.id, "short", [Scope.EXECUTE])
    reading = services.keys.create(project.id, "reading", [Scope.READ])[1]
    headers = [{"x-api-key": one.reveal()} for one in (secret, reading)]
    assert [client.post(EXECUTE, json=ADA, headers=headers[0]).status_code for _ in range(2)] == [200, 200]
    assert short[-1]
    assert [client.post(EXECUTE, json=ADA, headers=headers[1]).status_code for _ in range(2)] == [403, 403]
    services.keys.revoke(project.id, key.id)
    assert client.post(EXECUTE, json=ADA, headers=headers[0]).status_code == 401
    assert not short[-1]


def test_the_same_request_id_gives_the_same_answer(
    client: httpx.Client, account: str, provider: Provider, short: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "api", lambda _request: (200, {"visit": len(provider.seen)}))
    client.post(EXECUTE, json=ADA)
    provider.seen.clear()
    for name in ("x-request-id", "idempotency-key"):
        answers = [
            client.post(one, json=ADA, headers={name: f"same-{name}"}) for one in (EXECUTE, f"{EXECUTE}?long=way", EXECUTE)
        ]
        assert short[-3:] == [True, False, True]
        assert len({one.text for one in answers}) == 1
    assert len([one for one in provider.seen if one.url.path == "/me"]) == 2


def test_the_short_way_is_counted_and_logged_as_the_route(client: httpx.Client, account: str, short: list[bool]) -> None:
    client.post(EXECUTE, json=ADA)
    counted = 'composio_http_requests_total{method="POST",route="/api/v3.1/tools/execute/{tool_slug}",status="200"}'

    def count() -> float:
        lines = client.get("/metrics").text.splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(counted))

    before = count()
    client.post(EXECUTE, json=ADA)
    assert short[-1]
    assert count() == before + 1
