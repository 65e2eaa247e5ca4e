"""Gmail's own actions: the mail that goes out, and what is read of those that come in."""

from __future__ import annotations

import asyncio
import base64
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from composio_apps.gmail.actions import create_email_draft, fetch_emails, reply_to_thread, send_email
from composio_apps.gmail.message import compose, summary
from tests.peers.answering import AnsweringApi

OTHERWISE = {"id": "m1", "threadId": "t1"}


def read(raw: str) -> EmailMessage:
    message = message_from_bytes(base64.urlsafe_b64decode(raw), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_an_email_is_sent_as_mime() -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    sent = asyncio.run(send_email(api, "ada@example.com", "Schöne Grüße ✓", "Grüße", cc=["b@example.com", "c@example.com"]))
    assert sent == {"id": "m1", "threadId": "t1"}
    ((method, endpoint, body, _),) = api.asked
    assert (method, endpoint) == ("POST", "/gmail/v1/users/me/messages/send")
    message = read(body["raw"])
    assert (message["To"], message["Cc"], message["Subject"]) == ("ada@example.com", "b@example.com, c@example.com", "Grüße")
    assert message["Bcc"] is None
    assert message.get_content().strip() == "Schöne Grüße ✓"
    assert message.get_content_type() == "text/plain"


@pytest.mark.parametrize("function", [send_email, create_email_draft, reply_to_thread])
def test_further_recipients_stand_beside_the_first_as_in_v0_7(function: Any) -> None:
    api = AnsweringApi({"/gmail/v1/users/me/threads/t1": {"messages": []}})
    given = {"recipient_email": "ada@example.com", "extra_recipients": ["b@example.com"], "body": "x"}
    if function is create_email_draft:
        given["subject"] = "S"
    if function is reply_to_thread:
        given |= {"thread_id": "t1", "message_body": given.pop("body")}
    asyncio.run(function(api, **given))
    body = api.asked[-1][2]
    assert read(body.get("message", body)["raw"])["To"] == "ada@example.com, b@example.com"


def test_a_mail_needs_no_subject() -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    asyncio.run(send_email(api, recipient_email="ada@example.com", body="x"))
    assert read(api.asked[0][2]["raw"])["Subject"] is None


def test_html_is_marked_as_such() -> None:
    message = read(compose(["a@example.com"], "s", "<b>x</b>", is_html=True))
    assert message.get_content_type() == "text/html"


@pytest.mark.parametrize("subject", ["x\nBcc: evil@example.com", "x\r\nBcc: evil@example.com"])
def test_a_line_break_smuggles_in_no_header(subject: str) -> None:
    with pytest.raises(ValueError, match="Subject may not hold a line break"):
        compose(["a@example.com"], subject, "b")
    with pytest.raises(ValueError, match="To may not hold a line break"):
        compose([f"a@example.com{subject}"], "s", "b")


def test_a_draft_stays_in_its_thread() -> None:
    api = AnsweringApi(otherwise=OTHERWISE)
    asyncio.run(create_email_draft(api, "a@example.com", "s", "b", thread_id="t9"))
    ((_, endpoint, body, _),) = api.asked
    assert endpoint == "/gmail/v1/users/me/drafts"
    assert body["message"]["threadId"] == "t9"


def test_an_answer_refers_to_the_last_message_of_its_thread() -> None:
    headers = [
        {"name": "Subject", "value": "Plan"},
        {"name": "Message-Id", "value": "<2@x>"},
        {"name": "References", "value": "<0@x>\r\n <1@x>"},
    ]
    api = AnsweringApi({"/gmail/v1/users/me/threads/t%2F1": {"messages": [{}, {"payload": {"headers": headers}}]}})
    asyncio.run(reply_to_thread(api, "t/1", "a@example.com", "Yes"))
    body = api.asked[1][2]
    message = read(body["raw"])
    assert body["threadId"] == "t/1"
    assert message["Subject"] == "Re: Plan"
    assert message["In-Reply-To"] == "<2@x>"
    assert message["References"] == "<0@x> <1@x> <2@x>"


def test_emails_come_with_sender_subject_time_and_text_in_their_order() -> None:
    found = {"messages": [{"id": "b"}, {"id": "a"}], "nextPageToken": "n", "resultSizeEstimate": 2}
    full = {"id": "b", "threadId": "t", "internalDate": "1700000000000", "snippet": "Hi &amp; bye", "labelIds": ["INBOX"]}
    parts = [
        {"mimeType": "multipart/alternative", "parts": [{"mimeType": "text/plain", "body": {"data": encoded("Hi")}}]},
        {"mimeType": "application/pdf", "filename": "a.pdf", "body": {"attachmentId": "x"}},
    ]
    payload = {"headers": [{"name": "From", "value": "Ada <a@x>"}, {"name": "subject", "value": "S"}], "parts": parts}
    api = AnsweringApi(
        {
            "/gmail/v1/users/me/messages": found,
            "/gmail/v1/users/me/messages/b": {**full, "payload": payload},
            "/gmail/v1/users/me/messages/a": {"id": "a"},
        }
    )
    page = asyncio.run(fetch_emails(api, query="is:unread", max_results=2, label_ids=["INBOX"]))
    first, second = page["messages"]
    assert (first["messageId"], first["sender"], first["subject"], first["messageText"]) == ("b", "Ada <a@x>", "S", "Hi")
    assert first["messageTimestamp"] == "2023-11-14T22:13:20Z"
    assert first["preview"] == {"subject": "S", "body": "Hi & bye"}
    assert first["attachmentList"] == [{"filename": "a.pdf", "mimeType": "application/pdf", "attachmentId": "x"}]
    assert (second["messageId"], second["messageText"], second["messageTimestamp"]) == ("a", "", None)
    assert page["nextPageToken"] == "n"
    assert api.asked[0][3] == {
        "q": "is:unread",
        "maxResults": 2,
        "labelIds": ["INBOX"],
        "includeSpamTrash": None,
        "pageToken": None,
    }


def test_emails_come_as_short_or_as_whole_as_asked_for() -> None:
    path = "/gmail/v1/users/me/messages"
    payload = {"headers": [{"name": "Subject", "value": "S"}]}
    api = AnsweringApi({path: {"messages": [{"id": "a", "threadId": "t"}]}, f"{path}/a": {"id": "a", "payload": payload}})
    assert asyncio.run(fetch_emails(api, ids_only=True))["messages"] == [{"messageId": "a", "threadId": "t"}]
    assert len(api.asked) == 1
    (short,) = asyncio.run(fetch_emails(api, verbose=False))["messages"]
    assert (short["subject"], api.asked[-1][3], "payload" in short) == ("S", {"format": "metadata"}, False)
    (whole,) = asyncio.run(fetch_emails(api, include_payload=True))["messages"]
    assert (whole["payload"], api.asked[-1][3]) == (payload, {"format": "full"})


def test_no_emails_are_an_empty_list() -> None:
    api = AnsweringApi({"/gmail/v1/users/me/messages": {"resultSizeEstimate": 0}})
    assert asyncio.run(fetch_emails(api))["messages"] == []


def test_html_is_read_as_text_where_there_is_no_other() -> None:
    body = {"data": encoded("<style>p{}</style><p>Hello &lt;you&gt;</p>")}
    assert summary({"payload": {"mimeType": "text/html", "body": body}})["messageText"] == "Hello <you>"


@pytest.mark.parametrize("data", ["not base64 at all!", encoded("x")[:1], None])
def test_a_broken_body_is_no_text(data: str | None) -> None:
    assert summary({"payload": {"mimeType": "text/plain", "body": {"data": data}}})["messageText"] == ""


def test_a_mail_of_mails_a_thousand_deep_is_read() -> None:
    payload: dict[str, Any] = {"mimeType": "text/plain", "body": {"data": encoded("deep")}}
    for _ in range(5000):
        payload = {"mimeType": "message/rfc822", "parts": [payload]}
    assert summary({"payload": payload})["messageText"] == "deep"


class File:
    name, mimetype = "notes.pdf", "application/pdf"

    def read(self) -> bytes:
        return b"%PDF"


def test_a_file_is_attached() -> None:
    api, asked = AnsweringApi(otherwise=OTHERWISE), []

    def read_file(argument: str, value: str) -> File:
        asked.append((argument, value))
        return File()

    asyncio.run(send_email(api, "a@example.com", "s", "b", attachment="notes.pdf", read_file=read_file))
    (attached,) = read(api.asked[0][2]["raw"]).iter_attachments()
    assert asked == [("attachment", "notes.pdf")]
    assert (attached.get_filename(), attached.get_content_type(), attached.get_content()) == (
        "notes.pdf",
        "application/pdf",
        b"%PDF",
    )
