"""Notion's own actions: a page below whatever the id is of."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio.errors import UpstreamError
from composio_apps.notion.actions import create_notion_page

SOURCE = {"id": "ds1", "properties": {"Tags": {"type": "multi_select"}, "Name": {"type": "title"}}}


class Api:
    """Stands in for the injected ``execute_request``: knows some paths, and says 404 for others."""

    def __init__(self, known: dict[str, Any], status: int = 404) -> None:
        self.known, self.status, self.made = known, status, []  # type: tuple[dict[str, Any], int, list[Any]]

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None) -> Any:
        if method == "POST":
            self.made.append((endpoint, body))
            return {"object": "page", "id": "new"}
        if endpoint not in self.known:
            raise UpstreamError("not there", status=self.status)
        return self.known[endpoint]


@pytest.mark.parametrize("status", [404, 400])
@pytest.mark.parametrize(
    ("known", "parent", "title"),
    [
        ({"/v1/pages/x1": {"id": "x1"}}, {"type": "page_id", "page_id": "x1"}, "title"),
        ({"/v1/data_sources/x1": SOURCE}, {"type": "data_source_id", "data_source_id": "x1"}, "Name"),
        (
            {"/v1/databases/x1": {"data_sources": [{"id": "ds1"}]}, "/v1/data_sources/ds1": SOURCE},
            {"type": "data_source_id", "data_source_id": "ds1"},
            "Name",
        ),
    ],
)
def test_a_page_goes_below_whatever_the_id_is_of(known: dict[str, Any], parent: Any, title: str, status: int) -> None:
    api = Api(known, status)
    made = asyncio.run(create_notion_page(api, "x1", "Notes", icon="🎉", cover="https://example.com/c.png"))
    assert made["id"] == "new"
    ((endpoint, body),) = api.made
    assert endpoint == "/v1/pages"
    assert body["parent"] == parent
    assert body["properties"] == {title: {"title": [{"text": {"content": "Notes"}}]}}
    assert body["icon"]["emoji"] == "🎉"
    assert body["cover"]["external"]["url"] == "https://example.com/c.png"


def test_an_id_of_nothing_is_said() -> None:
    with pytest.raises(ValueError, match="share it with the integration"):
        asyncio.run(create_notion_page(Api({}), "x1", "Notes"))


def test_a_refusal_is_not_taken_for_another_kind() -> None:
    with pytest.raises(UpstreamError):
        asyncio.run(create_notion_page(Api({}, 401), "x1", "Notes"))
