"""Gmail's actions on labels and threads, against the API's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LABELS = {"labels": [{"id": "INBOX", "name": "INBOX", "type": "system"}, {"id": "Label_7", "name": "Work/Ada", "type": "user"}]}
MESSAGE = {
    "id": "m1",
    "threadId": "t1",
    "payload": {"mimeType": "text/plain", "headers": [{"name": "Subject", "value": "Hi"}], "body": {"data": "SGk"}},
}


def test_labels_are_given_by_name_or_id(described: Callable[[str], Any]) -> None:
    api = described("gmail")
    api.upstream.reply("GMAIL_USERS_LABELS_LIST", json=LABELS)
    api.run("GMAIL_ADD_LABEL_TO_EMAIL", message_id="m/1", add_label_ids=["work/ada", "starred"], remove_label_ids=["UNREAD"])
    modify = api.upstream.requests[-1]
    assert modify.path == "/gmail/v1/users/me/messages/m/1/modify"
    assert "m%2F1" in modify.raw.target
    assert modify.body == {"addLabelIds": ["Label_7", "STARRED"], "removeLabelIds": ["UNREAD"]}
    api.run("GMAIL_MODIFY_THREAD_LABELS", thread_id="t1", add_label_ids=["Label_7"], user_id="me")
    assert api.upstream.requests[-1].slug == "GMAIL_USERS_THREADS_MODIFY"


def test_labels_of_gmail_itself_need_no_list(described: Callable[[str], Any]) -> None:
    api = described("gmail")
    api.run("GMAIL_MODIFY_THREAD_LABELS", thread_id="t1", remove_label_ids=["inbox"])
    (request,) = api.upstream.requests
    assert request.body == {"removeLabelIds": ["INBOX"]}


def test_an_unknown_label_changes_nothing_and_names_those_that_there_are(described: Callable[[str], Any]) -> None:
    api = described("gmail")
    api.upstream.reply("GMAIL_USERS_LABELS_LIST", json=LABELS)
    assert "The mailbox's own are: 'Work/Ada'" in api.refused(
        "GMAIL_ADD_LABEL_TO_EMAIL", message_id="m1", add_label_ids=["Wrk"]
    )
    assert [request.method for request in api.upstream.requests] == ["GET"]
    assert "nothing to change" in api.refused("GMAIL_ADD_LABEL_TO_EMAIL", message_id="m1")
    assert "Gmail's own label" in api.refused("GMAIL_REMOVE_LABEL", label_id="INBOX")


def test_labels_are_listed_made_and_deleted(described: Callable[[str], Any]) -> None:
    api = described("gmail")
    api.upstream.reply("GMAIL_USERS_LABELS_LIST", json=LABELS)
    assert api.run("GMAIL_LIST_LABELS", user_id="me") == LABELS
    api.run("GMAIL_CREATE_LABEL", label_name="Work/Bob")
    assert api.upstream.requests[-1].body["name"] == "Work/Bob"
    assert api.run("GMAIL_REMOVE_LABEL", label_id="Work/Ada", user_id="me") == {"deleted": "Label_7"}
    assert api.upstream.requests[-1].method == "DELETE"


def test_messages_and_threads_are_read_as_text(described: Callable[[str], Any]) -> None:
    api = described("gmail")
    api.upstream.reply("GMAIL_USERS_MESSAGES_GET", json=MESSAGE)
    api.upstream.reply("GMAIL_USERS_THREADS_GET", json={"id": "t1", "messages": [MESSAGE, MESSAGE]})
    api.upstream.reply("GMAIL_USERS_THREADS_LIST", json={"threads": [{"id": "t1", "snippet": "Hi"}]})
    message = api.run("GMAIL_FETCH_MESSAGE_BY_MESSAGE_ID", message_id="m1", user_id="me", format="full")
    assert (message["subject"], message["messageText"]) == ("Hi", "Hi")
    thread = api.run("GMAIL_FETCH_MESSAGE_BY_THREAD_ID", thread_id="t1", page_token="")
    assert [one["messageText"] for one in thread["messages"]] == ["Hi", "Hi"]
    listed = api.run("GMAIL_LIST_THREADS", query="from:ada", max_results=3, verbose=True)
    assert listed["threads"][0]["messages"][1]["subject"] == "Hi"
    assert api.run("GMAIL_GET_PROFILE", user_id="me")


def test_people_are_looked_up_where_their_api_is(described: Callable[[str], Any]) -> None:
    """v0.7 had contacts as a part of Gmail, with its own names for their arguments."""
    api = described("gmail")
    api.run("GMAIL_GET_CONTACTS")
    api.run("GMAIL_GET_CONTACTS", resource_name="people/me", person_fields="birthdays", page_token="next")
    api.run("GMAIL_SEARCH_PEOPLE", query="ada")
    api.run("GMAIL_GET_PEOPLE", resource_name="people/c1")
    usual = "names,emailAddresses,phoneNumbers"
    assert {request.headers["host"] for request in api.upstream.requests} == {"people.googleapis.com"}
    assert [(request.path, request.query) for request in api.upstream.requests] == [
        ("/v1/people/me/connections", {"personFields": [usual]}),
        ("/v1/people/me/connections", {"personFields": ["birthdays"], "pageToken": ["next"]}),
        ("/v1/people:searchContacts", {"query": ["ada"], "readMask": [usual]}),
        ("/v1/people/c1", {"personFields": [usual]}),
    ]
