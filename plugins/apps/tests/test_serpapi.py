"""SerpApi's own actions: which engine each asks, and with what."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio_apps.serpapi import actions

ENGINES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "search": ("google", {"q": "x", "num": 5, "start": 10}, {"num": 5, "start": 10}),
    "news_search": ("google_news", {"q": "x", "gl": "de"}, {"gl": "de"}),
    "image_search": ("google_images", {"q": "x", "ijn": 1}, {"page": 1}),
    "scholar_search": ("google_scholar", {"q": "x", "as_ylo": 2020}, {"year_from": 2020}),
    "shopping_search": ("google_shopping", {"q": "x"}, {}),
    "google_maps_search": ("google_maps", {"type": "search", "q": "x", "ll": "@1,2,14z"}, {"ll": "@1,2,14z"}),
    "event_search": ("google_events", {"q": "x", "hl": "en"}, {"hl": "en"}),
    "finance_search": ("google_finance", {"q": "x", "window": "1Y"}, {"window": "1Y"}),
    "trends_search": ("google_trends", {"q": "x", "data_type": "TIMESERIES", "geo": "US"}, {"geo": "US"}),
    "duck_duck_go_search": ("duckduckgo", {"q": "x", "kl": "us-en"}, {"kl": "us-en"}),
}


def test_every_action_is_looked_at_here() -> None:
    assert sorted(ENGINES) == sorted(actions.__all__)


@pytest.mark.parametrize("name", ENGINES)
def test_an_action_asks_its_engine_for_what_was_given_only(name: str) -> None:
    asked: list[tuple[str, Any]] = []

    async def api(endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        asked.append((endpoint, query))
        return {"organic_results": []}

    engine, query, arguments = ENGINES[name]
    assert asyncio.run(getattr(actions, name)(api, "x", **arguments)) == {"organic_results": []}
    assert asked == [("/search.json", {"engine": engine, **query})]
