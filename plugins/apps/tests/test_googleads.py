"""Google Ads' own actions: the queries that they send."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio_apps.googleads.actions import get_campaign_by_id, get_customer_lists


class Api:
    """Stands in for the injected ``execute_request``: answers with rows and records the requests."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows
        self.asked: list[tuple[str, Any, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, headers: Any = None) -> Any:
        assert method == "POST"
        self.asked.append((endpoint, body["query"], headers))
        return {"results": self.rows}


def test_a_campaign_is_found_by_its_id_through_the_manager() -> None:
    api = Api([{"campaign": {"id": "7"}}])
    assert asyncio.run(get_campaign_by_id(api, "123-456-7890", 7, login_customer_id="111-222-3333")) == {
        "campaign": {"id": "7"}
    }
    ((endpoint, query, headers),) = api.asked
    assert endpoint == "/v23/customers/1234567890/googleAds:search"
    assert query.endswith("WHERE campaign.id = 7")
    assert headers == {"login-customer-id": "1112223333"}


def test_a_campaign_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ValueError, match="Account 1234567890 has no campaign 7"):
        asyncio.run(get_campaign_by_id(Api([]), "1234567890", 7))


def test_customer_lists_are_those_of_uploads() -> None:
    api = Api([{"userList": {"id": "1"}}])
    assert asyncio.run(get_customer_lists(api, "1234567890")) == {"customer_lists": [{"userList": {"id": "1"}}]}
    assert "user_list.type = 'CRM_BASED'" in api.asked[0][1]
    assert api.asked[0][2] == {}
