"""Star a repository and report, with OpenAI's client: ``python examples/star_with_openai.py``.

    pip install opencomposio-openai openai

Needs no key: without OPENAI_API_KEY and GITHUB_TOKEN it runs against a fake GitHub and a scripted model.
"""

from __future__ import annotations

from typing import Any

from openai import OpenAI
from services import STAR, TASK, services

from composio_openai import ComposioToolSet


def main() -> None:
    with services("gpt-4.1-mini") as model, OpenAI() as client, ComposioToolSet() as toolset:
        tools = toolset.get_tools(actions=[STAR])
        messages: list[Any] = [{"role": "user", "content": TASK}]
        while True:
            response = client.chat.completions.create(model=model, messages=messages, tools=tools)
            message = response.choices[0].message
            if not message.tool_calls:
                break
            results = toolset.handle_tool_calls(response)
            messages += [message, *toolset.tool_messages(response, results)]
        print(message.content)


if __name__ == "__main__":
    main()
