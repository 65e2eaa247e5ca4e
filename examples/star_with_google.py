"""Star a repository and report, with google-genai: ``python examples/star_with_google.py``.

    pip install opencomposio-google google-genai

Needs no key: without GEMINI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from google import genai
from services import STAR, TASK, services

from composio_google import ComposioToolSet


def main() -> None:
    with services("gemini-2.5-flash", key="GEMINI_API_KEY") as model, ComposioToolSet() as toolset:
        client = genai.Client()
        chat = client.chats.create(model=model, config={"tools": toolset.get_tools(actions=[STAR])})
        response = chat.send_message(TASK)
        while response.function_calls:
            results = toolset.handle_tool_calls(response)
            (answer,) = toolset.tool_messages(response, results)
            response = chat.send_message(answer.parts)
        print(response.text)


if __name__ == "__main__":
    main()
