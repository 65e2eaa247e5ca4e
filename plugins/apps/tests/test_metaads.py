"""Meta Ads' own actions: pausing and resuming a campaign."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio_apps.metaads.actions import pause_campaign, resume_campaign


@pytest.mark.parametrize(("function", "status"), [(pause_campaign, "PAUSED"), (resume_campaign, "ACTIVE")])
def test_a_campaign_s_state_is_changed_and_nothing_else(function: Any, status: str) -> None:
    asked: list[Any] = []

    async def api(endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        asked.append((method, endpoint, body))
        return {"success": True}

    assert asyncio.run(function(api, "12/../34")) == {"success": True}
    assert asked == [("POST", "/12%2F..%2F34", {"status": status})]
