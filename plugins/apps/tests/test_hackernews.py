"""Hacker News through the toolset, against a transport that answers as the two APIs do."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend


class Answers:
    """Answers every request with an empty page and keeps its URL."""

    def __init__(self) -> None:
        self.urls: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(request.url)
        return httpx.Response(200, json=[8863] if request.url.path.startswith("/v0/") else {"hits": []})


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("HACKERNEWS_GET_USER", {"username": "pg"}, "https://hn.algolia.com/api/v1/users/pg"),
        ("HACKERNEWS_GET_ITEM_WITH_ID", {"item_id": 8863}, "https://hn.algolia.com/api/v1/items/8863"),
        ("HACKERNEWS_SEARCH_POSTS", {"query": "a b"}, "https://hn.algolia.com/api/v1/search?query=a%20b"),
        ("HACKERNEWS_LIST_TOP_STORIES", {}, "https://hacker-news.firebaseio.com/v0/topstories.json"),
        (
            "HACKERNEWS_GET_FRONTPAGE",
            {"min_points": 50},
            "https://hn.algolia.com/api/v1/search?tags=front_page&numericFilters=points%3E%3D50&page=0&hitsPerPage=30",
        ),
    ],
)
def test_a_name_of_v07_asks_the_right_url(home: Path, name: str, params: dict[str, object], expected: str) -> None:
    answers = Answers()
    toolset = ComposioToolSet(backend=EmbeddedBackend(home=home, transport=httpx.MockTransport(answers)))
    with toolset:
        result = toolset.execute_action(name, params)
    assert result["successful"], result
    (url,) = answers.urls
    assert url.copy_with(query=None) == httpx.URL(expected).copy_with(query=None)
    assert set(httpx.URL(expected).params.items()) <= set(url.params.items())


def test_todays_posts_are_those_since_midnight(home: Path) -> None:
    answers = Answers()
    with ComposioToolSet(backend=EmbeddedBackend(home=home, transport=httpx.MockTransport(answers))) as toolset:
        assert toolset.execute_action("HACKERNEWS_GET_TODAYS_POSTS", {"min_points": 5})["successful"]
    (url,) = answers.urls
    since, points = url.params["numericFilters"].split(",")
    assert 0 <= time.time() - int(since.removeprefix("created_at_i>=")) <= 86_400 + 60
    assert points == "points>=5"
