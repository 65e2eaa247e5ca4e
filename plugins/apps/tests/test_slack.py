"""Slack's own actions: what a channel's name means, over the fake of its description."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio_apps.slack.actions import fetch_channel_messages, find_channels, send_message_to_channel

PAGES = {
    None: [
        {"id": "C0000001", "name": "general", "topic": {"value": "All of us"}},
        {"id": "C0000002", "name": "été", "name_normalized": "ete"},
    ],
    "p2": [{"id": "C0000003", "name": "general-help", "purpose": {"value": "Ask here"}}],
}


class Api:
    """Stands in for the injected ``execute_request``: a workspace of three channels, in two pages."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        self.asked.append((endpoint, body or query))
        match endpoint:
            case "/conversations.list":
                more = "p2" if query["cursor"] is None else ""
                return {"channels": PAGES[query["cursor"]], "response_metadata": {"next_cursor": more}}
            case "/users.lookupByEmail":
                return {"user": {"id": "U1"}}
            case "/conversations.open":
                return {"channel": {"id": "D0000009"}}
        return {"ok": True}


@pytest.mark.parametrize(
    ("channel", "identity", "calls"),
    [
        ("general", "C0000001", 1),
        ("#General ", "C0000001", 1),
        ("ete", "C0000002", 1),
        ("general-help", "C0000003", 2),
        ("C0000001", "C0000001", 0),
        ("ada@example.com", "D0000009", 2),
    ],
)
def test_a_message_goes_to_the_channel_that_is_meant(channel: str, identity: str, calls: int) -> None:
    api = Api()
    asyncio.run(send_message_to_channel(api, channel, "Hello", thread_ts="1.2"))
    assert api.asked[-1] == ("/chat.postMessage", {"channel": identity, "text": "Hello", "thread_ts": "1.2"})
    assert len(api.asked) == calls + 1


def test_an_unknown_name_sends_nothing_and_names_the_nearest() -> None:
    api = Api()
    with pytest.raises(ValueError, match=r"no channel #generl that the token can see\. The nearest: #general"):
        asyncio.run(send_message_to_channel(api, "#generl", "Hello"))
    assert {endpoint for endpoint, _ in api.asked} == {"/conversations.list"}


def test_channels_are_found_by_name_first_and_then_by_what_they_are_for() -> None:
    found = asyncio.run(find_channels(Api(), "help"))["channels"]
    assert [one["id"] for one in found] == ["C0000003"]
    found = asyncio.run(find_channels(Api(), "A"))["channels"]
    assert [one["name"] for one in found] == ["general", "general-help"]
    assert [one["id"] for one in asyncio.run(find_channels(Api(), "ask here"))["channels"]] == ["C0000003"]
    assert len(asyncio.run(find_channels(Api(), "e", limit=1))["channels"]) == 1


def test_a_channel_is_read_by_its_name() -> None:
    api = Api()
    asyncio.run(fetch_channel_messages(api, "general", limit=5, cursor="c"))
    assert api.asked[-1] == ("/conversations.history", {"channel": "C0000001", "limit": 5, "oldest": None, "cursor": "c"})
