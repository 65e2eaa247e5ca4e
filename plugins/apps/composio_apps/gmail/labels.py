"""Gmail actions on labels, threads and single messages: v0.7's names and arguments, and labels by their names.

Source of the calls: https://developers.google.com/workspace/gmail/api/reference/rest
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypedDict, Unpack
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute
from composio_apps.gmail.message import summary

User = Annotated[str, Field(description="Whose mailbox; `me` is the account of the credentials", min_length=1)]
MessageId = Annotated[str, Field(description="The message's id, as fetch_emails returns it", min_length=1)]
ThreadId = Annotated[str, Field(description="The thread's id, as fetch_emails returns it", min_length=1)]
Labels = Annotated[
    list[str] | None,
    Field(
        description="Labels by name or id; Gmail's own are INBOX, UNREAD, STARRED, IMPORTANT, SPAM, TRASH",
        examples=[["STARRED"]],
    ),
]

# Whose id is their name. Source: "Manage labels" of the Gmail API.
_OWN = frozenset(
    [
        "INBOX",
        "SPAM",
        "TRASH",
        "UNREAD",
        "STARRED",
        "IMPORTANT",
        "SENT",
        "DRAFT",
        "CHAT",
        "CATEGORY_PERSONAL",
        "CATEGORY_SOCIAL",
        "CATEGORY_PROMOTIONS",
        "CATEGORY_UPDATES",
        "CATEGORY_FORUMS",
    ]
)


def _path(user_id: str, rest: str) -> str:
    return f"/gmail/v1/users/{quote(user_id, safe='@')}/{rest}"


async def _label_ids(execute: Execute, user_id: str, given: Iterable[str]) -> list[str]:
    """Return the ids of labels given by name or id. Raises ``ValueError`` naming the existing labels."""
    wanted = [one.strip() for one in given]
    if all(one.upper() in _OWN for one in wanted):
        return [one.upper() for one in wanted]
    labels = (await execute(_path(user_id, "labels"))).get("labels") or []
    known = {str(label["id"]): str(label["id"]) for label in labels}
    known |= {str(label.get("name", "")).casefold(): str(label["id"]) for label in labels}
    found = []
    for one in wanted:
        ident = one.upper() if one.upper() in _OWN else known.get(one) or known.get(one.casefold())
        if ident is None:
            own = ", ".join(repr(str(label.get("name"))) for label in labels if label.get("type") == "user")
            raise ValueError(
                f"There is no label {one!r:.80}. The mailbox's own are: {own or 'none'}. GMAIL_CREATE_LABEL makes one."
            )
        found.append(ident)
    return found


class LabelChange(TypedDict, total=False):
    """Labels that come and go."""

    add_label_ids: Labels
    remove_label_ids: Labels


async def _modify(execute: Execute, user_id: str, rest: str, labels: LabelChange) -> dict[str, Any]:
    add, remove = labels.get("add_label_ids"), labels.get("remove_label_ids")
    if not add and not remove:
        raise ValueError("There is nothing to change; give add_label_ids, remove_label_ids or both.")
    body = {}
    if add:
        body["addLabelIds"] = await _label_ids(execute, user_id, add)
    if remove:
        body["removeLabelIds"] = await _label_ids(execute, user_id, remove)
    changed: dict[str, Any] = await execute(_path(user_id, f"{rest}/modify"), method="POST", body=body)
    return changed


@action(toolname="gmail", tags=["important"])
async def list_labels(execute_request: Execute, user_id: User = "me") -> dict[str, Any]:
    """List the labels of a mailbox, Gmail's own and the user's. Returns `labels` with id, name and type."""
    return await execute_request(_path(user_id, "labels"))


@action(toolname="gmail", tags=["important"])
async def create_label(
    execute_request: Execute,
    label_name: Annotated[str, Field(description="Its name; a/b makes b below a", min_length=1, max_length=225)],
    label_list_visibility: Annotated[
        Literal["labelShow", "labelShowIfUnread", "labelHide"], Field(description="Whether the list of labels shows it")
    ] = "labelShow",
    message_list_visibility: Annotated[
        Literal["show", "hide"], Field(description="Whether messages in a list show it")
    ] = "show",
    user_id: User = "me",
) -> dict[str, Any]:
    """Create a label. Returns its id and name."""
    body = {
        "name": label_name,
        "labelListVisibility": label_list_visibility,
        "messageListVisibility": message_list_visibility,
    }
    return await execute_request(_path(user_id, "labels"), method="POST", body=body)


@action(toolname="gmail")
async def remove_label(
    execute_request: Execute,
    label_id: Annotated[str, Field(description="The label's name or id", min_length=1)],
    user_id: User = "me",
) -> dict[str, Any]:
    """Delete a label of the user's, from all messages as well; it can't be undone. The messages stay."""
    (ident,) = await _label_ids(execute_request, user_id, [label_id])
    if ident in _OWN:
        raise ValueError(
            f"{ident} is Gmail's own label, which can't be deleted; GMAIL_ADD_LABEL_TO_EMAIL takes it from a message."
        )
    await execute_request(_path(user_id, f"labels/{quote(ident, safe='')}"), method="DELETE")
    return {"deleted": ident}


@action(toolname="gmail", tags=["important"])
async def add_label_to_email(
    execute_request: Execute, message_id: MessageId, user_id: User = "me", **labels: Unpack[LabelChange]
) -> dict[str, Any]:
    """Add labels to a message or take them away: read is without UNREAD, archived is without INBOX. Returns its labels."""
    return await _modify(execute_request, user_id, f"messages/{quote(message_id, safe='')}", labels)


@action(toolname="gmail", tags=["important"])
async def modify_thread_labels(
    execute_request: Execute, thread_id: ThreadId, user_id: User = "me", **labels: Unpack[LabelChange]
) -> dict[str, Any]:
    """Add labels to all messages of a thread or take them away: archived is without INBOX. Returns the thread."""
    return await _modify(execute_request, user_id, f"threads/{quote(thread_id, safe='')}", labels)


@action(toolname="gmail", tags=["important"])
async def fetch_message_by_message_id(
    execute_request: Execute,
    message_id: MessageId,
    format: Annotated[  # noqa: A002 - v0.7's name
        Literal["full", "metadata", "minimal"], Field(description="metadata leaves out the text, minimal the headers too")
    ] = "full",
    user_id: User = "me",
) -> dict[str, Any]:
    """Read a message: sender, subject, time, text and attachments."""
    path = _path(user_id, f"messages/{quote(message_id, safe='')}")
    return summary(await execute_request(path, query={"format": format}))


@action(toolname="gmail", tags=["important"])
async def fetch_message_by_thread_id(
    execute_request: Execute,
    thread_id: ThreadId,
    page_token: Annotated[str | None, Field(description="Taken as v0.7 did; a thread comes as a whole")] = None,  # noqa: ARG001
    user_id: User = "me",
) -> dict[str, Any]:
    """Read all messages of a thread, oldest first, each with sender, subject, time, text and attachments."""
    thread = await execute_request(_path(user_id, f"threads/{quote(thread_id, safe='')}"), query={"format": "full"})
    messages = [summary(message) for message in thread.get("messages") or ()]
    return {"threadId": thread.get("id", thread_id), "messages": messages}


@action(toolname="gmail", tags=["important"])
async def list_threads(
    execute_request: Execute,
    query: Annotated[str | None, Field(description="As in Gmail's search box, such as `from:ada is:unread`")] = None,
    max_results: Annotated[int, Field(description="Threads to return", ge=1, le=500)] = 10,
    page_token: Annotated[str | None, Field(description="`nextPageToken` of the page before")] = None,
    verbose: Annotated[bool, Field(description="Read each thread's messages too; takes a request for each")] = False,
    user_id: User = "me",
) -> dict[str, Any]:
    """List threads, newest first. Returns `threads` and, where there are more, `nextPageToken`."""
    asked = {"q": query, "maxResults": max_results, "pageToken": page_token}
    listed = {name: value for name, value in asked.items() if value is not None}
    page: dict[str, Any] = await execute_request(_path(user_id, "threads"), query=listed)
    threads = page.get("threads") or []
    if verbose:
        threads = [
            {**one, **(await fetch_message_by_thread_id(execute_request, thread_id=str(one["id"]), user_id=user_id))}
            for one in threads
        ]
    return {**page, "threads": threads}


@action(toolname="gmail", tags=["important"])
async def get_profile(execute_request: Execute, user_id: User = "me") -> dict[str, Any]:
    """Get a mailbox's address and how many messages and threads it has."""
    return await execute_request(_path(user_id, "profile"))
