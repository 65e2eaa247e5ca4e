"""WhatsApp messages with plain fields: one operation of the Cloud API sends them all.

Source of the call: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = ["send_contacts", "send_location", "send_media", "send_message", "send_template_message"]

From = Annotated[
    str, Field(description="Id of the business phone number that sends it, as LIST_PHONE_NUMBERS answers", min_length=1)
]
To = Annotated[str, Field(description="The recipient's number with country code, such as +4915112345678", min_length=1)]
Reply = Annotated[str | None, Field(description="Id of the message that this one answers")]


async def _send(
    execute: Execute, phone_number_id: str, to: str, kind: str, content: Any, reply_to: str | None = None
) -> dict[str, Any]:
    """Send one message. Returns ``messages``, with its id, and ``contacts``."""
    body = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": kind, kind: content}
    if reply_to:
        body["context"] = {"message_id": reply_to}
    sent: dict[str, Any] = await execute(f"/{quote(phone_number_id, safe='')}/messages", method="POST", body=body)
    return sent


@action(toolname="whatsapp", tags=["important"])
async def send_message(
    execute_request: Execute,
    phone_number_id: From,
    to_number: To,
    text: Annotated[str, Field(description="The text", min_length=1, max_length=4096)],
    preview_url: Annotated[bool, Field(description="Show a preview of the first link")] = False,
    reply_to: Reply = None,
) -> dict[str, Any]:
    """Send a text to somebody who wrote within the last 24 hours. Returns the message's id."""
    content = {"body": text, "preview_url": preview_url}
    return await _send(execute_request, phone_number_id, to_number, "text", content, reply_to)


@action(toolname="whatsapp", tags=["important"])
async def send_template_message(
    execute_request: Execute,
    phone_number_id: From,
    to_number: To,
    template_name: Annotated[str, Field(description="The approved template's name", min_length=1)],
    language_code: Annotated[str, Field(description="The template's language")] = "en_US",
    components: Annotated[
        list[dict[str, Any]] | None, Field(description="Values of its placeholders: type, sub_type, index and parameters")
    ] = None,
) -> dict[str, Any]:
    """Send an approved template; only these reach people who did not write lately. Returns the message's id."""
    content: dict[str, Any] = {"name": template_name, "language": {"code": language_code}}
    if components:
        content["components"] = components
    return await _send(execute_request, phone_number_id, to_number, "template", content)


@action(toolname="whatsapp", tags=["important"])
async def send_media(
    execute_request: Execute,
    phone_number_id: From,
    to_number: To,
    media_type: Annotated[Literal["image", "video", "audio", "document", "sticker"], Field(description="What it is")],
    link: Annotated[str | None, Field(description="Public https address of the file")] = None,
    media_id: Annotated[str | None, Field(description="Id of a file that was uploaded, in place of link")] = None,
    caption: Annotated[str | None, Field(description="A text below an image, video or document", max_length=1024)] = None,
    filename: Annotated[str | None, Field(description="What a document is called")] = None,
    reply_to: Reply = None,
) -> dict[str, Any]:
    """Send an image, video, sound, document or sticker. Returns the message's id."""
    if (link is None) == (media_id is None):
        raise ValueError("Give either link or media_id.")
    if caption is not None and media_type in {"audio", "sticker"}:
        raise ValueError(f"WhatsApp shows no caption with {media_type}; send the text as a message.")
    if filename is not None and media_type != "document":
        raise ValueError("Only a document has a filename.")
    content = {"link": link, "id": media_id, "caption": caption, "filename": filename}
    content = {name: value for name, value in content.items() if value is not None}
    return await _send(execute_request, phone_number_id, to_number, media_type, content, reply_to)


@action(toolname="whatsapp")
async def send_location(
    execute_request: Execute,
    phone_number_id: From,
    to_number: To,
    latitude: Annotated[float, Field(description="Latitude in degrees", ge=-90, le=90)],
    longitude: Annotated[float, Field(description="Longitude in degrees", ge=-180, le=180)],
    name: Annotated[str | None, Field(description="What is there")] = None,
    address: Annotated[str | None, Field(description="Its address")] = None,
) -> dict[str, Any]:
    """Send a place on the map. Returns the message's id."""
    content: dict[str, Any] = {"latitude": latitude, "longitude": longitude}
    content |= {key: value for key, value in {"name": name, "address": address}.items() if value is not None}
    return await _send(execute_request, phone_number_id, to_number, "location", content)


@action(toolname="whatsapp")
async def send_contacts(
    execute_request: Execute,
    phone_number_id: From,
    to_number: To,
    contacts: Annotated[
        list[dict[str, Any]],
        Field(description="Contacts: name with formatted_name and first_name, phones, emails, org ...", min_length=1),
    ],
) -> dict[str, Any]:
    """Send contact cards. Returns the message's id."""
    for number, contact in enumerate(contacts):
        name = contact.get("name")
        if not isinstance(name, dict) or not name.get("formatted_name"):
            raise ValueError(f"contacts[{number}] needs a name with formatted_name.")
    return await _send(execute_request, phone_number_id, to_number, "contacts", contacts)
