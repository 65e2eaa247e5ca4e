"""Convert mail between Gmail's form and MIME text. Pure.

Source: RFC 5322 and RFC 2045; https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from html import unescape
from typing import Any

from composio_apps._execute import File

__all__ = ["compose", "summary"]

_TAGS = re.compile(r"<(style|script)\b.*?</\1\s*>|<[^>]+>", re.DOTALL | re.IGNORECASE)
_PREVIEW = 200


def compose(
    recipients: Sequence[str],
    subject: str,
    body: str,
    *,
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    is_html: bool = False,
    reply_to: str = "",
    references: str = "",
    attachment: File | None = None,
) -> str:
    """Return a message as the API's ``raw``: base64url of its MIME text. ``reply_to`` is the Message-ID that it answers.

    Raises ``ValueError`` for an address or subject with a line break, which would inject headers.
    """
    message = EmailMessage(policy=SMTP)
    headers = {
        "To": ", ".join(recipients),
        "Cc": ", ".join(cc),
        "Bcc": ", ".join(bcc),
        "Subject": subject,
        "In-Reply-To": reply_to,
        "References": f"{references} {reply_to}".strip(),
    }
    for name, value in headers.items():
        if "\n" in value or "\r" in value:
            raise ValueError(f"{name} may not hold a line break")
        if value:
            message[name] = value
    message.set_content(body, subtype="html" if is_html else "plain")
    if attachment is not None:
        maintype, _, subtype = (attachment.mimetype or "application/octet-stream").partition("/")
        message.add_attachment(
            attachment.read(), maintype=maintype, subtype=subtype or "octet-stream", filename=attachment.name or "attachment"
        )
    return base64.urlsafe_b64encode(message.as_bytes()).decode()


def summary(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the useful fields of one ``users.messages`` resource in ``full`` format.

    ``messageTimestamp`` is ISO 8601 in UTC, ``messageText`` the plain text, extracted from the HTML if there is no other.
    """
    payload = message.get("payload") or {}
    headers = {str(h.get("name", "")).lower(): str(h.get("value", "")) for h in payload.get("headers", [])}
    parts = list(_parts(payload))
    text = _text(parts)
    subject = headers.get("subject", "")
    preview = unescape(message.get("snippet", "")) or text[:_PREVIEW]
    return {
        "messageId": message.get("id"),
        "threadId": message.get("threadId"),
        "sender": headers.get("from", ""),
        "to": headers.get("to", ""),
        "subject": subject,
        "messageTimestamp": _time(message.get("internalDate")),
        "labelIds": message.get("labelIds", []),
        "preview": {"subject": subject, "body": preview},
        "messageText": text,
        "attachmentList": [
            {
                "filename": part["filename"],
                "mimeType": part.get("mimeType", ""),
                "attachmentId": (part.get("body") or {}).get("attachmentId"),
            }
            for part in parts
            if part.get("filename")
        ],
    }


def _parts(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the payload and all nested parts; a mail forwarded often enough exceeds the recursion limit."""
    waiting = [payload]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(part.get("parts") or []))


def _text(parts: Sequence[Mapping[str, Any]]) -> str:
    for kind in ("text/plain", "text/html"):
        texts = [_decode(part) for part in parts if part.get("mimeType") == kind and not part.get("filename")]
        found = "\n".join(text for text in texts if text)
        if found:
            return found if kind == "text/plain" else unescape(_TAGS.sub(" ", found)).strip()
    return ""


def _decode(part: Mapping[str, Any]) -> str:
    data = (part.get("body") or {}).get("data") or ""
    try:
        return base64.b64decode(data + "=" * (-len(data) % 4), altchars=b"-_", validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _time(milliseconds: object) -> str | None:
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None
