"""Tell a Slack channel who starred a repository: ``python examples/announce_stars.py``.

    pip install opencomposio

Needs no key: without GITHUB_TOKEN and SLACK_BOT_TOKEN it runs against a fake GitHub and a fake Slack. With them it asks GitHub once
a minute, or hears at once behind a tunnel whose URL is in COMPOSIO_WEBHOOK_URL.
"""

from __future__ import annotations

from event_services import SEND, stars

from composio import App, ComposioToolSet
from composio.client.collections import TriggerEventData

STARRED = "GITHUB_STAR_ADDED_EVENT"


def main() -> None:
    with stars(), ComposioToolSet() as toolset:
        entity = toolset.get_entity()
        entity.enable_trigger(app=App.GITHUB, trigger_name=STARRED, config={"owner": "octocat", "repo": "hello-world"})
        listener = toolset.create_trigger_listener()

        @listener.callback(filters={"trigger_name": STARRED})
        def announce(event: TriggerEventData) -> None:
            text = f"{event.payload['starred_by']} starred {event.payload['repository_name']}"
            result = toolset.execute_action(action=SEND, params={"channel": "#stars", "text": text})
            print(text if result["successful"] else result["error"])
            listener.stop()  # yours goes on

        listener.wait_forever()


if __name__ == "__main__":
    main()
