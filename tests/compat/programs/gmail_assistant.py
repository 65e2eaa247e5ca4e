"""Reads the inbox and drafts an answer with a file."""

from pathlib import Path

from composio import Action, ComposioToolSet

folder = Path("attachments")
folder.mkdir(exist_ok=True)
(folder / "notes.txt").write_text("see you")
toolset = ComposioToolSet(entity_id="default", upload_folder=folder)
inbox = toolset.execute_action(action=Action.GMAIL_FETCH_EMAILS, params={"query": "is:unread", "max_results": 2})
print(inbox["successful"], isinstance(inbox["data"]["response_data"]["messages"], list))
draft = toolset.execute_action(
    Action.GMAIL_CREATE_EMAIL_DRAFT,
    {
        "recipient_email": "ada@example.com",
        "subject": "Re: Lunch",
        "body": "Yes!",
        "attachment": str(folder.absolute() / "notes.txt"),
    },
)
print(draft["successful"], draft["error"])
