"""Microsoft Teams messages, channels, chats and meetings with plain fields: v0.7's names and arguments.

Source of the calls: https://learn.microsoft.com/graph/api/resources/teams-api-overview. v0.7's arguments are from memory where the
published SDK does not say; teams and channels may be given by name as well.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field

from composio import action
from composio_apps._execute import Execute
from composio_apps._graph import given, odata_string, of_type, segment
from composio_apps._markdown import to_html
from composio_apps._times import utc_time

__all__ = [
    "chats_get_all_chats",
    "chats_get_all_messages",
    "create_meeting",
    "teams_create_channel",
    "teams_create_chat",
    "teams_get_message",
    "teams_list_channels",
    "teams_list_chat_messages",
    "teams_list_people",
    "teams_post_channel_message",
    "teams_post_chat_message",
    "teams_post_message_reply",
]

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Team = Annotated[str, Field(description="The team's name or id", min_length=1, examples=["Marketing"])]
Channel = Annotated[str, Field(description="The channel's name or id", min_length=1, examples=["General"])]
ChatId = Annotated[str, Field(description="The chat's id, as chats_get_all_chats returns it", min_length=1)]
MessageId = Annotated[str, Field(description="The message's id", min_length=1)]
Content = Annotated[str, Field(description="The text", min_length=1, max_length=28_000)]
ContentType = Annotated[
    Literal["text", "html", "markdown"], Field(description="What `content` is: text as it is, HTML, or Markdown")
]
Top = Annotated[int, Field(description="How many to answer at once", ge=1, le=50)]


def _message(content: str, content_type: str, subject: str | None = None) -> dict[str, Any]:
    is_markdown = content_type == "markdown"
    text = to_html(content) if is_markdown else content
    body = of_type("itemBody", contentType="text" if content_type == "text" else "html", content=text)
    return of_type("chatMessage", subject=subject, body=body)


async def _team(execute: Execute, team: str) -> str:
    """Return a team's id by its name. Raises ``ValueError`` naming the user's teams."""
    if _ID.fullmatch(team):
        return team
    return _find_by_name(team, (await execute("/me/joinedTeams")).get("value") or [], "team")


async def _channel(execute: Execute, team_id: str, channel: str) -> str:
    """Return a channel's id by its name. Raises ``ValueError`` naming the team's channels."""
    if channel.startswith("19:"):
        return channel
    found = await execute(f"/teams/{segment(team_id)}/channels")
    return _find_by_name(channel, found.get("value") or [], "channel")


def _find_by_name(name: str, listed: list[dict[str, Any]], kind: str) -> str:
    wanted = name.strip().removeprefix("#").casefold()
    found = [one for one in listed if str(one.get("displayName", "")).casefold() == wanted]
    if len(found) == 1:
        return str(found[0]["id"])
    if found:
        raise ValueError(
            f"There are {len(found)} {kind}s called {name!r:.80}; give an id: {', '.join(str(one['id']) for one in found)}"
        )
    names = ", ".join(repr(str(one.get("displayName"))) for one in listed[:50]) or "none"
    raise ValueError(f"There is no {kind} {name!r:.80} that one is in. The {kind}s are: {names}")


async def _messages_path(execute: Execute, team: str, channel: str) -> str:
    team_id = await _team(execute, team)
    return f"/teams/{segment(team_id)}/channels/{segment(await _channel(execute, team_id, channel))}/messages"


@action(toolname="microsoft_teams", tags=["important"])
async def teams_post_channel_message(
    execute_request: Execute,
    team_id: Team,
    channel_id: Channel,
    content: Content,
    content_type: ContentType = "text",
    subject: Annotated[str | None, Field(description="A headline above the message")] = None,
) -> dict[str, Any]:
    """Send a message to a channel. Returns it with its id and address."""
    path = await _messages_path(execute_request, team_id, channel_id)
    return await execute_request(path, method="POST", body=_message(content, content_type, subject))


@action(toolname="microsoft_teams", tags=["important"])
async def teams_post_message_reply(
    execute_request: Execute,
    team_id: Team,
    channel_id: Channel,
    message_id: MessageId,
    content: Content,
    content_type: ContentType = "text",
) -> dict[str, Any]:
    """Answer a channel's message, in its thread. Returns the answer."""
    path = await _messages_path(execute_request, team_id, channel_id)
    path = f"{path}/{segment(message_id)}/replies"
    return await execute_request(path, method="POST", body=_message(content, content_type))


@action(toolname="microsoft_teams", tags=["important"])
async def teams_post_chat_message(
    execute_request: Execute, chat_id: ChatId, content: Content, content_type: ContentType = "text"
) -> dict[str, Any]:
    """Send a message to a chat. Returns it."""
    path = f"/chats/{segment(chat_id)}/messages"
    return await execute_request(path, method="POST", body=_message(content, content_type))


@action(toolname="microsoft_teams", tags=["important"])
async def teams_list_chat_messages(execute_request: Execute, chat_id: ChatId, top: Top = 20) -> dict[str, Any]:
    """List a chat's messages, newest first. Returns them in `value`."""
    return await execute_request(f"/chats/{segment(chat_id)}/messages", query={"$top": top})


@action(toolname="microsoft_teams", tags=["important"])
async def chats_get_all_messages(execute_request: Execute, chat_id: ChatId, top: Top = 20) -> dict[str, Any]:
    """List a chat's messages, newest first, under another name that v0.7 had for it."""
    return await teams_list_chat_messages(execute_request, chat_id=chat_id, top=top)


@action(toolname="microsoft_teams", tags=["important"])
async def chats_get_all_chats(execute_request: Execute, top: Top = 20) -> dict[str, Any]:
    """List the chats that one is in. Returns them in `value`, each with its members."""
    return await execute_request("/me/chats", query={"$top": top, "$expand": "members"})


@action(toolname="microsoft_teams", tags=["important"])
async def teams_get_message(
    execute_request: Execute, team_id: Team, channel_id: Channel, message_id: MessageId
) -> dict[str, Any]:
    """Read a channel's message."""
    path = await _messages_path(execute_request, team_id, channel_id)
    return await execute_request(f"{path}/{segment(message_id)}")


@action(toolname="microsoft_teams", tags=["important"])
async def teams_list_channels(execute_request: Execute, team_id: Team) -> dict[str, Any]:
    """List a team's channels. Returns them in `value`."""
    return await execute_request(f"/teams/{segment(await _team(execute_request, team_id))}/channels")


@action(toolname="microsoft_teams", tags=["important"])
async def teams_create_channel(
    execute_request: Execute,
    team_id: Team,
    name: Annotated[str, Field(description="The channel's name", min_length=1, max_length=50)],
    description: Annotated[str | None, Field(description="What it is for")] = None,
) -> dict[str, Any]:
    """Create a channel that everybody in the team sees. Returns it with its id."""
    channel = of_type("channel", displayName=name, description=description, membershipType="standard")
    path = f"/teams/{segment(await _team(execute_request, team_id))}/channels"
    return await execute_request(path, method="POST", body=channel)


@action(toolname="microsoft_teams", tags=["important"])
async def teams_create_chat(
    execute_request: Execute,
    members: Annotated[
        list[str],
        Field(
            description="Ids or sign-in addresses of all who are in it, one's own too",
            min_length=2,
            examples=[["me@x.com", "ada@x.com"]],
        ),
    ],
    topic: Annotated[str | None, Field(description="A group's title")] = None,
    chatType: Annotated[  # noqa: N803 - v0.7 called it so
        Literal["oneOnOne", "group"] | None, Field(description="Of two people oneOnOne, of more a group, if left out")
    ] = None,
) -> dict[str, Any]:
    """Create a chat, or find the one that two people have. Returns it with its id."""
    kind = chatType or ("oneOnOne" if len(members) == 2 and not topic else "group")
    if kind == "oneOnOne" and (len(members) != 2 or topic):
        raise ValueError("A oneOnOne chat has two members and no topic; make it a group.")
    users = [
        {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "roles": ["owner"],
            "user@odata.bind": f"https://graph.microsoft.com/v1.0/users('{segment(member.strip())}')",
        }
        for member in members
    ]
    chat = of_type("chat", chatType=kind, topic=topic, members=users)
    return await execute_request("/chats", method="POST", body=chat)


@action(toolname="microsoft_teams", tags=["important"])
async def create_meeting(
    execute_request: Execute,
    subject: Annotated[str, Field(description="The meeting's title")],
    start_date_time: Annotated[str, Field(description="When it begins, ISO 8601; UTC where it says no offset")],
    end_date_time: Annotated[str, Field(description="When it ends, ISO 8601; UTC where it says no offset")],
) -> dict[str, Any]:
    """Create an online meeting, which is in nobody's calendar. Returns it with joinWebUrl."""
    start, end = utc_time(start_date_time), utc_time(end_date_time)
    meeting = of_type("onlineMeeting", subject=subject, startDateTime=start, endDateTime=end)
    return await execute_request("/me/onlineMeetings", method="POST", body=meeting)


@action(toolname="microsoft_teams", tags=["important"])
async def teams_list_people(
    execute_request: Execute,
    name: Annotated[str | None, Field(description="Only those whose name or address begins with this")] = None,
    top: Annotated[int, Field(description="How many to answer at once", ge=1, le=999)] = 20,
) -> dict[str, Any]:
    """List the organization's people. Returns them in `value` with id, displayName, mail and userPrincipalName."""
    literal = odata_string(name) if name else None
    fields = ("displayName", "mail", "userPrincipalName")
    wanted = " or ".join(f"startswith({field},{literal})" for field in fields) if literal else None
    query = given(**{"$top": top, "$filter": wanted, "$select": "id,displayName,mail,userPrincipalName,jobTitle"})
    return await execute_request("/users", query=query)
