"""No credential of a call reaches the log of httpx or httpcore, and a user's own requests are logged as they were."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from composio import ComposioToolSet
from composio.testing.contract_api import APP, openapi
from composio.testing.exchange import Response
from composio.testing.loopback import Loopback

SECRET = "key-that-nobody-may-read"


@pytest.fixture
def toolset(tmp_path: Path) -> ComposioToolSet:
    import json

    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(openapi()))
    toolset = ComposioToolSet(home=tmp_path / "home")
    toolset.backend.catalog.add(APP, str(spec))  # type: ignore[attr-defined]  # the embedded backend's
    return toolset


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_key_in_the_query_stays_out_of_the_log(
    toolset: ComposioToolSet, caplog: pytest.LogCaptureFixture, asynchronous: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    with Loopback(lambda _request: Response.of_json({"ok": True})).start() as server, toolset:
        auth = {"parameters": [{"name": "api_key", "value": SECRET, "in_": "query"}], "base_url": server.url}

        async def call() -> bool:
            result = await toolset.aexecute_action("CONTRACT_GET_STATUS", auth=auth)
            await toolset.aclose()
            return bool(result["successful"])

        done = asyncio.run(call()) if asynchronous else toolset.execute_action("CONTRACT_GET_STATUS", auth=auth)["successful"]
    assert done
    assert "HTTP Request: GET" in caplog.text
    assert "/***" in caplog.text
    assert SECRET not in caplog.text


def test_what_an_answers_headers_hold_stays_out_of_the_log(toolset: ComposioToolSet, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    headers = {"set-cookie": f"session={SECRET}", "x-echo": SECRET}
    answer = Response.of_json({"ok": True})
    with Loopback(lambda _request: replace(answer, headers={**answer.headers, **headers})).start() as server, toolset:
        toolset.execute_action("CONTRACT_GET_STATUS", auth={"parameters": [], "base_url": server.url})
        assert "receive_response_headers.complete return_value=***" in caplog.text
        assert SECRET not in caplog.text
        httpx.get(f"{server.url}/mine", trust_env=False)
    assert SECRET in caplog.text


def test_a_users_own_requests_are_logged_as_ever(toolset: ComposioToolSet, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Loopback(lambda _request: Response.of_json({"ok": True})).start() as server, toolset:
        toolset.execute_action("CONTRACT_GET_STATUS", auth={"parameters": [], "base_url": server.url})
        httpx.get(f"{server.url}/mine?page=2", trust_env=False)
    assert "/mine?page=2" in caplog.text
