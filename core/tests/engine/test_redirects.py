"""Redirects of whole calls: what a custom tool or ``execute_request`` sets goes to the app's own server and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.functions.registry import REGISTRY
from tests.peers.acme import KEY, OPEN, write_app

HEADERS = {
    "Authorization": "Bearer of-the-tool",
    "X-Tenant": "one-of-ours",
    "Cookie": "session=of-the-tool",
    "Accept": "text/plain",
}
Call = Callable[[ComposioToolSet[Any], str], Any]


@pytest.fixture
def seen() -> list[httpx.Request]:
    return []


@pytest.fixture
def toolset(tmp_path: Path, seen: list[httpx.Request], monkeypatch: pytest.MonkeyPatch) -> Iterator[ComposioToolSet[Any]]:
    """Its app's server sends everybody elsewhere, with whatever they asked for."""

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "api.keyed.example":
            return httpx.Response(302, headers={"location": str(request.url.copy_with(host="elsewhere.example.com"))})
        return httpx.Response(200, json={"ok": True})

    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    write_app(tmp_path, "keyed", KEY)
    write_app(tmp_path, "open", OPEN)
    backend = EmbeddedBackend(home=tmp_path, transport=httpx.MockTransport(answer))
    made: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    made.initiate_connection(app="keyed", connected_account_params={"api_key": "of-the-connection"})
    known = list(REGISTRY)
    yield made
    backend.close()
    for function in list(REGISTRY):
        if function not in known:
            REGISTRY.discard(function)


def by_request(toolset: ComposioToolSet[Any], query: str) -> Any:
    return toolset.execute_request(
        f"/things{query}", "GET", app="keyed", parameters=[{"name": k, "value": v, "in": "header"} for k, v in HEADERS.items()]
    )


def by_tool(toolset: ComposioToolSet[Any], query: str) -> Any:
    @action(toolname="keyed")
    def redirected(query: str, execute_request: Any) -> Any:
        """Ask.

        :param query: what for
        """
        return execute_request(f"/things{query}", headers=HEADERS)

    return toolset.execute_action(redirected, {"query": query})


@pytest.mark.parametrize("call", [by_request, by_tool])
def test_no_header_that_was_set_follows_to_another_origin(
    toolset: ComposioToolSet[Any], seen: list[httpx.Request], call: Call
) -> None:
    assert call(toolset, "?page=2")["successful"]
    first, followed = seen
    assert {name.lower(): first.headers[name] for name in HEADERS} == {name.lower(): value for name, value in HEADERS.items()}
    assert first.headers["x-api-key"] == "of-the-connection"
    assert str(followed.url) == "https://elsewhere.example.com/things?page=2"
    assert set(followed.headers) <= {"host", "connection", "user-agent", "accept", "accept-encoding"}
    assert followed.headers["accept"] == "text/plain"


@pytest.mark.parametrize("call", [by_request, by_tool])
@pytest.mark.parametrize("query", ["?access_token=of-the-tool-too", "?x=of-the-connection", "?next=of-the-tool"])
def test_no_credential_in_the_query_does(
    toolset: ComposioToolSet[Any], seen: list[httpx.Request], call: Call, query: str
) -> None:
    result = call(toolset, query)
    assert not result["successful"]
    assert "elsewhere.example.com with a credential in the address" in result["error"]
    assert query.partition("=")[2] not in result["error"]
    assert len(seen) == 1
