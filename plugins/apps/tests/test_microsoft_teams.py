"""Microsoft Teams' own actions: messages by team and channel names, chats and meetings, against Graph's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TEAM = "11111111-2222-4333-8444-555555555555"
TEAMS = {
    "value": [{"id": TEAM, "displayName": "Marketing"}, {"id": "t2", "displayName": "Two"}, {"id": "t3", "displayName": "two"}]
}
CHANNELS = {"value": [{"id": "19:a@thread.tacv2", "displayName": "General"}]}


def test_a_message_goes_to_the_channel_that_is_named(described: Callable[[str], Any]) -> None:
    api = described("microsoft_teams")
    api.upstream.reply("MICROSOFT_TEAMS_LIST_JOINED_TEAMS", json=TEAMS)
    api.upstream.reply("MICROSOFT_TEAMS_LIST_CHANNELS", json=CHANNELS)
    arguments = {"team_id": "marketing", "channel_id": "#general", "content": "**Hi** <you>", "content_type": "markdown"}
    api.run("MICROSOFT_TEAMS_TEAMS_POST_CHANNEL_MESSAGE", **arguments)
    sent = api.upstream.requests[-1]
    assert sent.path == f"/v1.0/teams/{TEAM}/channels/19:a@thread.tacv2/messages"
    assert sent.body["body"]["content"] == "<p><strong>Hi</strong> &lt;you&gt;</p>"
    arguments |= {"team_id": TEAM, "channel_id": "19:a@thread.tacv2", "content_type": "text"}
    before = len(api.upstream.requests)
    api.run("MICROSOFT_TEAMS_TEAMS_POST_MESSAGE_REPLY", message_id="1/2", **arguments)
    assert len(api.upstream.requests) == before + 1
    assert api.upstream.requests[-1].raw.target.endswith("/messages/1%2F2/replies")
    assert api.upstream.requests[-1].body["body"] == {
        "@odata.type": "#microsoft.graph.itemBody",
        "contentType": "text",
        "content": "**Hi** <you>",
    }


def test_an_unknown_name_sends_nothing_and_names_those_that_there_are(described: Callable[[str], Any]) -> None:
    api = described("microsoft_teams")
    api.upstream.reply("MICROSOFT_TEAMS_LIST_JOINED_TEAMS", json=TEAMS)
    api.upstream.reply("MICROSOFT_TEAMS_LIST_CHANNELS", json=CHANNELS)
    post = "MICROSOFT_TEAMS_TEAMS_POST_CHANNEL_MESSAGE"
    assert "The teams are: 'Marketing', 'Two'" in api.refused(post, team_id="Sales", channel_id="General", content="x")
    assert "The channels are: 'General'" in api.refused(post, team_id="Marketing", channel_id="Genral", content="x")
    assert "There are 2 teams called 'two'" in api.refused(post, team_id="two", channel_id="General", content="x")
    assert {request.method for request in api.upstream.requests} == {"GET"}


def test_chats_are_made_listed_and_written_to(described: Callable[[str], Any]) -> None:
    api = described("microsoft_teams")
    api.run("MICROSOFT_TEAMS_TEAMS_CREATE_CHAT", members=["me@example.com", "o'neil@example.com"])
    chat = api.upstream.requests[-1].body
    assert chat["chatType"] == "oneOnOne"
    assert chat["members"][1]["user@odata.bind"] == "https://graph.microsoft.com/v1.0/users('o%27neil%40example.com')"
    assert "make it a group" in api.refused(
        "MICROSOFT_TEAMS_TEAMS_CREATE_CHAT", members=["a@x.com", "b@x.com", "c@x.com"], chatType="oneOnOne"
    )
    api.run("MICROSOFT_TEAMS_TEAMS_POST_CHAT_MESSAGE", chat_id="19:b@unq.gbl.spaces", content="Hi")
    api.run("MICROSOFT_TEAMS_TEAMS_LIST_CHAT_MESSAGES", chat_id="19:b@unq.gbl.spaces")
    api.run("MICROSOFT_TEAMS_CHATS_GET_ALL_MESSAGES", chat_id="19:b@unq.gbl.spaces")
    api.run("MICROSOFT_TEAMS_CHATS_GET_ALL_CHATS")


def test_channels_meetings_and_people(described: Callable[[str], Any]) -> None:
    api = described("microsoft_teams")
    api.run("MICROSOFT_TEAMS_TEAMS_CREATE_CHANNEL", team_id=TEAM, name="News")
    api.run("MICROSOFT_TEAMS_TEAMS_LIST_CHANNELS", team_id=TEAM)
    api.run("MICROSOFT_TEAMS_TEAMS_GET_MESSAGE", team_id=TEAM, channel_id="19:a@x", message_id="1")
    api.run(
        "MICROSOFT_TEAMS_CREATE_MEETING",
        subject="Standup",
        start_date_time="2026-12-01T09:00:00",
        end_date_time="2026-12-01T09:15:00Z",
    )
    assert api.upstream.requests[-1].body["startDateTime"] == "2026-12-01T09:00:00+00:00"
    api.run("MICROSOFT_TEAMS_TEAMS_LIST_PEOPLE", name="O'N")
    assert api.upstream.requests[-1].query["$filter"][0].startswith("startswith(displayName,'O''N') or ")
