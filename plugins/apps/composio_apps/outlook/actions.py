"""Outlook actions with plain fields, under the names that v0.7 had."""

from __future__ import annotations

from composio_apps.outlook.calendar import (
    outlook_calendar_create_event,
    outlook_create_contact,
    outlook_delete_contact,
    outlook_delete_event,
    outlook_get_contact,
    outlook_get_event,
    outlook_list_contacts,
    outlook_list_events,
    outlook_update_calendar_event,
    outlook_update_contact,
)
from composio_apps.outlook.mail import (
    outlook_create_draft,
    outlook_create_draft_reply,
    outlook_get_message,
    outlook_list_messages,
    outlook_reply_email,
    outlook_search_messages,
    outlook_send_email,
    outlook_update_email,
)

__all__ = [
    "outlook_calendar_create_event",
    "outlook_create_contact",
    "outlook_create_draft",
    "outlook_create_draft_reply",
    "outlook_delete_contact",
    "outlook_delete_event",
    "outlook_get_contact",
    "outlook_get_event",
    "outlook_get_message",
    "outlook_list_contacts",
    "outlook_list_events",
    "outlook_list_messages",
    "outlook_reply_email",
    "outlook_search_messages",
    "outlook_send_email",
    "outlook_update_calendar_event",
    "outlook_update_contact",
    "outlook_update_email",
]
