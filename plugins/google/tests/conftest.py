"""A client of google-genai that talks to the scripted model, and leaves no connection open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from google import genai
from google.genai import types

from composio.testing import ScriptedModel


@contextmanager
def _client(model: ScriptedModel) -> Iterator[genai.Client]:
    client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=model.url))
    try:
        yield client
    finally:
        # Its own close() came later than the lowest version.
        _http(client, "_httpx_client").close()


@asynccontextmanager
async def _aclient(model: ScriptedModel) -> AsyncIterator[genai.Client]:
    with _client(model) as client:
        try:
            yield client
        finally:
            await _http(client, "_async_httpx_client").aclose()


def _http(client: genai.Client, name: str) -> Any:
    return getattr(client._api_client, name)


@pytest.fixture
def make_client() -> Any:
    return _client


@pytest.fixture
def make_aclient() -> Any:
    return _aclient
