"""A server whose apps are Acme's, and what sends requests to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.peers.acme_server import acme, app, compiled_home, home, listening, provider, public_url, services, settings, url

__all__ = ["acme", "app", "compiled_home", "home", "listening", "provider", "public_url", "services", "settings", "url"]


@pytest.fixture(params=["/api/v3", "/api/v3.1"])
def base(request: pytest.FixtureRequest) -> str:
    """Where the protocol is: both answer alike."""
    return str(request.param)


@pytest.fixture
def client(url: str, key: str) -> Iterator[httpx.Client]:
    """An HTTP client with the admin's key, and patience for a machine that has other things to do."""
    with httpx.Client(base_url=url, headers={"x-api-key": key}, trust_env=False, timeout=60) as made:
        yield made


@pytest.fixture
def api(client: httpx.Client) -> Callable[..., Any]:
    """Sends a request to v3.1 and gives the JSON of its answer, whose status must be a success unless ``status`` says which."""

    def send(method: str, path: str, body: Any = None, *, status: int | None = None, **query: Any) -> Any:
        answer = client.request(method, f"/api/v3.1{path}", json=body, params=query)
        expected = answer.status_code < 300 if status is None else answer.status_code == status
        assert expected, (answer.status_code, answer.text)
        return answer.json()

    return send
