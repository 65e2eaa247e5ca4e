"""Outlook mail with plain fields: v0.7's names and arguments.

Source of the calls: https://learn.microsoft.com/graph/api/resources/message. v0.7's arguments are from memory where the published
SDK does not say.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from composio import action
from composio_apps._execute import Execute, ReadFile
from composio_apps._graph import given, odata_string, of_type, search_phrase, segment
from composio_apps._times import utc_time

_LARGEST = 3_000_000  # maximum bytes of an attachment in one request; larger ones need an upload session
_SELECT = [
    "id",
    "subject",
    "from",
    "toRecipients",
    "receivedDateTime",
    "isRead",
    "hasAttachments",
    "importance",
    "bodyPreview",
    "conversationId",
    "webLink",
]


User = Annotated[str, Field(description="Whose mailbox: `me`, or a user's id or address where the token may", min_length=1)]
MessageId = Annotated[str, Field(description="The message's id, as outlook_list_messages returns it", min_length=1)]
Addresses = Annotated[list[str] | None, Field(description="Email addresses", examples=[["ada@example.com"]])]
Body = Annotated[str, Field(description="The text, plain or HTML")]
IsHtml = Annotated[bool, Field(description="True where `body` is HTML")]
Attach = Annotated[str | None, Field(description="A file to attach, up to 3 MB: a path in the upload folder, or a `data:` URL")]
Top = Annotated[int, Field(description="How many to answer at once", ge=1, le=1000)]


def mailbox(user_id: str, rest: str = "") -> str:
    """Return the path of a user's resources."""
    return f"/me{rest}" if user_id == "me" else f"/users/{segment(user_id)}{rest}"


def email_address(address: str, name: str | None = None) -> dict[str, Any]:
    """Return an address. Raises ``ValueError`` for an invalid one."""
    if "@" not in address.strip("@ "):
        raise ValueError(f"{address!r:.80} is no email address, such as ada@example.com")
    return of_type("emailAddress", address=address.strip(), name=name)


def recipients(addresses: Sequence[str] | None, name: str | None = None) -> list[dict[str, Any]] | None:
    """Return addresses as recipients; ``name`` is the first one's. Raises ``ValueError`` for an invalid address."""
    if addresses is None:
        return None
    named = zip(addresses, [name, *[None] * len(addresses)], strict=False)
    return [of_type("recipient", emailAddress=email_address(address, one)) for address, one in named]


def content(body: str | None, is_html: bool) -> dict[str, Any] | None:
    """Return a text as the body of a message or event."""
    return None if body is None else of_type("itemBody", contentType="html" if is_html else "text", content=body)


def _attachments(attachment: str | None, read_file: ReadFile | None) -> list[dict[str, Any]] | None:
    if not attachment or read_file is None:
        return None
    file = read_file("attachment", attachment)
    held = file.read()
    if len(held) > _LARGEST:
        raise ValueError(f"The attachment has {len(held):,} bytes; one request takes up to {_LARGEST:,}. Send a link instead.")
    encoded = base64.b64encode(held).decode()
    return [of_type("fileAttachment", name=file.name or "file", contentType=file.mimetype, contentBytes=encoded)]


def _message(
    subject: str,
    body: dict[str, Any] | None,
    to: list[dict[str, Any]] | None,
    cc: Sequence[str] | None,
    bcc: Sequence[str] | None,
    attachments: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    """Return a new message; ``body``, ``to`` and ``attachments`` are Graph's objects already."""
    addressed = given(toRecipients=to, ccRecipients=recipients(cc), bccRecipients=recipients(bcc))
    return of_type("message", subject=subject, body=body, attachments=attachments, **addressed)


@action(toolname="outlook", tags=["important"])
async def outlook_send_email(
    execute_request: Execute,
    to_email: Annotated[str, Field(description="Email address to send to", examples=["ada@example.com"])],
    subject: Annotated[str, Field(description="The subject line")],
    body: Body,
    to_name: Annotated[str | None, Field(description="The recipient's name")] = None,
    extra_recipients: Addresses = None,
    cc_emails: Addresses = None,
    bcc_emails: Addresses = None,
    is_html: IsHtml = False,
    save_to_sent_items: Annotated[bool, Field(description="Keep a copy among the sent ones")] = True,
    user_id: User = "me",
    attachment: Attach = None,
    read_file: ReadFile | None = None,
) -> dict[str, Any]:
    """Send an email. Returns that it was taken; Outlook gives no id."""
    to = recipients([to_email, *(extra_recipients or ())], to_name)
    message = _message(subject, content(body, is_html), to, cc_emails, bcc_emails, _attachments(attachment, read_file))
    sent = {"Message": message, "SaveToSentItems": save_to_sent_items}
    await execute_request(mailbox(user_id, "/microsoft.graph.sendMail"), method="POST", body=sent)
    return {"sent": True, "to": [to_email, *(extra_recipients or ())], "subject": subject}


@action(toolname="outlook", tags=["important"])
async def outlook_create_draft(
    execute_request: Execute,
    subject: Annotated[str, Field(description="The subject line")],
    body: Body,
    to_recipients: Annotated[list[str], Field(description="Email addresses to send to", min_length=1)],
    cc_recipients: Addresses = None,
    bcc_recipients: Addresses = None,
    is_html: IsHtml = False,
    attachment: Attach = None,
    user_id: User = "me",
    read_file: ReadFile | None = None,
) -> dict[str, Any]:
    """Create a draft, which is not sent. Returns it with its id."""
    to = recipients(to_recipients)
    message = _message(subject, content(body, is_html), to, cc_recipients, bcc_recipients, _attachments(attachment, read_file))
    return await execute_request(mailbox(user_id, "/messages"), method="POST", body=message)


def _answer(comment: str, cc: Sequence[str] | None, bcc: Sequence[str] | None) -> dict[str, Any]:
    extra = given(ccRecipients=recipients(cc), bccRecipients=recipients(bcc))
    return {"Comment": comment, **({"Message": of_type("message", **extra)} if extra else {})}


@action(toolname="outlook", tags=["important"])
async def outlook_reply_email(
    execute_request: Execute,
    message_id: MessageId,
    comment: Annotated[str, Field(description="The text of the answer", min_length=1)],
    cc_emails: Addresses = None,
    bcc_emails: Addresses = None,
    reply_all: Annotated[bool, Field(description="Answer everybody who got the message, not the sender alone")] = False,
    user_id: User = "me",
) -> dict[str, Any]:
    """Answer a message, in its conversation. Returns that it was taken."""
    how = "replyAll" if reply_all else "reply"
    path = mailbox(user_id, f"/messages/{segment(message_id)}/microsoft.graph.{how}")
    await execute_request(path, method="POST", body=_answer(comment, cc_emails, bcc_emails))
    return {"sent": True, "in_reply_to": message_id}


@action(toolname="outlook", tags=["important"])
async def outlook_create_draft_reply(
    execute_request: Execute,
    message_id: MessageId,
    comment: Annotated[str, Field(description="The text of the answer")] = "",
    cc_emails: Addresses = None,
    bcc_emails: Addresses = None,
    user_id: User = "me",
) -> dict[str, Any]:
    """Create a draft that answers a message. Returns it with its id."""
    path = mailbox(user_id, f"/messages/{segment(message_id)}/microsoft.graph.createReply")
    return await execute_request(path, method="POST", body=_answer(comment, cc_emails, bcc_emails))


@action(toolname="outlook", tags=["important"])
async def outlook_list_messages(
    execute_request: Execute,
    folder: Annotated[
        str,
        Field(
            description="inbox, drafts, sentitems, deleteditems, archive, junkemail, or a folder's id; `all` for every folder"
        ),
    ] = "inbox",
    top: Top = 10,
    skip: Annotated[int, Field(description="Leave out this many", ge=0)] = 0,
    is_read: Annotated[bool | None, Field(description="Only read ones, or only unread ones")] = None,
    from_address: Annotated[str | None, Field(description="Only from this email address")] = None,
    subject: Annotated[str | None, Field(description="Only with exactly this subject")] = None,
    subject_contains: Annotated[str | None, Field(description="Only with this in the subject")] = None,
    received_date_time_ge: Annotated[str | None, Field(description="Only since this time, ISO 8601")] = None,
    received_date_time_lt: Annotated[str | None, Field(description="Only before this time, ISO 8601")] = None,
    has_attachments: Annotated[bool | None, Field(description="Only with attachments, or only without")] = None,
    importance: Annotated[Literal["low", "normal", "high"] | None, Field(description="Only of this importance")] = None,
    select: Annotated[
        list[str] | None, Field(description="Fields of each message; `body` is left out unless asked for")
    ] = None,
    user_id: User = "me",
) -> dict[str, Any]:
    """List messages, newest first, without their bodies. Returns them in `value`."""
    since, before = utc_time(received_date_time_ge), utc_time(received_date_time_lt)
    terms = [
        *([f"receivedDateTime ge {since}"] if since else []),
        *([f"receivedDateTime lt {before}"] if before else []),
        *([f"isRead eq {str(is_read).lower()}"] if is_read is not None else []),
        *([f"from/emailAddress/address eq {odata_string(from_address)}"] if from_address else []),
        *([f"subject eq {odata_string(subject)}"] if subject else []),
        *([f"contains(subject, {odata_string(subject_contains)})"] if subject_contains else []),
        *([f"hasAttachments eq {str(has_attachments).lower()}"] if has_attachments is not None else []),
        *([f"importance eq {odata_string(importance)}"] if importance else []),
    ]
    if terms and not since and not before:
        # The sort key must be first in the filter.
        terms.insert(0, "receivedDateTime ge 1900-01-01T00:00:00Z")
    query = given(
        **{
            "$top": top,
            "$skip": skip or None,
            "$filter": " and ".join(terms) or None,
            "$orderby": "receivedDateTime desc",
            "$select": ",".join(select or _SELECT),
        }
    )
    rest = "/messages" if folder == "all" else f"/mailFolders/{segment(folder)}/messages"
    return await execute_request(mailbox(user_id, rest), query=query)


def _words(text: str) -> str:
    """Return words for one property of the search language, without special characters."""
    return " ".join(re.sub(r'[()"\\\\:]', " ", text).split())


@action(toolname="outlook", tags=["important"])
async def outlook_search_messages(
    execute_request: Execute,
    query: Annotated[str, Field(description="Words of the message")] = "",
    subject: Annotated[str | None, Field(description="Words of the subject")] = None,
    fromEmail: Annotated[str | None, Field(description="Whom it is from")] = None,  # noqa: N803 - v0.7 called it so
    hasAttachments: Annotated[bool | None, Field(description="Only with attachments, or only without")] = None,  # noqa: N803 - as above
    size: Annotated[int, Field(description="How many to answer", ge=1, le=250)] = 10,
    user_id: User = "me",
) -> dict[str, Any]:
    """Search all folders, best first, without the messages' bodies. Returns them in `value`."""
    parts = [
        *(one for one in [" ".join(query.split())] if one),
        *([f"subject:({_words(subject)})"] if subject else []),
        *([f"from:({_words(fromEmail)})"] if fromEmail else []),
        *([f"hasAttachments:{str(hasAttachments).lower()}"] if hasAttachments is not None else []),
    ]
    if not parts:
        raise ValueError("There is nothing to search for; give query, subject, fromEmail or hasAttachments.")
    asked = {"$search": search_phrase(" AND ".join(parts)), "$top": size, "$select": ",".join(_SELECT)}
    return await execute_request(mailbox(user_id, "/messages"), query=asked)


@action(toolname="outlook", tags=["important"])
async def outlook_get_message(execute_request: Execute, message_id: MessageId, user_id: User = "me") -> dict[str, Any]:
    """Read a message with its body as text."""
    headers = {"Prefer": 'outlook.body-content-type="text"'}
    path = mailbox(user_id, f"/messages/{segment(message_id)}")
    return await execute_request(path, headers=headers)


@action(toolname="outlook", tags=["important"])
async def outlook_update_email(
    execute_request: Execute,
    message_id: MessageId,
    is_read: Annotated[bool | None, Field(description="Mark it as read or unread")] = None,
    importance: Annotated[Literal["low", "normal", "high"] | None, Field(description="How important it is")] = None,
    categories: Annotated[list[str] | None, Field(description="Its categories, in place of those that it has")] = None,
    subject: Annotated[str | None, Field(description="A draft's subject")] = None,
    body: Annotated[str | None, Field(description="A draft's text")] = None,
    is_html: IsHtml = False,
    to_recipients: Addresses = None,
    user_id: User = "me",
) -> dict[str, Any]:
    """Change a message: read or not, importance, categories; of a draft also subject, text and recipients. Returns it."""
    changes = given(
        isRead=is_read,
        importance=importance,
        categories=categories,
        subject=subject,
        body=content(body, is_html),
        toRecipients=recipients(to_recipients),
    )
    if not changes:
        raise ValueError("There is nothing to change; give is_read, importance, categories, subject, body or to_recipients.")
    path = mailbox(user_id, f"/messages/{segment(message_id)}")
    return await execute_request(path, method="PATCH", body=of_type("message", **changes))
