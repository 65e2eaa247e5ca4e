"""monday.com's own actions: parts of a board."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio_apps.monday.actions import get_group_details, list_board_items, list_columns


class Api:
    """Stands in for the injected ``execute_request``: answers with boards and records the requests."""

    def __init__(self, boards: list[dict[str, Any]]) -> None:
        self.boards = boards
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        assert (endpoint, method, query) == ("https://api.monday.com/v2", "POST", None)
        self.bodies.append(body)
        return {"data": {"boards": self.boards}}


def test_items_come_with_the_cursor_of_the_next_page() -> None:
    api = Api([{"id": "7", "items_page": {"cursor": "next", "items": [{"id": "1"}]}}])
    assert asyncio.run(list_board_items(api, 7, limit=1, cursor="c")) == {"items": [{"id": "1"}], "cursor": "next"}
    assert api.bodies[0]["variables"] == {"board": ["7"], "limit": 1, "cursor": "c"}


def test_columns_and_groups_are_those_of_the_board() -> None:
    api = Api([{"id": "7", "columns": [{"id": "status"}], "groups": [{"id": "topics"}]}])
    assert asyncio.run(list_columns(api, 7)) == {"columns": [{"id": "status"}]}
    assert asyncio.run(get_group_details(api, 7, "topics")) == {"groups": [{"id": "topics"}]}
    assert api.bodies[1]["variables"] == {"board": ["7"], "groups": ["topics"]}


def test_an_unknown_board_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"no board 7 that you can see\. List boards"):
        asyncio.run(list_columns(Api([]), 7))
