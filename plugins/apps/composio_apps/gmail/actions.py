"""Gmail actions that the API has no single call with plain fields for.

Source of the calls: https://developers.google.com/workspace/gmail/api/reference/rest
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict, Unpack
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute, ReadFile
from composio_apps.gmail.labels import (
    add_label_to_email,
    create_label,
    fetch_message_by_message_id,
    fetch_message_by_thread_id,
    get_profile,
    list_labels,
    list_threads,
    modify_thread_labels,
    remove_label,
)
from composio_apps.gmail.message import compose, summary

__all__ = [
    "add_label_to_email",
    "create_email_draft",
    "create_label",
    "fetch_emails",
    "fetch_message_by_message_id",
    "fetch_message_by_thread_id",
    "get_profile",
    "list_labels",
    "list_threads",
    "modify_thread_labels",
    "remove_label",
    "reply_to_thread",
    "send_email",
]

# Concurrent requests while messages are read: Gmail allows a user about 50 such reads a second.
_PARALLEL = 10

Recipient = Annotated[str, Field(description="Email address to send to", examples=["ada@example.com"])]
Addresses = Annotated[list[str] | None, Field(description="Further email addresses")]
Body = Annotated[str, Field(description="The text of the mail, plain or HTML")]
IsHtml = Annotated[bool, Field(description="True where `body` is HTML")]
Attach = Annotated[str | None, Field(description="A file to attach: a path in the upload folder, or a `data:` URL")]
User = Annotated[str, Field(description="Whose mailbox; `me` is the account of the credentials")]


def _users(user_id: str, rest: str) -> str:
    return f"/gmail/v1/users/{quote(user_id, safe='@')}/{rest}"


class Letter(TypedDict, total=False):
    """What a mail has besides its first recipient, subject and text."""

    extra_recipients: Addresses
    cc: Addresses
    bcc: Addresses
    is_html: IsHtml
    attachment: Attach


def _raw(
    recipient: str,
    subject: str,
    body: str,
    letter: Letter,
    read_file: ReadFile | None,
    headers: Mapping[str, str] | None = None,
) -> str:
    """A message as Gmail takes it. ``headers`` are those of the message that it answers, by lower-case name."""
    attachment = letter.get("attachment")
    answered = headers or {}
    return compose(
        [recipient, *(letter.get("extra_recipients") or ())],
        subject,
        body,
        cc=letter.get("cc") or (),
        bcc=letter.get("bcc") or (),
        is_html=letter.get("is_html", False),
        reply_to=answered.get("message-id", ""),
        references=answered.get("references", ""),
        attachment=read_file("attachment", attachment) if attachment and read_file is not None else None,
    )


@action(toolname="gmail", tags=["important"])
async def send_email(
    execute_request: Execute,
    recipient_email: Recipient,
    body: Body,
    subject: Annotated[str, Field(description="The subject line")] = "",
    user_id: User = "me",
    read_file: ReadFile | None = None,
    **letter: Unpack[Letter],
) -> dict[str, Any]:
    """Send an email. Returns its id, threadId and labels."""
    raw = _raw(recipient_email, subject, body, letter, read_file)
    return await execute_request(_users(user_id, "messages/send"), method="POST", body={"raw": raw})


@action(toolname="gmail", tags=["important"])
async def create_email_draft(
    execute_request: Execute,
    recipient_email: Recipient,
    subject: Annotated[str, Field(description="The subject line")],
    body: Body,
    thread_id: Annotated[str | None, Field(description="The thread that the draft belongs to")] = None,
    user_id: User = "me",
    read_file: ReadFile | None = None,
    **letter: Unpack[Letter],
) -> dict[str, Any]:
    """Create a draft, which is not sent. Returns its id and message."""
    message = {"raw": _raw(recipient_email, subject, body, letter, read_file)}
    if thread_id:
        message["threadId"] = thread_id
    return await execute_request(_users(user_id, "drafts"), method="POST", body={"message": message})


@action(toolname="gmail", tags=["important"])
async def reply_to_thread(
    execute_request: Execute,
    thread_id: Annotated[str, Field(description="The thread to answer, as fetch_emails returns it")],
    recipient_email: Recipient,
    message_body: Annotated[str, Field(description="The text of the answer, plain or HTML")],
    user_id: User = "me",
    read_file: ReadFile | None = None,
    **letter: Unpack[Letter],
) -> dict[str, Any]:
    """Answer the last message of a thread, in that thread and under its subject. Returns the new message's id."""
    wanted = ["Subject", "Message-ID", "References"]
    query = {"format": "metadata", "metadataHeaders": wanted}
    thread = await execute_request(_users(user_id, f"threads/{quote(thread_id, safe='')}"), query=query)
    messages = thread.get("messages") or [{}]
    listed = (messages[-1].get("payload") or {}).get("headers", [])
    # Header values may come folded over lines.
    headers = {str(h["name"]).lower(): " ".join(str(h["value"]).split()) for h in listed}
    subject = headers.get("subject", "")
    subject = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    raw = _raw(recipient_email, subject, message_body, letter, read_file, headers)
    message = {"raw": raw, "threadId": thread_id}
    return await execute_request(_users(user_id, "messages/send"), method="POST", body=message)


@action(toolname="gmail", tags=["important"])
async def fetch_emails(
    execute_request: Execute,
    query: Annotated[str | None, Field(description="As in Gmail's search box, such as `from:ada is:unread`")] = None,
    max_results: Annotated[int, Field(description="Messages to return", ge=1, le=100)] = 10,
    label_ids: Annotated[list[str] | None, Field(description="Only messages with all of these labels, such as INBOX")] = None,
    include_spam_trash: Annotated[bool, Field(description="Also look in spam and trash")] = False,
    page_token: Annotated[str | None, Field(description="`nextPageToken` of the page before")] = None,
    user_id: User = "me",
    ids_only: Annotated[bool, Field(description="Return ids alone, with one request")] = False,
    verbose: Annotated[bool, Field(description="False leaves out text and attachments")] = True,
    include_payload: Annotated[bool, Field(description="Add the message as the API has it, as `payload`")] = False,
) -> dict[str, Any]:
    """Fetch emails, newest first, each with sender, subject, time, text and attachments."""
    listing = {
        "q": query,
        "maxResults": max_results,
        "labelIds": label_ids,
        "includeSpamTrash": include_spam_trash or None,
        "pageToken": page_token,
    }
    page = await execute_request(_users(user_id, "messages"), query=listing)
    gate = asyncio.Semaphore(_PARALLEL)

    async def one(identity: str) -> dict[str, Any]:
        async with gate:
            path = _users(user_id, f"messages/{quote(identity, safe='')}")
            message = await execute_request(path, query={"format": "full" if verbose or include_payload else "metadata"})
        return {**summary(message), **({"payload": message.get("payload") or {}} if include_payload else {})}

    listed = page.get("messages") or []
    if ids_only:
        messages = [{"messageId": found["id"], "threadId": found.get("threadId")} for found in listed]
    else:
        messages = await asyncio.gather(*(one(found["id"]) for found in listed))
    return {
        "messages": messages,
        "nextPageToken": page.get("nextPageToken"),
        "resultSizeEstimate": page.get("resultSizeEstimate"),
    }
