"""Slack by the names of channels: the API wants ids, which nobody knows.

Source of the calls: https://api.slack.com/methods
"""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = ["fetch_channel_messages", "find_channels", "send_message_to_channel"]

_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# The API allows 20 of these requests a minute. A workspace of 20,000 channels is searched completely.
_PAGE, _PAGES = 999, 20

Channel = Annotated[
    str,
    Field(
        description="A channel's name such as general or #general, its id, or somebody's email address for a direct message",
        min_length=1,
    ),
]


async def _channels(execute: Execute) -> AsyncIterator[dict[str, Any]]:
    """Yield public channels, and private ones visible to the token, that are not archived."""
    cursor = None
    for _ in range(_PAGES):
        query = {"types": "public_channel,private_channel", "exclude_archived": "true", "limit": _PAGE, "cursor": cursor}
        page = await execute("/conversations.list", query=query)
        for channel in page.get("channels") or []:
            yield channel
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


async def _resolve(execute: Execute, channel: str) -> str:
    """Return the id for a name, an id or an email address.

    Raises ``ValueError`` naming the nearest channels if there is none.
    """
    wanted = channel.strip()
    if _ID.fullmatch(wanted):
        return wanted
    if _EMAIL.fullmatch(wanted):
        user = (await execute("/users.lookupByEmail", query={"email": wanted}))["user"]["id"]
        opened = await execute("/conversations.open", method="POST", body={"users": user})
        return str(opened["channel"]["id"])
    name = wanted.removeprefix("#").casefold()
    seen = []
    async for one in _channels(execute):
        names = {str(one.get("name", "")).casefold(), str(one.get("name_normalized", "")).casefold()}
        if name in names:
            return str(one["id"])
        seen.append(str(one.get("name", "")))
    near = ", ".join(f"#{one}" for one in difflib.get_close_matches(name, seen, n=3)) or "none like it"
    raise ValueError(f"There is no channel #{name} that the token can see. The nearest: {near}.")


@action(toolname="slack", tags=["important"])
async def find_channels(
    execute_request: Execute,
    query: Annotated[str, Field(description="A part of the name, the topic or the purpose", min_length=1)],
    limit: Annotated[int, Field(description="How many at most", ge=1, le=200)] = 20,
) -> dict[str, Any]:
    """Find channels by a part of their name, topic or purpose. Returns id, name and more of each; names that match come first."""
    part = query.strip().removeprefix("#").casefold()
    by_name, by_text = [], []
    async for one in _channels(execute_request):
        topic, purpose = ((one.get(key) or {}).get("value", "") for key in ("topic", "purpose"))
        found = {
            "id": one["id"],
            "name": one.get("name"),
            "is_private": one.get("is_private"),
            "is_member": one.get("is_member"),
            "num_members": one.get("num_members"),
            "topic": topic,
            "purpose": purpose,
        }
        if part in str(one.get("name", "")).casefold():
            by_name.append(found)
        elif part in f"{topic}\n{purpose}".casefold():
            by_text.append(found)
    return {"channels": [*by_name, *by_text][:limit]}


@action(toolname="slack", tags=["important"])
async def send_message_to_channel(
    execute_request: Execute,
    channel: Channel,
    text: Annotated[
        str, Field(description="The text; *bold*, _italic_ and <https://example.com|links> as Slack writes them", min_length=1)
    ],
    thread_ts: Annotated[str | None, Field(description="ts of the message whose thread it answers in")] = None,
    unfurl_links: Annotated[bool | None, Field(description="Whether links show a preview")] = None,
) -> dict[str, Any]:
    """Send a message to a channel by its name, or to somebody by their email address. Returns channel, ts and the message."""
    body = {
        "channel": await _resolve(execute_request, channel),
        "text": text,
        "thread_ts": thread_ts,
        "unfurl_links": unfurl_links,
    }
    body = {name: value for name, value in body.items() if value is not None}
    return await execute_request("/chat.postMessage", method="POST", body=body)


@action(toolname="slack")
async def fetch_channel_messages(
    execute_request: Execute,
    channel: Channel,
    limit: Annotated[int, Field(description="How many at once", ge=1, le=200)] = 20,
    oldest: Annotated[str | None, Field(description="Only messages since this ts, which is seconds since 1970")] = None,
    cursor: Annotated[str | None, Field(description="next_cursor of the answer before")] = None,
) -> dict[str, Any]:
    """Read the messages of a channel by its name, newest first. Returns messages and, where there are more, the next cursor."""
    query = {"channel": await _resolve(execute_request, channel), "limit": limit, "oldest": oldest, "cursor": cursor}
    return await execute_request("/conversations.history", query=query)
