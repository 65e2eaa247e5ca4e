"""Answer each message in a Slack channel with a roast, in its thread, with OpenAI's client: ``python examples/roast_in_slack.py``.

    pip install opencomposio-openai openai

Needs no key: without SLACK_BOT_TOKEN and OPENAI_API_KEY it runs against a fake Slack and a scripted model. With them it asks Slack
once a minute, as a bot that was invited to CHANNEL and has the scopes channels:history and chat:write. What bots write, it does not
answer.
"""

from __future__ import annotations

from typing import Any

from event_services import SEND, messages
from openai import OpenAI

from composio.client.collections import TriggerEventData
from composio_openai import App, ComposioToolSet

WRITTEN = "SLACK_RECEIVE_MESSAGE"
CHANNEL = "C0123456789"  # yours: its id is at the end of "About" in the channel's details
TASK = "Roast the user's Slack message in a snarky greentext of at most four lines, and send that to Slack."


def main() -> None:
    with messages(CHANNEL) as model, OpenAI() as client, ComposioToolSet() as toolset:
        toolset.get_entity().enable_trigger(app=App.SLACK, trigger_name=WRITTEN, config={"channel_id": CHANNEL})
        listener = toolset.create_trigger_listener()

        @listener.callback(filters={"trigger_name": WRITTEN})
        def roast(event: TriggerEventData) -> None:
            def into_the_thread(inputs: dict[str, Any]) -> dict[str, Any]:
                """The model only writes the text: messages are answered side by side, each in its own thread."""
                thread = {"channel": event.payload["channel"], "thread_ts": event.payload["ts"], "mrkdwn": False}
                return {"text": inputs.get("text", ""), **thread}

            tools = toolset.get_tools(actions=[SEND], processors={"pre": {SEND: into_the_thread}})
            asked: list[Any] = [{"role": "system", "content": TASK}, {"role": "user", "content": event.payload["text"]}]
            response = client.chat.completions.create(model=model, messages=asked, tools=tools, tool_choice="required")
            for result in toolset.handle_tool_calls(response, tools=tools):
                print("Roasted." if result["successful"] else result["error"])
            listener.stop()  # yours goes on

        listener.wait_forever()


if __name__ == "__main__":
    main()
